"""How a scenario's participants are wired to each other: its variant says which there are, and who else acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from haboot.checker import Composition, Input, Instance, Joint, Network, Resource, Silence
from haboot.model.adversary import FORGER, HOST, REPLAYER, mark
from haboot.model.assumptions import COUNTED, USUALLY
from haboot.model.blocks import HOMECOMING, LOSS_OF_BINDINGS, MALICIOUS, Blocks
from haboot.model.observations import constant, shows
from haboot.model.parts import binding_at, link_of, of, session_at, slots_at

SECOND = "a second initiator is there"  # a fact


class Wiring(Blocks):
    """Puts the instances of one scenario together; a variant says which of them there are."""

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
        more = (one for each in self.amendments if each.shares for one in each.shares(self))
        wired = (*self.shared(), *more, *served)
        joints = tuple(self.joint(wired))
        undergone = {(name, one.trigger) for one in joints for name in one.followers}
        instances = tuple(self.counted(one, undergone) for one in wired)
        network = Network(
            loss=scenario.assumes("loss"),
            duplication=scenario.assumes("duplication"),
            reordering=scenario.assumes("reordering"),
            capacity=scenario.capacity,
            at_most={name: times for name, times in scenario.at_most if name in {"loss", "duplication"}},
            assumes={name: name for name in ("loss", "duplication", "reordering")},
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
            copies=scenario.nodes if scenario.mobile_nodes > 1 else (),
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

    def adversaries(self, node: str) -> Iterator[Instance]:
        """Whoever forges and replays what a mobile node hears."""
        constants = {"node": node, "agent": "H", "bootstrap": self.variant.bootstrap}
        if self.scenario.assumes("forger"):
            quiet = {"silence": Silence(HOST, (node, "H"))}
            yield self.instance(
                session_at(HOST, node), FORGER, HOST, session=node, constants=constants, inputs=quiet, environment=True
            )
        if self.scenario.assumes("replay"):
            recorded = [agent for agent in self.scenario.initiators if agent != MALICIOUS]
            for agent in recorded:
                sent = {
                    "silence": Silence(node, ("replayer",)),
                    "others are silent": Silence(node, tuple(recorded)),
                    "is alone": self.is_alone() or constant(value=len(recorded) == 1),
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

    def is_alone(self) -> Input | None:
        """Whether there is one initiator, where that is a circumstance that makes a difference."""
        if not (self.optional and self.scenario.assumes("replay") and self.scenario.assumes("second-initiator")):
            return None
        self.fact(SECOND, (False,), ("second-initiator", True))
        return shows(SECOND, False)

    def down(self) -> Iterator[tuple[str | tuple[str, str], Input]]:
        """When a host neither hears nor acts, and when what a home agent sends misses a mobile node that moved."""
        scenario = self.scenario
        for agent in scenario.agents:
            yield agent, self.is_down(agent)
        yield "DNS", shows("DNS up", False)
        for node in scenario.nodes:
            yield node, shows(link_of(node).state, "down")
            if scenario.assumes("movement"):
                yield from (((agent, node), missing) for agent, missing in self.misses(node).items())

    def is_down(self, agent: str) -> Input:
        """When a home agent neither hears nor acts."""
        if agent != "X" or self.is_alone() is None:
            return shows(of(agent).state, "failed")
        return Input((of(agent).state, SECOND), lambda view: view[of(agent).state] == "failed" or not view[SECOND])

    def joint(self, instances: tuple[Instance, ...]) -> Iterator[Joint]:
        """Triggers that several instances undergo in one step."""
        for host, trigger in (*((node, "reboots") for node in self.scenario.nodes), ("O", LOSS_OF_BINDINGS)):
            joined = [one.name for one in instances if one.host == host and trigger in one.participant.internal]
            if host in joined:
                yield Joint(trigger, host, tuple(name for name in joined if name != host))
        if self.scenario.assumes("at-home"):
            yield from (Joint(HOMECOMING, node, (binding_at("O", node),)) for node in self.scenario.nodes)
        for one in self.amendments:
            yield from one.joins(self) if one.joins is not None else ()
