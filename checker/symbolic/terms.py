"""Numbers that stand for what slots hold, with which a function runs once for all states that decide alike.

Arithmetic on a number makes a term. A comparison is a decision: the run takes one answer, and is made again for the
other, so that runs are those of a symbolic execution (King, 1976) and every comparison returns a plain truth value. Of
each term the least and greatest value are known, so that 64 bits hold it; what a number of Python can do and a term
cannot ends the attempt, even where model code swallows that.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeAlias, TypeVar

from haboot.checker.boundary import SLIPS

Node: TypeAlias = Any  # a whole number, (side, slot's name), or (operation, node) or (operation, node, node)
Decision: TypeAlias = Node  # a comparison, or (side, slot's name) where it is the slot's value itself
_Range: TypeAlias = tuple[int, int]
Bounds: TypeAlias = Callable[[_Range, _Range], "_Range | None"]
T = TypeVar("T")

PATHS, DEPTH = 256, 64  # runs of a function, and decisions of a run, from which on it is given up
LARGE = 1 << 62  # what no term may reach
FAILED = object()  # stands for the result of a run that raises


class RefusedError(BaseException):
    """A function did what terms do not; see the module."""


class Run:
    """One run: decisions are answered as a script says, then each by its first answer."""

    def __init__(self, script: Sequence[int]) -> None:
        self.script, self.refused = script, False
        self.taken: list[tuple[Decision, int, int]] = []  # decision, answer, and how many answers there are
        self.known: dict[Decision, int] = {}

    def decide(self, decision: Decision, answers: int = 2) -> int:
        """Return the answer to a decision."""
        if decision not in self.known:
            place = len(self.taken)
            if place == DEPTH:
                self.refuse()
            self.known[decision] = self.script[place] if place < len(self.script) else 0
            self.taken.append((decision, self.known[decision], answers))
        return self.known[decision]

    def refuse(self) -> NoReturn:
        """Give the function up."""
        self.refused = True
        raise RefusedError


class Split:
    """A decision, and what comes by each of its answers: another one, or a result."""

    __slots__ = ("branches", "decision")

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.branches: list[Any] = []


def explored(run: Callable[[Run], T]) -> Split | T | None:
    """Return the tree of all runs of a function without side effects, None where it is given up.

    A run that raises has FAILED for a result; that of any other is not None.
    """
    script, tree, ways = list[int](), None, list[Split]()
    for _ in range(PATHS):
        one = Run(script)
        result: Any = FAILED
        with suppress(RefusedError, *SLIPS):  # what raises is evaluated as it stands, where a state needs it
            result = run(one)
        if one.refused or any(way.decision != taken[0] for way, taken in zip(ways, one.taken, strict=False)):
            return None
        for decision, _, _ in one.taken[len(ways) :]:
            split = Split(decision)
            if ways:
                ways[-1].branches.append(split)
            ways.append(split)
        tree = ways[0] if ways else result
        if ways:
            ways[-1].branches.append(result)
        left = max((place for place, (_, answer, count) in enumerate(one.taken) if answer + 1 < count), default=-1)
        if left < 0:
            return tree
        script = [*(answer for _, answer, _ in one.taken[:left]), one.taken[left][1] + 1]
        del ways[left + 1 :]
    return None


def _refuse(self: Term, *_: object) -> NoReturn:
    self._run.refuse()


class Term:
    """A whole number that depends on what slots hold."""

    __slots__ = ("_high", "_low", "_node", "_run")
    __class__ = property(_refuse)  # isinstance asks for it

    def __init__(self, run: Run, node: Node, low: int, high: int) -> None:
        self._run, self._node, self._low, self._high = run, node, low, high

    def _with(self, name: str, other: object, bounds: Bounds, *, turned: bool) -> Any:
        one, two = (self._range, _range_of(other)) if not turned else (_range_of(other), self._range)
        found = None if one is None or two is None else bounds(one, two)
        if found is None or not -LARGE < found[0] <= found[1] < LARGE:
            self._run.refuse()
        nodes = (node_of(other), self._node) if turned else (self._node, node_of(other))
        return Term(self._run, (name, *nodes), *found)

    @property
    def _range(self) -> _Range:
        return self._low, self._high

    def _compared(self, name: str, other: object) -> bool:
        two = _range_of(other)
        if two is None:
            self._run.refuse()
        test = COMPARISONS[name]
        low, high = two
        if name in {"lt", "le", "gt", "ge"}:
            ends = {test(self._low, low), test(self._low, high), test(self._high, low), test(self._high, high)}
            if len(ends) == 1:
                return bool(ends.pop())
        elif self._high < low or high < self._low:
            return name == "ne"
        return not self._run.decide((name, self._node, node_of(other)))

    def __bool__(self) -> bool:
        return self._compared("ne", 0)

    def __neg__(self) -> Any:
        return self._with("sub", 0, _difference, turned=True)

    def __pos__(self) -> Any:
        return self

    def __invert__(self) -> Any:
        return self._with("sub", -1, _difference, turned=True)

    def __abs__(self) -> Any:
        return self if self._compared("ge", 0) else -self


def node_of(value: Any) -> Node:
    """Return the node of a term or of a whole number."""
    return value._node if type(value) is Term else int(value)


def whole(value: Any = 0) -> Any:
    """Do for a term what ``int`` does for a number."""
    return value if type(value) is Term else int(value)


def _range_of(value: object) -> _Range | None:
    if type(value) is Term:
        return value._range
    return (int(value), int(value)) if type(value) in {int, bool} else None  # type: ignore[call-overload]


def _sum(one: _Range, two: _Range) -> _Range:
    return one[0] + two[0], one[1] + two[1]


def _difference(one: _Range, two: _Range) -> _Range:
    return one[0] - two[1], one[1] - two[0]


def _ends(test: Callable[[int, int], int]) -> Callable[[_Range, _Range], _Range]:
    def bounds(one: _Range, two: _Range) -> _Range:
        ends = [test(a, b) for a in one for b in two]
        return min(ends), max(ends)

    return bounds


def _quotient(one: _Range, two: _Range) -> _Range | None:
    return None if two[0] <= 0 <= two[1] else _ends(operator.floordiv)(one, two)


def _rest(_: _Range, two: _Range) -> _Range | None:
    if two[0] <= 0 <= two[1]:
        return None
    return (0, two[1] - 1) if two[0] > 0 else (two[0] + 1, 0)


def _bits(one: _Range, two: _Range) -> _Range | None:
    return None if one[0] < 0 or two[0] < 0 else (0, (1 << max(one[1], two[1]).bit_length()) - 1)


ARITHMETIC: dict[str, tuple[Callable[[Any, Any], Any], Bounds]] = {
    "add": (operator.add, _sum),
    "sub": (operator.sub, _difference),
    "mul": (operator.mul, _ends(operator.mul)),
    "floordiv": (operator.floordiv, _quotient),
    "mod": (operator.mod, _rest),
    "and": (operator.and_, _bits),
    "or": (operator.or_, _bits),
    "xor": (operator.xor, _bits),
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")
}
OPERATIONS = {name: apply for name, (apply, _) in ARITHMETIC.items()} | COMPARISONS
REFUSED = (  # what a number can do and a term cannot
    *(f"__{side}{name}__" for name in ("truediv", "divmod", "pow", "lshift", "rshift", "matmul") for side in ("", "r")),
    *("__int__", "__index__", "__float__", "__complex__", "__round__", "__trunc__", "__floor__", "__ceil__"),
    *("__hash__", "__str__", "__repr__", "__format__", "__len__", "__iter__", "__contains__", "__getitem__"),
    *("__call__", "__getattr__", "__enter__", "__exit__", "__next__", "__reduce_ex__", "__dir__", "__sizeof__"),
)


def _completed() -> None:
    """Give terms their operators."""
    for name in REFUSED:
        setattr(Term, name, _refuse)
    for name, (_, bounds) in ARITHMETIC.items():
        for turned, side in ((False, ""), (True, "r")):
            setattr(Term, f"__{side}{name}__", _operator(name, bounds, turned=turned))
    for name in COMPARISONS:
        setattr(Term, f"__{name}__", _comparison(name))


def _operator(name: str, bounds: Bounds, *, turned: bool) -> Callable[..., Any]:
    return lambda self, other: self._with(name, other, bounds, turned=turned)


def _comparison(name: str) -> Callable[..., bool]:
    return lambda self, other: self._compared(name, other)


_completed()
