"""Random systems with assumptions, and what each set of them breaks, explored one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from random import Random

from haboot.checker import Action, Answer, Kind, Outcome, Property, Slot, System, check
from haboot.checker.asking import Asked
from haboot.checker.boundary import met, minimal
from haboot.checker.families import under
from haboot.checker.spaces import Query

from tests.drawn_systems import drawn_properties, drawn_system

NAMES = ("a", "b", "c", "d", "e")
TIGHT = {  # no room and no answers ahead
    **dict.fromkeys(("alone.ROOM", "alone.MISSING", "alone.BUDGET", "keeping.ROOM", "keeping.NOTED"), 1),
    **dict.fromkeys(("questions.RUNS", "questions.STEP_RUNS"), 0),
}


def drawn_needs(dice: Random, share: float) -> tuple[frozenset[str], ...]:
    """Return what something needs: mostly nothing, else one or two sets of one or two assumptions."""
    if dice.random() > share:
        return ()
    return tuple(frozenset(dice.sample(NAMES, dice.choice((1, 1, 2)))) for _ in range(dice.choice((1, 1, 2))))


def labelled_system(seed: int) -> System:
    """Return a drawn system in which actions, single results and circumstances need assumptions."""
    dice = Random(f"labelled {seed}")  # noqa: S311 - no secret
    plain = drawn_system(seed)
    facts = [Slot(f"f{n}", (0, 1, 2)[: dice.choice((2, 3))]) for n in range(dice.choice((0, 1, 2)))]
    facts = [
        replace(one, assumes={value: drawn_needs(dice, 0.8) for value in one.domain[1 if dice.random() < 0.9 else 0 :]})
        for one in facts
    ]
    actions = tuple(_needing(dice, one, facts) for one in plain.actions)
    initial = [dict(state) for state in plain.initial]
    for fact in facts:
        initial = [{**state, fact.name: value} for state in initial for value in fact.domain]
    starts = [replace(one, assumes={one.domain[0]: drawn_needs(dice, 0.2)}) for one in plain.slots]
    return replace(plain, slots=(*starts, *facts), initial=tuple(initial), actions=actions)


def _needing(dice: Random, action: Action, facts: list[Slot]) -> Action:
    looked = [one.name for one in facts if dice.random() < 0.5]
    wanted = {name: dice.choice((0, 1)) for name in looked}
    extra = drawn_needs(dice, 0.2)

    def effect(view: object) -> Iterator[Outcome]:
        if any(view[name] != value for name, value in wanted.items()):  # type: ignore[index]
            return
        result = action.effect(view)  # type: ignore[arg-type]
        some: Iterable[object] = [] if result is None else [result] if isinstance(result, Outcome) else result
        for number, one in enumerate(some):
            assert isinstance(one, Outcome)
            yield replace(one, assumes=extra) if number else one

    return replace(
        action, reads=(*action.reads, *looked), effect=effect, assumes=drawn_needs(dice, 0.6), environment=False
    )


def safety(seed: int, system: System) -> list[Property]:
    """Return drawn properties whose violations more assumptions keep."""
    drawn = [one for salt in range(6) for one in drawn_properties(100 * seed + salt, system, 4)]
    some = {one.name: one for one in drawn if one.kind in {Kind.ALWAYS, Kind.STEP, Kind.SOMETIMES}}
    return list(some.values())


def broken(
    system: System, claims: list[Property], most: int
) -> tuple[dict[str, set[frozenset[str]]], set[frozenset[str]]]:
    """Return by property the minimal sets that break or witness it, and the minimal ones whose search a bound cuts."""
    found: dict[str, list[frozenset[str]]] = {one.name: [] for one in claims}
    cut = []
    for size in range(most + 1):
        for given in map(frozenset, combinations(NAMES, size)):
            kept = system.constraint
            starts = [one for one in system.initial if kept is None or kept.admits({n: one[n] for n in kept.reads})]
            if not any(met(system.starting(state), given) for state in starts):
                continue
            report = check(under(system, given), claims, engine="graph")
            if report.space.bounds_hit:
                cut.append(given)
            for one in report.verdicts:
                wanted = Answer.HOLDS if one.property.kind is Kind.SOMETIMES else Answer.VIOLATED
                if one.answer is wanted:
                    found[one.property.name].append(given)
    return {name: set(minimal(some)) for name, some in found.items()}, set(minimal(cut))


def asked_of(claims: Sequence[Property]) -> tuple[list[tuple[bool, Query]], list[list[int]]]:
    """Return the questions of properties, and by property their numbers."""
    asked: list[tuple[bool, Query]] = []
    groups: list[list[int]] = []
    for one in claims:
        groups.append([])
        for clause in one.clauses:
            groups[-1].append(len(asked))
            asked.append((one.of_steps, Asked(one, clause).settling))
    return asked, groups
