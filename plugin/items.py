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
from haboot.checker import Answer, ModelError
from haboot.checker.boundary import plain
from haboot.ledger import SUITES, distinct, expected, reason, scenarios_of
from haboot.model import Scenario
from haboot.plugin.ids import ROOT
from haboot.plugin.verdicts import RAISED, require
from haboot.properties import CLAIMS, Claim, Explored, Setting, claim_places, explored


class Suite(pytest.Collector):
    """All scenarios that were asked for."""

    scenarios: tuple[Scenario, ...] = ()

    @classmethod
    def named(cls, session: pytest.Session, names: Iterable[str]) -> Suite:
        """Return the suite of scenarios, suites and scenario files named; raises UsageError for an unknown name.

        Each name counts, also where two mean scenarios that are called alike.
        """
        found = list[Scenario]()
        for name in names:
            try:
                found += SUITES[name] if name in SUITES else scenarios_of(name)
            except ModelError as error:
                raise pytest.UsageError(f"haboot: {plain(str(error))}") from error
        made: Suite = cls.from_parent(session, name=ROOT, nodeid=ROOT)
        made.scenarios = distinct(found)
        return made

    def collect(self) -> Iterator[ScenarioNode]:
        """Yield a collector a scenario."""
        for scenario in self.scenarios:
            made: ScenarioNode = ScenarioNode.from_parent(self, name=scenario.name)
            made.scenario = scenario
            yield made


class ScenarioNode(pytest.Collector):
    """One scenario; its state space is shared by its items."""

    scenario: Scenario
    found: Explored | None = None

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
        verdict = parent.found.verdict(self.name)
        if self.wanted is None and verdict.answer is not Answer.INCOMPLETE:
            if verdict.answer is not Answer.HOLDS:
                pytest.xfail(f"{verdict.answer}: the ledger expects nothing of this property here")
            return
        require(verdict)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the property is stated."""
        place = claim_places()[self.name]
        return Path(place.file), place.line - 1, f"{self.parent.name if self.parent else ''}: {self.name}"
