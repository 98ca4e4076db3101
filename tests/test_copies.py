"""Models of any number of copies: what is proven of every number holds of each, and what breaks is a run of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from haboot import (
    Answer,
    Limits,
    ModelError,
    Property,
    Report,
    Slot,
    StateSpace,
    System,
    View,
    Who,
    Writes,
    check,
    explore,
    quiet,
    replay,
    state_graph,
)
from haboot.checker.copies import Among, Copies, Count, Counts, Locals, Rule, Views, for_every_number, member, proving

from examples.any_number import german, ticket_lock, two_phase_commit
from examples.two_phase_commit import two_phase_commit as known
from tests.random_rules import random_copies

MEMBERS = (1, 2, 3, 4)
MOST = 400  # states of a member that is compared
USUAL = range(2)
SEEDS = [*USUAL, *(pytest.param(one, marks=pytest.mark.slow) for one in range(2, 100))]


def ask(system: System, claims: Sequence[Property], limits: Limits) -> Report:
    return check(system, claims, limits, engine="graph")


def explored(system: System, limits: Limits) -> StateSpace:
    return explore(system, limits, quiet, "graph")


def no_end(_: int) -> bool:
    return False


def contradictions(model: Copies) -> list[tuple[int, str]]:
    """Return where what is said of every number is otherwise for one."""
    found, odd = for_every_number(model, ask, Limits(max_states=MOST)), []
    for number in MEMBERS:
        exact = member(model, number)
        for one in ask(exact.composed(), exact.properties, Limits(max_states=MOST)).verdicts:
            proven = found[one.property.name].answer in {Answer.HOLDS, Answer.UNREACHED}
            odd += [(number, one.property.name)] if proven and one.answer is Answer.VIOLATED else []
    for verdict in found.verdicts:
        if verdict.answer is Answer.VIOLATED:
            assert verdict.trace is not None
            number = sum(name.startswith("at ") for name in verdict.trace.initial)
            replay(member(model, number).composed(), verdict.trace)
    return odd


def states(model: Copies, number: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield what is shared in the states of a member, and what each copy sees, by the exact system alone."""
    names = [one.name for one in model.own]
    space = state_graph(explored(member(model, number).composed(), Limits(max_states=MOST)), MOST)
    for state in map(space.values, range(space.distinct)):
        shared = {one.name: state[one.name] for one in model.shared}
        copies = []
        for key in range(1, number + 1):
            own = {name: state[f"{name} {key}"] for name in names}
            named = {one: _seen(state[one], key) for one in model.naming}
            copies.append({**own, **shared, **named})
        yield {**shared, **{one: _seen(state[one], None) for one in model.naming}}, copies


def _seen(named: int | None, key: int | None) -> Who:
    return Who.NOBODY if named is None else Who.ME if named == key else Who.OTHER


@pytest.mark.parametrize("seed", SEEDS)
def test_random_models_agree_with_their_members(seed: int) -> None:
    assert contradictions(random_copies(seed)) == []


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_all_that_a_few_copies_of_a_member_look_like_is_a_view(seed: int, size: int) -> None:
    model = random_copies(seed)
    known = Locals(model)
    views = Views(known, size, no_end)
    met = {frozenset(Counter(_frozen(known.seen(shared, one)) for one in some).items()) for shared, some in views.found}
    for number in range(size + 1, 5):
        for _, copies in states(model, number):
            for some in combinations(copies, size):
                assert frozenset(Counter(map(_frozen, some)).items()) in met


@pytest.mark.parametrize("seed", SEEDS)
def test_how_many_copies_of_a_member_have_what_is_counted(seed: int) -> None:
    model = random_copies(seed)
    known = Locals(model)
    counts = Counts(known, 2, no_end)
    met = {
        (_frozen(known.seen(shared, -1)), frozenset((_frozen(known.seen(shared, one)), few) for one, few in some))
        for shared, some in counts.found
    }
    for number in MEMBERS:
        for shared, copies in states(model, number):
            few = Counter(map(_frozen, copies))
            assert (_frozen(shared), frozenset((one, min(some, 2)) for one, some in few.items())) in met


def _frozen(seen: dict[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset(seen.items())


def without_steps_of_others(patch: pytest.MonkeyPatch) -> None:
    """Let the copies beside a view stay where they began."""
    wider = Views._wider

    def still(self: Views, view: Any) -> Iterator[Any]:
        return (one for one in wider(self, view) if self.known.first_own in one[1])

    patch.setattr(Views, "_wider", still)


def leaving_others_as_they_are(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Locals, "changed", lambda _self, _move, _shared, _own, other: other)


def with_names_that_stay(patch: pytest.MonkeyPatch) -> None:
    """Leave a copy named where another one is."""
    changed = Locals._changed
    patch.setattr(Locals, "_changed", lambda self, rule, _, *rest: changed(self, rule, frozenset(), *rest))


def without_small_members(patch: pytest.MonkeyPatch) -> None:
    """Believe of one copy and two what is proven of more."""
    explored = proving._Proving._explore

    def believed(self: Any, number: int) -> None:
        explored(self, number)
        self.settled = {} if number <= proving.FEW else self.settled

    patch.setattr(proving._Proving, "_explore", believed)


def without_views(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(proving._Proving, "_by_views", lambda *_: True)


def losing_what_is_beyond(patch: pytest.MonkeyPatch) -> None:
    """Where one of many leaves, let one less stay."""
    without_views(patch)
    patch.setattr(Counts, "_left", lambda _, number: {number - 1})


def counting_each_once(patch: pytest.MonkeyPatch) -> None:
    """Begin with one copy alone."""
    without_views(patch)
    patch.setattr(proving, "Counts", OfOne)


class OfOne(Counts):
    """Counts of one copy."""

    def _steps(self, state: Any) -> Iterator[Any]:
        return (one for one in super()._steps(state) if sum(few for _, few in one[0][1]) == 1)


LETTERS = Slot("at", ("a", "b", "c"))
OVERTAKEN = Copies(
    "overtaken",
    [LETTERS],
    [
        Rule("is named", lambda me: {LETTERS: "b", "who": Who.ME} if me[LETTERS] == "a" else None),
        Rule("is overtaken", lambda me: {LETTERS: "c"} if me[LETTERS] == "b" and me["who"] is Who.OTHER else None),
    ],
    naming=["who"],
    properties=[Among("at most one is overtaken", 2, lambda one, other: {one[LETTERS], other[LETTERS]} != {"c"})],
)
ANY_TWO = Among("no two are so", 2, lambda one, other: {one[LETTERS], other[LETTERS]} != {"c"})
STRUCK = Copies(
    "struck",
    [LETTERS],
    [
        Rule(
            "strikes",
            lambda me: {LETTERS: "b"} if me[LETTERS] == "a" else None,
            others=lambda _, other: {LETTERS: "c"} if other[LETTERS] == "a" else None,
        )
    ],
    properties=[ANY_TWO],
)
OPENED = Copies(
    "opened",
    [LETTERS],
    [
        Rule("opens", lambda me: {LETTERS: "b", "open": True} if me[LETTERS] == "a" else None),
        Rule("enters", lambda me: {LETTERS: "c"} if me[LETTERS] == "a" and me["open"] else None),
    ],
    [Slot("open", (False, True))],
    properties=[ANY_TWO],
)
LONELY = Copies(
    "lonely",
    [LETTERS],
    [Rule("is alone", lambda _: {LETTERS: "b"}, every=lambda *_: False)],
    properties=[Among("in company", 1, lambda me: me[LETTERS] == "a")],
)


@pytest.mark.parametrize(
    ("weakened", "model"),
    [
        (without_steps_of_others, random_copies(20)),
        (leaving_others_as_they_are, STRUCK),
        (with_names_that_stay, OVERTAKEN),
        (without_small_members, LONELY),
        (losing_what_is_beyond, OPENED),
        (counting_each_once, OPENED),
    ],
)
def test_each_part_of_the_argument_is_needed(
    monkeypatch: pytest.MonkeyPatch, weakened: Callable[[pytest.MonkeyPatch], None], model: Copies
) -> None:
    monkeypatch.setattr(proving, "MOST_MEMBER", 2)
    assert contradictions(model) == []
    weakened(monkeypatch)
    assert contradictions(model) != []


@pytest.mark.parametrize(
    ("model", "views"),
    [
        (german.german, 8577),
        (ticket_lock.ticket_lock(), 80),
        (ticket_lock.ticket_lock(3), 30),
        (two_phase_commit.two_phase_commit(), 34),
    ],
    ids=lambda one: one.name if isinstance(one, Copies) else "",
)
def test_published_protocols_are_safe_for_every_number(model: Copies, views: int) -> None:
    for one in for_every_number(model, check).verdicts:
        assert one.answer is Answer.HOLDS
        told = f"what any 2 of them look like together ({views:,} views), by induction {proving.SOURCE}"
        assert one.basis == (f"for every number of {model.nouns}: {told}",)


@pytest.mark.parametrize(
    ("model", "fewest"),
    [
        (german.careless, 2),
        (ticket_lock.ticket_lock(careless=True), 5),
        (ticket_lock.ticket_lock(2, careless=True), 3),
        (two_phase_commit.two_phase_commit(careless=True), 2),
    ],
    ids=lambda one: one.name if isinstance(one, Copies) else "",
)
def test_broken_protocols_break_with_a_number(model: Copies, fewest: int) -> None:
    for one in for_every_number(model, check).verdicts:
        assert one.answer is Answer.VIOLATED
        assert one.note.startswith(f"with {fewest} {model.nouns}, the fewest")
        assert one.trace is not None
        replay(member(model, fewest).composed(), one.trace)


def test_two_phase_commit_is_the_one_for_a_number() -> None:
    for number in (1, 2, 3):
        made = explored(member(two_phase_commit.two_phase_commit(), number).composed(), Limits())
        wanted = explored(known(number), Limits())
        assert (made.distinct, made.generated, made.depth) == (wanted.distinct, wanted.generated, wanted.depth)


PHASES = Slot("phase", range(3))
SWITCH = Slot("on", (False, True))


def counted(most: int, **more: Any) -> Copies:
    """A few may go in, as what is shared counts."""
    number = Slot("number", range(most + 1))

    def enters(me: View) -> dict[Slot[Any], Any] | None:
        return {SWITCH: True, number: me[number] + 1} if not me[SWITCH] and me[number] < most else None

    rules = [
        Rule("enters", enters),
        Rule("leaves", lambda me: {SWITCH: False, number: me[number] - 1} if me[SWITCH] else None),
    ]
    claims = [
        Count("as counted", lambda me: me[SWITCH], most, lambda shared, few: shared[number] == few),
        Count("less", lambda me: me[SWITCH], most, lambda _, few: few < most),
    ]
    return Copies("room", [SWITCH], rules, [number], properties=claims, noun="guest", **more)


def test_what_is_counted_is_proven_by_counts() -> None:
    report = for_every_number(counted(3), ask)
    assert report["as counted"].answer is Answer.HOLDS
    told = "for every number of guests: how many of them have what, up to 4 and many (19 states)"
    assert report["as counted"].basis == (told,)
    assert report["less"].note == "with 3 guests, the fewest"
    assert not report["as counted"].lacks_invariant()
    assert for_every_number(counted(3), ask, Limits(invariants=True))["as counted"].lacks_invariant()


def test_what_only_three_together_tell_is_proven_by_views_of_three() -> None:
    crowd = Among("no three inside", 3, lambda *guests: not all(one[SWITCH] for one in guests))
    verdict = for_every_number(replace(counted(2), properties=[crowd]), ask)["no three inside"]
    assert verdict.answer is Answer.HOLDS
    assert "what any 3 of them look like together" in verdict.basis[-1]


OPEN = Copies(
    "open",
    [PHASES],
    [Rule("goes on", lambda me: {PHASES: me[PHASES] + 1} if me[PHASES] < 2 else None)],
    properties=[
        Among("alike", 2, lambda one, other: not one[PHASES] == other[PHASES] == 2, lambda one, _: one[PHASES] == 2),
        Among("never", 1, lambda _: True, lambda me: me[PHASES] > 2),
        Count("few", lambda me: me[PHASES] == 2, 6, lambda _, few: few < 7),
    ],
)


def test_what_breaks_in_no_member_searched_stays_open() -> None:
    report = for_every_number(OPEN, ask, Limits(max_states=300))
    assert report["alike"].answer is Answer.VIOLATED
    assert report["never"].answer is Answer.UNREACHED
    assert report["never"].note == "vacuous: its premise never comes true with any number of copies"
    assert report["never"].basis == (
        "broken for no number of copies: what any 2 of them look like together (6 views), "
        "by induction over steps (Abdulla, Haziza and Holík, STTT 2016)",
    )
    assert report["few"].answer is Answer.INCOMPLETE
    assert report["few"].note.startswith("open: counted up to 7 they break it (goes on → goes on → ")
    assert "not broken with 1 copy, 2, 3, 4, 5, 6 (max-states 300)" in report["few"].note


def semaphore(units: int, *claims: Among | Count, most: int) -> Copies:
    """Units that a copy takes and gives back, counted beyond the first up to ``most``."""
    free = Slot("free", range(units, -1, -1))

    def takes(me: View) -> Writes | None:
        return {SWITCH: True, free: me[free] - 1} if not me[SWITCH] and me[free] else None

    def gives(me: View) -> Writes | None:
        return {SWITCH: False, free: min(me[free] + 1, most)} if me[SWITCH] else None

    rules = [Rule("takes", takes), Rule("gives", gives)]
    return Copies("semaphore", [SWITCH], rules, [free], properties=claims)


def is_used_up(one: View, other: View) -> bool:
    return not (one[SWITCH] and other[SWITCH]) or one["free"] == 0


def test_what_a_rule_is_not_made_for_in_no_member_is_no_mistake_of_its_author() -> None:
    model = semaphore(2, Among("used up by two", 2, is_used_up), most=9)
    with pytest.raises(ModelError, match="rule 'gives': slot 'free' cannot hold 3"):
        Views(Locals(model), 2, no_end)
    assert for_every_number(model, ask)["used up by two"].answer is Answer.HOLDS
    less = Count("less while one has it", lambda me: me[SWITCH], 0, lambda shared, few: few == 0 or shared["free"] < 5)
    verdict = for_every_number(semaphore(5, less, most=9), ask)[less.name]
    assert verdict.answer is Answer.INCOMPLETE
    assert verdict.note.startswith("open: views of 2 of them come to where rule 'gives': slot 'free' cannot hold 6")
    few = {free: free for free in range(4)}
    looked_up = Among("looked up", 2, lambda one, other: not (one[SWITCH] and other[SWITCH]) or few[one["free"]] < 9)
    verdict = for_every_number(semaphore(5, looked_up, most=5), ask)["looked up"]
    assert verdict.answer is Answer.INCOMPLETE
    assert verdict.note.startswith("open: 2 copies among others break it (takes → ")


def test_what_a_rule_is_not_made_for_in_three_copies_is_told() -> None:
    number = Slot("number", (0, 1, 2))
    rule = Rule("enters", lambda me: {SWITCH: True, number: me[number] + 1} if not me[SWITCH] else None)
    with pytest.raises(ModelError, match="slot 'number' cannot hold 3"):
        for_every_number(Copies("room", [SWITCH], [rule], [number], properties=[ALL]), ask)


def test_few_of_all_are_counted_by_views() -> None:
    few = Count("one has it", lambda me: me[SWITCH], 1, lambda shared, number: number + shared["free"] <= 1)
    model = semaphore(1, few, most=1)
    verdict = for_every_number(model, ask, Limits(invariants=True))["one has it"]
    assert verdict.answer is Answer.HOLDS
    assert "what any 2 of them look like together (3 views)" in verdict.basis[0]
    assert "goes with each view of it" in verdict.simulation
    assert verdict.lacks_invariant()
    assert not verdict.invariant


def test_of_whom_a_view_is_full_there_may_be_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "MOST_MEMBER", 2)
    for odd in (4, 5):
        claim = Count("another number", lambda me: me[SWITCH], 4, lambda _, few, odd=odd: few != odd)  # type: ignore[misc]
        model = Copies("free for all", [SWITCH], [RULE], properties=[claim])
        assert for_every_number(model, ask)["another number"].answer is Answer.INCOMPLETE


def test_a_premise_that_more_copies_meet_is_looked_for() -> None:
    number = Slot("number", range(4))
    enters = Rule("enters", lambda me: None if me[SWITCH] else {SWITCH: True, number: min(me[number] + 1, 3)})
    many = Among("many", 1, lambda me: me[number] == 3, lambda me: me[number] > 2)
    model = Copies("room", [SWITCH], [enters], [number], properties=[many], noun="guest")
    assert for_every_number(model, ask)["many"].answer is Answer.HOLDS
    cut = for_every_number(model, ask, Limits(max_states=6))["many"]
    told = "vacuous: its premise never comes true with 1 guest, 2, 3 (max-states 6)"
    assert (cut.answer, cut.note) == (Answer.UNREACHED, told)


def test_a_search_that_is_cut_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "STEPS", 1)
    assert {one.answer for one in for_every_number(OPEN, ask, Limits(max_states=3)).verdicts} == {Answer.INCOMPLETE}
    stopped = for_every_number(ticket_lock.ticket_lock(), ask, Limits(max_states=40))
    assert "open: views of 2 of them take more than 40 steps to find" in stopped["one inside"].note


def test_what_three_break_is_found_where_two_are_too_many_to_explore() -> None:
    crowd = Among("no three inside", 3, lambda *guests: not all(one[SWITCH] for one in guests))
    report = for_every_number(replace(counted(3), properties=[crowd]), ask, Limits(max_states=2))
    assert report["no three inside"].answer is Answer.INCOMPLETE
    told = (
        "open: counted up to 3 they break it (enters → enters → enters); not broken with 1 guest, 2 (max-states 2), 3"
    )
    assert report["no three inside"].note.startswith(told)
    never = replace(crowd, holds=lambda *_: False)
    report = for_every_number(replace(counted(3), properties=[never]), ask, Limits(max_states=2))
    assert report["no three inside"].note.startswith("with 3 guests: ")


def test_a_copy_sees_its_own_slots_and_what_is_shared() -> None:
    whole = Among("whole", 1, lambda me: len(me) == 2 and {*me} == {"at", "who"})
    assert for_every_number(replace(OVERTAKEN, properties=[whole]), ask)["whole"].answer is Answer.HOLDS


def enters(_: View) -> dict[str, Any]:
    return {"on": True}


RULE = Rule("enters", enters)
ALL = Among("all", 1, lambda _: True)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: Copies("none", [], [RULE]), "a copy has no slot of its own"),
        (lambda: Copies("bare", [Slot("on")], [RULE]), "slot 'on' needs a domain"),
        (lambda: Copies("twice", [SWITCH], [RULE], [SWITCH]), "two slots are named 'on'"),
        (lambda: Copies("start", [SWITCH], [RULE], initial={"off": True}), "initial names slot 'off'"),
        (lambda: Copies("start", [SWITCH], [RULE], initial={SWITCH: 3}), "slot 'on' cannot hold 3"),
        (lambda: Rule("none", 3), "effect is 3, of type int; a function is due"),  # type: ignore[arg-type]
        (lambda: Rule("none", enters, every=3), "every is 3"),  # type: ignore[arg-type]
        (lambda: Among("four", 4, lambda *_: True), "looks at 4 copies together (allowed: 1 to 3)"),
        (lambda: Among("none", 1, 3), "holds is 3"),  # type: ignore[arg-type]
        (lambda: Count("none", 3, 1, lambda *_: True), "of is 3"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_model_of_copies_is_refused(made: Callable[[], object], told: str) -> None:
    with pytest.raises(ModelError) as error:
        made()
    assert told in str(error.value)


def says(answer: Any) -> Callable[..., Any]:
    return lambda *_: answer


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Rule("r", says(3)), "rule 'r' returned 3; a mapping"),
        (Rule("r", says("on")), "rule 'r' returned 'on'"),
        (Rule("r", says([3])), "rule 'r' returned 3"),
        (Rule("r", says({"of": True})), "rule 'r' writes slot 'of', of its copy it may write: on, many, who"),
        (Rule("r", says({"on": 3})), "rule 'r': slot 'on' cannot hold 3"),
        (Rule("r", says({"who": Who.OTHER})), "rule 'r': slot 'who' cannot hold <Who.OTHER: 'another'>"),
        (Rule("r", says({"on": True}), shared=True), "'on', of what is shared it may write: many, who"),
        (Rule("r", enters, every=says(1)), "rule 'r', every, returned 1; True or False is due"),
        (Rule("r", enters, others=says(1)), "rule 'r', others, returned 1; a mapping of what a copy has"),
        (Rule("r", enters, others=says({"many": 1})), "of another copy it may write: on"),
        (Rule("r", lambda me: me["off"]), "rule 'r' reads slot 'off', which does not exist (there are: on, many, who)"),
        (Rule("r", lambda me: me["on"]["no"]), "rule 'r' raised TypeError"),
    ],
)
def test_what_a_rule_may_not_do_is_told(rule: Rule, told: str) -> None:
    model = Copies("wrong", [SWITCH], [rule], [Slot("many", (0, 1))], ["who"], [ALL])
    for asked in (lambda: ask(member(model, 2).composed(), (), Limits()), lambda: Views(Locals(model), 1, no_end)):
        with pytest.raises(ModelError) as error:
            asked()
        assert told in str(error.value)


def test_a_model_that_is_asked_nothing_proves_nothing() -> None:
    with pytest.raises(ModelError, match="'room' has no properties"):
        for_every_number(replace(counted(1), properties=()), ask)
    with pytest.raises(ModelError, match="the number of copies is 0"):
        member(counted(1), 0)
