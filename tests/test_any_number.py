"""What is proven for every number of copies holds of one, two and three of them, and what breaks is a run of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pytest
from haboot.checker import (
    Answer,
    Clause,
    Composition,
    Input,
    Instance,
    Joint,
    Kind,
    Limits,
    Local,
    ModelError,
    Network,
    Participant,
    Property,
    Report,
    Resource,
    Row,
    Silence,
    Start,
    System,
    check,
    replay,
)
from haboot.checker.copies import Replicated, abstraction, concluding, following, for_every_number, foreign, replicated

from tests.random_copies import give, random_family, sees, take

MEMBERS = (1, 2, 3)
MOST = 3000  # states of a member that is compared


def ask(system: System, claims: Sequence[Property], limits: Limits) -> Report:
    return check(system, claims, limits, engine="graph")


def contradicted(found: Report, exact: Callable[[int], Report]) -> list[tuple[int, str, str, str]]:
    """Return where a member answers otherwise than is said of every number."""
    odd = []
    for number in MEMBERS:
        member = exact(number)
        for one in found.verdicts:
            name, answer = one.property.name, one.answer
            there = member[name].answer if name in {each.property.name for each in member.verdicts} else answer
            proven = answer is Answer.HOLDS or any("broken for no number" in told for told in one.basis)
            broken = there is Answer.VIOLATED or (answer is Answer.HOLDS and there is Answer.UNREACHED)
            odd += [(number, name, str(answer), str(there))] if proven and broken else []
    return odd


def contradictions(drawn: Replicated) -> list[tuple[int, str, str, str]]:
    """Return where a family parts from its members."""
    found = for_every_number(drawn, ask)

    def exact(number: int) -> Report:
        system = drawn.system(number)
        return ask(system, drawn.claims(number, system), Limits(max_states=MOST))

    for one in found.verdicts:
        if one.answer is Answer.VIOLATED and one.trace is not None:
            number = sum(name.startswith("worker ") and name.endswith(".state") for name in one.trace.initial)
            replay(drawn.system(number), one.trace)
    return contradicted(found, exact)


USUAL = (*range(12), 21)  # the last has losses that are counted


@pytest.mark.parametrize(
    "seed", [*USUAL, *(pytest.param(one, marks=pytest.mark.slow) for one in range(300) if one not in USUAL)]
)
def test_random_families_agree_with_their_members(seed: int) -> None:
    assert contradictions(random_family(seed)) == []


LOCK = (
    Row("takes", ("out",), "in", (sees("free", value=True),), (take,)),
    Row("gives", ("in",), "out", (), (give,)),
)


More: TypeAlias = Callable[[int], dict[str, Any]] | None


def lock(rows: tuple[Row, ...] = LOCK, more: More = None, limit: int = 1, **other: Any) -> Replicated:
    """A family of workers that share a lock; ``more`` says what else a composition of so many has."""

    def of(number: int) -> Composition:
        free = Input(("lock",), lambda view: view["lock"] < limit)
        marked = {"marked": (False, True)}
        worker = Participant("worker", ("out", "in"), "out", rows, marked, {"free": (False, True)})
        workers = [
            Instance(f"worker {n}", worker, f"host {n}", session=str(n), inputs={"free": free}, resource="lock")
            for n in range(1, number + 1)
        ]
        given = {} if more is None else more(number)
        instances = (*workers, *given.pop("instances", ()))
        resources = given.pop("resources", (Resource("lock", number),))
        return Composition("lock", instances, given.pop("network", Network()), resources, **given)

    def claims(number: int, _: System) -> tuple[Property, ...]:
        states = [f"worker {one}.state" for one in range(1, number + 1)]
        every = tuple(
            Clause((one, "lock"), lambda view, at=one: view[at] == "out" or view["lock"] == 1) for one in states
        )
        rests = Clause(tuple(states), lambda view: all(view[one] == "in" for one in states))
        return (Property("locked", Kind.ALWAYS, every), Property("rests", Kind.NO_DEADLOCK, (rests,)))

    given: dict[str, Any] = {"of": of, "claims": claims, "most": 1, "joint": frozenset({"rests"}), **other}
    return Replicated("locks", **given)


def mark(me: Local) -> None:
    me.marked = True


MARKS = Row("marks", ("out",), "=", (), (mark,), environment=True)
HOARD = lock((*LOCK[:1], replace(LOCK[1], guards=(lambda me: bool(me.marked),)), MARKS))  # who is unmarked keeps it


def on_the_word_of_the_author(patch: pytest.MonkeyPatch) -> None:
    """Take the author's word for what is said of all copies, of whom two would tell otherwise."""
    patch.setattr(concluding._Concluding, "_refuted", lambda *_: None)


def without_others(patch: pytest.MonkeyPatch) -> None:
    on_the_word_of_the_author(patch)
    patch.setattr(abstraction.Abstraction, "deeds", ())


def without_foreign_steps(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(foreign.Foreign, "acting", frozenset())


def with_promises_of_many(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(replicated.Replicated, "promised_alike", replicated.Replicated.asked_of_several)


def with_all_given_back(patch: pytest.MonkeyPatch) -> None:
    on_the_word_of_the_author(patch)
    patch.setattr(concluding._Concluding, "given_back", property(lambda self: frozenset(self.abstraction.lent)))
    patch.setattr(concluding._Concluding, "lemmas", {})


def with_all_following(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(concluding, "follow_each_other", lambda *_: True)


def with_what_is_left_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(following, "_with", lambda clause, _: clause)


@pytest.mark.parametrize(
    ("weakened", "drawn", "claim"),
    [
        (without_others, HOARD, "rests"),
        (with_all_given_back, HOARD, "rests"),
        (without_foreign_steps, random_family(1), "named"),
        (with_promises_of_many, random_family(5), "infinitely often"),
        (with_all_following, random_family(8), "all can"),
        (with_what_is_left_forgotten, random_family(20), "all can"),
    ],
)
def test_each_part_of_the_argument_is_needed(
    monkeypatch: pytest.MonkeyPatch, weakened: Callable[[pytest.MonkeyPatch], None], drawn: Replicated, claim: str
) -> None:
    weakened(monkeypatch)
    assert claim in {name for _, name, _, _ in contradictions(drawn)}


def test_a_lock_is_kept_by_every_number() -> None:
    verdict = for_every_number(lock(), ask)["locked"]
    assert verdict.answer is Answer.HOLDS
    assert verdict.basis == (
        "for every number of copies: one in full among others that take and give back lock as its own table does, "
        "what is used of others being proven of the one, by induction over steps (McMillan, CHARME 1999)",
    )


def test_who_waits_for_what_others_never_give_back_is_found_in_a_member() -> None:
    verdict = for_every_number(HOARD, ask)["rests"]
    assert verdict.answer is Answer.VIOLATED
    assert verdict.note == "with 2 copies"


def test_of_a_resource_that_is_held_without_a_bound_high_counts_are_one() -> None:
    bare = replace(LOCK[0], guards=()), LOCK[1]
    looks = Row("looks", ("out",), "=", (sees("free", value=True),))
    report = for_every_number(lock((*bare, looks)), ask)
    assert report["rests"].answer is Answer.HOLDS
    assert report["locked"].note == "with 2 copies"


def test_counts_that_somebody_tells_apart_are_to_be_counted() -> None:
    with pytest.raises(ModelError, match="'worker 1', input 'free' tells counts of 'lock' apart from 2 on"):
        for_every_number(lock(limit=3), ask)


def held_by_fewer_than(most: int) -> Replicated:
    """A lock that everybody takes, and the property that so many never have it."""

    def claims(_number: int, _: System) -> tuple[Property, ...]:
        return (Property("few", Kind.ALWAYS, (Clause(("lock",), lambda view: view["lock"] < most),)),)

    return lock((replace(LOCK[0], guards=()), LOCK[1]), claims=claims)


def test_a_property_of_counts_that_are_not_told_apart_stays_open() -> None:
    verdict = for_every_number(held_by_fewer_than(6), ask)["few"]
    told = "open: it looks at lock, of which more than 1 may be held; not broken with 1 copy, 2, 3, 4, 5"
    assert (verdict.answer, verdict.note) == (Answer.INCOMPLETE, told)


def test_a_run_is_looked_for_in_members_of_more_copies_while_they_are_small() -> None:
    for few in (4, 5):
        verdict = for_every_number(held_by_fewer_than(few), ask)["few"]
        assert (verdict.answer, verdict.note) == (Answer.VIOLATED, f"with {few} copies")
    verdict = for_every_number(held_by_fewer_than(4), ask, Limits(max_states=7))["few"]
    assert verdict.note.endswith("not broken with 1 copy, 2, 3 (max-states 7)")


def test_what_rests_on_the_word_of_the_author_says_so() -> None:
    found = for_every_number(lock(), ask)
    (told,) = found["rests"].basis
    assert "(that each one's part is enough being the author's word, tried with two)" in told
    assert not any("word" in told for told in found["locked"].basis)


def test_what_nobody_looks_at_is_not_contended() -> None:
    def more(number: int) -> dict[str, Any]:
        kind: dict[str, Any] = {"participant": TAKER, "resource": "spare"}
        makers = (Instance(f"maker {n}", host=f"host {n}", session=str(n), **kind) for n in range(1, number + 1))
        return {"instances": tuple(makers), "resources": (Resource("lock", number), Resource("spare", number))}

    verdict = for_every_number(lock(more=more), ask)["locked"]
    assert "that take and give back lock as its own" in verdict.basis[-1]


def test_what_is_asked_of_one_alone_stays_open() -> None:
    def claims(number: int, _: System) -> tuple[Property, ...]:
        return (Property("alone", Kind.NO_DEADLOCK, (NOWHERE,)),) if number == 1 else ()

    verdict = for_every_number(lock(claims=claims), ask)["alone"]
    assert (verdict.answer, verdict.note) == (Answer.INCOMPLETE, "open: it is asked of one copy alone")


def test_what_speaks_of_all_stays_open_with_how_far_members_were_searched() -> None:
    def claims(number: int, _: System) -> tuple[Property, ...]:
        states = tuple(f"worker {one}.state" for one in range(1, number + 1))
        most = Clause((*states, "lock"), lambda view: [view[one] for one in states].count("in") == view["lock"])
        return (Property("counted", Kind.ALWAYS, (most,)),)

    verdict = for_every_number(lock(claims=claims), ask, Limits(max_states=3))["counted"]
    told = "open: it speaks of several copies at once; not broken with 1 copy, 2, 3 (max-states 3)"
    assert (verdict.answer, verdict.note) == (Answer.INCOMPLETE, told)


TAKER = Participant("taker", ("a", "b"), "a", (Row("takes", ("a",), "b", (), (take,)),))
NOWHERE = Clause((), lambda _: False)
BOSS = Participant("boss", ("a",), "a", (Row("looks", ("a",), "="),), inputs={"seen": (False, True)})
SHAKEN = (*LOCK, Row("shakes", ("in",), "out", (), (give,)))
SHAKER = Instance("boss", Participant("boss", ("a",), "a", (Row("shakes", ("a",), "="),)), "boss")


def looking(number: int) -> dict[str, Any]:
    del number
    seen = Input(("worker 1.state",), lambda view: view["worker 1.state"] == "in")
    return {"instances": (Instance("boss", BOSS, "boss", inputs={"seen": seen}),)}


def hearing(number: int) -> dict[str, Any]:
    hosts = tuple(f"host {one}" for one in range(1, number + 1))
    return {"instances": (Instance("boss", BOSS, "boss", inputs={"seen": Silence("boss", hosts, every_session=True)}),)}


def sharing(_: int) -> dict[str, Any]:
    return {"instances": (Instance("boss", TAKER, "boss", resource="lock"),)}


def early(_: int) -> dict[str, Any]:
    silence = Silence("boss", ("host 1",), at_most=1, early="worker 1.state")
    return {"instances": (Instance("boss", BOSS, "boss", inputs={"seen": silence}),)}


@dataclass(frozen=True)
class Meet:
    """What a worker's helper hands to the worker's second taker."""


def meet(me: Local) -> None:
    me.meet(me.host, Meet())


def meeting(number: int) -> dict[str, Any]:
    """Each worker has a second taker, which a helper meets."""
    caller = Participant("caller", ("a",), "a", (Row("calls", ("a",), "=", (), (meet,)),))
    second = Participant("second", ("a", "b"), "a", (Row(Meet, ("a",), "b", (), (take,)),))
    made = []
    for n in range(1, number + 1):
        where: dict[str, Any] = {"session": str(n)}
        made.append(Instance(f"caller {n}", caller, f"caller {n}", constants={"host": f"taker {n}"}, **where))
        made.append(Instance(f"taker {n}", second, f"taker {n}", resource="lock", **where))
    return {"instances": tuple(made)}


def down(_: int) -> dict[str, Any]:
    return {
        "down": {
            "host 2" if _ > 1 else "host 1": Input(("worker 1.state",), lambda view: view["worker 1.state"] == "in")
        }
    }


def shaking(full: str, *, first: bool = False, together: bool = False) -> Callable[[int], dict[str, Any]]:
    def more(number: int) -> dict[str, Any]:
        names = tuple(f"worker {one}" for one in range(1, 2 if first else number + 1))
        joint = (Joint("shakes", "boss", names, together),)
        return {"instances": (SHAKER,), "joint": joint, "network": Network(full=full)}  # type: ignore[arg-type]

    return more


def leading(number: int) -> dict[str, Any]:
    """Each worker shakes the boss, which is shared."""
    return {
        "instances": (SHAKER,),
        "joint": tuple(Joint("shakes", f"worker {n}", ("boss",)) for n in range(1, number + 1)),
    }


def lopsided(number: int) -> dict[str, Any]:
    """The second copy has one more."""
    return {"instances": (Instance("more", BOSS, "host 2", session="2", inputs=ALWAYS),)} if number > 1 else {}


def grown(number: int) -> dict[str, Any]:
    """All copies have one more where there are several."""
    more = (Instance(f"more {n}", BOSS, f"host {n}", session=str(n), inputs=ALWAYS) for n in range(1, number + 1))
    return {"instances": tuple(more) if number > 1 else ()}


def paired(number: int) -> dict[str, Any]:
    """Each worker takes the lock together with a helper of its own."""
    more = tuple(Instance(f"more {n}", HELPER, f"host {n}", session=str(n)) for n in range(1, number + 1))
    joint = tuple(Joint("takes", f"more {n}", (f"worker {n}",)) for n in range(1, number + 1))
    return {"instances": more, "joint": joint}


HELPER = Participant("helper", ("a",), "a", (Row("takes", ("a",), "="),))
ALWAYS = {"seen": Input((), lambda _: True)}
STAYS = Row("shakes", ("in",), "=")


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lock(more=looking), "instance 'boss', input 'seen', looks at slot 'worker 1.state', which is of copy '1'"),
        (lock(more=hearing), "listens to every session"),
        (lock(more=sharing), "no copy owns it"),
        (lock(more=early), "looks at slot 'worker 1.state', which is of copy '1'"),
        (lock(more=lambda _: {"starts": (Start(),)}), "it has starts that fit together"),
        (lock((*LOCK, STAYS), shaking("bound", together=True)), "would wait for each one's row"),
        (lock(more=meeting), "'taker 1' takes 'lock', but another one of its copy does so too"),
        (lock(more=down), "of copy '2' touches slot 'worker 1.state' of copy '1'"),
        (lock((*LOCK, STAYS), shaking("wait")), "would wait for each one's channels"),
        (lock(SHAKEN, shaking("bound")), "copies undergo it: one step may take one unit"),
        (lock((*LOCK, STAYS), shaking("bound", first=True)), "copies differ, at 'boss shakes'"),
        (lock((*LOCK, STAYS), leading), "changes slot 'boss.state', which is shared but no resource"),
        (lock(more=lopsided), "copies differ"),
        (lock(more=paired), "takes or gives 'lock' in 'takes', which others undergo"),
        (lock(more=grown), "a copy alone is no copy among two"),
        (lock(of=lambda _: lock().of(1)), "with two copies there are 1 sessions"),
        (lock((LOCK[0], replace(LOCK[1], source=("out",)))), "gives back what it does not hold of 'lock'"),
        (lock((*LOCK, Row("again", ("in",), "=", (), (take,)))), "takes more than one unit of 'lock'"),
    ],
)
def test_what_is_no_family_of_copies_is_refused_with_what_breaks_it(made: Replicated, told: str) -> None:
    with pytest.raises(ModelError, match="family 'locks': ") as error:
        for_every_number(made, ask)
    assert told in str(error.value)
