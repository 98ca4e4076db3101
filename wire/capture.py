"""Captures as files: pcap and pcapng, packet by packet, in bounded memory; damage is told and never read over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Any, cast

from haboot.checker import ModelError
from haboot.wire.hearing import UNREADABLE, Raw
from scapy.error import Scapy_Exception
from scapy.utils import RawPcapReader

LARGEST = 1 << 24  # octets of a block; a packet has a few thousand
OFTEN = 4096  # packets between two words on progress
Seen = Callable[[int, int], None]  # is told octets and packets read so far


class Capture:
    """A capture in a file; ``damage`` says after reading where it broke off, and is empty where it did not."""

    def __init__(self, path: Path) -> None:
        self.path, self.damage, self.packets = path, "", 0

    def __iter__(self) -> Iterator[Raw]:
        """Yield its packets; raises ModelError for a file that is no capture."""
        return self.read(lambda _octets, _packets: None)

    def read(self, seen: Seen) -> Iterator[Raw]:
        """Yield its packets and tell how far it is; raises ModelError for a file that is no capture."""
        self.damage, self.packets = "", 0
        with self.path.open("rb") as file, _silent():
            bounded = _Bounded(file)
            try:
                reader = cast(Any, RawPcapReader)(bounded)
                while (found := _next(reader)) is not None:
                    self.packets += 1
                    if self.packets % OFTEN == 0:
                        seen(bounded.octets, self.packets)
                    yield _raw(self.packets, reader, *found)
            except Scapy_Exception as error:
                due = "one in pcap or pcapng is due"
                raise ModelError(f"'{self.path}' is no capture: {due}") from error
            except _TooLargeError as error:
                self.damage = f"after packet {self.packets} it claims a block of {error.octets:,} octets"
            except UNREADABLE:
                self.damage = f"after packet {self.packets} it is damaged"
            else:
                self.damage = self._rest(bounded)
            seen(bounded.octets, self.packets)

    def _rest(self, file: _Bounded) -> str:
        if file.cut:
            return f"it breaks off in packet {self.packets}, or behind it"
        return f"after packet {self.packets} it is damaged" if file.read(1) else ""


class _TooLargeError(Exception):
    """A block that no capture has; not read."""

    def __init__(self, octets: int) -> None:
        super().__init__(octets)
        self.octets = octets


class _Bounded(BufferedIOBase):
    """A file of which nobody reads more at once than any block has."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.octets, self.cut = file, 0, False

    def read(self, size: int | None = -1) -> bytes:
        """Return so many octets, or fewer at the end; raises _TooLargeError."""
        wanted = LARGEST if size is None or size < 0 else size
        if wanted > LARGEST:
            raise _TooLargeError(wanted)
        data = self.file.read(wanted)
        self.octets += len(data)
        self.cut = self.cut or 0 < len(data) < wanted
        return data


def _next(reader: Any) -> tuple[bytes, Any] | None:
    """Return the next packet with what is known of it, None at the end or where the reader gives up."""
    try:
        found: tuple[bytes, Any] = next(reader)
    except StopIteration:
        return None
    return found


def _raw(number: int, reader: Any, data: bytes, about: Any) -> Raw:
    comments = tuple(one.decode("utf-8", "replace") for one in getattr(about, "comments", None) or ())
    link = about.linktype if hasattr(about, "linktype") else reader.linktype
    return Raw(number, _time(reader, about), link, data, len(data) >= about.wirelen, comments)


def _time(reader: Any, about: Any) -> float | None:
    if not hasattr(about, "tshigh"):
        return float(about.sec + about.usec / (1e9 if reader.nano else 1e6))
    return None if about.tshigh is None else float(((about.tshigh << 32) + about.tslow) / (about.tsresol or 1))


@contextmanager
def _silent() -> Iterator[None]:
    """Keep scapy's warnings about damage from standard error: it is told in a line of our own."""
    log = logging.getLogger("scapy.runtime")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)
