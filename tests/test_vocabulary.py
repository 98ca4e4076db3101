"""What an engineer writes: what pages show of it is typed, and each helper does what its page says."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any, NamedTuple

import pytest
from haboot import (
    Action,
    Fairness,
    Limits,
    ModelError,
    Property,
    Slot,
    System,
    View,
    always,
    array,
    check,
    finitely_often,
    for_each,
    infinitely_often,
    integers,
    leads_to,
    matching,
    records,
    sequences,
    sometimes,
    strong,
    subsets,
    weak,
)

from tests.documents import program
from tests.slips import Slips, require_told

ROOT = Path(__file__).parent.parent
ENGINES = ("graph", "packed")


@pytest.mark.slow
def test_what_is_shown_to_authors_passes_a_strict_type_checker(tmp_path: Path) -> None:
    for name in ("README.md", "docs/vocabulary.md", "docs/how-to/symmetry.md"):
        (tmp_path / f"{Path(name).stem}.py").write_text(program(ROOT / name), encoding="utf-8")
    copytree(ROOT / "examples", tmp_path / "examples", ignore=ignore_patterns("__pycache__"))
    (tmp_path / "slip.py").write_text(SLIP, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert [line.split(":")[0] for line in errors] == ["slip.py"] * 2, done.stdout + done.stderr
    assert 'Unsupported operand types for + ("str" and "int")' in errors[0]
    assert "No overload variant" in errors[1] or "incompatible type" in errors[1]


SLIP = """
from haboot import Action, Slot, System, always

state, n = Slot("state", ("idle", "busy")), Slot("n", range(3))
Action("up", (state,), (n,), lambda v: {n: v[state] + 1})
always("p", (n,), lambda v: v[3])
"""


# data


def test_helpers_give_the_domains_that_their_words_say() -> None:
    for values in ((), (1,), (1, 2, 3)):
        every = [frozenset(n for at, n in enumerate(values) if bits >> at & 1) for bits in range(1 << len(values))]
        if values:
            assert set(subsets(values)) == set(every)
            assert set(subsets(values, 1, 2 if len(values) > 1 else 1)) == {one for one in every if 1 <= len(one) <= 2}
            assert [len(one) for one in subsets(values)] == sorted(len(one) for one in every)
    assert set(sequences((0, 1), 2)) == {(), (0,), (1,), (0, 0), (0, 1), (1, 0), (1, 1)}
    assert sequences((0, 1), most=1, least=1) == ((0,), (1,))
    every = sequences("abc", 3)
    assert [one for one in every if len(set(one)) == len(one)] == list(sequences("abc", 3, distinct=True))
    assert integers(-1, 1) == range(-1, 2)


class Packet(NamedTuple):
    kind: str
    number: int


def test_records_are_all_combinations_of_their_parts() -> None:
    made = records(Packet, kind=("ack", "item"), number=integers(0, 1))
    assert made == tuple(Packet(kind, number) for kind in ("ack", "item") for number in (0, 1))


def test_an_array_is_a_slot_for_each_key() -> None:
    flag = array("flag", ("a", "b"), (False, True))
    assert (len(flag), [one.name for one in flag], flag["b"].domain) == (2, ["flag a", "flag b"], (False, True))
    raise_all = Action("raise", flag, flag, lambda v: flag.filled(not any(flag.of(v).values())))
    system = System("flags", flag, (flag.filled(False),), (raise_all,))
    assert system.initial == ({"flag a": False, "flag b": False},)
    assert check(system, []).space.distinct == 2


def test_the_assignments_of_an_array_are_all_choices_of_values() -> None:
    flag = array("flag", ("a", "b"), (0, 1, 2))
    system = System("flags", flag, flag.assignments((0, 1)), ())
    assert check(system, []).space.distinct == len(flag.assignments((0, 1))) == 4
    assert {tuple(one.values()) for one in flag.assignments()} == {(x, y) for x in range(3) for y in range(3)}


SLIPS: Slips = {
    "integers the wrong way": (lambda: integers(3, 1), "none from 3 to 1; the smaller one comes first"),
    "integers of texts": (lambda: integers("0", 1), "the first is '0', of type str; a whole number is due"),  # type: ignore[arg-type]
    "subsets of nothing": (lambda: subsets(()), "what they are made of has no value"),
    "subsets too large": (lambda: subsets((1, 2), most=3), "at most 3 members are asked for (allowed: from 0 to 2)"),
    "too many subsets": (lambda: subsets(range(40)), "subsets: 1,099,511,627,776 of them are too many"),
    "sequences backwards": (lambda: sequences((1,), 1, 2), "at most 1 members are asked for (allowed: from 2 on)"),
    "sequences of no length": (lambda: sequences((1,), -1), "most is -1, of type int; a whole number from 0 on is due"),
    "too many sequences": (lambda: sequences(range(10), 9), "sequences: 1,111,111,111 of them are too many"),
    "sequences longer than there are values": (
        lambda: sequences((1,), 2, distinct=True),
        "sequences: at most 2 members are asked for (allowed: from 0 to 1)",
    ),
    "records of an unknown part": (lambda: records(Packet, kid=(1,)), "its parts are kid"),
    "records of no kind": (lambda: records("Packet"), "their kind is 'Packet'"),  # type: ignore[arg-type]
    "records that change": (lambda: records(dict, a=(1,)), "one of them is {'a': 1}, which cannot be hashed"),
    "too many records": (lambda: records(dict, a=range(4000), b=range(4000)), "16,000,000 of them are too many"),
    "an array without a name": (lambda: array("", (1,), (1,)), "an array: its name is '', of type str; a text"),
    "too many assignments": (
        lambda: array("pc", range(8), range(9)).assignments(),
        "the assignments of array 'pc': 43,046,721 of them are too many to list",
    ),
    "assignments of nothing": (lambda: array("pc", (1,), (0,)).assignments(()), "array 'pc': what it may hold has no"),
    "a key that is none": (lambda: array("pc", (1, 2), (0,))[3], "array 'pc' has no 3 (there are: [1, 2])"),
    "a key twice": (lambda: array("pc", (1, 1), (0,)), "array 'pc': what it goes over has the value 1 twice"),
    "a lone slot": (lambda: Action("a", Slot("n", (1,)), (), lambda _: None), "reads is one slot, 'n'; a tuple is due"),  # type: ignore[arg-type]
    "an array in a tuple": (
        lambda: Action("a", (), (array("pc", (1,), (0,)),), lambda _: None),  # type: ignore[arg-type]
        "of type Array; a slot or its name (of an array, *array) is due",
    ),
    "for each of a text": (lambda: for_each("ab", str), "what it goes over is 'ab', of type str; a tuple"),
    "for each without a function": (lambda: for_each((1,), 2), "a function of one of these is due, not 2"),  # type: ignore[call-overload]
    "for each that fails": (lambda: for_each((0,), lambda n: 1 // n), "for_each, for 0 raised ZeroDivisionError"),
    "for each of two names": (
        lambda: for_each((1, 2), lambda n: always(f"p{n}", (), lambda _: True)),
        "one property is made of them all, and their name is 'p1' here and 'p2' there",
    ),
    "for each called alike": (
        lambda: for_each((1, "1"), lambda n: always("p", (f"n {n}",), lambda v: v[f"n {n}"] == n)),
        "property 'p': two clauses are named '1'",
    ),
    "a pattern that matches nothing": (
        lambda: weak(turns(), "go0"),
        "no action of 'turns' matches 'go0'; did you mean 'go 0'?",
    ),
    "a pattern that is none": (lambda: weak(turns(), 1), "a pattern is 1, of type int; a text is due"),  # type: ignore[arg-type]
    "tags in one text": (lambda: Action("a", (), (), lambda _: None, tags="link"), "tags is 'link', of type str"),
    "a promise of no system": (lambda: strong("turns"), "the system is 'turns', of type str; a System is due"),  # type: ignore[arg-type]
    "a promise that reads for nothing": (lambda: weak(turns(), reads=("at",)), "reads has no effect without where"),
    "a promise by no test": (lambda: Fairness("f", ("go 1",), where="at"), "a predicate is a function, not 'at'"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_in_one_line(name: str) -> None:
    require_told(SLIPS[name])


# one for each


def turns(size: int = 3) -> System:
    """Return a walker on a ring, who may be pushed back by the environment."""

    def go(n: int) -> Action:
        return Action(f"go {n}", ("at",), ("at",), lambda v: {"at": (n + 1) % size} if v["at"] == n else None)

    push = Action("push", (), ("at",), lambda _: {"at": 0}, environment=True)
    return System("turns", (Slot("at", range(size)),), ({"at": 0},), (*for_each(range(size), go), push))


def test_what_is_made_for_each_is_its_own() -> None:
    assert [one.name for one in turns().actions] == ["go 0", "go 1", "go 2", "push"]
    assert check(turns(), []).space.distinct == 3
    assert for_each((), str) == ()
    assert for_each((1, 2), lambda n: Slot(f"s{n}", range(n))) == (Slot("s1", range(1)), Slot("s2", range(2)))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_property_for_each_names_the_one_that_broke(engine: str) -> None:
    kept = for_each(range(4), lambda n: always("kept", ("at",), lambda v: v["at"] != n, premise=lambda _: True))
    met = for_each(range(3, 5), lambda n: sometimes("met", ("at",), lambda v: v["at"] == n - 1))
    named = for_each((2, 3), lambda n: always("named", ("at",), lambda v: v["at"] != n, about="place"))
    report = check(turns(), [kept, met, named], engine=engine)
    assert [(str(one.answer), one.note) for one in report.verdicts] == [
        ("VIOLATED", "0"),
        ("HOLDS", "3"),
        ("VIOLATED", "2: place"),
    ]


# promises


def test_a_promise_is_made_of_the_actions_that_match() -> None:
    ring = turns()
    assert weak(ring) == Fairness("weak: all", ("go 0", "go 1", "go 2"))
    assert strong(ring, "go [12]", "push") == Fairness("strong: go [12], push", ("go 1", "go 2", "push"), strong=True)
    assert weak(ring, "go ?", name="goes").name == "goes"
    odd = System("odd", (Slot("n", (0,)),), ({"n": 0},), (Action("a [b]", (), (), lambda _: None),))
    assert matching(odd, "a [b]") == ("a [b]",)
    tagged = replace(ring, actions=tuple(replace(one, tags=("move", one.name[-1])) for one in ring.actions))
    assert matching(tagged, "#move") == ("go 0", "go 1", "go 2", "push")
    assert matching(tagged, "#1", "push") == ("go 1", "push")
    with pytest.raises(ModelError, match="matches '#moves'; did you mean '#move'"):
        matching(tagged, "#moves")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_promise_over_some_steps_is_weaker_than_one_over_all(engine: str) -> None:
    def both(v: View) -> list[dict[str, int]]:
        return [{"at": 1}, {"at": 2}] if v["at"] == 0 else [{"at": 0}]

    fork = System("fork", (Slot("at", range(3)),), ({"at": 0},), (Action("go", ("at",), ("at",), both),))

    def come(name: str, *promises: Fairness) -> Property:
        return infinitely_often(name, ("at",), lambda v: v["at"] == 2, promises)

    report = check(
        fork,
        [
            come("by going", strong(fork)),
            come("by going there", weak(fork), strong(fork, where=lambda step: step.after["at"] == 2, reads=("at",))),
            come("by going there weakly", weak(fork), weak(fork, where=lambda m: m.after["at"] == 2, reads=("at",))),
            come("by name", strong(fork, where=lambda move: move.action == "go")),
            finitely_often("nowhere", ("at",), lambda m: m.after["at"] == 1, (weak(fork),)),
        ],
        engine=engine,
    )
    assert [str(one.answer) for one in report.verdicts] == ["VIOLATED", "HOLDS", "VIOLATED", "VIOLATED", "VIOLATED"]


def ends(**more: Any) -> Property:
    return leads_to("ends", ("at",), lambda _: True, lambda v: v["at"] == 2, (weak(turns(), **more),))


def test_slips_in_the_steps_of_a_promise_are_refused() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        (
            {"where": lambda m: m.after["att"] == 1, "reads": ("att",)},
            "declares slot 'att', which does not exist; did you",
        ),
        ({"where": lambda m: m.after["at"] == 1}, "fairness 'weak: all' reads slot 'at', which it does not declare"),
        ({"where": lambda m: m.after["at"], "reads": ("at",)}, "fairness 'weak: all' returned 1; True or False is due"),
        ({"where": lambda m: m.action == "stop"}, "no action is named 'stop'"),
        ({"where": lambda m: m.action in {"a", "b"}}, r"compares a step's action with \['a', 'b'\]: none is one"),
    )
    for engine in ENGINES:
        for more, said in cases:
            with pytest.raises(ModelError, match=said):
                check(turns(), [ends(**more)], engine=engine)
    last = 1
    late = ends(where=lambda m: m.after["at"] == last, reads=("at",))
    last = 2
    with pytest.raises(ModelError, match="looks up 'last', which was 1 when it was handed in and is 2 now"):
        check(turns(), [late])


# the way to a slip


def overflowing(first: int, last: int) -> System:
    """Return a counter that leaves its domain, beside another slot that makes its space wide."""
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1})
    turn = Action("turn", ("m",), ("m",), lambda v: {"m": (v["m"] + 1) % 5})
    return System("counter", (Slot("n", range(last)), Slot("m", range(5))), ({"n": first, "m": 0},), (turn, up))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_value_that_does_not_fit_is_told_with_the_way_to_it(engine: str) -> None:
    for first, said in ((0, "(after 3 steps: up, up, up, where n=3)"), (3, "(in an initial state, where n=3)")):
        with pytest.raises(ModelError) as refused:
            check(overflowing(first, 4), [], engine=engine)
        assert str(refused.value) == f"action 'up': slot 'n' cannot hold 4 (allowed: 0, 1, 2, 3) {said}"
    with pytest.raises(ModelError, match=r"\(after 19 steps: …, (up, ){11}up, where n=19\)"):
        check(overflowing(0, 20), [], engine=engine)


def test_a_slip_too_far_away_is_told_with_its_state_alone() -> None:
    with pytest.raises(ModelError, match=r"slot 'n' cannot hold 9000 \(allowed: .*, …\) \(where n=8999\)$"):
        check(overflowing(0, 9000), [], engine="packed")


def test_a_refused_checkpoint_is_told_as_it_is(tmp_path: Path) -> None:
    limits = Limits(checkpoint=tmp_path, resume=True)
    with pytest.raises(ModelError) as refused:
        check(overflowing(0, 4), [], limits)
    assert refused.value.way == ""
