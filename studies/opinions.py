"""What other people's checkers say of the same models: counts, verdicts and shortest lengths, compared with ours.

SPIN and Rumur are given the compiled tables, SPIN the participants as processes besides, which reads the composition a
second time. Of runs SPIN is asked what holds under weak promises: with the fewest that are needed, and again without
one of these, where it must find a run that breaks the property.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from haboot.checker import RUNS, Answer, Limits, ModelError, Property, Verdict, quiet
from haboot.checker.host import mapped
from haboot.exports import (
    Compiled,
    Decided,
    InexactError,
    Role,
    Seen,
    Signal,
    Subject,
    as_liveness,
    as_murphi,
    as_processes,
    as_promela,
    by_rumur,
    by_spin,
    inexact,
    refuted_by_spin,
)
from haboot.ledger import Subject as Asked
from haboot.properties import Explored
from haboot.studies.promises import needs

SMALL = 5_000  # states up to which SPIN is asked about runs: with a process for each promise it keeps many copies
WAYS = ("spin", "rumur", "processes", "runs")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one way of asking said of a subject: verdicts that agree, why others were not asked, and what differs."""

    way: str
    distinct: int | None
    agreed: int = 0
    lengths: int = 0
    silent: Mapping[str, int] = field(default_factory=dict)
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opinions:
    """All that was said of one subject, beside the states and verdicts that haboot found."""

    name: str
    distinct: int
    verdicts: int
    opinions: tuple[Opinion, ...]

    @property
    def differs(self) -> tuple[str, ...]:
        """What differs, each with who says it."""
        return tuple(f"{one.way}: {text}" for one in self.opinions for text in one.differs)


def opinions_of(subject: Asked, ways: Sequence[str] = WAYS) -> Opinions:
    """Explore a subject, ask others about it in some ways, and compare; raises OtherError where one cannot be asked."""
    found = subject.explored(Limits(), quiet, "auto", ())
    verdicts = found.report().verdicts
    decided, every = Decided(Compiled(found.space.system), found.properties.values()), list[Opinion]()
    asked: dict[str, Callable[[Path], Opinion]] = {
        "spin": partial(_spin, found, verdicts, decided),
        "rumur": partial(_rumur, found, verdicts, decided),
        "processes": partial(_processes, subject, found, verdicts, decided),
        "runs": partial(_runs, found, verdicts, decided),
    }
    for way in ways:
        with TemporaryDirectory() as folder:
            every.append(asked[way](Path(folder)))
    return Opinions(subject.name, found.space.distinct, len(verdicts), tuple(every))


def all_opinions(subjects: Sequence[Asked], ways: Sequence[str], workers: int = 2) -> Iterator[Opinions]:
    """Return what is said of each subject, in order; the protocol's are shared out to processes."""
    task = partial(opinions_of, ways=tuple(ways))
    shared = workers > 1 and all(one.of_protocol for one in subjects)
    yield from mapped(task, subjects, workers) if shared else map(task, subjects)


def _spin(found: Explored, verdicts: Sequence[Verdict], decided: Decided, folder: Path) -> Opinion:
    chosen = len(decided.compiled.initial) > 1
    seen = by_spin(as_promela(decided), folder, found.space.distinct, chosen=chosen)
    return compared("spin", found, verdicts, seen, decided.signals)


def _rumur(found: Explored, verdicts: Sequence[Verdict], decided: Decided, folder: Path) -> Opinion:
    seen = by_rumur(as_murphi(decided, counted=True), folder, found.space.distinct)
    return compared("rumur", found, verdicts, seen, decided.signals)


def _processes(subject: Asked, found: Explored, verdicts: Sequence[Verdict], decided: Decided, folder: Path) -> Opinion:
    composition = subject.composition()
    if composition is None:
        return Opinion("processes", None, silent={"it is none of machines": len(verdicts)})
    try:
        model = as_processes(decided, composition)
    except ModelError as error:
        return Opinion("processes", None, silent={str(error): len(verdicts)})
    seen = by_spin(model, folder, found.space.distinct, chosen=True)
    cut = 0 in seen.signals
    whole = replace(seen, distinct=seen.distinct - cut)
    one = compared("processes", found, verdicts, whole, decided.about(Subject.STATE, Subject.END))
    if cut == bool(found.space.bounds_hit):
        return one
    told = f"{'a step is' if cut else 'no step is'} cut there, and here {', '.join(found.space.bounds_hit) or 'none'}"
    return replace(one, differs=(*one.differs, told))


def compared(way: str, found: Explored, verdicts: Iterable[Verdict], seen: Seen, asked: Iterable[Signal]) -> Opinion:
    """Return how what another checker saw compares with the verdicts here."""
    by_claim: dict[str, list[Signal]] = {}
    for one in asked:
        by_claim.setdefault(one.claim.name, []).append(one)
    differs, silent, agreed, lengths = list[str](), Counter[str](), 0, 0
    if seen.distinct != found.space.distinct:
        differs.append(f"{seen.distinct:,} distinct states, and here {found.space.distinct:,}")
    for verdict in verdicts:
        about = by_claim.get(verdict.property.name)
        if about is None:
            silent[str(verdict.property.kind)] += 1
            continue
        answer, length = _answered(verdict.property, about, seen, cut=bool(found.space.bounds_hit))
        ours = None if verdict.trace is None else len(verdict.trace)
        if answer is not verdict.answer:
            differs.append(f"{verdict.property.name} {answer}, and here {verdict.answer}")
        elif length is not None and length != ours:
            differs.append(f"{verdict.property.name} in {length} steps, and here in {ours}")
        else:
            agreed += 1
            lengths += length is not None
    return Opinion(way, seen.distinct, agreed, lengths, dict(silent), tuple(differs))


def _answered(claim: Property, about: Sequence[Signal], seen: Seen, *, cut: bool) -> tuple[Answer, int | None]:
    """Return the answer that signals give, and the least length of the ways to what settles it, if known."""
    settling = [one for one in about if one.role is not Role.MET]
    settled = [seen.signals[one.number] for one in settling if one.number in seen.signals]
    wants = settling[0].role is Role.WITNESSED
    if settled:
        known = [length for length in settled if length is not None]
        return (Answer.HOLDS if wants else Answer.VIOLATED), min(known, default=None)
    if cut:
        return Answer.INCOMPLETE, None
    met = any(one.number in seen.signals for one in about if one.role is Role.MET)
    applies = met or not all(clause.conditional for clause in claim.clauses)
    return (Answer.HOLDS if applies and not wants else Answer.UNREACHED), None


def _runs(found: Explored, verdicts: Sequence[Verdict], decided: Decided, folder: Path) -> Opinion:
    differs, silent, agreed = list[str](), Counter[str](), 0
    for verdict in verdicts:
        claim = verdict.property
        if claim.kind not in RUNS:
            continue
        weakly, why = _weakly(found, decided.compiled, verdict)
        if weakly is None:
            silent[why] += 1
            continue
        try:
            told = _of_runs(decided, weakly, verdict.answer, folder)
        except InexactError:
            silent["SPIN's search did not end"] += 1
            continue
        differs += [told] if told else []
        agreed += not told
    return Opinion("runs", None, agreed, 0, dict(silent), tuple(differs))


def _of_runs(decided: Decided, claim: Property, answer: Answer, folder: Path) -> str:
    """Return what SPIN says otherwise of a property that is violated, or holds and needs each of its promises."""
    refuted = _refuted(decided, claim, folder)
    if refuted is not (answer is Answer.VIOLATED):
        return f"{claim.name} {'broken' if refuted else 'not broken'}, and here {answer}"
    if not refuted and claim.fairness:
        less = replace(claim, fairness=claim.fairness[1:])
        if not _refuted(decided, less, folder):
            return f"{claim.name} not broken without {claim.fairness[0].label}, which here it needs"
    return ""


def _refuted(decided: Decided, claim: Property, folder: Path) -> bool:
    return any(refuted_by_spin(text, folder) for text in as_liveness(decided, claim))


def _weakly(found: Explored, compiled: Compiled, verdict: Verdict) -> tuple[Property | None, str]:
    """Return a property with the promises under which SPIN is asked, or why it is not asked."""
    claim = verdict.property
    if verdict.answer not in {Answer.HOLDS, Answer.VIOLATED}:
        return None, f"{verdict.answer} here"
    if found.space.distinct > SMALL:
        return None, f"more than {SMALL:,} states"
    if verdict.answer is Answer.HOLDS:
        need = needs(found.space, claim)
        if need.strong:
            return None, "it needs strong promises, which SPIN does not have"
        needed = (replace(one, strong=False) for one in claim.fairness if one.name in need.weak)
        claim = replace(claim, fairness=tuple(needed))
    why = inexact(compiled, claim)
    return (None, why) if why else (claim, "")
