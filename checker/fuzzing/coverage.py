"""What runs have been through: how often each action fired, which local configurations were met.

The same record steers the choice of the next runs: a step counts the more, the more rarely the configurations it leads
to were met, so that runs go deep instead of staying where they are (compare the power schedules of Böhme, Pham and
Roychoudhury, Coverage-based greybox fuzzing as Markov chain, 2016).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from haboot.checker.core import Value
from haboot.checker.fuzzing.walk import Offer, Walk
from haboot.checker.fuzzing.worlds import State, World

POWER = 0.7  # how much less a step counts that leads where many have been


@dataclass(frozen=True, slots=True)
class Share:
    """Something counted: how much was met, of how much there is; None where that is not known."""

    name: str
    met: int
    of: int | None


@dataclass
class Coverage:
    """A record of runs; ``copied`` freezes it, so that a run chooses by what was known when it began."""

    world: World
    fired: Counter[str] = field(default_factory=Counter)
    met: dict[str, Counter[tuple[Value, ...]]] = field(default_factory=lambda: defaultdict(Counter))

    def __post_init__(self) -> None:
        self._weights: dict[int, tuple[Offer, float]] = {}
        self._parts: defaultdict[str, list[str]] = defaultdict(list)
        for part, slots in self.world.parts.items():
            for slot in slots:
                self._parts[slot].append(part)

    def copied(self) -> Coverage:
        """Return a copy that later runs do not change."""
        met = defaultdict(Counter[tuple[Value, ...]], {part: configs.copy() for part, configs in self.met.items()})
        return Coverage(self.world, self.fired.copy(), met)

    def note(self, walk: Walk) -> None:
        """Take in the last step of a run, or its start."""
        changed: Mapping[str, Value] = walk.changed if walk.taken else walk.start
        if walk.taken:
            self.fired[walk.taken[-1].action] += 1
        for part, config in self._configs(changed, walk.state).items():
            self.met[part][config] += 1

    def weight(self, offer: Offer, state: State) -> float:
        """Return how much a step is worth taking; the first answer stands."""
        known = self._weights.get(id(offer))
        if known is None or known[0] is not offer:
            known = self._weights[id(offer)] = offer, self._found_weight(offer, state)
        return known[1]

    def _found_weight(self, offer: Offer, state: State) -> float:
        led = self._configs(offer.outcome.writes, state).items()
        visits = min((self.met[part][config] for part, config in led if part in self.met), default=0)
        return float((1 + visits) ** -POWER)

    def _configs(self, writes: Mapping[str, Value], state: State) -> dict[str, tuple[Value, ...]]:
        """The configurations, after some writes, of the parts that these touch."""
        touched = dict.fromkeys(part for slot in writes for part in self._parts.get(slot, ()))
        return {
            part: tuple(writes[slot] if slot in writes else state[slot] for slot in self.world.parts[part])
            for part in touched
        }

    @property
    def actions(self) -> Share:
        """The actions that fired, of those that there are; of those seen enabled where the world cannot list them."""
        known = self.world.known()
        return Share("actions", len(self.fired), None if known is None else known[1])

    @property
    def configurations(self) -> tuple[Share, ...]:
        """The local configurations met, by kind of part."""
        known = self.world.known()
        met, of = Counter[str](), Counter[str]()
        for part in self.world.parts:
            met[self.world.kind(part)] += len(self.met.get(part, ()))
            of[self.world.kind(part)] += 0 if known is None else known[0][part]
        return tuple(Share(kind, count, None if known is None else of[kind]) for kind, count in met.items())
