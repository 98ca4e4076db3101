"""What holds, or should, of packets behind a shared address: keys, sequence numbers and rekeying (vhar)."""

from __future__ import annotations

from haboot.checker import Kind, Move, Received, Sent, Value, View, accepted, fired, sent
from haboot.model import CreateChildSaRequest, CreateChildSaResponse, agent_of, binding_at, of
from haboot.model.variants import BEYOND, LAST, Packet
from haboot.properties.claims import Claim, Setting, is_idle, of_variants
from haboot.properties.clauses import each_instance, each_message, each_node, node_slots, taken_by_node, when_fires
from haboot.properties.steps import said


def line(scenario: Setting, node: str, *ends: tuple[str, str]) -> dict[str, Value]:
    """Return the slots that show that channels of a mobile node's session are empty, with the values that show it."""
    found = (scenario.idle(*pair, "" if node in pair else node) for pair in ends)
    return {slot: value for idle in found for slot, value in idle.items()}


def quiet(scenario: Setting, view: View, node: str, *ends: tuple[str, str]) -> bool:
    """Whether nothing is under way on channels of a mobile node's session."""
    return is_idle(view, line(scenario, node, *ends))


def _both(node: str, agent: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (agent, node), (node, agent)


def _forwards(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    agent = agent_of(instance)
    before = move.before[of(instance).number]
    number = min(before + 1, BEYOND) if isinstance(before, int) else None
    packets = [(m.sender, m.key, m.number) for m in said(move, Packet, source=agent, target=node)]
    if agent == "H":
        due = move.before[of(node).home_agent] != "H"
    else:
        due = move.before[of(instance).rekeying] is False and before != LAST
        due = due and move.after[of(instance).told] is False
    key = move.before[of(instance).key]
    return due and packets == [(agent, key, number)] and quiet(scenario, move.before, node, *_both(node, agent))


def _forward_slots(scenario: Setting, node: str, instance: str) -> tuple[str, ...]:
    parts = ("key", "number") if instance.startswith("H") else ("key", "number", "told", "rekeying")
    between = line(scenario, node, *_both(node, agent_of(instance)))
    return (of(node).home_agent, *(of(instance).slot(part) for part in parts), *between)


def _is_newer(view: View, node: str, packet: Packet) -> bool:
    highest = view[of(node).highest]
    return packet.number == BEYOND or (isinstance(highest, int) and packet.number > highest)


def _packet_taken(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    packet, noted = one.message, (move.after[of(node).home_agent], move.after[of(node).highest])
    return (
        isinstance(packet, Packet)
        and packet.key == move.before[of(node).key]
        and _is_newer(move.before, node, packet)
        and noted == (packet.sender, packet.number)
    )


def _from_standby(move: Move, node: str) -> list[Packet]:
    got = (one.message for one in move.events if isinstance(one, Received) and (one.source, one.target) == ("H", node))
    return [message for message in got if isinstance(message, Packet)]


def _has_key(_: Setting, move: Move, node: str) -> bool:
    return all(one.key == move.before[of(node).key] for one in _from_standby(move, node))


def _understood(_: Setting, move: Move, node: str) -> list[Packet]:
    return [one for one in _from_standby(move, node) if one.key == move.before[of(node).key]]


def _is_ahead(scenario: Setting, move: Move, node: str) -> bool:
    return all(
        _is_newer(move.before, node, one) or move.before[of(node).home_agent] == "H"
        for one in _understood(scenario, move, node)
    )


def _is_used_once(_: Setting, view: View, node: str) -> bool:
    active, standby = binding_at("O", node), binding_at("H", node)
    numbers = (view[active.number], view[standby.number])
    both = all(isinstance(one, int) and one > _base(view, standby) for one in numbers)
    return not (both and view[active.key] == view[standby.key])


def _number_slots(_: Setting, node: str) -> tuple[str, ...]:
    active, standby = binding_at("O", node), binding_at("H", node)
    return (active.key, active.number, standby.key, standby.number, standby.base)


def _base(view: View, standby: str) -> int:
    base = view[of(standby).base]
    return base if isinstance(base, int) else 0


def _asks_rekeying(scenario: Setting, move: Move, node: str, binding: str) -> bool:
    asks = bool(sent(move.events, CreateChildSaRequest, source="O", target=node))
    again = bool(fired(move.events, "retransmits", binding))
    fits = move.before[of(binding).rekeying] is again and move.before[of(binding).key] == 0
    return asks and fits and quiet(scenario, move.before, node, *_both(node, "O"))


def _state_of(binding: str) -> tuple[str, ...]:
    return tuple(of(binding).slot(part) for part in ("key", "number", "told", "rekeying"))


def _completes(_: Setting, move: Move, node: str, binding: str) -> bool:
    answered = accepted(move.events, CreateChildSaResponse, source=node, target="O")
    return bool(answered and fired(move.events, "CreateChildSaResponse", binding))


def _agrees(_: Setting, move: Move, node: str, binding: str) -> bool:
    now = tuple(move.after[slot] for slot in _state_of(binding))
    return move.before[of(binding).rekeying] is True and now == (move.before[of(node).key], 0, False, False)


def _answers_rekeying(_: Setting, move: Move, node: str, __: Sent | Received) -> bool:
    answered = bool(sent(move.events, CreateChildSaResponse, source=node, target="O"))
    fresh = move.before[of(node).key] == 0
    kept = move.after[of(node).highest] == (0 if fresh else move.before[of(node).highest])
    heard = move.after[of(node).home_agent] == "O"
    return answered and kept and heard and move.after[of(node).key] == 1


DATA_PATH = of_variants(
    Claim(
        "packets-numbered",
        "a home agent numbers its packets upward, under the key that it holds",
        ("RFC 4303 3.3.3",),
        when_fires(
            "forwards a packet",
            lambda _, node: (binding_at("O", node), binding_at("H", node)),
            _forwards,
            _forward_slots,
        ),
    ),
    Claim(
        "packets-checked",
        "the mobile node takes a packet only under its key and with a number that is newer",
        ("RFC 4303 3.4.3",),
        each_message(taken_by_node(Packet), _packet_taken, node_slots("key", "highest", "home_agent")),
    ),
    Claim(
        "standby-has-key",
        "what the standby sends after taking over is under a key that the mobile node has",
        ("RFC 6311 3",),
        each_node(node_slots("key"), _has_key, lambda _, move, node: bool(_from_standby(move, node))),
    ),
    Claim(
        "standby-counter-ahead",
        "what the standby sends first after taking over is not taken for a replay",
        ("RFC 6311 3",),
        each_node(node_slots("key", "highest", "home_agent"), _is_ahead, lambda *where: bool(_understood(*where))),
    ),
    Claim(
        "numbers-used-once",
        "no sequence number is used by two home agents under one key",
        ("RFC 6311 3", "RFC 4303 3.3.3"),
        each_node(_number_slots, _is_used_once),
        kind=Kind.ALWAYS,
    ),
    Claim(
        "rekeying-asked",
        "the active home agent asks for a new key once, and again only when nothing is under way",
        ("RFC 4306 2.8",),
        each_instance(
            lambda _, node: (binding_at("O", node),),
            lambda scenario, node, one: (*_state_of(one), *line(scenario, node, *_both(node, "O"))),
            _asks_rekeying,
            lambda _, move, __, one: any(fired(move.events, what, one) for what in ("rekeys", "retransmits")),
        ),
        lambda scenario: scenario.assumes("rekeying"),
    ),
    Claim(
        "rekeying-agreed",
        "when rekeying completes both ends have the new key, and numbers begin again",
        ("RFC 4306 2.8",),
        each_instance(
            lambda _, node: (binding_at("O", node),),
            lambda _, node, one: (of(node).key, *_state_of(one)),
            _agrees,
            _completes,
        ),
        lambda scenario: scenario.assumes("rekeying"),
    ),
    Claim(
        "rekeying-answered",
        "the mobile node installs a new key once, and answers each request",
        ("RFC 4306 2.8",),
        each_message(
            taken_by_node(CreateChildSaRequest), _answers_rekeying, node_slots("key", "highest", "home_agent")
        ),
        lambda scenario: scenario.assumes("rekeying"),
    ),
)
