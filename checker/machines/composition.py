"""What a composition is made of: participants at hosts, a network, bounded resources, and when a host is down.

Every name that one part says of another exists, once: a composition that does not fit together is refused when made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from haboot.checker.boundary import ModelError, authored, given, require_held, require_known, require_once, wrong
from haboot.checker.core import Value, outside
from haboot.checker.machines.channels import Network, Pair
from haboot.checker.machines.events import MARKS, Message
from haboot.checker.machines.parts import Input, Instance, Joint, Resource, Silence, left_of
from haboot.checker.machines.starts import Fact, Start, by_channel, letters


@dataclass(frozen=True)
class Composition:
    """Everything that ``compose`` needs.

    ``down`` says when a host neither hears nor acts, or, for a pair, when what one host sends misses the other. What is
    ``under_way`` at the start is listed in order, as (source, target, message) or (source, target, session, message).
    ``starts`` are the ways to begin where parts start in what fits together, one of them in each run.
    ``marks`` says of a host and a message from it how pictures show that: as "forged", "unprotected" or neither, "".
    ``copies`` names the sessions that are copies of one another, which no step and no shared part tells apart.
    Raises ModelError for names that match nothing, with the nearest.
    """

    name: str
    instances: tuple[Instance, ...]
    network: Network = field(default_factory=Network)
    resources: tuple[Resource, ...] = ()
    down: Mapping[str | tuple[str, str], Input] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    joint: tuple[Joint, ...] = ()
    under_way: tuple[tuple[Any, ...], ...] = ()
    marks: Callable[[str, Any], str] | None = None
    starts: tuple[Start, ...] = ()
    copies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        place = f"composition '{given.text('a composition', 'its name', self.name)}'"
        if not isinstance(self.network, Network):
            raise given.wrong(place, "its network", self.network, "a Network")
        for what, kind in (
            ("instances", Instance),
            ("resources", Resource),
            ("facts", Fact),
            ("joint", Joint),
            ("starts", Start),
        ):
            members = given.members(place, what, getattr(self, what), kind, f"of type {kind.__name__}, which")
            object.__setattr__(self, what, members)
        object.__setattr__(self, "down", given.mapping(place, "down", self.down))
        object.__setattr__(self, "under_way", tuple(letters(place, self.under_way)))
        object.__setattr__(self, "copies", given.texts(place, "copies", self.copies))
        if self.marks is not None and not callable(self.marks):
            raise given.wrong(place, "marks", self.marks, "a function of a host and a message from it")
        _require_well_formed(self)

    def mark(self, source: str, message: Message) -> str:
        """Return how pictures show a message from a host; raise ModelError for a mark that there is not."""
        if self.marks is None:
            return ""
        place = f"composition '{self.name}': marks"
        with authored(place):
            found = self.marks(source, message)
        given.require_known(place, "mark", found, MARKS)
        return found

    @property
    def counters(self) -> dict[tuple[str, str], int]:
        """How often something is done at most: by who does it, an instance or "network", and what."""
        own = {(one.name, trigger): most for one in self.instances for trigger, most in one.at_most.items()}
        return {**{("network", deed): most for deed, most in self.network.at_most.items()}, **own}

    @property
    def begun(self) -> Iterator[tuple[Pair, Message]]:
        """What is under way at the start, in order, by channel."""
        return by_channel(self.under_way)

    @property
    def begins(self) -> tuple[Start, ...]:
        """The ways to begin, at least one."""
        return self.starts or (Start(),)


def _require_well_formed(composition: Composition) -> None:
    """Raise ModelError for the first name that matches nothing, or that two parts have."""
    place = f"composition '{composition.name}'"
    instances = {one.name: one for one in composition.instances}
    require_once(place, "instances", (one.name for one in composition.instances))
    require_once(place, "facts", (one.name for one in composition.facts))
    require_once(place, "resources", (one.name for one in composition.resources))
    slots = [
        *(one.name for one in composition.facts),
        *(slot for one in composition.instances for slot in one.slots),
        *(one.name for one in composition.resources),
        *(left_of(*one) for one in composition.counters),
    ]
    require_once(place, "slots", slots)
    require_once(
        place, "actions", (f"{one.name} {name}" for one in composition.instances for name in one.participant.internal)
    )
    require_once(f"{place}: its sessions", "channels", (pair.name for pair in pairs(composition)))
    hosts = tuple(dict.fromkeys(one.host for one in composition.instances))
    for one in composition.instances:
        _require_instance(one, composition, hosts, slots)
    _require_down(composition, hosts, slots)
    _require_joints(place, composition.joint, instances)
    _require_starts(composition)
    require_once(place, "copies", composition.copies)
    for name in composition.copies:
        require_known(f"{place}, copies", "session", name, {one.session for one in composition.instances} - {""})
    for pair, _ in (*composition.begun, *(one for start in composition.starts for one in start.begun)):
        for host in (pair.source, pair.target):
            require_known(f"{place}, under way", "host", host, hosts)
        require_known(f"{place}, under way", "session", pair.session, {one.session for one in composition.instances})


def _require_starts(composition: Composition) -> None:
    place = f"composition '{composition.name}', a start"
    domains: dict[str, Sequence[Value]] = {one.name: one.values for one in composition.facts}
    domains |= {one.name: range(one.most + 1) for one in composition.resources}
    for one in composition.instances:
        domains |= dict(zip(one.slots, one.domains.values(), strict=True))
    for start in composition.starts:
        for name, value in start.values.items():
            require_known(place, "slot", name, domains)
            with authored(f"{place}, slot '{name}'"):
                fits = value in domains[name]
            if not fits:
                raise outside(place, name, value, domains[name])


def pairs(composition: Composition) -> Iterator[Pair]:
    """All channels that there could be: the pairs of hosts of each session."""
    hosts: dict[str, dict[str, None]] = {}
    for one in composition.instances:
        hosts.setdefault(one.session, {})[one.host] = None
    for session, known in hosts.items():
        yield from (Pair(one, other, session) for one in known for other in known)


def _require_instance(one: Instance, composition: Composition, hosts: tuple[str, ...], slots: list[str]) -> None:
    place = f"instance '{one.name}'"
    _require_held(place, one)
    for host in sorted(one.peers):
        require_known(place, "host among its peers", host, hosts)
    if one.resource is not None:
        require_known(place, "resource", one.resource, (known.name for known in composition.resources))
    undergone = {joint.trigger for joint in composition.joint if one.name in joint.followers}
    for trigger in sorted(one.at_most):
        if trigger in undergone | one.disabled:
            why = "disabled" if trigger in one.disabled else "undergone, and its leader says how often"
            raise ModelError(f"{place}: at_most has no effect on '{trigger}', which is {why}")
    for name, source in one.inputs.items():
        where = f"{place}, input '{name}'"
        if isinstance(source, Silence):
            for host in (source.host, *source.others):
                require_known(where, "host", host, hosts)
            if source.early:
                require_known(f"{where}, early", "slot", source.early, slots)
        else:
            _require_slots(where, source, slots)


def _require_held(place: str, one: Instance) -> None:
    for row in one.participant.rows:
        require_held(f"{place}, row '{row.name}'", row.noted)
    for name, source in one.inputs.items():
        if isinstance(source, Input):
            require_held(f"{place}, input '{name}'", source.noted)


def _require_slots(place: str, source: Input, slots: list[str]) -> None:
    for slot in source.reads:
        require_known(place, "slot", slot, slots)


def _require_down(composition: Composition, hosts: tuple[str, ...], slots: list[str]) -> None:
    for key, source in composition.down.items():
        place = f"composition '{composition.name}', down {key!r}"
        pair = (key,) if isinstance(key, str) else key
        if not isinstance(pair, tuple) or len(pair) not in {1, 2}:
            raise wrong(place, "its key", key, "a host, or a pair of hosts (source, target),")
        for host in pair:
            require_known(place, "host", host, hosts)
        if not isinstance(source, Input):
            raise wrong(place, "when", source, "an Input")
        require_held(place, source.noted)
        _require_slots(place, source, slots)


def _require_joints(place: str, joints: tuple[Joint, ...], instances: Mapping[str, Instance]) -> None:
    require_once(place, "joints of one leader", (f"{one.trigger} of {one.leader}" for one in joints))
    led = {(one.trigger, one.leader) for one in joints}
    for joint in joints:
        where = f"{place}, joint '{joint.trigger}'"
        require_known(where, "instance as leader", joint.leader, instances)
        require_once(where, "followers", joint.followers)
        for name in joint.followers:
            require_known(where, "instance as follower", name, instances)
            if (joint.trigger, name) in led:
                raise ModelError(
                    f"{where}: '{name}' follows, so it cannot lead the same trigger; its joint never fires"
                )
        for name in (joint.leader, *joint.followers):
            require_known(f"{where}, at '{name}'", "trigger", joint.trigger, instances[name].participant.internal)
        leader = instances[joint.leader]
        odd = [name for name in joint.followers if instances[name].participant.is_environment(joint.trigger)]
        if odd and not leader.is_environment(joint.trigger):
            raise ModelError(
                f"{where}: it is of the environment at '{odd[0]}', not at its leader '{leader.name}'; the leader says "
                "whose step it is, so mark its rows as well"
            )
