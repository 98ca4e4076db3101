"""The collected tree: a suite, its scenarios, and an item for each property of each scenario.

Names come from the claims that apply, so nothing is explored while tests are collected. A scenario is explored when the
first of its items runs and let go after the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from haboot.checker import Answer, ModelError, nearest
from haboot.checker.boundary import plain, told
from haboot.ledger import SUITES, alert, distinct, expected, expects, places, reason, scenarios_in, scenarios_of
from haboot.model import Scenario
from haboot.plugin.ids import ROOT
from haboot.plugin.telling import tell
from haboot.plugin.verdicts import RAISED, require
from haboot.properties import CLAIMS, Claim, Explored, Setting, explored


def collectors(session: pytest.Session, names: Iterable[str]) -> tuple[pytest.Collector, ...]:
    """Return what collects the scenarios, suites and scenario files named; raises UsageError for an unknown name.

    Each name counts, also where two mean scenarios that are called alike.
    """
    found, files = list[Scenario](), dict[Path, None]()
    for name in names:
        try:
            some = SUITES[name] if name in SUITES else scenarios_of(name)
        except ModelError as error:
            raise pytest.UsageError(f"haboot: {plain(str(error))}") from error
        found += [one for one in some if one.written is None]
        files |= {Path(one.written.file): None for one in some if one.written is not None}
    suite: Suite = Suite.from_parent(session, name=ROOT, nodeid=ROOT)
    suite.scenarios = distinct(found)
    made: list[ScenarioFile] = [ScenarioFile.from_parent(session, path=path) for path in files]
    return (suite, *made)


def unknown(given: str, items: Iterable[pytest.Item]) -> str:
    """Return what to say of an id that none of the items has, with the nearest that one has."""
    near = nearest(given, [one.nodeid for one in items])
    return f"haboot: no test is called {told(given)}{near}"


class Suite(pytest.Collector):
    """All scenarios that were asked for by name."""

    scenarios: tuple[Scenario, ...] = ()

    def collect(self) -> Iterator[ScenarioNode]:
        """Yield a collector a scenario."""
        yield from (ScenarioNode.of(self, one) for one in self.scenarios)


class ScenarioFile(pytest.File):
    """A file of scenarios."""

    def collect(self) -> Iterator[ScenarioNode]:
        """Yield a collector a scenario; raises CollectError for what is no such file."""
        try:
            found = scenarios_in(self.path)
        except ModelError as error:
            raise self.CollectError(plain(str(error))) from error
        yield from (ScenarioNode.of(self, one) for one in found)


class ScenarioNode(pytest.Collector):
    """One scenario; its state space is shared by its items."""

    scenario: Scenario
    found: Explored | None = None

    @classmethod
    def of(cls, parent: pytest.Collector, scenario: Scenario) -> ScenarioNode:
        """Return the collector of a scenario."""
        made: ScenarioNode = cls.from_parent(parent, name=scenario.name)
        made.scenario = scenario
        return made

    def collect(self) -> Iterator[PropertyItem]:
        """Yield an item for each claim that means something here."""
        given: dict[str, Any] = {one.name: getattr(self.scenario, one.name) for one in fields(Scenario)}
        here = Setting(**given)
        for claim in CLAIMS:
            if claim.has_subject(here):
                made: PropertyItem = PropertyItem.from_parent(self, name=claim.name)
                made.expect(self.scenario, claim)
                yield made

    def setup(self) -> None:
        """Explore the scenario."""
        self.found = explored(self.scenario)

    def teardown(self) -> None:
        """Let the state space go."""
        self.found = None


class PropertyItem(pytest.Item):
    """One property of one scenario: passes when it holds, and fails strictly as the ledger expects."""

    wanted: Answer | None = Answer.HOLDS

    def expect(self, scenario: Scenario, claim: Claim) -> None:
        """Mark what the ledger expects not to hold."""
        self.wanted = expected(scenario, claim.name, claim.kind)
        if self.wanted not in {None, Answer.HOLDS}:
            why = reason(scenario, claim.name)
            self.add_marker(pytest.mark.xfail(raises=RAISED[self.wanted], reason=why, strict=True))

    def runtest(self) -> None:
        """Judge the property."""
        parent = self.parent
        assert isinstance(parent, ScenarioNode)  # noqa: S101 - for the type checker
        assert parent.found is not None  # noqa: S101 - set up before
        verdict, scenario = parent.found.verdict(self.name), parent.scenario
        tell(self, alert(scenario, verdict, self.wanted))
        if self.wanted is None and verdict.answer is not Answer.INCOMPLETE:
            if verdict.answer is not Answer.HOLDS:
                pytest.xfail(f"{verdict.answer}: {expects(scenario, self.name, None)}")
            return
        require(verdict)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where its answer belongs: in the author's own file, or where the property is stated."""
        assert isinstance(self.parent, ScenarioNode)  # noqa: S101 - as above
        place = places(self.parent.scenario, self.name)[0]
        return place.path, place.line - 1, f"{self.parent.name}: {self.name}"
