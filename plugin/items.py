"""The collected tree: a suite, its scenarios and models, and an item for each property of each.

Names come from the claims that apply, so nothing is explored while tests are collected. A scenario or a model is
explored when the first of its items runs and let go after the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from haboot.checker import Answer, Limits, ModelError, nearest, quiet
from haboot.checker.boundary import plain, told
from haboot.ledger import (
    SUITES,
    OfProtocol,
    Own,
    Stated,
    Subject,
    alert,
    distinct,
    is_own,
    models_of,
    scenarios_in,
    scenarios_of,
)
from haboot.model import Scenario
from haboot.plugin.ids import ROOT
from haboot.plugin.telling import tell
from haboot.plugin.verdicts import RAISED, require
from haboot.properties import Explored


def collectors(session: pytest.Session, names: Iterable[str]) -> tuple[pytest.Collector, ...]:
    """Return what collects scenarios, suites, scenario files and models; raises UsageError for an unknown name.

    Each name counts, also where two mean what is called alike.
    """
    found, own, files = list[Scenario](), list[Own](), dict[Path, None]()
    for name in names:
        try:
            if is_own(name):
                own += models_of(name)
                continue
            some = SUITES[name] if name in SUITES else scenarios_of(name)
        except ModelError as error:
            raise pytest.UsageError(f"haboot: {plain(str(error))}") from error
        found += [one for one in some if one.written is None]
        files |= {Path(one.written.file): None for one in some if one.written is not None}
    suite: Suite = Suite.from_parent(session, name=ROOT, nodeid=ROOT)
    suite.subjects = {one.name: OfProtocol(one) for one in distinct(found)} | {one.word: one for one in own}
    made: list[ScenarioFile] = [ScenarioFile.from_parent(session, path=path) for path in files]
    return (suite, *made)


def unknown(given: str, items: Iterable[pytest.Item]) -> str:
    """Return what to say of an id that none of the items has, with the nearest that one has."""
    near = nearest(given, [one.nodeid for one in items])
    return f"haboot: no test is called {told(given)}{near}"


class Suite(pytest.Collector):
    """All that was asked for by name: of each the name that an id has."""

    subjects: Mapping[str, Subject] = MappingProxyType({})

    def collect(self) -> Iterator[SubjectNode]:
        """Yield a collector a scenario or a model."""
        yield from (SubjectNode.of(self, one, name) for name, one in self.subjects.items())


class ScenarioFile(pytest.File):
    """A file of scenarios."""

    def collect(self) -> Iterator[SubjectNode]:
        """Yield a collector a scenario; raises CollectError for what is no such file."""
        try:
            found = scenarios_in(self.path)
        except ModelError as error:
            raise self.CollectError(plain(str(error))) from error
        yield from (SubjectNode.of(self, OfProtocol(one), one.name) for one in found)


class SubjectNode(pytest.Collector):
    """One scenario or model; its state space is shared by its items."""

    subject: Subject
    found: Explored | None = None

    @classmethod
    def of(cls, parent: pytest.Collector, subject: Subject, name: str) -> SubjectNode:
        """Return the collector of a scenario or a model."""
        made: SubjectNode = cls.from_parent(parent, name=name)
        made.subject = subject
        return made

    def collect(self) -> Iterator[PropertyItem]:
        """Yield an item for each property that means something here."""
        for claim in self.subject.asked():
            made: PropertyItem = PropertyItem.from_parent(self, name=claim.name)
            made.expect(self.subject, claim)
            yield made

    def setup(self) -> None:
        """Explore it."""
        with self.subject.blamed():
            self.found = self.subject.explored(Limits(), quiet, "auto", ())

    def teardown(self) -> None:
        """Let the state space go."""
        self.found = None


class PropertyItem(pytest.Item):
    """One property of one scenario or model: passes when it holds, and fails strictly as is expected."""

    wanted: Answer | None = Answer.HOLDS

    def expect(self, subject: Subject, claim: Stated) -> None:
        """Mark what is expected not to hold."""
        self.wanted = subject.expected(claim.name, claim.kind)
        if self.wanted not in {None, Answer.HOLDS}:
            why = subject.reason(claim.name)
            self.add_marker(pytest.mark.xfail(raises=RAISED[self.wanted], reason=why, strict=True))

    def runtest(self) -> None:
        """Judge the property."""
        parent = self.parent
        assert isinstance(parent, SubjectNode)  # noqa: S101 - for the type checker
        assert parent.found is not None  # noqa: S101 - set up before
        subject = parent.subject
        with subject.blamed():
            verdict = parent.found.verdict(self.name)
        tell(self, alert(subject, verdict, self.wanted, strict=subject.strict))
        if self.wanted is None and not subject.strict and verdict.answer is not Answer.INCOMPLETE:
            if verdict.answer is not Answer.HOLDS:
                pytest.xfail(f"{verdict.answer}: {subject.expects(self.name, None)}")
            return
        require(verdict)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where its answer belongs: in the author's own file, or where the property is stated."""
        assert isinstance(self.parent, SubjectNode)  # noqa: S101 - as above
        place = self.parent.subject.places(self.name)[0]
        return place.path, place.line - 1, f"{self.parent.name}: {self.name}"
