"""What the variants that follow RFC 5142 share: the mobile node, and the home agent that sends a switch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from haboot.checker import Input, Instance, Participant, Silence
from haboot.model.failed_agent import RETIRING_AGENT
from haboot.model.home_agent_switch import SENDER, SWITCHED_NODE
from haboot.model.observations import constant, mirrors, shows, stale
from haboot.model.parts import acceptor_of, detector_at, of, session_at
from haboot.model.wiring import Wiring

NETWORK: tuple[str, ...] = ("loss", "duplication", "reordering")
FAILURES: tuple[str, ...] = ("crash", "return-kept", "return-lost")
NODES: tuple[str, ...] = ("refresh", "unreachable", "movement", "no-switch-support", "expiry")
PARTICIPANTS: tuple[Participant, ...] = (SWITCHED_NODE, SENDER)
CLAIMS: tuple[str, ...] = ("only-protected-signalling", "updates-answered", "updates-recorded", "move-is-told")
OF_SWITCHES: tuple[str, ...] = (
    "switch-sent-rightly",
    "switch-repeated-until-answered",
    "old-agent-left-first",
    "registers-under-association",
)


def node_of(wiring: Wiring, node: str, associated: tuple[str, ...], *, own: bool = False) -> Instance:
    """A mobile node that follows RFC 5142."""
    wiring.fact(of(node).deregisters, (True,), ("no-deregistration", False), host=node)
    more: dict[str, Input | Silence] = {"deregisters": mirrors(of(node).deregisters)}
    return wiring.mobile_node(node, SWITCHED_NODE, associated, own=own, more=more)


def bootstrapping(wiring: Wiring, node: str) -> Iterator[Instance]:
    """A mobile node associated with O alone, which can bootstrap with H by itself, and what serves it at both."""
    yield node_of(wiring, node, ("O",), own=True)
    yield from around(wiring, node)


def around(wiring: Wiring, node: str) -> Iterator[Instance]:
    """What serves a mobile node that is associated with O, and with H once it has bootstrapped there by itself."""
    yield wiring.link(node)
    yield wiring.responder(node, "O")
    yield wiring.binding(node, "O")
    yield wiring.binding(node, "H", {acceptor_of(node).state: "established"})
    yield wiring.dns(node)


def associated(wiring: Wiring, node: str, *, one_link: bool = True) -> Iterator[Instance]:
    """A mobile node with an association with O and H, and what serves it at both."""
    yield node_of(wiring, node, ("O", "H"))
    yield wiring.link(node)
    for agent in ("O", "H"):
        yield wiring.responder(node, agent, established=True)
        yield wiring.binding(node, agent, one_link=one_link)
    yield wiring.dns(node)


def sender(
    wiring: Wiring,
    node: str,
    agent: str,
    *,
    reason: Input,
    answered: Input,
    association: Input | None = None,
    knows: Input | None = None,
) -> Instance:
    """A home agent that sends a mobile node a switch that lists H."""
    return wiring.instance(
        session_at(agent, node),
        SENDER,
        agent,
        session=node,
        constants={"agent": agent, "node": node, "listed": "H"},
        inputs={
            "has a reason": reason,
            "association": association or constant(value=True),
            "knows the node": knows or constant(value=True),
            "answered": answered,
            "silence": Silence(agent, (node,)),
        },
    )


def successor(wiring: Wiring, node: str, *, association: Input | None = None, knows: Input | None = None) -> Instance:
    """H, which sends a mobile node a switch to itself while it suspects O, until it has its binding."""
    reason, answered = shows(detector_at("H").state, "suspecting"), wiring.bound(node, "H")
    return sender(wiring, node, "H", reason=reason, answered=answered, association=association, knows=knows)


def missing(*agents: str) -> Callable[[Wiring, str], Mapping[str, Input]]:
    """Home agents that know the care-of address of a mobile node's binding, which it may have left."""
    return lambda _, node: {agent: stale(node, agent) for agent in agents}


def retiring(wiring: Wiring, settled: Input, *others: str) -> Instance:
    """The original home agent, which serves at first and goes down once all is settled and quiet toward some hosts."""
    inputs = {"settled": settled, "silence": Silence("O", others, every_session=True)}
    return wiring.instance("O", RETIRING_AGENT, "O", outside=True, inputs=inputs, gated={"fails": "crash"})
