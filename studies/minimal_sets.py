"""Which combinations of faults break a property: all minimal sets of assumptions up to a size, from one search.

A property of single states and steps that breaks under some assumptions breaks under more of them, so its minimal sets
say it all. Kinds that are not monotone (no deadlock, recoverable, those of whole runs) have no such sets: a fault more
may mend them. They are left out, and named. Every set that is found is explored by itself as well, which gives the
shortest trace under exactly that set, replayed as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from haboot.checker import (
    Answer,
    Asked,
    EngineError,
    Family,
    Kind,
    Limits,
    Model,
    ModelError,
    Progress,
    Property,
    Query,
    Verdict,
    check,
    family,
    quiet,
    under,
)
from haboot.checker.boundary import Needs, minimal, require_extra
from haboot.checker.machines import families
from haboot.model import VARIANTS, Scenario, families_of
from haboot.properties import CLAIMS, explored, properties, setting

if TYPE_CHECKING:
    from haboot.checker.packed import Bits, Found

BROKEN = frozenset({Kind.ALWAYS, Kind.STEP})  # kinds of which more assumptions break more
Shortest = Callable[[frozenset[str], Sequence[str]], dict[str, tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class FaultSet:
    """A minimal set of faults, the length of the shortest trace under exactly these, and the step that breaks."""

    faults: tuple[str, ...]
    length: int
    step: str


@dataclass(frozen=True, slots=True)
class FaultSets:
    """All minimal sets of a search, by property, up to an order.

    ``order`` is that to which the list is complete, -1 where it is for none; ``cut`` says what stopped the search.
    Under the sets in ``bounded``, and those that contain one, more may break than is listed: there a channel or the
    like was too small, or, for those in ``large`` too, there were too many states to explore.
    """

    names: tuple[str, ...]
    sets: dict[str, tuple[FaultSet, ...]]
    left_out: tuple[str, ...]
    bounded: Needs
    large: Needs
    order: int
    cut: str
    states: int


@dataclass(frozen=True)
class Faulty:
    """What is searched: its families, the properties of each, which faults there are, and what is assumed anyhow.

    ``widened`` gives of a set all larger ones in which a property says something, ``shortest`` explores a set.
    """

    names: tuple[str, ...]
    given: frozenset[str]
    families: Callable[[int], Iterable[Family]]
    claims: Callable[[Family], tuple[Property, ...]]
    widened: Callable[[str, frozenset[str], int], Iterable[frozenset[str]]]
    shortest: Shortest


def faulty_scenario(scenario: Scenario, among: Iterable[str] = ()) -> Faulty:
    """Return the faults of a scenario: all assumptions that its variant models or some, beside those that it makes."""
    variant = VARIANTS[scenario.variant]
    chosen = tuple(sorted(set(among or variant.assumptions) - scenario.assumptions - _ALTERNATIVES))
    whole = replace(scenario, assumptions=scenario.assumptions | set(chosen))

    def exactly(faults: frozenset[str]) -> Scenario:
        return replace(scenario, assumptions=scenario.assumptions | faults)

    def widened(name: str, faults: frozenset[str], most: int) -> Iterable[frozenset[str]]:
        claim = next(one for one in CLAIMS if one.name == name)
        for size in range(most - len(faults) + 1):
            rest = [one for one in chosen if one not in faults]
            every = (faults | set(more) for more in combinations(rest, size))
            if found := [one for one in every if claim.has_subject(setting(exactly(one)))]:
                return found
        return ()

    def shortest(faults: frozenset[str], names: Sequence[str]) -> dict[str, tuple[int, str]]:
        report = explored(exactly(faults), only=names).report()
        return _traced(report.verdicts)

    return Faulty(
        chosen,
        scenario.assumptions,
        lambda most: families_of(whole, most, scenario.assumptions),
        lambda one: properties(whole, one.system),
        widened,
        shortest,
    )


_ALTERNATIVES = frozenset({"no-deregistration", "rekeying"})


def faulty_model(model: Model, among: Iterable[str] = ()) -> Faulty:
    """Return the faults of a model: every assumption that some part of it says it needs, or some of these."""
    system = model.composed()
    known, chosen = system.assumptions, tuple(dict.fromkeys(among))
    model.require_assumed(chosen)
    wired = model.composition

    def made(most: int) -> Iterable[Family]:
        return (family(system),) if wired is None else families(wired, most)

    def shortest(faults: frozenset[str], names: Sequence[str]) -> dict[str, tuple[int, str]]:
        claims = [one for one in model.properties if one.name in names]
        return _traced(check(under(system, faults), claims).verdicts)

    return Faulty(
        chosen or known,
        frozenset(),
        made,
        lambda _: tuple(model.properties),
        lambda _, faults, most: [faults] if len(faults) <= most else [],
        shortest,
    )


def _traced(verdicts: Iterable[Verdict]) -> dict[str, tuple[int, str]]:
    return {
        one.property.name: (len(one.trace), one.trace.steps[-1].action if one.trace.steps else "at the start")
        for one in verdicts
        if one.answer is Answer.VIOLATED and one.trace is not None
    }


def minimal_fault_sets(
    whole: Faulty,
    most: int,
    only: Sequence[str] = (),
    limits: Limits | None = None,
    progress: Progress = quiet,
    done: Callable[[int, int], None] = lambda _, __: None,
) -> FaultSets:
    """Return all minimal sets of up to ``most`` faults that break each property; ``done`` hears of traces found.

    Raises ModelError where there are no faults, and for a property named that more faults may mend.
    """
    require_extra("fast")
    from haboot.checker.packed import Bits  # noqa: PLC0415 - loads what compiles

    if not whole.names:
        raise ModelError("nothing is assumed by any part of it, so there are no faults (say assumes=… of an action)")
    bits, asked, sets = Bits(whole.names, whole.given), dict[str, Property](), dict[str, list[frozenset[str]]]()
    results: list[Found] = []
    for one in whole.families(most):
        claims = [claim for claim in whole.claims(one) if not only or claim.name in only]
        asked |= {claim.name: claim for claim in claims}
        safe = [claim for claim in claims if claim.kind in BROKEN]
        parts = [(claim, Asked(claim, clause).settling) for claim in safe for clause in claim.clauses]
        found = _search(one, parts, bits, most, (limits or Limits(), progress))
        for (claim, _), some in zip(parts, found.sets, strict=True):
            sets.setdefault(claim.name, []).extend(some)
        results.append(found)
    odd = tuple(name for name, claim in asked.items() if claim.kind not in BROKEN)
    if only and odd:
        raise ModelError(
            f"property '{odd[0]}' is of kind '{asked[odd[0]].kind}': more faults may mend it, so it has no minimal sets"
        )
    least = {
        name: minimal(wide for one in some for wide in whole.widened(name, one, most)) for name, some in sets.items()
    }
    return FaultSets(
        whole.names,
        _with_traces(whole, least, done),
        odd,
        minimal(one for found in results for one in (*found.bounded, *found.large)),
        minimal(one for found in results for one in found.large),
        min(found.order for found in results),
        "; ".join(dict.fromkeys(found.cut for found in results if found.cut)),
        sum(found.states for found in results),
    )


def _search(
    one: Family, parts: Sequence[tuple[Property, Query]], bits: Bits, most: int, search: tuple[Limits, Progress]
) -> Found:
    """Search one family for what meets the questions of some properties."""
    from haboot.checker.packed import LabelledSearch  # noqa: PLC0415 - as above

    limits, progress = search
    names = dict.fromkeys(claim.name for claim, _ in parts)
    groups = [[n for n, (claim, _) in enumerate(parts) if claim.name == name] for name in names]
    asked = [(claim.of_steps, query) for claim, query in parts]
    return LabelledSearch(one, asked, bits, most, groups).run(limits, progress)


def _with_traces(
    whole: Faulty, least: dict[str, Needs], done: Callable[[int, int], None]
) -> dict[str, tuple[FaultSet, ...]]:
    """Explore each set by itself; raise EngineError where it does not break what the labelled search says."""
    asked: dict[frozenset[str], list[str]] = {}
    for name, some in least.items():
        for one in some:
            asked.setdefault(one, []).append(name)
    known = dict[tuple[str, frozenset[str]], tuple[int, str]]()
    for number, (one, names) in enumerate(asked.items(), start=1):
        found = whole.shortest(one, names)
        for name in names:
            if name not in found:
                raise EngineError(f"'{name}' breaks under {sorted(one)} by the labelled search, and not when explored")
            known[name, one] = found[name]
        done(number, len(asked))
    return {
        name: tuple(FaultSet(tuple(sorted(one)), *known[name, one]) for one in some)
        for name, some in least.items()
        if some
    }
