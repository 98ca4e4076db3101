"""A composition run by its rows: participants, channels and what they share, a second time and on plain values.

Nothing is tabulated ahead. A piece is a fact, an instance with its variables, a resource, a counter, or a channel with
the messages under way in order (by text, where they overtake each other). A message is known by its text once a row
has sent it. What the author's vocabulary has beyond this is refused, not passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

from haboot.certify.acting import Me, Message
from haboot.certify.reading import RefusedError, require
from haboot.certify.worlds import Held, Look, Part, Result, World, is_true
from haboot.checker import Composition, Fired, Input, Instance, Lost, Received, Sent, Silence
from haboot.checker.machines import Labels

Line = tuple[str, ...]  # source, target, session
Cause = tuple[Any, Message | None]  # a trigger, or the type of a message with the message


class StoppedError(Exception):
    """A step does not happen: it waits, or a bound cuts it."""


@dataclass
class Step:
    """A step in the making: what it changes, what is seen of it, and which instances have acted."""

    changed: dict[int, Any]
    events: list[Hashable]
    acted: list[Instance] = field(default_factory=list)


class Machines(World):
    """The states of a composition, and what its rows do."""

    def __init__(self, composition: Composition, pieces: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(pieces)
        every = composition.instances
        self.all, self.network, self.labels = composition, composition.network, Labels(every)
        self.named = {one.name: one for one in every}
        self.following = {(joint.trigger, name) for joint in composition.joint for name in joint.followers}
        self.most = {one.name: one.most for one in composition.resources}
        limits = {("network", deed): most for deed, most in self.network.at_most.items()}
        limits |= {(one.name, deed): most for one in every for deed, most in one.at_most.items()}
        own: dict[str, dict[str, tuple[Sequence[Any], Sequence[Any]]]] = {}  # by piece and slot: domain, first values
        own |= {one.name: {one.name: (one.values, one.values)} for one in composition.facts}
        own |= {one.name: self._variables(one) for one in every}
        own |= {name: {name: (range(most + 1), (0,))} for name, most in self.most.items()}
        own |= {f"{who}.{deed} left": {f"{who}.{deed} left": (range(n + 1), (n,))} for (who, deed), n in limits.items()}
        lines = [tuple(one.get("channel", ())) for one in pieces[len(own) :]]
        same = [one.get("slots") for one in pieces[: len(own)]] == [[*slots] for slots in own.values()]
        fine = same and all(len(line) == 3 and lines.count(line) == 1 for line in lines)
        require(fine, "its pieces are not the parts of the model")
        self.keys: list[Any] = [*own, *lines]
        self.place = {key: piece for piece, key in enumerate(self.keys)}
        self.lines = {line: self.place[line] for line in lines}
        self.domains = [[domain for domain, _ in slots.values()] for slots in own.values()]
        self.first = [{name: first for name, (_, first) in slots.items()} for slots in own.values()]
        self.tables = [[tuple(row) for row in one["rows"]] for one in pieces]
        self.rows = [{row: number for number, row in enumerate(rows)} for rows in self.tables]
        self.known = dict[tuple[int, str], Message]()
        self._values, self._receivers = dict[tuple[int, int], Any](), dict[tuple[Line, type], Instance]()
        names = [(name, piece, at) for piece, slots in enumerate(own.values()) for at, name in enumerate(slots)]
        self.slots = {name: (piece, partial(_at, at)) for name, piece, at in names}
        self.told = dict.fromkeys(self.slots, ((), None))
        for line in lines:
            for name, part in self._places(line):
                self.slots[name], self.told[name] = (self.place[line], part), (line, part(()))

    @staticmethod
    def _variables(one: Instance) -> dict[str, tuple[Sequence[Any], Sequence[Any]]]:
        domains = {"state": one.participant.states, **one.participant.variables}
        usual = {name: (domain[0],) for name, domain in domains.items()} | {"state": (one.participant.initial,)}
        return {f"{one.name}.{name}": (domain, one.start.get(name, usual[name])) for name, domain in domains.items()}

    def _places(self, line: Line) -> Iterator[tuple[str, Callable[[Any], Any]]]:
        """Return the slots of a channel, and what each is of what it holds: a place, or how many have a text."""
        if self.network.reordering:
            for text in dict.fromkeys(text for row in self.tables[self.place[line]] for text in row):
                yield f"{_stem(line)}: {text}", partial(self._count, text)
        else:
            for at in range(self.network.capacity):
                yield f"{_stem(line)}.{at}", partial(_at, at)

    def part(self, name: str) -> Part:
        """See World; what no channel ever holds has a slot as well, where messages overtake each other."""
        for line in () if name in self.slots else self.lines:
            if self.network.reordering and name.startswith(f"{_stem(line)}: "):
                self.slots[name] = self.place[line], partial(self._count, name.removeprefix(f"{_stem(line)}: "))
        return self.slots[name]

    def _count(self, text: str, held: tuple[Message, ...]) -> int:
        return sum(self.labels.text(one) == text for one in held)

    def value(self, piece: int, row: int) -> Any:
        """See World."""
        if (piece, row) not in self._values:
            held = self.tables[piece][row]
            try:
                if piece < len(self.domains):
                    made = tuple(domain[at] for domain, at in zip(self.domains[piece], held, strict=True))
                else:
                    made = tuple(self.known[piece, text] for text in held)
            except (LookupError, TypeError, ValueError):
                raise RefusedError(f"a row of its tables, {held}, stands for nothing that is known") from None
            self._values[piece, row] = made
        return self._values[piece, row]

    def row(self, piece: int, value: Any) -> int | None:
        """See World."""
        if piece < len(self.domains):
            held = zip(self.domains[piece], value, strict=True)
            return self.rows[piece].get(tuple(domain.index(one) for domain, one in held))
        for message in value:
            other = self.known.setdefault((piece, self.labels.text(message)), message)
            if type(other) is not type(message) or other != message:
                raise RefusedError(f"two messages are called '{message}'")
        return self.rows[piece].get(tuple(map(self.labels.text, value)))

    def starts(self) -> Iterator[Mapping[int, Any]]:
        """See World."""
        for start in self.all.begins:
            given = {name: (value,) for name, value in start.values.items()}
            pieces = (product(*({**some, **given}[name] for name in some)) for some in self.first)
            for every in product(*pieces):
                held: dict[int, Any] = dict.fromkeys(self.lines.values(), ()) | dict(enumerate(every))
                for source, target, *rest in (*self.all.under_way, *start.under_way):
                    odd = self._put((source, target, *(rest[:-1] or [""])), rest[-1], held.__getitem__, held)
                    require(not odd, "what is under way at the start has no room")
                yield held

    def moving(self, piece: int, row: int) -> Iterator[Callable[[Look], Iterable[Result]]]:
        """See World: what an instance does by itself, and what a channel delivers."""
        key, held = self.keys[piece], self.value(piece, row)
        if key in self.named:
            one = self.named[key]
            for trigger in dict.fromkeys(each.trigger for each in one.participant.rows if held[0] in each.source):
                if isinstance(trigger, str) and trigger not in one.disabled and (trigger, key) not in self.following:
                    yield partial(self._acts, one, trigger)
        elif key in self.lines:
            passing = self.network.reordering or any("defer" in one.participant.ways for one in self.all.instances)
            for message in dict.fromkeys(held if passing else held[:1]):
                yield partial(self._arrives, key, message)

    def _passes(self, line: Line, message: Message, look: Look) -> bool:
        """Whether a message lets those behind it in a queue pass: it is put off, since no row takes it now."""
        one, kind = self._receiver(line, message), type(message)
        return one.participant.way_with(kind) == "defer" and self._fired(one, (kind, message), look)._turn.row is None

    def _counted(self, deed: str, made: Callable[[], Result | None], look: Look) -> Iterator[Result]:
        """Yield what is done, counted where it may be done a number of times only."""
        piece = self.place.get(f"{deed} left")
        left = 1 if piece is None else self.value(piece, look(piece))[0]
        result = made() if left else None
        if result is not None:
            counted = {} if piece is None or result.cut else {piece: (left - 1,)}
            yield result._replace(changed={**result.changed, **counted})

    def _acts(self, one: Instance, trigger: str, look: Look) -> Iterator[Result]:
        faulty = one.environment or any(row.environment for row in one.participant.rows if row.trigger == trigger)
        led = [joint for joint in self.all.joint if (joint.trigger, joint.leader) == (trigger, one.name)]
        every = [one, *(self.named[name] for joint in led for name in joint.followers)]

        def made() -> Result | None:
            down = not one.outside and self._down(one.host, look)
            if down or self._fired(one, (trigger, None), look)._turn.row is None:
                return None
            result = Result(f"{one.name} {trigger}", not faulty, (), {})
            return self._joined(result, every, (trigger, None), look, together=any(joint.together for joint in led))

        yield from self._counted(f"{one.name}.{trigger}", made, look)

    def _arrives(self, line: Line, message: Message, look: Look) -> Iterator[Result]:
        source, target, piece = *line[:2], self.lines[line]
        one, held = self._receiver(line, message), list(self.value(piece, look(piece)))
        ahead = () if self.network.reordering else held[: held.index(message)]
        if not all(self._passes(line, other, look) for other in ahead):
            return
        held.remove(message)
        told, rest = f"{self.labels.text(message)} from {source}", {piece: tuple(held)}
        lost = Result(f"network loses {told} to {one.name}", False, (self._event(Lost, source, target, message),), rest)

        def heard(action: str, rest: Mapping[int, Any], *, own: bool) -> Result | None:
            if self._down(target, look) or self._down((source, target), look):
                return Result(action, own, lost.events, rest)
            cause, way = (type(message), message), one.participant.way_with(type(message))
            row = self._fired(one, cause, look)._turn.row
            if row is None and way != "discard":
                if way is None:
                    raise RefusedError(f"{one.name} does not say what becomes of {message} where no row takes it")
                return None
            taken = row is not None and not one.participant.rows[row].discards
            result = Result(action, own, (self._event(Received, source, target, message, accepted=taken),), rest)
            return self._joined(result, [one], cause, look)

        if (made := heard(f"{one.name} receives {told}", rest, own=not one.environment)) is not None:
            yield made
        if self.network.duplication:
            copied = partial(heard, f"{one.name} receives a copy of {told}", {}, own=False)
            yield from self._counted("network.duplication", copied, look)
        if self.network.loss:
            yield from self._counted("network.loss", lambda: lost, look)

    def _receiver(self, line: Line, message: Message) -> Instance:
        if (line, type(message)) not in self._receivers:
            here = [one for one in self.all.instances if (one.host, one.session) == line[1:]]
            fits = [one for one in here if _hears(one, line[0], message)]
            if len(fits) != 1:
                raise RefusedError(f"{message} is for one participant, and {len(fits)} would take it")
            self._receivers[line, type(message)] = fits[0]
        return self._receivers[line, type(message)]

    def _event(self, kind: Any, source: str, target: str, message: Message, **more: bool) -> Hashable:
        mark = self.all.marks(source, message) if self.all.marks else ""
        made: Hashable = kind(source, target, message, **more, mark=mark)
        return made

    def _down(self, where: str | tuple[str, str], look: Look) -> bool:
        return where in self.all.down and bool(self._observed(self.all.down[where], look))

    def _observed(self, source: Input | Silence, look: Look, session: str = "") -> Any:
        if isinstance(source, Input):
            return source.value(self.seen(source.reads, look))  # type: ignore[arg-type]
        heard = (
            len(self.value(piece, look(piece)))
            for (*ends, where), piece in self.lines.items()
            if (source.every_session or where == session) and source.host in ends and {*ends} & {*source.others}
        )
        held = sum(heard)
        may = not held or not source.early or self.seen((source.early,), look)[source.early] is True
        return may and held <= source.at_most

    def _fired(self, one: Instance, cause: Cause, look: Look) -> Any:
        """Fire a trigger on an instance as it is in a state, and return what it made of things."""
        (trigger, message), piece = cause, self.place[one.name]
        config = self.value(piece, look(piece))
        me: Any = Me(one, config, message, lambda name: self._observed(one.inputs[name], look, one.session))
        for number, row in enumerate(one.participant.rows):
            if row.trigger == trigger and config[0] in row.source and all(is_true(guard(me)) for guard in row.guards):
                me._turn.row = number
                for effect in row.effects:
                    effect(me)
                vars(me)["state"] = config[0] if row.dest == "=" else row.dest
                break
        return me

    def _joined(
        self, made: Result, every: Iterable[Instance], cause: Cause, look: Look, *, together: bool = False
    ) -> Result | None:
        """Return a step with what instances add to it, each as things were before it; None where it has to wait."""
        step = Step(dict(made.changed), list(made.events))
        try:
            for one in every:
                me = None if one in step.acted else self._fired(one, cause, look)
                if me is None or (together and me._turn.row is None):
                    return None
                self._add(one, me, cause[0], look, step)
        except StoppedError as stopped:
            return None if str(stopped) == "wait" else made._replace(changed={}, cut=True)
        return made._replace(changed=step.changed, events=tuple(step.events))

    def _add(self, one: Instance, me: Any, trigger: Any, look: Look, step: Step) -> None:
        """Add what an instance does to a step; raise StoppedError where that is not possible."""
        turn, held = me._turn, self.held(look, step.changed)
        step.acted.append(one)
        step.changed[self.place[one.name]] = tuple(vars(me)[name] for name in ("state", *one.participant.variables))
        if turn.taken:
            piece = self.place[one.resource]
            step.changed[piece] = (min(max(held(piece)[0] + turn.taken, 0), self.most[str(one.resource)]),)
        if turn.row is not None:
            step.events.append(Fired(one.name, self.labels.trigger(trigger), turn.row))
        for target, sent, how in turn.sent:
            step.events.append(self._event(Sent, one.host, target, sent, at_once=how != "send"))
            if how != "send":
                self._meet(one, target, sent, how, look, step)
            elif way := self._put((one.host, target, one.session), sent, held, step.changed):
                if way != "lose":
                    raise StoppedError(way)
                step.events.append(self._event(Lost, one.host, target, sent))

    def _meet(self, one: Instance, target: str, message: Message, how: str, look: Look, step: Step) -> None:
        """Let others take a message in the same step, each once; as above, where the one to meet is not ready."""
        near = (other for other in self.all.instances if other.session == one.session and other is not one)
        takers = [other for other in near if _hears(other, one.host, message)]
        for other in [self._receiver((one.host, target, one.session), message)] if how == "meet" else takers:
            deaf = other in step.acted or self._down(other.host, look) or self._down((one.host, other.host), look)
            me = None if deaf else self._fired(other, (type(message), message), look)
            if me is not None and me._turn.row is not None:
                taken = not other.participant.rows[me._turn.row].discards
                step.events.append(self._event(Received, one.host, other.host, message, accepted=taken))
                self._add(other, me, type(message), look, step)
            elif how == "meet":
                raise StoppedError("wait")

    def _put(self, line: Line, message: Message, held: Held, changed: dict[int, Any]) -> str:
        """Put a message under way; return what becomes of a step that sends it where there is no room."""
        if line not in self.lines:
            raise RefusedError(f"a message is sent from {line[0]} to {line[1]}, over a channel that it leaves out")
        before = held(self.lines[line])
        endless = self.network.duplication and "duplication" not in self.network.at_most
        if endless and message in (before if self.network.reordering else before[-1:]):
            return ""
        if (before.count(message) if self.network.reordering else len(before)) >= self.network.capacity:
            return self.network.full
        after = (*before, message)
        changed[self.lines[line]] = tuple(sorted(after, key=self.labels.text)) if self.network.reordering else after
        return ""


def _hears(one: Instance, source: str, message: Message) -> bool:
    """Whether an instance has a row for a message from a host."""
    return (not one.peers or source in one.peers) and any(row.trigger is type(message) for row in one.participant.rows)


def _at(place: int, held: tuple[Any, ...]) -> Any:
    return held[place] if place < len(held) else None


def _stem(line: Line) -> str:
    return f"{line[0]}>{line[1]}" + ("" if line[2] in {"", *line[:2]} else f"[{line[2]}]")
