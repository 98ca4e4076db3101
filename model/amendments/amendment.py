"""What an amendment is: a sentence of the draft that would say something else, and what follows it then.

It changes participants as a mutant does, to the better: rows are added, exchanged or left out, and machines get more
variables, inputs and states. Nothing that a row of the draft looks at is wired otherwise, so that a run whose rows an
amendment leaves alone is a run of the amended draft as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from haboot.checker import Input, Instance, Joint, Participant, Silence

W = TypeVar("W")  # what wires the instances of a scenario
Edit: TypeAlias = Callable[[Participant], Participant]
Sees: TypeAlias = Callable[[W, str, str], Input | Silence]  # at an instance of a session


@dataclass(frozen=True)
class Amendment(Generic[W]):
    """A changed rule: which sentence it changes, by its citation, and the ``words`` that it would take.

    ``changes`` says in one line what is done otherwise, ``cannot`` what it does not achieve. ``mends`` names findings
    of which the property holds with it alone. ``edits`` changes participants by name; what their machines look at in
    addition is wired by ``sees``, by participant and input. ``shares`` gives further instances at home agents, and
    ``joins`` triggers that several undergo in one step. Triggers that are ``freed`` need no assumption. What is
    ``prompt`` is not put off for ever, and what is ``undergone``, by participant, befalls the original home agent
    alone. One that ``bootstraps`` lets mobile nodes bootstrap by themselves. Claims on old sentences that are
    ``retired`` say nothing any more.
    """

    name: str
    cites: str
    changes: str
    words: str
    cannot: str
    mends: tuple[str, ...] = ()
    edits: Mapping[str, Edit] = field(default_factory=dict)
    sees: Mapping[str, Mapping[str, Sees[W]]] = field(default_factory=dict)
    shares: Callable[[W], Iterator[Instance]] | None = None
    joins: Callable[[W], Iterator[Joint]] | None = None
    participants: tuple[Participant, ...] = ()
    freed: frozenset[str] = frozenset()
    prompt: tuple[str, ...] = ()
    undergone: Mapping[str, frozenset[str]] = field(default_factory=dict)
    bootstraps: bool = False
    retired: tuple[str, ...] = ()
