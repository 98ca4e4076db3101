"""What a variant is: one way to recover a mobile node, made of the same participants under the same assumptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from haboot.checker import Input, Instance, Participant

RECOVERY = (  # what anybody asks of a way to recover mobile nodes
    "no-deadlock",
    "one-live-registration",
    "agreement",
    "recovery-possible",
    "every-node-recovers",
    "no-node-left-unserved",
    "no-endless-flip",
    "recovered",
)
W = TypeVar("W")  # what wires the instances of a scenario


def held_to(*claims: str) -> dict[str, tuple[str, ...]]:
    """Return claims that say something under any assumptions."""
    return dict.fromkeys(claims, ())


def on_one(*assumed: str) -> tuple[tuple[str, int, str], ...]:
    """Return what mutants are tried on: one prefix and one mobile node, under each of some sets of assumptions."""
    return tuple(("same", 1, some) for some in assumed)


@dataclass(frozen=True)
class Variant(Generic[W]):
    """A way to recover a mobile node.

    ``session`` gives all that serves one mobile node; ``shared`` the home agents as hosts, by default those of the
    draft with their detectors; ``misses``, by home agent, when what it sends misses a mobile node that moved, by
    default never. ``assumptions`` and ``prefixes`` are those that it models; ``readings`` say how a silence of its
    source was read, and ``choices`` are the assumptions that make another reading of it. ``participants`` are its own,
    and ``bootstrap`` is the B bit of its switches; home agents of one that ``initiates`` start IKE by themselves.

    ``claims`` are those that it is held to, by name: each with the assumptions of which one must be made for it to say
    anything, none for always. The draft's own sentences need not be listed for the draft. ``gated`` names the
    assumption without which a trigger of its own participants never fires. Mutants are ``tried`` on its scenarios of
    these prefixes, mobile nodes and assumptions, and the standard suite has one for each set of ``foul`` assumptions.
    Which claims are ``broken`` although nothing fails is said by the choice made, "" where there is none. Mobile nodes
    reach all home agents at one address where it ``shares_address``.
    """

    name: str
    summary: str
    source: str
    session: Callable[[W, str], Iterator[Instance]]
    assumptions: tuple[str, ...]
    shared: Callable[[W], Iterator[Instance]] | None = None
    misses: Callable[[W, str], Mapping[str, Input]] | None = None
    prefixes: tuple[str, ...] = ("same",)
    choices: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    participants: tuple[Participant, ...] = ()
    bootstrap: bool = False
    initiates: bool = False
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gated: Mapping[str, str] = field(default_factory=dict)
    tried: tuple[tuple[str, int, str], ...] = ()
    foul: tuple[str, ...] = ()
    broken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shares_address: bool = False
