"""What a protocol designer expects beyond the draft's sentences: safety, recoverability and liveness.

Fairness is promised to the protocol's own steps alone: reception strongly (a network that loses messages delivers one
in the end), the start of an exchange strongly (slots come and go), timers strongly (silence comes and goes), suspicion
weakly. The environment promises nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from haboot.checker import Clause, Fairness, Kind, Move, Value, View
from haboot.model import binding_at, binding_of, detector_at, dns_of, link_of, of, session_at
from haboot.properties.claims import (
    EXCHANGE,
    Claim,
    Setting,
    any_helper,
    assigned_slots,
    holds_binding,
    honest,
    is_idle,
    is_served,
    is_settled,
    new_prefix,
    serving_slots,
    settled_slots,
)
from haboot.properties.clauses import Clauses
from haboot.properties.headline import told_to_leave

STRONG = (" receives ", " starts IKE", " retransmits", " gives up", " forwards a packet", " bootstraps anew")
WEAK = (
    " suspects the failed home agent",
    " registers by itself",
    " detects the failure itself",
    " registers anew",
    " finds its home agent dead",
    " sends the switch",
    " registers there",
    " synchronises",
    " takes over",
)
ADVERSARIES = ("forger.", "replayer.", "M.")


def protocol_fairness(_: Setting, actions: tuple[str, ...]) -> tuple[Fairness, ...]:
    """Promise fairness to each step that the protocol itself takes."""
    own = [name for name in actions if " receives a copy of " not in name and not name.startswith(ADVERSARIES)]
    strong = [Fairness(name, frozenset({name}), strong=True) for name in own if any(part in name for part in STRONG)]
    weak = [Fairness(name, frozenset({name})) for name in own if name.endswith(WEAK)]
    return (*strong, *weak)


def _one_live_registration(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        slots = tuple(dict.fromkeys((*serving_slots(scenario, node),)))
        bindings = tuple(slot for slot in slots if not slot.startswith(node))

        def single(view: View, node: str = node) -> bool:
            live = [
                view[binding_at(agent, node).home_address]
                for agent in scenario.agents
                if holds_binding(view, agent, node, view[binding_at(agent, node).home_address])
            ]
            return len(live) == len(set(live))

        yield Clause(bindings, single, about=node)


def _agreement(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        slots = serving_slots(scenario, node)

        def believes(view: View, node: str = node) -> bool:
            agent = view[of(node).home_agent]
            if scenario.assumes("at-home") and view[of(node).care_of] == "home":
                return False  # there it needs no binding
            return view[of(node).state] == "bound" and agent in scenario.agents and view[of(agent).state] == "serving"

        def agrees(view: View, node: str = node) -> bool:
            return holds_binding(view, str(view[of(node).home_agent]), node, view[of(node).home_address])

        yield Clause(slots, agrees, believes, node)


def _leases_bounded(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        for agent in scenario.initiators:
            session, binding = session_at(agent, node), binding_at(agent, node)
            idle = scenario.between(agent, node)
            mine = (of(node).state, of(node).home_agent)
            reads = (of(session).state, of(session).leased, of(binding).state, *idle, *mine)

            def in_use(
                view: View,
                session: str = session,
                idle: Mapping[str, Value] = idle,
                mine: tuple[str, str] = mine,
                agent: str = agent,
            ) -> bool:
                binding = binding_of(session).state
                associated = view[of(session).state] in {*EXCHANGE, "notified"}  # its IKE association lives on
                live = associated or view[binding] in {"bound", "updating_dns"}
                switching = view[mine[0]] in {"switching", "refreshing"} and view[mine[1]] == agent
                return live or switching or not is_idle(view, idle)

            yield Clause(reads, in_use, lambda view, session=session: bool(view[of(session).leased]), session)


def _one_address_assigned(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        slots = assigned_slots(scenario, node)

        def assigned(view: View, slots: tuple[str, ...] = slots) -> int:
            return sum(view[slot] not in {"", "old"} for slot in slots)

        yield Clause(
            slots,
            lambda view, assigned=assigned: assigned(view) == 1,
            lambda view, assigned=assigned: assigned(view) > 0,
            node,
        )


def _dns_live(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        record = dns_of(node).record
        slots = tuple(slot for slot in serving_slots(scenario, node) if not slot.startswith(node))
        yield Clause(
            (record, *slots),
            lambda view, node=node, record=record: any(
                holds_binding(view, agent, node, view[record]) for agent in scenario.agents
            ),
            lambda view, record=record: view[record] not in {"old", ""},
            node,
        )


def _dns_current(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        record, address = dns_of(node).record, of(node).home_address
        yield Clause(
            (record, *serving_slots(scenario, node)),
            lambda view, record=record, address=address: view[record] == view[address],
            lambda view, node=node: (
                view[of(node).state] == "bound" and view[of(node).home_agent] != "O" and is_served(view, scenario, node)
            ),
            node,
        )


def _healthy_not_abandoned(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        slots = serving_slots(scenario, node)

        def told(move: Move, node: str = node) -> bool:
            return bool(told_to_leave(move, node)) and move.before[of(node).home_agent] in scenario.agents

        def was_lost(move: Move, node: str = node) -> bool:
            view = move.before
            return not holds_binding(view, str(view[of(node).home_agent]), node, view[of(node).home_address])

        yield Clause(slots, was_lost, told, node)


def _obligations(scenario: Setting) -> Iterator[Clause]:
    """A mobile node that was told to leave owes an update."""
    for node in scenario.nodes:
        state, home, left = (of(node).slot(part) for part in ("state", "home_agent", "left"))
        yield Clause(
            (state, home, left),
            lambda view, state=state, home=home: not (view[state] == "unserved" and view[home] == "none"),
            lambda view, left=left: view[left] not in {"", "none"},
            node,
        )


def _is_lost(scenario: Setting, view: View, node: str) -> bool:
    """Whether a mobile node is in reach and not served, and an honest initiator could help."""
    unserved = view[link_of(node).state] == "up" and not is_settled(view, scenario, node)
    return unserved and any_helper(view, scenario)


def _leads_to_service(original: str) -> Clauses:
    """A mobile node lost while O is in a state is served in the end, whatever O does meanwhile."""

    def clauses(scenario: Setting) -> Iterator[Clause]:
        for node in scenario.nodes:
            reads = (link_of(node).state, *settled_slots(scenario, node))
            yield Clause(
                tuple(dict.fromkeys((of("O").state, *reads))),
                lambda view, node=node: not _is_lost(scenario, view, node),
                lambda view, node=node: view[of("O").state] == original and _is_lost(scenario, view, node),
                node,
            )

    return clauses


def _recovery_possible(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        reads = tuple(dict.fromkeys((link_of(node).state, *settled_slots(scenario, node))))
        yield Clause(
            reads,
            lambda view, node=node: is_settled(view, scenario, node) or view[link_of(node).state] == "down",
            about=node,
        )


def _flips(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        home = of(node).home_agent

        def flips(move: Move, home: str = home) -> bool:
            return move.before[home] != move.after[home] and "none" not in {move.before[home], move.after[home]}

        yield Clause((home,), flips, about=node)


def _waiting_gets_slot(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        for agent in honest(scenario):
            session, detector, up = session_at(agent, node).state, detector_at(agent).state, of(agent).state
            yield Clause(
                (session, detector, up),
                lambda view, session=session, up=up: view[session] != "idle" or view[up] == "failed",
                lambda view, session=session, detector=detector, up=up: (
                    view[session] == "idle" and view[detector] == "suspecting" and view[up] == "serving"
                ),
                session_at(agent, node),
            )


def _slot_given_back(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        for agent in honest(scenario):
            session, up = session_at(agent, node).state, of(agent).state
            yield Clause(
                (session, up),
                lambda view, session=session, up=up: view[session] not in EXCHANGE or view[up] == "failed",
                lambda view, session=session: view[session] in EXCHANGE,
                session_at(agent, node),
            )


BEYOND: tuple[Claim, ...] = (
    Claim(
        "one-live-registration",
        "a home address is registered at one live home agent at most",
        ("RFC 3775 10.3.1",),
        _one_live_registration,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "agreement",
        "a mobile node that believes to be bound at a live home agent is bound there",
        ("R29",),
        _agreement,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "leases-bounded",
        "a leased address has an IKEv2 association or a binding",
        ("R26",),
        _leases_bounded,
        new_prefix,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "one-address-assigned",
        "a mobile node is assigned one home address at most",
        ("R23", "R26"),
        _one_address_assigned,
        new_prefix,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "dns-points-to-binding",
        "an updated DNS record points to an address with a live binding",
        ("R29",),
        _dns_live,
        new_prefix,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "dns-current",
        "the DNS record of a mobile node served by an initiator is its home address",
        ("R29",),
        _dns_current,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "healthy-agent-not-abandoned",
        "no mobile node is told to leave a home agent that serves it",
        ("R5",),
        _healthy_not_abandoned,
    ),
    Claim(
        "obligations-possible",
        "where the draft obliges someone to act, it permits some such act",
        ("R19", "R20"),
        _obligations,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "recovery-possible",
        "from every state each reachable mobile node can still be served",
        ("R30", "R32"),
        _recovery_possible,
        kind=Kind.RECOVERABLE,
    ),
    Claim(
        "every-node-recovers",
        "every reachable mobile node of a failed home agent is recovered",
        ("R30", "R32"),
        _leads_to_service("failed"),
        fairness=protocol_fairness,
        kind=Kind.LEADS_TO,
    ),
    Claim(
        "no-node-left-unserved",
        "a mobile node of a live home agent never becomes unserved for good",
        ("R30",),
        _leads_to_service("serving"),
        lambda scenario: scenario.assumes(
            "false-suspicion", "malicious-agent", "planned-switch", "return-kept", "return-lost"
        ),
        fairness=protocol_fairness,
        kind=Kind.LEADS_TO,
    ),
    Claim(
        "no-endless-flip",
        "a mobile node changes its home agent finitely often",
        ("R19",),
        _flips,
        fairness=protocol_fairness,
        kind=Kind.FINITELY_OFTEN,
    ),
    Claim(
        "waiting-node-gets-slot",
        "each waiting mobile node gets a slot",
        ("R32",),
        _waiting_gets_slot,
        fairness=protocol_fairness,
        kind=Kind.LEADS_TO,
    ),
    Claim(
        "slot-given-back",
        "every slot taken is given back",
        ("R31",),
        _slot_given_back,
        fairness=protocol_fairness,
        kind=Kind.LEADS_TO,
    ),
)
