"""Which combinations of faults break a property: all minimal sets of assumptions up to a size, from one search.

A property of single states and steps that breaks under some assumptions breaks under more of them, so its minimal sets
say it all. What is *sometimes* so, under some assumptions, is so under more: its minimal sets are what makes it happen.
Kinds that are not monotone (no deadlock, recoverable, those of whole runs) have no such sets: a fault more may mend
them. They are told in intervals where they are named, and left out otherwise. Every set that is found is explored by
itself as well, which gives the shortest trace under exactly that set, replayed as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from haboot.checker import Asked, EngineError, Family, Kind, Limits, ModelError, Progress, Property, Query, quiet
from haboot.checker.boundary import Needs, minimal, require_extra
from haboot.checker.host import mapped, processors
from haboot.studies.faulty import Faulty, Judge, Judged
from haboot.studies.intervals import Intervals, fault_intervals

if TYPE_CHECKING:
    from haboot.checker.packed import Bits, Found

FEW = 12  # sets that are explored sooner than other processes have begun
Job: TypeAlias = tuple[frozenset[str], list[str]]  # a set, and the properties that it breaks
MONOTONE = frozenset({Kind.ALWAYS, Kind.STEP, Kind.SOMETIMES})  # kinds that more assumptions break, or reach, more


@dataclass(frozen=True, slots=True)
class FaultSet:
    """A minimal set of faults, the length of the shortest trace under exactly these, and the step that breaks."""

    faults: tuple[str, ...]
    length: int
    step: str


@dataclass(frozen=True, slots=True)
class FaultSets:
    """All minimal sets of a search, by property, up to an order: what breaks it, or what it takes to be ``reached``.

    ``intervals`` are those of properties named that more faults may mend; those in ``left_out`` were not named.
    ``order`` is that to which the list is complete, -1 where it is for none; ``cut`` says what stopped the search.
    Under the sets in ``bounded``, and those that contain one, more may break than is listed: there a channel or the
    like was too small, or, for those in ``large`` too, there were too many states to explore.
    """

    names: tuple[str, ...]
    sets: dict[str, tuple[FaultSet, ...]]
    reached: dict[str, tuple[FaultSet, ...]]
    intervals: Intervals
    left_out: tuple[str, ...]
    bounded: Needs
    large: Needs
    order: int
    cut: str
    states: int


def minimal_fault_sets(
    whole: Faulty,
    most: int,
    only: Sequence[str] = (),
    limits: Limits | None = None,
    progress: Progress = quiet,
    done: Callable[[int, int], None] = lambda _, __: None,
) -> FaultSets:
    """Return all minimal sets of up to ``most`` faults that break each property; ``done`` hears of sets explored alone.

    Raises ModelError where there are no faults.
    """
    require_extra("fast")
    from haboot.checker.packed import Bits  # noqa: PLC0415 - loads what compiles

    if not whole.names:
        raise ModelError("nothing is assumed by any part of it, so there are no faults (say assumes=… of an action)")
    bits, asked, sets = Bits(whole.names, whole.given), dict[str, Property](), dict[str, list[frozenset[str]]]()
    results: list[Found] = []
    limits = limits or Limits()
    for one in whole.families(most):
        claims = [claim for claim in whole.claims(one) if not only or claim.name in only]
        asked |= {claim.name: claim for claim in claims}
        monotone = [claim for claim in claims if claim.kind in MONOTONE]
        parts = [(claim, Asked(claim, clause).settling) for claim in monotone for clause in claim.clauses]
        if parts:
            results.append(_search(one, parts, bits, most, (limits, progress)))
            for (claim, _), some in zip(parts, results[-1].sets, strict=True):
                sets.setdefault(claim.name, []).extend(some)
    least = {
        name: minimal(wide for one in some for wide in whole.widened(name, one, most)) for name, some in sets.items()
    }
    traced = _with_traces(whole, least, limits.workers or processors(), done)
    odd = tuple(name for name, claim in asked.items() if claim.kind not in MONOTONE)
    mended = fault_intervals(whole, most, [name for name in odd if name in only], limits, done)
    cuts = [*(found.cut for found in results), mended.cut]
    return FaultSets(
        whole.names,
        {name: some for name, some in traced.items() if asked[name].kind is not Kind.SOMETIMES},
        {name: some for name, some in traced.items() if asked[name].kind is Kind.SOMETIMES},
        mended,
        tuple(name for name in odd if name not in only),
        minimal(one for found in results for one in (*found.bounded, *found.large)),
        minimal(one for found in results for one in found.large),
        min([mended.order, *(found.order for found in results)]),
        "; ".join(dict.fromkeys(cut for cut in cuts if cut)),
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
    whole: Faulty, least: dict[str, Needs], workers: int, done: Callable[[int, int], None]
) -> dict[str, tuple[FaultSet, ...]]:
    """Explore each set by itself; raise EngineError where it does not break what the labelled search says."""
    asked: dict[frozenset[str], list[str]] = {}
    for name, some in least.items():
        for one in some:
            asked.setdefault(one, []).append(name)
    known = dict[tuple[str, frozenset[str]], tuple[int, str]]()
    explored = zip(asked.items(), _each_alone(whole, list(asked.items()), workers), strict=True)
    for number, ((one, names), found) in enumerate(explored, start=1):
        for name in names:
            if name not in found or not found[name].step:
                raise EngineError(f"'{name}' breaks under {sorted(one)} by the labelled search, and not when explored")
            known[name, one] = found[name].length, found[name].step
        done(number, len(asked))
    return {
        name: tuple(FaultSet(tuple(sorted(one)), *known[name, one]) for one in some)
        for name, some in least.items()
        if some
    }


def _each_alone(whole: Faulty, jobs: Sequence[Job], workers: int) -> Iterator[dict[str, Judged]]:
    """Explore each of some sets by itself, where there are many in several processes."""
    if whole.travels and workers > 1 and len(jobs) > FEW:
        yield from mapped(partial(_alone, whole.judged, Limits(workers=1)), jobs, workers)
    else:
        yield from map(partial(_alone, whole.judged, Limits(workers=workers)), jobs)


def _alone(judged: Judge, limits: Limits, job: Job) -> dict[str, Judged]:
    return judged(*job, limits)
