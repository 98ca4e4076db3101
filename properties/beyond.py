"""What a protocol designer expects beyond the draft's sentences: safety, recoverability and liveness.

Fairness is promised to the protocol's own steps alone: reception strongly (a network that loses messages delivers one
in the end), the start of an exchange strongly (slots come and go), timers strongly (silence comes and goes), suspicion
weakly. The environment promises nothing.
"""

from __future__ import annotations

from haboot.checker import Fairness, Kind, Move, View
from haboot.model import agent_of, binding_at, binding_of, detector_at, dns_of, link_of, of, session_at
from haboot.model.amendments import chosen
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
from haboot.properties.clauses import Clauses, each_instance, each_node, initiators_of, node_slots
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


def protocol_fairness(scenario: Setting, actions: tuple[str, ...]) -> tuple[Fairness, ...]:
    """Promise fairness to each step that the protocol itself takes."""
    own = [name for name in actions if " receives a copy of " not in name and not name.startswith(ADVERSARIES)]
    strong = [Fairness(name, frozenset({name}), strong=True) for name in own if any(part in name for part in STRONG)]
    prompt = tuple(f" {trigger}" for one in chosen(scenario.amendments) for trigger in one.prompt)
    strong += [Fairness(name, frozenset({name}), strong=True) for name in own if name.endswith(prompt)]
    weak = [Fairness(name, frozenset({name})) for name in own if name.endswith(WEAK)]
    return (*strong, *weak)


def _is_single(scenario: Setting, view: View, node: str) -> bool:
    addresses = ((agent, view[binding_at(agent, node).home_address]) for agent in scenario.agents)
    live = [address for agent, address in addresses if holds_binding(view, agent, node, address)]
    return len(live) == len(set(live))


def _binding_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    """Slots that tell whether a mobile node is served, but for its own."""
    return tuple(slot for slot in serving_slots(scenario, node) if not slot.startswith(node))


def _believes(scenario: Setting, view: View, node: str) -> bool:
    agent = view[of(node).home_agent]
    if scenario.assumes("at-home") and view[of(node).care_of] == "home":
        return False  # there it needs no binding
    return view[of(node).state] == "bound" and agent in scenario.agents and view[of(agent).state] == "serving"


def _is_held(_: Setting, view: View, node: str) -> bool:
    """Whether the home agent that a mobile node believes in has its binding."""
    return holds_binding(view, str(view[of(node).home_agent]), node, view[of(node).home_address])


def _is_in_use(scenario: Setting, view: View, node: str, session: str) -> bool:
    associated = view[of(session).state] in {*EXCHANGE, "notified"}  # its IKE association lives on
    kept = any(view[slot] for slot in _kept_slots(scenario, session))
    live = associated or kept or view[binding_of(session).state] in {"bound", "updating_dns"}
    mine = view[of(node).home_agent] == agent_of(session)
    switching = mine and view[of(node).state] in {"switching", "refreshing"}
    return live or switching or not is_idle(view, scenario.between(agent_of(session), node))


def _kept_slots(scenario: Setting, session: str) -> tuple[str, ...]:
    """The slot that says that an association outlasts its exchange, where an amendment lets it."""
    return tuple(slot for slot in (of(session).associated,) if slot in scenario.first)


def _lease_slots(scenario: Setting, node: str, session: str) -> tuple[str, ...]:
    mine = (of(session).state, of(session).leased, binding_of(session).state, *_kept_slots(scenario, session))
    return (*mine, *scenario.between(agent_of(session), node), of(node).state, of(node).home_agent)


def _assigned(scenario: Setting, view: View, node: str) -> int:
    return sum(view[slot] not in {"", "old"} for slot in assigned_slots(scenario, node))


def _points_to_binding(scenario: Setting, view: View, node: str) -> bool:
    return any(holds_binding(view, agent, node, view[dns_of(node).record]) for agent in scenario.agents)


def _dns_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    return (dns_of(node).record, *_binding_slots(scenario, node))


def _is_served_elsewhere(scenario: Setting, view: View, node: str) -> bool:
    return view[of(node).state] == "bound" and view[of(node).home_agent] != "O" and is_served(view, scenario, node)


def _told_to_leave(scenario: Setting, move: Move, node: str) -> bool:
    return bool(told_to_leave(move, node)) and move.before[of(node).home_agent] in scenario.agents


def _may_act(_: Setting, view: View, node: str) -> bool:
    """A mobile node that was told to leave owes an update."""
    return not (view[of(node).state] == "unserved" and view[of(node).home_agent] == "none")


def _is_lost(scenario: Setting, view: View, node: str) -> bool:
    """Whether a mobile node is in reach and not served, and an honest initiator could help."""
    unserved = view[link_of(node).state] == "up" and not is_settled(view, scenario, node)
    return unserved and any_helper(view, scenario)


def _leads_to_service(*, serving: bool) -> Clauses:
    """A mobile node lost while O serves, or while it does not, is served in the end, whatever O does meanwhile."""
    return each_node(
        lambda scenario, node: (of("O").state, *_lost_slots(scenario, node)),
        lambda scenario, view, node: not _is_lost(scenario, view, node),
        lambda scenario, view, node: (view[of("O").state] == "serving") == serving and _is_lost(scenario, view, node),
    )


def _lost_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    return (link_of(node).state, *settled_slots(scenario, node))


def _is_at_rest(scenario: Setting, view: View, node: str) -> bool:
    return is_settled(view, scenario, node) or view[link_of(node).state] == "down"


def _flips(_: Setting, move: Move, node: str) -> bool:
    homes = (move.before[of(node).home_agent], move.after[of(node).home_agent])
    return homes[0] != homes[1] and "none" not in homes


def _honest_sessions(scenario: Setting, node: str) -> tuple[str, ...]:
    return tuple(session_at(agent, node) for agent in honest(scenario))


def _waits(_: Setting, view: View, __: str, session: str) -> bool:
    agent = agent_of(session)
    suspects = view[detector_at(agent).state] == "suspecting"
    return suspects and view[of(session).state] == "idle" and bool(view[of(agent).state] == "serving")


BEYOND: tuple[Claim, ...] = (
    Claim(
        "one-live-registration",
        "a home address is registered at one live home agent at most",
        ("RFC 3775 10.3.1",),
        each_node(_binding_slots, _is_single),
        kind=Kind.ALWAYS,
    ),
    Claim(
        "agreement",
        "a mobile node that believes to be bound at a live home agent is bound there",
        ("R29",),
        each_node(serving_slots, _is_held, _believes),
        kind=Kind.ALWAYS,
    ),
    Claim(
        "leases-bounded",
        "a leased address has an IKEv2 association or a binding",
        ("R26",),
        each_instance(
            initiators_of, _lease_slots, _is_in_use, lambda _, view, __, session: bool(view[of(session).leased])
        ),
        new_prefix,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "one-address-assigned",
        "a mobile node is assigned one home address at most",
        ("R23", "R26"),
        each_node(assigned_slots, lambda *where: _assigned(*where) == 1, lambda *where: _assigned(*where) > 0),
        new_prefix,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "dns-points-to-binding",
        "an updated DNS record points to an address with a live binding",
        ("R29",),
        each_node(_dns_slots, _points_to_binding, lambda _, view, node: view[dns_of(node).record] not in {"old", ""}),
        new_prefix,
        kind=Kind.ALWAYS,
    ),
    Claim(
        "dns-current",
        "the DNS record of a mobile node served by an initiator is its home address",
        ("R29",),
        each_node(
            lambda scenario, node: (dns_of(node).record, *serving_slots(scenario, node)),
            lambda _, view, node: view[dns_of(node).record] == view[of(node).home_address],
            _is_served_elsewhere,
        ),
        kind=Kind.ALWAYS,
    ),
    Claim(
        "healthy-agent-not-abandoned",
        "no mobile node is told to leave a home agent that serves it",
        ("R5",),
        each_node(
            serving_slots, lambda scenario, move, node: not _is_held(scenario, move.before, node), _told_to_leave
        ),
    ),
    Claim(
        "obligations-possible",
        "where the draft obliges someone to act, it permits some such act",
        ("R19", "R20"),
        each_node(
            node_slots("state", "home_agent", "left"),
            _may_act,
            lambda _, view, node: view[of(node).left] not in {"", "none"},
        ),
        kind=Kind.ALWAYS,
    ),
    Claim(
        "recovery-possible",
        "from every state each reachable mobile node can still be served",
        ("R30", "R32"),
        each_node(_lost_slots, _is_at_rest),
        kind=Kind.RECOVERABLE,
    ),
    Claim(
        "every-node-recovers",
        "every reachable mobile node of a failed home agent is recovered",
        ("R30", "R32"),
        _leads_to_service(serving=False),
        fairness=protocol_fairness,
        kind=Kind.LEADS_TO,
    ),
    Claim(
        "no-node-left-unserved",
        "a mobile node of a live home agent never becomes unserved for good",
        ("R30",),
        _leads_to_service(serving=True),
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
        each_node(node_slots("home_agent"), _flips),
        fairness=protocol_fairness,
        kind=Kind.FINITELY_OFTEN,
    ),
    Claim(
        "waiting-node-gets-slot",
        "each waiting mobile node gets a slot",
        ("R32",),
        each_instance(
            _honest_sessions,
            lambda _, __, one: (of(one).state, detector_at(agent_of(one)).state, of(agent_of(one)).state),
            lambda _, view, __, one: view[of(one).state] != "idle" or view[of(agent_of(one)).state] == "failed",
            _waits,
        ),
        fairness=protocol_fairness,
        kind=Kind.LEADS_TO,
    ),
    Claim(
        "slot-given-back",
        "every slot taken is given back",
        ("R31",),
        each_instance(
            _honest_sessions,
            lambda _, __, one: (of(one).state, of(agent_of(one)).state),
            lambda _, view, __, one: view[of(one).state] not in EXCHANGE or view[of(agent_of(one)).state] == "failed",
            lambda _, view, __, one: view[of(one).state] in EXCHANGE,
        ),
        fairness=protocol_fairness,
        kind=Kind.LEADS_TO,
    ),
)
