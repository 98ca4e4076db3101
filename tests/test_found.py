"""What an author leaves out is found: what actions read and write, and the values of slots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from haboot import (
    Action,
    Answer,
    Constraint,
    Fields,
    Limits,
    ModelError,
    Slot,
    System,
    View,
    action,
    always,
    array,
    as_itf,
    check,
    for_each,
    from_itf,
    fuzz,
    judge,
    quiet,
    refines,
    sometimes,
    state_graph,
)
from haboot.checker import Property, Report, defined_at, graph, packed
from haboot.checker.packed import Form
from haboot.diagrams import Walker
from haboot.pages import Checked

from tests.agreement import alike, retracted
from tests.drawn_systems import dice_of, drawn_properties, drawn_system
from tests.slips import Slips, require_told
from tests.symmetric_systems import orbits, symmetric_properties, symmetric_system
from tests.textbook import explored_system

ENGINES = pytest.mark.parametrize("engine", ["graph", "packed"])
FORMS = (Form(), Form(runs=0), Form(rows=0), Form(runs=7, rows=2))


def untold(system: System, seed: int) -> System:
    """Return a system that says less: some actions not what they read or write, some slots not what they may hold."""
    dice = dice_of("untold", seed)

    def less(one: Action) -> Action:
        named = {"reads": one.reads, "writes": one.writes}
        kept: Any = {what: some for what, some in named.items() if dice.random() < 0.4}
        return Action(one.name, effect=one.effect, environment=one.environment, tags=one.tags, **kept)

    slots = [Slot(one.name) if dice.random() < 0.5 else one for one in system.slots]
    return replace(system, slots=tuple(slots), actions=tuple(map(less, system.actions)))


def answered(system: System, claims: list[Property], form: Form | None, workers: int = 1) -> Report:
    limits = Limits(workers=workers)
    space = graph.explore(system, limits, quiet) if form is None else packed.explore(system, limits, quiet, form)
    return Report(space, tuple(judge(space, one) for one in claims), 0.0)


@pytest.mark.parametrize("batch", [pytest.param(n, marks=() if n < 6 else pytest.mark.slow) for n in range(60)])
def test_what_is_found_is_what_would_be_said(batch: int) -> None:
    for seed in range(batch * 20, (batch + 1) * 20):
        system = drawn_system(seed)
        claims = drawn_properties(seed, system, 3)
        said, less = answered(system, claims, None), untold(system, seed)
        assert {seed: alike(answered(less, claims, None), said)} == {seed: []}
        other = answered(less, claims, FORMS[seed % len(FORMS)], 1 + seed % 2)
        assert {seed: alike(other, said)} == {seed: []}


def walks(last: int, width: int) -> System:
    """Return a walk over pairs of numbers, far more than there is room for at first."""

    def right(v: View) -> dict[str, object] | None:
        x, y = v["at"]
        return {"at": (x + 1, y), "sum": x + y + 1} if x < last else None

    def up(v: View) -> dict[str, object] | None:
        x, y = v["at"]
        return {"at": (x, y + 1), "sum": x + y + 1} if y < width else None

    return System(
        "walk",
        initial=({"at": (0, 0), "sum": 0, "idle": None},),
        actions=(Action("right", effect=right), Action("up", effect=up)),
    )


@pytest.mark.parametrize("form", FORMS)
def test_values_that_outgrow_their_room_are_found_all_the_same(form: Form) -> None:
    claims = [
        always("near", ("sum",), lambda v: v["sum"] < 60),
        sometimes("far", ("at",), lambda v: v["at"] == (40, 9)),
    ]
    said, found = answered(walks(50, 12), claims, None), answered(walks(50, 12), claims, form)
    assert alike(found, said) == []
    assert found.space.distinct == 51 * 13
    assert {slot.name: len(slot.domain) for slot in found.space.system.slots} == {"at": 663, "sum": 63, "idle": 1}


def test_a_large_space_is_handed_on_with_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.engines.SMALL", 100)
    monkeypatch.setattr("haboot.checker.engines.COLD", 100)
    report = check(walks(50, 12), [])
    assert (report.space.engine, report.space.distinct) == ("packed", 663)


def test_an_action_is_called_once_for_what_it_looked_at() -> None:
    calls = list[object]()

    def up(v: View) -> dict[str, int] | None:
        calls.append(v["n"])
        return {"n": v["n"] + 1} if v["n"] < 3 else None

    turn = Action("turn", ("m",), ("m",), lambda v: {"m": (v["m"] + 1) % 50})
    slots = (Slot("n", range(4)), Slot("m", range(50)))
    system = System("counter", slots, ({"n": 0, "m": 0},), (Action("up", effect=up), turn))
    assert check(system, [], engine="graph").space.distinct == 200
    assert calls == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_look_at_one_more_slot_begins_the_table_anew() -> None:
    def late(v: View) -> dict[str, int] | None:
        if v["n"] < 2:
            return {"n": v["n"] + 1}
        return {"n": 0} if v["m"] == 1 else None

    slots = (Slot("n", range(3)), Slot("m", range(2)))
    turn = Action("turn", ("m",), ("m",), lambda v: {"m": 1 - v["m"]})
    system = System("late", slots, ({"n": 0, "m": 0},), (Action("late", effect=late), turn))
    said = replace(system, actions=(Action("late", ("n", "m"), ("n",), late), turn))
    for engine in ("graph", "packed"):
        assert alike(check(system, [], engine=engine), check(said, [], engine="graph")) == []


def test_what_the_constraint_reads_is_found_as_well() -> None:
    up = Action("up", effect=lambda v: {"n": v["n"] + 1})
    few = Constraint("few", ("n",), lambda v: v["n"] < 9)
    system = System("up", initial=({"n": 0},), actions=(up,), constraint=few)
    for engine in ("graph", "packed"):
        assert check(system, [], engine=engine).space.distinct == 9


def test_reads_that_are_found_keep_a_symmetry_and_a_reduction() -> None:
    incomplete = judged = 0
    for seed in range(20):
        system = symmetric_system(seed)
        claims = symmetric_properties(seed, system)
        less = tuple(Action(one.name, effect=one.effect, environment=one.environment) for one in system.actions)
        made = replace(system, actions=less)
        reduced = check(made, claims, Limits(symmetry=True, workers=1))
        assert reduced.space.distinct == orbits(system, explored_system(system).states)
        whole = check(system, claims)
        assert [one.answer for one in reduced.verdicts] == [one.answer for one in whole.verdicts]
        ends = [one for one in claims if one.kind in {"always", "sometimes", "no deadlock"}]
        for engine in ("graph", "packed"):
            report = check(made, ends, Limits(reduction=True), engine=engine)
            assert retracted(report, check(system, ends)) == []
            incomplete += [one.answer for one in report.verdicts].count(Answer.INCOMPLETE)
            judged += len(ends)
    assert judged - incomplete > 40


def test_an_abstract_system_may_leave_its_values_out() -> None:
    tick = Action("tick", effect=lambda v: {"t": (v["t"] + 1) % 12})
    coarse = System("coarse", initial=({"t": 0},), actions=(tick,))
    turn = Action("turn", effect=lambda v: {"t": (v["t"] + 1) % 24})
    fine = System("fine", (Slot("t", range(24)),), ({"t": 0},), (turn,))
    claims = refines("hours", fine, coarse, ("t",), lambda v: {"t": v["t"] // 2})
    assert [str(one.answer) for one in check(fine, claims).verdicts] == ["HOLDS", "HOLDS"]
    odd = refines("hours", fine, coarse, ("t",), lambda v: {"t": 7 + v["t"] // 2})
    assert [str(one.answer) for one in check(fine, odd).verdicts] == ["VIOLATED", "VIOLATED"]


def test_the_space_knows_the_values_and_what_is_left_out_is_shown() -> None:
    report = check(walks(3, 3), [sometimes("far", ("sum",), lambda v: v["sum"] == 5)])
    trace = report["far"].trace
    assert trace is not None
    assert from_itf(report.space.system, as_itf(trace, {})) == trace
    assert report.space.system.slots[1].domain[:3] == [0, 1, 2]
    assert "<td>found</td>" in walks(3, 3)._repr_html_()
    assert state_graph(report.space, most=99).to_networkx().number_of_nodes() == 16
    assert fuzz(walks(3, 3), [], examples=3, steps=5, seed=1).tally.coverage.actions.of is None


def test_a_page_walks_through_what_was_found_and_says_where_it_was_not() -> None:
    def walker(limits: Limits | None = None) -> Walker:
        return Walker(Checked("walk", check(walks(3, 3), [], limits)).walkable())

    start, *_ = walker().head()["starts"]
    assert [walker().state(one["target"])["at"] for one in walker().at(start)["next"]] == [(1, 0), (0, 1)]
    cut = walker(Limits(max_states=2))
    edge = cut.key({"at": (1, 0), "sum": 1, "idle": None})
    with pytest.raises(ModelError, match=r"slot 'at' comes to hold \(2, 0\), which the search did not meet"):
        cut.at(edge)


# actions by decoration

PIDS = ("ann", "bob")
at = array("at", PIDS, ("out", "in"))


@action(over=PIDS, environment=True, tags=("door",))
def goes_in(v: View, pid: str) -> dict[Any, Any] | None:
    return {at[pid]: "in"} if v[at[pid]] == "out" else None


@action
def all_leave(_: View) -> dict[Any, Any]:
    return at.filled("out")


@action(name="ann leaves", reads=(at["ann"],), writes=(at["ann"],))
def other(v: View) -> dict[Any, Any] | None:
    return {at["ann"]: "out"} if v[at["ann"]] == "in" else None


@ENGINES
def test_a_function_is_made_an_action_or_one_for_each_key(engine: str) -> None:
    assert [(one.name, one.environment, one.tags) for one in goes_in] == [
        ("goes in ann", True, ("door",)),
        ("goes in bob", True, ("door",)),
    ]
    assert (all_leave.name, other.name, other.reads) == ("all leave", "ann leaves", ("at ann",))
    system = System("rooms", at, (at.filled("out"),), (*goes_in, all_leave, other))
    assert check(system, [], engine=engine).space.distinct == 4
    place = defined_at(goes_in[1].effect)
    assert place is not None
    assert place.path == Path(__file__)


def test_what_is_made_in_a_loop_by_decoration_is_found_out() -> None:
    made = []
    for pid in PIDS:

        @action(name=f"leave {pid}")
        def leave(_: View) -> dict[Any, Any]:
            return {at[pid]: "out"}  # noqa: B023 - the slip

        made.append(leave)
    with pytest.raises(ModelError, match="actions 'leave ann' and 'leave bob' can only do the same: made in a loop"):
        System("rooms", at, (at.filled("out"),), made)


def grown(effect: Callable[[View], object], **more: Any) -> Callable[[], object]:
    return lambda: check(System("s", initial=({"n": 0},), actions=(Action("up", effect=effect, **more),)), [])  # type: ignore[arg-type]


SLIPS: Slips = {
    "a look at no slot": (
        grown(lambda v: {"n": v["nn"]}),
        "action 'up' reads slot 'nn', which does not exist (there are: n); did you mean 'n'? (in an initial state)",
    ),
    "a write of no slot": (grown(lambda _: {"m": 1}), "action 'up' writes slot 'm', which does not exist: ('n',)"),
    "a value that changes": (grown(lambda _: {"n": []}), "values and events that can be hashed"),
    "a failure": (
        grown(lambda v: {"n": 1 // v["n"]}),
        "raised ZeroDivisionError: integer division or modulo by zero (given n=0) (in an initial state, where n=0)",
    ),
    "no function": (lambda: Action("up"), "action 'up': its effect is a function, not None"),
    "no actions": (lambda: System("s", initial=({"n": 0},)), "system 's': actions is None"),
    "another slot in another start": (
        lambda: System("s", initial=({"n": 0}, {"n": 0, "m": 1}), actions=()),
        "unknown slot 'm' (allowed: n)",
    ),
    "a start that changes": (
        lambda: System("s", initial=({"n": []},), actions=()),  # type: ignore[dict-item]
        "its value is [], which cannot be hashed",
    ),
    "no start": (lambda: System("s", initial=(), actions=()), "system 's' has no initial state"),
    "a domain without values": (lambda: Slot("n", ()), "its domain has no value"),
    "symmetry": (
        lambda: check(walks(1, 1), [], Limits(symmetry=True)),
        "symmetry needs all values beforehand, and slot 'at' has no domain; give it one",
    ),
    "a reduction": (
        lambda: check(walks(1, 1), [], Limits(reduction=True), engine="graph"),
        "reduction needs all values",
    ),
    "a decoration of nothing": (lambda: action(3), "action: it stands above a function, not 3"),  # type: ignore[call-overload]
    "a misspelt decoration": (lambda: action(nam="up"), "no argument 'nam' (allowed: over, name, reads"),  # type: ignore[call-overload]
    "a decoration without its key": (
        lambda: action(over=(1, 2))(lambda v: v),  # type: ignore[arg-type,misc]
        "over some keys its function takes the view and the key, not ['v']",
    ),
    "a decoration of a class without a signature": (lambda: action(name="t", over=(1,))(type), "action 't'"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_in_one_line(name: str) -> None:
    require_told(SLIPS[name])


def test_many_slots_are_not_all_told() -> None:
    names = tuple(f"s{n}" for n in range(12))
    full = Action("full", effect=lambda v: {"s0": sum(v[name] for name in names) + 9})
    system = System("many", tuple(Slot(name, (0, 1)) for name in names), (dict.fromkeys(names, 0),), (full,))
    with pytest.raises(ModelError, match=r"where s0=0, .*s7=0, …\)$"):
        check(system, [])


def test_what_is_for_each_is_still_for_each() -> None:
    made = for_each(PIDS, lambda pid: Action(f"in {pid}", effect=lambda _: {at[pid]: "in"}))
    assert check(System("rooms", at, (at.filled("out"),), made), []).space.distinct == 4


# fields


class Jugs(Fields):
    small: int = 0
    big: int


def pour(jugs: Jugs) -> dict[str, int]:
    moved = min(jugs.big, 3 - jugs.small)
    return {"small": jugs.small + moved, "big": jugs.big - moved}


@ENGINES
def test_what_reads_fields_does_as_what_reads_a_view(engine: str) -> None:
    def jugs(**domains: Any) -> System:
        return System(
            "jugs",
            Jugs.slots(**domains),
            (Jugs.start(big=0),),
            (
                Action("fill", effect=lambda _: {"big": 5}),
                Action("empty", effect=lambda _: {"small": 0}),
                Action("pour", effect=Jugs.see(pour)),
            ),
        )

    claim = always("never 4", ("big",), Jugs.see(lambda jugs: jugs.big != 4))
    said, found = (check(one, [claim], engine=engine) for one in (jugs(small=range(4), big=range(6)), jugs()))
    assert alike(found, said) == []
    assert len(found["never 4"].steps()) == 6


def test_a_field_made_in_a_loop_is_found_out() -> None:
    made = [Action(f"up {n}", effect=Jugs.see(lambda _: {"small": n})) for n in (1, 2)]  # noqa: B023 - the slip
    with pytest.raises(ModelError, match="made in a loop"):
        System("jugs", Jugs.slots(), (Jugs.start(big=0),), made)


def assigns(jugs: Jugs) -> dict[str, int]:
    jugs.small = 1
    return {}


FIELDS: Slips = {
    "an unknown slot": (
        lambda: Jugs.slots(bigg=(1,)),
        "there is no 'bigg' (there are: small, big); did you mean 'big'?",
    ),
    "no value": (Jugs.start, "fields 'Jugs': no value is given for 'big'"),
    "a name that is taken": (
        lambda: type("Odd", (Fields,), {"__annotations__": {"see": int}}),
        "fields 'Odd': 'see' is what all fields have",
    ),
    "an assignment": (
        lambda: check(System("j", Jugs.slots(), (Jugs.start(big=0),), (Action("a", effect=Jugs.see(assigns)),)), []),
        "fields 'Jugs': 'small' is assigned; an effect returns what changes",
    ),
    "what is not declared": (
        lambda: check(
            System("j", Jugs.slots(), (Jugs.start(big=0),), (Action("a", ("big",), (), Jugs.see(pour)),)), []
        ),
        "action 'a' reads slot 'small', which it does not declare (declared: big)",
    ),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_slip_with_fields_is_told_in_one_line(name: str) -> None:
    require_told(FIELDS[name])
    assert not hasattr(Jugs(View({}, "it")), "_other")
