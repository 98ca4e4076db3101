"""Inductive invariants: what is found is inductive by a second way, and what is not is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations, product
from typing import Any

import pytest
from haboot import Answer, EngineError, Limits, ModelError, Report, Slot, View, check
from haboot.checker.copies import Among, Copies, Locals, Rule, Views, Who, for_every_number, member
from haboot.checker.copies.invariants import (
    Invariant,
    Never,
    NoInvariantError,
    Search,
    blocking,
    encoding,
    finding,
    refusal,
    tabled,
)

from examples.any_number import german, ticket_lock, two_phase_commit
from tests.random_rules import random_copies

TWO_PHASE, LOCK = two_phase_commit.two_phase_commit(), ticket_lock.ticket_lock()
State = dict[str, Any]
SMALL = [(TWO_PHASE, "agreement"), (LOCK, "one inside"), (LOCK, "no ticket twice")]
LARGE = [pytest.param(german.german, one.name, marks=pytest.mark.slow) for one in german.german.properties]
SEEDS = [22, 23, 26, 42]  # of models of which views prove something
MORE = [4, 8, 10, 13, 32, 34, 39, 48, 55, 56, 57]


def never() -> bool:
    return False


def no_end(_: int) -> bool:
    return False


def search(model: Copies) -> Search:
    known = Locals(model)
    return Search(known, Views(known, 2, no_end), never)


def found(model: Copies, name: str) -> Invariant:
    return search(model).invariant(claim(model, name))


def claim(model: Copies, name: str) -> Among:
    return next(one for one in model.properties if isinstance(one, Among) and one.name == name)


def asked(model: Copies, *names: str) -> Report:
    some = [
        one
        for one in model.properties
        if isinstance(one, Among) and one.copies < 3 and (not names or one.name in names)
    ]
    return for_every_number(replace(model, properties=some), check, Limits(max_states=400, invariants=True))


def named(one: object) -> str:
    return one.name if isinstance(one, Copies) else str(one)


class Brute:
    """A member of a few copies, of which all states are gone through, whether reached or not.

    What a line of an invariant says is read from its text, and steps are those of the exact system.
    """

    def __init__(self, model: Copies, number: int, name: str) -> None:
        self.model, self.keys, exact = model, range(1, number + 1), member(model, number)
        self.system = exact.composed()
        self.clauses = [clause for one in exact.properties if one.name == name for clause in one.clauses]

    def states(self) -> Iterator[State]:
        names = [slot.name for slot in self.system.slots]
        return (dict(zip(names, one, strict=True)) for one in product(*(slot.domain for slot in self.system.slots)))

    def keeps(self, state: State, lines: tuple[str, ...]) -> bool:
        if not all(not clause.premise(state) or clause.holds(state) for clause in self.clauses):  # type: ignore[arg-type]
            return False
        worlds = [self.world(state, chosen) for chosen in permutations(self.keys, min(2, len(self.keys)))]
        return all(is_so(line, world) for line in lines for world in worlds)

    def world(self, state: State, chosen: tuple[int, ...]) -> dict[str, Any]:
        """What texts may name, for the copies that are i and j."""
        made = {slot.name: state[slot.name] for slot in self.model.shared}
        for name in self.model.naming:
            named = state[name]
            made[name] = "nobody" if named is None else "ij"[chosen.index(named)] if named in chosen else "another"
        for letter, key in zip("ij", chosen, strict=False):
            made |= {f"{slot.name}[{letter}]": state[f"{slot.name} {key}"] for slot in self.model.own}
        return made

    def broken(self, lines: tuple[str, ...]) -> bool:
        """Whether a step leads from a state that keeps all lines to one that does not."""
        for state in self.states():
            if self.keeps(state, lines):
                for action in self.system.actions:
                    for writes in action.effect(state):  # type: ignore[arg-type, union-attr]
                        if not self.keeps({**state, **writes}, lines):  # type: ignore[dict-item]
                            return True
        return False


def is_so(line: str, world: Mapping[str, Any]) -> bool:
    """Whether a line of an invariant is true; of copies that are not there it is."""
    premise, _, follows = line.removeprefix("never ").partition(" → ")
    parts = [line.split(" or ") for line in follows.split(" and ")]
    try:
        if not literal(premise, world):
            return True
        return bool(follows) and all(any(literal(one.strip("()"), world) for one in part) for part in parts)
    except KeyError:
        return True


def literal(text: str, world: Mapping[str, Any]) -> bool:
    compared = re.fullmatch(r"(.+?) (=|≠|<|>|≤|≥|in|not in) (.+)", text)
    if compared is None:
        return not world[text.removeprefix("not ")] if text.startswith("not ") else bool(world[text])
    left, sign, right = compared.groups()
    if "in" in sign:
        return (str(world[left]) in right.strip("{}").split(", ")) == (sign == "in")
    if right.endswith("[j]") or right in world:
        one, other = world[left], world[right]
        return (
            {"=": one == other, "≠": one != other}.get(sign)
            or (sign in {"≤", "≥"} and one == other)
            or (one < other if sign in {"<", "≤"} else one > other if sign in {">", "≥"} else False)
        )
    return (str(world[left]) == right) == (sign == "=")


@pytest.mark.parametrize(("model", "name"), [*SMALL, *LARGE], ids=named)
def test_published_protocols_have_an_invariant_of_ten_conjuncts_of_which_each_is_needed(
    model: Copies, name: str
) -> None:
    invariant = found(model, name)
    assert 1 < len(invariant.told()) <= finding.MOST
    assert refusal(model, invariant.conjuncts) is None
    for one in invariant.conjuncts[1:]:
        rest = [other for other in invariant.conjuncts if other is not one]
        refused = refusal(model, rest)
        assert refused is not None
        assert refused[0].startswith("rule ")
        assert refused[1] in rest


@pytest.mark.parametrize(("model", "name"), SMALL, ids=named)
def test_a_few_copies_in_any_state_keep_what_is_told(model: Copies, name: str) -> None:
    invariant = found(model, name)
    for number in (1, 2):
        assert not Brute(model, number, name).broken(invariant.told()[1:])
    for place in range(1, len(invariant.told())):
        lines = [one for at, one in enumerate(invariant.told()) if at not in {0, place}]
        assert Brute(model, 2, name).broken(tuple(lines))


@pytest.mark.parametrize("seed", [*SEEDS, *(pytest.param(one, marks=pytest.mark.slow) for one in MORE)])
def test_what_views_prove_of_random_models_has_an_invariant_that_members_keep(seed: int) -> None:
    model = random_copies(seed)
    proven = [one for one in asked(model).verdicts if one.simulation]
    assert proven
    for verdict in proven:
        assert verdict.invariant, verdict.basis
        for number in (1, 2, 3):
            assert not Brute(model, number, verdict.property.name).broken(verdict.invariant[1:]), number


@pytest.mark.parametrize(
    ("model", "mutant", "name", "rule"),
    [
        (TWO_PHASE, two_phase_commit.two_phase_commit(careless=True), "agreement", "rule 'gives up'"),
        (LOCK, ticket_lock.ticket_lock(careless=True), "one inside", "rule 'takes a ticket'"),
        pytest.param(german.german, german.careless, "coherent", "rule 'is granted it alone'", marks=pytest.mark.slow),
    ],
    ids=named,
)
def test_a_mutant_of_the_model_refuses_the_invariant(model: Copies, mutant: Copies, name: str, rule: str) -> None:
    conjuncts = found(model, name).conjuncts
    refused = refusal(mutant, conjuncts)
    assert refused is not None
    assert refused[0] == rule
    assert refused[1] in conjuncts


AT, FREE = Slot("at", ("out", "asks", "in")), Slot("free", (True, False))


def gets(me: View) -> dict[Any, Any] | None:
    return {AT: "in", FREE: False, "holder": Who.ME} if me[AT] == "asks" and me[FREE] else None


def leaves(me: View) -> dict[Any, Any] | None:
    return {AT: "out", FREE: True, "holder": Who.NOBODY} if me["holder"] is Who.ME else None


HELD = Copies(
    "held",
    [AT],
    [Rule("asks", lambda me: {AT: "asks"} if me[AT] == "out" else None), Rule("gets it", gets), Rule("leaves", leaves)],
    [FREE],
    ["holder"],
    [
        Among("one in", 2, lambda one, other: not one[AT] == other[AT] == "in"),
        Among("who is in holds it", 1, lambda me: me["holder"] is Who.ME, lambda me: me[AT] == "in"),
        Among("another keeps me out", 1, lambda me: me["holder"] is not Who.OTHER or me[AT] != "in"),
        Among("free of all", 1, lambda me: me["holder"] is Who.NOBODY, lambda me: me[FREE]),
    ],
)


@pytest.mark.parametrize("name", [one.name for one in HELD.properties])
def test_who_is_named_is_part_of_an_invariant(name: str) -> None:
    invariant = found(HELD, name)
    for number in (1, 2, 3):
        assert not Brute(HELD, number, name).broken(invariant.told()[1:])
    assert refusal(HELD, invariant.conjuncts) is None
    careless = replace(HELD, rules=[*HELD.rules, Rule("is named", lambda _: {"holder": Who.ME})])
    assert refusal(careless, invariant.conjuncts) is not None


def test_what_copies_do_not_begin_with_is_refused() -> None:
    columns = found(TWO_PHASE, "agreement").columns
    first, *_ = columns.literals(columns.row({"coordinator": 0, "commit": 0, "abort": 0}, {}, ()))
    assert refusal(TWO_PHASE, [Never((first,), 1)]) == ("what copies begin with", Never((first,), 1))
    never = Among("never", 1, lambda me: me["manager"] != "working")
    assert refusal(TWO_PHASE, [never]) == ("what copies begin with", never)


def test_what_one_copy_alone_breaks_is_refused() -> None:
    alone = Among("alone", 1, lambda me: me["at"] == "a")
    model = Copies(
        "lonely", [Slot("at", ("a", "b"))], [Rule("is alone", lambda _: {"at": "b"}, every=lambda *_: False)]
    )
    assert refusal(model, [alone]) == ("what one copy alone comes to", alone)
    assert refusal(replace(model, rules=[]), [alone]) is None


ON, NUMBER = Slot("on", (False, True)), Slot("number", range(3))


def counting(**more: Any) -> Copies:
    """A copy counts itself in, and trusts that the count has room: one alone gets in, for who is named."""
    rules = [
        Rule("enters", lambda me: {ON: True, NUMBER: me[NUMBER] + 1} if not me[ON] and me[NUMBER] == 0 else None),
        Rule("leaves", lambda me: {ON: False, NUMBER: me[NUMBER] - 1} if me[ON] else None),
    ]
    claims = [Among("one on", 2, lambda one, other: not (one[ON] and other[ON]))]
    return Copies("counting", [ON], rules, [NUMBER], properties=claims, noun="guest", **more)


def test_where_a_rule_fails_no_invariant_holds() -> None:
    model = counting()
    only = claim(model, "one on")
    lines = found(model, "one on").told()
    assert any("number" in one for one in lines[1:])
    assert refusal(model, [only]) == ("rule 'enters'", only)
    alone = Among("alone", 1, lambda _: True)
    assert refusal(model, [alone]) == ("rule 'leaves'", None)
    asking = replace(
        model,
        rules=[
            replace(model.rules[0], every=lambda _, other: [True, False][2 * other[ON]]),
            model.rules[1],
        ],
    )
    assert refusal(replace(asking, rules=asking.rules[:1]), [alone]) == ("rule 'enters'", None)


@pytest.mark.parametrize(
    ("module", "name", "value", "told"),
    [
        (finding, "MOST", 1, r"the fewest conjuncts found are \d, and 1 are readable"),
        (finding, "MOST_FOUND", 2, "3 conjuncts were not enough"),
        (finding, "MOST_ROWS", 10, r"any two of them may look like \d+ things, and at most 10 are read"),
        (blocking, "MOST_LITERALS", 0, "what is not reached takes too many literals to tell from what is"),
        (blocking, "TRIES", 0, "what is not reached takes too many literals to tell from what is"),
        (encoding, "MOST_WORK", 1, r"z3 does not know of a step \(.+\)"),
        (tabled, "MOST", 3, "rule 'takes a ticket' looks at more than 3 combinations of values"),
    ],
)
def test_why_there_is_none_is_told(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: int, told: str
) -> None:
    monkeypatch.setattr(module, name, value)
    with pytest.raises(NoInvariantError, match=told):
        found(LOCK, "one inside")
    verdict = asked(LOCK, "one inside")["one inside"]
    assert verdict.answer is Answer.HOLDS
    assert not verdict.invariant
    assert verdict.basis[-1].startswith("no inductive invariant in at most ")
    assert re.search(f"conjuncts: {told}$", verdict.basis[-1])


def test_a_search_that_is_stopped_finds_none() -> None:
    stopped = replace(search(LOCK), stopped=lambda: True)
    with pytest.raises(NoInvariantError, match="were not enough"):
        stopped.invariant(claim(LOCK, "one inside"))


def test_what_the_obligations_refuse_is_no_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "refusal", lambda *_: ("rule 'enters'", None))
    with pytest.raises(EngineError, match="rule 'enters' breaks the invariant that was found"):
        found(LOCK, "one inside")


def test_a_verdict_tells_its_invariant_where_asked() -> None:
    verdict = asked(TWO_PHASE)["agreement"]
    assert verdict.invariant == found(TWO_PHASE, "agreement").told()
    assert verdict.simulation.startswith("a state of any number of managers goes with each view of it")
    assert re.fullmatch(
        r"an inductive invariant \(\d+ conjuncts, \d+ clauses\): begun with, kept by all that one comes to, and by 7 "
        r"rules of 2 and 3 managers, who stand for every number beyond one \(z3\)",
        verdict.basis[-1],
    )
    plain = for_every_number(TWO_PHASE, check)["agreement"]
    assert (plain.invariant, plain.simulation) == ((), "")
    never = Among("never", 1, lambda _: True, lambda me: me["manager"] == "none")
    assert not asked(replace(TWO_PHASE, properties=[never]))["never"].invariant


def test_one_system_has_no_invariant_to_find() -> None:
    with pytest.raises(ModelError, match="invariants are of what is proven for every number of copies"):
        check(member(LOCK, 2).composed(), [], Limits(invariants=True))
