"""What comes from outside: files of unknown size and kind, and text that may hold more than it shows.

A control character moves a terminal's cursor, a mark of direction lets text read as other text (Boucher and Anderson,
Trojan Source, 2021), and a lone surrogate cannot be written. Each is shown as one visible character in its place.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from haboot.checker.boundary.authors import ModelError

DELETE, PICTURES, UNKNOWN = 0x7F, 0x2400, "\ufffd"
SHOWN = 60  # characters of a value in a message


def plain(text: str, keep: str = "") -> str:
    r"""Return text of the same length in which every character shows; those in ``keep`` are left as they are.

    >>> plain("red \x1b[31m\r\n\u202e")
    'red ␛[31m  �'
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in keep else _picture(one) for one in text)


def _picture(letter: str) -> str:
    if letter.isspace() and letter not in "\x1c\x1d\x1e\x1f":
        return " "
    code = ord(letter)
    return chr(PICTURES + code) if code < 0x20 else chr(PICTURES + 0x21) if code == DELETE else UNKNOWN


def page(text: str) -> str:
    """Return a page of text, in lines with tabs, with nothing else in it that does not show."""
    return "\n".join(line if line.isprintable() else plain(line, "\t") for line in text.split("\n"))


def draws_unicode(stream: object = None) -> bool:
    """Whether a stream, by default standard output, can show the characters that charts are drawn with."""
    encoding = getattr(sys.stdout if stream is None else stream, "encoding", None) or "utf-8"
    try:
        "│─▶◀▷◁═✗→·↻…".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def told(value: object) -> str:
    """Return a value that somebody gave as a few characters for a message.

    >>> told("a" * 100)[-3:], told([1, 2])
    ('aa…', '[1, 2]')
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, lists without end
        text = f"something of type {type(value).__name__} too large to show"
    return plain(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


def content(path: Path, most: int) -> bytes:
    """Return what an ordinary file holds.

    Raises ModelError for one that is not ordinary, is larger than ``most`` bytes or cannot be read; it neither waits
    for a pipe nor reads a device, and a file that grows meanwhile counts as what was read.
    """
    place = plain(str(path))
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        _require_ordinary(path.stat(), place, most)  # before opening, which may set a device to work
        with os.fdopen(os.open(path, flags), "rb") as file:
            _require_ordinary(os.fstat(file.fileno()), place, most)
            data = file.read(most + 1)
    except OSError as error:
        raise ModelError(f"cannot read '{place}': {error.strerror}") from error
    except ValueError as error:  # a name with a null character
        raise ModelError(f"cannot read '{place}': {error}") from error
    if data is None or len(data) > most:
        raise ModelError(f"'{place}' is larger than {most:,} bytes, or is no file that ends")
    return data


def _require_ordinary(status: os.stat_result, place: str, most: int) -> None:
    if not S_ISREG(status.st_mode):
        what = "a directory" if S_ISDIR(status.st_mode) else "a device or a pipe"
        raise ModelError(f"'{place}' is {what}, and no file to read")
    if status.st_size > most:
        raise ModelError(f"'{place}' has {status.st_size:,} bytes; at most {most:,} are read")
