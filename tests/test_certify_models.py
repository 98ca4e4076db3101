"""A certificate beside a model that is another, or whose code does what it may not: refused, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from haboot.certify import Certificate, RefusedError, read
from haboot.checker import (
    Action,
    Answer,
    Clause,
    Composition,
    Constraint,
    EngineError,
    Instance,
    Joint,
    Kind,
    Limits,
    Local,
    ModelError,
    Network,
    Outcome,
    Participant,
    Property,
    Row,
    Slot,
    Start,
    System,
    View,
    always,
    eventually,
    infinitely_often,
    leads_to,
    recoverable,
    stays,
    step,
    weak,
)

from tests.certified import answered, refused, written
from tests.damages import Draft


def up(view: Mapping[str, Any]) -> dict[str, int] | None:
    return {"n": view["n"] + 1} if view["n"] < 3 else None


N = Slot("n", range(6))
COUNT = System("count", (N, Slot("m", (0, 1))), ({"n": 0, "m": 0},), (Action("up", ("n",), ("n",), up),))
SMALL = always("small", ("n",), lambda view: view["n"] < 4)
CALLS = count()


def acting(effect: Callable[[Any], Any], *, reads: tuple[str, ...] = ("n",)) -> System:
    """Return the counter with another effect."""
    return replace(COUNT, actions=(Action("up", reads, ("n",), effect),))


SYSTEMS = {
    "leads to a state that is left out": acting(lambda v: {"n": v["n"] + 1} if v["n"] < 4 else None),
    "is cut by a bound": acting(lambda v: Outcome({}, bound="full") if v["n"] == 3 else up(v)),
    "writes what it does not declare": acting(lambda v: {**(up(v) or {}), "m": 1}),
    "KeyError: 'm'": acting(lambda v: up(v) if v["m"] == 0 else None),
    "looks at other things each time": acting(lambda v: None if next(CALLS) % 2 else up(v), reads=("m", "n")),
    "ends with a step that the model does not take": acting(lambda v: {"n": v["n"]}),
    "is no action that it names": replace(COUNT, actions=(*COUNT.actions, Action("stay", (), (), lambda _: {}))),
    "an initial state is left out": replace(COUNT, initial=({"n": 5, "m": 0},)),
    "its pieces are not the slots of the model": replace(COUNT, slots=(*COUNT.slots[::-1],)),
    "ZeroDivisionError": acting(lambda v: 1 // (2 - v["n"]) != 9 and up(v)),
}


def counted(folder: Path) -> list[Property]:
    """Write the certificate of the counter, and return what it is asked."""
    claims = [SMALL, always("at three", ("n",), lambda view: view["n"] < 3)]
    written(folder, answered(COUNT, claims, "graph", Limits()), COUNT)
    return claims


@pytest.mark.parametrize("why", SYSTEMS)
def test_another_system_is_refused(why: str, tmp_path: Path) -> None:
    claims = counted(tmp_path)
    assert why in " ".join(refused(tmp_path, SYSTEMS[why], claims).values())


@pytest.mark.parametrize(
    ("why", "damage"),
    [
        ("a number stands for no state", lambda one: one.states.append(max(one.states) + 9)),
        ("its states are not in ascending order", lambda one: one.states.append(one.states[-1])),
        ("a row of its tables stands for no value", lambda one: one.head["pieces"][0]["rows"][0].__setitem__(0, 99)),
        ("two of its states have one number", lambda one: one.head["pieces"][0].update(weight=0)),
        ("two of its verdicts are of one property", lambda one: one.head["verdicts"].append(one.head["verdicts"][0])),
        ("it has no run 99", lambda one: one.head["verdicts"][1].update(run=99)),
        ("it has no action 99", lambda one: one.head["tree"][1].__setitem__(1, 99)),
        ("missing or does not fit (KeyError", lambda one: one.head["verdicts"][1].pop("run")),
        ("it is no answer to this", lambda one: one.head["verdicts"][1].update(answer="PERHAPS")),
        ("not all told of", lambda one: one.head.update(whole=False)),
    ],
)
def test_a_certificate_that_does_not_fit_is_refused(
    why: str, damage: Callable[[Draft], object], tmp_path: Path
) -> None:
    claims = counted(tmp_path / "whole")
    draft = Draft(tmp_path / "whole")
    damage(draft)
    assert why in " ".join(refused(draft.save(tmp_path / "damaged"), COUNT, claims).values())


def test_an_answer_that_is_neither_true_nor_false_proves_nothing(tmp_path: Path) -> None:
    counted(tmp_path)
    odd = always("small", ("n",), lambda view: view["n"] if view["n"] else True)  # type: ignore[arg-type,return-value]
    assert "True or False is due" in refused(tmp_path, COUNT, [odd])["small"]


def test_what_is_looked_at_too_widely_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = counted(tmp_path)
    monkeypatch.setattr("haboot.certify.worlds.Memo.__init__.__defaults__", (1,))
    assert refused(tmp_path, COUNT, claims) == {}


@pytest.mark.parametrize(
    ("why", "damage"),
    [
        ("within none, or has no promise", lambda classes: classes[0].__setitem__(0, 5)),
        ("within none, or has no promise", lambda classes: classes[0].__setitem__(1, 7)),
        ("within one whose promise is not strong", lambda classes: classes[1].__setitem__(0, 0)),
        ("a number has no class", lambda classes: classes.pop()),
    ],
)
def test_classes_that_are_none_are_refused(why: str, damage: Callable[[Any], object], tmp_path: Path) -> None:
    claim = leads_to("ends", ("n",), lambda view: view["n"] == 0, lambda view: view["n"] == 3, [weak(COUNT)])
    draft = Draft(written(tmp_path / "whole", answered(COUNT, [claim], "graph", Limits()), COUNT))
    assert refused(draft.folder, COUNT, [claim]) == {}
    damage(draft.head["verdicts"][0]["classes"][0])
    assert why in refused(draft.save(tmp_path / "damaged"), COUNT, [claim])["ends"]


def at_three(view: View) -> bool:
    return bool(view["n"] == 3)


PROMISED = {
    leads_to: leads_to("ends", ("n",), lambda view: view["n"] == 0, at_three, [weak(COUNT)]),
    infinitely_often: infinitely_often("ends", ("n",), at_three, [weak(COUNT)]),
    stays: stays("ends", ("n",), at_three, [weak(COUNT)]),
}


def same(_: list[int]) -> None:
    """Change nothing."""


def numbered(folder: Path, change: Callable[[list[int]], None], kind: Any = leads_to) -> str:
    """Return why numbers of the counter are refused once they are changed; empty where they are not."""
    claim = PROMISED[kind]
    draft = Draft(written(folder / "whole", answered(COUNT, [claim], "graph", Limits()), COUNT))
    change(draft.columns[0])
    return refused(draft.save(folder / "damaged"), COUNT, [claim]).get("ends", "")


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("", same),
        ("a state has no number", lambda column: column.__setitem__(0, 0)),
        ("raises its number, or leads to a state without one", lambda column: column.__setitem__(1, 0)),
        ("raises its number, or leads to a state without one", lambda column: column.__setitem__(0, column[2])),
        ("keeps the promise that is said to be broken", lambda column: column.__setitem__(1, column[0])),
        ("is told to be at the goal, and is not", lambda column: column.__setitem__(1, 1)),
    ],
)
def test_numbers_that_do_not_fall_are_refused(why: str, change: Callable[[list[int]], None], tmp_path: Path) -> None:
    found = numbered(tmp_path, change)
    assert why in found
    assert bool(why) == bool(found)


def test_a_promise_that_asks_for_nothing_is_refused(tmp_path: Path) -> None:
    found = numbered(tmp_path, lambda column: column.__setitem__(2, column[3]), stays)
    assert found == "a broken promise asks for nothing in a state"


@pytest.mark.parametrize("kind", [infinitely_often, stays])
def test_behind_the_goal_numbers_go_on(kind: Any, tmp_path: Path) -> None:
    assert numbered(tmp_path / "honest", same, kind) == ""
    assert numbered(tmp_path / "cut", lambda column: column.__setitem__(3, 0), kind)
    assert numbered(tmp_path / "at", lambda column: column.__setitem__(2, 1), kind)
    there = numbered(tmp_path / "there", lambda column: column.__setitem__(3, 1), kind)
    assert bool(there) == (kind is stays)  # a run may leave the goal again, and yet come back to it


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("a state has no distance", lambda column: column.__setitem__(0, 0)),
        ("is told to be at the goal, and is not", lambda column: column.__setitem__(1, 1)),
        ("no step leads nearer to the goal", lambda column: column.__setitem__(1, 2)),
    ],
)
def test_distances_that_do_not_fall_are_refused(why: str, change: Callable[[list[int]], None], tmp_path: Path) -> None:
    claim = recoverable("ends", ("n",), lambda view: view["n"] == 3)
    draft = Draft(written(tmp_path / "whole", answered(COUNT, [claim], "graph", Limits()), COUNT))
    change(draft.columns[0])
    assert why in refused(draft.save(tmp_path / "damaged"), COUNT, [claim])["ends"]


@pytest.mark.parametrize("change", [lambda column: column.__setitem__(3, 0), lambda column: column.__setitem__(0, 1)])
def test_a_way_on_from_what_is_stuck_is_refused(change: Callable[[list[int]], None], tmp_path: Path) -> None:
    claim = recoverable("home", ("n",), lambda view: view["n"] == 0)
    draft = Draft(written(tmp_path / "whole", answered(COUNT, [claim], "graph", Limits()), COUNT))
    assert refused(draft.folder, COUNT, [claim]) == {}
    change(draft.columns[0])
    assert refused(draft.save(tmp_path / "damaged"), COUNT, [claim]).keys() == {"home"}


def test_states_of_two_words_are_certified(tmp_path: Path) -> None:
    names = [f"n{at}" for at in range(40)]
    every = Action("up", names, names, lambda v: {name: v[name] + 1 for name in names} if v["n0"] < 3 else None)
    wide = System("wide", [Slot(name, range(4)) for name in names], [dict.fromkeys(names, 0)], [every])
    claims = [always("small", ("n7",), lambda view: view["n7"] < 4)]
    folder = written(tmp_path, answered(wide, claims, "graph", Limits()), wide)
    assert read(folder).head["words"] == 2
    assert refused(folder, wide, claims) == {}


def test_a_verdict_that_is_vacuous_has_no_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.checker.asking.Asked.applies", lambda *_: True)
    for kind in (always, eventually):
        claim = kind("none", ("n",), lambda view: view["n"] < 4, premise=lambda view: view["n"] == 5)
        report = answered(COUNT, [claim], "graph", Limits())
        with pytest.raises(EngineError, match="property 'none' holds, and its premise never comes true"):
            written(tmp_path, report, COUNT)


def test_what_leads_out_of_the_constraint_is_not_followed(tmp_path: Path) -> None:
    system = replace(
        COUNT,
        initial=(*COUNT.initial, {"n": 5, "m": 1}),
        constraint=Constraint("low", ("n",), lambda view: view["n"] < 2),
    )
    claims = [SMALL, step("by one", ("n",), lambda move: move.after["n"] == move.before["n"] + 1)]
    assert refused(written(tmp_path, answered(system, claims, "graph", Limits()), system), system, claims) == {}


# machines


@dataclass(frozen=True)
class Ping:
    """A message."""

    number: int

    def __str__(self) -> str:
        return f"ping {self.number // 2}"


def rings(me: Local) -> None:
    me.send("B", Ping(0))


def fresh(me: Local) -> bool:
    return bool(me.n == 0)


def noted(me: Local) -> None:
    me.n = 1


CALLER = Participant(
    "caller", ("idle",), "idle", (Row("rings", ("idle",), "=", (fresh,), (rings, noted)),), {"n": (0, 1)}
)
HEARER = Participant("hearer", ("waits", "heard"), "waits", (Row(Ping, ("waits",), "heard"),), unexpected="discard")
CALL = Composition("call", (Instance("a", CALLER, "A"), Instance("b", HEARER, "B")), Network(capacity=2))


def calling(guard: Callable[[Local], Any] = fresh, *effects: Callable[[Local], Any]) -> Composition:
    """Return the call with another caller."""
    row = replace(CALLER.rows[0], guards=(guard,), effects=effects or (rings, noted))
    return replace(
        CALL, instances=(replace(CALL.instances[0], participant=replace(CALLER, rows=(row,))), CALL.instances[1])
    )


def meddles(me: Local) -> bool:
    me.n = 1
    return True


def overflows(me: Local) -> None:
    me.n = 7


def rings_twice(me: Local) -> None:
    me.send("B", Ping(0))
    me.send("B", Ping(1))


def rings_nobody(me: Local) -> None:
    me.send("C", Ping(0))


def hearers(*more: Participant) -> Composition:
    """Return the call with others to hear it."""
    return replace(CALL, instances=(CALL.instances[0], *(Instance("b", one, "B") for one in more)))


COMPOSITIONS = {
    "a guard does something, and it may only look": calling(meddles),
    "'n' cannot hold 7": calling(fresh, overflows),
    "True or False is due": calling(lambda me: me.n or 1),
    "two messages are called 'ping 0'": calling(fresh, rings_twice, noted),
    "over a channel that it leaves out": calling(fresh, rings_nobody, noted),
    "AttributeError": calling(lambda me: bool(me.nothing)),
    "is for one participant, and 0 would take it": hearers(replace(HEARER, rows=())),
    "does not say what becomes of": hearers(
        replace(HEARER, unexpected=None, rows=(replace(HEARER.rows[0], guards=(lambda _: False,)),))
    ),
    "its pieces are not the parts of the model": replace(CALL, instances=CALL.instances[:1]),
    "what is under way at the start has no room": replace(
        CALL, network=Network(capacity=1), under_way=(("A", "B", Ping(0)), ("A", "B", Ping(0)))
    ),
}


@pytest.mark.parametrize("why", COMPOSITIONS)
def test_other_machines_are_refused(why: str, tmp_path: Path) -> None:
    claims = [always("one", ("a.n",), lambda view: view["a.n"] < 2)]
    written(tmp_path, answered(CALL, claims, "graph", Limits()), CALL)
    assert refused(tmp_path, CALL, claims) == {}
    assert why in " ".join(refused(tmp_path, COMPOSITIONS[why], claims).values())


@pytest.mark.parametrize("name", ["turn", "row", "one", "self", "_take"])
def test_a_variable_may_have_any_name_that_guards_are_not_handed(name: str, tmp_path: Path) -> None:
    def unset(me: Local) -> bool:
        return getattr(me, name) == 0

    row = Row("sets", ("idle",), "=", (unset,), (lambda me: setattr(me, name, 1),))
    setter = Participant("setter", ("idle",), "idle", (row,), {name: (0, 1)})
    made = replace(CALL, instances=(Instance("a", setter, "A"), CALL.instances[1]))
    claims = [always("set", (f"a.{name}",), lambda view: view[f"a.{name}"] == 0)]
    report = answered(made, claims, "graph", Limits())
    assert report.verdicts[0].answer is Answer.VIOLATED
    assert refused(written(tmp_path, report, made), made, claims) == {}


def test_a_message_that_nobody_sends_is_refused(tmp_path: Path) -> None:
    claims = [always("one", ("A>B.0",), lambda view: view["A>B.0"] != Ping(4))]
    draft = Draft(written(tmp_path / "whole", answered(CALL, claims, "graph", Limits()), CALL))
    rows = draft.head["pieces"][-1]["rows"]
    rows[:] = [["ping 9"] if row else row for row in rows]
    draft.head["whole"], draft.head["verdicts"][0]["answer"] = False, "INCOMPLETE"
    del draft.head["tree"][1:]
    one = Certificate(draft.save(tmp_path / "damaged"), CALL, lambda *_: claims)
    assert "stands for nothing that is known" in one.checked(one.places)[""]


def test_an_unknown_slot_is_refused(tmp_path: Path) -> None:
    claims = [always("one", ("a.n",), lambda view: view["a.n"] < 2)]
    written(tmp_path, answered(CALL, claims, "graph", Limits()), CALL)
    other = [always("one", ("z",), lambda view: view["z"] < 2)]
    assert "KeyError: 'z'" in refused(tmp_path, CALL, other)["one"]


def test_a_view_is_a_mapping(tmp_path: Path) -> None:
    def whole(view: Mapping[str, Any]) -> bool:
        return len(view) == 2 and dict(view)["n"] == view[N] and [*view.items()] != []  # type: ignore[index]

    claims = [always("whole", ("n", "m"), whole)]
    assert refused(written(tmp_path, answered(COUNT, claims, "graph", Limits()), COUNT), COUNT, claims) == {}


def test_without_an_initial_state_nothing_is_proven(tmp_path: Path) -> None:
    claims = counted(tmp_path)
    none = replace(COUNT, constraint=Constraint("none", ("n",), lambda _: False))
    with pytest.raises(RefusedError, match="an initial state is left out"):
        Certificate(tmp_path, none, lambda *_: claims)


def test_a_premise_that_never_comes_true_is_no_success(tmp_path: Path) -> None:
    claim = always("small", ("n",), lambda view: view["n"] < 4, premise=lambda view: view["n"] > 0)
    draft = Draft(written(tmp_path / "whole", answered(COUNT, [claim], "graph", Limits()), COUNT))
    assert refused(draft.folder, COUNT, [claim]) == {}
    draft.head["verdicts"][0]["premise"] = 0
    assert "its premise comes true" in refused(draft.save(tmp_path / "damaged"), COUNT, [claim])["small"]


def test_what_has_no_premise_is_not_vacuous(tmp_path: Path) -> None:
    claim = always("small", ("n",), lambda view: view["n"] < 4)
    draft = Draft(written(tmp_path / "whole", answered(COUNT, [claim], "graph", Limits()), COUNT))
    draft.head["verdicts"][0]["answer"] = "UNREACHED"
    assert refused(draft.save(tmp_path / "damaged"), COUNT, [claim]) == {"small": "a part of it has no premise"}


@pytest.mark.parametrize("about_steps", [False, True])
def test_a_state_or_a_step_that_breaks_a_property_is_found(about_steps: bool, tmp_path: Path) -> None:
    fine, claim = (always(name, ("n",), lambda _: True, about_steps=about_steps) for name in ("fine", "small"))
    written(tmp_path, answered(COUNT, [fine, claim], "graph", Limits()), COUNT)
    found = refused(tmp_path, COUNT, [fine, always("small", ("n",), lambda _: False, about_steps=about_steps)])
    assert found.keys() == {"small"}
    assert "breaks it" in found["small"]


def test_values_without_a_domain_have_no_certificate(tmp_path: Path) -> None:
    found = System("found", initial=[{"n": 0}], actions=[Action("up", effect=up)])
    with pytest.raises(ModelError, match="slot 'n' has no domain"):
        written(tmp_path, answered(found, [SMALL], "graph", Limits()), found)


def test_what_spares_some_runs_is_not_certified(tmp_path: Path) -> None:
    part = Clause(("n",), at_three, unless=lambda move: move.action == "up")
    claims = [Property("ends", Kind.INFINITELY_OFTEN, (part,), fairness=[weak(COUNT)])]
    written(tmp_path, answered(COUNT, claims, "graph", Limits()), COUNT)
    assert refused(tmp_path, COUNT, claims) == {"ends": "it spares some runs, which is not certified"}


@dataclass(frozen=True)
class Note:
    """Another message."""


def meets(me: Local) -> None:
    me.meet("B", Ping(0))


def tells(me: Local) -> None:
    me.broadcast(Note())


def writes_twice(me: Local) -> None:
    me.send("B", Note())
    me.send("B", Ping(2))


LEAD = Participant(
    "lead",
    ("a", "b", "c"),
    "a",
    (
        Row("meets", ("a",), "b", effects=(meets,)),
        Row("tells", ("b",), "c", effects=(tells,)),
        Row("writes", ("a", "b"), "c", effects=(writes_twice,)),
        Row("both", ("c",), "a"),
    ),
)
OTHER = Participant(
    "other",
    ("x", "y"),
    "x",
    (Row(Ping, ("x",), "y"), Row(Note, ("y",), "x"), Row("both", ("x",), "y")),
    unexpected={Note: "defer", Ping: "wait"},
)


@pytest.mark.parametrize("engine", ["graph", "packed"])
@pytest.mark.parametrize("together", [False, True])
def test_machines_that_act_at_once_are_certified(engine: str, together: bool, tmp_path: Path) -> None:
    made = Composition(
        "at once",
        (Instance("a", LEAD, "A"), Instance("b", OTHER, "B")),
        Network(capacity=2, full="lose", loss=True),
        joint=(Joint("both", "a", ("b",), together=together),),
        starts=(Start({"a.state": "b"}), Start({"b.state": "y"}, (("A", "B", Note()),))),
    )
    claims = [
        always("one", ("a.state",), lambda view: view["a.state"] != "d"),
        step("sees", (), lambda move: len(move.events) < 9, premise=lambda move: bool(move.events)),
        recoverable("back", ("a.state", "b.state"), lambda view: view["a.state"] == "a"),
    ]
    report = answered(made, claims, engine, Limits())
    assert report.space.distinct > 10
    assert refused(written(tmp_path, report, made), made, claims) == {}
