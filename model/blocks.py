"""The instances of which a scenario is made: the building blocks that every variant chooses from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from haboot.checker import Fact, Input, Instance, Participant, Silence, Value, View, counted
from haboot.model.adversary import OWNERS
from haboot.model.amendments import Amendment, chosen
from haboot.model.binding_cache import BINDING_CACHE
from haboot.model.dns import DNS_SERVER
from haboot.model.failed_agent import DETECTOR, FAILED_AGENT, HOME_LINK
from haboot.model.home_agent import INITIATOR
from haboot.model.mobile_node import LINK, MOBILE_NODE
from haboot.model.observations import constant, mirrored, mirrors, shows
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
EARLY, THROTTLED = "timers fire early", "exchanges are limited"  # facts
SERVING_FIRST = ("crash", "false-suspicion", "malicious-agent", "planned-switch")


@dataclass
class Blocks:
    """Makes the instances of one scenario, and notes the circumstances that they look at.

    Where its assumptions are ``optional``, each may be left out, and what another does then is a circumstance as well.
    """

    scenario: Scenario
    variant: Variant[Any]
    participants: Mapping[str, Participant]
    facts: dict[str, Fact] = field(default_factory=dict)
    optional: bool = False

    def fact(self, name: str, usual: tuple[Value, ...], *more: tuple[str, Value], host: str = "") -> None:
        """Note a circumstance, of a host where it has one: its usual values, and those that an assumption adds."""
        added = {value: assumption for assumption, value in more if self.scenario.assumes(assumption)}
        self.facts[name] = Fact(name, (*usual, *added), host, added)

    def instance(
        self,
        name: str,
        kind: Participant,
        host: str,
        *,
        disabled: frozenset[str] = frozenset(),
        gated: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Instance:
        """Return a participant at a host, without the triggers that no assumption of the scenario allows.

        ``gated`` says of triggers which assumption each needs here, "" for none; what the host is there for at all is
        needed as well.
        """
        participant = self.participants[kind.name]
        gates = {**REQUIRED_BY, **self.variant.gated, **(gated or {})}
        needed = {trigger: gates.get(trigger, "") for trigger in participant.internal}
        off = {trigger for trigger, one in needed.items() if one and not self.scenario.assumes(one)}
        off -= {trigger for one in self.amendments for trigger in one.freed}
        if host != "O":
            off |= {trigger for one in self.amendments for trigger in one.undergone.get(kind.name, ())}
        more["inputs"] = {**more.get("inputs", {}), **self.seen(kind.name, host, more.get("session", ""))}
        assumed = {trigger: {one, OWNERS.get(host, "")} - {""} for trigger, one in needed.items()}
        assumes = {trigger: some for trigger, some in assumed.items() if some}
        return Instance(name, participant, host, disabled=disabled | off, assumes=assumes, **more)

    @cached_property
    def amendments(self) -> tuple[Amendment[Any], ...]:
        """The amendments that the scenario is taken with."""
        return chosen(self.scenario.amendments)

    def seen(self, kind: str, host: str, session: str) -> dict[str, Input | Silence]:
        """What the machines of a participant look at because of amendments."""
        wired = (one.sees.get(kind, {}) for one in self.amendments)
        return {name: see(self, host, session) for some in wired for name, see in some.items()}

    def silence(self, host: str, *others: str) -> Silence:
        """What a timer toward other hosts waits for: that nothing is under way, or under an assumption, little."""
        if not self.scenario.assumes("early-timers"):
            return Silence(host, others)
        if not self.optional:
            return Silence(host, others, at_most=1)
        self.fact(EARLY, (False,), ("early-timers", True))
        return Silence(host, others, at_most=1, early=EARLY)

    def original(self) -> Instance:
        """The home agent that has failed, or is to fail."""
        scenario = self.scenario
        start = ("failed", "serving") if scenario.assumes(*SERVING_FIRST) else ("failed",)
        return self.instance(
            "O",
            FAILED_AGENT,
            "O",
            outside=True,
            start={"state": start},
            start_assumes={"state": {"serving": SERVING_FIRST}},
            gated={"fails": "crash"},
        )

    def helpers(self) -> Iterator[Instance]:
        """The home agents that may take over, and their detectors."""
        scenario = self.scenario
        returns = frozenset({"returns with its bindings", LOSS_OF_BINDINGS})
        for agent in scenario.initiators:
            malicious = agent == MALICIOUS
            yield self.instance(
                agent,
                FAILED_AGENT,
                agent,
                outside=True,
                disabled=returns | {"fails"} if malicious else returns,
                gated={"fails": "initiator-crash"},
                environment=malicious,
            )
            yield self.instance(
                detector_at(agent),
                DETECTOR,
                agent,
                inputs={"original is down": shows(of("O").state, "failed")},
                gated={"suspects a healthy home agent": ""} if malicious else {},
                environment=malicious,
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
        inputs: dict[str, Input | Silence] = {**mirrored("numbers begin behind")}
        inputs |= {name: mirrors(of(node).slot(name)) for name in ("knows B", "knows switches")}
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
        constants, refuses = {"node": node}, mirrored("DNS refuses")
        return self.instance(dns_of(node), DNS_SERVER, "DNS", session=node, constants=constants, inputs=refuses)

    def responder(self, node: str, agent: str, *, established: bool = False) -> Instance:
        """A mobile node as IKE responder; ``established``: the association for its old address exists beforehand."""
        name = of(node).stack
        others = ("ignores-push", "ignores push"), ("rejects-push", "rejects push"), ("eap-only", "eap")
        self.fact(name, ("draft",), *others, host=node)
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
        if self.scenario.assumes("no-throttle") and not self.optional:
            free = constant(value=True)
        elif self.scenario.assumes("no-throttle"):
            self.fact(THROTTLED, (True,), ("no-throttle", False))
            free = Input(
                (slots, THROTTLED), lambda view: counted(view[slots]) < self.scenario.slots or not view[THROTTLED]
            )
        return self.instance(
            session_at(agent, node),
            INITIATOR,
            agent,
            session=node,
            peers=frozenset({node}),
            constants={"agent": agent, "node": node, "other": "X" if agent != "X" else "H"},
            inputs={
                **mirrored("prefixes", "list", "switch goes home"),
                **mirrored("gives exchanges up", "lacks authorisation", "authorizer"),
                "suspects failure": shows(detector_at(agent).state, "suspecting"),
                "slot is free": free,
                "silence": self.silence(agent, node, HOME_LINK.name),
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
                **mirrored("DNS needs the node as initiator", "gives the DNS up"),
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

    def own_bootstrap(self, node: str, down: Input, needed: str = "") -> Iterator[Instance]:
        """A bootstrap that the mobile node starts with H when an observation says so, and H's side of it.

        ``needed`` is the assumption without which nothing is observed.
        """
        constants, known = {"agent": "H", "node": node}, (of(node).home_agent, of(node).left)
        roams = self.scenario.assumes("movement", "at-home")
        yield self.instance(
            own_of(node),
            OWN_BOOTSTRAP,
            node,
            session=node,
            peers=frozenset({"H"}),
            constants=constants,
            gated={"detects the failure itself": needed},
            inputs={
                "original is down": down,
                "is served by original": shows(of(node).home_agent, "O"),
                "has rebooted": Input(known, lambda view: view[known[0]] == "none" and not view[known[1]]),
                **mirrored("prefixes"),
                "silence": self.silence(node, "H"),
                "care of": mirrors(of(node).care_of) if roams else constant("a"),
            },
        )
        vouched = mirrored("lacks authorisation", "authorizer")
        yield self.instance(acceptor_of(node), ACCEPTOR, "H", session=node, constants=constants, inputs=vouched)
