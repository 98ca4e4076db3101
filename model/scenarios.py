"""Scenarios: finite instances of the protocol, and how one is composed from its participants.

The baseline is what the draft describes: the original home agent O has failed, and home agent H, which serves the same
prefix or another one, bootstraps the mobile nodes. Assumptions add to that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from haboot.checker.channels import Network
from haboot.checker.composition import Composition, Fact, Input, Instance, Joint, Resource, Silence
from haboot.checker.core import ModelError, System, Value, View, counted, nearest
from haboot.checker.participants import Participant
from haboot.checker.product import compose
from haboot.model.adversary import FORGER, REPLAYER
from haboot.model.assumptions import NAMES
from haboot.model.binding_cache import BINDING_CACHE
from haboot.model.dns import DNS_SERVER
from haboot.model.failed_agent import DETECTOR, FAILED_AGENT, HOME_LINK, ORIGINAL
from haboot.model.home_agent import INITIATOR
from haboot.model.mobile_node import LINK, MOBILE_NODE
from haboot.model.own_bootstrap import ACCEPTOR, OWN_BOOTSTRAP
from haboot.model.responder import RESPONDER
from haboot.model.words import ALL_AGENTS

PARTICIPANTS: Mapping[str, Participant] = {
    one.name: one
    for one in (
        MOBILE_NODE,
        RESPONDER,
        INITIATOR,
        BINDING_CACHE,
        FAILED_AGENT,
        DETECTOR,
        DNS_SERVER,
        LINK,
        OWN_BOOTSTRAP,
        ACCEPTOR,
        ORIGINAL,
        HOME_LINK,
        FORGER,
        REPLAYER,
    )
}
REQUIRED_BY = {
    "returns with its bindings": "return-kept",
    "returns without its bindings": "return-lost",
    "suspects a healthy home agent": "false-suspicion",
    "gives up": "give-up",
    "retransmits the switch": "switch-retransmission",
    "refreshes its binding": "refresh",
    "goes out of reach": "unreachable",
    "reboots": "reboot",
    "moves": "movement",
    "lets the binding expire": "expiry",
    "lets the binding expire and clears the DNS": "dns-cleanup",
    "registers by itself": "own-detection",
    "announces another home agent": "planned-switch",
    "reclaims the mobile node": "reclaim",
}


MOST_NODES, MOST_CAPACITY = 20, 1000  # beyond what any search could finish


class Expectation(NamedTuple):
    """What the author of a scenario expects of a property, and why: an answer other than HOLDS."""

    claim: str
    answer: str
    reason: str


@dataclass(frozen=True)
class Scenario:
    """Which flow of draft section 4.1, how many mobile nodes and IKE slots, and under which assumptions.

    ``prefixes`` is "same" when O and H serve one prefix on one link, "different" otherwise. ``capacity`` bounds how
    many messages are under way in one direction; hitting it makes verdicts INCOMPLETE. With ``expected`` every property
    that it does not name is expected to hold; without, the ledger says what to expect.
    """

    name: str
    summary: str
    prefixes: str = "same"
    mobile_nodes: int = 1
    slots: int = 1
    assumptions: frozenset[str] = frozenset()
    capacity: int = 3
    expected: tuple[Expectation, ...] | None = None

    def __post_init__(self) -> None:
        for given in sorted(self.assumptions):
            if given not in NAMES:
                raise ModelError(f"unknown assumption '{given}'{nearest(given, NAMES)} (allowed: {', '.join(NAMES)})")
        if self.prefixes not in {"same", "different"}:
            raise ModelError(f"prefixes are 'same' or 'different', not '{self.prefixes}'")
        for what, count, most in (
            ("mobile nodes", self.mobile_nodes, MOST_NODES),
            ("slots", self.slots, sys.maxsize),
            ("capacity", self.capacity, MOST_CAPACITY),
        ):
            if not 1 <= count <= most:
                raise ModelError(f"{what}: {count} given, from 1 to {most} are allowed")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the mobile nodes."""
        return tuple(f"MN{number}" for number in range(1, self.mobile_nodes + 1))

    @property
    def initiators(self) -> tuple[str, ...]:
        """Names of the home agents that may bootstrap."""
        more = {"X": "second-initiator", "M": "malicious-agent"}
        return ("H", *(agent for agent, needed in more.items() if needed in self.assumptions))

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of all home agents, the original one first."""
        return ("O", *self.initiators)

    def assumes(self, *names: str) -> bool:
        """Whether any of the assumptions is made."""
        return not self.assumptions.isdisjoint(names)


def system(scenario: Scenario, participants: Mapping[str, Participant] | None = None) -> System:
    """Return the product of a scenario; ``participants`` replaces some by name, as a mutant does."""
    return compose(composition(scenario, participants))


def composition(scenario: Scenario, participants: Mapping[str, Participant] | None = None) -> Composition:
    """Return a scenario's participants, wired to each other."""
    return _Wiring(scenario, {**PARTICIPANTS, **(participants or {})}).composition()


def _is(slot: str, *values: Value) -> Input:
    return Input((slot,), lambda view: view[slot] in values)


def _constant(value: Value) -> Input:
    return Input((), lambda _: value)


def _same(slot: str) -> Input:
    return Input((slot,), lambda view: view[slot])


@dataclass
class _Wiring:
    scenario: Scenario
    participants: Mapping[str, Participant]
    facts: dict[str, tuple[Value, ...]] = field(default_factory=dict)

    def composition(self) -> Composition:
        scenario = self.scenario
        self.fact("prefixes", (scenario.prefixes,), ("multi-prefix", "overlapping"))
        self.fact("DAD heard", (True,), ("dad-lost", False))
        self.fact("DNS up", (True,), ("dns-down", False))
        self.fact("list", ("own",), ("lists-other", "other"), ("lists-none", "none"), ("lists-several", "several"))
        self.fact("switch goes home", (False,), ("home-routed", True))
        self.fact("lacks authorisation", (False,), ("no-authorisation", True))
        self.fact("DNS needs the node as initiator", (False,), ("dns-authorisation", True))
        instances = (*self.shared(), *(one for node in scenario.nodes for one in self.session(node)))
        network = Network(
            loss=scenario.assumes("loss"),
            duplication=scenario.assumes("duplication"),
            reordering=scenario.assumes("reordering"),
            capacity=scenario.capacity,
        )
        return Composition(
            scenario.name,
            instances,
            network,
            tuple(Resource(f"{agent}.slots", scenario.mobile_nodes) for agent in scenario.initiators),
            dict(self.down()),
            tuple(Fact(name, values) for name, values in self.facts.items()),
            tuple(self.joint(instances)),
        )

    def fact(self, name: str, usual: tuple[Value, ...], *more: tuple[str, Value]) -> None:
        added = tuple(value for assumption, value in more if self.scenario.assumes(assumption))
        self.facts[name] = (*usual, *added)

    def instance(self, name: str, kind: Participant, host: str, **more: object) -> Instance:
        participant = self.participants[kind.name]
        required = {trigger: REQUIRED_BY.get(trigger) for trigger in participant.internal}
        off = {trigger for trigger, needed in required.items() if needed and not self.scenario.assumes(needed)}
        disabled = frozenset(off | set(more.pop("disabled", ())))  # type: ignore[call-overload]
        return Instance(name, participant, host, disabled=disabled, **more)  # type: ignore[arg-type]

    def shared(self) -> Iterator[Instance]:
        """The home agents as hosts, and their detectors."""
        scenario = self.scenario
        serving_first = scenario.assumes("crash", "false-suspicion", "malicious-agent", "planned-switch")
        start = ("failed", "serving") if serving_first else ("failed",)
        still = frozenset() if scenario.assumes("crash") else frozenset({"fails"})
        yield self.instance("O", FAILED_AGENT, "O", outside=True, start={"state": start}, disabled=still)
        returns = frozenset({"returns with its bindings", "returns without its bindings"})
        for agent in scenario.initiators:
            crashing = scenario.assumes("initiator-crash") and agent != "M"
            off = returns if crashing else returns | {"fails"}
            yield self.instance(agent, FAILED_AGENT, agent, outside=True, disabled=off)
            detector = self.instance(
                f"{agent}.detector", DETECTOR, agent, inputs={"original is down": _is("O.state", "failed")}
            )
            if agent == "M":
                detector = Instance(detector.name, detector.participant, agent, inputs=detector.inputs)
            yield detector

    def session(self, node: str) -> Iterator[Instance]:
        """All that serves one mobile node."""
        scenario = self.scenario
        yield self.mobile_node(node)
        yield self.instance(f"{node}.link", LINK, node, session=node, outside=True)
        for agent in scenario.agents:
            yield self.responder(node, agent)
        for agent in scenario.initiators:
            yield self.initiator(node, agent)
        for agent in scenario.agents:
            yield self.binding(node, agent)
        yield self.instance(f"DNS.{node}", DNS_SERVER, "DNS", session=node, constants={"node": node})
        if scenario.assumes("planned-switch", "reclaim"):
            elsewhere = Input((f"{node}.home_agent",), lambda view: view[f"{node}.home_agent"] not in {"O", "none"})
            inputs = {"node is elsewhere": elsewhere}
            yield self.instance(f"O.{node}", ORIGINAL, "O", session=node, constants={"node": node}, inputs=inputs)
        yield self.instance(f"home link.{node}", HOME_LINK, "home link", session=node)
        if scenario.assumes("own-detection"):
            yield from self.own_bootstrap(node)
        if scenario.assumes("forger"):
            quiet = {"silence": Silence("forger", (node, "H"))}
            constants = {"node": node, "agent": "H"}
            yield self.instance(f"forger.{node}", FORGER, "forger", session=node, constants=constants, inputs=quiet)
        if scenario.assumes("replay"):
            sent = {"silence": Silence("replayer", (node,)), "switch was sent": _is(f"H.{node}.state", "notified")}
            constants = {"node": node, "agent": "H"}
            yield self.instance(
                f"replayer.{node}", REPLAYER, "replayer", session=node, constants=constants, inputs=sent
            )

    def mobile_node(self, node: str) -> Instance:
        scenario = self.scenario
        self.fact(f"{node}.knows B", (True,), ("no-b-bit", False))
        self.fact(f"{node}.knows switches", (True,), ("no-switch-support", False))
        inputs: dict[str, Input | Silence] = {name: _same(f"{node}.{name}") for name in ("knows B", "knows switches")}
        for agent in ALL_AGENTS:
            present = agent in scenario.agents
            inputs[f"selector {agent}"] = _same(f"{node}.ike.{agent}.selector") if present else _constant("")
            inputs[f"silence {agent}"] = Silence(node, (agent,)) if present else _constant(value=True)
            own = agent == "H" and scenario.assumes("own-detection")
            inputs[f"own selector {agent}"] = _same(f"{node}.own.selector") if own else _constant("")
        care_of = ("a", "home") if scenario.assumes("at-home") else ("a",)
        return self.instance(node, MOBILE_NODE, node, session=node, inputs=inputs, start={"care_of": care_of})

    def responder(self, node: str, agent: str) -> Instance:
        name = f"{node}.stack"
        self.fact(
            name,
            ("draft",),
            ("ignores-push", "ignores push"),
            ("rejects-push", "rejects push"),
            ("eap-only", "eap"),
        )
        return self.instance(
            f"{node}.ike.{agent}",
            RESPONDER,
            node,
            session=node,
            peers=frozenset({agent}),
            constants={"agent": agent, "node": node},
            inputs={"stack": _same(name), "home address": _same(f"{node}.home_address")},
            start={"state": ("protected",), "selector": ("old",)} if agent == "O" else {},
        )

    def initiator(self, node: str, agent: str) -> Instance:
        slots = f"{agent}.slots"
        free = Input((slots,), lambda view: counted(view[slots]) < self.scenario.slots)
        return self.instance(
            f"{agent}.{node}",
            INITIATOR,
            agent,
            session=node,
            peers=frozenset({node}),
            constants={"agent": agent, "node": node, "other": "X" if agent != "X" else "H"},
            inputs={
                "suspects failure": _is(f"{agent}.detector.state", "suspecting"),
                "slot is free": _constant(value=True) if self.scenario.assumes("no-throttle") else free,
                "prefixes": _same("prefixes"),
                "silence": Silence(agent, (node,)),
                "list": _same("list"),
                "switch goes home": _same("switch goes home"),
                "lacks authorisation": _same("lacks authorisation"),
                "bound here": _is(f"{agent}.{node}.binding.state", "bound", "updating_dns"),
            },
            resource=slots,
        )

    def binding(self, node: str, agent: str) -> Instance:
        states = {f"{agent}.{node}.state": "notified"} if agent != "O" else {}
        if agent == "H" and self.scenario.assumes("own-detection"):
            states[f"{node}.own.acceptor.state"] = "established"
        associated = Input(tuple(states), lambda view: any(view[slot] == state for slot, state in states.items()))
        home = f"{node}.home_agent"
        return self.instance(
            f"{agent}.{node}.binding",
            BINDING_CACHE,
            agent,
            session=node,
            constants={"agent": agent, "node": node},
            inputs={
                "association": associated if agent != "O" else _constant(value=True),
                "prefixes": _same("prefixes") if agent != "O" else _constant("same"),
                "defended elsewhere": self.defended(node, agent),
                "unwanted": Input((home,), lambda view: view[home] != agent),
                "silence": Silence(agent, ("DNS",)),
                "DNS needs the node as initiator": _same("DNS needs the node as initiator"),
            },
            start={"state": ("bound",)} if agent == "O" else {},
        )

    def defended(self, node: str, agent: str) -> Input:
        """Whether another home agent on O's link answers the probe for the old home address."""
        others = [other for other in self.scenario.agents if other != agent]
        slots = {
            other: (f"{other}.state", f"{other}.{node}.binding.state", f"{other}.{node}.binding.home_address")
            for other in others
        }

        def holds(view: View) -> bool:
            if view["prefixes"] == "different" or not view["DAD heard"]:
                return False
            return any(
                view[up] == "serving" and view[state] in {"bound", "updating_dns"} and view[address] == "old"
                for up, state, address in slots.values()
            )

        return Input(("prefixes", "DAD heard", *(slot for names in slots.values() for slot in names)), holds)

    def own_bootstrap(self, node: str) -> Iterator[Instance]:
        home = f"{node}.home_agent"
        constants = {"agent": "H", "node": node}
        yield self.instance(
            f"{node}.own",
            OWN_BOOTSTRAP,
            node,
            session=node,
            peers=frozenset({"H"}),
            constants=constants,
            inputs={
                "original is down": _is("O.state", "failed"),
                "is served by original": _is(home, "O"),
                "prefixes": _same("prefixes"),
                "silence": Silence(node, ("H",)),
            },
        )
        yield self.instance(f"{node}.own.acceptor", ACCEPTOR, "H", session=node, constants=constants)

    def down(self) -> Iterator[tuple[str | tuple[str, str], Input]]:
        scenario = self.scenario
        for agent in scenario.agents:
            yield agent, _is(f"{agent}.state", "failed")
        yield "DNS", _is("DNS up", False)
        for node in scenario.nodes:
            yield node, _is(f"{node}.link.state", "down")
            if scenario.assumes("movement"):
                for agent in scenario.agents:
                    yield (agent, node), _stale(node, agent)

    def joint(self, instances: tuple[Instance, ...]) -> Iterator[Joint]:
        for node in self.scenario.nodes:
            yield Joint("reboots", node, _joined(instances, "reboots", lambda one, node=node: one.host == node, node))
        lost = "returns without its bindings"
        yield Joint(lost, "O", _joined(instances, lost, lambda one: one.host == "O", "O"))


def _joined(instances: tuple[Instance, ...], trigger: str, fits: Callable[..., bool], leader: str) -> tuple[str, ...]:
    found = (one.name for one in instances if fits(one) and trigger in one.participant.internal)
    return tuple(name for name in found if name != leader)


def _stale(node: str, agent: str) -> Input:
    """Whether a home agent still sends to the care-of address that the mobile node has left."""
    care_of, state, known = f"{node}.care_of", f"{agent}.{node}.binding.state", f"{agent}.{node}.binding.care_of"
    reads = (care_of, state, known)
    return Input(
        reads,
        lambda view: view[care_of] == "b" and not (view[state] in {"bound", "updating_dns"} and view[known] == "b"),
    )


def _suite(*entries: tuple[str, str, str, int, int, str]) -> tuple[Scenario, ...]:
    return tuple(
        Scenario(name, summary, prefixes, nodes, slots, frozenset(assumptions.split()))
        for name, summary, prefixes, nodes, slots, assumptions in entries
    )


STANDARD: tuple[Scenario, ...] = _suite(
    ("same-prefix", "one mobile node keeps its home address", "same", 1, 1, ""),
    ("new-prefix", "one mobile node is given a new home address", "different", 1, 1, ""),
    ("contention", "two mobile nodes contend for one IKE slot", "same", 2, 1, ""),
    ("contention-new-prefix", "two mobile nodes contend for one IKE slot, with new addresses", "different", 2, 1, ""),
    ("forger", "an off-path host forges messages", "same", 1, 1, "forger"),
    ("refresh-crash", "a refresh is under way when the home agent fails", "same", 1, 1, "refresh crash"),
    ("lossy", "messages are lost", "different", 1, 1, "loss"),
    ("duplicated", "messages are delivered several times", "different", 1, 1, "duplication"),
    ("reordered", "messages are lost and overtake each other", "different", 1, 1, "loss reordering"),
    ("silent-node", "an initiator gives up a mobile node that went out of reach", "same", 1, 1, "unreachable give-up"),
    ("repeated-switch", "a lost switch is repeated", "same", 1, 1, "loss switch-retransmission"),
    ("own-bootstrap", "the mobile node helps itself while messages are lost", "different", 1, 1, "own-detection loss"),
)
