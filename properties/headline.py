"""The three headline invariants, stated for the events at which they bite.

A refresh that was under way when the switch arrived is no breach of the first; the second asks for the association's
peer, the sender and the listed address to be one; the third speaks of each bootstrap that is complete.
"""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Clause, Kind, Move, Received, Sent, View, sent
from haboot.model import BindingUpdate, HomeAgentSwitch, of, responder_at
from haboot.properties.claims import Claim, Setting, own_slots
from haboot.properties.clauses import each_message, each_node, node_slots, responder_slots, taken_by_node
from haboot.properties.steps import heard


def told_to_leave(move: Move, node: str) -> list[HomeAgentSwitch]:
    """Return the switches with B=1 to another home agent than the current one that a mobile node takes in a step."""
    taken = heard(move, HomeAgentSwitch, target=node)
    now = move.before[of(node).home_agent]
    elsewhere = [m for m in taken if m.bootstrap and m.addresses[:1] != (now,)]
    return elsewhere if now != "none" else []


def _is_told(_: Setting, move: Move, node: str) -> bool:
    return bool(move.before[of(node).left] or told_to_leave(move, node))


def _keeps_silent(_: Setting, move: Move, node: str) -> bool:
    banned = {move.after[of(node).left]}
    banned |= {move.before[of(node).home_agent]} if told_to_leave(move, node) else set()
    return all(one.target not in banned for one in sent(move.events, BindingUpdate, source=node))


def _covering_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    parts = responder_slots("state", "assigned", "selector")(scenario, node)
    return (of(node).home_address, *parts, *own_slots(scenario, node))


def _is_covered(scenario: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    switch, view = one.message, move.before
    if not isinstance(switch, HomeAgentSwitch) or switch.sa != switch.sender:
        return False
    stem = responder_at(node, switch.sender)
    own = own_slots(scenario, node) if switch.sender == "H" else ()
    pushed = view[of(stem).selector]
    return pushed in {view[of(stem).assigned] or view[of(node).home_address]} or any(view[slot] for slot in own)


def _address_iff_differ(scenario: Setting) -> Iterator[Clause]:
    """One clause for each bootstrap that a home agent or the mobile node may complete."""
    for node in scenario.nodes:
        for agent in scenario.initiators:
            association = responder_at(node, agent)
            slots = (association.selector, association.assigned)
            yield _assigns_iff_differ(node, agent, slots, ("different",), f"{node}, {agent}")
        for selector in own_slots(scenario, node):
            asked = ("different", "overlapping")  # it asks unless its own address is served for certain
            yield _assigns_iff_differ(node, "H", (selector, selector), asked, f"{node}, H, started by {node}")


def _assigns_iff_differ(node: str, agent: str, slots: tuple[str, str], due: tuple[str, ...], about: str) -> Clause:
    """Of a bootstrap with a home agent, complete when the mobile node is bound there under its association.

    ``slots`` hold the association's selector and the address assigned, which is ``due`` where prefixes are so.
    """
    selector, assigned = slots
    state, home = of(node).state, of(node).home_agent

    def complete(view: View) -> bool:
        return view[state] == "bound" and view[home] == agent and bool(view[selector])

    def as_due(view: View) -> bool:
        return (view[assigned] not in {"", "old"}) == (view["prefixes"] in due)

    reads = tuple(dict.fromkeys(("prefixes", state, home, selector, assigned)))
    return Clause(reads, as_due, complete, about)


HEADLINE: tuple[Claim, ...] = (
    Claim(
        "no-update-to-left-agent",
        "once a switch with B=1 was accepted, no binding update is sent to the home agent left",
        ("R17", "R18"),
        each_node(node_slots("home_agent", "left"), _keeps_silent, _is_told),
    ),
    Claim(
        "switch-only-under-association",
        "a switch is accepted only under an association whose peer is its sender",
        ("R1", "R20"),
        each_message(taken_by_node(HomeAgentSwitch), _is_covered, _covering_slots),
    ),
    Claim(
        "address-iff-prefixes-differ",
        "in a completed bootstrap a home address was assigned if and only if the prefixes differ",
        ("R22", "R23", "R28"),
        _address_iff_differ,
        kind=Kind.ALWAYS,
    ),
)
