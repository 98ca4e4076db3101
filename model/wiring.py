"""How a scenario's participants are wired to each other: the building blocks that every variant chooses from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from haboot.checker import (
    Composition,
    Fact,
    Input,
    Instance,
    Joint,
    Network,
    Participant,
    Resource,
    Silence,
    Value,
    View,
    counted,
)
from haboot.model.adversary import FORGER, HOST, REPLAYER, mark
from haboot.model.assumptions import COUNTED, USUALLY
from haboot.model.binding_cache import BINDING_CACHE
from haboot.model.dns import DNS_SERVER
from haboot.model.failed_agent import DETECTOR, FAILED_AGENT, HOME_LINK
from haboot.model.home_agent import INITIATOR
from haboot.model.mobile_node import LINK, MOBILE_NODE
from haboot.model.observations import constant, mirrors, shows
from haboot.model.own_bootstrap import ACCEPTOR, OWN_BOOTSTRAP
from haboot.model.parts import (
    acceptor_of,
    binding_at,
    detector_at,
    dns_of,
    link_of,
    of,
    own_of,
    responder_at,
    session_at,
    slots_at,
)
from haboot.model.responder import RESPONDER
from haboot.model.scenario import Scenario
from haboot.model.variants import Variant
from haboot.model.words import ALL_AGENTS

LOSS_OF_BINDINGS, HOMECOMING = "returns without its bindings", "comes home"
REQUIRED_BY = {
    "returns with its bindings": "return-kept",
    LOSS_OF_BINDINGS: "return-lost",
    "suspects a healthy home agent": "false-suspicion",
    "retransmits the switch": "switch-retransmission",
    "refreshes its binding": "refresh",
    "goes out of reach": "unreachable",
    "reboots": "reboot",
    "moves": "movement",
    HOMECOMING: "at-home",
    "lets the binding expire": "expiry",
    "lets the binding expire and clears the DNS": "dns-cleanup",
    "registers by itself": "own-detection",
    "bootstraps anew": "reboot",
    "registers anew": "reboot",
    "announces another home agent": "planned-switch",
    "reclaims the mobile node": "reclaim",
}
MALICIOUS = "M"  # whatever this home agent does is the environment's doing
SERVING_FIRST = ("crash", "false-suspicion", "malicious-agent", "planned-switch")


@dataclass
class Wiring:
    """Makes the instances of one scenario; a variant says which of them there are."""

    scenario: Scenario
    variant: Variant[Any]
    participants: Mapping[str, Participant]
    facts: dict[str, Fact] = field(default_factory=dict)

    def composition(self) -> Composition:
        """Return all instances with the network, the resources and the circumstances."""
        scenario = self.scenario
        self.fact("prefixes", (scenario.prefixes,), ("multi-prefix", "overlapping"))
        self.fact("DAD heard", (True,), ("dad-lost", False))
        self.fact("DNS up", (True,), ("dns-down", False))
        self.fact("list", ("own",), ("lists-other", "other"), ("lists-none", "none"), ("lists-several", "several"))
        self.fact("switch goes home", (False,), ("home-routed", True))
        self.fact("numbers begin behind", (False,), ("stale-numbers", True))
        self.fact("gives exchanges up", (True,), ("no-give-up", False))
        self.fact("one link", (True,), ("other-link", False))
        self.fact("DNS refuses", (False,), ("dns-refuses", True))
        self.fact("gives the DNS up", (True,), ("dns-waits", False))
        self.fact("authorizer", ("grants",), ("authorizer-refuses", "refuses"), ("authorizer-down", "is down"))
        self.fact("lacks authorisation", (False,), ("no-authorisation", True))
        self.fact("DNS needs the node as initiator", (False,), ("dns-authorisation", True))
        served = (
            one for node in scenario.nodes for one in (*self.variant.session(self, node), *self.adversaries(node))
        )
        wired = (*self.shared(), *served)
        joints = tuple(self.joint(wired))
        undergone = {(name, one.trigger) for one in joints for name in one.followers}
        instances = tuple(self.counted(one, undergone) for one in wired)
        network = Network(
            loss=scenario.assumes("loss"),
            duplication=scenario.assumes("duplication"),
            reordering=scenario.assumes("reordering"),
            capacity=scenario.capacity,
            at_most={name: times for name, times in scenario.at_most if name in {"loss", "duplication"}},
        )
        return Composition(
            scenario.name,
            instances,
            network,
            tuple(Resource(slots_at(agent), scenario.mobile_nodes) for agent in scenario.initiators),
            {host: when for host, when in self.down() if host != "DNS" or any(one.host == host for one in instances)},
            tuple(self.facts.values()),
            joints,
            marks=mark,
        )

    def counted(self, one: Instance, undergone: set[tuple[str, str]]) -> Instance:
        """Return an instance with how often what befalls it may recur."""
        known = {**USUALLY, **dict(self.scenario.at_most)}
        known.pop("initiator-crash" if one.name == "O" else "crash", None)  # a failure of the other home agents
        fires = {name for name in one.participant.internal if (one.name, name) not in undergone} - one.disabled
        times = {COUNTED[fault]: most for fault, most in known.items() if COUNTED[fault] in fires}
        return replace(one, at_most=times) if times else one

    def shared(self) -> Iterator[Instance]:
        """The home agents as hosts, and the detectors of those that help."""
        if self.variant.shared is not None:
            yield from self.variant.shared(self)
        else:
            yield self.original()
            yield from self.helpers()

    def misses(self, node: str) -> Mapping[str, Input]:
        """By home agent, when what it sends misses a mobile node that moved."""
        return self.variant.misses(self, node) if self.variant.misses is not None else {}

    def fact(self, name: str, usual: tuple[Value, ...], *more: tuple[str, Value], host: str = "") -> None:
        """Note a circumstance, of a host where it has one: its usual values, and those that an assumption adds."""
        added = tuple(value for assumption, value in more if self.scenario.assumes(assumption))
        self.facts[name] = Fact(name, (*usual, *added), host)

    def instance(
        self, name: str, kind: Participant, host: str, *, disabled: frozenset[str] = frozenset(), **more: Any
    ) -> Instance:
        """Return a participant at a host, without the triggers that no assumption of the scenario allows."""
        participant = self.participants[kind.name]
        gates = {**REQUIRED_BY, **self.variant.gated}
        required = {trigger: gates.get(trigger) for trigger in participant.internal}
        off = {trigger for trigger, needed in required.items() if needed and not self.scenario.assumes(needed)}
        return Instance(name, participant, host, disabled=disabled | off, **more)

    def silence(self, host: str, *others: str) -> Silence:
        """What a timer toward other hosts waits for: that nothing is under way, or under an assumption, little."""
        return Silence(host, others, at_most=1 if self.scenario.assumes("early-timers") else 0)

    def original(self) -> Instance:
        """The home agent that has failed, or is to fail."""
        scenario = self.scenario
        start = ("failed", "serving") if scenario.assumes(*SERVING_FIRST) else ("failed",)
        still = frozenset() if scenario.assumes("crash") else frozenset({"fails"})
        return self.instance("O", FAILED_AGENT, "O", outside=True, start={"state": start}, disabled=still)

    def helpers(self) -> Iterator[Instance]:
        """The home agents that may take over, and their detectors."""
        scenario = self.scenario
        returns = frozenset({"returns with its bindings", LOSS_OF_BINDINGS})
        for agent in scenario.initiators:
            crashing = scenario.assumes("initiator-crash") and agent != MALICIOUS
            off = returns if crashing else returns | {"fails"}
            yield self.instance(agent, FAILED_AGENT, agent, outside=True, disabled=off, environment=agent == MALICIOUS)
            detector = self.instance(
                detector_at(agent),
                DETECTOR,
                agent,
                inputs={"original is down": shows(of("O").state, "failed")},
                environment=agent == MALICIOUS,
            )
            yield replace(detector, disabled=frozenset()) if agent == MALICIOUS else detector

    def adversaries(self, node: str) -> Iterator[Instance]:
        """Whoever forges and replays what a mobile node hears."""
        constants = {"node": node, "agent": "H", "bootstrap": self.variant.bootstrap}
        if self.scenario.assumes("forger"):
            quiet = {"silence": Silence(HOST, (node, "H"))}
            yield self.instance(
                session_at(HOST, node),
                FORGER,
                HOST,
                session=node,
                constants=constants,
                inputs=quiet,
                environment=True,
            )
        if self.scenario.assumes("replay"):
            recorded = [agent for agent in self.scenario.initiators if agent != MALICIOUS]
            # with two switches in hand it would fill channels without end, did it not wait for what each brings about
            heeded = ("replayer", *recorded) if len(recorded) > 1 else ("replayer",)
            for agent in recorded:
                sent = {
                    "silence": Silence(node, heeded),
                    "switch was sent": shows(session_at(agent, node).state, "notified"),
                }
                yield self.instance(
                    f"replayer.{node}" if agent == "H" else f"replayer.{agent}.{node}",
                    REPLAYER,
                    "replayer",
                    session=node,
                    constants={**constants, "agent": agent},
                    inputs=sent,
                    environment=True,
                )

    def mobile_node(
        self,
        node: str,
        kind: Participant = MOBILE_NODE,
        associated: tuple[str, ...] | None = None,
        *,
        own: bool | None = None,
        more: Mapping[str, Input | Silence] | None = None,
    ) -> Instance:
        """A mobile node; ``associated`` names the agents with which it runs IKE as responder, by default all."""
        scenario = self.scenario
        self.fact(of(node).slot("knows B"), (True,), ("no-b-bit", False), host=node)
        self.fact(of(node).slot("knows switches"), (True,), ("no-switch-support", False), host=node)
        inputs: dict[str, Input | Silence] = {
            name: mirrors(of(node).slot(name)) for name in ("knows B", "knows switches")
        }
        inputs["numbers begin behind"] = mirrors("numbers begin behind")
        bootstraps = scenario.bootstraps_itself if own is None else own
        for agent in ALL_AGENTS:
            answers = agent in (scenario.agents if associated is None else associated)
            inputs[f"selector {agent}"] = mirrors(responder_at(node, agent).selector) if answers else constant("")
            inputs[f"silence {agent}"] = self.silence(node, agent) if agent in scenario.agents else constant(value=True)
            mine = agent == "H" and bootstraps
            inputs[f"own selector {agent}"] = mirrors(own_of(node).selector) if mine else constant("")
        return self.instance(node, kind, node, session=node, inputs=inputs | dict(more or {}))

    def link(self, node: str) -> Instance:
        """The link of a mobile node."""
        return self.instance(link_of(node), LINK, node, session=node, outside=True)

    def dns(self, node: str) -> Instance:
        """The DNS server's record of a mobile node."""
        refuses = {"DNS refuses": mirrors("DNS refuses")}
        return self.instance(dns_of(node), DNS_SERVER, "DNS", session=node, constants={"node": node}, inputs=refuses)

    def responder(self, node: str, agent: str, *, established: bool = False) -> Instance:
        """A mobile node as IKE responder; ``established``: the association for its old address exists beforehand."""
        name = of(node).stack
        self.fact(
            name,
            ("draft",),
            ("ignores-push", "ignores push"),
            ("rejects-push", "rejects push"),
            ("eap-only", "eap"),
            host=node,
        )
        return self.instance(
            responder_at(node, agent),
            RESPONDER,
            node,
            session=node,
            peers=frozenset({agent}),
            constants={"agent": agent, "node": node},
            inputs={"stack": mirrors(name), "home address": mirrors(of(node).home_address)},
            start={"state": ("protected",), "selector": ("old",)} if agent == "O" or established else {},
        )

    def initiator(self, node: str, agent: str) -> Instance:
        """An initiator's session with a mobile node."""
        slots = slots_at(agent)
        free = Input((slots,), lambda view: counted(view[slots]) < self.scenario.slots)
        return self.instance(
            session_at(agent, node),
            INITIATOR,
            agent,
            session=node,
            peers=frozenset({node}),
            constants={"agent": agent, "node": node, "other": "X" if agent != "X" else "H"},
            inputs={
                "suspects failure": shows(detector_at(agent).state, "suspecting"),
                "slot is free": constant(value=True) if self.scenario.assumes("no-throttle") else free,
                "prefixes": mirrors("prefixes"),
                "silence": self.silence(agent, node, HOME_LINK.name),
                "list": mirrors("list"),
                "switch goes home": mirrors("switch goes home"),
                "gives exchanges up": mirrors("gives exchanges up"),
                "lacks authorisation": mirrors("lacks authorisation"),
                "authorizer": mirrors("authorizer"),
                "bound here": self.bound(node, agent),
            },
            resource=slots,
            environment=agent == MALICIOUS,
        )

    def bound(self, node: str, agent: str) -> Input:
        """Whether a home agent has a binding of a mobile node."""
        return shows(binding_at(agent, node).state, "bound", "updating_dns")

    def binding(
        self, node: str, agent: str, associated: Mapping[str, str] | None = None, *, one_link: bool = True
    ) -> Instance:
        """A mobile node's binding at a home agent.

        ``associated`` gives the slots of which one must hold a value for an association to exist, by default always;
        on ``one_link`` the other home agents hear the probe for a duplicate address.
        """
        states = dict(associated or {})
        agreed = Input(tuple(states), lambda view: any(view[slot] == state for slot, state in states.items()))
        home = of(node).home_agent
        return self.instance(
            binding_at(agent, node),
            BINDING_CACHE,
            agent,
            session=node,
            constants={"agent": agent, "node": node},
            inputs={
                "association": agreed if states else constant(value=True),
                "prefixes": mirrors("prefixes") if agent != "O" else constant("same"),
                "defended elsewhere": self.defended(node, agent) if one_link else constant(value=False),
                "unwanted": Input((home,), lambda view: view[home] != agent),
                "silence": self.silence(agent, "DNS"),
                "DNS needs the node as initiator": mirrors("DNS needs the node as initiator"),
                "gives the DNS up": mirrors("gives the DNS up"),
            },
            start={"state": ("bound",)} if agent == "O" else {},
            disabled=frozenset() if agent == "O" else frozenset({LOSS_OF_BINDINGS, HOMECOMING}),
            environment=agent == MALICIOUS,
        )

    def defended(self, node: str, agent: str) -> Input:
        """Whether another home agent on O's link answers the probe for the old home address."""
        others = [other for other in self.scenario.agents if other != agent]
        slots = {
            other: (of(other).state, binding_at(other, node).state, binding_at(other, node).home_address)
            for other in others
        }

        def holds(view: View) -> bool:
            if view["prefixes"] == "different" or not view["one link"] or not view["DAD heard"]:
                return False
            return any(
                view[up] == "serving" and view[state] in {"bound", "updating_dns"} and view[address] == "old"
                for up, state, address in slots.values()
            )

        return Input(
            ("prefixes", "one link", "DAD heard", *(slot for names in slots.values() for slot in names)), holds
        )

    def own_bootstrap(self, node: str, down: Input) -> Iterator[Instance]:
        """A bootstrap that the mobile node starts with H when an observation says so, and H's side of it."""
        constants, known = {"agent": "H", "node": node}, (of(node).home_agent, of(node).left)
        roams = self.scenario.assumes("movement", "at-home")
        yield self.instance(
            own_of(node),
            OWN_BOOTSTRAP,
            node,
            session=node,
            peers=frozenset({"H"}),
            constants=constants,
            inputs={
                "original is down": down,
                "is served by original": shows(of(node).home_agent, "O"),
                "has rebooted": Input(known, lambda view: view[known[0]] == "none" and not view[known[1]]),
                "prefixes": mirrors("prefixes"),
                "silence": self.silence(node, "H"),
                "care of": mirrors(of(node).care_of) if roams else constant("a"),
            },
        )
        vouched = {name: mirrors(name) for name in ("lacks authorisation", "authorizer")}
        yield self.instance(acceptor_of(node), ACCEPTOR, "H", session=node, constants=constants, inputs=vouched)

    def down(self) -> Iterator[tuple[str | tuple[str, str], Input]]:
        """When a host neither hears nor acts, and when what a home agent sends misses a mobile node that moved."""
        scenario = self.scenario
        for agent in scenario.agents:
            yield agent, shows(of(agent).state, "failed")
        yield "DNS", shows("DNS up", False)
        for node in scenario.nodes:
            yield node, shows(link_of(node).state, "down")
            if scenario.assumes("movement"):
                yield from (((agent, node), missing) for agent, missing in self.misses(node).items())

    def joint(self, instances: tuple[Instance, ...]) -> Iterator[Joint]:
        """Triggers that several instances undergo in one step."""
        for host, trigger in (*((node, "reboots") for node in self.scenario.nodes), ("O", LOSS_OF_BINDINGS)):
            joined = [one.name for one in instances if one.host == host and trigger in one.participant.internal]
            if host in joined:
                yield Joint(trigger, host, tuple(name for name in joined if name != host))
        if self.scenario.assumes("at-home"):
            yield from (Joint(HOMECOMING, node, (binding_at("O", node),)) for node in self.scenario.nodes)
