"""What ``haboot fuzz`` does: drawn runs, what of them was to be expected, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import click
from haboot.checker import Answer, EngineError, Kind, Property, amount, nearest
from haboot.checker.boundary import draws_unicode
from haboot.checker.fuzzing import JUDGED, LOCKSTEP, Fuzzer, FuzzReport, Sighting, Tally
from haboot.cli.console import columns
from haboot.cli.interrupts import SoFar
from haboot.cli.progress import Meter
from haboot.cli.subjects import require_claims
from haboot.diagrams import text_chart
from haboot.ledger import Subject
from rich.console import Console
from rich.text import Text

CHARTS = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How many runs, how long, and what they are drawn from."""

    examples: int
    steps: int
    seed: int


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What runs of a scenario or a model showed, and which of it was not to be expected."""

    subject: Subject
    report: FuzzReport
    unexpected: frozenset[str]
    cut: SoFar

    @property
    def shown(self) -> tuple[Sighting, ...]:
        """The violations worth a chart: those that nothing lets expect, else the one with the shortest run."""
        by_length = sorted(self.report.violated(), key=lambda one: (len(one.trace), one.claim))
        return tuple(one for one in by_length if one.claim in self.unexpected)[:CHARTS] or tuple(by_length[:1])


def fuzzed(subject: Subject, claims: tuple[str, ...], size: Size, meter: Meter) -> Fuzzed:
    """Draw runs and shrink what is worth showing; raise EngineError where machines and tables part."""
    require_claims((), (subject,))
    meter.begin(subject.name)
    with subject.blamed():
        world = subject.world()
        fuzzer = Fuzzer(world, _asked(subject.run_properties(world), claims, subject), size.steps, size.seed)
        with SoFar() as cut:
            fuzzer.report(size.examples, lambda tally: meter.tell(_progress(tally, size.examples)))
        report = fuzzer.report(0)
    meter.tell("shrinking")
    if LOCKSTEP in report.sightings:
        raise EngineError(f"{subject.name}: {report.sightings[LOCKSTEP].about}")
    unexpected = {one.claim for one in report.violated() if not subject.may_break(report.claim(one.claim))}
    whole = Fuzzed(subject, report, frozenset(unexpected), cut)
    with cut:
        for sighting in () if cut.status else whole.shown:
            report.sightings[sighting.claim] = fuzzer.shrunk(sighting)
    meter.end()
    return whole


def _asked(known: tuple[Property, ...], claims: tuple[str, ...], subject: Subject) -> tuple[Property, ...]:
    names = {one.name: one for one in known}
    for claim in claims:
        if claim not in names:
            raise click.UsageError(f"unknown property '{claim}' in '{subject.name}'{nearest(claim, names)}")
        if names[claim].kind not in JUDGED:
            raise click.UsageError(
                f"'{claim}' says '{names[claim].kind}': no single run can break it; use 'haboot check'"
            )
    return tuple(names[claim] for claim in claims) or known


def _progress(tally: Tally, examples: int) -> str:
    seen = f"{amount(len(tally.coverage.fired), 'action')}, {amount(len(tally.seen), 'sighting')}"
    return f"example {tally.examples + 1:,} of {examples:,}, {amount(tally.steps, 'step')}, {seen}"


def lines(one: Fuzzed) -> Iterator[Text]:
    """What the runs showed, the verdict first."""
    report = one.report
    runs = f"{amount(report.tally.runs, 'run')} of {one.subject.name}"
    if one.cut.status:
        yield Text("INTERRUPTED: this is what was seen so far", "bold yellow")
    if one.unexpected:
        what = amount(len(one.unexpected), "violation")
        yield Text(f"{what} that {one.subject.source} does not expect in {runs}", "bold red")
    else:
        count = len(report.violated())
        what = f"{amount(count, 'violation')}, as {one.subject.source} expects," if count else "no violation"
        yield Text(f"{what} in {runs}", "bold green")
    stepped = f"{amount(report.tally.steps, 'step')} on running machines, in lockstep with their tables"
    yield Text(f"  {stepped}; seed {report.seed}; {report.seconds:.1f} s", "dim")
    for sighting in sorted(report.violated(), key=lambda each: (each.claim not in one.unexpected, each.claim)):
        yield _sighting(one, sighting)
    for claim in report.properties:
        if claim.kind is Kind.SOMETIMES and (found := report.sightings.get(claim.name)):
            yield _fact("WITNESSED", "green", claim, f"in {amount(len(found.trace), 'step')}, example {found.example}")
    yield from (Text(f"  {told}", "dim") for told in _silences(report))
    yield Text()
    yield from _coverage(report)


def _sighting(one: Fuzzed, sighting: Sighting) -> Text:
    facts = [sighting.length, f"example {sighting.example}", *([sighting.about] if sighting.about else [])]
    unexpected = f"{one.subject.source} does not expect it"
    told = unexpected if sighting.claim in one.unexpected else "as expected"
    return _fact("VIOLATED", "red", one.report.claim(sighting.claim), ", ".join((*facts, told)))


def _fact(word: str, style: str, claim: Property, told: str) -> Text:
    return Text.assemble("  ", (f"{word:<10} ", style), f"{claim.name:<34} ", (f"{claim.kind}, {told}", "dim"))


def _silences(report: FuzzReport) -> Iterator[str]:
    """What the runs do not say."""
    quiet = [one for one in report.properties if one.kind in JUDGED and one.name not in report.sightings]
    unmet = [one.name for one in quiet if one.name not in report.tally.applied and one.kind is not Kind.SOMETIMES]
    unseen = [one.name for one in quiet if one.kind is Kind.SOMETIMES]
    kept = len(quiet) - len(unmet) - len(unseen)
    yield f"not violated, which is no proof: {kept}"
    for what, names in (
        ("never put to the test, as no run met the premise", unmet),
        ("without a witness", unseen),
        ("not judged, as that takes more than one run", [one.name for one in report.unjudged]),
        ("not followed", list(report.tally.bounds)),
    ):
        if names:
            yield f"{what}: {', '.join(names)}"


def _coverage(report: FuzzReport) -> Iterator[Text]:
    yield Text("  met in these runs", "bold")
    shares = (report.tally.coverage.actions, *report.tally.coverage.configurations)
    width = max(len(one.name) for one in shares)
    for one in shares:
        of = f"{one.met:>6,} of {one.of:>6,}  {one.met / one.of:>4.0%}" if one.of else f"{one.met:>6,}"
        what = "" if one is shares[0] else "  configurations"
        yield Text(f"  {one.name:<{width}} {of}{what}")
    known = "of what the tables have, which is more than the machines can reach together"
    yield Text(
        f"  {known if shares[0].of else 'of how many is not known: the tables are too large to be closed'}", "dim"
    )


def chart(one: Fuzzed, sighting: Sighting, console: Console) -> Iterator[Text]:
    """The run that shows a violation, as a sequence chart; in a pipe as wide as its labels need."""
    about = f" ({sighting.about})" if sighting.about else ""
    statement = one.report.claim(sighting.claim).statement
    yield Text(f"{sighting.claim}{about}{f': {statement}' if statement else ''}", "bold")
    if sighting.scope is not None:
        yield Text(f"{sighting.length}: {sighting.scope}", "dim")
    yield Text()
    yield text_chart(sighting.trace, columns(console), sighting.claim, ascii_only=not draws_unicode(console))


def as_data(one: Fuzzed) -> dict[str, Any]:
    """Return results as the data that ``--json`` writes; the same for the same seed but for the seconds."""
    report, subject = one.report, one.subject
    coverage = report.tally.coverage
    return {
        "haboot": version("haboot"),
        subject.noun: subject.name,
        **({} if subject.assumed is None else {"assumptions": list(subject.assumed)}),
        "seed": report.seed,
        "examples": report.tally.examples,
        "runs": report.tally.runs,
        "steps": report.tally.steps,
        "seconds": round(report.seconds, 3),
        "bounds": list(report.tally.bounds),
        "properties": [_property_data(one, claim) for claim in report.properties],
        "coverage": [asdict(share) for share in (coverage.actions, *coverage.configurations)],
        "fired": dict(sorted(coverage.fired.items())),
    }


def _property_data(one: Fuzzed, claim: Property) -> dict[str, Any]:
    found = one.report.sightings.get(claim.name)
    if claim.kind not in JUDGED:
        answer = "not judged"
    elif found is None:
        answer = "not seen" if claim.kind is Kind.SOMETIMES else "not violated"
    else:
        answer = "WITNESSED" if claim.kind is Kind.SOMETIMES else str(Answer.VIOLATED)
    return {
        "name": claim.name,
        "kind": str(claim.kind),
        "answer": answer,
        "expected": None if found is None else claim.name not in one.unexpected,
        "applied": claim.name in one.report.tally.applied,
        "about": "" if found is None else found.about,
        "example": None if found is None else found.example,
        "trace": None if found is None else [step.action for step in found.trace],
        "raw": None if found is None else found.raw,
        "shrunk": None if found is None or found.scope is None else str(found.scope),
    }
