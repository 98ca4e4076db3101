"""All runs of a function over finite inputs, by the inputs that it looks at.

A function that reads only a few of many inputs has few different runs. Each run stops at the first input not yet fixed
and is repeated once for each of its values, so what grows is the tree of decisions taken, not the product of domains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import TypeAlias, TypeVar

from haboot.checker.boundary import ModelError
from haboot.checker.core import Value

See: TypeAlias = Callable[[str], Value]
T = TypeVar("T")


class Part(Mapping[str, Value]):
    """Some slots of a state, looked up on demand, so that whoever is asked can note what is read."""

    __slots__ = ("names", "see")

    def __init__(self, names: Sequence[str], see: See) -> None:
        self.names, self.see = names, see

    def __getitem__(self, name: str) -> Value:
        if name not in self.names:
            raise KeyError(name)
        return self.see(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def over(values: Mapping[str, Value], changed: Mapping[str, Value]) -> See:
    """Return how to look into values with some already changed, and no further than asked."""
    return lambda name: changed[name] if name in changed else values[name]


class Unseen(BaseException):
    """A run looked at an input that is not fixed: its answer does not count, even where model code swallows this."""

    def __init__(self, name: str) -> None:
        self.name = name


class TooManyError(Exception):
    """A function has more runs than were asked for."""


def branches(
    run: Callable[[See], T], domains: Mapping[str, Sequence[Value]], most: float = inf
) -> Iterator[tuple[dict[str, Value], T]]:
    """Run a function over every combination of the inputs that it looks at, and only of those.

    Each answer comes with the inputs looked at, in that order. Runs are made as answers are taken. Raises TooManyError
    as soon as it is certain that there are more than ``most``, since each value of an input is a run at least.

    >>> list(branches(lambda see: see("a") and see("b"), {"a": (False, True), "b": (1, 2)}))
    [({'a': False}, False), ({'a': True, 'b': 1}, 1), ({'a': True, 'b': 2}, 2)]
    """
    todo: list[Iterator[dict[str, Value]]] = [iter([{}])]
    certain = 1  # runs that are made, or will be
    while todo:
        if certain > most:
            raise TooManyError
        if (fixed := next(todo[-1], None)) is None:
            todo.pop()
            continue
        gaps = list[str]()

        def see(name: str, fixed: Mapping[str, Value] = fixed, gaps: list[str] = gaps) -> Value:
            if name not in fixed:
                gaps.append(name)
                raise Unseen(name)
            return fixed[name]

        try:
            result = run(see)
        except (Unseen, Exception):
            if not gaps:
                raise
        if not gaps:
            yield fixed, result
            continue
        gap = gaps[0]
        if gap not in domains:
            raise ModelError(f"input '{gap}' is not declared ({', '.join(domains) or 'none is'})") from None
        certain += len(domains[gap]) - 1
        todo.append(_each(fixed, gap, domains[gap]))


def _each(fixed: Mapping[str, Value], gap: str, values: Sequence[Value]) -> Iterator[dict[str, Value]]:
    """Yield what is fixed with each value of one more input; on demand, since a domain may be wide."""
    for value in values:
        yield {**fixed, gap: value}
