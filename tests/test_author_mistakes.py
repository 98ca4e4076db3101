"""Whatever an author hands in works, or is refused with one ModelError that says what was given and what is due."""

import asyncio
import enum
import functools
import itertools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from haboot.checker import (
    Composition,
    Effect,
    Fact,
    Guard,
    Input,
    Instance,
    Joint,
    Limits,
    Local,
    ModelError,
    Network,
    Participant,
    Resource,
    Row,
    Silence,
    check,
    compose,
    fuzz,
)
from haboot.checker.fuzzing import Unfolded
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.machines import removals
from haboot.diagrams import composition_mermaid, machine_mermaid
from haboot.diagrams.machine import words
from hypothesis import example, given, settings
from hypothesis import strategies as st


@dataclass(frozen=True)
class Ping:
    number: int = 0


@dataclass
class Loose:
    number: int = 0


class Light(enum.Enum):
    OFF = "off"


class LightText(enum.StrEnum):
    OFF = "off"
    ON = "on"


class Twisted:
    """A value of which everything raises."""

    def refuse(self, *_: object) -> Any:
        raise OSError("refused")

    __eq__ = __hash__ = __str__ = __bool__ = __iter__ = __len__ = __repr__ = __getitem__ = refuse  # type: ignore[assignment]


class Unequal:
    """A message that cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise OSError("refused")

    def __hash__(self) -> int:
        return 1


@dataclass(frozen=True)
class Untold:
    """A message that has no text."""

    def __str__(self) -> str:
        raise OSError("refused")


class Moody:
    """A message that equals nothing but itself."""


def explored(composition: Composition) -> None:
    """Explore, unfold, run and draw."""
    check(compose(composition), [], Limits(max_states=100), engine="graph")
    walk = Walk(Unfolded(composition), Memory())
    walk.begin()
    while walk.offers and len(walk.taken) < 6:
        walk.take(walk.offers[len(walk.taken) % len(walk.offers)])
    composition_mermaid(composition)
    for one in composition.instances:
        machine_mermaid(one.participant)
        list(removals(one.participant))


SOMETIMES = Input((), lambda _: False)
COIN = itertools.count()


def doing(*effects: Effect, guards: tuple[Guard, ...] = (), down: Any = None, **more: Any) -> Composition:
    rows = (Row("go", ("a",), "b", guards, effects), *(Row(kind, ("a", "b"), "=") for kind in (Ping, Moody)))
    participant = Participant("p", ("a", "b"), "a", rows, variables={"n": (0, 1)})
    return Composition("m", (Instance("A", participant, "A", **more),), down=down or {})


# guards only look


MEDDLING: dict[str, tuple[Callable[[Any], object], str]] = {
    "assigns": (lambda me: setattr(me, "n", 1), "assigns 'n'"),
    "assigns the same": (lambda me: setattr(me, "n", me.n), "assigns 'n'"),
    "sends": (lambda me: me.send("A", Ping()), "sends Ping"),
    "acquires": (lambda me: me.acquire(), "acquires"),
    "releases": (lambda me: me.release(), "releases"),
}


@pytest.mark.parametrize("deed", MEDDLING)
@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("hides", [True, False])
def test_a_guard_that_changes_something_is_refused_by_name(deed: str, answer: bool, hides: bool) -> None:
    meddle, said = MEDDLING[deed]

    def meddles(me: Local) -> bool:
        try:
            meddle(me)
        except ModelError:
            if not hides:
                raise
        return answer

    said = f"guard 'meddles' of 'go'.*{said}; a guard may only look"
    with pytest.raises(ModelError, match=said):
        explored(doing(guards=(meddles,)))
    with pytest.raises(ModelError, match=said):
        fuzz(doing(guards=(meddles,)), [], examples=3, steps=3)
    implementation = Unfolded(doing()).against(doing(guards=(meddles,)))
    assert said.split(".*")[0] in fuzz(implementation, [], examples=3, steps=3).sightings["lockstep"].about


# what effects do


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (lambda me: me.send("A", Loose()), r"the message sent is Loose\(number=0\), which cannot be hashed"),
        (lambda me: me.send("A", None), "sends None to 'A'"),
        (lambda me: me.send(7, Ping()), "sends to 7; the name of a host is due"),
        (lambda me: me.send("B", Ping()), "no participant is at host 'B'"),
        (lambda me: me.send("A", Untold()), "text of a message of type Untold raised OSError"),
        (lambda me: me.send("A", Unequal()), "raised OSError: refused"),
        (
            lambda me: me.send("A", Moody()),
            "not deterministic.*no two Moody are equal: a message is a frozen dataclass",
        ),
        (lambda me: me.acquire(), "takes or gives back a resource, but the instance has none"),
        (lambda me: setattr(me, "n", []), "cannot be hashed"),
        (lambda me: setattr(me, "n", 2), r"assigns 2 to 'n' \(allowed: \[0, 1\]\)"),
        (lambda me: delattr(me, "n"), "deletes 'n'"),
        (lambda me: me.__dict__, "reads '__dict__'"),
        (lambda me: me.m, "reads 'm', which it does not declare"),
        (lambda me: me.message.number, "raised AttributeError"),
        (lambda: None, "raised TypeError"),
        (lambda me: (yield me), "gave generator, of which nothing was done"),
    ],
)
def test_a_slip_in_an_effect_is_named(effect: Any, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        explored(doing(effect))


def test_a_coroutine_does_nothing_and_is_refused() -> None:
    async def sleeps(me: Local) -> None:
        await asyncio.sleep(me.n)

    with pytest.raises(ModelError, match="effect 'sleeps' of 'go' gave coroutine, of which nothing was done"):
        explored(doing(sleeps))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="guard 'sleeps' of 'go' gave coroutine"):
        explored(doing(guards=(sleeps,)))  # type: ignore[arg-type]


def test_a_value_that_equals_one_of_the_domain_is_that_one() -> None:
    walk = Walk(Unfolded(doing(lambda me: setattr(me, "n", True))), Memory())
    walk.begin()
    walk.follow(["A go"])
    assert walk.state["A.n"] is not True  # the domain's own value


def seeing(value: Callable[..., Any], *reads: str, light: Any = None) -> Composition:
    rows = (Row("go", ("a",), "b", (lambda me: me.see("light"),)),)
    participant = Participant("p", ("a", "b"), "a", rows, inputs={"light": (False, True)})
    return Composition("m", (Instance("A", participant, "A", inputs={"light": light or Input(reads, value)}),))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (lambda _: 1 / 0, "A: input 'light' raised ZeroDivisionError"),
        (lambda view: view["A.n"], "A: input 'light' reads slot 'A.n', which it does not declare"),
        (lambda _: "dim", r"A: input 'light' gave 'dim', which is outside its domain \(allowed: False, True\)"),
        (lambda _: [], r"A: input 'light' gave \[\]"),
        (lambda _: Twisted(), "A: input 'light'"),
        (lambda: True, "A: input 'light' raised TypeError"),
        (lambda _: next(COIN) % 2 == 0, "A: input 'light' is not deterministic: it gave True and then False"),
    ],
)
def test_a_slip_in_an_input_is_named(value: Any, said: str) -> None:
    for reads in ((), ("A.state",)):
        for explore in (compose, lambda one: Walk(Unfolded(one), Memory()).begin()):
            with pytest.raises(ModelError, match=said):
                check(explore(seeing(value, *reads)), [], engine="graph")  # type: ignore[arg-type]


def test_an_input_reads_no_more_than_it_declares_even_where_others_read_it() -> None:
    with pytest.raises(ModelError, match=r"input 'light' reads slot 'A\.state', which it does not declare"):
        check(compose(seeing(lambda view: view["A.state"] == "a")), [], engine="graph")


EXPLORED: dict[str, Callable[[Composition], object]] = {
    "closed": lambda one: check(compose(one), [], engine="graph"),
    "unfolded": lambda one: fuzz(one, [], examples=1, steps=3),
}


@pytest.mark.parametrize("how", EXPLORED)
def test_a_run_is_refused_an_input_that_is_not_declared(how: str) -> None:
    with pytest.raises(ModelError, match="input 'weather' is not declared"):
        EXPLORED[how](doing(guards=(lambda me: bool(me.see("weather")),)))


@pytest.mark.parametrize("how", EXPLORED)
def test_a_run_is_refused_a_message_for_a_host_at_which_nobody_is(how: str) -> None:
    with pytest.raises(ModelError, match=r"nobody is at host 'AA'|no participant is at host 'AA'"):
        EXPLORED[how](doing(lambda me: me.send("AA", Ping())))


def test_when_a_host_is_down_is_author_code_as_well() -> None:
    composition = Composition("m", doing().instances, down={"A": Input((), lambda _: 1 / 0)})
    with pytest.raises(ModelError, match="down of 'A' raised ZeroDivisionError"):
        explored(composition)


# names of functions


class Ready:
    def __call__(self, me: Local) -> bool:
        return bool(me.n == 0)


def is_value(me: Local, wanted: int) -> bool:
    return bool(me.n == wanted)


@pytest.mark.parametrize("guard", [functools.partial(is_value, wanted=0), Ready(), lambda me: me.n == 0])
def test_partials_and_callable_objects_are_guards(guard: Any) -> None:
    explored(doing(guards=(guard,)))
    assert words(guard) in {"is value", "Ready", "<lambda>"}
    with pytest.raises(ModelError, match=r"guard '(is_value|Ready|<lambda>)' of 'go'"):
        explored(
            Composition("m", (Instance("A", Participant("p", ("a",), "a", (Row("go", ("a",), "=", (guard,)),)), "A"),))
        )


def test_texts_of_an_enum_are_states() -> None:
    rows = (Row("go", (LightText.OFF,), LightText.ON),)
    explored(Composition("m", (Instance("A", Participant("p", tuple(LightText), LightText.OFF, rows), "A"),)))


def test_lists_and_generators_are_taken_for_tuples() -> None:
    rows = (Row("go", [state], "b", [], []) for state in "a")  # type: ignore[arg-type]
    participant = Participant("p", ["a", "b"], "a", rows, {"n": range(2)}, terminal=["b"])  # type: ignore[arg-type]
    assert participant == Participant(
        "p", ("a", "b"), "a", (Row("go", ("a",), "b"),), {"n": (0, 1)}, terminal=frozenset("b")
    )
    explored(Composition("m", [Instance("A", participant, "A", start={"n": [1]})]))  # type: ignore[arg-type, dict-item]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: Row("go", "idle", "b"),
            r"row 'go': its source is 'idle', of type str; a tuple, such as \('idle',\) is due",
        ),
        (lambda: Row("go", (Light.OFF,), "b"), "a member of its source is <Light.OFF: 'off'>, of type Light"),
        (lambda: Row("go", ("a",), ""), "its destination is ''"),
        (lambda: Row("", ("a",), "b"), "its trigger is ''"),
        (lambda: Row(Ping(), ("a",), "b"), r"its trigger is Ping\(number=0\).*the class of a message"),
        (lambda: Row("go", ("a",), "b", ("is_ready",)), "'is_ready', of type str; a function of what .*, not its name"),
        (lambda: Row("go", ("a",), "b", len), "guards is <built-in function len>.*a tuple is due"),
        (lambda: Participant("p", ("", "b"), "b", ()), "a member of its states is ''"),
        (lambda: Participant("p", ("=", "b"), "b", ()), "a state is named '='"),
        (lambda: Participant("p", ("a",), "a", (("go", ("a",), "b"),)), r"a member of its rows is \('go'"),
        (lambda: Participant("p", ("a",), "a", (), {"n": ()}), "variable 'n' has no value"),
        (
            lambda: Participant("p", ("a",), "a", (), {"n": ([],)}),
            r"a value of variable 'n' is \[\], which cannot be hashed",
        ),
        (
            lambda: Participant("p", ("a",), "a", (), {"n": (1, True)}),
            "variable 'n' has the value True twice, or one that",
        ),
        (lambda: Participant("p", ("a",), "a", (), {"n": "ab"}), "variable 'n' is 'ab', of type str"),
        (lambda: Participant("p", ("a",), "a", (), {"n": itertools.count()}), "has more than 10,000,000 members"),
        (lambda: Participant("p", ("a",), "a", (), {"n": {0, 1}}), "variable 'n' is {0, 1}, of type set"),
        (lambda: Instance("A", doing().instances[0].participant, "A", constants={"peers": []}), "constant 'peers' is"),
        (lambda: doing(start={"n": 1}), "the start of 'n' is 1, of type int; a tuple is due"),
        (lambda: doing(start={"n": (2,)}), r"'n' cannot start as 2 \(allowed: 0, 1\)"),
        (lambda: Network(capacity=0), "capacity is 0, of type int; a whole number from 1 on is due"),
        (lambda: Network(at_most={"loss": 1}), "unknown deed 'loss'"),
        (lambda: Network(loss=True, at_most={"loss": 0}), "at_most of 'loss' is 0"),
        (lambda: doing(at_most={"goes": 1}), "'goes'"),
        (lambda: Network(loss="no"), "loss is 'no', of type str; True or False is due"),
        (lambda: Resource("r", True), "most is True"),
        (lambda: Fact("f", ()), "it has no value"),
        (lambda: seeing(lambda _: True, light=True), "input 'light' is True, of type bool; an Input or a Silence is"),
        (lambda: doing(down={("A", "A", "A"): SOMETIMES}), r"its key is \('A', 'A', 'A'\).*a host, or a pair of hosts"),
        (lambda: doing(down={"A": True}), "down 'A': when is True, of type bool; an Input is due"),
    ],
)
def test_a_wrong_form_is_refused_with_what_is_due(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        make()


# any field, damaged in any way


def raising() -> Iterator[Any]:
    yield "a"
    raise OSError("refused")


def raises(*_: object) -> Any:
    raise OSError("refused")


WRONG: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "true": lambda: True,
    "zero": lambda: 0,
    "minus one": lambda: -1,
    "half": lambda: 0.5,
    "nan": lambda: float("nan"),
    "empty": lambda: "",
    "stay": lambda: "=",
    "a": lambda: "a",
    "b": lambda: "b",
    "unknown": lambda: "zz",
    "odd": lambda: "é\n\x1b[0m<b>",
    "state": lambda: "state",
    "bytes": lambda: b"a",
    "no members": lambda: (),
    "of a": lambda: ("a",),
    "of A": lambda: ("A",),
    "of unknown": lambda: ("zz",),
    "of none": lambda: (None,),
    "of numbers": lambda: (1, 2),
    "of lists": lambda: [["a"]],
    "list": lambda: ["a", "b"],
    "set": lambda: {"a"},
    "empty mapping": dict,
    "variables": lambda: {"n": (0, 1)},
    "one value": lambda: {"n": (1,)},
    "lists": lambda: {"n": [[]]},
    "no value": lambda: {"n": ()},
    "texts": lambda: {"n": "ab"},
    "numbered": lambda: {1: (0,)},
    "reserved": lambda: {"state": (0, 1)},
    "twisted member": lambda: {"n": (Twisted(),)},
    "constant input": lambda: {"light": Input((), lambda _: 3)},
    "raising input": lambda: {"light": Input((), raises)},
    "object": object,
    "class": lambda: Ping,
    "message": Ping,
    "enum": lambda: Light.OFF,
    "built-in": lambda: len,
    "no argument": lambda: lambda: True,
    "any argument": lambda: lambda *_: True,
    "raises": lambda: raises,
    "functions": lambda: (raises,),
    "partials": lambda: (functools.partial(lambda _, k: k, k=True),),
    "generator": lambda: (one for one in ("a", "b")),
    "raising generator": raising,
    "endless": itertools.count,
    "range": lambda: range(3),
    "twisted": Twisted,
    "twisted members": lambda: (Twisted(), Twisted()),
    "loose": lambda: (Loose(),),
    "letters": lambda: (("A", "B", Ping(1)),),
    "bad letters": lambda: (("A", "B", Loose()), ("A",)),
    "untold letters": lambda: (("A", "B", Untold()),),
    "unequal letters": lambda: (("A", "B", Unequal()), ("A", "B", Unequal())),
}


def is_lit(me: Local) -> bool:
    return bool(me.see("light") and me.n == 0)


def answers(me: Local) -> None:
    me.n = 1
    me.send("B", Ping(me.one))


FIELDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "row": (Row, ("trigger", "source", "dest", "guards", "effects", "cites", "discards", "environment")),
    "participant": (
        Participant,
        ("name", "states", "initial", "rows", "variables", "inputs", "terminal", "unexpected"),
    ),
    "input": (Input, ("reads", "value")),
    "silence": (Silence, ("host", "others", "every_session")),
    "resource": (Resource, ("name", "most")),
    "fact": (Fact, ("name", "values")),
    "joint": (Joint, ("trigger", "leader", "followers")),
    "instance": (
        Instance,
        (
            *("name", "participant", "host", "session", "peers", "constants", "inputs", "resource"),
            *("outside", "start", "disabled", "environment", "at_most"),
        ),
    ),
    "network": (Network, ("loss", "duplication", "reordering", "capacity", "full", "at_most")),
    "composition": (
        Composition,
        ("name", "instances", "network", "resources", "down", "facts", "joint", "under_way"),
    ),
}


def damaged(part: str, field: str, wrong: Callable[[], Any]) -> Composition:
    """A small composition that is right but for one field of one part."""

    def made(made_part: str, **fields: Any) -> Any:
        if made_part == part:
            fields[field] = wrong()
        return FIELDS[made_part][0](**fields)

    rows = (
        made("row", trigger="go", source=("a",), dest="b", guards=(is_lit,), effects=(answers,), cites="1"),
        Row("shake", ("a", "b"), "="),
        Row(Ping, ("a", "b"), "="),
    )
    lamp = made(
        "participant",
        name="lamp",
        states=("a", "b"),
        initial="a",
        rows=rows,
        variables={"n": (0, 1)},
        inputs={"light": (False, True), "quiet": (False, True)},
        terminal=frozenset({"b"}),
        unexpected="discard",
    )
    inputs = {
        "light": made("input", reads=("day",), value=lambda view: view["day"]),
        "quiet": made("silence", host="A", others=("B",)),
    }
    shared = {"constants": {"one": 1}, "inputs": inputs, "resource": "pool", "start": {"n": (0,)}}
    first = made("instance", name="A", participant=lamp, host="A", disabled=frozenset(), **shared)
    second = Instance("B", lamp, "B", **shared)  # type: ignore[arg-type]
    return made(  # type: ignore[no-any-return]
        "composition",
        name="room",
        instances=(first, second),
        network=made("network", loss=True, capacity=1, full="lose"),
        resources=(made("resource", name="pool", most=1),),
        down={"A": Input(("day",), lambda view: not view["day"])},
        facts=(made("fact", name="day", values=(True, False)),),
        joint=(made("joint", trigger="shake", leader="A", followers=("B",)),),
        under_way=(("A", "B", Ping(0)),),
    )


def test_the_composition_is_right_where_nothing_is_damaged() -> None:
    explored(damaged("nothing", "", dict))


@given(
    st.sampled_from([(part, field) for part, (_, fields) in FIELDS.items() for field in fields]),
    st.sampled_from([*WRONG]),
)
@settings(max_examples=400, deadline=None)
@example(("composition", "under_way"), "untold letters")
@example(("composition", "under_way"), "unequal letters")
@example(("participant", "variables"), "twisted member")
@example(("instance", "start"), "endless")
@example(("fact", "values"), "unequal letters")
def test_a_damaged_field_is_refused_with_a_model_error_or_works(place: tuple[str, str], wrong: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            explored(damaged(*place, WRONG[wrong]))
        except ModelError as error:
            told = str(error)
        else:
            return
    assert told
    assert "Traceback" not in told
