"""Many scenarios checked at once: shared out to processes, the largest first, and told in the order asked.

Results are the same for any number of processes. Without a bound of the user's, processes share the memory that one may
take, and what that cuts is searched once more alone. Models of one's own stay in this process: their code may do
anything, and does not fit through a pipe.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from haboot.checker import Limits, amount, host, quiet
from haboot.cli.judging import judged_so_far
from haboot.cli.progress import Meter
from haboot.ledger import Judged, Results, Subject, judged

T = TypeVar("T")
FEW = 4  # scenarios that are checked in about the time that processes take to start


def all_results(
    asked: Sequence[Subject],
    bounds: Limits,
    meter: Meter,
    engine: str = "auto",
    only: Collection[str] = (),
    proofs: Path | None = None,
) -> Iterator[Results]:
    """Check each in turn, or several at once where many are asked, as ``bounds.workers`` and the processors allow.

    Where a folder is given, certificates are written there.
    An interrupt is raised when all that is finished has been returned: the last of it may leave places out.
    """
    workers = min(bounds.workers or len(asked), host.processors(), len(asked))
    if workers == 1 or len(asked) <= FEW or engine == "cluster" or not all(one.of_protocol for one in asked):
        for one in asked:
            yield _proven(judged_so_far(one, bounds, meter, engine, only), proofs)
        return
    share = replace(bounds, workers=1, max_memory=bounds.max_memory or bounds.memory // workers)
    came = _in_order(_shared(asked, partial(_results, share, engine, tuple(only), proofs), meter, workers))
    for results in came:
        alone = bounds.max_memory is None and _is_short_of_memory(results)
        yield _proven(judged_so_far(results.subject, bounds, meter, engine, only), proofs) if alone else results


def _results(bounds: Limits, engine: str, only: Collection[str], proofs: Path | None, subject: Subject) -> Results:
    return _proven(judged(subject, subject.explored(bounds, quiet, engine, only)), proofs)


def _proven(one: Judged, proofs: Path | None) -> Results:
    """Return results whose certificate is written where it is asked for."""
    if proofs is not None:
        from haboot.cli.certificates import write  # noqa: PLC0415 - few checks need it

        write(proofs, one)
    return one.results()


def _shared(
    asked: Sequence[Subject], task: Callable[[Subject], Results], meter: Meter, workers: int
) -> Iterator[tuple[int, Results]]:
    """Return results as they come, each with its place among what was asked."""
    order = sorted(range(len(asked)), key=lambda place: _size(asked[place]), reverse=True)
    meter.begin(amount(len(asked), asked[0].noun))
    try:
        for done, (place, one) in enumerate(host.finished(task, [asked[place] for place in order], workers), start=1):
            meter.tell(f"{done} checked")
            yield order[place], one
    finally:
        meter.end()


def _size(one: Subject) -> tuple[int, int]:
    """What the size of a scenario's space grows with."""
    return one.scenario.mobile_nodes, len(one.scenario.assumptions)


def _in_order(came: Iterable[tuple[int, T]]) -> Iterator[T]:
    """Return what comes in any order by its place; at an interrupt all the rest that came, and then raise it.

    >>> list(_in_order([(1, "b"), (0, "a"), (2, "c")]))
    ['a', 'b', 'c']
    """
    waiting, due = dict[int, T](), 0
    try:
        for place, one in came:
            waiting[place] = one
            while due in waiting:
                yield waiting.pop(due)
                due += 1
    except KeyboardInterrupt:
        yield from (waiting[place] for place in sorted(waiting))
        raise


def _is_short_of_memory(one: Results) -> bool:
    told = (*one.counts.bounds_hit, *(verdict.note for verdict in one.verdicts))
    return any("max-memory" in bound for bound in told)
