"""What a variant is: one way to recover a mobile node, made of the same participants under the same assumptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from haboot.checker.composition import Input, Instance
from haboot.checker.participants import Participant
from haboot.model.wiring import Wiring


def agents_and_detectors(wiring: Wiring) -> Iterator[Instance]:
    """The home agents as hosts, and the detectors of those that help."""
    yield wiring.original()
    yield from wiring.helpers()


def nobody(_: Wiring, __: str) -> Mapping[str, Input]:
    """No home agent: none sends to an address that the mobile node has left."""
    return {}


@dataclass(frozen=True)
class Variant:
    """A way to recover a mobile node.

    ``session`` gives all that serves one mobile node, ``shared`` the home agents as hosts, ``misses`` by home agent
    when what it sends misses a mobile node that moved. ``assumptions`` and ``prefixes`` are those that it models;
    ``readings`` say how a silence of its source was read, and ``choices`` are the assumptions that make another
    reading of it. ``participants`` are its own, and ``bootstrap`` is the B bit of its switches.
    """

    name: str
    summary: str
    source: str
    session: Callable[[Wiring, str], Iterator[Instance]]
    assumptions: tuple[str, ...]
    shared: Callable[[Wiring], Iterator[Instance]] = agents_and_detectors
    misses: Callable[[Wiring, str], Mapping[str, Input]] = nobody
    prefixes: tuple[str, ...] = ("same",)
    choices: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    participants: tuple[Participant, ...] = ()
    bootstrap: bool = False
