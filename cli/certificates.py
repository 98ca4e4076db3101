"""``haboot check --certificate DIR``: each scenario or model with a folder of its own, for ``haboot certify``."""

from __future__ import annotations

import errno
import os
import shlex
from importlib.metadata import version
from pathlib import Path

import click
from haboot.cli.output import filename
from haboot.ledger import Judged, digest


def require_folder(folder: Path | None, *, reduced: bool) -> None:
    """Raise a usage error, before any work, where certificates cannot be written."""
    if folder is None:
        return
    if reduced:
        raise click.UsageError("a certificate needs every step, and --reduce leaves steps out: choose one of them")
    near = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not near.is_dir() or not os.access(near, os.W_OK):
        told = os.strerror(errno.ENOTDIR if not near.is_dir() else errno.EACCES)
        raise click.UsageError(f"cannot write certificates to '{folder}': {told}: '{near}'")


def write(folder: Path, one: Judged) -> None:
    """Write the certificate of what was checked into a folder that is named as it is."""
    from haboot.checker.certificates import certify  # noqa: PLC0415 - few checks need it

    subject = one.subject
    about = {
        "name": subject.name,
        "model": shlex.split(subject.asked_as)[0],
        "version": version("haboot"),
        "sources": digest(subject),
        "assumptions": list(subject.assumed or ()),
    }
    try:
        certify(folder / filename(subject.name), one.report, about, subject.composition())
    except OSError as error:
        raise click.ClickException(f"cannot write certificates to '{folder}': {error.strerror}") from error
