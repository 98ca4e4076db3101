"""A model as a test of hypothesis: a failure shows the property, the chart of a short run, and a test to paste."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import wraps
from typing import ClassVar

import pytest
from haboot.checker import Answer, Composition, EngineError, ModelError, Property, System, Value, Verdict
from haboot.checker.boundary import draws_unicode, page
from haboot.checker.fuzzing import LOCKSTEP, Hunt, Rerun, Sighting, World, Written
from haboot.diagrams import text_chart
from haboot.plugin.verdicts import WIDTH, text
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine

__unittest = True  # unittest and pytest show no frame of such a file


class Broken(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # pytest has no other public name
    """A run that breaks a property; its text says all about it, so nothing else is shown."""

    __module__ = "builtins"  # as pytest does for its own: summaries then leave the module out

    def __init__(self, told: str) -> None:
        super().__init__(told, pytrace=False)


def state_machine(subject: System | Composition | World, properties: Iterable[Property]) -> type[RuleBasedStateMachine]:
    """Return a model as a hypothesis state machine that fails where a property or the lockstep breaks.

    Its ``TestCase`` is a test for unittest and pytest, with settings as hypothesis has them, but that a run is shrunk
    by what is known of the model. ``TestCase.rerun`` begins a run that a test takes step by step.
    """
    given = Hunt(subject, properties)
    case = given.runs.TestCase

    class Test(case):  # type: ignore[valid-type,misc]  # hypothesis makes a class for each state machine
        hunt: ClassVar[Hunt] = given
        failureException = Broken

        @wraps(case.runTest)
        def runTest(self) -> None:  # noqa: N802 - unittest's name
            told = _told(self.hunt, self.settings, type(self))
            if told:
                raise Broken(told)

        @classmethod
        def rerun(cls, start: Mapping[str, Value]) -> Rerun:
            """Begin a run from the first initial state that has what is given of its slots."""
            return cls.hunt.rerun(start)

    Test.__qualname__ = f"{given.world.name}.TestCase"

    class Machine(given.runs):  # type: ignore[name-defined,misc]  # as above
        TestCase = Test

    return Machine


def _told(hunt: Hunt, given: settings, test: type) -> str:
    """Return what is to be said of a test, empty where it passes."""
    try:
        found = hunt.found(given)
    except (EngineError, ModelError) as error:
        return str(error)
    return "" if found is None else page("\n".join(_lines(hunt, found, test)))


def _lines(hunt: Hunt, found: Sighting, test: type) -> Iterator[str]:
    shrunk = f"{found.length}: {found.scope}"
    if found.claim == LOCKSTEP:
        yield from (f"machines and tables part: {found.about}", shrunk, "")
        yield text_chart(found.trace, WIDTH, ascii_only=not draws_unicode()).plain
        return
    claim = next(one for one in hunt.monitor.properties if one.name == found.claim)
    note = "; ".join(filter(None, (found.about, shrunk)))
    yield text(Verdict(claim, Answer.VIOLATED, found.trace, note)).rstrip()
    module, name = _place(test)
    run = Written(hunt.world, found.trace)
    yield from ("", f"Paste into {module}: a test that passes as long as the model makes this run.", "")
    imports = [f"from {place} import {what}" for place, what in sorted(run.types) if place != module]
    yield from (*imports, *(("", "") if imports else ()), *run.test(name + ".rerun(", found.claim))


def _place(test: type) -> tuple[str, str]:
    """Return the module that a test stands in and the name that it has there."""
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is test:
                return module.__name__, name
    return test.__module__, test.__name__
