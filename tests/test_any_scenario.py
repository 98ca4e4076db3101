"""The draft for every number of mobile nodes, beside one, two and three of them; and the words of the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from haboot.checker import Answer, Limits, ModelError, Report, quiet
from haboot.cli.main import run
from haboot.ledger import SUITES, OfProtocol, scenarios_in
from haboot.model import NAMES, Scenario, composition, name_of, named
from haboot.properties import explored
from haboot.studies import beside

from tests.test_any_number import MEMBERS, contradicted

SMALL = (("same", ""), ("different", ""), ("same", "return-lost"), ("same", "no-throttle"))
EVERY = [(prefixes, name) for name in ("", *NAMES) for prefixes in ("same", "different")]


@pytest.mark.parametrize(
    ("prefixes", "assumed"),
    [*SMALL, *(pytest.param(*one, marks=pytest.mark.slow) for one in EVERY if one not in SMALL)],
)
def test_the_draft_agrees_with_one_two_and_three_mobile_nodes(prefixes: str, assumed: str) -> None:
    scenario = Scenario("any", "", prefixes, assumptions=frozenset(assumed.split()), any_number=True)
    found = explored(scenario).report()
    members: dict[int, Report] = {}

    def exact(number: int) -> Report:
        limits = Limits(max_states=60_000)
        members[number] = explored(replace(scenario, any_number=False, mobile_nodes=number), limits).report()
        return members[number]

    assert contradicted(found, exact) == []
    held = [one for one in found.verdicts if all(members[n][one.property.name].answer is Answer.HOLDS for n in MEMBERS)]
    proven = [one for one in held if one.answer is Answer.HOLDS]
    assert len(proven) >= 0.95 * len(held) > 0
    broken = [one for one in found.verdicts if one.answer is Answer.VIOLATED]
    assert all(one.trace is not None for one in broken)


@pytest.mark.parametrize(
    ("prefixes", "assumed"),
    [SMALL[0], *(pytest.param(*one, marks=pytest.mark.slow) for one in EVERY if one != SMALL[0])],
)
def test_the_draft_agrees_with_four_mobile_nodes_up_to_symmetry(prefixes: str, assumed: str) -> None:
    scenario = Scenario("any", "", prefixes, assumptions=frozenset(assumed.split()), any_number=True)
    (found,) = beside([scenario], [4], 60_000)
    if not found.sizes[0][1]:
        (found,) = beside([scenario], [4], 1_000_000)  # what orbits do not answer is asked of all states
    assert [one.claim for one in found.stands if one.is_contradicted] == []
    answered = [one for one in found.stands if one.exact[0] not in {None, Answer.INCOMPLETE}]
    ((_, cut),) = found.sizes
    assert answered if cut else answered == list(found.stands)


@pytest.mark.parametrize("scenario", SUITES["any"], ids=lambda one: one.name)
def test_a_name_with_any_is_understood(scenario: Scenario) -> None:
    again = named(scenario.name)
    assert again is not None
    assert replace(again, name="", summary="") == replace(scenario, name="", summary="")
    assert name_of(scenario) == scenario.name


@pytest.mark.parametrize(
    ("name", "whole"), [("any", "same+anyx1"), ("same", "same+1x1"), ("different", "different+1x1")]
)
def test_any_and_a_flow_are_names_alone_and_a_fault_or_a_number_is_none(name: str, whole: str) -> None:
    assert named(name) == replace(named(whole) or Scenario("", ""), name=name)
    assert (named("loss"), named("2x1"), named("switch-repeated")) == (None, None, None)


def test_a_number_and_any_are_not_both_given() -> None:
    with pytest.raises(ModelError, match="mobile nodes: 2 given, and any number"):
        Scenario("both", "", mobile_nodes=2, any_number=True)


def test_what_is_not_of_a_number_has_no_machines() -> None:
    with pytest.raises(ModelError, match="'haboot check' answers alone; give a number"):
        composition(Scenario("open", "", any_number=True))


def test_a_scenario_file_may_ask_for_any_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[[scenario]]\nname = "every"\nmobile-nodes = "any"\n')
    assert run(["check", str(file), "-p", "load-bounded", "-p", "agreement"]) == 0
    told = capsys.readouterr().out
    assert "haboot trace same+2x1 load-bounded" in told
    (made,) = scenarios_in(file)
    assert replace(made, name="", summary="", written=None) == Scenario("", "", any_number=True)
    file.write_text('[[scenario]]\nname = "every"\nmobile-nodes = "many"\n')
    assert run(["check", str(file)]) == 2
    assert "a whole number from 1 to 20, or 'any' for every number, not 'many'" in capsys.readouterr().err


def test_more_slots_than_are_counted_are_refused() -> None:
    with pytest.raises(ModelError, match="slots: 21 given, from 1 to 20 are allowed"):
        explored(Scenario("many", "", slots=21, any_number=True))


def test_several_searches_have_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="a checkpoint holds one search"):
        explored(Scenario("kept", "", any_number=True), Limits(checkpoint=tmp_path))


def test_one_property_can_be_asked_alone() -> None:
    found = explored(Scenario("one", "", any_number=True), only=["agreement"])
    assert found.verdict("agreement").answer is Answer.HOLDS
    assert [one.property.name for one in found.report().verdicts] == ["agreement"]
    with pytest.raises(ModelError, match="is not asked 'agreements'"):
        explored(Scenario("one", "", any_number=True), only=["agreements"])


def test_a_variant_whose_nodes_are_not_apart_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "any+redirect"]) == 2
    assert "looks at slot 'O.MN1.state', which is of copy 'MN1' and not shared" in capsys.readouterr().err


def test_the_command_checks_for_any_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "found.json"
    assert run(["check", "--mobile-nodes", "any", "--json", str(path)]) == 0
    assert "haboot trace same+2x1 load-bounded" in capsys.readouterr().out
    (found,) = json.loads(path.read_text(encoding="utf-8"))["scenarios"]
    assert (found["name"], found["mobile_nodes"]) == ("same+anyx1", "any")
    assert run(["check", "same+anyx1", "--mobile-nodes", "1", "-q"]) == 0
    assert run(["check", "--mobile-nodes", "many"]) == 2
    assert "'many' is no whole number from 1 to 20, nor 'any' for every number" in capsys.readouterr().err


def test_the_suite_for_every_number_is_as_expected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(SUITES, "any", SUITES["any"][:2])
    assert run(["check", "--suite", "any"]) == 0
    assert "2 scenarios as expected" in capsys.readouterr().out


@pytest.mark.slow
def test_the_whole_suite_for_every_number_is_as_expected() -> None:
    assert run(["check", "--suite", "any", "-q"]) == 0


def test_a_witness_of_all_gives_back_what_it_took_where_the_shortest_does_not() -> None:
    scenario = Scenario("all", "", any_number=True, amendments=frozenset({"slot-until-bound"}))
    found = explored(scenario, only=["flow-without-address"]).verdict("flow-without-address")
    assert found.answer is Answer.HOLDS
    assert "one after another goes this way" in " ".join(found.basis)
    for number in (1, 2, 3):
        member = explored(replace(scenario, any_number=False, mobile_nodes=number), only=["flow-without-address"])
        assert member.verdict("flow-without-address").answer is Answer.HOLDS


def test_the_trace_of_what_breaks_is_of_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "same+anyx1", "load-bounded", "--format", "json"]) == 0
    scenario = json.loads(capsys.readouterr().out)["#meta"]["haboot"]["scenario"]
    assert (scenario["mobile_nodes"], "any_number" in scenario) == (2, False)


def test_steps_of_a_trace_for_any_number_have_their_places() -> None:
    subject = OfProtocol(Scenario("same+anyx1", "", any_number=True))
    trace = subject.explored(Limits(), quiet, "auto", ["load-bounded"]).verdict("load-bounded").trace
    assert trace is not None
    assert any(subject.steps(trace))
    assert OfProtocol(Scenario("one", "")).of_run(trace).name == "one"


def test_what_one_mobile_node_breaks_is_expected_of_every_number() -> None:
    subject = OfProtocol(Scenario("any", "", assumptions=frozenset({"return-lost"}), any_number=True))
    found = {one.property.name: one for one in subject.explored(Limits(), quiet, "auto", ()).report().verdicts}
    wanted = {name: subject.expected(name, one.property.kind) for name, one in found.items()}
    assert {name for name, answer in wanted.items() if answer not in {None, found[name].answer}} == set()
    assert wanted["load-bounded"] is wanted["agreement"] is Answer.VIOLATED
