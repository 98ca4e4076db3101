"""Participants on ``transitions``: tabulation, composition, the network's freedoms, and the author's mistakes."""

import itertools
from dataclasses import dataclass

import pytest
from haboot.checker import (
    Answer,
    Composition,
    Effect,
    EngineError,
    Guard,
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
    View,
    check,
    compose,
    no_deadlock,
    replay,
    sometimes,
)
from haboot.checker.evaluating import evaluate
from haboot.checker.machines.participants import Tabulated


@dataclass(frozen=True)
class Ping:
    number: int


@dataclass(frozen=True)
class Pong:
    number: int


def send_ping(me: Local) -> None:
    me.send("B", Ping(1))


def send_pong(me: Local) -> None:
    me.send("A", Pong(me.message.number))


def is_silent(me: Local) -> bool:
    return bool(me.see("silence"))


CLIENT = Participant(
    "client",
    ("idle", "waiting", "done"),
    "idle",
    (
        Row("starts", ("idle",), "waiting", (), (send_ping,)),
        Row("retransmits", ("waiting",), "=", (is_silent,), (send_ping,)),
        Row(Pong, ("waiting",), "done"),
    ),
    inputs={"silence": (False, True)},
    unexpected="discard",
)
SERVER = Participant("server", ("on",), "on", (Row(Ping, ("on",), "=", (), (send_pong,)),))


def ping_pong(network: Network, client: Participant = CLIENT, server: Participant = SERVER) -> Composition:
    silence = {"silence": Silence("A", ("B",))}
    return Composition("ping", (Instance("A", client, "A", inputs=silence), Instance("B", server, "B")), network)


@pytest.mark.parametrize(
    ("network", "states"),
    [
        (Network(), 4),
        (Network(loss=True), 5),
        (Network(duplication=True), 8),
        (Network(loss=True, duplication=True, reordering=True), 9),
    ],
)
def test_each_freedom_of_the_network_adds_states_and_takes_nothing_away(network: Network, states: int) -> None:
    system = compose(ping_pong(network))
    done = ("A.state",)
    report = check(
        system,
        [
            sometimes("answered", done, lambda v: v["A.state"] == "done"),
            no_deadlock("end", done, lambda v: v["A.state"] == "done"),
        ],
    )
    assert {one.answer for one in report.verdicts} == {Answer.HOLDS}
    assert report.space.distinct == states
    assert not report.space.bounds_hit


@pytest.mark.parametrize("reordering", [False, True])
def test_a_network_that_duplicates_a_number_of_times_does_all_that_one_does_that_never_duplicates(
    reordering: bool,
) -> None:
    def counts(me: Local) -> None:
        me.met = min(me.met + 1, 5)

    rows = (Row("sends", ("0",), "1", (), (send_ping,)), Row("repeats", ("1",), "2", (), (send_ping,)))
    sender = Participant("sender", ("0", "1", "2"), "0", (*rows, Row("rests", ("2",), "=")), unexpected="discard")
    row = Row(Ping, ("on",), "=", (lambda me: me.see("all sent"),), (counts,))
    seen = {"all sent": (False, True)}
    receiver = Participant("receiver", ("on",), "on", (row,), {"met": range(6)}, inputs=seen, unexpected="wait")
    sent = {"all sent": Input(("A.state",), lambda v: v["A.state"] == "2")}
    for often, most in ((0, 2), (1, 3), (2, 4)):
        network = Network(duplication=often > 0, at_most={"duplication": often} if often else {}, reordering=reordering)
        parts = Instance("A", sender, "A"), Instance("B", receiver, "B", inputs=sent)
        system = compose(Composition("counted", parts, network))
        claims = [sometimes(f"meets {n}", ("B.met",), lambda v, n=n: v["B.met"] == n) for n in range(6)]
        reached = [one.answer is Answer.HOLDS for one in check(system, claims).verdicts]
        assert reached == [n <= most for n in range(6)]


def test_a_full_channel_is_reported_as_a_bound() -> None:
    eager = Participant(
        "eager",
        ("on",),
        "on",
        (Row("sends", ("on",), "=", (), (send_ping,)), Row(Pong, ("on",), "=")),
        inputs=CLIENT.inputs,
    )
    report = check(compose(ping_pong(Network(capacity=2), eager)), [])
    assert "channel A>B holds 2" in report.space.bounds_hit


def test_traces_are_replayed_on_running_machines() -> None:
    system = compose(ping_pong(Network()))
    claim = sometimes("answered", ("A.state",), lambda v: v["A.state"] == "done")
    trace = check(system, [claim])["answered"].trace
    assert trace is not None
    replay(system, trace)
    broken = compose(ping_pong(Network(), _without_reply()))
    with pytest.raises(EngineError, match="step 3"):
        replay(broken, trace)


def _without_reply() -> Participant:
    return Participant(
        "client", CLIENT.states, "idle", (*CLIENT.rows[:2], Row(Pong, ("waiting",), "=")), inputs=CLIENT.inputs
    )


def test_a_resource_is_counted() -> None:
    def take(me: Local) -> None:
        me.acquire()

    def give(me: Local) -> None:
        me.release()

    worker = Participant(
        "worker",
        ("idle", "busy"),
        "idle",
        (Row("takes", ("idle",), "busy", (), (take,)), Row("gives", ("busy",), "idle", (), (give,))),
    )
    pair = tuple(Instance(name, worker, name, resource="pool") for name in ("A", "B"))
    system = compose(Composition("pool", pair, resources=(Resource("pool", 2),)))
    report = check(system, [sometimes("both", ("pool",), lambda v: v["pool"] == 2)])
    assert report["both"].answer is Answer.HOLDS
    assert report.space.distinct == 4


def test_a_joint_trigger_moves_all_in_one_step() -> None:
    light = Participant("light", ("on", "off"), "on", (Row("blackout", ("on",), "off"),))
    lights = (Instance("A", light, "A"), Instance("B", light, "B"))
    system = compose(Composition("lights", lights, joint=(Joint("blackout", "A", ("B",)),)))
    assert check(system, []).space.distinct == 2


def one_row(guards: tuple[Guard, ...] = (), effects: tuple[Effect, ...] = ()) -> Tabulated:
    machine = Participant("m", ("on",), "on", (Row("go", ("on",), "=", guards, effects),), {"n": (0, 1)})
    return Tabulated(machine, "M", {})


def test_an_unknown_state_is_refused_with_the_nearest() -> None:
    with pytest.raises(ModelError, match=r"participant 'client', row 'starts': unknown state 'wating'.*did you mean"):
        Participant("client", CLIENT.states, "idle", (Row("starts", ("wating",), "done"),))


def test_a_guard_that_reads_an_undeclared_variable_is_named() -> None:
    def peeks(me: Local) -> bool:
        return bool(me.m == 1)

    with pytest.raises(ModelError, match=r"guard 'peeks' of 'go'.*reads 'm', which it does not declare"):
        one_row(guards=(peeks,)).cell(("on", 0), "go", None)


def test_an_undeclared_input_is_named() -> None:
    def peeks(me: Local) -> bool:
        return bool(me.see("weather"))

    with pytest.raises(ModelError, match="input 'weather' is not declared"):
        one_row(guards=(peeks,)).cell(("on", 0), "go", None)


def test_a_guard_that_answers_no_bool_is_named() -> None:
    def counts(me: Local) -> bool:
        return me.n  # type: ignore[no-any-return]

    with pytest.raises(ModelError, match="guard 'counts' of 'go' returned 0; True or False is due"):
        one_row(guards=(counts,)).cell(("on", 0), "go", None)


def test_an_effect_that_writes_what_it_may_not_is_named() -> None:
    def bursts(me: Local) -> None:
        me.n = 9

    def invents(me: Local) -> None:
        me.m = 1

    with pytest.raises(ModelError, match=r"effect 'bursts'.*assigns 9 to 'n' \(allowed: \[0, 1\]\)"):
        one_row(effects=(bursts,)).cell(("on", 0), "go", None)
    with pytest.raises(ModelError, match=r"effect 'invents'.*assigns 'm', which is not one of its variables"):
        one_row(effects=(invents,)).cell(("on", 0), "go", None)


def test_a_participant_that_answers_differently_is_refused() -> None:
    coin = itertools.count()

    def tosses(me: Local) -> None:
        me.n = next(coin) % 2

    with pytest.raises(ModelError, match="'go' is not deterministic"):
        one_row(effects=(tosses,)).cell(("on", 0), "go", None)


def test_a_message_that_nobody_takes_is_refused() -> None:
    deaf = Participant("deaf", ("on",), "on", ())
    alone = ping_pong(Network(), CLIENT, deaf)
    with pytest.raises(ModelError, match=r"A>B: Ping\(number=1\) is for exactly one participant, but nobody"):
        compose(alone)


def test_a_defect_of_the_checker_is_not_told_as_a_mistake_in_a_guard_or_an_effect() -> None:
    def fails(_: Local) -> bool:
        raise EngineError("two ways disagree")

    for slot in ({"guards": (fails,)}, {"effects": (fails,)}):
        with pytest.raises(EngineError, match=r"^two ways disagree$"):
            one_row(**slot).cell(("on", 0), "go", None)  # type: ignore[arg-type]


def test_a_table_that_lacks_a_branch_is_a_defect_of_the_checker() -> None:
    machine = Participant("m", ("on",), "on", (Row("go", ("on",), "=", (is_silent,)),), inputs=CLIENT.inputs)
    with pytest.raises(EngineError, match="M: the table of 'go' lacks a branch for the inputs seen"):
        Tabulated(machine, "M", {}).react(("on",), "go", None, lambda _: "something between")


def test_an_input_that_is_looked_at_outside_of_a_trigger_is_named() -> None:
    with pytest.raises(ModelError, match="input 'silence' is looked at outside of a trigger"):
        is_silent(Local("M", {}, {}))


def test_a_running_machine_that_is_elsewhere_is_a_defect_of_the_checker() -> None:
    system = compose(ping_pong(Network()))
    assert system.live is not None
    live = system.live()
    (action,) = (one for one in live.actions if one.name == "A starts")
    view = View(live.initial[0], "the test")
    (outcome,) = evaluate(action, view)
    assert outcome.writes["A.state"] == "waiting"
    with pytest.raises(EngineError, match=r"A: the live machine is in \('waiting',\), the table in \('idle',\)"):
        evaluate(action, view)
