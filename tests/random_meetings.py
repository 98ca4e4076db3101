"""Random compositions with messages that are handed over at once or put off, and starts that belong together.

They are those of ``random_compositions`` with some of each changed, drawn from dice of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from haboot.checker import Composition, Effect, Guard, Instance, Joint, Local, Network, Participant, Row, Start

from tests.drawn_systems import dice_of
from tests.random_compositions import KINDS, random_composition


class _Handing:
    """What an effect sees, with its sends handed over in another way."""

    def __init__(self, me: Local, way: str) -> None:
        vars(self).update(me=me, way=way)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.me, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.me, name, value)

    def send(self, target: str, message: Any) -> None:
        if self.way == "meet":
            self.me.meet(target, message)
        else:
            self.me.broadcast(message)


def handing(effect: Effect, way: str) -> Effect:
    """Return an effect that hands over at once what it would send."""

    def acts(me: Local) -> None:
        effect(_Handing(me, way))  # type: ignore[arg-type]

    return acts


def inbox_composition(seed: int) -> Composition:
    """Return somebody who sends two or three messages, and a receiver with few rows, who mostly puts others off."""
    dice = dice_of("inbox", seed)
    kinds = [dice.choice(KINDS)(dice.choice((0, 1))) for _ in range(dice.choice((2, 3)))]
    says = tuple(_says(kind) for kind in kinds)
    sender = Participant("sender", ("on", "off"), "on", (Row("says", ("on",), dice.choice(("on", "off")), (), says),))
    states = ("s", "t", "u")
    rows = [
        Row(kind, tuple(dice.sample(states, dice.choice((1, 1, 2)))), dice.choice(states), _picky(dice))
        for kind in KINDS
        for _ in range(dice.choice((1, 2)))
    ]
    rows += [Row("turn", (state,), dice.choice(states)) for state in states if dice.random() < 0.4]
    way: Any = {kind: dice.choice(("discard", "wait", "defer", "defer", "defer")) for kind in KINDS}
    receiver = Participant("receiver", states, dice.choice(states), tuple(rows), unexpected=way)
    network = Network(
        loss=dice.random() < 0.3, duplication=dice.random() < 0.3, capacity=3, full=dice.choice(("wait", "lose"))
    )
    return Composition(f"inbox {seed}", (Instance("A", sender, "A"), Instance("B", receiver, "B")), network)


def _says(message: Any) -> Effect:
    return lambda me: me.send("B", message)


def _picky(dice: Random) -> tuple[Guard, ...]:
    wanted = dice.choice((0, 1))
    return (lambda me: bool(me.message.number == wanted),) if dice.random() < 0.4 else ()


def meeting_composition(seed: int) -> Composition:
    """Return the composition of a seed."""
    if seed % 4 == 3:
        return inbox_composition(seed)
    dice, made = dice_of("meetings", seed), random_composition(seed)
    hears_all = len(made.instances) > 1
    instances = tuple(_instance(dice, one, hears_all) for one in made.instances)
    joint = tuple(Joint(one.trigger, one.leader, one.followers, dice.random() < 0.5) for one in made.joint)
    made = replace(made, name=f"meetings {seed}", instances=instances, joint=joint)
    return replace(made, starts=tuple(_starts(dice, made))) if dice.random() < 0.4 else made


def _instance(dice: Random, one: Instance, hears_all: bool) -> Instance:
    participant = one.participant
    rows = tuple(_row(dice, row, hears_all) for row in participant.rows)
    way = {kind: dice.choice(("discard", "wait", "defer", "defer")) for kind in participant.heard}
    unexpected: Any = dice.choice((participant.unexpected, "defer", "defer", way))
    return replace(one, participant=_changed(participant, rows, unexpected))


def _changed(participant: Participant, rows: tuple[Row, ...], unexpected: Any) -> Participant:
    return replace(participant, rows=rows, unexpected=unexpected)


def _row(dice: Random, row: Row, hears_all: bool) -> Row:
    if dice.random() < 0.4:
        return row
    way = dice.choice(("meet", "meet", "broadcast")) if hears_all else "meet"
    return replace(row, effects=tuple(handing(effect, way) for effect in row.effects))


def _starts(dice: Random, made: Composition) -> Iterator[Start]:
    for _ in range(dice.choice((1, 2, 3))):
        values: dict[str, Any] = {one.name: dice.choice(one.values) for one in made.facts if dice.random() < 0.6}
        values |= {one.name: dice.randint(0, one.most) for one in made.resources if dice.random() < 0.6}
        for one in made.instances:
            for name, domain in zip(one.slots, one.domains.values(), strict=True):
                if dice.random() < 0.4:
                    values[name] = dice.choice(list(domain))
        taken = {one[:2] for one in made.under_way}
        free = [(one.host, other.host) for one in made.instances for other in made.instances]
        some = [pair for pair in free if pair not in taken and dice.random() < 0.15]
        yield Start(values, tuple((*pair, dice.choice(KINDS)(dice.choice((0, 1)))) for pair in some))
