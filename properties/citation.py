"""Citations: one form for what rows, claims and findings rest on.

A citation is a requirement of the draft (``R18``), a section of it (``4.3``), or a place in another document
(``RFC 5142 6.1``, ``vhar-02``). Several stand in one text with commas between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from haboot.checker import ModelError, nearest
from haboot.properties.requirements import REQUIREMENTS

SECTION = re.compile(r"[0-9]+(\.[0-9]+)*")
DOCUMENT = re.compile(r"(RFC [0-9]+|[a-z]+(-[a-z]+)*-[0-9]{2})( ([0-9]+(\.[0-9]+)*))?")
_BY_ID = {one.id: one for one in REQUIREMENTS}


@dataclass(frozen=True, slots=True)
class Citation:
    """A section of a document, empty for the whole of it; ``document`` is empty for the draft."""

    document: str
    section: str
    requirement: str = ""

    def __str__(self) -> str:
        return self.requirement or " ".join(filter(None, (self.document, self.section)))

    def covers(self, other: Citation) -> bool:
        """Whether another citation speaks of the same, or of a part of it."""
        if self.requirement:
            return self.requirement == other.requirement
        within = f"{other.section}.".startswith(f"{self.section}.") or not self.section
        return self.document == other.document and within


def citations(texts: str | Iterable[str]) -> tuple[Citation, ...]:
    """Return what a text, or several, cite; raises ModelError for what is no citation.

    >>> [(one.section, one.requirement) for one in citations("R18, 4.4")]
    [('4.3', 'R18'), ('4.4', '')]
    """
    joined = texts if isinstance(texts, str) else ", ".join(texts)
    return tuple(_citation(part) for part in filter(None, map(str.strip, joined.split(","))))


def _citation(text: str) -> Citation:
    if text in _BY_ID:
        return Citation("", _BY_ID[text].section.removesuffix(" figure"), text)
    if SECTION.fullmatch(text):
        return Citation("", text)
    if found := DOCUMENT.fullmatch(text):
        return Citation(found[1], found[4] or "")
    raise ModelError(
        f"'{text}' cites nothing: a requirement (R18), a section (4.3), or a document and its section (RFC 5142 6.1) "
        f"is due{nearest(text, _BY_ID)}"
    )
