"""What it takes for two ways of answering to agree."""

from __future__ import annotations

from collections.abc import Iterable

from haboot.checker import Answer, Report, StateSpace, Verdict

from tests.textbook import Space, fault, judged

Figures = tuple[object, ...]


def figures(space: StateSpace) -> Figures:
    """Return the counts of an exploration."""
    return space.distinct, space.generated, space.depth, sorted(space.bounds_hit), dict(space.fired)


def against_textbook(report: Report, space: Space) -> list[str]:
    """Return what a report says otherwise than the textbook: counts, answers, shortest lengths, or its traces."""
    counts = (report.space.distinct, report.space.generated, report.space.depth)
    odd = [] if counts == space.figures else [f"counts {counts}, by the textbook {space.figures}"]
    if set(report.space.bounds_hit) != space.bounds:
        odd.append(f"bounds {report.space.bounds_hit}, by the textbook {space.bounds}")
    if dict(report.space.fired) != space.fired:
        odd.append(f"fired {dict(report.space.fired)}, by the textbook {space.fired}")
    marked = {one.name for one in report.space.system.actions if one.environment and one.name in space.fired}
    if marked != space.environment & space.fired.keys():
        odd.append(f"the environment's are {sorted(marked)}, by the textbook {sorted(space.environment)}")
    return odd + [f"{one.property.name}: {said}" for one in report.verdicts for said in _odd(one, space)]


def _odd(verdict: Verdict, space: Space) -> Iterable[str]:
    right = judged(space, verdict.property)
    if verdict.answer != right.answer:
        yield f"{verdict.answer}, by the textbook {right.answer} ({right.lengths})"
        return
    trace = verdict.trace
    if (trace is None) != (set(right.lengths) <= {None}):
        yield f"{verdict.answer} {'without' if trace is None else 'with'} a trace, by the textbook {right.lengths}"
    if trace is None:
        return
    clauses = verdict.property.clauses
    settled = {clause.about: length for clause, length in zip(clauses, right.lengths, strict=True)}
    if len(settled) < len(clauses):
        yield f"two of its parts have one name: {[clause.about for clause in clauses]}"
    # of several loops the shortest trace as a whole is shown, so only the part before it compares, clause by clause
    least = min(length for length in right.lengths if length is not None)
    length, wanted = (len(trace), least) if trace.loop is None else (trace.loop, settled[verdict.note])
    if length != wanted:
        yield f"a trace of {length} steps, by the textbook of {wanted}"
    for clause in clauses:
        if clause.about == verdict.note and (why := fault(space, verdict.property, clause, trace)):
            yield f"its trace is none: {why}"


def alike(one: Report, other: Report) -> list[str]:
    """Return where two reports differ: counts, answers, traces, and what broke."""
    counts, others = figures(one.space), figures(other.space)
    odd = [] if counts == others else [f"counts {counts} and {others}"]
    return odd + [
        f"{left.property.name}: {left.answer}, {left.trace} and {right.answer}, {right.trace}"
        for left, right in zip(one.verdicts, other.verdicts, strict=True)
        if _told(left) != _told(right)
    ]


def _told(verdict: Verdict) -> Figures:
    # a note on what cut a search lists its bounds in the order in which they were met
    return verdict.answer, verdict.trace, verdict.note if verdict.trace else "", verdict.neglected


def retracted(partial: Report, whole: Report) -> list[str]:
    """Return what a search that was cut answers and the whole one does not."""
    return [
        f"{left.property.name}: {left.answer} when cut, {right.answer} as a whole"
        for left, right in zip(partial.verdicts, whole.verdicts, strict=True)
        if left.answer not in {Answer.INCOMPLETE, right.answer}
    ]
