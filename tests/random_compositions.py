"""Random compositions that use every feature of the API, the same for the same seed.

``random_composition(seed)`` gives a small Composition: one to three participants with random rows, guards over
variables, inputs, messages and facts, effects that set variables, send, acquire and release; silence, a resource, hosts
that go down, a joint trigger, disabled triggers, several starts; a network that is a queue or a multiset, with loss,
duplication, a capacity of one or two and any way with a full channel; unexpected messages that are thrown away or wait;
messages under way at the start; marks of the environment. It closes by construction: each message sent has one
receiver, and its content is one of two numbers. ``several(first, count)`` gives many of them with their seeds.

    from tests.random_compositions import random_composition
    system = compose(random_composition(7))

State spaces have mostly below a thousand states, some have more: explore with a limit.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from haboot.checker import (
    Composition,
    Effect,
    Fact,
    Guard,
    Input,
    Instance,
    Joint,
    Local,
    Network,
    Participant,
    Resource,
    Row,
    Silence,
)

HOSTS = ("A", "B", "C")
STATES = ("s", "t", "u")
TRIGGERS = ("go", "try", "crash")
JOINT = "shake"


@dataclass(frozen=True)
class Ask:
    """A message with a number."""

    number: int


@dataclass(frozen=True)
class Tell:
    """Another message with a number."""

    number: int


KINDS: tuple[type[Ask] | type[Tell], ...] = (Ask, Tell)


def several(first: int, count: int) -> Iterator[tuple[int, Composition]]:
    """Return compositions of consecutive seeds, each with its seed."""
    for seed in range(first, first + count):
        yield seed, random_composition(seed)


def random_composition(seed: int) -> Composition:
    """Return the composition of a seed."""
    return _Draw(random.Random(seed)).composition(f"random {seed}")  # noqa: S311 - no secret


class _Draw:
    """Draws the parts of one composition, hosts first."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.hosts = HOSTS[: rng.choice((1, 2, 2, 2, 3))]
        self.has_resource = rng.random() < 0.4
        self.has_fact = rng.random() < 0.4
        self.is_joint = len(self.hosts) > 1 and rng.random() < 0.3
        self.joint_is_environment = rng.random() < 0.5

    def some(self, share: float) -> bool:
        """Return True for a share of the draws."""
        return self.rng.random() < share

    def composition(self, name: str) -> Composition:
        """Return the composition."""
        instances = tuple(self.instance(host) for host in self.hosts)
        if self.some(0.1):
            network = Network(capacity=1, full="lose", reordering=self.some(0.5))
        else:
            network = Network(
                loss=self.some(0.3),
                duplication=self.some(0.25),
                reordering=self.some(0.4),
                capacity=self.rng.choice((1, 1, 2)),
                full=self.rng.choice(("bound", "lose", "wait")),
            )
            network = replace(network, at_most=self.at_most(("loss", "duplication"), network))
        return Composition(
            name,
            instances,
            network,
            (Resource("pool", self.rng.choice((1, 2))),) if self.has_resource else (),
            dict(self.down()),
            (Fact("fact", (False, True) if self.some(0.6) else (True,)),) if self.has_fact else (),
            (Joint(JOINT, self.hosts[0], self.hosts[1:]),) if self.is_joint else (),
            tuple(self.under_way(network.capacity)),
        )

    def at_most(self, deeds: Iterable[str], network: Network | None = None) -> dict[str, int]:
        """How often some deeds happen at most."""
        known = (deed for deed in deeds if network is None or getattr(network, deed))
        return {deed: self.rng.choice((1, 1, 2)) for deed in known if self.some(0.2)}

    def down(self) -> Iterator[tuple[str | tuple[str, str], Input]]:
        """When hosts are down, and when what one sends misses another."""
        state = self.rng.choice(STATES)
        for host in self.hosts:
            if self.some(0.15):
                yield host, Input((f"{host}.state",), lambda view, at=f"{host}.state": view[at] == state)  # type: ignore[misc]
        if len(self.hosts) > 1 and self.some(0.15):
            yield ("A", "B"), Input(("B.n",), lambda view: view["B.n"] == 1)

    def under_way(self, capacity: int) -> Iterator[tuple[object, ...]]:
        """What is under way at the start: at most one message a pair of hosts, so that it fits."""
        del capacity
        for source in self.hosts:
            for target in self.hosts:
                if self.some(0.15):
                    message = self.rng.choice(KINDS)(self.rng.choice((0, 1)))
                    yield (source, target, message) if self.some(0.5) else (source, target, "", message)

    def instance(self, host: str) -> Instance:
        """Return the instance at a host; it is called as its host is."""
        other = self.rng.choice(self.hosts)
        inputs: dict[str, Input | Silence] = {
            "silence": Silence(host, self.hosts, at_most=self.rng.choice((0, 0, 1, 2))),
            "other": Input((f"{other}.state",), lambda view, at=f"{other}.state": view[at] == "s"),  # type: ignore[misc]
        }
        if self.has_fact:
            inputs["fact"] = Input(("fact",), lambda view: view["fact"])
        participant = self.participant(host, tuple(inputs))
        starts = {
            "state": tuple(
                self.rng.sample(participant.states, min(len(participant.states), self.rng.choice((1, 1, 2))))
            )
        }
        starts |= {"n": (0, 1)} if self.some(0.15) else {}
        off = [name for name in participant.internal if self.some(0.1)]
        return Instance(
            host,
            participant,
            host,
            constants={"one": 1},
            inputs=inputs,
            resource="pool" if self.has_resource else None,
            outside=self.some(0.2),
            start=starts if self.some(0.5) else {},
            disabled=frozenset(off),
            environment=self.some(0.1),
            at_most=self.at_most(
                name for name in participant.internal if name not in off and (name != JOINT or host == self.hosts[0])
            ),
        )

    def participant(self, host: str, inputs: Sequence[str]) -> Participant:
        """Return the participant of a host: internal rows, rows for both message classes, the joint's row."""
        states = STATES[: self.rng.choice((1, 2, 2, 3))]
        marked: set[str | type] = {trigger for trigger in TRIGGERS if self.some(0.2)}
        triggers = [*self.rng.sample(TRIGGERS, self.rng.choice((1, 1, 2))), *KINDS]
        rows = [
            self.row(trigger, states, inputs, environment=trigger in marked)
            for trigger in triggers
            for _ in range(self.rng.choice((1, 1, 2)))
        ]
        if self.is_joint:
            rows.append(self.row(JOINT, states, inputs, environment=self.joint_is_environment))
        self.rng.shuffle(rows)
        return Participant(
            f"participant {host}",
            states,
            self.rng.choice(states),
            tuple(rows),
            variables={"n": (0, 1), "m": ("x", "y")} if self.some(0.4) else {"n": (0, 1)},
            inputs=dict.fromkeys(inputs, (False, True)),
            terminal=frozenset(self.rng.sample(states, self.rng.choice((0, 1)))),
            unexpected=self.rng.choice(("discard", "discard", "wait")),
        )

    def row(self, trigger: str | type, states: tuple[str, ...], inputs: Sequence[str], *, environment: bool) -> Row:
        """Return one row for a trigger."""
        guards = tuple(
            self.guard(inputs, heard=not isinstance(trigger, str)) for _ in range(self.rng.choice((0, 0, 1)))
        )
        effects = tuple(self.effect(heard=not isinstance(trigger, str)) for _ in range(self.rng.choice((0, 1, 1, 2))))
        return Row(
            trigger,
            tuple(self.rng.sample(states, max(self.rng.randint(1, len(states)) for _ in range(2)))),
            self.rng.choice((*states, "=")),
            guards,
            effects,
            discards=not isinstance(trigger, str) and self.some(0.1),
            environment=environment,
        )

    def guard(self, inputs: Sequence[str], *, heard: bool) -> Guard:
        """Return a guard over a variable, an input, or the message."""
        looked = self.rng.choice(inputs)
        wanted = self.rng.choice((0, 1))

        def counts(me: Local) -> bool:
            return bool(me.n == wanted)

        def looks(me: Local) -> bool:
            return bool(me.see(looked)) == bool(wanted)

        def reads(me: Local) -> bool:
            return bool(me.message.number == wanted)

        return self.rng.choice((counts, looks, reads) if heard else (counts, looks))

    def effect(self, *, heard: bool) -> Effect:
        """Return an effect on a variable, the network, or the resource."""
        target, kind = self.rng.choice(self.hosts), self.rng.choice(KINDS)

        def flips(me: Local) -> None:
            me.n = me.one - me.n

        def sends(me: Local) -> None:
            me.send(target, kind(me.n))

        def passes_on(me: Local) -> None:
            me.send(target, kind(me.message.number))

        def stores(me: Local) -> None:
            me.n = me.message.number

        def acquires(me: Local) -> None:
            me.acquire()

        def releases(me: Local) -> None:
            me.release()

        options: list[Effect] = [flips, sends, sends]
        options += [passes_on, stores] if heard else []
        options += [acquires, releases] if self.has_resource else []
        return self.rng.choice(options)
