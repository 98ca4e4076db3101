"""Rules of the protocols that the draft builds on, as far as the model relies on them."""

from __future__ import annotations

from haboot.checker import Fired, Kind, Move, Received, Sent, View, accepted, sent
from haboot.model import (
    BindingAck,
    BindingUpdate,
    DnsUpdate,
    HomeAgentSwitch,
    IkeAuthRequest,
    IkeAuthResponse,
    IkeSaInitRequest,
    IkeSaInitResponse,
    agent_of,
    binding_at,
    detector_at,
    of,
    own_of,
    responder_at,
    session_at,
)
from haboot.properties.claims import Claim, Setting, assumes, new_prefix, own_slots
from haboot.properties.clauses import (
    all_bindings_of,
    at,
    binding_slots,
    bindings_of,
    each_instance,
    each_message,
    each_node,
    initiators_of,
    node_slots,
    only_node,
    responder_slots,
    taken_by_node,
    when_fires,
)
from haboot.properties.numbers import REQUESTS
from haboot.properties.steps import heard, said


def _ike_requests(_: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    return [one for one in accepted(move.events, *REQUESTS) if node in {one.source, one.target}]


def _answered(_: Setting, move: Move, __: str, one: Sent | Received) -> bool:
    return any(isinstance(event, Sent) and event.target == one.source for event in move.events)


def _updates(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    return [one for one in accepted(move.events, BindingUpdate, source=node) if one.target in scenario.agents]


def _update_answered(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    return bool(sent(move.events, BindingAck, target=node) or sent(move.events, DnsUpdate, source=one.target))


def _update_recorded(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    stem, update = binding_at(one.target, node), one.message
    if any(m.status == 135 for m in said(move, BindingAck, source=one.target, target=node)):
        return True
    if isinstance(update, BindingUpdate) and update.deregister:
        return bool(move.after[of(stem).state] == "empty")
    bound = move.after[of(stem).state] in {"bound", "updating_dns"}
    stored = (move.after[of(stem).home_address], move.after[of(stem).care_of])
    return isinstance(update, BindingUpdate) and (not bound or stored == (update.home_address, update.care_of))


def _is_bound(_: Setting, view: View, __: str, binding: str) -> bool:
    return view[of(binding).state] in {"bound", "updating_dns"}


def _is_bound_as_before(scenario: Setting, view: View, node: str, binding: str) -> bool:
    return _is_bound(scenario, view, node, binding) and view[of(binding).home_address] == "old"


def _reboot_forgets(scenario: Setting, move: Move, node: str, _: str) -> bool:
    kept = [move.after[slot] for slot in _association_slots(scenario, node, _) if slot != of(node).home_agent]
    return move.after[of(node).home_agent] == "none" and not any(kept)


def _association_slots(scenario: Setting, node: str, _: str) -> tuple[str, ...]:
    ike = responder_slots("selector", "assigned")(scenario, node)
    return (of(node).home_agent, *ike, *own_slots(scenario, node))


def _move_is_told(_: Setting, move: Move, node: str, __: str) -> bool:
    new = [m for m in said(move, BindingUpdate, source=node) if m.care_of == "b"]
    changed = move.before[of(node).care_of] != "b" == move.after[of(node).care_of]
    return changed and (bool(new) or move.before[of(node).state] in {"unserved", "deregistering", "moving"})


def _is_ignorant(_: Setting, move: Move, node: str) -> bool:
    home, taken = move.before[of(node).home_agent], heard(move, HomeAgentSwitch, target=node)
    other = any(m.addresses[:1] != (home,) for m in taken)
    return other and move.before[of(node).slot("knows switches")] is True and not move.before[of(node).slot("knows B")]


def _deregisters(_: Setting, move: Move, node: str) -> bool:
    home = str(move.before[of(node).home_agent])
    return any(m.deregister for m in said(move, BindingUpdate, source=node, target=home))


def _is_asked(_: Setting, move: Move, node: str) -> bool:
    return move.before[of(node).stack] != "draft" and bool(_initial_auth(move, node))


def _obeys_stack(_: Setting, move: Move, node: str) -> bool:
    ((agent, request),) = _initial_auth(move, node)
    stack = move.before[of(node).stack]
    refused = any(m.error for m in said(move, IkeAuthResponse, source=node))
    if stack == "eap" or (stack == "rejects push" and request.address):
        return refused
    return not refused and not move.after[responder_at(node, agent).assigned]


def _stack_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    ends = (responder_at(node, agent) for agent in scenario.initiators)
    return (of(node).stack, *(end.slot(part) for end in ends for part in ("state", "assigned")))


def _initial_auth(move: Move, node: str) -> list[tuple[str, IkeAuthRequest]]:
    """The IKE_AUTH requests of a step that are no repetition, with their senders."""
    return [
        (one.source, one.message)
        for one in accepted(move.events, IkeAuthRequest, target=node)
        if isinstance(one.message, IkeAuthRequest) and move.before[responder_at(node, one.source).state] == "half_open"
    ]


def _suspecting(_: Setting, move: Move, node: str, instance: str) -> bool:
    asks = bool(sent(move.events, IkeSaInitRequest, source=agent_of(instance), target=node))
    return asks and move.before[detector_at(agent_of(instance)).state] == "suspecting"


def _own_auth_follows(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    return bool(sent(move.events, IkeAuthRequest, source=node, target=one.source))


def _dead(_: Setting, move: Move, node: str, __: str) -> bool:
    asks = bool(sent(move.events, IkeSaInitRequest, source=node, target="H"))
    return asks and move.before[of("O").state] == "failed" and move.before[of(node).home_agent] == "O"


def _after_reboot(_: Setting, move: Move, node: str, __: str) -> bool:
    asks = bool(sent(move.events, IkeSaInitRequest, source=node, target="H"))
    return asks and move.before[of(node).home_agent] == "none" and not move.before[of(node).left]


def _registers_anew(_: Setting, move: Move, node: str, __: str) -> bool:
    told = bool(sent(move.events, BindingUpdate, source=node, target="H"))
    return told and bool(move.before[own_of(node).selector]) and not move.before[of(node).left]


def _unwanted(_: Setting, move: Move, node: str, instance: str) -> bool:
    return bool(move.before[of(node).home_agent] != agent_of(instance))


def _registers_own(_: Setting, move: Move, node: str, __: str) -> bool:
    return bool(sent(move.events, BindingUpdate, source=node, target="H"))


ACTS = {
    "forges a switch": HomeAgentSwitch,
    "forges an update": BindingUpdate,
    "forges a de-registration": BindingUpdate,
    "forges an acknowledgement": BindingAck,
    "replays a switch": HomeAgentSwitch,
    "announces another home agent": HomeAgentSwitch,
    "reclaims the mobile node": HomeAgentSwitch,
}


def _acting(_: Setting, move: Move, node: str) -> list[str]:
    names = {session_at(stem, node) for stem in ("forger", "replayer", "O")}
    taken = (one for one in move.events if isinstance(one, Fired))
    return [one.trigger for one in taken if one.instance in names and one.trigger in ACTS]


def _as_told(scenario: Setting, move: Move, node: str) -> bool:
    (trigger,) = _acting(scenario, move, node)
    seen = trigger != "replays a switch" or move.before[session_at("H", node).state] == "notified"
    away = trigger != "reclaims the mobile node" or move.before[of(node).home_agent] not in {"O", "none"}
    return seen and away and bool(sent(move.events, ACTS[trigger]))


SURROUNDINGS: tuple[Claim, ...] = (
    Claim(
        "requests-answered",
        "each IKEv2 request that is taken is answered at once, a repeated one as well",
        ("RFC 4306 2.1",),
        each_message(_ike_requests, _answered),
    ),
    Claim(
        "exchange-follows-suspicion",
        "an initiator starts an exchange, and only when it suspects the original home agent",
        ("R5", "R7"),
        when_fires("starts IKE", initiators_of, _suspecting, lambda _, __, one: (detector_at(agent_of(one)).state,)),
    ),
    Claim(
        "updates-answered",
        "each binding update that is taken leads to an acknowledgement, after a DNS update where one is due",
        ("R29", "RFC 3775 10.3.1"),
        each_message(_updates, _update_answered),
    ),
    Claim(
        "updates-recorded",
        "a binding holds what the last binding update says, and lifetime zero removes it",
        ("RFC 3775 10.3.1",),
        each_message(_updates, _update_recorded, binding_slots("state", "home_address", "care_of")),
    ),
    Claim(
        "bindings-on-link",
        "a home agent binds addresses of its own prefix only",
        ("RFC 3775 10.3.1",),
        each_instance(
            bindings_of,
            lambda _, __, one: ("prefixes", of(one).state, of(one).home_address),
            lambda _, view, *__: view["prefixes"] == "same",
            _is_bound_as_before,
        ),
        lambda scenario: scenario.prefixes == "same",
        kind=Kind.ALWAYS,
    ),
    Claim(
        "no-binding-at-home",
        "a mobile node at home has no binding of its home address there at an initiator",
        ("RFC 3775 10.3.2",),
        each_instance(
            bindings_of,
            lambda _, __, one: (of(one).state, of(one).care_of, of(one).home_address),
            lambda _, view, __, one: view[of(one).care_of] != "home" or view[of(one).home_address] != "old",
            _is_bound,
        ),
        kind=Kind.ALWAYS,
    ),
    Claim(
        "binding-expires-unwanted",
        "a binding expires only when its mobile node no longer refreshes it",
        ("RFC 3775 11.7.1",),
        when_fires("lets the binding expire", all_bindings_of, _unwanted, lambda _, node, __: (of(node).home_agent,)),
        lambda scenario: (
            scenario.assumes("expiry")
            and scenario.assumes("false-suspicion", "malicious-agent", "return-kept", "second-initiator", "reboot")
        ),
    ),
    Claim(
        "reboot-forgets",
        "a reboot leaves the mobile node without binding and association",
        ("RFC 4306 2.4",),
        when_fires("reboots", only_node, _reboot_forgets, _association_slots),
        assumes("reboot"),
    ),
    Claim(
        "move-is-told",
        "a mobile node that moves tells the home agent it believes in",
        ("RFC 3775 11.7.1",),
        when_fires("moves", only_node, _move_is_told, lambda _, node, __: (of(node).state, of(node).care_of)),
        assumes("movement"),
    ),
    Claim(
        "legacy-node-deregisters",
        "a mobile node that does not know the B bit de-registers from the home agent it leaves",
        ("RFC 5142 6.1",),
        each_node(node_slots("knows B", "home_agent", "knows switches"), _deregisters, _is_ignorant),
        assumes("no-b-bit"),
    ),
    Claim(
        "stack-obeyed",
        "a standard IKEv2 responder takes no address that it did not ask for, and none can use EAP",
        ("RFC 4306 2.16", "RFC 4306 2.19"),
        each_node(_stack_slots, _obeys_stack, _is_asked),
        lambda scenario: (
            scenario.assumes("eap-only") or (new_prefix(scenario) and scenario.assumes("ignores-push", "rejects-push"))
        ),
    ),
    Claim(
        "own-bootstrap-when-dead",
        "a mobile node starts a bootstrap by itself, and only when its home agent is dead",
        ("RFC 5026",),
        when_fires(
            "detects the failure itself", at(own_of), _dead, lambda _, node, __: (of("O").state, of(node).home_agent)
        ),
        assumes("own-detection"),
    ),
    Claim(
        "own-bootstrap-after-reboot",
        "a mobile node that has rebooted, and no other, bootstraps anew",
        ("RFC 5026 5",),
        when_fires(
            "bootstraps anew", at(own_of), _after_reboot, lambda _, node, __: (of(node).home_agent, of(node).left)
        ),
        assumes("reboot"),
    ),
    Claim(
        "registration-after-reboot",
        "a mobile node that has bootstrapped anew registers at once, under its association",
        ("RFC 5026",),
        when_fires(
            "registers anew", only_node, _registers_anew, lambda _, node, __: (own_of(node).selector, of(node).left)
        ),
        assumes("reboot"),
    ),
    Claim(
        "own-auth-follows-init",
        "a mobile node that bootstraps by itself goes on to IKE_AUTH",
        ("RFC 4306 1.2",),
        each_message(taken_by_node(IkeSaInitResponse), _own_auth_follows),
        assumes("own-detection"),
    ),
    Claim(
        "environment-acts",
        "adversaries forge and replay, and the original home agent announces and reclaims, as their triggers say",
        ("RFC 5142 7",),
        each_node(
            lambda _, node: (session_at("H", node).state, of(node).home_agent),
            _as_told,
            lambda *where: bool(_acting(*where)),
        ),
        lambda scenario: (
            scenario.assumes("forger", "replay", "planned-switch")
            or (scenario.assumes("reclaim") and scenario.assumes("return-kept", "return-lost"))
        ),
    ),
    Claim(
        "own-bootstrap-registers",
        "a mobile node that has bootstrapped by itself registers at once",
        ("RFC 5026",),
        when_fires("registers by itself", only_node, _registers_own, lambda *_: ()),
        assumes("own-detection"),
    ),
)
