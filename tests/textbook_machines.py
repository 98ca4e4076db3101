"""What a composition does, a second time: live machines run by brute force, messages in plain tuples.

Every internal trigger and every message that may arrive is fired on a machine put into its configuration, in every
state anew. Nothing is tabulated or closed, and what is under way is kept as it is sent: a queue for each pair of hosts
and session or, where messages overtake each other, a bag.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from haboot.checker import (
    Composition,
    Fired,
    Input,
    Instance,
    Lost,
    Message,
    Received,
    Sent,
    Silence,
    Start,
    Value,
    View,
)
from haboot.checker.machines.participants import LiveMachine, Reaction

from tests.textbook import Cut, Found, Space, explored

Line = tuple[str, str, str]  # source, target, session


@dataclass(frozen=True)
class World:
    """A state: facts, the instances' configurations, resources in use, what is under way on each line, what was done.

    ``done`` says how often, of what may be done a number of times only.
    """

    facts: tuple[Value, ...]
    configs: tuple[tuple[Value, ...], ...]
    counts: tuple[int, ...]
    lines: frozenset[tuple[Line, tuple[Message, ...]]] = frozenset()
    done: frozenset[tuple[str, int]] = frozenset()

    def doing(self, deed: str) -> World:
        """Return the state in which something was done once more."""
        return replace(self, done=frozenset({**dict(self.done), deed: dict(self.done).get(deed, 0) + 1}.items()))

    def held(self, line: Line) -> tuple[Message, ...]:
        """Return what is under way on a line, the first sent first."""
        return dict(self.lines).get(line, ())

    def holding(self, line: Line, messages: tuple[Message, ...]) -> World:
        """Return the state with other messages under way on a line."""
        lines = {**dict(self.lines), line: messages}
        return replace(self, lines=frozenset((where, held) for where, held in lines.items() if held))


def stem(line: Line) -> str:
    """Return how the names of a line's slots begin."""
    source, target, session = line
    return f"{source}>{target}" + ("" if session in {"", source, target} else f"[{session}]")


class Slots(dict[str, Value]):
    """A state by slot name; a place in a queue that is not taken shows None, a count of messages not under way 0."""

    def __missing__(self, name: str) -> Value:
        return 0 if ": " in name else None


class Machines:
    """The machines of a composition, and what they do in a state."""

    def __init__(self, composition: Composition) -> None:
        self.all, self.network = composition, composition.network
        self.place = {one.name: place for place, one in enumerate(composition.instances)}
        self.live = {one.name: LiveMachine(one.participant, one.name, one.constants) for one in composition.instances}
        self.follows = {(joint.trigger, name) for joint in composition.joint for name in joint.followers}
        self.environment: set[str] = set()
        self.limits = {f"network.{what}": most for what, most in self.network.at_most.items()}
        for one in composition.instances:
            self.limits |= {f"{one.name}.{trigger}": most for trigger, most in one.at_most.items()}

    def _allowed(self, world: World, deed: str, step: Callable[[], Iterator[Found[World]]]) -> Iterator[Found[World]]:
        """Yield what happens when something is done, counted where it may be done a number of times only."""
        if deed not in self.limits:
            yield from step()
        elif dict(world.done).get(deed, 0) < self.limits[deed]:
            for action, events, after in step():
                yield action, events, after.doing(deed) if isinstance(after, World) else after

    def initial(self) -> Iterable[World]:
        """All initial states, each once."""
        return dict.fromkeys(self._started())

    def _started(self) -> Iterator[World]:
        facts = product(*(fact.values for fact in self.all.facts))
        configs = product(*(product(*self._starts(one)) for one in self.all.instances))
        every = list(product(facts, list(configs)))
        for start in self.all.starts or (Start(),):
            fixed = dict(start.values)
            for some, others in every:
                known = zip((fact.name for fact in self.all.facts), some, strict=True)
                given = tuple(fixed.get(name, value) for name, value in known)
                made = tuple(
                    tuple(fixed.get(slot, value) for slot, value in zip(one.slots, config, strict=True))
                    for one, config in zip(self.all.instances, others, strict=True)
                )
                used = tuple(fixed.get(resource.name, 0) for resource in self.all.resources)
                world = World(given, made, used)  # type: ignore[arg-type]
                for source, target, *rest in (*self.all.under_way, *start.under_way):
                    *session, message = rest
                    begun, _ = self._sent(world, (source, target, *(session or [""])), message)
                    assert isinstance(begun, World)
                    world = begun
                yield world

    def _starts(self, one: Instance) -> Iterator[tuple[Value, ...]]:
        yield one.start.get("state", (one.participant.initial,))
        for name, domain in one.participant.variables.items():
            yield one.start.get(name, (domain[0],))

    def shown(self, world: World) -> Slots:
        """Return a state as properties see it."""
        slots = Slots(zip((fact.name for fact in self.all.facts), world.facts, strict=True))
        for one, config in zip(self.all.instances, world.configs, strict=True):
            names = (f"{one.name}.{name}" for name in ("state", *one.participant.variables))
            slots.update(zip(names, config, strict=True))
        slots.update(zip((resource.name for resource in self.all.resources), world.counts, strict=True))
        for deed, most in self.limits.items():
            slots[f"{deed} left"] = most - dict(world.done).get(deed, 0)
        for line, messages in world.lines:
            for number, message in enumerate(messages):
                overtaken = self.network.reordering
                slots[f"{stem(line)}: {message}" if overtaken else f"{stem(line)}.{number}"] = (
                    messages.count(message) if overtaken else message
                )
        return slots

    def steps(self, world: World) -> Iterator[Found[World]]:
        """All that can happen next."""
        slots = self.shown(world)
        for one in self.all.instances:
            if one.outside or not self._down(slots, one.host):
                for trigger in one.participant.internal:
                    if trigger not in one.disabled and (trigger, one.name) not in self.follows:
                        acts = partial(self._acts, world, slots, one, trigger)
                        yield from self._allowed(world, f"{one.name}.{trigger}", acts)
        for line, messages in world.lines:
            for message in dict.fromkeys(messages if self.network.reordering else self._next(world, slots, line)):
                yield from self._arrives(world, slots, line, message)

    def _next(self, world: World, slots: Slots, line: Line) -> Iterator[Message]:
        """What a queue hands over: its first message, and what is behind messages that are put off."""
        for message in world.held(line):
            yield message
            one = self._receiver(line, message)
            way = one.participant.unexpected
            if (way.get(type(message)) if isinstance(way, dict) else way) != "defer":
                return
            if self._reaction(world, slots, one, type(message), message).row is not None:
                return

    def _reaction(
        self, world: World, slots: Slots, one: Instance, trigger: str | type, message: Message | None
    ) -> Reaction:
        machine = self.live[one.name]
        machine.put(world.configs[self.place[one.name]])
        return machine.fire(trigger, message, lambda name: self._seen(world, slots, one, one.inputs[name]))

    def _acts(self, world: World, slots: Slots, one: Instance, trigger: str) -> Iterator[Found[World]]:
        acted = {one.name}
        after, events, row = self._fired(world, world, slots, one, trigger, None, acted=acted)
        if row is None:
            return
        led = [joint for joint in self.all.joint if (joint.trigger, joint.leader) == (trigger, one.name)]
        for joint, name in [(known, name) for known in led for name in known.followers]:
            if isinstance(after, World):
                busy = name in acted
                acted.add(name)
                after, more, row = self._fired(world, after, slots, self._instance(name), trigger, None, acted=acted)
                events += more
                if busy or (joint.together and row is None):
                    after = None
        faulty = any(row.environment for row in one.participant.rows if row.trigger == trigger)
        if after is not None:
            yield self._named(f"{one.name} {trigger}", one, faulty), events, after

    def _instance(self, name: str) -> Instance:
        return self.all.instances[self.place[name]]

    def _arrives(self, world: World, slots: Slots, line: Line, message: Message) -> Iterator[Found[World]]:
        source, target, _ = line
        one, held = self._receiver(line, message), list(world.held(line))
        held.remove(message)
        without, told = world.holding(line, tuple(held)), f"{message} from {source}"

        def received(action: str, rest: World) -> Iterator[Found[World]]:
            heard = self._heard(world, slots, line, message, rest)
            if heard is not None:
                yield self._named(action, one, faulty=rest is world), *heard

        def lost() -> Iterator[Found[World]]:
            action = self._named(f"network loses {told} to {one.name}", one, faulty=True)
            yield action, (self._event(Lost, source, target, message),), without

        yield from received(f"{one.name} receives {told}", without)
        if self.network.duplication:
            copied = partial(received, f"{one.name} receives a copy of {told}", world)
            yield from self._allowed(world, "network.duplication", copied)
        if self.network.loss:
            yield from self._allowed(world, "network.loss", lost)

    def _heard(
        self, world: World, slots: Slots, line: Line, message: Message, rest: World
    ) -> tuple[tuple[Hashable, ...], World | Cut] | None:
        """Hand a message over; ``rest`` is the state without it, or with it where it was copied."""
        (source, target, _), one = line, self._receiver(line, message)
        if self._down(slots, target) or self._down(slots, (source, target)):
            return (self._event(Lost, source, target, message),), rest
        after, events, row = self._fired(world, rest, slots, one, type(message), message, acted={one.name})
        way = one.participant.unexpected
        way = way.get(type(message)) if isinstance(way, dict) else way
        assert row is not None or way, f"{one.name} does not expect {message}"
        if after is None or (row is None and way in {"wait", "defer"}):
            return None
        taken = row is not None and not one.participant.rows[row].discards
        return (self._event(Received, source, target, message, taken), *events), after

    def _at_once(
        self,
        world: World,
        rest: World,
        slots: Slots,
        one: Instance,
        what: tuple[str, Message],
        *,
        must: bool,
        acted: set[str],
    ) -> tuple[World | Cut | None, list[Hashable]]:
        """Hand a message to those who can take it at once; nothing becomes of it where one ``must`` and cannot."""
        target, message = what
        kind, after = type(message), rest
        mark = self.all.marks(one.host, message) if self.all.marks else ""
        events: list[Hashable] = [Sent(one.host, target, message, mark, at_once=True)]
        for other in self.all.instances:
            near = other.session == one.session and (not other.peers or one.host in other.peers)
            wanted = other.host == target if must else other is not one
            if not near or not wanted or all(row.trigger is not kind for row in other.participant.rows):
                continue
            deaf = self._down(slots, other.host) or self._down(slots, (one.host, other.host))
            row = self._reaction(world, slots, other, kind, message).row
            if other.name in acted or deaf or row is None:
                if must:
                    return None, []
                continue
            acted.add(other.name)
            events.append(
                self._event(Received, one.host, other.host, message, not other.participant.rows[row].discards)
            )
            following, more, _ = self._fired(world, after, slots, other, kind, message, acted=acted)
            if not isinstance(following, World):
                return following, []
            after = following
            events += more
        return after, events

    def _event(
        self, kind: Callable[..., Hashable], source: str, target: str, message: Message, *more: bool
    ) -> Hashable:
        """What an observer sees of a message, with the mark that the author gives it."""
        marks = self.all.marks
        return kind(source, target, message, *more, mark=marks(source, message) if marks else "")

    def _named(self, action: str, one: Instance, faulty: bool) -> str:
        if faulty or one.environment:
            self.environment.add(action)
        return action

    def _receiver(self, line: Line, message: Message) -> Instance:
        source, target, session = line
        here = (one for one in self.all.instances if (one.host, one.session) == (target, session))
        (receiver,) = (
            one
            for one in here
            if (not one.peers or source in one.peers)
            and any(row.trigger is type(message) for row in one.participant.rows)
        )
        return receiver

    def _fired(
        self,
        world: World,
        rest: World,
        slots: Slots,
        one: Instance,
        trigger: str | type,
        message: Message | None,
        *,
        acted: set[str],
    ) -> tuple[World | Cut | None, tuple[Hashable, ...], int | None]:
        """Fire a trigger as things stand in a state; return what becomes of the rest, the events and the row taken.

        Nothing becomes of it where a message must wait to be sent, or to be taken at once.
        """
        place = self.place[one.name]
        reaction = self._reaction(world, slots, one, trigger, message)
        configs, counts = list(rest.configs), list(rest.counts)
        configs[place] = reaction.after
        for number, resource in enumerate(self.all.resources):
            if resource.name == one.resource:
                counts[number] = min(max(counts[number] + reaction.taken, 0), resource.most)
        after: World | Cut | None = replace(rest, configs=tuple(configs), counts=tuple(counts))
        name = trigger if isinstance(trigger, str) else trigger.__name__
        events: list[Hashable] = [] if reaction.row is None else [Fired(one.name, name, reaction.row)]
        for target, sent, way in reaction.sent:
            if isinstance(after, World) and way != "send":
                after, more = self._at_once(world, after, slots, one, (target, sent), must=way == "meet", acted=acted)
                events += more
            elif isinstance(after, World):
                after, lost = self._sent(after, (one.host, target, one.session), sent)
                kinds = (Sent, Lost) if lost else (Sent,)
                events += [self._event(kind, one.host, target, sent) for kind in kinds]
        return after, tuple(events), reaction.row

    def _sent(self, world: World, line: Line, message: Message) -> tuple[World | Cut | None, bool]:
        """Return what becomes of a state when a message is sent, and whether it is lost at once."""
        held = world.held(line)
        # where there is no end of copies, one stands for any number that would be received next to each other
        endless = self.network.duplication and "duplication" not in self.network.at_most
        if endless and message in (held if self.network.reordering else held[-1:]):
            return world, False
        if (held.count(message) if self.network.reordering else len(held)) < self.network.capacity:
            more = (*held, message)
            return world.holding(line, tuple(sorted(more, key=str)) if self.network.reordering else more), False
        cut = Cut(f"channel {stem(line)} holds {self.network.capacity}")
        return {"bound": (cut, False), "wait": (None, False), "lose": (world, True)}[self.network.full]

    def _down(self, slots: Slots, where: str | tuple[str, str]) -> bool:
        known = self.all.down.get(where)
        return known is not None and bool(self._observed(slots, known))

    def _observed(self, slots: Slots, known: Input) -> Value:
        return known.value(View({name: slots[name] for name in known.reads}, "an input"))

    def _seen(self, world: World, slots: Slots, one: Instance, known: Input | Silence) -> Value:
        if isinstance(known, Input):
            return self._observed(slots, known)
        heard = (
            len(held)
            for line, held in world.lines
            if known.host in line[:2] and set(known.others) & set(line[:2])
            if known.every_session or line[2] == one.session
        )
        return sum(heard) <= known.at_most


def explored_machines(composition: Composition) -> Space:
    """Return all that a composition can reach."""
    machines = Machines(composition)
    return explored(machines.initial(), machines.steps, machines.shown, machines.environment)
