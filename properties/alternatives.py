"""What the variants are judged by: whether they recover a mobile node at all, and the rules of RFC 5142 and RFC 5026.

The rules of synchronisation between home agents stand in ``synchronised``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from haboot.checker import Clause, Kind, Move, Received, Sent, View, accepted, fired, sent
from haboot.model import (
    BindingAck,
    BindingUpdate,
    HomeAgentSwitch,
    IkeSaInitRequest,
    acceptor_of,
    agent_of,
    binding_of,
    copy_at,
    detector_at,
    of,
    own_of,
    responder_at,
    search_of,
    session_at,
)
from haboot.model.variants import HomeAgentAnswer, HomeAgentQuery
from haboot.properties.claims import Claim, Setting, is_idle, is_served, of_variants, serving_slots
from haboot.properties.clauses import at, each_message, each_node, node_slots, only_node, when_fires
from haboot.properties.redirected import REDIRECTED
from haboot.properties.steps import heard, said
from haboot.properties.synchronised import SYNCHRONISED


def is_recovered(view: View, scenario: Setting, node: str) -> bool:
    """Whether a mobile node is served by another home agent than the original one."""
    return is_served(view, scenario, node) and view[of(node).home_agent] != "O"


def _waits_for_itself(scenario: Setting, view: View, node: str) -> bool:
    idle = view[session_at("H", node).state] == view[own_of(node).state] == "idle"
    return idle and not is_recovered(view, scenario, node)


def senders(scenario: Setting, node: str) -> tuple[str, ...]:
    """Instances that send a mobile node a switch as RFC 5142 has it."""
    return tuple(
        session_at(agent, node) for agent in scenario.agents if session_at(agent, node).state in scenario.first
    )


def _association_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    """Slots that tell whether a home agent has an association with a mobile node, and whether it knows it."""
    names = (
        *(responder_at(node, agent).selector for agent in scenario.agents),
        acceptor_of(node).state,
        own_of(node).selector,
        copy_at("H", node).state,
    )
    return tuple(name for name in names if name in scenario.first)


def _is_associated(scenario: Setting, view: View, node: str, agent: str) -> bool:
    known = {name: view[name] for name in _association_slots(scenario, node)}
    by_itself = agent == "H" and known.get(acceptor_of(node).state) == "established"
    return bool(known.get(responder_at(node, agent).selector)) or by_itself


def _sent_rightly(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    agent = agent_of(instance)
    switches = said(move, HomeAgentSwitch, source=agent, target=node)
    reason = agent == "O" or move.before[detector_at("H").state] == "suspecting"
    copy = copy_at("H", node).state
    known = copy not in scenario.first or move.before[copy] == "copied"
    plain = bool(switches) and all(not m.bootstrap for m in switches)
    return plain and reason and known and _is_associated(scenario, move.before, node, agent)


def _sent_rightly_reads(scenario: Setting, node: str, _: str) -> tuple[str, ...]:
    return (detector_at("H").state, *_association_slots(scenario, node))


def _repeated(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    agent = agent_of(instance)
    bound = move.before[binding_of(instance).state] in {"bound", "updating_dns"}
    again = bool(sent(move.events, HomeAgentSwitch, source=agent, target=node))
    return again and bound == (agent == "O") and is_idle(move.before, scenario.between(agent, node))


def _listed(one: Sent | Received) -> str:
    return one.message.addresses[0] if isinstance(one.message, HomeAgentSwitch) else ""


def _news(_: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    settled = move.before[of(node).state] in {"bound", "refreshing", "unserved"}
    taken = accepted(move.events, HomeAgentSwitch, target=node)
    return [one for one in taken if settled and _listed(one) != move.before[of(node).home_agent]]


def _leaves(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    home = str(move.before[of(node).home_agent])
    ends = any(m.deregister for m in said(move, BindingUpdate, source=node, target=home))
    must = move.before[of(node).deregisters] is True
    wanted = "deregistering" if must else "moving"
    return ends == must and move.after[of(node).state] == wanted and move.after[of(node).next] == _listed(one)


def _leaving_slots(_: Setting, node: str) -> tuple[str, ...]:
    return tuple(of(node).slot(part) for part in ("state", "home_agent", "next", "deregisters"))


def _registers_there(scenario: Setting, move: Move, node: str, _: str) -> bool:
    chosen = str(move.before[of(node).next])
    updates = said(move, BindingUpdate, source=node, target=chosen)
    selectors = (responder_at(node, chosen).selector, own_of(node).selector)
    covered = any(move.before[name] for name in selectors if name in _association_slots(scenario, node))
    protected = bool(updates) and all(m.sa == chosen for m in updates)
    return protected and covered and move.after[of(node).home_agent] == chosen


def _insists(_: Setting, move: Move, node: str) -> bool:
    own = fired(move.events, "retransmits", node) or fired(move.events, "gives up the old home agent", node)
    return bool(own) and move.before[of(node).state] == "deregistering"


def _patiently(scenario: Setting, move: Move, node: str) -> bool:
    agent = str(move.before[of(node).home_agent])
    again = any(m.deregister for m in said(move, BindingUpdate, source=node, target=agent))
    given_up = bool(fired(move.events, "gives up the old home agent", node))
    return again != given_up and is_idle(move.before, scenario.between(agent, node))


def _parting_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    channels = (slot for agent in scenario.agents for slot in scenario.between(agent, node))
    return (of(node).state, of(node).home_agent, *channels)


def _parts(_: Setting, move: Move, node: str) -> bool:
    left = move.before[of(node).state] == "deregistering" and move.after[of(node).state] == "moving"
    return left and not fired(move.events, "gives up the old home agent", node)


def _acknowledged(_: Setting, move: Move, node: str) -> bool:
    home = move.before[of(node).home_agent]
    answers = heard(move, BindingAck, target=node)
    return any(m.sender == m.sa == home and (m.deregistered or m.status == 133) for m in answers)


def _searches(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    asks = bool(sent(move.events, HomeAgentQuery, source=node, target="DNS"))
    if move.before[of(instance).state] == "asked":
        return asks and is_idle(move.before, scenario.between(node, "DNS"))
    return asks and move.before[of("O").state] == "failed" and move.before[of(node).home_agent] == "O"


def _searching(trigger: str) -> Callable[[Setting], Iterator[Clause]]:
    return when_fires(
        trigger,
        at(search_of),
        _searches,
        lambda scenario, node, one: (of("O").state, of(node).home_agent, of(one).state, *scenario.between(node, "DNS")),
    )


def _query_answered(_: Setting, move: Move, node: str, __: Sent | Received) -> bool:
    return bool(sent(move.events, HomeAgentAnswer, source="DNS", target=node))


def _bootstraps_when_told(_: Setting, move: Move, node: str, __: str) -> bool:
    told = move.before[of(node).state] == "moving"
    return told and bool(sent(move.events, IkeSaInitRequest, source=node, target="H"))


def _bootstraps_when_found(_: Setting, move: Move, node: str, __: str) -> bool:
    found = move.before[search_of(node).state] == "found" or move.before[of(node).state] == "moving"
    return found and bool(sent(move.events, IkeSaInitRequest, source=node, target="H"))


RULES = of_variants(
    Claim(
        "circular-dependency",
        "notification waits for an association, that for a bootstrap, and that for the notification: none ever happens",
        ("R4",),
        each_node(
            lambda scenario, node: (*serving_slots(scenario, node), session_at("H", node).state, own_of(node).state),
            _waits_for_itself,
        ),
        lambda scenario: not scenario.assumes("own-detection"),
        kind=Kind.ALWAYS,
    ),
    Claim(
        "switch-sent-rightly",
        "a switch is sent with B=0, for a reason, under an association, to a mobile node that is known",
        ("RFC 5142 5.1",),
        when_fires("sends the switch", senders, _sent_rightly, _sent_rightly_reads),
    ),
    Claim(
        "switch-repeated-until-answered",
        "a switch is repeated only until it is answered, and when nothing is under way",
        ("RFC 5142 5.2",),
        when_fires(
            "retransmits until answered",
            senders,
            _repeated,
            lambda scenario, node, one: (binding_of(one).state, *scenario.between(agent_of(one), node)),
        ),
        lambda scenario: scenario.assumes("loss", "unreachable", "no-switch-support"),
    ),
    Claim(
        "old-agent-left-first",
        "a mobile node told to move de-registers first, unless it lets the new registration answer",
        ("RFC 5142 6.1",),
        each_message(_news, _leaves, _leaving_slots),
        lambda scenario: not scenario.assumes("no-switch-support"),
    ),
    Claim(
        "registers-under-association",
        "a mobile node told to move registers where it was told, under an association",
        ("RFC 5142 6.2",),
        when_fires(
            "registers there",
            only_node,
            _registers_there,
            lambda scenario, node, _: (of(node).next, of(node).home_agent, *_association_slots(scenario, node)),
        ),
    ),
    Claim(
        "deregistration-insisted-on",
        "a de-registration is repeated or given up only when nothing is under way",
        ("RFC 3775 11.8",),
        each_node(_parting_slots, _patiently, _insists),
    ),
    Claim(
        "deregistration-acknowledged",
        "a mobile node goes on only when the home agent that it leaves has acknowledged, or was given up",
        ("RFC 3775 11.7.3",),
        each_node(node_slots("state", "home_agent"), _acknowledged, _parts),
    ),
    Claim(
        "search-when-dead",
        "a mobile node asks the DNS for another home agent only when its own is dead",
        ("RFC 5026 5.1",),
        _searching("finds its home agent dead"),
        lambda scenario: scenario.assumes("own-detection"),
    ),
    Claim(
        "search-repeated-when-silent",
        "a mobile node repeats its question to the DNS only when nothing is under way",
        ("RFC 5026 5.1",),
        _searching("retransmits"),
        lambda scenario: scenario.assumes("own-detection") and scenario.assumes("loss", "dns-down"),
    ),
    Claim(
        "search-answered",
        "the DNS answers each question for a home agent",
        ("RFC 5026 5.1",),
        each_message(lambda _, move, node: list(accepted(move.events, HomeAgentQuery, source=node)), _query_answered),
        lambda scenario: scenario.assumes("own-detection"),
    ),
    Claim(
        "bootstrap-when-found",
        "a mobile node starts a bootstrap with a home agent that it has found or was told of",
        ("RFC 5026 5.1",),
        when_fires(
            "detects the failure itself",
            at(own_of),
            _bootstraps_when_found,
            lambda _, node, __: (search_of(node).state, of(node).state),
        ),
        lambda scenario: scenario.assumes("own-detection"),
    ),
    Claim(
        "bootstrap-when-told",
        "a mobile node starts a bootstrap when the home agent that it leaves has told it to",
        ("RFC 5142 6.2",),
        when_fires(
            "detects the failure itself", at(own_of), _bootstraps_when_told, lambda _, node, __: (of(node).state,)
        ),
        lambda scenario: not scenario.assumes("no-switch-support"),
    ),
    *SYNCHRONISED,
    *REDIRECTED,
)
ALTERNATIVES: tuple[Claim, ...] = (
    Claim(
        "recovered",
        "a mobile node is served by another home agent than the original one",
        ("R30",),
        each_node(serving_slots, lambda scenario, view, node: is_recovered(view, scenario, node)),
        kind=Kind.SOMETIMES,
    ),
    *RULES,
)
