"""A run as the source of a test function: the same steps from the same start, and what they lead to.

What a run holds stands in the text as literals and nowhere else, so that a text made of a file is safe to run.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

from haboot.checker.core import Value
from haboot.checker.fuzzing.worlds import World
from haboot.checker.traces import Trace


class Written:
    r"""A trace of a world as source.

    >>> from haboot.checker import Slot, Step, System
    >>> from haboot.checker.fuzzing.worlds import Declared
    >>> world = Declared(System("count", (Slot("n", range(4)),), ({"n": 0}, {"n": 1}), ()))
    >>> up = Step("up", (), {"n": 1}, {"n": 2})
    >>> print("\n".join(Written(world, Trace({"n": 1}, (up,))).test("begun(", "small")))
    def test_small() -> None:
        run = begun({
            'n': 1,
        })
        for action, changes in (
            ('up', {
                'n': 2,
            }),
        ):
            run.take(action, changes)
        assert run.breaks('small')
    """

    def __init__(self, world: World, trace: Trace) -> None:
        several = (slot for one in world.starts if len(one) > 1 for slot in one[0])
        self.start = {slot: trace.initial[slot] for slot in several}
        self.steps = [(one.action, {name: new for name, (_, new) in one.changes.items()}) for one in trace]
        self.loop = trace.loop

    @property
    def types(self) -> set[tuple[str, str]]:
        """The classes that the source names, each by its module and the name to import."""
        held = [*self.start.values(), *(value for _, changes in self.steps for value in changes.values())]
        return {(one.__module__, one.__qualname__.split(".")[0]) for one in _types(held)}

    def test(self, begun: str, claim: str) -> Iterator[str]:
        """Yield the lines of a test that takes the run again and asserts that it breaks a claim.

        ``begun`` is the source of a call that begins it, up to its last argument: what the slots hold in which initial
        states differ.
        """
        yield f"def test_{''.join(letter if f'_{letter}'.isidentifier() else '_' for letter in claim)}() -> None:"
        opened = (f"    run = {begun}{{", *_entries(self.start, 8), "    })")
        yield from opened if self.start else (f"    run = {begun}{{}})",)
        yield "    for action, changes in ("
        for action, changes in self.steps:
            yield from (f"        ({action!r}, {{", *_entries(changes, 12), "        }),")
        yield from ("    ):", "        run.take(action, changes)")
        if self.loop is not None:
            yield f"    assert run.returns_to({self.loop})"
        yield f"    assert run.breaks({claim!r})"


def _entries(values: Mapping[str, Value], indent: int) -> Iterator[str]:
    return (f"{' ' * indent}{name!r}: {literal(value)}," for name, value in values.items())


def literal(value: Hashable) -> str:
    """Return a value as source, the same in every run."""
    if isinstance(value, frozenset):
        return f"frozenset({{{', '.join(sorted(map(literal, value)))}}})" if value else "frozenset()"
    if isinstance(value, tuple):
        return f"({''.join(f'{literal(one)}, ' for one in value).rstrip()})"
    if isinstance(value, Enum):
        return f"{type(value).__qualname__}.{value.name}"
    if is_dataclass(value):
        given = (f"{one.name}={literal(getattr(value, one.name))}" for one in fields(value) if one.init)
        return f"{type(value).__qualname__}({', '.join(given)})"
    return repr(value)


def _types(values: Iterable[Hashable]) -> Iterator[type]:
    """All classes whose names the source of some values takes."""
    for value in values:
        if isinstance(value, (tuple, frozenset)):
            yield from _types(value)
        elif isinstance(value, Enum):
            yield type(value)
        elif is_dataclass(value):
            yield type(value)
            yield from _types(getattr(value, one.name) for one in fields(value) if one.init)
