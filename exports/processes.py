"""A composition as Promela processes: a second reading of what participants, channels and hosts do together.

Only the participants' own tables are taken over, a configuration, a trigger and inputs at a time. What a channel holds,
who hears what, who follows whom, what is lost, copied or cut is said here again, in Promela, and shares no code with
``checker.machines.effects``. Variables and their numbers are those of the compiled system, so that the same signals
speak of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from haboot.checker import Composition, Instance, Message, ModelError, Value
from haboot.checker.machines import Channel, Reaction, close
from haboot.checker.packed import Path
from haboot.exports.compiled import Compiled
from haboot.exports.languages import C_LIKE, Speech
from haboot.exports.promela import commented, headed, macro, variables
from haboot.exports.signals import Decided, Subject
from haboot.exports.words import Words

BEGUN, RUNNING, CUT = 0, 1, 2  # of the variable ``phase``


@dataclass
class Option:
    """A step of a process: what must be so, in words of Promela, and what is done then."""

    test: str
    does: str
    environment: bool


class Options:
    """The steps of a composition, by whose process they are: an instance's, or the network's."""

    def __init__(self, words: Words) -> None:
        self.words, self.composition, self.closure = words, words.composition, words.closure
        self.channels = words.channels
        self.led = {(one.trigger, one.leader): one.followers for one in self.composition.joint}
        self.following = {(one.trigger, name) for one in self.composition.joint for name in one.followers}
        self.named = {one.name: one for one in self.composition.instances}
        self.most = {one.name: one.most for one in self.composition.resources}

    def of(self, one: Instance) -> Iterator[Option]:
        """Yield what an instance does by itself, and with the messages that are for it."""
        for trigger in one.participant.internal:
            if trigger not in one.disabled and (trigger, one.name) not in self.following:
                yield from self._internal(one, trigger)
        for pair, line in self.channels.items():
            for place, message in enumerate(line.messages):
                if self.closure.receiver(pair, message) is one:
                    yield from self._received(one, line, place, message)

    def losses(self) -> Iterator[Option]:
        """Yield what the network loses."""
        if self.composition.network.loss:
            counter = self._counter("network", "loss")
            for line in self.channels.values():
                for place in range(len(line.messages)):
                    test = _both(self.words.there(line, place), counter and f"{counter} > 0")
                    yield Option(test, _then(self.words.take(line, place), _one_less(counter)), environment=True)

    def _counter(self, owner: str, deed: str) -> str:
        """Return the variable that counts how often something may still be done, empty where nothing limits it."""
        limited = (owner, deed) in self.composition.counters
        return self.words.name(f"{owner}.{deed} left") if limited else ""

    def _internal(self, one: Instance, trigger: str) -> Iterator[Option]:
        counter = self._counter(one.name, trigger)
        down = "false" if one.outside else self.words.down(one.host)
        before = _both(counter and f"{counter} > 0", "" if down == "false" else f"!({down})")
        followers = [self.named[name] for name in self.led.get((trigger, one.name), ())]
        chosen, followed = self._followed(followers, trigger)
        for test, does in self._reactions(one, trigger, None, idle=None):
            yield Option(
                _both(before, test), _then(chosen, does, followed, _one_less(counter)), one.is_environment(trigger)
            )

    def _followed(self, followers: Iterable[Instance], trigger: str) -> tuple[str, str]:
        """Return what chooses how followers react, before anything changes, and what they do then."""
        choices, deeds = list[str](), list[str]()
        for number, one in enumerate(followers):
            reactions = list(self._reactions(one, trigger, None, idle="skip"))
            tests = " ".join(f":: {test} -> how[{number}] = {n}" for n, (test, _) in enumerate(reactions))
            does = " ".join(f":: how[{number}] == {n} -> {deed}" for n, (_, deed) in enumerate(reactions))
            choices.append(f"if {tests} fi")
            deeds.append(f"if {does} fi; how[{number}] = 0")
        return _then(*choices), _then(*deeds)

    def _received(self, one: Instance, line: Channel, place: int, message: Message) -> Iterator[Option]:
        pair, network = line.pair, self.composition.network
        missing = [self.words.down(pair.target), self.words.down((pair.source, pair.target))]
        deaf = " || ".join(f"({test})" for test in missing if test != "false")
        there, take = self.words.there(line, place), self.words.take(line, place)
        discards = one.participant.way_with(type(message)) == "discard"
        reactions = list(self._reactions(one, type(message), message, idle="skip" if discards else None))
        heard = [(_both(f"!({deaf})" if deaf else "", test), does) for test, does in reactions]
        every = [*heard, *([(f"({deaf})", "skip")] if deaf else [])]
        for test, does in every:
            yield Option(_both(there, test), _then(take, does), one.environment)
        if network.duplication:
            counter = self._counter("network", "duplication")
            more = counter and f"{counter} > 0"
            for test, does in every:
                yield Option(_both(there, more, test), _then(does, _one_less(counter)), environment=True)

    def _reactions(
        self, one: Instance, trigger: str | type, message: Message | None, *, idle: str | None
    ) -> Iterator[tuple[str, str]]:
        """Yield how an instance reacts: the test of its variables and inputs, and the deed.

        Where no row takes the trigger the deed is ``idle``, or there is none.
        """
        grouped: dict[tuple[str, str], list[Path]] = {}
        for config in self.closure.configs[one.name]:
            for seen, reaction in self.closure.tables.of[one.name].cell(config, trigger, message):
                does = idle if reaction.row is None else self._does(one, config, reaction)
                if does is not None:
                    test = _both(*(self.words.seen(one, name, value) for name, value in seen.items()))
                    path = tuple(
                        (self.words.places[slot], self.words.number(slot, value))
                        for slot, value in zip(one.slots, config, strict=True)
                    )
                    grouped.setdefault((test, does), []).append(path)
        for (test, does), where in grouped.items():
            here = self.words.say.tree(self.words.compiled.leading(sorted(where)))
            if test != "false":
                yield _both(here, test), does

    def _does(self, one: Instance, config: Sequence[Value], reaction: Reaction) -> str:
        changed = [
            f"{self.words.name(slot)} = {self.words.number(slot, after)}"
            for slot, before, after in zip(one.slots, config, reaction.after, strict=True)
            if before != after
        ]
        taken = [self._taken(one, reaction.taken)] if reaction.taken else []
        sent = [self.words.send(one, handed.target, handed.message) for handed in reaction.sent]
        return _then(*changed, *taken, *sent) or "skip"

    def _taken(self, one: Instance, units: int) -> str:
        if one.resource is None:
            raise ModelError(f"{one.name} takes or gives back a resource, but the instance has none")
        name, most = self.words.name(one.resource), self.most[one.resource]
        if units > 0:
            return f"{name} = ({name} + {units} > {most} -> {most} : {name} + {units})"
        return f"{name} = ({name} < {-units} -> 0 : {name} - {-units})"


def _both(*tests: str) -> str:
    """Return the conjunction of the tests that are not empty."""
    return " && ".join(f"({test})" for test in tests if test not in {"", "true"})


def _then(*deeds: str) -> str:
    """Return the sequence of the deeds that are not empty."""
    return "; ".join(deed for deed in deeds if deed)


def _one_less(counter: str) -> str:
    return f"{counter} = {counter} - 1" if counter else ""


def as_processes(decided: Decided, composition: Composition) -> str:
    """Return a composition as Promela processes, with what states and ends say of its properties.

    A first step chooses the initial state. A step that a bound cuts leads to one state more, which is noted as 0.
    Raises ModelError for what has no process yet.
    """
    if composition.network.full == "wait":
        raise ModelError(f"composition '{composition.name}': senders that wait for room are not exported as processes")
    closure = close(composition)
    for what, found in (
        ("what is handed over at once", closure.met),
        ("starts that belong together", composition.starts),
        ("joints that wait for their followers", any(one.together for one in composition.joint)),
        ("messages that let others pass", any("defer" in one.participant.ways for one in composition.instances)),
    ):
        if found:
            raise ModelError(f"composition '{composition.name}': {what}: not exported as processes")
    compiled, words = decided.compiled, Words(Speech(C_LIKE, decided), composition, closure)
    options = Options(words)
    by_process = {one.name: list(options.of(one)) for one in composition.instances}
    by_process["network"] = list(options.losses())
    followers = max((len(one.followers) for one in composition.joint), default=0)
    lines = [
        f"/* {commented(composition.name)}, made by haboot from its participants. */",
        *headed(decided.about(Subject.STATE, Subject.END)),
        *variables(compiled, [0] * len(compiled.names)),
        f"unsigned phase : 2 = {BEGUN};",
        "bit over;",
        f"byte how[{max(followers, 1)}];",
        *_leave(compiled),
    ]
    for name, some in by_process.items():
        if some:
            lines += [f"/* {commented(name)} */", f"active proctype p{len(lines)}() {{", "  do"]
            lines += [f"  :: d_step {{ (phase == {RUNNING} && {one.test}) -> {one.does}; LEAVE }}" for one in some]
            lines += ["  od", "}"]
    lines += _watch(words, [one for some in by_process.values() for one in some])
    return "\n".join(lines) + "\n"


def _leave(compiled: Compiled) -> Iterator[str]:
    """Yield the macro that ends each step: one that a bound cuts goes to the one state where all is zero."""
    zeros = "; ".join(f"{name} = 0" for name in compiled.names)
    yield f"#define LEAVE if :: over -> over = 0; {zeros}; phase = {CUT}; SEEN(0, 0) :: else fi"


def _watch(words: Words, options: Sequence[Option]) -> Iterator[str]:
    """Yield the process that chooses the initial state and gives the signals of states and ends."""
    yield "active proctype watch() {"
    yield "  do"
    for state in starts(words):
        yield f"  :: d_step {{ (phase == {BEGUN}) -> {state}; phase = {RUNNING} }}"
    say = words.say
    for one in say.decided.about(Subject.STATE, Subject.END):
        test = say.state(one.query)
        stuck = [f"!({each.test})" for each in options if not each.environment] if one.subject is Subject.END else []
        if test != say.language.false:
            every = " && ".join([f"phase == {RUNNING} && ({test})", *stuck])
            yield f"  :: d_step {{ ({every}) -> {macro(one)}({one.number}, 0) }}"
    yield "  od"
    yield "}"


def starts(words: Words) -> Iterator[str]:
    """Yield what makes each initial state: facts, machines, what is under way and what may still be done."""
    composition = words.composition
    fixed = [f"{words.name(f'{owner}.{deed} left')} = {most}" for (owner, deed), most in composition.counters.items()]
    under_way = []
    for pair, message in composition.begun:
        line = words.channels[pair]
        under_way.append(words.put(line, line.messages.index(message)))
    slots = [*(fact.name for fact in composition.facts), *(slot for one in composition.instances for slot in one.slots)]
    for facts in product(*(fact.values for fact in composition.facts)):
        for configs in product(*(one.beginning({}) for one in composition.instances)):
            values = (*facts, *(value for config in configs for value in config))
            state = (
                f"{words.name(slot)} = {words.number(slot, value)}" for slot, value in zip(slots, values, strict=True)
            )
            yield _then(*state, *fixed, *under_way)
