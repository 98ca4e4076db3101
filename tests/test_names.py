"""Names in a composition: what matches nothing is refused with the nearest, what two parts have is refused."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, make_dataclass
from typing import Any

import pytest
from haboot.checker import (
    Composition,
    Fact,
    Fired,
    Input,
    Instance,
    Joint,
    Local,
    ModelError,
    Network,
    Participant,
    Resource,
    Row,
    Silence,
    Slot,
    System,
    check,
    compose,
    sometimes,
)
from haboot.checker.fuzzing import Rerun, Unfolded
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.fuzzing.worlds import Declared
from haboot.checker.graph import GraphSpace
from haboot.checker.machines import exchanged
from haboot.model.parts import Part

from tests.slips import Slips, require_told

LAMP = Participant("lamp", ("off", "on"), "off", (Row("push", ("off",), "on"),), variables={"count": (0, 1)})
SENSOR = Participant("sensor", ("on",), "on", (), inputs={"light": (False, True)})
PAIR = (Instance("A", LAMP, "A"), Instance("B", LAMP, "B"))


def lit(*reads: str) -> Input:
    return Input(reads, lambda _: True)


def sensing(source: Input | Silence) -> Composition:
    return Composition("room", (*PAIR, Instance("S", SENSOR, "S", inputs={"light": source})))


MISSPELT: Slips = {
    "start": (lambda: Instance("A", LAMP, "A", start={"cuont": (1,)}), "start variable 'cuont'.*'count'"),
    "disabled": (lambda: Instance("A", LAMP, "A", disabled=frozenset({"psuh"})), "disabled 'psuh'.*'push'"),
    "inputs": (lambda: Instance("S", SENSOR, "S", inputs={"lihgt": lit()}), "input 'lihgt'.*'light'"),
    "resource": (
        lambda: Composition("r", (Instance("A", LAMP, "A", resource="pol"),), resources=(Resource("pool", 1),)),
        "resource 'pol'.*'pool'",
    ),
    "peers": (
        lambda: Composition("r", (Instance("alpha", LAMP, "alpha", peers=frozenset({"alhpa"})),)),
        "host among its peers 'alhpa'.*'alpha'",
    ),
    "down": (lambda: Composition("r", (Instance("A", LAMP, "alpha"),), down={"alpa": lit()}), "host 'alpa'.*'alpha'"),
    "down pair": (
        lambda: Composition("r", (Instance("A", LAMP, "alpha"),), down={("alpha", "beta"): lit()}),
        "host 'beta'",
    ),
    "down reads": (lambda: Composition("r", PAIR, down={"A": lit("A.stat")}), "slot 'A.stat'.*'A.state'"),
    "joint trigger": (lambda: Composition("r", PAIR, joint=(Joint("psuh", "A", ("B",)),)), "trigger 'psuh'.*'push'"),
    "joint leader": (lambda: Composition("r", PAIR, joint=(Joint("push", "Z", ("B",)),)), "instance as leader 'Z'"),
    "joint follower": (lambda: Composition("r", PAIR, joint=(Joint("push", "A", ("Z",)),)), "as follower 'Z'"),
    "silence host": (lambda: sensing(Silence("Z", ("A",))), "input 'light': unknown host 'Z'"),
    "silence others": (lambda: sensing(Silence("A", ("B", "Z"))), "input 'light': unknown host 'Z'"),
    "input reads": (lambda: sensing(lit("A.cuont")), "slot 'A.cuont'.*'A.count'"),
    "input reads a channel": (lambda: sensing(lit("A>B.0")), "slot 'A>B.0'"),
    "unexpected": (
        lambda: Participant("p", ("a",), "a", (), unexpected="discrad"),  # type: ignore[arg-type]
        "way with unexpected messages 'discrad'.*'discard'",
    ),
    "full": (lambda: Network(full="loose"), "way with a full channel 'loose'.*'lose'"),  # type: ignore[arg-type]
    "source": (lambda: Participant("p", ("idle",), "idle", (Row("go", ("ilde",), "="),)), "state 'ilde'.*'idle'"),
    "terminal": (lambda: Participant("p", ("idle",), "idle", (), terminal=frozenset({"ilde"})), "state 'ilde'.*'idle'"),
    "exchanged": (lambda: exchanged("m", LAMP, len, abs), "no row of participant 'lamp' has 'len'"),
}


@pytest.mark.parametrize("place", MISSPELT)
def test_a_name_that_matches_nothing_is_refused_with_the_nearest(place: str) -> None:
    make, said = MISSPELT[place]
    with pytest.raises(ModelError, match=said):
        make()


TWICE: Slips = {
    "instances": (lambda: Composition("r", (PAIR[0], PAIR[0])), "two instances are named 'A'"),
    "facts": (lambda: Composition("r", (), facts=(Fact("f", (1,)), Fact("f", (1,)))), "two facts are named 'f'"),
    "resources": (lambda: Composition("r", (), resources=(Resource("p", 1), Resource("p", 1))), "two resources"),
    "fact and slot": (lambda: Composition("r", PAIR, facts=(Fact("A.state", (1,)),)), "two slots are named 'A.state'"),
    "fact and channel": (lambda: Unfolded(Composition("r", PAIR, facts=(Fact("A>B.0", (1,)),))), "two slots"),
    "actions": (
        lambda: Composition(
            "r",
            (
                Instance("A", Participant("p", ("a",), "a", (Row("b c", ("a",), "="),)), "A"),
                Instance("A b", Participant("p", ("a",), "a", (Row("c", ("a",), "="),)), "A"),
            ),
        ),
        "two actions are named 'A b c'",
    ),
    "channels": (
        lambda: Composition("r", (*PAIR, Instance("C", LAMP, "A", session="A"), Instance("D", LAMP, "B", session="A"))),
        "two channels are named 'A>A'",
    ),
    "states": (lambda: Participant("p", ("a", "a"), "a", ()), "two states are named 'a'"),
    "joints": (lambda: Composition("r", PAIR, joint=(Joint("push", "A", ("B",)),) * 2), "two joints of one leader"),
    "followers": (lambda: Composition("r", PAIR, joint=(Joint("push", "A", ("B", "B")),)), "two followers"),
    "leader and follower": (lambda: Composition("r", PAIR, joint=(Joint("push", "A", ("A",)),)), "cannot lead"),
    "constant and variable": (
        lambda: Instance("A", LAMP, "A", constants={"count": 1}),
        "'count' is a constant, and a va",
    ),
}


@pytest.mark.parametrize("place", TWICE)
def test_a_name_that_two_parts_have_is_refused(place: str) -> None:
    require_told(TWICE[place])


def test_an_input_that_nothing_is_wired_to_is_refused() -> None:
    with pytest.raises(ModelError, match="nothing is wired to 'light', which participant 'sensor' declares as input"):
        Instance("S", SENSOR, "S")


@pytest.mark.parametrize(
    "name", ["state", "message", "see", "send", "acquire", "release", "_turn", "__class__", "_begin"]
)
def test_a_variable_or_a_constant_hides_nothing_that_guards_are_handed(name: str) -> None:
    with pytest.raises(ModelError, match=f"a variable is named '{name}', as is what guards and effects are handed"):
        Participant("p", ("a",), "a", (), variables={name: (0, 1)})
    with pytest.raises(ModelError, match=f"a constant is named '{name}', as is"):
        Instance("A", LAMP, "A", constants={name: 1})


@pytest.mark.parametrize(
    "name", ["steps", "taken", "sent", "row", "sent_", "trigger", "machine", "may_go", "name with blanks"]
)
def test_any_other_variable_is_counted_right(name: str) -> None:
    def count(me: Local) -> None:
        setattr(me, name, (getattr(me, name) + 1) % 3)

    walker = Participant("walker", ("a",), "a", (Row("go", ("a",), "=", effects=(count,)),), {name: (0, 1, 2)})
    slot = f"W.{name}"
    report = check(
        compose(Composition("walk", (Instance("W", walker, "W"),))), [sometimes("two", (slot,), lambda v: v[slot] == 2)]
    )
    assert len(report["two"].trace or ()) == 2


@pytest.mark.parametrize(
    "trigger", ["state", "trigger", "t0", "s0", "is_a", "may_go", "initial", "model", "__init__", "to_b"]
)
@pytest.mark.parametrize("states", [("a", "b"), ("state", "trigger"), ("s1", "s0"), ("initial", "is_initial")])
def test_triggers_and_states_may_be_named_as_what_the_library_has(trigger: str, states: tuple[str, str]) -> None:
    rows = (Row(trigger, (states[0],), states[1]), Row("back", (states[1],), states[0]))
    made = Composition("m", (Instance("A", Participant("p", states, states[0], rows), "A"),))
    assert check(compose(made), [], engine="graph").space.distinct == 2
    walk = Walk(Unfolded(made), Memory())
    walk.begin()
    walk.follow([f"A {trigger}", "A back", f"A {trigger}"])
    assert walk.state["A.state"] == states[1]


# message classes of one name


def request(of: str, text: str = "") -> Any:
    made = make_dataclass("Request", [], frozen=True)
    made.__module__ = of
    if text:
        made.__str__ = lambda _: text  # type: ignore[method-assign]
    return made


def shop(order: Any, payment: Any, *rows: Row, sends: Any = None) -> Composition:
    def say(me: Local) -> None:
        me.send("S", (sends or payment)())

    buyer = Participant("buyer", ("new", "done"), "new", (Row("pays", ("new",), "done", effects=(say,)),))
    taking = rows or (Row(order, ("open",), "ordered"), Row(payment, ("open",), "paid"))
    seller = Participant("shop", ("open", "ordered", "paid"), "open", taking)
    return Composition("shop", (Instance("B", buyer, "B"), Instance("S", seller, "S")))


def walked(composition: Composition) -> Walk:
    """A run that goes on while anything is offered, a few steps at most."""
    walk = Walk(Unfolded(composition), Memory())
    walk.begin()
    while walk.offers and len(walk.taken) < 9:
        walk.take(walk.offers[-1])
    return walk


def reached(composition: Composition) -> tuple[set[object], set[str], list[str]]:
    """The states that the shop reaches, in a run as well; the triggers fired there; the actions."""
    product = compose(composition)
    space = check(product, [], engine="graph").space
    assert isinstance(space, GraphSpace)
    states = {space.layout.decoded(state)["S.state"] for state in space.states}
    triggers = {one.trigger for events, _ in space.layout.labels for one in events if isinstance(one, Fired)}
    assert walked(composition).state["S.state"] in states
    return states, triggers - {"pays"}, [action.name for action in product.actions]


@pytest.mark.parametrize("texts", [("", ""), ("an order", "a payment")])
@pytest.mark.parametrize("modules", [("orders", "payments"), ("one", "one")])
def test_two_message_classes_of_one_name_are_told_apart(texts: tuple[str, str], modules: tuple[str, str]) -> None:
    order, payment = (request(module, text) for module, text in zip(modules, texts, strict=True))
    states, triggers, actions = reached(shop(order, payment))
    assert states == {"open", "paid"}
    named = {("orders", "payments"): "payments.Request", ("one", "one"): "one.Request #2"}[modules]
    assert triggers == {named}
    assert actions == ["B pays", f"S receives {texts[1] or f'{named}: Request()'} from B"]


@pytest.mark.parametrize("explored", [compose, walked])
def test_a_message_is_not_taken_for_one_of_another_class_of_its_name(explored: Callable[[Composition], object]) -> None:
    order, payment = request("orders"), request("payments")
    with pytest.raises(
        ModelError, match=r"it is of orders\.Request, but S takes payments\.Request: two classes of one name"
    ):
        explored(shop(order, payment, Row(payment, ("open",), "paid"), sends=order))


def test_a_trigger_that_is_called_as_a_message_class_is_another_trigger() -> None:
    payment = request("payments")
    bell = (Row(payment, ("open", "ordered"), "paid"), Row("Request", ("open",), "ordered"))
    states, triggers, actions = reached(shop(payment, payment, *bell))
    assert states == {"open", "ordered", "paid"}
    assert actions[:2] == ["B pays", "S Request"]
    assert triggers == {"Request", "payments.Request"}


@dataclass(frozen=True)
class Vague:
    number: int

    def __str__(self) -> str:
        return "vague"


@pytest.mark.parametrize("explored", [compose, walked])
@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (Vague(1), Vague(2), "two messages are called 'vague'"),
        (1, True, "the message '1', a builtins.int, equals 'True', a builtins.bool"),
    ],
)
def test_messages_of_one_text_and_messages_that_are_equal_but_differ_are_refused(
    explored: Callable[[Composition], object], one: Any, other: Any, said: str
) -> None:
    rows = tuple(
        Row(f"says {place}", ("a",), "=", (), (lambda me, sent=sent: me.send("S", sent),))
        for place, sent in enumerate((one, other))
    )
    taking = tuple(Row(kind, ("a",), "=") for kind in dict.fromkeys((type(one), type(other))))
    speaker, hearer = Participant("b", ("a",), "a", rows), Participant("s", ("a",), "a", taking)
    pair = (Instance("B", speaker, "B"), Instance("S", hearer, "S"))
    with pytest.raises(ModelError, match=said):
        explored(Composition("pair", pair, Network(reordering=True)))


def test_a_claim_that_a_rerun_does_not_have_is_refused_with_the_nearest() -> None:
    still = System("still", (Slot("n", (0,)),), ({"n": 0},), ())
    run = Rerun(Declared(still), [sometimes("far", ("n",), lambda _: False)])
    with pytest.raises(ModelError, match=r"unknown property 'fra'.*'far'"):
        run.breaks("fra")


def test_the_name_of_a_part_is_a_text_like_any_other() -> None:
    home_agent = Part("H")
    assert home_agent.binding == "H.binding"
    assert deepcopy([home_agent]) == ["H"]
    assert not hasattr(home_agent, "__html__"), "what a library may ask of a text is no variable"
