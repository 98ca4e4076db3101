"""Files that a command writes: tried before the work starts, and then written whole or not at all.

Text is written without characters that do not show, whoever it comes from.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryFile, mkstemp

import click
from haboot.checker.boundary import page

LONGEST = 150  # characters of a name that is made of others
TARGET = click.Path(path_type=Path, allow_dash=True)  # a file to write, or - for standard output
STDOUT = Path("-")


def filename(name: str) -> str:
    """Return a name as that of one file, wherever the name comes from: it leads into no other folder.

    >>> filename("trace-same+1x1"), filename("/etc/../x y")
    ('trace-same+1x1', '_etc_.._x_y')
    """
    kept = "".join(one if one.isascii() and (one.isalnum() or one in "+-._#") else "_" for one in name[:LONGEST])
    return f"_{kept}" if kept[:1] in {"", ".", "-"} else kept


def is_printed(*paths: Path | None) -> bool:
    """Whether one of these is standard output, so that what is meant for people goes to standard error."""
    return STDOUT in paths


def writable(*paths: Path | None) -> None:
    """Raise a usage error, before any work and leaving nothing behind, for a file that cannot be written."""
    for path in paths:
        if path not in {None, STDOUT} and (reason := _obstacle(path)):
            raise click.UsageError(f"cannot write '{path}': {reason}")


def _obstacle(path: Path) -> str:
    try:
        if path.is_dir():
            return "it is a directory"
        if not path.parent.is_dir():
            return f"there is no directory '{path.parent}'"
        if path.exists() and not os.access(path, os.W_OK):
            return "permission denied"
        if not _is_device(path):
            with TemporaryFile(dir=_target(path).parent):
                pass
    except OSError as error:
        return str(error.strerror)
    return ""


def save(path: Path, content: str | bytes) -> None:
    """Write a file so that its place holds the old content or the new, never a part; a device is written to.

    A path of ``-`` is standard output, which fails as whatever is printed does.
    Raises ClickException, which names the file, when the disk is full or the like.
    """
    data = page(content).encode() if isinstance(content, str) else content
    if path == STDOUT:
        click.echo(data, nl=False)
        return
    try:
        if _is_device(path):
            path.write_bytes(data)
        else:
            _replace(_target(path), data)
    except OSError as error:
        raise click.ClickException(f"cannot write '{path}': {error.strerror}") from error


def _replace(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    handle, beside = mkstemp(prefix=".haboot-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(mode)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink()
        raise


def append(path: Path, text: str) -> None:
    """Add text to the end of a file that others write to as well, in one go."""
    try:
        with path.open("ab") as file:
            file.write(page(text).encode())
    except OSError as error:
        raise click.ClickException(f"cannot write '{path}': {error.strerror}") from error


def _target(path: Path) -> Path:
    """Return where links lead, which need not exist; raises OSError where they lead in a circle."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return target


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
