"""Which sources a certificate is of."""

from __future__ import annotations

from hashlib import sha256

from haboot.ledger.subject import Subject


def digest(subject: Subject) -> str:
    """Return a digest of the files in which a subject is written, the same wherever they lie."""
    found = sha256()
    for path in subject.sources:
        data = path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{path.parent.name}/{path.name} {len(data)} ".encode() + data)
    return found.hexdigest()
