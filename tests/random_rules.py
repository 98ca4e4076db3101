"""Random models of copies, the same for the same seed: rules as tables over all that they may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import Any

from haboot.checker import Slot, View
from haboot.checker.copies import Among, Copies, Count, Rule, Who

AT, MARK, PHASE = ("a", "b", "c"), (False, True), (0, 1)
NAMED = "named"


def random_copies(seed: int) -> Copies:
    """Return a model with a few rules of each form, and properties of one copy, two and three, and of counts."""
    return _Drawn(Random(seed)).model(f"random {seed}")  # noqa: S311 - for tests


def own(me: View) -> tuple[Any, ...]:
    return me["at"], me["mark"]


class _Drawn:
    def __init__(self, draw: Random) -> None:
        self.draw = draw
        self.naming = draw.random() < 0.6

    def model(self, name: str) -> Copies:
        rules = [self.rule(place, shared=False) for place in range(self.draw.randint(2, 4))]
        rules += [self.rule(place + 4, shared=True) for place in range(self.draw.randint(0, 1))]
        return Copies(
            name,
            own=(Slot("at", AT), Slot("mark", MARK)),
            shared=(Slot("phase", PHASE),),
            naming=(NAMED,) if self.naming else (),
            rules=rules,
            properties=tuple(self.properties()),
            noun="process",
        )

    def rule(self, place: int, *, shared: bool) -> Rule:
        seen = self.seen(shared=shared)
        kept = {key: [self.writes(shared=shared) for _ in range(self.draw.choice((0, 0, 1, 1, 2)))] for key in seen}

        def effect(me: View) -> Any:
            return kept[self.key(me, shared=shared)]

        every = self.asked(seen) if self.draw.random() < 0.5 else None
        others = self.done(seen) if self.draw.random() < 0.4 else None
        return Rule(f"rule {place}", effect, *self.over(every, others, shared=shared), shared=shared)

    def over(self, every: Any, others: Any, *, shared: bool) -> tuple[Callable[[View, View], Any] | None, ...]:
        def looked(table: Any) -> Callable[[View, View], Any] | None:
            if table is None:
                return None
            return lambda me, other: table[self.key(me, shared=shared), own(other)]

        return looked(every), looked(others)

    def key(self, me: View, *, shared: bool) -> tuple[Any, ...]:
        named = me[NAMED] if self.naming else Who.NOBODY
        return (*(() if shared else own(me)), me["phase"], named)

    def seen(self, *, shared: bool) -> list[tuple[Any, ...]]:
        parts: list[tuple[Any, ...]] = [] if shared else [AT, MARK]
        return [*product(*parts, PHASE, tuple(Who) if self.naming else (Who.NOBODY,))]

    def asked(self, seen: list[tuple[Any, ...]]) -> dict[Any, bool]:
        return {(key, other): self.draw.random() < 0.7 for key in seen for other in product(AT, MARK)}

    def done(self, seen: list[tuple[Any, ...]]) -> dict[Any, dict[str, Any] | None]:
        return {
            (key, other): self.draw.choice((None, {"at": self.draw.choice(AT)}, {"mark": self.draw.choice(MARK)}))
            for key in seen
            for other in product(AT, MARK)
        }

    def writes(self, *, shared: bool) -> dict[str, Any]:
        made: dict[str, Any] = {} if shared else {"at": self.draw.choice(AT), "mark": self.draw.choice(MARK)}
        if self.draw.random() < 0.5:
            made["phase"] = self.draw.choice(PHASE)
        if self.naming and self.draw.random() < 0.4:
            made[NAMED] = self.draw.choice((Who.NOBODY,) if shared else (Who.ME, Who.NOBODY))
        return made

    def properties(self) -> Iterator[Among | Count]:
        for number in (1, 2, 2, 3):
            unlike = tuple((self.draw.choice(AT), self.draw.choice(MARK)) for _ in range(number))
            phase = self.draw.choice(PHASE)
            yield Among(f"{unlike} in {phase} {self.draw.random()}", number, _not_all(unlike, phase))
        for _ in range(1):
            such, most = (self.draw.choice(AT), self.draw.choice(MARK)), self.draw.choice((1, 2))
            name = f"at most {most} {such} {self.draw.random()}"
            yield Count(name, lambda me, such=such: own(me) == such, most, lambda _, n, most=most: n <= most)


def _not_all(unlike: tuple[tuple[Any, ...], ...], phase: int) -> Callable[..., bool]:
    return lambda *copies: copies[0]["phase"] != phase or tuple(map(own, copies)) != unlike
