"""An author's slips: each is one ModelError that says what was given and what is due, and none is dropped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from haboot.checker import (
    Action,
    Clause,
    Constraint,
    Fairness,
    Kind,
    Limits,
    ModelError,
    Outcome,
    Property,
    Slot,
    System,
    always,
    check,
    counted,
    finitely_often,
    leads_to,
    no_deadlock,
    recoverable,
    sometimes,
    step,
)
from haboot.checker.boundary import spelled, spelled_out
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.slips import Slips, require_told

SMALL = always("small", ("n",), lambda v: v["n"] < 9)


def action(effect: Any = lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None, **more: Any) -> Action:
    return Action(**{"name": "up", "reads": ("n",), "writes": ("n",), "effect": effect, **more})


def system(*actions: Action, **more: Any) -> System:
    given: dict[str, Any] = {
        "name": "s",
        "slots": (Slot("n", range(4)), Slot("m", range(2))),
        "initial": ({"n": 0, "m": 0},),
        "actions": actions or (action(),),
    }
    return System(**{**given, **more})


def asked(claim: Any) -> object:
    return check(system(), claim)


def ends(*fairness: Any) -> Property:
    return leads_to("ends", ("n",), lambda _: True, lambda v: v["n"] == 3, *fairness)


SLIPS: Slips = {
    "domain of what cannot be hashed": (lambda: Slot("q", ([], ["a"])), "cannot be hashed"),  # type: ignore[arg-type]
    "domain without a value": (lambda: Slot("q", ()), "no value"),
    "domain with a value twice": (lambda: Slot("q", (1, True)), "twice"),
    "a list written": (lambda: check(system(action(lambda _: {"n": [1]})), []), "'list'"),
    "a text returned": (lambda: check(system(action(lambda _: "n")), []), "returned 'n'; a mapping"),
    "pairs returned": (lambda: check(system(action(lambda _: [("n", 1)])), []), "returned ('n', 1); a mapping"),
    "True returned": (lambda: check(system(action(lambda _: True)), []), "returned True; a mapping"),
    "writes of an Outcome not a mapping": (lambda: check(system(action(lambda _: Outcome(3))), []), "a mapping"),  # type: ignore[arg-type]
    "a bound that is no text": (lambda: check(system(action(lambda _: Outcome({}, (), 3))), []), "a text"),  # type: ignore[arg-type]
    "a misspelt write": (lambda: check(system(action(lambda _: {"nn": 1})), []), "did you mean 'n'"),
    "an effect that is none": (lambda: action("go"), "effect is a function, not 'go'"),
    "reads as a text": (lambda: action(reads="n"), "such as ('n',)"),
    "one initial state alone": (lambda: system(initial={"n": 0, "m": 0}), "initial is"),
    "one action alone": (lambda: system(actions=action()), "actions is Action"),
    "a slot given by name": (lambda: system(slots=("n", "m")), "a Slot"),
    "two slots of one name": (lambda: system(slots=(Slot("n", (0,)), Slot("n", (1,)))), "slot named twice: n"),
    "two actions of one name": (lambda: system(action(), action()), "action named twice: up"),
    "an initial state that lacks a slot": (lambda: system(initial=({"n": 0},)), "initial state gives no value for 'm'"),
    "an initial state that misspells a slot": (
        lambda: system(initial=({"n": 0, "mm": 0},)),
        "initial state: unknown slot 'mm' (allowed: m, n)",
    ),
    "an initial state outside a domain": (
        lambda: system(initial=({"n": 0, "m": 9},)),
        "initial state: slot 'm' cannot hold 9 (allowed: 0, 1)",
    ),
    "a live twin that is no function": (
        lambda: system(live=system()),
        "of type System; a function that returns the live",
    ),
    "a count that is none": (lambda: counted("many"), "a count is due, not 'many'"),
    "a nameless action": (lambda: action(name=""), "not empty"),
    "a misspelt keyword of a class": (lambda: Limits(max_stats=3), "did you mean 'max_states'"),  # type: ignore[call-arg]
    "a misspelt keyword of a function": (
        lambda: always("p", ("n",), lambda _: True, abuot="x"),  # type: ignore[call-arg]
        "did you mean 'about'",
    ),
    "too few arguments": (lambda: Constraint("few", ("n",)), "test"),  # type: ignore[call-arg]
    "one property alone": (lambda: asked(SMALL), "properties is Property"),
    "two properties of one name": (lambda: asked([SMALL, SMALL]), "two properties are named 'small'"),
    "an unknown property looked up": (lambda: check(system(), [SMALL])["smal"], "did you mean 'small'"),
    "reads of a property as a text": (lambda: always("p", "n", lambda _: True), "such as ('n',)"),  # type: ignore[arg-type]
    "a property of an unknown slot": (lambda: asked([always("p", ("nn",), lambda _: True)]), "did you mean 'n'"),
    "a predicate that is none": (lambda: always("p", ("n",), "n < 3"), "a predicate is a function"),  # type: ignore[arg-type]
    "a property without a clause": (lambda: Property("p", Kind.ALWAYS, ()), "no clause"),
    "an unknown kind": (lambda: Property("p", "alway", SMALL.clauses), "no kind 'alway'"),  # type: ignore[arg-type]
    "fairness not in a tuple": (lambda: ends(Fairness("f", frozenset({"up"}))), "fairness is Fairness"),
    "fairness over a text": (lambda: Fairness("f", "up"), "such as ('up',)"),  # type: ignore[arg-type]
    "fairness misspelt": (lambda: asked([ends((Fairness("f", frozenset({"upp"})),))]), "did you mean 'up'"),
    "fairness one of two misspelt": (
        lambda: asked([ends((Fairness("f", frozenset({"up", "dwon"})),))]),
        "names action 'dwon'",
    ),
    "fairness for what is no run": (
        lambda: Property("p", Kind.ALWAYS, SMALL.clauses, fairness=(Fairness("f", frozenset({"up"})),)),
        "fairness has no effect on 'always'",
    ),
    "steps for a kind of states": (
        lambda: Property("p", Kind.RECOVERABLE, SMALL.clauses, about_steps=True),
        "about_steps has no effect",
    ),
    "the environment for a kind that does not ask": (
        lambda: Property("p", Kind.ALWAYS, SMALL.clauses, with_environment=True),
        "with_environment has no effect",
    ),
    "an action's name misspelt in a predicate": (
        lambda: asked([step("p", (), lambda move: move.action != "upp")]),
        "no action is named 'upp'; did you mean 'up'",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_one_error_that_says_what_is_due(slip: str) -> None:
    require_told(SLIPS[slip])


def test_a_type_error_from_within_is_not_told_as_a_wrong_argument() -> None:
    class Made:
        def __init__(self, n: int) -> None:
            raise TypeError(f"{n} is odd")

    def make(n: int) -> Made:
        return Made(n)

    for made in (spelled(make), spelled_out(Made)):
        with pytest.raises(TypeError, match="3 is odd"):
            made(3)
        with pytest.raises(ModelError, match=r"allowed: n"):
            made()


def test_what_can_only_be_meant_one_way_is_taken() -> None:
    assert Fairness("f", ["up"]).actions == Fairness("f", {"up"}).actions == frozenset({"up"})  # type: ignore[arg-type]
    assert Slot("n", (i for i in range(3))).domain == (0, 1, 2)  # type: ignore[arg-type]
    assert always("p", ["n"], lambda _: True, about="x", cites=["4"]).clauses[0].about == "x"  # type: ignore[arg-type]


def flags(*effects: Any) -> System:
    """Three flags, each with an action that is to raise it and may read and write all."""
    names = ("p0", "p1", "p2")
    actions = tuple(Action(f"go {n}", names, names, effect) for n, effect in zip(names, effects, strict=True))
    return System("flags", tuple(Slot(n, (0, 1)) for n in names), (dict.fromkeys(names, 0),), actions)


def test_effects_that_look_up_a_loop_s_variable_too_late_are_refused() -> None:
    names = ("p0", "p1", "p2")
    late = [lambda v: {n: 1} if v[n] == 0 else None for n in names]  # noqa: B023 - the slip that is meant
    with pytest.raises(ModelError, match=r"actions 'go p0' and 'go p1' can only do the same: made in a loop\?"):
        flags(*late)
    bound = [lambda v, n=n: {n: 1} if v[n] == 0 else None for n in names]
    assert check(flags(*bound), []).space.distinct == 8

    def made(n: str) -> Any:
        return lambda v: {n: 1} if v[n] == 0 else None

    assert check(flags(*map(made, names)), []).space.distinct == 8


def test_clauses_and_properties_that_can_only_say_the_same_are_refused() -> None:
    names = ("p0", "p1", "p2")
    with pytest.raises(ModelError, match="clause 1 and clause 2"):
        Property("never", Kind.ALWAYS, tuple(Clause(names, lambda v: v[n] == 0) for n in names))  # noqa: B023
    late = [always(f"{n} stays", names, lambda v: v[n] == 0) for n in names]  # noqa: B023
    quiet = flags(*[lambda v, n=n: {n: 1} if v[n] == 2 else None for n in names])
    with pytest.raises(ModelError, match=r"property 'p0 stays'.*looks up 'n', which was 'p0'"):
        check(quiet, late)


def test_a_premise_of_sometimes_and_of_steps_has_its_say() -> None:
    three = sometimes("three", ("n",), lambda v: v["n"] == 3, premise=lambda v: v["m"] == 1)
    assert str(check(system(), [replaced(three, ("n", "m"))])["three"].answer) == "UNREACHED"
    up = sometimes(
        "up to two", ("n",), lambda m: m.after["n"] == 2, premise=lambda m: m.action == "up", about_steps=True
    )
    assert str(check(system(), [up])["up to two"].answer) == "HOLDS"
    never = always("vacuous", ("n",), lambda _: True, premise=lambda m: m.after["n"] == 9, about_steps=True)
    assert "vacuous" in check(system(), [never])["vacuous"].note


def replaced(claim: Property, reads: tuple[str, ...]) -> Property:
    clause = claim.clauses[0]
    return Property(claim.name, claim.kind, (Clause(reads, clause.holds, clause.premise),))


ODD = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(-2, 5),
    some.floats(),
    some.text(max_size=4),
    some.binary(max_size=2),
    some.lists(some.integers(), max_size=2),
    some.dictionaries(some.text(max_size=2), some.integers(), max_size=2),
    some.sets(some.text(max_size=2), max_size=2),
    some.just(object()),
    some.just(lambda *_: None),
    some.just(range(3)),
    some.just(iter(())),
    some.just(SMALL),
    some.just(Kind.STEP),
)
PARTS: tuple[tuple[Callable[..., Any], dict[str, Any]], ...] = (
    (Slot, {"name": "n", "domain": range(4)}),
    (action, {"name": "up", "reads": ("n",), "writes": ("n",), "effect": lambda _: {"n": 1}, "environment": False}),
    (system, {"name": "s", "slots": (Slot("n", range(4)), Slot("m", range(2))), "initial": ({"n": 0, "m": 0},)}),
    (system, {"symmetry": (), "constraint": None, "actions": (action(),)}),
    (Clause, {"reads": ("n",), "holds": lambda _: True, "premise": lambda _: True, "about": "x"}),
    (Fairness, {"name": "f", "actions": {"up"}, "strong": True}),
    (Property, {"name": "p", "kind": Kind.ALWAYS, "clauses": SMALL.clauses, "statement": "", "cites": ()}),
    (Property, {"name": "p", "kind": Kind.LEADS_TO, "clauses": SMALL.clauses, "fairness": (Fairness("f", {"up"}),)}),  # type: ignore[arg-type]
    (always, {"name": "p", "reads": ("n",), "holds": lambda _: True, "premise": lambda _: True, "about": ""}),
    (no_deadlock, {"name": "p", "reads": ("n",), "terminal": lambda _: True}),
    (recoverable, {"name": "p", "reads": ("n",), "goal": lambda _: True, "with_environment": True}),
    (finitely_often, {"name": "p", "reads": ("n",), "counted": lambda _: False, "fairness": ()}),
)


@given(data=some.data())
@settings(max_examples=300, deadline=None)
def test_a_part_damaged_anywhere_is_refused_in_one_way_or_works(data: some.DataObject) -> None:
    made, fields = data.draw(some.sampled_from(PARTS))
    field = data.draw(some.sampled_from(sorted(fields)))
    damaged = {**fields, field: data.draw(ODD)}
    with suppress(ModelError):
        part = made(**damaged)
        whole = part if isinstance(part, System) else system(part) if isinstance(part, Action) else system()
        check(whole, [part] if isinstance(part, Property) else [], engine="graph")
