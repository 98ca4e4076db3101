"""The draft's sentences on the Home Agent Switch and what follows it, section 4.3."""

from __future__ import annotations

from haboot.checker import Kind, Move, Received, Sent, View, accepted, sent
from haboot.model import BindingAck, BindingUpdate, CreateChildSaResponse, HomeAgentSwitch, of, responder_at, session_at
from haboot.properties.claims import Claim, Setting, new_prefix, own_slots, same_prefix
from haboot.properties.clauses import (
    each_message,
    each_node,
    from_node,
    node_slots,
    session_states,
    taken_by_node,
    taken_from_node,
    to_node,
    with_home,
)
from haboot.properties.headline import told_to_leave
from haboot.properties.steps import heard, said


def _switch_follows(_: Setting, move: Move, __: str, one: Sent | Received) -> bool:
    failed = isinstance(one.message, CreateChildSaResponse) and one.message.error
    return bool(failed or sent(move.events, HomeAgentSwitch, source=one.target))


def _registers_there(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    listed = one.message.addresses[:1] if isinstance(one.message, HomeAgentSwitch) else ()
    return bool(listed and sent(move.events, BindingUpdate, source=node, target=listed[0]))


def _is_deleted(_: Setting, move: Move, node: str) -> bool:
    home, left = of(node).home_agent, of(node).left
    return bool(move.after[home] != move.before[home] and move.after[left] == move.before[home])


def _protected(scenario: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    message = one.message
    if isinstance(message, HomeAgentSwitch):
        agreed_now = any(not m.error for m in heard(move, CreateChildSaResponse, source=node, target=one.source))
        return message.sa == one.source and (
            agreed_now or move.before[session_at(one.source, node).state] == "notified"
        )
    own = [move.before[slot] for slot in own_slots(scenario, node)] if one.target == "H" else []
    stem = responder_at(node, one.target).selector
    agreed = [move.before[stem]] if one.target in scenario.agents else []
    fitting = [*agreed, *own]
    return isinstance(message, BindingUpdate) and message.sa == one.target and message.home_address in fitting


def _signalling(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    return [*to_node(HomeAgentSwitch)(scenario, move, node), *from_node(BindingUpdate)(scenario, move, node)]


def _accepted_signalling(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    kinds = (HomeAgentSwitch, BindingAck, BindingUpdate)
    return [one for one in accepted(move.events, *kinds) if one.target == node or one.target in scenario.agents]


def _accepted_protected(_: Setting, __: Move, node: str, one: Sent | Received) -> bool:
    message = one.message
    if isinstance(message, HomeAgentSwitch | BindingAck):
        return message.sa == message.sender
    return isinstance(message, BindingUpdate) and (message.sa == one.target or one.source != node) and bool(message.sa)


def _sets_b(_: Setting, __: Move, ___: str, one: Sent | Received) -> bool:
    return isinstance(one.message, HomeAgentSwitch) and one.message.bootstrap


def _lists_sender(_: Setting, __: Move, ___: str, one: Sent | Received) -> bool:
    return isinstance(one.message, HomeAgentSwitch) and one.message.addresses == (one.message.sender,)


def _registers_pushed(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    """Binding updates to an initiator that has assigned an address, unless under an association of the node's own."""
    found = [one for one in sent(move.events, BindingUpdate, source=node) if one.target in scenario.initiators]
    own = [slot for slot in own_slots(scenario, node) if move.before[slot]]
    return [one for one in found if move.before[responder_at(node, one.target).assigned] and not own]


def _uses_pushed(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    assigned = move.before[responder_at(node, one.target).assigned]
    return isinstance(one.message, BindingUpdate) and one.message.home_address == assigned


def _is_on_link(scenario: Setting, view: View, node: str) -> bool:
    return view["prefixes"] == "same" and view[of(node).home_agent] in scenario.initiators


def _old_agent_told(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    old = str(move.before[of(node).home_agent])
    return old == one.source or any(m.deregister for m in said(move, BindingUpdate, source=node, target=old))


SWITCHING: tuple[Claim, ...] = (
    Claim(
        "switch-follows-child-sa",
        "after the IKE exchanges the initiator sends the switch",
        ("R16",),
        each_message(taken_from_node(CreateChildSaResponse), _switch_follows),
    ),
    Claim(
        "update-to-listed-agent",
        "on a switch the mobile node sends a binding update to the address listed",
        ("R16b", "R19"),
        each_message(taken_by_node(HomeAgentSwitch), _registers_there),
    ),
    Claim(
        "binding-state-deleted",
        "on a switch with B=1 the mobile node deletes its binding state silently",
        ("R18",),
        each_node(node_slots("home_agent", "left"), _is_deleted, lambda _, move, node: bool(told_to_leave(move, node))),
    ),
    Claim(
        "old-agent-told",
        "the mobile node de-registers from the home agent that it leaves",
        ("R8",),
        each_message(taken_by_node(HomeAgentSwitch), _old_agent_told, lambda _, node: (of(node).home_agent,)),
    ),
    Claim(
        "switch-and-update-protected",
        "switch and binding update are sent under the association negotiated by IKE",
        ("R3", "R20"),
        each_message(
            _signalling, _protected, lambda *who: (*with_home("state", "selector")(*who), *session_states(*who))
        ),
    ),
    Claim(
        "only-protected-signalling",
        "no switch, update or acknowledgement is acted on without its association",
        ("R1", "R2"),
        each_message(_accepted_signalling, _accepted_protected),
    ),
    Claim(
        "switch-sets-b",
        "the initiator sets the B bit",
        ("R21a",),
        each_message(to_node(HomeAgentSwitch), _sets_b),
    ),
    Claim(
        "switch-lists-sender-only",
        "the switch lists its sender's address and no other",
        ("R21b",),
        each_message(to_node(HomeAgentSwitch), _lists_sender),
    ),
    Claim(
        "pushed-address-registered",
        "the mobile node registers the address that was pushed",
        ("R25",),
        each_message(_registers_pushed, _uses_pushed, with_home("assigned")),
        new_prefix,
    ),
    Claim(
        "home-address-kept",
        "on one link with one prefix the mobile node keeps its home address",
        ("R28",),
        each_node(
            lambda _, node: (of(node).home_agent, of(node).home_address, "prefixes"),
            lambda _, view, node: view[of(node).home_address] == "old",
            _is_on_link,
        ),
        same_prefix,
        kind=Kind.ALWAYS,
    ),
)
