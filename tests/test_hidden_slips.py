"""Slips that model code itself hides: errors that it swallows, mappings it uses again, variables that change."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from haboot.checker import (
    Action,
    Answer,
    Composition,
    Constraint,
    Input,
    Instance,
    Limits,
    Local,
    ModelError,
    Outcome,
    Participant,
    Row,
    Slot,
    System,
    Value,
    View,
    always,
    check,
    compose,
    fired,
    leads_to,
    no_deadlock,
    sent,
    sometimes,
    step,
)
from haboot.plugin import checked

ENGINES = pytest.mark.parametrize("engine", ["graph", "packed"])


def pair(effect: Callable[[View], Any], reads: tuple[str, ...] = ("x", "y")) -> System:
    """Two slots, x at 0 and y at 1, and one action that writes x."""
    slots = (Slot("x", range(4)), Slot("y", range(4)))
    return System("pair", slots, ({"x": 0, "y": 1},), (Action("act", reads, ("x",), effect),))


def copied(v: View) -> Mapping[str, Value]:
    return {"x": v["y"]}


def is_zero(v: View) -> bool:
    try:
        return v["x"] == 0
    except:  # noqa: E722 - what an author may write
        return True


@ENGINES
def test_an_answer_that_swallows_what_was_not_known_does_not_count(engine: str) -> None:
    claims = [
        always("zero", ("x",), is_zero),
        sometimes("one", ("x",), lambda v: not is_zero(v)),
        step("stays zero", ("x",), lambda m: is_zero(m.after)),  # type: ignore[arg-type]
        no_deadlock("no deadlock", ("x",), is_zero),
    ]
    report = check(pair(lambda v: copied(v) if v["x"] == 0 else None), claims, engine=engine)
    assert [one.answer for one in report.verdicts] == [
        Answer.VIOLATED,
        Answer.HOLDS,
        Answer.VIOLATED,
        Answer.VIOLATED,
    ]


@ENGINES
def test_an_effect_that_swallows_what_was_not_known_is_run_again(engine: str) -> None:
    def effect(v: View) -> Mapping[str, Value]:
        try:
            new = v["y"]
        except BaseException:  # noqa: BLE001 - what an author may write
            new = 0
        return {"x": new}

    assert check(pair(effect), [], engine=engine).space.distinct == 2


@ENGINES
def test_a_look_at_what_is_not_declared_is_told_even_where_it_is_swallowed(engine: str) -> None:
    def wrong(v: View) -> bool:
        try:
            return bool(v["z"])
        except:  # noqa: E722 - what an author may write
            return True

    with pytest.raises(ModelError, match="reads slot 'z', which it does not declare"):
        check(pair(copied), [always("wrong", ("x",), wrong)], engine=engine)
    with pytest.raises(ModelError, match="reads slot 'z', which it does not declare"):
        check(pair(lambda v: {"x": 1} if wrong(v) else None), [], engine=engine)
    few = Constraint("few", ("x",), wrong)
    limited = System("limited", (Slot("x", range(2)),), ({"x": 0},), (), constraint=few)
    with pytest.raises(ModelError, match="reads slot 'z', which it does not declare"):
        check(limited, [], engine=engine)


def bounded(bound: str) -> System:
    stop = Action("stop", ("n",), ("n",), lambda _: Outcome({"n": 1}, bound=bound))
    return System("bounded", (Slot("n", (0, 1)),), ({"n": 0},), (stop,))


def lamp(*rows: Row, **more: Any) -> Composition:
    one = Participant("lamp", ("off", "on"), "off", rows, {"n": (0, 1)}, {"day": (False, True)})
    seen = more.pop("day", Input((), lambda _: True))
    return Composition("room", (Instance("A", one, "A", inputs={"day": seen}),), **more)


def test_a_guard_that_swallows_an_input_or_an_error_is_asked_again_or_refused() -> None:
    def guard(name: str) -> Callable[[Local], bool]:
        def asked(me: Local) -> bool:
            try:
                return bool(me.see(name))
            except:  # noqa: E722 - what an author may write
                return False

        return asked

    assert check(compose(lamp(Row("go", ("off",), "on", (guard("day"),)))), []).space.distinct == 2
    with pytest.raises(ModelError, match="input 'night' is not declared"):
        compose(lamp(Row("go", ("off",), "on", (guard("night"),))))

    def peeks(me: Local) -> bool:
        with suppress(ModelError):
            return bool(me.m)
        return False

    with pytest.raises(ModelError, match="reads 'm', which it does not declare"):
        compose(lamp(Row("go", ("off",), "on", (peeks,))))

    def typed(me: Local) -> None:
        with suppress(ModelError):
            me.m = 1

    with pytest.raises(ModelError, match="assigns 'm', which is not one of its variables"):
        compose(lamp(Row("go", ("off",), "on", (), (typed,))))


@ENGINES
def test_a_mapping_that_an_effect_uses_again_counts_as_it_was_given(engine: str) -> None:
    kept: dict[str, Value] = {}

    def several(v: View) -> Iterator[Any]:
        new = dict(v)
        for number in (1, 2, 3):
            new["x"] = number
            yield new if number != 2 else Outcome(new)

    def one(v: View) -> Mapping[str, Value] | None:
        kept["x"] = v["x"] + 1  # type: ignore[operator]
        return kept if kept["x"] < 4 else None  # type: ignore[operator]

    for effect in (several, one):
        report = check(pair(effect, ("x",)), [always("not one", ("x",), lambda v: v["x"] != 1)], engine=engine)
        assert report.space.distinct == 4
        assert report["not one"].answer is Answer.VIOLATED


@ENGINES
def test_a_bound_that_is_called_as_a_constraint_stays_a_bound(engine: str) -> None:
    def effect(_: View) -> Outcome:
        return Outcome({}, bound="constraint 'few'")

    few = Constraint("few", ("x",), lambda _: True)
    slots = (Slot("x", range(4)), Slot("y", range(4)))
    action = Action("act", ("y",), ("y",), effect)
    system = System("pair", slots, ({"x": 0, "y": 1},), (action,), constraint=few)
    report = check(system, [always("small", ("y",), lambda v: v["y"] == 1)], engine=engine)
    assert report.space.bounds_hit == ("constraint 'few'",)
    assert report["small"].answer is Answer.INCOMPLETE


def test_a_variable_that_changes_after_it_was_handed_in_is_told() -> None:
    rows, inputs, goals, premises = [], [], [], []
    for n in (1, 2):
        rows.append(Row(f"go {n}", ("off",), "on", (lambda me: me.n == n,)))  # noqa: B023
        inputs.append(Input((), lambda _: n == 1))  # noqa: B023
        goals.append(leads_to(f"to {n}", ("x",), lambda v: v["x"] == 0, lambda v: v["x"] == n))  # noqa: B023
        premises.append(always(f"not {n}", ("x",), lambda v: v["x"] != n, premise=lambda _: True))  # noqa: B023
    with pytest.raises(ModelError, match=r"row 'go 1': its function looks up 'n', which was 1 .* and is 2 now"):
        compose(lamp(*rows))
    with pytest.raises(ModelError, match="input 'day': its function looks up 'n'"):
        compose(lamp(day=inputs[0]))
    with pytest.raises(ModelError, match="property 'to 1': its function looks up 'n'"):
        check(pair(copied), goals)
    with pytest.raises(ModelError, match="property 'not 1': its function looks up 'n'"):
        check(pair(copied), premises)
    with pytest.raises(ModelError, match="property 'not 1': its function looks up 'n'"):
        checked(lambda: (pair(copied), premises))


def test_a_helper_that_comes_later_is_no_slip() -> None:
    helpers: list[Callable[[Any], bool]] = []
    helper: Any = None
    claim = always("small", ("x",), lambda v: helper(v["x"]))
    helpers.append(lambda x: x < 4)
    helper = helpers[0]
    assert check(pair(copied), [claim])["small"].answer is Answer.HOLDS


def test_an_attribute_that_is_called_as_a_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for name in ("act", "go"):
        monkeypatch.setitem(globals(), "action", name)
        made.append(step(f"some {name}", ("x",), lambda m, name=name: m.action in {"act", name}))
    assert {one.answer for one in check(pair(copied), made).verdicts} == {Answer.HOLDS}


def test_two_properties_of_one_name_are_refused_wherever_they_are_asked() -> None:
    twice = [always("small", ("x",), lambda v: v["x"] < 4), always("small", ("x",), lambda v: v["x"] < 3)]
    with pytest.raises(ModelError, match="two properties are named 'small'"):
        checked(lambda: (pair(copied), twice))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Limits(interval="x"), "interval is 'x'"),  # type: ignore[arg-type]
        (lambda: Limits(stopped=True), "stopped is True"),  # type: ignore[arg-type]
        (lambda: check(bounded("cut\0"), []), "holds a character that does not print"),
        (lambda: Limits(checkpoint=3), "checkpoint is 3"),  # type: ignore[arg-type]
        (lambda: Limits(resume=True), "no checkpoint is given"),
        (lambda: check(None, []), "the system is None"),  # type: ignore[arg-type]
        (lambda: check(pair(copied), [], {"max_states": 1}), "limits is {"),  # type: ignore[arg-type]
        (lambda: check(pair(copied), [], engine=None), "no engine 'None'"),  # type: ignore[arg-type]
        (lambda: check(pair(copied), [], progress=None), "progress is None"),  # type: ignore[arg-type]
    ],
)
def test_what_is_handed_to_a_check_is_looked_at_first(call: Callable[[], object], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        call()


def test_a_search_with_symmetry_is_resumed_with_it_only(tmp_path: Path) -> None:
    names = ("a", "b", "c")
    ups = tuple(Action(f"up {n}", (n,), (n,), lambda v, n=n: {n: v[n] + 1} if v[n] < 5 else None) for n in names)
    slots, blocks = tuple(Slot(n, range(6)) for n in names), tuple((n,) for n in names)
    system = System("ups", slots, (dict.fromkeys(names, 0),), ups, symmetry=(blocks,))
    check(system, [], Limits(symmetry=True, checkpoint=tmp_path))
    for other in (Limits(checkpoint=tmp_path, resume=True), Limits(checkpoint=tmp_path)):
        with pytest.raises(Exception, match="is of another"):
            check(system, [], other)
    assert check(system, [], Limits(symmetry=True, checkpoint=tmp_path, resume=True)).space.distinct == 56


def test_a_trigger_or_an_instance_that_there_is_not_is_told() -> None:
    system = compose(lamp(Row("go", ("off",), "on")))
    for names, said in (
        (("goo",), "trigger 'goo', which is none; did you mean 'go'"),
        (("go", "B"), "instance 'B', which is none"),
    ):
        claim = step("never", ("A.state",), lambda m, names=names: not fired(m.events, *names))
        for engine in ("graph", "packed"):
            with pytest.raises(ModelError, match=said):
                check(system, [claim], engine=engine)
    claim = step("nothing", ("A.state",), lambda m: not sent(m.events))
    with pytest.raises(ModelError, match="no kind of message is named"):
        check(system, [claim])


def test_a_set_of_names_of_which_none_is_an_action_is_told() -> None:
    claim = step("never", ("x",), lambda m: m.action not in {"akt", "go"})
    with pytest.raises(ModelError, match=r"compares a step's action with .*none is one; did you mean 'act'"):
        check(pair(copied), [claim])
    known = step("always", ("x",), lambda m: m.action in {"act", "another model's"})
    assert check(pair(copied), [known])["always"].answer is Answer.HOLDS


@ENGINES
def test_an_effect_that_ends_the_process_is_a_slip_where_it_is_met(engine: str) -> None:
    def effect(v: View) -> Mapping[str, Value] | None:
        if v["x"] == 3:
            sys.exit("never met")
        return {"x": v["x"] + 1} if v["x"] < last else None  # type: ignore[operator]

    last = 2
    assert check(pair(effect, ("x",)), [], engine=engine).space.distinct == 3
    last = 3
    with pytest.raises(ModelError, match="action 'act' raised SystemExit: never met"):
        check(pair(effect, ("x",)), [], engine=engine)


def test_a_folder_for_checkpoints_may_be_given_as_text() -> None:
    assert Limits(checkpoint="saved").checkpoint == Path("saved")  # type: ignore[arg-type]
