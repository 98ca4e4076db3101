"""An interleaving as a test of its own: the same steps on running machines, with the same outcome.

The test names scenario, start and steps in full and needs nothing but the installed package, so that it can be kept in
the repository of whoever found the run. What a file says of a run stands in it as quoted literals and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path

from haboot.checker import Answer, Kind, Limits, ModelError, Trace, Value, amount, nearest, quiet
from haboot.checker.fuzzing import JUDGED, Rerun, Unfolded, Written, literal, walked
from haboot.ledger.model_files import model_from, word_from
from haboot.ledger.own import Own
from haboot.ledger.protocol import OfProtocol
from haboot.ledger.saved import OPEN, Saved, named
from haboot.ledger.subject import Subject
from haboot.model import Scenario, composition
from haboot.properties import CLAIMS


class Regression:
    """A recorded interleaving of a scenario or a model, taken again on running machines by a test.

    ``start`` gives the slots in which initial states differ; the first that fits is taken.

    >>> run = Regression(Scenario("one", "one mobile node"), {})
    >>> run.take("H.detector suspects the failed home agent", {"H.detector.state": "suspecting"})
    >>> run.breaks("no-deadlock")
    False
    """

    def __init__(self, of: Scenario | Subject, start: Mapping[str, Value]) -> None:
        self.subject: Subject = OfProtocol(of) if isinstance(of, Scenario) else of
        world = self.subject.world()
        self.properties = {one.name: one for one in self.subject.run_properties(world)}
        self.rerun = Rerun(world, self.properties.values(), lambda slot, value: start.get(slot, value) == value)

    def take(self, action: str, changes: Mapping[str, Value]) -> None:
        """Take a step that changes just what is said; raise RerunError where the machines do something else."""
        __tracebackhide__ = True  # a test that fails shows its own line
        self.rerun.take(action, changes)

    def returns_to(self, step: int) -> bool:
        """Whether the run is where it was after a number of steps."""
        return self.rerun.states[step] == self.rerun.states[-1]

    def breaks(self, claim: str) -> bool:
        """Whether the last step breaks a property, or witnesses it where it says *sometimes*.

        What takes more than one run to tell (recoverable, leads to, finitely often) is explored exhaustively.
        """
        if claim not in self.properties:
            raise ModelError(f"no property '{claim}' in '{self.subject.name}'{nearest(claim, self.properties)}")
        if self.properties[claim].kind in JUDGED:
            return self.rerun.breaks(claim)
        return self.subject.explored(Limits(), quiet, "auto", (claim,)).verdict(claim).answer is Answer.VIOLATED


def model_beside(test: str, word: str) -> Own:
    """Return the one model that a word means, its file sought from the folder of a test on."""
    return model_from(Path(test).parent, word)


def as_test(saved: Saved) -> str:
    """Return a test module that takes the steps of a trace again and asserts what they lead to.

    >>> run = Regression(Scenario("one", "one mobile node"), {})
    >>> as_test(Saved(Scenario("one", "one mobile node"), "no-deadlock", run.rerun.walk.trace)).splitlines()[-1]
    "    assert run.breaks('no-deadlock')"
    """
    return "\n".join(_lines(saved)) + "\n"


def as_test_of(model: Own, claim: str, trace: Trace, folder: Path) -> str:
    """Return a test module of a model of one's own, to stand in a folder from which the model's file is found."""
    if model.number is not None:
        made = f"haboot.member({model.word.rpartition(':')[2]}, {model.number})"
        raise ModelError(f"'{model.asked_as}' has no name of its own that a test could ask for: give {made} one")
    world = model.world()
    run = Written(world, replace(walked(world, trace).trace, loop=trace.loop))
    shown = "witnesses" if named(claim, model.catalogue).kind is Kind.SOMETIMES else "breaks"
    lines = [*_head(trace, f"{shown} a property of its model"), f"from {__name__} import Regression, model_beside", ""]
    lines += [f"MODEL = model_beside(__file__, {word_from(folder, model)!r})"]
    lines += [f"from {module} import {name}  # noqa: E402 - it is found by then" for module, name in sorted(run.types)]
    return "\n".join([*lines, "", "", *run.test("Regression(MODEL, ", claim)]) + "\n"


def _head(trace: Trace, outcome: str) -> Iterator[str]:
    length = amount(len(trace), "step")
    yield f'"""A run of {length} that {outcome}.'
    yield from (
        "",
        "The steps run on the machines of the installed model; the test fails where these do anything else.",
    )
    yield from ('"""', "")


def _lines(saved: Saved) -> Iterator[str]:
    scenario, trace = saved.scenario, saved.trace
    run = Written(Unfolded(composition(scenario)), trace)
    yield from _head(trace, _outcome(saved))
    used = run.types | {(one.__module__, one.__name__) for one in (Scenario, Regression)}
    yield from (f"from {module} import {name}" for module, name in sorted(used))
    yield from ("", "SCENARIO = Scenario(")
    given = [field.name for field in fields(Scenario) if field.compare and field.name != OPEN]
    yield from (f"    {name}={literal(getattr(scenario, name))}," for name in given)
    yield from (")", "", "", *run.test("Regression(SCENARIO, ", saved.claim))


def _outcome(saved: Saved) -> str:
    claim = next((one for one in CLAIMS if one.name == saved.claim), None)
    if claim is None:
        raise ModelError(f"no property '{saved.claim}'{nearest(saved.claim, [one.name for one in CLAIMS])}")
    return f"{'witnesses' if claim.kind is Kind.SOMETIMES else 'breaks'} {claim.name}"
