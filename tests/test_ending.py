"""What a captured run can come to: each finding's ending under its assumptions and no fewer, and systems by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from haboot.checker import (
    Action,
    Answer,
    Clause,
    Kind,
    ModelError,
    Observation,
    Outcome,
    Property,
    Slot,
    System,
    check,
    observed,
)
from haboot.ledger import BY_NAME, Finding
from haboot.model import Scenario
from haboot.properties import properties
from haboot.wire import Endings, Judge, Question

from tests.encrypting import Sealed
from tests.wires import HEARD, listened, trace_of, word_of, written_of


def judge_of(finding: Finding, question: Question, sealed: Sealed | None = None) -> Judge:
    judge = Judge(question)
    frames = [bytes(one.packet) for one in written_of(finding)]
    for one in listened(sealed.frames(frames) if sealed else frames):
        judge.take(one)
    return judge


def claimed(name: str) -> Callable[[Scenario, System], Property | None]:
    return lambda scenario, made: next((one for one in properties(scenario, made) if one.name == name), None)


def ended(finding: Finding, claim: str = "") -> Endings:
    return judge_of(finding, Question(finding.scenario)).endings(claimed(claim or finding.claim))


@pytest.mark.parametrize("finding", HEARD, ids=lambda one: one.name)
def test_a_capture_goes_on_to_break_what_its_finding_breaks_under_its_assumptions_and_no_fewer(
    finding: Finding,
) -> None:
    made = ended(finding)
    assert [one.assumed for one in made.found] == [frozenset(finding.assumptions)]
    word, sent = word_of(trace_of(finding)), word_of(made.found[0].trace)
    tapped = [one for one in sent if one in word]
    assert tapped[: len(word)] == [*word]
    judged = judge_of(finding, Question(finding.scenario)).judgement()
    assert all(some <= made.found[0].assumed for some in judged.assumed)


def test_a_property_that_holds_cannot_be_broken() -> None:
    made = ended(BY_NAME["deregister-or-not"], "agreement")
    assert (made.found, made.most, made.bounds, made.stated) == ((), 0, (), True)


def test_a_property_of_other_scenarios_says_nothing() -> None:
    assert not ended(BY_NAME["deregister-or-not"], "standby-has-key").stated


def test_a_bound_leaves_an_ending_open() -> None:
    finding = BY_NAME["lost-switch-is-final"]
    made = judge_of(finding, Question(finding.scenario, places=5)).endings(claimed(finding.claim))
    assert made.found == ()
    assert made.bounds


def test_without_a_scenario_any_assumption_may_be_made() -> None:
    finding = BY_NAME["lost-switch-is-final"]
    made = judge_of(finding, Question(most=1)).endings(claimed(finding.claim))
    assert frozenset({"loss"}) in {one.assumed for one in made.found}
    assert all(len(one.assumed) == 1 for one in made.found)


def test_what_is_encrypted_may_be_any_message_of_an_ending() -> None:
    finding = BY_NAME["lost-switch-is-final"]
    made = judge_of(finding, Question(finding.scenario), Sealed()).endings(claimed(finding.claim))
    assert [one.assumed for one in made.found] == [{"loss"}]


# systems by hand: a counter that goes up or stays down, and says so


def up(view: object) -> Iterable[Outcome]:
    value = view["n"]  # type: ignore[index]
    if value < 4:
        yield Outcome({"n": value + 1}, (f"up {value + 1}",))


COUNTER = System(
    "counter",
    (Slot("n", range(5)), Slot("side", (False, True))),
    ({"n": 0, "side": False},),
    (
        Action("up", ("n",), ("n",), up),
        Action("aside", ("side",), ("side",), lambda view: {"side": not view["side"]}),
        Action("away", ("n",), ("n",), lambda view: Outcome({"n": 0}, bound="no room") if view["n"] == 4 else None),
    ),
)


def counted(*due: str) -> Observation:
    """That these words were said, in this order, and no others until then."""

    def shows(number: int, events: tuple[object, ...], _: object) -> Iterable[int]:
        if not events or number == len(due):
            return (number,)
        return (number + 1,) if (due[number],) == events else ()

    return Observation(len(due), (0,), shows)


def verdict(claim: Property, *due: str) -> Answer:
    return Answer(check(*asked(observed(COUNTER, claim, counted(*due))), engine="graph")[claim.name].answer)


def asked(made: tuple[System, Property]) -> tuple[System, list[Property]]:
    return made[0], [made[1]]


def claim_of(kind: Kind, holds: Callable[..., bool], *more: Callable[..., bool]) -> Property:
    return Property("claim", kind, (Clause(("n", "side"), holds, *more),))


BROKEN, HOLDS, OPEN = Answer.VIOLATED, Answer.HOLDS, Answer.INCOMPLETE


@pytest.mark.parametrize(
    ("claim", "due", "answer"),
    [
        (claim_of(Kind.ALWAYS, lambda view: view["n"] != 1), ("up 1", "up 2"), BROKEN),  # on the way
        (claim_of(Kind.ALWAYS, lambda view: view["n"] != 3), ("up 1",), BROKEN),  # later
        (claim_of(Kind.ALWAYS, lambda view: view["n"] != 0), ("up 1",), BROKEN),  # at the start
        (claim_of(Kind.ALWAYS, lambda view: view["n"] < 5), ("up 1",), OPEN),
        (claim_of(Kind.ALWAYS, lambda view: view["n"] != 1), ("up 2",), Answer.UNREACHED),  # no run shows that
        (claim_of(Kind.STEP, lambda move: move.action != "aside" or move.before["n"] != 1), ("up 1", "up 2"), BROKEN),
        (claim_of(Kind.STEP, lambda move: move.events != ("up 5",)), ("up 1",), OPEN),
        (claim_of(Kind.LEADS_TO, lambda view: view["n"] == 4, lambda view: view["n"] == 1), ("up 1", "up 2"), BROKEN),
        (claim_of(Kind.RECOVERABLE, lambda view: view["n"] == 0), ("up 1",), OPEN),
        (claim_of(Kind.FINITELY_OFTEN, lambda move: move.action == "aside"), ("up 1",), BROKEN),
        (claim_of(Kind.FINITELY_OFTEN, lambda move: move.action == "up"), ("up 1",), OPEN),
    ],
)
def test_runs_that_show_an_observation_break_a_property(claim: Property, due: tuple[str, ...], answer: Answer) -> None:
    assert verdict(claim, *due) is answer


def test_what_is_recoverable_is_asked_once_all_is_shown() -> None:
    closed = replace(COUNTER, actions=COUNTER.actions[:2])
    claim = claim_of(Kind.RECOVERABLE, lambda view: view["n"] == 0)
    for due, answer in ((("up 1",), BROKEN), ((), BROKEN), (("up 2",), Answer.UNREACHED)):
        made = check(*asked(observed(closed, claim, counted(*due))), engine="graph")
        assert made["claim"].answer is answer
    back = claim_of(Kind.RECOVERABLE, lambda view: view["n"] == 4)
    assert check(*asked(observed(closed, back, counted("up 1"))), engine="graph")["claim"].answer is HOLDS


def test_a_kind_that_speaks_of_whole_spaces_is_refused() -> None:
    claim = claim_of(Kind.SOMETIMES, lambda view: view["n"] == 4)
    with pytest.raises(ModelError, match="of kind 'sometimes', which no observation settles"):
        observed(COUNTER, claim, counted())


def test_an_observation_says_which_slots_it_reads_and_where_it_may_begin() -> None:
    seen = Observation(1, (0, 1), lambda number, _, after: (number,) if after["side"] else (), ("side",))
    claim = claim_of(Kind.ALWAYS, lambda view: view["n"] == 0)
    assert check(*asked(observed(COUNTER, claim, seen)), engine="graph")["claim"].answer is BROKEN
