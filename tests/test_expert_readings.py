"""What a reader who knows Mobile IPv6 would doubt: behaviour that no specification allows, or that one demands."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping

import pytest
from haboot.checker import Answer, Clause, Kind, Property, Received, Sent, Value, View, accepted, check, counted, sent
from haboot.ledger import scenarios_of
from haboot.model import (
    BindingAck,
    BindingUpdate,
    HomeAgentSwitch,
    IkeSaInitRequest,
    IkeSaInitResponse,
    Scenario,
    number_of,
    session_at,
    system,
)
from haboot.properties import properties

from tests.runs import report, space_of


def scenario(name: str) -> Scenario:
    (made,) = scenarios_of(name)
    return made


def steps(name: str) -> list[tuple[Mapping[str, Value], tuple[Hashable, ...]]]:
    """Each step of a scenario: the state before it, and what happens."""
    space = space_of(scenario(name))
    return [(space.values(source), space.events[label]) for source, _, _, label in space.edges]


def actions(name: str) -> set[str]:
    return {action.name for action in system(scenario(name)).actions}


def test_only_a_home_agent_that_failed_returns_without_its_bindings() -> None:
    for name in ("same+1x1+return-lost", "different+1x1+crash+return-lost+second-initiator"):
        losing = {one for one in actions(name) if one.endswith("returns without its bindings")}
        assert losing == {"O returns without its bindings"}
    assert report(scenario("same+1x1+return-lost"))["no-deadlock"].answer is Answer.VIOLATED


@pytest.mark.parametrize("more", ["forger", "reboot", "replay", "duplication"])
def test_what_the_environment_may_do_for_ever_hides_no_deadlock_and_is_no_rescue(more: str) -> None:
    found = report(scenario(f"same+1x1+loss+{more}"))
    assert found["no-deadlock"].answer is found["recovery-possible"].answer is Answer.VIOLATED


def test_a_repeated_switch_is_routed_as_the_first_one_is() -> None:
    sent = [
        event
        for before, happened in steps("same+1x1+home-routed+loss+switch-retransmission")
        for event in happened
        if isinstance(event, Sent) and isinstance(event.message, HomeAgentSwitch) and before["switch goes home"]
    ]
    assert {event.target for event in sent} == {"home link"}


def test_a_new_exchange_is_no_repetition_and_an_answer_to_the_old_one_is_thrown_away() -> None:
    happened = steps("same+1x1+early-timers")
    begun = {one.message.spi for _, some in happened for one in sent(some, IkeSaInitRequest)}  # type: ignore[attr-defined]
    stale = [
        event
        for before, some in happened
        for event in some
        if isinstance(event, Received) and not event.accepted and isinstance(event.message, IkeSaInitResponse)
        if event.message.spi != before[session_at("H", "MN1").spi]
    ]
    assert begun == {0, 1}
    assert stale


def test_an_old_update_is_refused_with_135_and_an_old_answer_is_thrown_away() -> None:
    happened = steps("moving")
    said = [one.message for _, some in happened for one in sent(some, BindingAck)]
    assert {(one.status, one.number) for one in said if isinstance(one, BindingAck)} >= {(0, 1), (0, 2), (135, 2)}
    for before, some in happened:
        for one in accepted(some, BindingAck, target="MN1"):
            answer = one.message
            assert isinstance(answer, BindingAck)
            assert answer.home_address == before["MN1.home_address"]
            assert answer.status == 135 or answer.number == number_of(str(before["MN1.care_of"]))


def test_an_address_is_due_by_bootstrap_and_two_of_them_are_another_matter() -> None:
    found = report(scenario("different+1x1+own-detection"))
    assert found["address-iff-prefixes-differ"].answer is Answer.HOLDS
    assert found["one-address-assigned"].answer is Answer.VIOLATED


@pytest.mark.parametrize(
    "name", ["switch-preestablished+return-kept", "same+1x1+crash+return-kept", "same+1x1+false-suspicion+return-lost"]
)
def test_a_home_agent_that_comes_and_goes_excuses_nobody(name: str) -> None:
    """What is lost is served in the end, whatever the original home agent does: both claims say it together."""
    whole = scenario(name)
    product = system(whole)
    claims = {one.name: one for one in properties(whole, product)}
    parts = [claims[one] for one in ("every-node-recovers", "no-node-left-unserved") if one in claims]
    clauses = [clause for one in parts for clause in one.clauses]

    def lost(view: View) -> bool:
        return any(clause.premise is not None and clause.premise(view) for clause in clauses)

    reads = tuple(dict.fromkeys(slot for clause in clauses for slot in clause.reads))
    both = Property("both", Kind.LEADS_TO, (Clause(reads, clauses[0].holds, lost),), fairness=parts[0].fairness)
    answers = {one.property.name: one.answer for one in check(product, (*parts, both)).verdicts}
    assert (answers.pop("both") is Answer.VIOLATED) == (Answer.VIOLATED in answers.values())


def test_a_home_agent_that_comes_and_goes_was_an_excuse_once() -> None:
    found = report(scenario("switch-preestablished+return-kept"))
    assert found["every-node-recovers"].answer is Answer.VIOLATED


def test_a_reboot_leaves_no_obligation_and_the_node_bootstraps_anew() -> None:
    found = report(scenario("same+1x1+reboot"))
    for name in ("obligations-possible", "every-node-recovers", "no-deadlock"):
        assert found[name].answer is Answer.HOLDS


def test_an_exchange_that_the_mobile_node_starts_counts_as_well() -> None:
    found = report(scenario("same+1x1+own-detection"))["exchanges-bounded"]
    assert found.answer is Answer.VIOLATED
    assert found.trace is not None
    assert len(found.trace) == 4


def test_a_refused_home_address_is_not_registered_again() -> None:
    for before, some in steps("same+1x1+false-suspicion+loss+switch-retransmission"):
        for one in sent(some, BindingUpdate, source="MN1"):
            assert isinstance(one.message, BindingUpdate)
            assert one.message.home_address != before["MN1.refused"]


def test_an_initiator_gives_up_unless_the_draft_s_silence_is_taken_at_its_word() -> None:
    assert report(scenario("same+1x1+unreachable"))["slot-given-back"].answer is Answer.HOLDS
    assert report(scenario("same+1x1+no-give-up+unreachable"))["slot-given-back"].answer is Answer.VIOLATED


def test_a_mobile_node_at_home_has_no_binding_and_needs_none() -> None:
    for before, _ in steps("same+1x1+at-home"):
        assert before["MN1.care_of"] != "home" or before["O.MN1.binding.state"] == "empty"


def test_link_and_prefix_are_told_apart() -> None:
    found = report(scenario("same+1x1+other-link"))
    assert found["address-pushed-unless-link-is-shared"].answer is Answer.VIOLATED
    assert found["address-pushed-iff-prefixes-differ"].answer is Answer.HOLDS


def test_a_fault_recurs_as_often_as_a_scenario_says() -> None:
    def reboots(name: str) -> int:
        space = space_of(scenario(name))
        left = [counted(values["MN1.reboots left"]) for values in map(space.values, range(space.distinct))]
        return max(left) - min(left)

    assert [reboots(f"same+1x1+{one}") for one in ("reboot", "reboot=1", "reboot=3")] == [1, 1, 3]
    once, twice = (space_of(scenario(f"same+1x1+loss={times}")).distinct for times in (1, 2))
    assert once < twice
    assert not space_of(scenario("same+1x1+refresh=1+replay")).bounds_hit


def test_what_a_counted_fault_breaks_is_broken_by_an_uncounted_one() -> None:
    for name in ("same+1x1+crash=1+loss=1+return-lost=1", "different+1x1+expiry=1+initiator-crash=1+second-initiator"):
        few = {one.property.name: one for one in report(scenario(name)).verdicts}
        many = report(scenario(re.sub("=[0-9]", "", name)))
        for claim, verdict in few.items():
            if verdict.property.kind in {Kind.ALWAYS, Kind.STEP} and verdict.answer is Answer.VIOLATED:
                assert many[claim].answer is Answer.VIOLATED


SETTLED = [
    ("same+1x1+movement+own-detection", "recovery-possible every-node-recovers", "HOLDS"),  # it is heard where it asks
    ("different+1x1+at-home", "every-node-recovers no-deadlock no-binding-at-home", "HOLDS"),  # H1 is not at home there
    ("same+1x1+at-home", "every-node-recovers no-deadlock", "HOLDS"),  # what is at home needs no binding
    ("different+1x1+dns-cleanup+return-kept", "dns-current dns-points-to-binding", "HOLDS"),  # one entry is removed
    ("different+1x1+reboot", "dns-current", "HOLDS"),  # another address is told to the DNS
    ("same+1x1+lists-none", "switch-only-under-association", "HOLDS"),  # the list is another rule's
    ("same+1x1+eap-only", "obligations-possible", "HOLDS"),  # an exchange that failed obliges to nothing
    ("same+1x1+own-detection", "exchange-initiated-by-agent", "HOLDS"),  # its own exchange is another procedure
    ("same+1x1+no-authorisation+own-detection", "every-node-recovers", "VIOLATED"),  # H asks whoever starts
    ("different+1x1+dns-down", "every-node-recovers recovery-possible", "HOLDS"),  # the update is given up
    ("different+1x1+dns-down+dns-waits", "every-node-recovers", "VIOLATED"),
    ("different+1x1+loss", "leases-bounded", "HOLDS"),  # the association still holds the lease
    ("different+1x1+replay+second-initiator", "no-endless-flip", "VIOLATED"),
    ("same+1x1+authorizer-refuses", "every-node-recovers no-deadlock served-only-when-authorised", "HOLDS"),
    ("different+1x1+authorizer-down", "every-node-recovers", "VIOLATED"),
    ("different+1x1+planned-switch", "no-node-left-unserved", "VIOLATED"),
]


@pytest.mark.parametrize(("name", "claims", "answer"), SETTLED, ids=lambda one: one)
def test_what_a_second_reading_doubted_is_settled(name: str, claims: str, answer: str) -> None:
    found = report(scenario(name))
    assert {claim: str(found[claim].answer) for claim in claims.split()} == dict.fromkeys(claims.split(), answer)
