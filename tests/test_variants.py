"""The alternatives: each runs as its source says, reuses the model, and says what it does not model."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from haboot.checker import Answer, ModelError, Sent, Trace, check
from haboot.ledger import FINDINGS, SUITES, scenarios_of
from haboot.model import (
    BENCHES,
    DRAFT,
    PARTICIPANTS,
    STANDARD,
    VARIANTS,
    Bench,
    Scenario,
    alternative,
    composition,
    name_of,
    named,
    system,
)
from haboot.model import variants as folder
from haboot.model.variants import Packet, held_to, registry
from haboot.properties import CLAIMS, properties

from tests.runs import PUSHED_IKE, Messages, messages, report, states

IKE = [("MN1", "H", "IkeSaInitRequest"), ("H", "MN1", "IkeSaInitResponse")]
IKE += [("MN1", "H", "IkeAuthRequest"), ("H", "MN1", "IkeAuthResponse")]
REGISTRATION = [("MN1", "H", "BindingUpdate"), ("H", "MN1", "BindingAck")]
LEAVE = ("MN1", "O", "BindingUpdate")
TOLD = ("H", "MN1", "HomeAgentSwitch")
NORMAL = {
    "ha-initiated": [*PUSHED_IKE, TOLD, *REGISTRATION],
    "mn-initiated+own-detection": [
        ("MN1", "DNS", "HomeAgentQuery"),
        ("DNS", "MN1", "HomeAgentAnswer"),
        *IKE,
        *REGISTRATION,
    ],
    "switch-current": [("O", "MN1", "HomeAgentSwitch"), LEAVE, ("O", "MN1", "BindingAck"), *IKE, *REGISTRATION],
    "switch-preestablished": [TOLD, LEAVE, *REGISTRATION],
    "switch-preestablished+no-deregistration": [TOLD, *REGISTRATION],
    "vhar": [("O", "H", "Synchronisation")],
    "haha": [("O", "H", "BindingInformation"), TOLD, LEAVE, *REGISTRATION],
}


def sent(trace: Trace) -> Messages:
    """What is sent on a run, without data packets."""
    return [one for one in messages(trace, Sent) if one[2] != Packet.__name__]


@pytest.mark.parametrize("name", NORMAL)
def test_the_normal_run_sends_the_messages_of_its_source(name: str) -> None:
    scenario = named(name)
    assert scenario is not None
    verdict = report(scenario)["recovered"]
    assert verdict.answer is Answer.HOLDS
    assert verdict.trace is not None
    assert sent(verdict.trace) == NORMAL[name]


def test_vhar_tells_the_mobile_node_nothing() -> None:
    verdict = report(alternative("vhar"))["recovered"]
    assert verdict.trace is not None
    assert all("MN1" not in (source, target) for source, target, _ in sent(verdict.trace))
    packets = [event for step in verdict.trace for event in step.events if isinstance(event, Sent)][1:]
    assert [(one.source, one.target) for one in packets] == [("H", "MN1")]


@pytest.mark.parametrize("assumption", ["", *sorted({*VARIANTS["mn-initiated"].assumptions} - {"own-detection"})])
def test_notification_and_bootstrap_wait_for_each_other(assumption: str) -> None:
    """The circle of the draft's introduction, exhaustively and under every assumption that the variant models."""
    assumed = [assumption] if assumption else []
    found = report(alternative("mn-initiated", assumed))
    assert not found.space.bounds_hit
    assert found["circular-dependency"].answer is Answer.HOLDS
    assert found["recovered"].answer is Answer.UNREACHED
    own = report(alternative("mn-initiated", [*assumed, "own-detection"]))
    assert own["recovered"].answer is Answer.HOLDS


@pytest.mark.parametrize("bench", BENCHES, ids=lambda one: one.name)
def test_in_fair_weather_a_variant_breaks_what_it_says(bench: Bench) -> None:
    found = report(alternative(bench.variant, bench.choices))
    broken = {one.property.name for one in found.verdicts if one.answer is Answer.VIOLATED}
    assert broken == {*VARIANTS[bench.variant].broken.get("+".join(bench.choices), ())}


def test_every_variant_shares_participants_with_the_draft() -> None:
    own = {one.name for one in composition(Scenario("draft", "", assumptions=frozenset({"own-detection"}))).instances}
    assert own
    kinds = {name: {one.participant.name for one in composition(alternative(name)).instances} for name in VARIANTS}
    for name, variant in VARIANTS.items():
        mine = {one.name for one in variant.participants}
        assert mine <= set(PARTICIPANTS), name
        assert kinds[name] - mine, name
        assert name == DRAFT or kinds[name] & mine, name


CASES = [
    (name, assumption)
    for name, variant in VARIANTS.items()
    if name != DRAFT
    for assumption in variant.assumptions
    if assumption != "reordering"
]


@pytest.mark.parametrize(("name", "assumption"), CASES)
def test_an_assumption_only_adds_states_to_a_variant(name: str, assumption: str) -> None:
    base = alternative(name)
    assert states(base, base) <= states(alternative(name, [assumption]), base)


@pytest.mark.parametrize("variant", VARIANTS)
def test_prefixes_that_a_variant_models_are_explored_whole(variant: str) -> None:
    for prefixes in VARIANTS[variant].prefixes:
        assert not report(alternative(variant, prefixes=prefixes)).space.bounds_hit


def test_what_a_variant_does_not_model_is_refused() -> None:
    with pytest.raises(ModelError, match="variant 'vhar' does not model the assumption 'movement'"):
        alternative("vhar", ["movement"])
    with pytest.raises(ModelError, match="prefixes are 'same' in variant 'haha'"):
        Scenario("x", "", "different", variant="haha")
    with pytest.raises(ModelError, match="unknown variant 'vahr'; did you mean 'vhar'"):
        Scenario("x", "", variant="vahr")


def test_a_variant_is_held_to_claims_that_there_are_and_gates_what_there_is() -> None:
    names = {claim.name for claim in CLAIMS}
    for variant in VARIANTS.values():
        assert set(variant.claims) <= names, variant.name
        needed = {*variant.gated.values(), *(name for under in variant.claims.values() for name in under)}
        assert needed | {name for _, _, words in variant.tried for name in words.split()} <= {*variant.assumptions}
        assert {*variant.gated} <= {trigger for one in variant.participants for trigger in one.internal}
    held = {name for variant in VARIANTS.values() for name in variant.claims}
    assert {claim.name for claim in CLAIMS if not claim.of_draft} <= held


def test_a_newcomer_is_held_to_nothing_that_it_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    newcomer = replace(VARIANTS["haha"], name="newcomer", claims=held_to("agreement") | {"recovered": ("loss",)})
    monkeypatch.setitem(VARIANTS, "newcomer", newcomer)  # type: ignore[arg-type]  # a dictionary
    quiet, lossy = (Scenario("x", "", assumptions=frozenset(given), variant="newcomer") for given in ((), ("loss",)))
    assert [one.name for one in properties(quiet, system(quiet))] == ["agreement"]
    assert {one.name for one in properties(lossy, system(lossy))} == {"agreement", "recovered"}


def test_a_variants_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_one.py").write_text("raise ValueError('no such row')", encoding="utf-8")
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    with pytest.raises(ImportError, match="broken_one cannot be read: ValueError: no such row"):
        registry.variants.__wrapped__()


def test_names_of_alternatives_lead_back() -> None:
    for one in (alternative("vhar", ["loss", "crash"]), alternative("mn-initiated", ["loss"], "different", 2)):
        assert named(one.name) == one
    assert named("same-prefix") is None


def test_the_variants_findings_are_named_for_them() -> None:
    for finding in FINDINGS:
        assert finding.variant == DRAFT or finding.name.startswith(finding.variant), finding.name


def test_de_registering_first_heals_what_strands_the_draft() -> None:
    healed = report(alternative("switch-preestablished", ["false-suspicion"]))
    stranded = report(alternative("switch-preestablished", ["false-suspicion", "no-deregistration"]))
    assert healed["recovery-possible"].answer is Answer.HOLDS
    assert stranded["recovery-possible"].answer is Answer.VIOLATED


def test_a_replay_gap_heals_and_a_missing_key_does_not() -> None:
    """Packets beyond the gap are taken, while under another key none is: the two halves of lost synchronisation."""
    scenario = alternative("vhar", ["crash", "rekeying"])
    space = check(system(scenario), [], engine="graph").space
    decoded = [space.layout.decoded(state) for state in space.states]  # type: ignore[attr-defined]
    after = {edge[0]: [] for edge in space.edges}  # type: ignore[attr-defined,var-annotated]
    for source, target, *_ in space.edges:  # type: ignore[attr-defined]
        after[source].append(target)

    def reaches(start: int) -> bool:
        seen, queue = {start}, [start]
        while queue:
            here = queue.pop()
            if decoded[here]["MN1.home_agent"] == "H":
                return True
            fresh = [one for one in after.get(here, []) if one not in seen]
            seen.update(fresh)
            queue += fresh
        return False

    took_over = [n for n, s in enumerate(decoded) if s["H.MN1.binding.state"] == "bound" and s["O.state"] == "failed"]
    behind = [n for n in took_over if decoded[n]["H.MN1.binding.key"] == decoded[n]["MN1.key"]]
    lacking = [n for n in took_over if _lacks_key(decoded[n])]
    assert behind
    assert lacking
    assert all(reaches(n) for n in behind if decoded[n]["O.MN1.binding.rekeying"] is False)
    assert not any(reaches(n) for n in lacking)


def _lacks_key(state: dict[str, object]) -> bool:
    on_the_way = any(
        state[name] is not None for name in state if name.startswith(("H>MN1.", "O>MN1.", "MN1>O.")) and name in state
    )
    return state["H.MN1.binding.key"] == 0 and state["MN1.key"] == 1 and not on_the_way


def test_the_benches_come_in_the_order_of_the_variants() -> None:
    order = [list(VARIANTS).index(bench.variant) for bench in BENCHES]
    assert all(one <= other for one, other in pairwise(order))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("vhar+2+2", "says something twice"),
        ("vhar+haha", "says something twice, or two things of which one can be"),
        ("different+1x1+los", "'los' in 'different\\+1x1\\+los' is no part of a name; did you mean 'loss'"),
        ("same+?", "is no part of a name; a name is a variant, prefixes, sizes"),
    ],
)
def test_a_name_that_does_not_fit_together_is_refused(name: str, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        named(name)


def test_what_is_printed_of_a_scenario_can_be_given_back() -> None:
    roomy = replace(STANDARD[0], capacity=STANDARD[0].capacity + 1)
    for one in (*SUITES["full"], roomy):
        (back,) = scenarios_of(name_of(one))
        assert replace(back, name=one.name, summary=one.summary) == one
