"""What ``--update-expected`` writes: the answers of a model of one's own, into the file beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click
from haboot.cli.output import save, writable
from haboot.ledger import Results, Subject


def require_kept(asked: Iterable[Subject]) -> None:
    """Raise a usage error for what has no file beside it, and for a file that cannot be written."""
    met = set[tuple[Path, str]]()
    for one in asked:
        if one.kept_in is None:
            raise click.UsageError(f"--update-expected is for models of your own; '{one.name}' is a {one.noun}")
        if (one.kept_in, one.kept_as) in met:
            raise click.UsageError(f"{one.asked_as}: two models are named '{one.kept_as}': name each as its own")
        met.add((one.kept_in, one.kept_as))
        writable(one.kept_in)


def kept(one: Results, *, whole: bool) -> Results:
    """Write what was found, and return the results with it as what is expected; ``whole`` as none was left out."""
    assert one.subject.kept_in is not None  # noqa: S101 - required before
    before = one.subject.read_again()
    answers = {verdict.property.name: verdict.answer for verdict in one.verdicts}
    save(one.subject.kept_in, before.noting(answers, whole=whole))
    subject = before.read_again()
    kinds = {verdict.property.name: verdict.property.kind for verdict in one.verdicts}
    return replace(one, subject=subject, expected={name: subject.expected(name, kind) for name, kind in kinds.items()})
