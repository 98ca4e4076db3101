"""The protocol model against the draft: its two flows, its fair-weather verdicts, and the switches that only add."""

from itertools import combinations

import pytest
from haboot.checker import Answer, Kind, Limits, Received
from haboot.ledger import expected
from haboot.model import NAMES, STANDARD, Scenario

from tests.runs import PUSHED_IKE, messages, report, states

SWITCH = [("H", "MN1", "HomeAgentSwitch"), ("MN1", "H", "BindingUpdate")]
DNS = [("H", "DNS", "DnsUpdate"), ("DNS", "H", "DnsAnswer")]
FLOWS = {
    "flow-without-address": ("same", [*PUSHED_IKE, *SWITCH, ("H", "MN1", "BindingAck")]),
    "flow-with-address": ("different", [*PUSHED_IKE, *SWITCH, *DNS, ("H", "MN1", "BindingAck")]),
}


def assuming(prefixes: str, *assumptions: str, nodes: int = 1) -> Scenario:
    return Scenario("test", "", prefixes, nodes, 1, frozenset(assumptions))


@pytest.mark.parametrize("flow", FLOWS)
def test_the_shortest_way_to_service_is_the_figure_of_section_4_1(flow: str) -> None:
    prefixes, wanted = FLOWS[flow]
    verdict = report(assuming(prefixes))[flow]
    assert verdict.answer is Answer.HOLDS
    assert verdict.trace is not None
    assert messages(verdict.trace, Received) == wanted


@pytest.mark.parametrize("scenario", STANDARD, ids=lambda one: one.name)
def test_the_standard_scenarios_are_explored_whole_and_judged_as_the_ledger_expects(scenario: Scenario) -> None:
    found = report(scenario)
    assert not found.space.bounds_hit
    wanted = {one.property.name: expected(scenario, one.property.name, one.property.kind) for one in found.verdicts}
    assert {one.property.name: one.answer for one in found.verdicts} == wanted


def test_in_fair_weather_only_the_contradiction_of_sections_3_and_4_3_shows() -> None:
    for scenario in (assuming("same"), assuming("different")):
        assert [one.property.name for one in report(scenario).verdicts if one.answer is not Answer.HOLDS] == [
            "old-agent-told"
        ]


def test_a_refresh_under_way_is_no_breach() -> None:
    found = report(assuming("same", "refresh", "crash"))
    assert found["no-update-to-left-agent"].answer is Answer.HOLDS
    assert found["refresh-is-sent"].answer is Answer.HOLDS


QUEUES = [name for name in NAMES if name != "reordering"]


@pytest.mark.parametrize("assumption", QUEUES)
def test_an_assumption_only_adds_states(assumption: str) -> None:
    for prefixes in ("same", "different"):
        base = assuming(prefixes)
        assert states(base, base) <= states(assuming(prefixes, assumption), base)


NEEDED = {
    "reordering": ("loss",),
    "no-give-up": ("loss",),
    "switch-retransmission": ("loss",),
    "expiry": ("false-suspicion",),
    "dns-cleanup": ("false-suspicion",),
    "reclaim": ("return-kept",),
    "stale-numbers": ("reclaim", "return-kept"),
}


@pytest.mark.parametrize("assumption", NAMES)
def test_each_assumption_changes_the_states_of_some_scenario(assumption: str) -> None:
    others, nodes = NEEDED.get(assumption, ()), 2 if assumption == "no-throttle" else 1
    for prefixes in ("different", "same"):
        without = report(assuming(prefixes, *others, nodes=nodes)).space
        with_it = report(assuming(prefixes, *others, assumption, nodes=nodes)).space
        if (without.distinct, without.generated) != (with_it.distinct, with_it.generated):
            return
    pytest.fail(f"{assumption} changes nothing")


def safety(prefixes: str, *assumptions: str) -> dict[Answer, set[str]]:
    """The safety properties of a scenario by their answers."""
    found = report(assuming(prefixes, *assumptions), Limits(4_000))
    claims = [one for one in found.verdicts if one.property.kind in {Kind.ALWAYS, Kind.STEP}]
    return {answer: {one.property.name for one in claims if one.answer is answer} for answer in Answer}


@pytest.mark.slow
@pytest.mark.parametrize("prefixes", ["same", "different"])
def test_what_an_assumption_breaks_stays_broken_under_every_pair(prefixes: str) -> None:
    alone = {name: safety(prefixes, name)[Answer.VIOLATED] for name in NAMES}
    for one, other in combinations(NAMES, 2):
        both = safety(prefixes, one, other)
        assert alone[one] | alone[other] <= both[Answer.VIOLATED] | both[Answer.INCOMPLETE], (one, other)


@pytest.mark.parametrize("other", ["loss", "second-initiator", "reboot", "expiry"])
def test_what_an_assumption_breaks_stays_broken_under_some_pairs(other: str) -> None:
    for name in ("return-kept", "no-b-bit", "lists-other", "at-home"):
        both = safety("same", name, other)
        alone = safety("same", name)[Answer.VIOLATED] | safety("same", other)[Answer.VIOLATED]
        assert alone <= both[Answer.VIOLATED] | both[Answer.INCOMPLETE], name
