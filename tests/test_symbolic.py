"""Functions evaluated on columns: the same answers as each state's own, or no answer at all."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from haboot.checker import (
    Action,
    EngineError,
    Limits,
    ModelError,
    Property,
    Slot,
    System,
    View,
    always,
    explore,
    judge_all,
    quiet,
)
from haboot.checker.packed import space as packed
from haboot.checker.symbolic import Symbols, lifted
from haboot.checker.symbolic.terms import FAILED, OPERATIONS, Run, Split, Term, explored, whole

from examples.coffee_can import PROPERTIES, coffee_can
from tests.arithmetic_systems import arithmetic_properties, arithmetic_system

ONE = Limits(workers=1)


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have columns tried from the first state on."""
    monkeypatch.setattr("haboot.checker.packed.widening.MANY", 0)
    monkeypatch.setattr("haboot.checker.packed.direct.MANY", 0)
    monkeypatch.setattr("haboot.checker.packed.questions.RUNS", 1)
    monkeypatch.setattr("haboot.checker.packed.questions.WIDE", 1)
    monkeypatch.setattr("haboot.checker.packed.questions.SEVERAL", 0)
    monkeypatch.setattr("haboot.checker.packed.search.AT_ONCE", 50)
    monkeypatch.setattr("haboot.checker.packed.kinds.BLOCK", 3)


def answers(space: Any, claims: tuple[Property, ...]) -> list[Any]:
    """Return what is said of a space, with all traces."""
    counts = space.distinct, space.generated, space.depth, dict(space.fired)
    return [counts, *((one.answer, one.trace) for one in judge_all(space, claims))]


@pytest.mark.usefixtures("early")
def test_columns_give_what_each_state_gives() -> None:
    learnt = 0
    for seed in range(40):
        system, claims = arithmetic_system(seed), arithmetic_properties(seed)
        reference = explore(system, Limits(), quiet, "graph")
        space = packed.explore(system, ONE, quiet, packed.Form(runs=0))
        assert answers(space, claims) == answers(reference, claims), seed
        learnt += sum(one is not None for one in space.rules.widening.wide.values())
    assert learnt > 50


@pytest.mark.usefixtures("early")
def test_a_slip_is_told_as_where_each_state_is_asked() -> None:
    told = set[bool]()
    for seed in range(30):
        system, given = arithmetic_system(seed, slips=True), list[Any]()
        for engine in ("graph", "packed"):
            try:
                given.append(explore(system, Limits(), quiet, engine).distinct)
            except ModelError as error:
                given.append(str(error).partition(":")[0].startswith("action 'act"))
        assert given[0] == given[1], seed
        told.add(given[0] is True)
    assert told == {True, False}


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize(
    "slip", [lambda _: {"b": 1}, lambda _: {"a": 99}, lambda v: {"a": v["a"] + 0.5}, lambda _: 1 / 0]
)
def test_a_slip_far_away_is_told_when_it_is_reached(slip: Callable[[View], Any]) -> None:
    slots, reads = (Slot("a", range(20)), Slot("b", range(2))), ("a", "b")
    go = Action("go", reads, ("a",), lambda v: slip(v) if v["a"] == 9 else {"a": v["a"] + 1})
    system, told = System("far", slots, ({"a": 0, "b": 0},), (go,)), list[str]()
    for engine in ("graph", "packed"):
        with pytest.raises(ModelError, match="action 'go'") as error:
            explore(system, Limits(), quiet, engine)
        told.append(str(error.value))
    assert told[0] == told[1]


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_a_question_that_fails_in_some_states_is_told(engine: str) -> None:
    space = explore(coffee_can(12), Limits(), quiet, engine)
    claim = always("fails", ("black", "white"), lambda v: v["black"] < 9 or 1 // 0 > 0)
    with pytest.raises(ModelError, match="property 'fails' raised ZeroDivisionError"):
        list(judge_all(space, [claim]))


@pytest.mark.usefixtures("early")
def test_a_fault_in_evaluating_columns_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    space = packed.explore(coffee_can(12), ONE, quiet, packed.Form(runs=0))
    monkeypatch.setitem(OPERATIONS, "add", operator.sub)
    with pytest.raises(EngineError, match="property 'one bean is left'"):
        list(judge_all(space, PROPERTIES[3:4]))
    with pytest.raises(EngineError, match="action 'two white': its results for many states are not those for each"):
        packed.explore(coffee_can(12), ONE, quiet, packed.Form(runs=0))


@pytest.mark.usefixtures("early")
def test_many_cans_are_judged_alike() -> None:
    system = coffee_can(12)
    wanted, space = explore(system, Limits(), quiet, "graph"), packed.explore(system, ONE, quiet, packed.Form(runs=0))
    assert answers(space, PROPERTIES) == answers(wanted, PROPERTIES)
    assert [one is not None for one in space.rules.widening.wide.values()] == [True, True, True]


def test_what_a_cell_holds_later_is_not_known() -> None:
    def early() -> Any:
        found = lifted(lambda n: n + later)
        later = 1
        return found, later

    assert early() == (None, 1)


def term(run: Run, low: int = 0, high: int = 10) -> Term:
    """Return a term for a slot."""
    return Term(run, (0, "a"), low, high)


TABLE, MARK = {1: 2}, object()


def _caught(n: Any) -> int:
    try:
        return len(n)
    except TypeError:
        return 0


def _looping(n: Any) -> int:
    m = 0
    while not (n < 3 or n > 2):
        m += 1
    return m


def _counting() -> Callable[[Any], int]:
    seen = 0

    def test(n: Any) -> int:
        nonlocal seen
        seen += 1
        return n + seen

    return test


def _remembering(n: Any, seen: list[Any] = []) -> int:  # noqa: B006 - what is to be refused
    seen.append(n)
    return len(seen)


def _importing(n: Any) -> Any:
    import operator  # noqa: PLC0415 - the same

    return operator.index(n)


def _deep(n: Any) -> Any:
    return n.real if n else _deep(n + 1)


@pytest.mark.parametrize(
    "function",
    [
        lambda n: n is MARK,
        lambda n: isinstance(n, int),
        lambda n: type(n) is int,
        lambda n: id(n) + 1,
        lambda n: hash(n) + 1,
        lambda n: str(n) + 1,
        lambda n: TABLE[n],
        lambda n: n.real,
        lambda n: n.__class__,
        lambda n: math.gcd(n, 2),
        _caught,
        _looping,
        _counting(),
        _remembering,
        _importing,
        _deep,
        MARK,
    ],
)
def test_what_could_tell_a_term_from_a_number_is_not_lifted(function: Any) -> None:
    assert lifted(function) is None


@pytest.mark.parametrize(
    "function",
    [
        lambda n: n in {1, 2},
        lambda n: {1: 2}[n],
        lambda n: (1, 2)[n],
        lambda n: f"{n}",
        lambda n: "x" * n,
        lambda n: n / 2,
        lambda n: n**2,
        lambda n: 2**n,
        lambda n: n << 1,
        lambda n: list(range(n)),
        lambda n: n == "x",
        lambda n: n + 0.5,
        lambda n: n // (n - 5),
        lambda n: n % (n - 5),
        lambda n: (n - 5) & 1,
        lambda n: n * 2**60 * 2,
        lambda n: n in range(1000),
        lambda n: [k for k in range(80) if n * k == 77],
        lambda n: sum([n == k for k in range(9)]),
    ],
)
def test_what_a_term_cannot_do_ends_the_attempt(function: Callable[[Any], Any]) -> None:
    made = lifted(function)
    assert made is not None
    assert explored(lambda run: (made(term(run, 0, 2000)),)) is None


def test_a_refusal_that_model_code_swallows_still_counts() -> None:
    assert explored(lambda run: _caught(term(run))) is None
    assert explored(lambda run: isinstance(term(run), int)) is None


def test_runs_that_do_not_repeat_end_the_attempt() -> None:
    turns = iter(range(100))
    assert explored(lambda run: run.decide(("eq", next(turns), 1))) is None


def test_a_run_that_raises_has_failed_and_the_others_have_not() -> None:
    tree = explored(lambda run: 1 // 0 if term(run) > 5 else True)
    assert type(tree) is Split
    assert tree.branches[0] is FAILED
    assert tree.branches[1] is True


def test_what_is_known_of_a_term_decides() -> None:
    assert explored(lambda run: (term(run) < 11, term(run) > 10, term(run) == 11, term(run) != -1)) == (
        *(True, False, False, True),
    )
    assert whole("12") == 12
    assert explored(lambda run: (+term(run)) >= 0) is True


OTHERS = Symbols((Slot("wide", [str(n) for n in range(99)]), Slot("open")), {}, lambda _, place: np.zeros(place, int))


@pytest.mark.parametrize("name", ["wide", "open"])
def test_a_slot_of_neither_numbers_nor_few_values_ends_the_attempt(name: str) -> None:
    assert explored(lambda run: (OTHERS.see(run, 0, {})(name),)) is None
