"""Why an action is not enabled: a reason exactly where none is, which names what stands in the way."""

import pytest
from haboot.checker import ModelError, View
from haboot.checker.evaluating import evaluate
from haboot.checker.machines import Refusals
from haboot.model import Scenario, composition, system

from tests.runs import space_of


@pytest.mark.parametrize("assumptions", ["", "reboot crash", "second-initiator false-suspicion"])
def test_a_refusal_is_given_exactly_where_an_action_is_not_enabled(assumptions: str) -> None:
    scenario = Scenario("asked", "", "different", assumptions=frozenset(assumptions.split()))
    refusals, space = Refusals(composition(scenario)), space_of(scenario)
    actions = {action.name: action for action in space.system.actions}
    assert {name for name in actions if " receives " not in name and " loses " not in name} == set(refusals.actions)
    for encoded in space.states:
        state = space.layout.decoded(encoded)
        for name in refusals.actions:
            view = View({slot: state[slot] for slot in actions[name].reads}, name)
            assert (refusals.reason(name, state) == "") == bool(evaluate(actions[name], view))


def test_a_refusal_names_the_guard_the_state_or_the_host() -> None:
    refusals = Refusals(composition(Scenario("asked", "")))
    (state,) = system(Scenario("asked", "")).initial
    assert refusals.reason("H.MN1 starts IKE", state) == "guard is false: suspects failure"
    assert refusals.reason("H.MN1 retransmits", state).startswith("is idle, not init_sent")
    assert refusals.reason("O.MN1.binding retransmits the DNS update", state) == "its host is down"
    with pytest.raises(ModelError, match=r"no internal action 'H\.MN1 sleeps'"):
        refusals.reason("H.MN1 sleeps", state)
