"""What every trigger and every delivery of a composition does, over one way of running its machines."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial

from haboot.checker.boundary import ModelError, nearest
from haboot.checker.branches import over
from haboot.checker.core import Outcome, Value, View, counted
from haboot.checker.machines.channels import Line, Pair
from haboot.checker.machines.closure import Closure
from haboot.checker.machines.deeds import Deed, Machines
from haboot.checker.machines.events import Events, Fired, Lost, Message, Names, Received, Sent, Trigger, title
from haboot.checker.machines.local import Handed
from haboot.checker.machines.participants import Reaction
from haboot.checker.machines.parts import Input, Instance, Silence, left_of
from haboot.checker.machines.rows import Config


class Effects:
    """What every trigger and every delivery does, over one way of running the machines.

    ``channels`` has each channel that a message may be sent into, from the start.
    """

    def __init__(self, closure: Closure, machines: Machines, channels: Mapping[Pair, Line]) -> None:
        composition = closure.composition
        self.composition, self.labels, self.machines, self.channels = composition, closure.labels, machines, channels
        self.network = composition.network
        self.most = {one.name: one.most for one in composition.resources}
        self.named = {one.name: one for one in composition.instances}
        self.led = {(one.trigger, one.leader): one for one in composition.joint}
        self.receiver, self.takers = closure.receiver, closure.takers
        self.left = {one: left_of(*one) for one in composition.counters}
        self.following = {(one.trigger, name) for one in composition.joint for name in one.followers}
        self._silent: dict[tuple[str, Silence], dict[str, Value]] = {}
        self._marks: dict[tuple[str, Message], str] = {}

    def mark(self, source: str, message: Message) -> str:
        """Return how pictures show a message from a host."""
        if (source, message) not in self._marks:
            self._marks[source, message] = self.composition.mark(source, message)
        return self._marks[source, message]

    @cached_property
    def names(self) -> Names:
        """The names that its events may be asked for."""
        every = self.composition.instances
        triggers = (row.trigger for one in every for row in one.participant.rows)
        return Names(frozenset(one.name for one in every), frozenset(self.labels.trigger(one) for one in triggers))

    def _seen(self, *events: Hashable) -> Events:
        return Events.of(self.names, events)

    def __made_of__(self) -> object:
        """What it is, for an identity: the composition, without what is remembered on the way."""
        return self.composition

    def spontaneous(self) -> Iterator[tuple[Instance, str]]:
        """All triggers that fire by themselves, each with its instance."""
        for one in self.composition.instances:
            for trigger in one.participant.internal:
                if trigger not in one.disabled and (trigger, one.name) not in self.following:
                    yield one, trigger

    def followers(self, one: Instance, trigger: str) -> list[Instance]:
        """The instances that undergo a trigger together with the one that fires it."""
        joint = self.led.get((trigger, one.name))
        return [] if joint is None else [self.named[name] for name in joint.followers]

    def down(self, one: Instance) -> Input | None:
        """When an instance does not act."""
        return None if one.outside else self.composition.down.get(one.host)

    def missing(self, pair: Pair) -> list[Input]:
        """When what is sent over a channel is not heard."""
        keys: tuple[str | tuple[str, str], ...] = (pair.target, (pair.source, pair.target))
        return [self.composition.down[key] for key in keys if key in self.composition.down]

    def internal(self, one: Instance, trigger: str) -> Deed:
        """Return what a trigger does that an instance fires by itself."""
        down, followers, joint = self.down(one), self.followers(one, trigger), self.led.get((trigger, one.name))

        def effect(view: View) -> Outcome | None:
            if down is not None and down.seen(f"down of '{one.host}'", view):
                return None
            reaction = self.react(one, trigger, None, view)
            if reaction.row is None:
                return None
            acted = [one]
            outcome = self._outcome(one, trigger, reaction, view, Outcome({}), acted)
            for other in followers:
                if outcome is None or outcome.bound:
                    break
                followed = None if other in acted else self.react(other, trigger, None, view)
                if followed is None or (followed.row is None and joint is not None and joint.together):
                    outcome = None
                    break
                acted.append(other)
                outcome = self._outcome(other, trigger, followed, view, outcome, acted)
            return self._kept(outcome, acted, view)

        name, environment = f"{one.name} {trigger}", one.is_environment(trigger)
        return self._at_most(one.name, trigger, Deed(name, effect, environment, assumes=one.needs(trigger)))

    def _at_most(self, owner: str, what: str, deed: Deed) -> Deed:
        """Return a deed as it is when it may be done a number of times only, where a counter says so."""
        counter = self.left.get((owner, what))
        if counter is None:
            return deed

        def effect(view: View) -> Outcome | None:
            left = counted(view[counter])
            outcome = deed.effect(view) if left else None
            if outcome is None or outcome.bound:
                return outcome
            return replace(outcome, writes={**outcome.writes, counter: left - 1})

        return replace(deed, effect=effect, counter=counter)

    def delivered(self, channel: Line, message: Message, one: Instance) -> Iterator[Deed]:
        """Return all that can happen to a message under way to an instance."""
        source, target = channel.pair.source, channel.pair.target

        mark = self.mark(source, message)

        def lose(view: View) -> Outcome | None:
            rest = self._taken_out(channel, message, view)
            return None if rest is None else Outcome(rest, self._seen(Lost(source, target, message, mark)))

        told = f"{self.labels.text(message)} from {source}"
        receive = partial(self._received, channel, message, one)
        yield Deed(f"{one.name} receives {told}", partial(receive, keep=False), one.environment)
        if self.network.duplication:
            name, assumed = f"{one.name} receives a copy of {told}", self.network.needs("duplication")
            copied = Deed(name, partial(receive, keep=True), environment=True, assumes=assumed)
            yield self._at_most("network", "duplication", copied)
        if self.network.loss:
            name, assumed = f"network loses {told} to {one.name}", self.network.needs("loss")
            lost = Deed(name, lose, environment=True, loses=True, assumes=assumed)
            yield self._at_most("network", "loss", lost)

    def _received(self, channel: Line, message: Message, one: Instance, view: View, *, keep: bool) -> Outcome | None:
        pair = channel.pair
        rest = self._taken_out(channel, message, view)
        if rest is None:
            return None
        if keep:
            rest = {}
        if any(miss.seen(f"down of {pair.name}", view) for miss in self.missing(pair)):
            lost = Lost(pair.source, pair.target, message, self.mark(pair.source, message))
            return Outcome(rest, self._seen(lost))
        reaction = self.react(one, type(message), message, view)
        if reaction.row is None and not self._discards(one, message, view):
            return None
        taken = reaction.row is not None and not one.participant.rows[reaction.row].discards
        seen = Received(pair.source, pair.target, message, taken, self.mark(pair.source, message))
        acted = [one]
        outcome = self._outcome(one, type(message), reaction, view, Outcome(rest, (seen,)), acted)
        return self._kept(outcome, acted, view)

    def _taken_out(self, channel: Line, message: Message, view: View) -> dict[str, Value] | None:
        """Return what changes when a message is taken out; None where it is not there, or another is in its way."""

        def passes(ahead: Message) -> bool:
            other = self.receiver(channel.pair, ahead)
            if other.participant.way_with(type(ahead)) != "defer":
                return False
            waits = self.react(other, type(ahead), ahead, view).row is None
            if not waits:
                self.machines.back(other.name, _config(other, view))
            return waits

        return channel.take(view.__getitem__, message, passes)

    def _kept(self, outcome: Outcome | None, acted: Iterable[Instance], view: View) -> Outcome | None:
        """Return a step; where it is not taken after all, the machines that acted go back to where they were."""
        if outcome is None or outcome.bound:
            for one in acted:
                self.machines.back(one.name, _config(one, view))
        return outcome

    def _discards(self, one: Instance, message: Message, view: View) -> bool:
        """Whether a message that no row takes is thrown away; raise ModelError where the participant does not say."""
        participant, state = one.participant, view[one.slots[0]]
        way = participant.way_with(type(message))
        if way is None:
            rows = [row for row in participant.rows if row.trigger is type(message) and state in row.source]
            why = "no guard of its rows there holds" if rows else "there is no row for it there"
            raise ModelError(
                f"{one.name}: '{self.labels.text(message)}' meets participant '{participant.name}' in state '{state}', "
                f'and {why}; say unexpected="discard" to throw such messages away, unexpected="wait" to leave them '
                "under way until a row takes them, or add a row"
            )
        return way == "discard"

    def idle(self, one: Instance, silence: Silence) -> dict[str, Value]:
        """Return the slots that show silence, with the values that show it."""
        where = (one.session, silence)
        if where not in self._silent:
            self._silent[where] = {
                slot: value
                for pair, channel in self.channels.items()
                if silence.is_about(pair, one.session)
                for slot, value in channel.idle.items()
            }
        return self._silent[where]

    def react(self, one: Instance, trigger: Trigger, message: Message | None, view: View) -> Reaction:
        """Return what an instance does, in a state, for a trigger."""

        def see(name: str) -> Value:
            source = one.inputs.get(name)
            if source is None:
                declared = ", ".join(one.participant.inputs) or "none is"
                raise ModelError(f"input '{name}' is not declared ({declared}){nearest(name, one.participant.inputs)}")
            return self._silence(one, source, view) if isinstance(source, Silence) else one.observed(name, source, view)

        return self.machines.react(one.name, _config(one, view), trigger, message, see)

    def shown(self, one: Instance, silence: Silence) -> tuple[str, ...]:
        """Return the slots that an observer of silence looks at."""
        if not silence.at_most:
            return tuple(self.idle(one, silence))
        lines = (line for pair, line in self.channels.items() if silence.is_about(pair, one.session))
        early = (silence.early,) if silence.early else ()
        return (*(slot for line in lines for slot in line.shown(silence.at_most)), *early)

    def _silence(self, one: Instance, silence: Silence, view: View) -> bool:
        if not silence.at_most:
            return all(view[slot] == value for slot, value in self.idle(one, silence).items())
        held = 0
        for pair, line in self.channels.items():
            if silence.is_about(pair, one.session):
                held += line.held(view.__getitem__, silence.at_most - held)
                if held > silence.at_most:
                    return False
        return not held or not silence.early or view[silence.early] is True

    def _outcome(
        self,
        one: Instance,
        trigger: Trigger,
        reaction: Reaction,
        view: View,
        so_far: Outcome,
        acted: list[Instance],
    ) -> Outcome | None:
        """Return a step with what an instance adds to it, and all whom it draws in; these are added to ``acted``.

        None where a full channel makes it wait, or somebody who is not ready to meet it.
        """
        changed = {**so_far.writes, **dict(zip(one.slots, reaction.after, strict=True))}
        if reaction.taken:
            if one.resource is None:
                raise ModelError(
                    f"{one.name}: '{title(trigger)}' takes or gives back a resource, but the instance has none"
                )
            count = counted(over(view, changed)(one.resource)) + reaction.taken
            changed[one.resource] = min(max(count, 0), self.most[one.resource])
        events = list(so_far.events)
        if reaction.row is not None:
            events.append(Fired(one.name, self.labels.trigger(trigger), reaction.row))
        for handed in reaction.sent:
            target, message, way = handed
            if way != "send":
                joined = self._at_once(one, handed, view, Outcome(changed, tuple(events)), acted)
                if joined is None or joined.bound:
                    return joined
                changed, events = dict(joined.writes), list(joined.events)
                continue
            channel = self.channels[Pair(one.host, target, one.session)]
            self.labels.require_alone(channel.pair, message)
            put = channel.put(over(view, changed), message)
            if put is None and self.network.full == "wait":
                return None
            if put is None and self.network.full == "bound":
                return Outcome({}, bound=f"channel {channel.pair.name} holds {self.network.capacity}")
            changed |= put or {}
            mark = self.mark(one.host, message)
            events.append(Sent(one.host, target, message, mark))
            if put is None:
                events.append(Lost(one.host, target, message, mark))
        return Outcome(changed, Events.of(self.names, events))

    def _at_once(
        self, one: Instance, handed: Handed, view: View, so_far: Outcome, acted: list[Instance]
    ) -> Outcome | None:
        """Return a step with what becomes of a message handed over in it; None where the one to meet is not ready.

        Each takes part once, as it was before the step.
        """
        target, message, way = handed
        mark, kind = self.mark(one.host, message), type(message)
        told = Sent(one.host, target, message, mark, at_once=True)
        step = replace(so_far, events=(*so_far.events, told))
        for other in self.takers(one, handed):
            misses = self.missing(pair := Pair(one.host, other.host, one.session))
            deaf = other in acted or any(miss.seen(f"down of {pair.name}", view) for miss in misses)
            reaction = None if deaf else self.react(other, kind, message, view)
            if reaction is None or reaction.row is None:
                if way == "meet":
                    return None
                continue
            acted.append(other)
            taken = not other.participant.rows[reaction.row].discards
            seen = Received(one.host, other.host, message, taken, mark)
            joined = self._outcome(other, kind, reaction, view, replace(step, events=(*step.events, seen)), acted)
            if joined is None or joined.bound:
                return joined
            step = joined
        return step


def _config(one: Instance, view: View) -> Config:
    return tuple(view[name] for name in one.slots)
