"""What a search is of: any change of the model or of what is asked gives another identity, anything else the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from array import array
from collections.abc import Callable, Mapping
from enum import Enum, IntEnum
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from haboot.checker import (
    Action,
    Clause,
    Constraint,
    Fairness,
    Kind,
    Property,
    Slot,
    System,
    Value,
    View,
    leads_to,
    step,
)
from haboot.checker.packed.identity import identity

ROOT = Path(__file__).parent.parent
TOP = 3
BY_NAME = {"top": 3}


def top() -> int:
    return TOP


class Colour(Enum):
    RED = 1
    BLUE = 2


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Tall(list[int]):
    """A list with an attribute of its own."""

    def __init__(self, some: list[int], most: int) -> None:
        super().__init__(some)
        self.most = most


def config(most: int) -> type:
    """Return a class that holds a limit as an attribute, and in a static method."""
    return type("Config", (), {"MOST": most, "least": staticmethod(lambda: -most), "__module__": __name__})


def noted(most: int) -> Callable[[], None]:
    """Return a function that holds a limit as an attribute."""

    def function() -> None:
        return None

    function.most = most  # type: ignore[attr-defined]
    return function


class Pump:
    """An effect with a state of its own."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, view: View) -> Mapping[str, Value] | None:
        return {"n": view["n"] + 1} if view["n"] < self.most else None  # type: ignore[operator]

    def lift(self, view: View) -> Mapping[str, Value] | None:
        return self(view)


class Tight:
    """An effect whose state lies in a slot, and whose text is where it lies in memory."""

    __slots__ = ("most",)

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, view: View) -> Mapping[str, Value] | None:
        return up(view, self.most)


class Loose(Tight):
    """One with room for other attributes as well."""


def up(view: View, most: int = 3) -> Mapping[str, Value] | None:
    return {"n": view["n"] + 1} if view["n"] < most else None  # type: ignore[operator]


def closed(most: Any) -> Callable[[View], Mapping[str, Value] | None]:
    return lambda v: {"n": v["n"] + 1} if v["n"] < most else None  # type: ignore[operator]


def unbound(most: int) -> Callable[[View], Mapping[str, Value] | None]:
    """Return an effect that closes over a name which has no value yet."""

    def effect(view: View) -> Mapping[str, Value] | None:
        return {"n": most} if view["n"] == 0 else later

    if most < 0:
        later = None
    return effect


def named(v: View) -> Mapping[str, Value] | None:
    return {"n": v["n"] + 1} if v["n"] < top() else None  # type: ignore[operator]


def looked(v: View) -> Mapping[str, Value] | None:
    return {"n": v["n"] + 1} if v["n"] < BY_NAME["top"] else None  # type: ignore[operator]


def count(effect: Any = up, *, name: str = "count", slot: Any = range(9), start: int = 0, **more: Any) -> System:
    action = Action("up", ("n",), ("n",), effect, more.pop("environment", False))
    return System(name, (Slot("n", slot),), ({"n": start},), (action,), **more)


def goes(goal: int = 3, *, fair: bool = False, strong: bool = False) -> Property:
    fairness = (Fairness("up", frozenset({"up"}), strong),) if fair else ()
    return leads_to("goes", ("n",), lambda v: v["n"] == 0, lambda v: v["n"] == goal, fairness)


PLAIN = (count(), (goes(),))
CHANGED: dict[str, tuple[System, tuple[Property, ...]]] = {
    "another name": (count(name="counted"), PLAIN[1]),
    "another domain": (count(slot=range(10)), PLAIN[1]),
    "another start": (count(start=1), PLAIN[1]),
    "another mark": (count(environment=True), PLAIN[1]),
    "a default": (count(partial(up, most=4)), PLAIN[1]),
    "a constraint": (count(constraint=Constraint("few", ("n",), lambda v: v["n"] < 5)), PLAIN[1]),  # type: ignore[operator]
    "no property": (PLAIN[0], ()),
    "another goal": (PLAIN[0], (goes(4),)),
    "a promise": (PLAIN[0], (goes(fair=True),)),
    "a strong promise": (PLAIN[0], (goes(fair=True, strong=True),)),
    "a property of steps": (PLAIN[0], (step("goes", ("n",), lambda m: m.after["n"] == 3),)),
    "a part named": (
        PLAIN[0],
        (Property("goes", Kind.LEADS_TO, (Clause(("n",), *goes().clauses[0:0], lambda _: True),)),),
    ),
}


def sized(size: int) -> type:
    class Sized:
        @property
        def size(self) -> int:
            return size

    return Sized


@pytest.mark.parametrize("change", CHANGED)
def test_any_change_gives_another_identity(change: str) -> None:
    assert identity(*CHANGED[change]) != identity(*PLAIN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (closed(3), closed(4)),
        (partial(up, most=3), partial(up, most=4)),
        (Pump(3), Pump(4)),
        (Pump(3).lift, Pump(4).lift),
        (Tight(3), Tight(4)),
        (Loose(3), Loose(4)),
        (closed(Colour.RED), closed(Colour.BLUE)),
        (closed(array("q", [3])), closed(array("q", [4]))),
        (closed(re.compile("3")), closed(re.compile("4"))),
        (closed(ModuleType("tests.made")), closed(ModuleType("tests.more"))),
        (unbound(3), unbound(4)),
        (closed(Level.LOW), closed(Level.HIGH)),
        (closed(sized(3)), closed(sized(4))),
        (closed(config(3)), closed(config(4))),
        (closed(noted(3)), closed(noted(4))),
        (closed(Tall([1], 3)), closed(Tall([1], 4))),
        (lambda v: {"n": 1} if v["n"] == 0 else None, lambda v: {"n": 2} if v["n"] == 0 else None),
    ],
)
def test_what_a_function_closes_over_counts(one: Any, other: Any) -> None:
    assert identity(count(one), ()) != identity(count(other), ())


@pytest.mark.parametrize("made", [object, lambda: ModuleType("tests.made"), lambda: array("q", [3])])
def test_where_in_memory_something_lies_does_not_count(made: Callable[[], object]) -> None:
    one, other = made(), made()
    assert one is not other
    assert identity(count(closed(one)), ()) == identity(count(closed(other)), ())


@pytest.mark.parametrize(
    ("effect", "name", "value"), [(named, "TOP", 4), (looked, "BY_NAME", {"top": 4}), (named, "top", lambda: 9)]
)
def test_what_a_function_names_counts(effect: Any, name: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity(count(effect), ())
    assert identity(count(effect), ()) == before
    monkeypatch.setitem(globals(), name, value)
    assert identity(count(effect), ()) != before


def test_a_module_that_is_not_installed_counts_by_its_text(tmp_path: Path) -> None:
    code = (
        "import conf\n"
        "from haboot.checker import Action, Slot, System\n"
        "from haboot.checker.packed.identity import identity\n"
        "def up(v):\n"
        "    return {'n': 1} if v['n'] < conf.MOST else None\n"
        "print(identity(System('c', (Slot('n', range(4)),), ({'n': 0},), (Action('up', ('n',), ('n',), up),)), ()))"
    )
    said = set()
    for most in (3, 3, 4):
        (tmp_path / "conf.py").write_text(f"MOST = {most}\n")
        command = [sys.executable, "-B", "-c", code]
        said.add(subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout)  # noqa: S603 - as above
    assert len(said) == 2


def test_the_same_search_has_one_identity_in_every_process() -> None:
    code = (
        "from haboot.checker.packed.identity import identity\n"
        "from haboot.model.scenarios import STANDARD, system\n"
        "from haboot.properties.catalogue import properties\n"
        "made = system(STANDARD[0])\n"
        "print(identity(made, properties(STANDARD[0], made)))"
    )
    said = {
        subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
