"""When requests are repeated and given up: only once silence shows that nothing is under way any more."""

from __future__ import annotations

from collections.abc import Callable

from haboot.checker import Move, Value, sent
from haboot.model import (
    BindingUpdate,
    CreateChildSaRequest,
    DnsUpdate,
    HomeAgentSwitch,
    IkeAuthRequest,
    IkeSaInitRequest,
    agent_of,
    binding_of,
    of,
    own_of,
)
from haboot.properties.claims import Claim, Setting, assumes, is_idle, new_prefix
from haboot.properties.clauses import at, bindings_of, initiators_of, only_node, when_fires

REPEATED = {"init_sent": IkeSaInitRequest, "auth_sent": IkeAuthRequest, "child_sent": CreateChildSaRequest}


def _channels(scenario: Setting, node: str, instance: str) -> tuple[str, ...]:
    return tuple(scenario.between(agent_of(instance), node))


def _silent(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    return is_idle(move.before, scenario.between(agent_of(instance), node))


def _node_silent(scenario: Setting, move: Move, node: str, _: str) -> bool:
    agent = str(move.before[of(node).home_agent])
    return agent not in scenario.initiators or _silent(scenario, move, node, agent)


def _node_channels(scenario: Setting, node: str, _: str) -> tuple[str, ...]:
    return (of(node).home_agent, *(slot for agent in scenario.initiators for slot in _channels(scenario, node, agent)))


def _repeats(_: Setting, move: Move, node: str, instance: str) -> bool:
    wanted = REPEATED.get(str(move.before[of(instance).state]))
    return wanted is not None and bool(sent(move.events, wanted, source=agent_of(instance), target=node))


def _node_repeats(_: Setting, move: Move, node: str, __: str) -> bool:
    return bool(sent(move.events, BindingUpdate, source=node, target=str(move.before[of(node).home_agent])))


def _refreshes(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    return move.before[of(node).care_of] != "home" and _node_repeats(scenario, move, node, instance)


def _switch_until_bound(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    waiting = move.before[binding_of(instance).state] not in {"bound", "updating_dns"}
    target = "home link" if move.before["switch goes home"] else node
    again = bool(sent(move.events, HomeAgentSwitch, target=target))
    return waiting and again and _silent(scenario, move, node, instance)


def _dns_repeats(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    quiet = is_idle(move.before, dns_idle(scenario, node, instance))
    return quiet and bool(sent(move.events, DnsUpdate, target="DNS"))


def dns_idle(scenario: Setting, node: str, instance: str) -> dict[str, Value]:
    """The channels between a home agent and the DNS, each with what shows that nothing is under way."""
    return scenario.between(agent_of(instance), "DNS", node)


def _left_idle(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    return (
        move.before["gives exchanges up"] is True
        and _silent(scenario, move, node, instance)
        and move.after[of(instance).state] == "idle"
        and not move.after[of(instance).leased]
    )


def _own_repeats(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    wanted = REPEATED.get(str(move.before[of(instance).state]))
    quiet = _silent(scenario, move, node, "H")
    return quiet and wanted is not None and bool(sent(move.events, wanted, source=node, target="H"))


def tame(*names: str) -> Callable[[Setting], bool]:
    """Apply a claim where a message may stay unanswered and timers outlast a round trip."""
    return lambda scenario: scenario.assumes(*names) and not scenario.assumes("early-timers")


REPETITION: tuple[Claim, ...] = (
    Claim(
        "agent-repeats-when-silent",
        "an initiator repeats its request, and only when nothing is under way any more",
        ("RFC 4306 2.1",),
        when_fires(
            "retransmits",
            initiators_of,
            lambda *where: _repeats(*where) and _silent(*where),
            lambda scenario, node, one: (of(one).state, *_channels(scenario, node, one)),
        ),
        tame("loss", "unreachable", "movement"),
    ),
    Claim(
        "agent-gives-up-when-silent",
        "an initiator gives an exchange up only when nothing is under way any more",
        ("RFC 4306 2.4",),
        when_fires(
            "gives up",
            initiators_of,
            _left_idle,
            lambda scenario, node, one: (
                *("gives exchanges up", of(one).state, of(one).leased),
                *_channels(scenario, node, one),
            ),
        ),
        tame("loss", "unreachable"),
    ),
    Claim(
        "node-repeats-when-silent",
        "the mobile node repeats a binding update, and only when nothing is under way any more",
        ("RFC 3775 11.8",),
        when_fires(
            "retransmits", only_node, lambda *where: _node_repeats(*where) and _node_silent(*where), _node_channels
        ),
        tame("loss", "refresh"),
    ),
    Claim(
        "refresh-is-sent",
        "a mobile node that refreshes its binding sends a binding update to its home agent",
        ("RFC 3775 11.7.1",),
        when_fires(
            "refreshes its binding", only_node, _refreshes, lambda _, node, __: (of(node).home_agent, of(node).care_of)
        ),
        assumes("refresh"),
    ),
    Claim(
        "switch-repeated-until-bound",
        "a switch is repeated only until the mobile node registers",
        ("RFC 5142 5.2",),
        when_fires(
            "retransmits the switch",
            initiators_of,
            _switch_until_bound,
            lambda scenario, node, one: ("switch goes home", binding_of(one).state, *_channels(scenario, node, one)),
        ),
        lambda scenario: scenario.assumes("switch-retransmission") and tame("loss")(scenario),
    ),
    Claim(
        "dns-update-repeated-when-silent",
        "a DNS update is repeated, and only when nothing is under way any more",
        ("RFC 5026 6",),
        when_fires("retransmits the DNS update", bindings_of, _dns_repeats, lambda *where: tuple(dns_idle(*where))),
        lambda scenario: new_prefix(scenario) and tame("loss", "dns-down")(scenario),
    ),
    Claim(
        "own-bootstrap-repeats",
        "a mobile node repeats its own request, and only when nothing is under way any more",
        ("RFC 4306 2.1",),
        when_fires(
            "retransmits",
            at(own_of),
            _own_repeats,
            lambda scenario, node, one: (of(one).state, *_channels(scenario, node, "H")),
        ),
        lambda scenario: scenario.assumes("own-detection") and tame("loss")(scenario),
    ),
)
