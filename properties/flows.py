"""The draft's flows with their order, the DNS update, and the throttle, sections 4.1 and 5."""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Clause, Fired, Kind, Move, Received, Sent, View, accepted, sent
from haboot.model import (
    BindingAck,
    BindingUpdate,
    DnsAnswer,
    DnsUpdate,
    HomeAgentSwitch,
    acceptor_of,
    binding_at,
    binding_of,
    dns_of,
    link_of,
    of,
    session_at,
    slots_at,
)
from haboot.properties.claims import (
    EXCHANGE,
    Claim,
    Setting,
    any_helper,
    is_served,
    is_settled,
    new_prefix,
    own_slots,
    same_prefix,
    serving_slots,
    settled_slots,
)
from haboot.properties.clauses import Clauses, Finds, all_bindings_of, binding_slots, each_message, from_node, with_home
from haboot.properties.steps import heard, said

RUNNING = (*EXCHANGE, "half_open")  # as initiator, and as responder


def _update_after_switch(scenario: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    own = any(move.before[slot] for slot in own_slots(scenario, node))
    known = move.before[of(node).home_agent] == one.target
    return own or known or bool(accepted(move.events, HomeAgentSwitch, target=node))


def _load_bounded(scenario: Setting) -> Iterator[Clause]:
    for agent in scenario.initiators:
        busy_parts = ((session_at(agent, node), binding_at(agent, node)) for node in scenario.nodes)
        slots = tuple(one.state for parts in busy_parts for one in parts)

        def light(view: View, agent: str = agent) -> bool:
            busy = sum(is_at_work(view, session_at(agent, node)) for node in scenario.nodes)
            return busy <= scenario.slots

        yield Clause(slots, light, lambda view: any(state in EXCHANGE for state in view.values()), agent)


def is_at_work(view: View, session: str) -> bool:
    """Whether an initiator is busy with a mobile node: from IKE to the binding."""
    waiting = view[of(session).state] == "notified" and view[binding_of(session).state] != "bound"
    return view[of(session).state] in EXCHANGE or waiting


def _dns_after_update(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    binding = binding_at(one.source, node)
    waiting, bound = (move.before[binding.state] == state for state in ("updating_dns", "bound"))
    told = {m.home_address for m in heard(move, BindingUpdate, source=node) if m.dns_update}
    return waiting or bool(told - ({move.before[binding.home_address]} if bound else set()))


def _binding_acts(scenario: Setting, move: Move, node: str) -> bool:
    mine = all_bindings_of(scenario, node)
    return any(isinstance(event, Fired) and event.instance in mine for event in move.events)


def _dns_messages(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    updates = sent(move.events, DnsUpdate) if _binding_acts(scenario, move, node) else []
    return [one for one in updates if isinstance(one.message, DnsUpdate) and not one.message.remove]


def _ack_after_dns(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    """A refusal need not wait, nor one that tells that the update failed where the home agent gives it up."""
    waiting = move.before[binding_at(one.source, node).state] == "updating_dns"
    ack = one.message
    refuses = isinstance(ack, BindingAck) and (ack.status != 0 or ack.deregistered)
    gives_up = bool(move.before["gives the DNS up"]) and isinstance(ack, BindingAck) and not ack.dns_updated
    silent = gives_up and not any(isinstance(event, Received) for event in move.events)
    return refuses or silent or not waiting or bool(accepted(move.events, DnsAnswer))


def _dns_answers(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    answers = accepted(move.events, DnsAnswer) if _binding_acts(scenario, move, node) else []
    return [one for one in answers if isinstance(one.message, DnsAnswer) and not one.message.removed]


def _acknowledges(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    """The option in the acknowledgement says what the DNS answered."""
    done = isinstance(one.message, DnsAnswer) and not one.message.refused
    return [m.dns_updated for m in said(move, BindingAck, source=one.target, target=node)] == [done]


def _dns_left_alone(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        for agent in scenario.agents:
            state, address = (binding_at(agent, node).slot(part) for part in ("state", "home_address"))
            yield Clause(
                (state, address),
                lambda view, state=state, address=address: view[state] != "updating_dns" or view[address] != "old",
                about=state,
            )


def _wanting_dns(_: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    asked = accepted(move.events, BindingUpdate, source=node) if move.before["DNS needs the node as initiator"] else []
    return [one for one in asked if isinstance(one.message, BindingUpdate) and one.message.dns_update]


def _leaves_dns(_: Setting, move: Move, __: str, ___: Sent | Received) -> bool:
    return not sent(move.events, DnsUpdate)


def _option_only_for_new(_: Setting, __: Move, ___: str, one: Sent | Received) -> bool:
    update = one.message
    wanted = isinstance(update, BindingUpdate) and update.home_address != "old" and not update.deregister
    return isinstance(update, BindingUpdate) and update.dns_update == wanted


def _sessions(scenario: Setting, agent: str) -> tuple[str, ...]:
    return tuple(session_at(agent, node).state for node in scenario.nodes)


def _accepted_exchanges(scenario: Setting, agent: str) -> tuple[str, ...]:
    """Slots of the exchanges that mobile nodes start with a home agent by themselves."""
    own = scenario.bootstraps_itself and agent == "H"
    return tuple(acceptor_of(node).state for node in scenario.nodes) if own else ()


def _exchanges_bounded(scenario: Setting) -> Iterator[Clause]:
    """An exchange costs a home agent the same, whoever starts it."""
    for agent in scenario.initiators:
        slots = (*_sessions(scenario, agent), *_accepted_exchanges(scenario, agent))

        def running(view: View) -> int:
            return sum(state in RUNNING for state in view.values())

        yield Clause(
            slots,
            lambda view, running=running: running(view) <= scenario.slots,
            lambda view, running=running: running(view) > 0,
            agent,
        )


def _slots_accounted(scenario: Setting) -> Iterator[Clause]:
    for agent in scenario.initiators:
        slots, counter = _sessions(scenario, agent), slots_at(agent)

        def equal(view: View, slots: tuple[str, ...] = slots, counter: str = counter) -> bool:
            return bool(view[counter] == sum(view[slot] in EXCHANGE for slot in slots))

        yield Clause((counter, *slots), equal, lambda view, counter=counter: view[counter] != 0, agent)


def _no_deadlock(scenario: Setting) -> Iterator[Clause]:
    """Rest is allowed where each mobile node is served or out of reach, and where nobody is left to help."""
    per_node = ((*settled_slots(scenario, node), link_of(node).state) for node in scenario.nodes)
    slots = tuple(dict.fromkeys(slot for names in per_node for slot in names))

    def at_rest(view: View) -> bool:
        settled = (is_settled(view, scenario, node) or view[link_of(node).state] == "down" for node in scenario.nodes)
        return all(settled) or not any_helper(view, scenario)

    yield Clause(slots, at_rest)


def _flow(address: str) -> Clauses:
    def clauses(scenario: Setting) -> Iterator[Clause]:
        slots = tuple(slot for node in scenario.nodes for slot in (*serving_slots(scenario, node), dns_of(node).record))

        def complete(view: View) -> bool:
            return all(
                is_served(view, scenario, node)
                and view[of(node).home_agent] == "H"
                and view[of(node).home_address] == address == view[dns_of(node).record]
                for node in scenario.nodes
            )

        yield Clause(tuple(dict.fromkeys(slots)), complete)

    return clauses


def _binding_states_and_patience(scenario: Setting, node: str) -> tuple[str, ...]:
    return ("gives the DNS up", *binding_slots("state")(scenario, node))


def _any_agent_to_node(*kinds: type) -> Finds:
    return lambda scenario, move, node: [
        one for one in sent(move.events, *kinds, target=node) if one.source in scenario.agents
    ]


FLOWS: tuple[Claim, ...] = (
    Claim(
        "load-bounded",
        "no more mobile nodes are being bootstrapped, from IKE to the binding, than there are slots",
        ("R31", "RFC 5142 7"),
        _load_bounded,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "update-after-switch",
        "a binding update to an initiator follows its switch",
        ("R29",),
        each_message(from_node(BindingUpdate), _update_after_switch, with_home()),
    ),
    Claim(
        "dns-update-after-binding-update",
        "the home agent updates the DNS on a binding update that asks for it",
        ("R29",),
        each_message(_dns_messages, _dns_after_update, binding_slots("state", "home_address")),
        new_prefix,
    ),
    Claim(
        "acknowledged-after-dns",
        "the acknowledgement of such a binding update follows the DNS answer, or tells that there was none",
        ("R29",),
        each_message(_any_agent_to_node(BindingAck), _ack_after_dns, _binding_states_and_patience),
    ),
    Claim(
        "dns-answer-acknowledged",
        "once the DNS has answered, the binding update is acknowledged",
        ("R29", "RFC 5026 6"),
        each_message(_dns_answers, _acknowledges),
        new_prefix,
    ),
    Claim(
        "dns-left-alone",
        "no DNS update is made for a home address that is kept",
        ("R29",),
        _dns_left_alone,
        same_prefix,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "dns-update-authorised",
        "where the name belongs to the initiator of IKE, the DNS is not updated for a responder",
        ("RFC 5026 9.5",),
        each_message(_wanting_dns, _leaves_dns, lambda *_: ("DNS needs the node as initiator",)),
        lambda scenario: new_prefix(scenario) and scenario.assumes("dns-authorisation"),
    ),
    Claim(
        "dns-option-only-for-new-address",
        "the binding update asks for a DNS update just when the address is new",
        ("R29",),
        each_message(from_node(BindingUpdate), _option_only_for_new),
    ),
    Claim(
        "exchanges-bounded",
        "no more IKE exchanges run at an initiator than it has slots, whoever started them",
        ("R31",),
        _exchanges_bounded,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "slots-accounted",
        "the slots in use are just the sessions that run an exchange",
        ("R31",),
        _slots_accounted,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "no-deadlock",
        "where no step is left every mobile node is served",
        ("R30",),
        _no_deadlock,
        kind=Kind.NO_DEADLOCK,
    ),
    Claim(
        "flow-without-address",
        "the second flow of section 4.1 completes",
        ("R28", "R29"),
        _flow("old"),
        same_prefix,
        kind=Kind.SOMETIMES,
    ),
    Claim(
        "flow-with-address",
        "the first flow of section 4.1 completes",
        ("R29",),
        _flow("H1"),
        new_prefix,
        kind=Kind.SOMETIMES,
    ),
)
