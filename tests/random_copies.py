"""Random families of copies: workers that share a resource and a machine, the same for the same seed.

A worker holds a unit of the resource in one of its states; it looks at the shared machine and at whether a unit is
free, exchanges messages with a server of its own, and may undergo what the shared machine fires. The properties are of
every kind: of each worker, of all at once, with promises of fairness to single steps or to many.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from haboot.checker import (
    Clause,
    Composition,
    Effect,
    Fact,
    Fairness,
    Guard,
    Input,
    Instance,
    Joint,
    Kind,
    Local,
    Network,
    Participant,
    Property,
    Resource,
    Row,
    System,
    Value,
)
from haboot.checker.copies import Replicated

STATES = ("s", "t", "u")  # a unit is held in the second
JOINT = "shakes"


@dataclass(frozen=True)
class Ask:
    """A request to a worker's server."""


@dataclass(frozen=True)
class Tell:
    """Its answer."""


def take(me: Local) -> None:
    me.acquire()


def give(me: Local) -> None:
    me.release()


def ask(me: Local) -> None:
    me.send(f"server {me.number}", Ask())


def tell(me: Local) -> None:
    me.send(f"host {me.number}", Tell())


def flip(me: Local) -> None:
    me.flag = not me.flag


def sees(name: str, value: Value) -> Guard:
    """Return a guard that asks an input for a value."""
    return lambda me: bool(me.see(name) == value)


def is_flagged(me: Local) -> bool:
    return bool(me.flag)


SERVER = Participant("server", ("on",), "on", (Row(Ask, ("on",), "=", (), (tell,)),))


def random_family(seed: int) -> Replicated:
    """Return the family of a seed."""
    return _Draw(random.Random(seed)).family(f"random {seed}")  # noqa: S311 - no secret


class _Draw:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.units = rng.choice((1, 1, 2))
        self.is_joint, self.talks = self.some(0.3), self.some(0.5)

    def some(self, share: float) -> bool:
        return self.rng.random() < share

    def family(self, name: str) -> Replicated:
        outside = self.some(0.2)  # the workers are at the shared machine's host
        self.talks = self.talks and not outside
        worker, shared, claims = self.worker(), self.machine(), self.claims()
        loss = self.talks and self.some(0.3)
        ways: tuple[Literal["bound", "lose", "wait"], ...] = ("bound", "lose", "wait")
        full = self.rng.choice(ways[:2] if self.is_joint else ways)
        network = Network(loss=loss, capacity=1, full=full, at_most={"loss": 1} if loss and self.some(0.5) else {})
        facts = (Fact("fact", (False, True)),) if self.some(0.2) else ()
        free = Input(("pool",), lambda view: view["pool"] < self.units)
        phase = Input(("boss.state",), lambda view: view["boss.state"] == "a")
        fails = Input(("boss.state",), lambda view: view["boss.state"] == "b")
        down: dict[str | tuple[str, str], Input] = {"boss": fails} if outside else {}

        def copy(number: int) -> list[Instance]:
            at = "boss" if outside else f"host {number}"
            where: dict[str, Any] = {"session": str(number), "constants": {"number": number}}
            seen = {"free": free, "phase": phase}
            made = [Instance(f"worker {number}", worker, at, inputs=seen, resource="pool", **where)]
            return [*made, Instance(f"server {number}", SERVER, f"server {number}", **where)] if self.talks else made

        def of(number: int) -> Composition:
            copies = [one for each in range(1, number + 1) for one in copy(each)]
            workers = tuple(one.name for one in copies if one.participant is worker)
            return Composition(
                name,
                (Instance("boss", shared, "boss", outside=True), *copies),
                network,
                (Resource("pool", max(number, self.units)),),
                down,
                facts,
                (Joint(JOINT, "boss", workers),) if self.is_joint else (),
            )

        return Replicated(name, of, claims, frozenset({"rests", "all can"}), most=self.units, noun="worker")

    def machine(self) -> Participant:
        rows = [Row("turns", ("a",), "b", environment=self.some(0.3))]
        rows += [Row("returns", ("b",), "a")] if self.some(0.6) else []
        rows += [Row(JOINT, ("a",), self.rng.choice("ab"), environment=self.some(0.3))] if self.is_joint else []
        return Participant("boss", ("a", "b"), "a", tuple(rows))

    def guards(self) -> tuple[Guard, ...]:
        options: tuple[Guard, ...] = (sees("phase", True), sees("phase", False), is_flagged)
        return tuple(self.rng.sample(options, self.rng.choice((0, 0, 1))))

    def effects(self) -> tuple[Effect, ...]:
        options = (flip, ask) if self.talks else (flip,)
        return tuple(self.rng.sample(options, self.rng.choice((0, 1))))

    def worker(self) -> Participant:
        guard, rest = (sees("free", True),), ("s", "u")
        taking = guard if self.some(0.85) else ()
        rows = [Row("takes", (self.rng.choice(rest),), "t", (*taking, *self.guards()), (take, *self.effects()))]
        given = Row("gives", ("t",), self.rng.choice(rest), self.guards(), (give, *self.effects()))
        rows += [given] if self.some(0.9) else []
        rows += [Row("moves", ("s",), self.rng.choice("su"), self.guards(), self.effects(), environment=self.some(0.3))]
        rows += [Row("stays", ("u",), self.rng.choice("su"), self.guards(), self.effects())] if self.some(0.7) else []
        if self.talks:
            rows.append(Row(Tell, ("t",), self.rng.choice("su"), (), (give,)))
        if self.is_joint:
            rows.append(Row(JOINT, rest, self.rng.choice(rest), (), self.effects()))
        return Participant(
            "worker",
            STATES,
            "s",
            tuple(rows),
            variables={"flag": (False, True)},
            inputs={"free": (False, True), "phase": (False, True)},
            unexpected="discard",
        )

    def claims(self) -> Callable[[int, System], tuple[Property, ...]]:
        goal, trigger, phase = self.rng.choice(STATES), self.rng.choice(STATES), self.rng.choice("ab")
        strong, together, environment = self.some(0.5), self.some(0.2), self.some(0.3)
        event = self.rng.choice(("takes", "gives", "moves"))

        def claims(number: int, system: System) -> tuple[Property, ...]:
            states = [f"worker {one}.state" for one in range(1, number + 1)]
            names = [one.name for one in system.actions if not one.environment and not one.name.startswith("others ")]
            single = tuple(Fairness(one, frozenset({one}), strong) for one in names)
            fair = (Fairness("all", frozenset(names), strong),) if together else single

            def of(made: Callable[[str], Clause]) -> tuple[Clause, ...]:
                return tuple(map(made, states))

            def at(slot: str, value: str) -> Callable[[Any], bool]:
                return lambda view: bool(view[slot] == value)

            def each(slot: str) -> Clause:
                return Clause((slot,), at(slot, goal), at(slot, trigger), slot)

            def reach(slot: str) -> Clause:
                return Clause((slot,), at(slot, goal), about=slot)

            def beside(slot: str) -> Clause:
                return Clause((slot, "boss.state"), lambda view: view[slot] != goal or view["boss.state"] == phase)

            def counted(slot: str) -> Clause:
                return Clause((slot, "pool"), lambda view: view[slot] != "t" or view["pool"] >= 1, at(slot, "t"), slot)

            def steps(slot: str) -> Clause:
                moves: Callable[[Any], bool] = lambda move: move.before[slot] != goal or move.after[slot] != trigger  # noqa: E731
                return Clause((slot,), moves, about=slot)

            def named(slot: str) -> Clause:  # which looks at what whoever does, not at its worker alone
                return Clause((slot,), lambda move: move.before[slot] != goal or event not in move.action, about=slot)

            all_at = Clause(tuple(states), lambda view: all(view[one] == goal for one in states))
            kinds = (Kind.LEADS_TO, Kind.EVENTUALLY, Kind.INFINITELY_OFTEN, Kind.STAYS)
            return (
                Property("beside", Kind.ALWAYS, of(beside)),
                Property("counted", Kind.ALWAYS, of(counted)),
                Property("implied", Kind.ALWAYS, of(each)),
                Property("steps", Kind.STEP, of(steps)),
                Property("named", Kind.STEP, of(named)),
                Property("seldom", Kind.FINITELY_OFTEN, of(named), fairness=fair),
                Property("can", Kind.SOMETIMES, of(reach)),
                Property("all can", Kind.SOMETIMES, (all_at,)),
                Property("back", Kind.RECOVERABLE, of(reach), with_environment=environment),
                Property("rests", Kind.NO_DEADLOCK, (all_at,)),
                Property("together", Kind.ALWAYS, (Clause((*states, "pool"), lambda view: view["pool"] <= 1),)),
                *(Property(str(kind), kind, of(each), fairness=fair) for kind in kinds),
            )

        return claims
