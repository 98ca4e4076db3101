"""One run through a world, step by step, on tables and on running machines at once.

The enabled actions are kept up to date by what each of them read when it was last asked: after a step only those that
read a slot it changed are asked again. Whatever the tables refuse is offered to the machines as well, and must be
refused; whatever is taken must have the same outcome. Which row a machine took is its own business: only what it does
is compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from haboot.checker.boundary import EngineError, ModelError
from haboot.checker.core import Action, Outcome, Value
from haboot.checker.evaluating import evaluate
from haboot.checker.fuzzing.worlds import State, World
from haboot.checker.machines import Fired
from haboot.checker.traces import Step, Trace

MOST = 200_000  # answers remembered, each below a kilobyte


class DivergenceError(Exception):
    """The running machines do something else than the tables say; the message tells what."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that could be taken: the action's name, and which of its outcomes."""

    action: str
    choice: int
    outcome: Outcome
    lot: int = 0  # a number that is always the same for the same name


class Memory:
    """What actions gave for the values that they looked at, so that no run asks the same twice."""

    def __init__(self) -> None:
        self.size = 0
        self.of: defaultdict[str, dict[tuple[str, ...], dict[tuple[Value, ...], tuple[Offer, ...]]]] = defaultdict(dict)

    def recall(self, action: str, state: Mapping[str, Value]) -> tuple[tuple[str, ...], tuple[Offer, ...]] | None:
        """Return the slots that an action looked at in such a state, and the steps it offered."""
        for names, table in self.of[action].items():
            offers = table.get(tuple([state[name] for name in names]))
            if offers is not None:
                return names, offers
        return None

    def keep(self, action: str, read: tuple[str, ...], state: Mapping[str, Value], offers: tuple[Offer, ...]) -> None:
        """Remember what an action offers; forget everything first where that would be too much."""
        self.size += 1
        if self.size > MOST:
            self.size = 1
            self.of.clear()
        self.of[action].setdefault(read, {})[tuple([state[name] for name in read])] = offers


class Walk:
    """A run under way: ``state`` is where it is, ``taken`` what led there, ``bounds`` what it could not follow.

    ``before`` is the state before the last step, ``changed`` what that step changed. ``picks`` chose the initial state;
    ``tried`` is what was taken, with the step at which the machines parted from the tables.
    """

    def __init__(self, world: World, memory: Memory, picks: Sequence[int] = ()) -> None:
        self.world, self.memory = world, memory
        self.live = world.live()
        self.bounds: dict[str, None] = {}
        self.taken: list[Offer] = []
        self.counts: Counter[str] = Counter()
        self.results: dict[str, tuple[Offer, ...]] = {}
        self._actions: dict[str, Action] = {}
        self._twins: dict[str, Action] = {}
        self._readers: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.picks = tuple(picks)
        self.tried: list[Offer] = []
        self.start = self.state = self.before = started(world, picks)
        self.changed: dict[str, Value] = {}

    def begin(self) -> None:
        """Ask every action for the first time; raise DivergenceError where a machine takes what its table refuses."""
        self._admit(self.world.actions(), self.live.actions())

    @property
    def offers(self) -> list[Offer]:
        """The steps that can be taken."""
        return [offer for offers in self.results.values() for offer in offers if offer.outcome.bound is None]

    @property
    def last(self) -> Offer | None:
        """The step that led here, none in the initial state."""
        return self.taken[-1] if self.taken else None

    @property
    def stuck(self) -> bool:
        """Whether no step but the environment's leads on; one that a bound cuts does."""
        return all(self._actions[name].environment for name in self.results)

    def take(self, offer: Offer) -> None:
        """Take a step; raise DivergenceError where the machines part from the tables."""
        self.tried.append(offer)
        self._compare(offer)
        writes = offer.outcome.writes
        self.changed = changed = {name: value for name, value in writes.items() if self.state[name] != value}
        self.taken.append(offer)
        self.counts[offer.action] += 1
        self.before, self.state = self.state, self.state.after(changed)
        stale = dict.fromkeys(name for slot in changed for name in self._readers.pop(slot, ()))
        self._admit(self.world.appearing(changed), self.live.appearing(changed), stale)

    def follow(self, names: Iterable[str]) -> None:
        """Take steps by the names of their actions, each with its first outcome; raise ModelError where none is."""
        for name in names:
            self.take(self.offer(name))

    def offer(self, name: str, after: Mapping[str, Value] | None = None) -> Offer:
        """Return the step of an action, the first that writes ``after`` where that is given."""
        for one in self.offers:
            if one.action == name and (after is None or self.state.after(one.outcome.writes) == after):
                return one
        enabled = ", ".join(self.results) or "nothing"
        raise ModelError(f"step {len(self.taken) + 1}: '{name}' is not enabled (enabled: {enabled})")

    @property
    def trace(self) -> Trace:
        """The run as a trace, every state whole."""
        touched = {slot for one in self.taken for slot in one.outcome.writes}
        state: dict[str, Value] = {**{name: self.start[name] for name in sorted(touched)}, **self.start}
        initial, steps = dict(self.start) | state, []
        state = initial
        for one in self.taken:
            after = {**state, **one.outcome.writes}
            steps.append(Step(one.action, one.outcome.events, state, after))
            state = after
        return Trace(initial, tuple(steps), None, self.world.homes)

    def _admit(self, actions: Iterable[Action], twins: Iterable[Action], stale: Iterable[str] = ()) -> None:
        self._twins |= {action.name: action for action in twins}
        fresh = {action.name: action for action in actions if action.name not in self._actions}
        self._actions |= fresh
        for name in dict.fromkeys((*stale, *fresh)):
            self._ask(self._actions[name])

    def _ask(self, action: Action) -> None:
        known = self.memory.recall(action.name, self.state)
        read, offers = self._answer(action) if known is None else known
        for slot in read:
            self._readers[slot][action.name] = None
        if not offers:
            self.results.pop(action.name, None)
            return
        self.bounds |= {one.outcome.bound: None for one in offers if one.outcome.bound}
        self.results[action.name] = offers

    def _answer(self, action: Action) -> tuple[tuple[str, ...], tuple[Offer, ...]]:
        """Ask an action anew, and the machines as well where it is refused."""
        read, offers = answer(action, self.state)
        if not offers and (given := self._lived(action.name)):
            raise DivergenceError(f"the tables refuse '{action.name}', the machines take it: {_told(given[0])}")
        self.memory.keep(action.name, read, self.state, offers)
        return read, offers

    def _compare(self, offer: Offer) -> None:
        given = self._lived(offer.action)
        same = len(given) > offer.choice and _seen(given[offer.choice]) == _seen(offer.outcome)
        if not same:
            told = _told(given[offer.choice]) if len(given) > offer.choice else "refuse it"
            raise DivergenceError(f"'{offer.action}': the tables give {_told(offer.outcome)}, the machines {told}")

    def _lived(self, name: str) -> tuple[Outcome, ...]:
        """Return what running machines make of an action."""
        twin = self._twins.get(name)
        if twin is None:
            raise DivergenceError(f"the machines have no action '{name}'")
        try:
            return evaluate(twin, twin.view(self.state))
        except (EngineError, ModelError) as error:
            raise DivergenceError(f"'{name}': {error}") from error


def answer(action: Action, state: Mapping[str, Value]) -> tuple[tuple[str, ...], tuple[Offer, ...]]:
    """Return the slots that an action looks at in a state, and the steps that it offers there."""
    view = action.view(state)
    lot = crc32(action.name.encode())
    offers = tuple(Offer(action.name, n, outcome, lot) for n, outcome in enumerate(evaluate(action, view)))
    return tuple(view.read), offers


def started(world: World, picks: Sequence[int] = ()) -> State:
    """Return an initial state by the number of each choice's alternative, the first where none is given."""
    numbers = (*picks, *(0 for _ in world.starts[len(picks) :]))
    chosen = (alternatives[number] for alternatives, number in zip(world.starts, numbers, strict=True))
    return State({name: value for part in chosen for name, value in part.items()}, world.empty)


def _seen(outcome: Outcome) -> tuple[Mapping[str, Value], tuple[object, ...], str | None]:
    return outcome.writes, tuple(one for one in outcome.events if not isinstance(one, Fired)), outcome.bound


def _told(outcome: Outcome) -> str:
    return outcome.bound or ", ".join(f"{name}={value}" for name, value in outcome.writes.items()) or "no change"
