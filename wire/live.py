"""Interfaces followed: their packets as they pass, by scapy's sniffing sockets, until somebody has had enough.

A socket is made for each interface, in the network namespace of the process. What the kernel threw away, because it
came faster than it was read, is told and never read over.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from math import inf
from time import time
from types import TracebackType
from typing import Any

import scapy.arch  # noqa: F401 - says which sockets this system has
from haboot.checker import ModelError, nearest
from haboot.wire.hearing import Raw
from scapy.config import conf
from scapy.data import MTU

LOOK = 0.1  # seconds between two questions whether to go on
BUFFER = 1 << 22  # octets that may wait to be read
SO_RCVBUFFORCE = 33  # Linux, asm-generic/socket.h
SOL_PACKET, PACKET_STATISTICS = 263, 6  # Linux, linux/if_packet.h


class Tap:
    """Some interfaces, followed from when it is entered on.

    Entering it raises ModelError for an interface that is not there, or without the right to read packets. ``dropped``
    counts packets that the kernel threw away, and ``gone`` says which interface went down, empty where none did.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names, self.packets, self.dropped, self.gone = tuple(dict.fromkeys(names)), 0, 0, ""
        self._sockets: list[Any] = []
        self._open = ExitStack()

    def __enter__(self) -> Tap:
        """Open the sockets."""
        there = [name for _, name in socket.if_nameindex()]
        for name in self.names:
            if name not in there:
                known = f"there are: {', '.join(there)}"
                raise ModelError(f"there is no interface '{name}' here{nearest(name, there)} ({known})")
        with ExitStack() as opening:
            self._sockets = [opening.enter_context(_opened(name)) for name in self.names]
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the sockets."""
        self._open.close()

    def read(self, goes_on: Callable[[], bool]) -> Iterator[Raw]:
        """Yield packets as they pass, as long as it goes on, which is asked at least ten times a second.

        What has passed until then is still yielded. Of several interfaces the packet that the kernel had first comes
        first.
        """
        held, end = dict[Any, Raw](), inf
        while True:
            end = time() if end == inf and (self.gone or not goes_on()) else end
            waiting = [] if self.gone else [one for one in self._sockets if one not in held]
            ready = conf.L2listen.select(waiting, 0 if held or end < inf else LOOK)
            found = {one: raw for one in ready if (raw := self._next(one)) is not None}
            held |= found
            if len(found) < len(ready):
                continue
            if held:
                first = held.pop(min(held, key=lambda one: _when(held[one])))
                if _when(first) > end:
                    return
                self.packets += 1
                yield first._replace(number=self.packets)
            elif end < inf:
                return

    def _next(self, one: Any) -> Raw | None:
        """The next packet of a socket; None where it has none."""
        self.dropped += _dropped(one)
        try:
            layer, data, when = one.recv_raw(MTU)
        except OSError as error:
            self.gone = f"{one.iface} is gone ({error.strerror})"
            return None
        return Raw(0, when, conf.l2types.layer2num[layer], data, len(data) < MTU) if data else None


def _when(one: Raw) -> float:
    """When the kernel had a packet; after everything else where it does not tell."""
    return inf if one.time is None else one.time


def _opened(name: str) -> Any:
    """A socket that reads what passes an interface, in both directions."""
    try:
        made = conf.L2listen(iface=name, promisc=True)
    except PermissionError as error:
        raise ModelError(
            f"'{name}' cannot be followed: reading packets takes CAP_NET_RAW, which root has, and whoever made the "
            "network namespace (unshare --map-root-user --net)"
        ) from error
    with suppress(OSError):
        made.ins.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    return made


def _dropped(one: Any) -> int:
    """How many packets the kernel threw away since it was last asked; 0 where it does not tell."""
    with suppress(OSError):
        _, dropped = struct.unpack("II", one.ins.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        return int(dropped)
    return 0
