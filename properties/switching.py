"""The draft's sentences on the switch, the flows and the throttle, sections 4.1, 4.3 and 5."""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Clause, Kind, Move, View
from haboot.checker.events import Fired, Received, Sent, accepted, sent
from haboot.model.messages import (
    BindingAck,
    BindingUpdate,
    CreateChildSaResponse,
    DnsAnswer,
    DnsUpdate,
    HomeAgentSwitch,
)
from haboot.properties.claims import (
    EXCHANGE,
    Claim,
    Setting,
    any_helper,
    is_served,
    new_prefix,
    own_slots,
    same_prefix,
    serving_slots,
)
from haboot.properties.clauses import (
    Clauses,
    Finds,
    each_message,
    from_node,
    responder_slots,
    session_states,
    taken_by_node,
    taken_from_node,
    to_node,
    with_home,
)
from haboot.properties.headline import told_to_leave


def _switch_follows(_: Setting, move: Move, __: str, one: Sent | Received) -> bool:
    failed = isinstance(one.message, CreateChildSaResponse) and one.message.error
    return bool(failed or sent(move.events, HomeAgentSwitch, source=one.target))


def _registers_there(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    listed = one.message.addresses[:1] if isinstance(one.message, HomeAgentSwitch) else ()
    return bool(listed and sent(move.events, BindingUpdate, source=node, target=listed[0]))


def _binding_state_deleted(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        home, left = f"{node}.home_agent", f"{node}.left"

        def told(move: Move, node: str = node) -> bool:
            return bool(told_to_leave(move, node))

        def deleted(move: Move, home: str = home, left: str = left) -> bool:
            return move.after[home] != move.before[home] and move.after[left] == move.before[home]

        yield Clause((home, left), deleted, told, node)


def _protected(scenario: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    message = one.message
    if isinstance(message, HomeAgentSwitch):
        answers = [got.message for got in accepted(move.events, CreateChildSaResponse, source=node, target=one.source)]
        agreed_now = any(isinstance(m, CreateChildSaResponse) and not m.error for m in answers)
        return message.sa == one.source and (agreed_now or move.before[f"{one.source}.{node}.state"] == "notified")
    if isinstance(message, BindingUpdate):
        own = [move.before[slot] for slot in own_slots(scenario, node)] if one.target == "H" else []
        stem = f"{node}.ike.{one.target}.selector"
        agreed = [move.before[stem]] if one.target in scenario.agents else []
        return message.sa == one.target and message.home_address in [*agreed, *own]
    return False


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
    """Binding updates to an initiator that has assigned an address."""
    found = [one for one in sent(move.events, BindingUpdate, source=node) if one.target in scenario.initiators]
    return [one for one in found if move.before[f"{node}.ike.{one.target}.assigned"]]


def _uses_pushed(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    assigned = move.before[f"{node}.ike.{one.target}.assigned"]
    return isinstance(one.message, BindingUpdate) and one.message.home_address == assigned


def _keeps_address(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        agent, address = f"{node}.home_agent", f"{node}.home_address"
        yield Clause(
            (agent, address, "prefixes"),
            lambda view, address=address: view[address] == "old",
            lambda view, agent=agent: view["prefixes"] == "same" and view[agent] in scenario.initiators,
            node,
        )


def _update_after_switch(scenario: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    own = any(move.before[slot] for slot in own_slots(scenario, node))
    known = move.before[f"{node}.home_agent"] == one.target
    return own or known or bool(accepted(move.events, HomeAgentSwitch, target=node))


def _old_agent_told(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    old = str(move.before[f"{node}.home_agent"])
    told = [got.message for got in sent(move.events, BindingUpdate, source=node, target=old)]
    return old == one.source or any(isinstance(m, BindingUpdate) and m.deregister for m in told)


def _load_bounded(scenario: Setting) -> Iterator[Clause]:
    for agent in scenario.initiators:
        slots = tuple(f"{agent}.{node}{part}.state" for node in scenario.nodes for part in ("", ".binding"))

        def light(view: View, agent: str = agent) -> bool:
            busy = sum(_is_at_work(view, f"{agent}.{node}") for node in scenario.nodes)
            return busy <= scenario.slots

        yield Clause(slots, light, lambda view: any(state in EXCHANGE for state in view.values()), agent)


def _is_at_work(view: View, session: str) -> bool:
    """Whether an initiator is busy with a mobile node: from IKE to the binding."""
    waiting = view[f"{session}.state"] == "notified" and view[f"{session}.binding.state"] != "bound"
    return view[f"{session}.state"] in EXCHANGE or waiting


def _dns_after_update(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    asked = [r.message for r in accepted(move.events, BindingUpdate, source=node)]
    waiting = move.before[f"{one.source}.{node}.binding.state"] == "updating_dns"
    return waiting or any(isinstance(m, BindingUpdate) and m.dns_update for m in asked)


def _dns_messages(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    mine = {f"{agent}.{node}.binding" for agent in scenario.agents}
    acting = any(isinstance(event, Fired) and event.instance in mine for event in move.events)
    updates = [
        one for one in sent(move.events, DnsUpdate) if isinstance(one.message, DnsUpdate) and one.message.address
    ]
    return updates if acting else []


def _ack_after_dns(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    waiting = move.before[f"{one.source}.{node}.binding.state"]
    return waiting != "updating_dns" or bool(accepted(move.events, DnsAnswer))


def _dns_answers(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    mine = {f"{agent}.{node}.binding" for agent in scenario.agents}
    acting = any(isinstance(event, Fired) and event.instance in mine for event in move.events)
    answers = [one for one in accepted(move.events, DnsAnswer) if isinstance(one.message, DnsAnswer)]
    return [one for one in answers if acting and isinstance(one.message, DnsAnswer) and one.message.address]


def _acknowledges(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    return bool(sent(move.events, BindingAck, source=one.target, target=node))


def _dns_left_alone(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        for slot in _binding_states(scenario, node):
            yield Clause((slot,), lambda view, slot=slot: view[slot] != "updating_dns", about=slot)


def _wanting_dns(_: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    asked = [one for one in accepted(move.events, BindingUpdate, source=node) if isinstance(one.message, BindingUpdate)]
    strict = move.before["DNS needs the node as initiator"]
    return [one for one in asked if strict and isinstance(one.message, BindingUpdate) and one.message.dns_update]


def _leaves_dns(_: Setting, move: Move, __: str, ___: Sent | Received) -> bool:
    return not sent(move.events, DnsUpdate)


def _option_only_for_new(_: Setting, __: Move, ___: str, one: Sent | Received) -> bool:
    update = one.message
    wanted = isinstance(update, BindingUpdate) and update.home_address != "old" and not update.deregister
    return isinstance(update, BindingUpdate) and update.dns_update == wanted


def _sessions(scenario: Setting, agent: str) -> tuple[str, ...]:
    return tuple(f"{agent}.{node}.state" for node in scenario.nodes)


def _exchanges_bounded(scenario: Setting) -> Iterator[Clause]:
    for agent in scenario.initiators:
        slots = _sessions(scenario, agent)
        yield Clause(
            slots,
            lambda view: sum(state in EXCHANGE for state in view.values()) <= scenario.slots,
            lambda view: any(state in EXCHANGE for state in view.values()),
            agent,
        )


def _slots_accounted(scenario: Setting) -> Iterator[Clause]:
    for agent in scenario.initiators:
        slots, counter = _sessions(scenario, agent), f"{agent}.slots"

        def equal(view: View, slots: tuple[str, ...] = slots, counter: str = counter) -> bool:
            return view[counter] == sum(view[slot] in EXCHANGE for slot in slots)

        yield Clause((counter, *slots), equal, lambda view, counter=counter: view[counter] != 0, agent)


def _no_deadlock(scenario: Setting) -> Iterator[Clause]:
    """Rest is allowed where each mobile node is served or out of reach, and where nobody is left to help."""
    per_node = ((*serving_slots(scenario, node), f"{node}.link.state") for node in scenario.nodes)
    slots = tuple(dict.fromkeys(slot for names in per_node for slot in names))

    def at_rest(view: View) -> bool:
        settled = (is_served(view, scenario, node) or view[f"{node}.link.state"] == "down" for node in scenario.nodes)
        return all(settled) or not any_helper(view, scenario)

    yield Clause(slots, at_rest)


def _flow(address: str) -> Clauses:
    def clauses(scenario: Setting) -> Iterator[Clause]:
        slots = tuple(
            slot for node in scenario.nodes for slot in (*serving_slots(scenario, node), f"DNS.{node}.record")
        )

        def complete(view: View) -> bool:
            return all(
                is_served(view, scenario, node)
                and view[f"{node}.home_agent"] == "H"
                and view[f"{node}.home_address"] == address == view[f"DNS.{node}.record"]
                for node in scenario.nodes
            )

        yield Clause(tuple(dict.fromkeys(slots)), complete)

    return clauses


def _binding_states(scenario: Setting, node: str) -> tuple[str, ...]:
    return tuple(f"{agent}.{node}.binding.state" for agent in scenario.agents)


def _any_agent_to_node(*kinds: type) -> Finds:
    return lambda scenario, move, node: [
        one for one in sent(move.events, *kinds, target=node) if one.source in scenario.agents
    ]


SWITCHING: tuple[Claim, ...] = (
    Claim(
        "switch-follows-child-sa",
        Kind.STEP,
        "after the IKE exchanges the initiator sends the switch",
        ("R16",),
        each_message(taken_from_node(CreateChildSaResponse), _switch_follows),
    ),
    Claim(
        "update-to-listed-agent",
        Kind.STEP,
        "on a switch the mobile node sends a binding update to the address listed",
        ("R16b", "R19"),
        each_message(taken_by_node(HomeAgentSwitch), _registers_there),
    ),
    Claim(
        "binding-state-deleted",
        Kind.STEP,
        "on a switch with B=1 the mobile node deletes its binding state silently",
        ("R18",),
        _binding_state_deleted,
    ),
    Claim(
        "old-agent-told",
        Kind.STEP,
        "the mobile node de-registers from the home agent that it leaves",
        ("R8",),
        each_message(taken_by_node(HomeAgentSwitch), _old_agent_told, lambda _, node: (f"{node}.home_agent",)),
    ),
    Claim(
        "load-bounded",
        Kind.ALWAYS,
        "no more mobile nodes are being bootstrapped, from IKE to the binding, than there are slots",
        ("R31", "RFC 5142 7"),
        _load_bounded,
    ),
    Claim(
        "switch-and-update-protected",
        Kind.STEP,
        "switch and binding update are sent under the association negotiated by IKE",
        ("R3", "R20"),
        each_message(
            _signalling, _protected, lambda *who: (*with_home("state", "selector")(*who), *session_states(*who))
        ),
    ),
    Claim(
        "only-protected-signalling",
        Kind.STEP,
        "no switch, update or acknowledgement is acted on without its association",
        ("R1", "R2"),
        each_message(_accepted_signalling, _accepted_protected),
    ),
    Claim(
        "switch-sets-b",
        Kind.STEP,
        "the initiator sets the B bit",
        ("R21a",),
        each_message(to_node(HomeAgentSwitch), _sets_b),
    ),
    Claim(
        "switch-lists-sender-only",
        Kind.STEP,
        "the switch lists its sender's address and no other",
        ("R21b",),
        each_message(to_node(HomeAgentSwitch), _lists_sender),
    ),
    Claim(
        "pushed-address-registered",
        Kind.STEP,
        "the mobile node registers the address that was pushed",
        ("R25",),
        each_message(_registers_pushed, _uses_pushed, responder_slots("assigned")),
        new_prefix,
    ),
    Claim(
        "home-address-kept",
        Kind.ALWAYS,
        "on one link with one prefix the mobile node keeps its home address",
        ("R28",),
        _keeps_address,
        same_prefix,
    ),
    Claim(
        "update-after-switch",
        Kind.STEP,
        "a binding update to an initiator follows its switch",
        ("R29",),
        each_message(from_node(BindingUpdate), _update_after_switch, with_home()),
    ),
    Claim(
        "dns-update-after-binding-update",
        Kind.STEP,
        "the home agent updates the DNS on a binding update that asks for it",
        ("R29",),
        each_message(_dns_messages, _dns_after_update, _binding_states),
        new_prefix,
    ),
    Claim(
        "acknowledged-after-dns",
        Kind.STEP,
        "the acknowledgement of such a binding update follows the DNS answer",
        ("R29",),
        each_message(_any_agent_to_node(BindingAck), _ack_after_dns, _binding_states),
    ),
    Claim(
        "dns-answer-acknowledged",
        Kind.STEP,
        "once the DNS has answered, the binding update is acknowledged",
        ("R29", "RFC 5026 6.1"),
        each_message(_dns_answers, _acknowledges),
        new_prefix,
    ),
    Claim(
        "dns-left-alone",
        Kind.ALWAYS,
        "no DNS update is made for a home address that is kept",
        ("R29",),
        _dns_left_alone,
        same_prefix,
    ),
    Claim(
        "dns-update-authorised",
        Kind.STEP,
        "where the name belongs to the initiator of IKE, the DNS is not updated for a responder",
        ("RFC 5026 9.5",),
        each_message(_wanting_dns, _leaves_dns, lambda *_: ("DNS needs the node as initiator",)),
        lambda scenario: new_prefix(scenario) and scenario.assumes("dns-authorisation"),
    ),
    Claim(
        "dns-option-only-for-new-address",
        Kind.STEP,
        "the binding update asks for a DNS update just when the address is new",
        ("R29",),
        each_message(from_node(BindingUpdate), _option_only_for_new),
    ),
    Claim(
        "exchanges-bounded",
        Kind.ALWAYS,
        "no more IKE exchanges run at an initiator than it has slots",
        ("R31",),
        _exchanges_bounded,
    ),
    Claim(
        "slots-accounted",
        Kind.ALWAYS,
        "the slots in use are just the sessions that run an exchange",
        ("R31",),
        _slots_accounted,
    ),
    Claim("no-deadlock", Kind.NO_DEADLOCK, "where no step is left every mobile node is served", ("R30",), _no_deadlock),
    Claim(
        "flow-without-address",
        Kind.SOMETIMES,
        "the second flow of section 4.1 completes",
        ("R28", "R29"),
        _flow("old"),
        same_prefix,
    ),
    Claim(
        "flow-with-address",
        Kind.SOMETIMES,
        "the first flow of section 4.1 completes",
        ("R29",),
        _flow("H1"),
        new_prefix,
    ),
)
