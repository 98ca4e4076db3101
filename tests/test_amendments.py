"""Amendments: each changes a sentence, mends what it says, leaves the rest as it is, and is named as it is read."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from haboot.checker import Answer, Fired, Input, ModelError, Received, Sent, Silence, Trace
from haboot.checker.graph import GraphSpace
from haboot.cli.main import run
from haboot.ledger import BY_NAME, OfProtocol, reason, recorded, scenarios_of
from haboot.ledger.saved import as_data, from_data
from haboot.model import (
    AMENDMENTS,
    DRAFT,
    PARTICIPANTS,
    VARIANTS,
    BindingUpdate,
    HomeAgentSwitch,
    Scenario,
    changed,
    composition,
    name_of,
    named,
)
from haboot.model.amendments import editing
from haboot.model.amendments.original_fenced import LeaseRequest
from haboot.model.failed_agent import DETECTOR
from haboot.properties import CLAIMS, citations, explored
from hypothesis import given
from hypothesis import strategies as st

from tests.runs import space_of

NAMES = (*AMENDMENTS,)
WITNESSES: dict[str, tuple[tuple[str, str], ...]] = {  # by amendment: scenarios and properties that it mends
    "address-by-cfg-set": (
        ("different+rejects-push", "every-node-recovers"),
        ("different+ignores-push", "selector-is-home-address"),
    ),
    "address-unless-shared": (("same+multi-prefix", "every-node-recovers"),),
    "authorisation-passed": (("same+no-authorisation", "every-node-recovers"),),
    "best-effort-deregistration": (("same", "old-agent-told"), ("same+false-suspicion", "no-node-left-unserved")),
    "dns-not-waited-for": (("different+dns-down+dns-waits", "every-node-recovers"),),
    "node-may-bootstrap": (("same+no-switch-support", "every-node-recovers"), ("same+eap-only", "no-deadlock")),
    "original-asked": (("same+false-suspicion", "healthy-agent-not-abandoned"),),
    "original-fenced": (
        ("same+return-kept", "one-live-registration"),
        ("same+dad-lost+false-suspicion", "one-live-registration"),
    ),
    "restart-noticed": (("same+return-lost", "every-node-recovers"),),
    "sender-alone-listed": (
        ("same+lists-none", "obligations-possible"),
        ("same+planned-switch", "obligations-possible"),
    ),
    "slot-times-out": (("same+no-give-up+unreachable", "slot-given-back"),),
    "slot-until-bound": (("same+2x1", "load-bounded"),),
    "spare-address": (("same+false-suspicion", "no-node-left-unserved"),),
    "stale-switch-ignored": (
        ("same+second-initiator", "every-node-recovers"),
        ("different+replay+second-initiator", "no-endless-flip"),
    ),
    "switch-acknowledged": (("same+loss", "every-node-recovers"), ("different+loss", "no-deadlock")),
    "switch-repeated": (("same+loss", "every-node-recovers"), ("different+loss", "no-deadlock")),
    "switch-to-care-of": (("same+home-routed", "every-node-recovers"),),
}
EXERCISED: dict[str, tuple[str, ...]] = {  # further scenarios in which rows of an amendment fire
    "address-unless-shared": ("same+other-link",),
    "address-by-cfg-set": ("different+loss",),
    "best-effort-deregistration": ("same+movement", "same+false-suspicion+reboot"),
    "dns-not-waited-for": ("different+loss",),
    "original-asked": ("same+loss",),
    "original-fenced": (
        *("same+crash+false-suspicion", "same+crash+return-kept", "same+loss+return-kept"),
        "same+return-kept+second-initiator",
    ),
    "sender-alone-listed": ("same+loss+switch-retransmission",),
    "slot-times-out": ("same+loss",),
    "slot-until-bound": ("same+loss", "same+home-routed", "same+forger"),
    "spare-address": ("same+false-suspicion+loss", "different+own-detection"),
    "stale-switch-ignored": (
        *("same+planned-switch", "same+reclaim+return-kept"),
        *("same+loss+switch-retransmission", "same+home-routed+switch-retransmission"),
    ),
    "switch-acknowledged": (
        *("same+home-routed+switch-retransmission", "same+loss+switch-retransmission", "same+planned-switch"),
        *("same+no-b-bit", "same+second-initiator", "same+false-suspicion+loss"),
    ),
    "switch-repeated": ("same+forger",),
}


def scenario(name: str, *more: str) -> Scenario:
    found = named("+".join((name, *(() if "x1" in name else ("1x1",)), *more)))
    assert found is not None
    return found


def answer_of(here: Scenario, claim: str) -> Answer | None:
    return explored(here, only=[claim]).verdict(claim).answer


def answer(name: str, claim: str, *more: str) -> Answer | None:
    return answer_of(scenario(name, *more), claim)


def rows_fired(name: str, *more: str) -> set[tuple[str, str]]:
    """The participants of a scenario, each with the rows that fire, by all that they are."""
    here = scenario(name, *more)
    parts = {one.name: one.participant for one in composition(here).instances}
    space = explored(here, engine="graph").space
    assert isinstance(space, GraphSpace)
    fired = {(one.instance, one.row) for events in space.events for one in events if isinstance(one, Fired)}
    return {(parts[instance].name, repr(parts[instance].rows[row])) for instance, row in fired}


@pytest.mark.parametrize("name", NAMES)
def test_an_amendment_alone_mends_what_is_broken_without_it(name: str) -> None:
    for where, claim in WITNESSES[name]:
        assert answer(where, claim) is Answer.VIOLATED
        assert answer(where, claim, name) is Answer.HOLDS


@pytest.mark.parametrize("name", NAMES)
def test_the_findings_that_an_amendment_mends_are_gone_with_it(name: str) -> None:
    for finding in map(BY_NAME.__getitem__, AMENDMENTS[name].mends):
        found = answer_of(replace(finding.scenario, amendments=frozenset({name})), finding.claim)
        assert found in {Answer.HOLDS, Answer.UNREACHED}, "nothing is left to break it"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_other_finding_is_gone_with_an_amendment(name: str) -> None:
    asked = [one for one in BY_NAME.values() if one.variant == DRAFT and one.claim not in AMENDMENTS[name].retired]
    for finding in (one for one in asked if one.name not in AMENDMENTS[name].mends):
        assert answer_of(replace(finding.scenario, amendments=frozenset({name})), finding.claim) is Answer.VIOLATED


@pytest.mark.parametrize("name", NAMES)
def test_every_row_that_an_amendment_adds_can_fire(name: str) -> None:
    where = (*(one for one, _ in WITNESSES[name]), *EXERCISED.get(name, ()))
    fired = {one for each in where for one in rows_fired(each, name)}
    changes = list(changed(PARTICIPANTS, name))
    added = [(one.participant, repr(one.row)) for one in changes if one.added]
    assert changes or AMENDMENTS[name].freed
    assert [one for one in added if one not in fired] == []


@pytest.mark.parametrize("name", NAMES)
def test_an_amendment_cites_the_sentence_that_it_changes_and_names_what_there_is(name: str) -> None:
    one = AMENDMENTS[name]
    assert any(not cite.document for cite in citations(one.cites)), "a sentence of the draft"
    assert {*one.retired} <= {claim.name for claim in CLAIMS}
    assert all(citations(change.row.cites) for change in changed(PARTICIPANTS, name) if change.added)
    assert all(text.endswith(".") and len(text) < 700 for text in (one.words, one.cannot))


@pytest.mark.parametrize("name", [name for name, one in AMENDMENTS.items() if not one.bootstraps])
def test_an_amendment_wires_nothing_otherwise_that_a_row_of_the_draft_looks_at(name: str) -> None:
    for where in ("same+crash", "different+own-detection"):
        before, after = (
            {one.name: one for one in composition(scenario(where, *more)).instances} for more in ((), (name,))
        )
        assert {*before} <= {*after}
        for one in before:
            old, new = before[one], after[one]
            assert (old.host, old.session, old.start) == (new.host, new.session, new.start)
            assert old.constants == new.constants
            assert new.disabled & {*old.participant.internal} <= old.disabled
            assert {each: reads(old.inputs[each]) for each in old.inputs}.items() <= {
                each: reads(new.inputs[each]) for each in new.inputs
            }.items()


def reads(source: Input | Silence) -> object:
    return source.reads if isinstance(source, Input) else source


@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(["loss", "crash", "reboot"])))
def test_a_name_with_amendments_leads_back(some: set[str], assumed: set[str]) -> None:
    here = Scenario("x", "", assumptions=frozenset(assumed), amendments=frozenset(some))
    found = named(name_of(here))
    assert found is not None
    assert (found.amendments, found.assumptions) == (here.amendments, here.assumptions)


def test_what_is_no_amendment_and_what_is_not_the_draft_s_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="unknown amendment 'switch-repeatd'; did you mean 'switch-repeated'"):
        Scenario("x", "", amendments=frozenset({"switch-repeatd"}))
    with pytest.raises(ModelError, match="an amendment is of the draft: variant 'vhar' has none"):
        scenario("vhar", "switch-repeated")
    assert run(["check", "--amend", "switch-repeatd"]) == 2
    assert "unknown amendment 'switch-repeatd'; did you mean 'switch-repeated'" in capsys.readouterr().err


def test_names_of_amendments_are_no_other_word_of_a_scenario_s_name() -> None:
    from haboot.model import ALL_NAMES  # noqa: PLC0415

    assert not {*NAMES} & {*ALL_NAMES, *VARIANTS}


def test_the_ledger_expects_nothing_of_an_amended_scenario_and_gives_no_reason_of_the_draft_s() -> None:
    plain, mended = (OfProtocol(scenario("same+loss", *more)) for more in ((), ("switch-repeated",)))
    for claim in plain.asked():
        assert mended.expected(claim.name, claim.kind) is None
    assert "finding" not in reason(mended.scenario, "every-node-recovers")
    assert "lost-switch-is-final" in reason(plain.scenario, "every-node-recovers")
    assert mended.facts["amendments"] == ["switch-repeated"]
    assert "amendments" not in plain.facts


def test_a_claim_on_a_sentence_that_is_gone_is_not_asked() -> None:
    for name, one in AMENDMENTS.items():
        asked = {claim.name for claim in OfProtocol(scenario("same", name)).asked()}
        assert not asked & {*one.retired}


def test_a_trace_of_an_amended_scenario_is_read_back_and_a_file_may_amend(tmp_path: Path) -> None:
    here = scenario("same+false-suspicion", "best-effort-deregistration")
    claim = "healthy-agent-not-abandoned"
    verdict = explored(here).verdict(claim)
    assert verdict.trace is not None
    saved = from_data(as_data(recorded(here, claim, verdict.trace)))
    assert saved.scenario.amendments == here.amendments
    file = tmp_path / "mine.toml"
    file.write_text('[[scenario]]\nname = "mine"\namend = ["switch-repeated"]\n', encoding="utf-8")
    assert scenarios_of(str(file))[0].amendments == {"switch-repeated"}


def test_options_amend_a_scenario_and_what_is_printed_can_be_given_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "same-prefix", "--amend", "best-effort-deregistration,stale-switch-ignored"]) == 0
    printed = capsys.readouterr().out.split()[0]
    assert printed == "same+1x1+best-effort-deregistration+stale-switch-ignored"
    assert run(["check", printed, "--strict"]) == 0


def test_a_rule_shows_what_amends_it(capsys: pytest.CaptureFixture[str]) -> None:
    run(["rule", "R18"])
    assert "amendment best-effort-deregistration" in capsys.readouterr().out


def test_an_edit_of_what_is_not_there_is_refused() -> None:
    def stranger(me: object) -> bool:
        return not me

    edits: tuple[Callable[[], object], ...] = (
        lambda: editing.behind(DETECTOR, stranger),
        lambda: editing.without(DETECTOR, stranger),
        lambda: editing.released(DETECTOR, stranger),
        lambda: editing.also(DETECTOR, stranger),  # type: ignore[arg-type]
        lambda: editing.each(DETECTOR, stranger, lambda row: row),
    )
    for edit in edits:
        with pytest.raises(ModelError, match="no row of participant 'failure detector' has 'stranger'"):
            edit()


def run_of(name: str, claim: str, *more: str) -> Trace:
    """The witness or counterexample of a property."""
    trace = explored(scenario(name, *more), only=[claim]).verdict(claim).trace
    assert trace is not None
    return trace


def sent_on(trace: Trace, kind: type) -> Iterator[Sent]:
    yield from (one for step in trace for one in step.events if isinstance(one, Sent) and isinstance(one.message, kind))


def spaces(name: str, *more: str) -> GraphSpace:
    return space_of(scenario(name, *more))


def test_the_old_home_agent_is_told_once_and_before_the_new_one() -> None:
    trace = run_of("same", "flow-without-address", "best-effort-deregistration")
    updates = list(sent_on(trace, BindingUpdate))
    assert [(one.target, getattr(one.message, "deregister", None)) for one in updates] == [("O", True), ("H", False)]
    for events in spaces("same+loss", "best-effort-deregistration").events:
        ends = [one for one in events if isinstance(one, Sent) and getattr(one.message, "deregister", False)]
        heard = [one for one in events if isinstance(one, Received) and isinstance(one.message, HomeAgentSwitch)]
        assert bool(ends) <= bool(heard), "it answers a switch, and nothing repeats it"


def test_a_de_registration_that_is_lost_leaves_a_healthy_agent_bound() -> None:
    assert answer("same+false-suspicion+loss", "recovery-possible", "best-effort-deregistration") is Answer.VIOLATED


def test_a_switch_that_replaces_another_agent_changes_nothing() -> None:
    space = spaces("same+second-initiator", "stale-switch-ignored")
    ignored = 0
    for one, other, _, number in space.edges:
        for event in space.events[number]:
            if isinstance(event, Received) and isinstance(event.message, HomeAgentSwitch) and not event.accepted:
                before, after = (space.values(state) for state in (one, other))
                ignored += 1
                assert before["MN1.home_agent"] == after["MN1.home_agent"]
    assert ignored


def test_an_exchange_begins_anew_under_another_number_and_keeps_what_was_agreed() -> None:
    space = spaces("same+loss", "switch-repeated")
    begun = 0
    for one, other, _, number in space.edges:
        if any(isinstance(event, Fired) and event.trigger == "starts IKE anew" for event in space.events[number]):
            before, after = (space.values(state) for state in (one, other))
            begun += 1
            assert before["H.MN1.spi"] != after["H.MN1.spi"]
            assert after["H.MN1.associated"] is True
    assert begun


def test_what_is_asked_of_a_home_agent_that_is_well_ends_the_suspicion() -> None:
    space = spaces("same+false-suspicion", "original-asked")
    states = [space.values(number) for number in range(space.distinct)]
    assert not any(one["H.detector.state"] == "suspecting" and one["O.state"] == "serving" for one in states)
    lost = spaces("same+false-suspicion+loss", "original-asked")
    states = [lost.values(number) for number in range(lost.distinct)]
    assert any(one["H.detector.state"] == "suspecting" and one["O.state"] == "serving" for one in states), "it was lost"


def test_a_fenced_home_agent_never_serves_while_another_one_takes_over() -> None:
    for assumed in ("return-kept", "false-suspicion+loss", "crash+duplication+return-kept"):
        space = explored(scenario(f"same+{assumed}", "original-fenced"), engine="graph").space
        assert isinstance(space, GraphSpace)
        assert not space.bounds_hit
        states = (space.values(number) for number in range(space.distinct))
        assert not any(one["O.state"] == "serving" and one["H.detector.state"] == "suspecting" for one in states)


def test_a_fenced_home_agent_serves_again_where_nobody_takes_over() -> None:
    space = spaces("same+return-kept", "original-fenced")
    states = [space.values(number) for number in range(space.distinct)]
    assert any(one["O.state"] == "serving" and one["H.detector.state"] == "trusting" for one in states)
    two = spaces("same+return-kept+second-initiator", "original-fenced")
    for one, other, _, number in two.edges:
        taken = [event for event in two.events[number] if isinstance(event, Received) and event.target == "O"]
        before, after = two.values(one), two.values(other)
        if taken and before["O.state"] == "fenced" and after["O.state"] == "serving":
            assert before["O.granted"] in {"H", "X"}, "the other one has granted it before"


def test_a_fenced_home_agent_that_fails_again_and_again_is_taken_for_failed() -> None:
    assert answer("same+crash+return-kept", "every-node-recovers", "original-fenced") is Answer.HOLDS
    space = spaces("same+crash+return-kept", "original-fenced")
    heard = [
        (space.values(one), space.values(other), event.message)
        for one, other, _, number in space.edges
        for event in space.events[number]
        if isinstance(event, Received) and event.accepted and isinstance(event.message, LeaseRequest)
    ]
    known = {(before["H.detector.state"], message.again): set[str]() for before, _, message in heard}
    for before, after, message in heard:
        known[before["H.detector.state"], message.again].add(after["H.detector.state"])
    assert known["trusting", True] == {"waiting"}
    assert known["trusting", False] == {"trusting"}


def test_who_ignores_the_rules_waits_for_no_lease_and_asks_nobody() -> None:
    for name in ("original-asked", "original-fenced"):
        assert answer("same+malicious-agent", "healthy-agent-not-abandoned", name) is Answer.VIOLATED


def test_a_switch_is_acknowledged_whether_it_is_followed_or_ignored_and_then_repeated_no_more() -> None:
    both = spaces("same+second-initiator", "stale-switch-ignored", "switch-acknowledged")
    said = {event.message.followed for events in both.events for event in events if is_answer(event)}
    assert said == {True, False}
    space = spaces("same+loss", "switch-acknowledged")
    for one, _, _, number in space.edges:
        if any(
            isinstance(event, Fired) and event.trigger == "retransmits until acknowledged"
            for event in space.events[number]
        ):
            assert space.values(one)["H.MN1.acknowledged"] is False


def is_answer(event: object) -> bool:
    return isinstance(event, Sent) and type(event.message).__name__ == "SwitchAcknowledgement"


def test_a_slot_is_held_until_the_binding_and_one_that_had_its_turn_waits() -> None:
    space = spaces("same", "slot-until-bound")
    for number in range(space.distinct):
        state = space.values(number)
        held = state["H.MN1.state"] in {"init_sent", "auth_sent", "child_sent"} or state["H.MN1.holding"]
        assert held == (state["H.slots"] == 1)
    two = explored(scenario("same+2x1+no-give-up+unreachable", "slot-times-out"), engine="graph").space
    assert isinstance(two, GraphSpace)
    for one, _, _, number in two.edges:
        if any(isinstance(event, Fired) and event.trigger == "starts IKE" for event in two.events[number]):
            before = two.values(one)
            (started,) = [event.instance for event in two.events[number] if isinstance(event, Fired)]
            other = {"H.MN1": "H.MN2", "H.MN2": "H.MN1"}[started]
            waits = before[f"{other}.state"] == "idle" and not before[f"{other}.had_turn"]
            assert not (before[f"{started}.had_turn"] and waits)


def test_a_duplicate_address_is_replaced_by_one_that_the_initiator_leases() -> None:
    space = spaces("same+false-suspicion", "spare-address")
    ends = [space.values(number) for number in space.ends]
    assert ends
    assert {one["MN1.home_address"] for one in ends if one["MN1.refused"] == "old"} == {"H1"}
