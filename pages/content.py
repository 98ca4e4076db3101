"""What a report shows, and how it comes from what was checked: of any model, whatever it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from haboot.checker import (
    Answer,
    Composition,
    Kind,
    Participant,
    Property,
    Report,
    StateSpace,
    Trace,
    Verdict,
    state_graph,
)
from haboot.diagrams import MOST, Chart, Excerpt, Explorable, Whole, fired_rows
from haboot.pages.comparison import Comparison
from haboot.pages.faults import FaultsEntry


@dataclass(frozen=True, slots=True)
class Checked:
    """One scenario with its report, its composition if it is one, and the answers that were expected of it.

    ``order`` names lanes of charts that come first. ``whole`` asks for all its states to be in the page, however many.
    ``proofs`` says by property what became of its certificate, and ``proven_by`` who checked them.
    """

    name: str
    report: Report
    composition: Composition | None = None
    summary: str = ""
    assumptions: tuple[str, ...] = ()
    expected: Mapping[str, Answer | None] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    whole: bool = False
    proofs: Mapping[str, str] = field(default_factory=dict)
    proven_by: str = ""

    @property
    def proven(self) -> dict[str, int]:
        """How many verdicts there are of which each became."""
        return dict(Counter(self.proofs.values()))

    def differs(self, verdict: Verdict) -> bool:
        """Whether a verdict is another than the expected one."""
        wanted = self.expected.get(verdict.property.name)
        return wanted is not None and verdict.answer not in {wanted, Answer.INCOMPLETE}

    @property
    def by_answer(self) -> dict[str, list[Verdict]]:
        """The verdicts by answer, what is broken first."""
        order = (Answer.VIOLATED, Answer.INCOMPLETE, Answer.UNREACHED, Answer.HOLDS)
        found = {str(answer): [one for one in self.report.verdicts if one.answer is answer] for answer in order}
        return {answer: verdicts for answer, verdicts in found.items() if verdicts}

    @property
    def is_whole(self) -> bool:
        """Whether a page holds all its states."""
        space = self.report.space
        return self.whole or (space.distinct <= MOST and not space.bounds_hit and not space.reductions)

    def explorable(self) -> Explorable[Whole]:
        """Return it as the explorer takes it: all its states, or those on traces; see ``is_whole``.

        Raises ModelError for more than 60,000 states that were asked for.
        """
        space, verdicts = self.report.space, self.report.verdicts
        traces = (one.trace for one in verdicts if one.trace is not None)
        shown = state_graph(space, MOST) if self.is_whole else Excerpt(space.system, traces)
        return Explorable(self.name, self.told, shown, self.composition, verdicts, self.order)

    def walkable(self) -> Explorable[StateSpace]:
        """Return it as a walker takes it, whatever its size."""
        return Explorable(self.name, self.told, self.report.space, self.composition, self.report.verdicts, self.order)

    @property
    def told(self) -> str:
        """What it is and assumes."""
        assumed = f"assuming {', '.join(self.assumptions)}" if self.assumptions else ""
        return "; ".join(filter(None, (self.summary, assumed)))


@dataclass(frozen=True, slots=True)
class Sight:
    """A property in a scenario: the verdict, and what it assumes."""

    scenario: Checked
    verdict: Verdict

    @property
    def steps(self) -> int:
        """The length of its trace."""
        return 0 if self.verdict.trace is None else len(self.verdict.trace)


@dataclass(frozen=True, slots=True)
class PropertyEntry:
    """A property with its verdicts in all scenarios; ``breakers`` are the violations with the fewest assumptions.

    Of two violations of which the one assumes all that the other does and more, the other is a breaker.
    """

    claim: Property
    sights: tuple[Sight, ...]

    def of(self, answer: str) -> list[Sight]:
        """Return the verdicts with an answer, those with fewer assumptions and shorter traces first."""
        found = [one for one in self.sights if one.verdict.answer == answer]
        return sorted(found, key=lambda one: (len(one.scenario.assumptions), one.steps))

    @property
    def tally(self) -> dict[str, int]:
        """How many verdicts there are of each answer."""
        return {str(answer): n for answer, n in sorted(Counter(one.verdict.answer for one in self.sights).items())}

    @property
    def breakers(self) -> list[Sight]:
        """The violations with the fewest assumptions."""
        found: list[Sight] = []
        for one in self.of(Answer.VIOLATED):
            if not any(set(less.scenario.assumptions) <= set(one.scenario.assumptions) for less in found):
                found.append(one)
        return found


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement with the names of the properties that express it and their answers, or its waiver."""

    id: str
    section: str
    level: str
    binds: str
    text: str
    reading: str
    waiver: str
    checks: tuple[tuple[str, Mapping[str, int]], ...]

    @property
    def answer(self) -> str:
        """What the filter goes by: waived, or the gravest answer of its properties."""
        if self.waiver:
            return "waived"
        given = {answer for _, answers in self.checks for answer in answers}
        order = (Answer.VIOLATED, Answer.INCOMPLETE, Answer.HOLDS, Answer.UNREACHED)
        return next((str(answer) for answer in order if answer in given), "not checked")


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """A finding with the chart of its trace; ``scenario`` and ``property`` lead into the explorer.

    ``fairness`` says of a loop which promise would end it.
    """

    name: str
    what: str
    fault: str
    property: str
    statement: str
    assumptions: tuple[str, ...]
    trace: Trace
    chart: Chart
    scenario: str
    fairness: str = ""


@dataclass(frozen=True, slots=True)
class AmendmentEntry:
    """What might be said instead: the sentences that it changes, its words, what it mends, and what it cannot do."""

    name: str
    cites: str
    changes: str
    words: str
    cannot: str
    mends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MachineEntry:
    """A participant, and the rows, numbered from 1, that no scenario of the report takes."""

    participant: Participant
    unfired: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Content:
    """All that a report shows; ``made_by`` names the program and its version, ``headline`` what stands first.

    ``amending`` introduces the amendments.
    """

    title: str
    made_by: str
    scenarios: tuple[Checked, ...]
    headline: tuple[PropertyEntry, ...] = ()
    requirements: tuple[RequirementRow, ...] = ()
    findings: tuple[FindingEntry, ...] = ()
    faults: tuple[FaultsEntry, ...] = ()
    amendments: tuple[AmendmentEntry, ...] = ()
    amending: str = ""
    machines: tuple[MachineEntry, ...] = ()
    comparison: Comparison | None = None

    @property
    def properties(self) -> tuple[PropertyEntry, ...]:
        """Every property with its verdicts."""
        return entries(self.scenarios)


def of_model(title: str, made_by: str, checked: Sequence[Checked], **more: Any) -> Content:
    """Return the report of a model: what was checked, its machines, and every property as a headline.

    ``more`` are fields of Content that say something else.

    >>> from haboot.checker import Action, Slot, System, always, check
    >>> up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    >>> small = always("small", ("n",), lambda v: v["n"] < 3)
    >>> report = check(System("count", (Slot("n", range(4)),), ({"n": 0},), (up,)), [small])
    >>> [one.claim.name for one in of_model("Counting", "me", [Checked("count", report)]).headline]
    ['small']
    """
    usual = {"headline": entries(checked), "machines": tuple(machines(checked))}
    return Content(title, made_by, tuple(checked), **{**usual, **more})


def entries(checked: Iterable[Checked], names: Sequence[str] = ()) -> tuple[PropertyEntry, ...]:
    """Return properties with their verdicts, all of them unless some are named, each once."""
    found: dict[str, list[Sight]] = {name: [] for name in names}
    for one in checked:
        for verdict in one.report.verdicts:
            if not names or verdict.property.name in found:
                found.setdefault(verdict.property.name, []).append(Sight(one, verdict))
    return tuple(PropertyEntry(sights[0].verdict.property, tuple(sights)) for sights in found.values() if sights)


def totals(content: Content) -> dict[str, int]:
    """Return how many there are of what, over all scenarios."""
    every = [(one, verdict) for one in content.scenarios for verdict in one.report.verdicts]
    count = Counter(verdict.answer for _, verdict in every)
    return {
        "scenarios": len(content.scenarios),
        "verdicts": len(every),
        "states": sum(one.report.space.distinct for one in content.scenarios),
        "surprises": sum(one.differs(verdict) for one, verdict in every),
        "incomplete": count[Answer.INCOMPLETE],
        "violated": count[Answer.VIOLATED],
        "holds": sum(v.answer is Answer.HOLDS and v.property.kind is not Kind.SOMETIMES for _, v in every),
        "witnessed": sum(v.answer is Answer.HOLDS and v.property.kind is Kind.SOMETIMES for _, v in every),
        "unreached": count[Answer.UNREACHED],
    }


def machines(checked: Iterable[Checked]) -> Iterator[MachineEntry]:
    """Every participant, with the rows that no scenario took; where a space cannot tell, its rows count as taken."""
    participants: dict[str, Participant] = {}
    fired: dict[str, set[int]] = {}
    for one in checked:
        instances = one.composition.instances if one.composition else ()
        space = one.report.space
        known = fired_rows(state_graph(space, 0), instances) if space.engine == "graph" else {}
        for made in (instance.participant for instance in instances):
            participants.setdefault(made.name, made)
            every = range(1, len(made.rows) + 1)
            fired.setdefault(made.name, set()).update(known.get(made.name, every))
    for name, made in participants.items():
        yield MachineEntry(made, frozenset(range(1, len(made.rows) + 1)) - fired[name])
