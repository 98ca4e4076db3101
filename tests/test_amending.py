"""The smallest sets of amendments: what the search finds is what trying all sets finds, and no more is concluded."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path

import pytest
from haboot.checker import Answer
from haboot.cli import amend as command
from haboot.cli import amended
from haboot.cli.amended import document
from haboot.cli.main import run
from haboot.model import AMENDMENTS, Scenario, named
from haboot.properties import explored
from haboot.studies import (
    ARGUMENTS,
    FAULTS,
    Amending,
    Faulted,
    Proven,
    Wish,
    amending,
    attempts,
    proven,
    screen,
    screening,
    why_beyond,
)
from haboot.studies import touching as module
from haboot.studies.attempts import Broken, Found, Job, attempt
from haboot.studies.hitting import smallest
from haboot.studies.touching import touching
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.architecture import ROOT

FEW = ("original-asked", "spare-address", "stale-switch-ignored", "switch-repeated")
BASE = Scenario("same+1x1", "")
LEAST = frozenset(
    {"best-effort-deregistration", "original-fenced", "restart-noticed", "stale-switch-ignored", "switch-repeated"}
)
LEAST_FOR_MANY = LEAST - {"switch-repeated"} | {"slot-until-bound"}  # what holds for several mobile nodes as well
Truth = dict[tuple[str, str], list[list[tuple[str, bool]]]]  # by property and fault, clauses that a set must meet


def meets(made: frozenset[str], clauses: list[list[tuple[str, bool]]]) -> bool:
    return all(any((name in made) == wanted for name, wanted in clause) for clause in clauses)


class Oracle:
    """What scenarios come to by a truth that is given, without exploring any."""

    def __init__(self, truth: Truth) -> None:
        self.truth, self.jobs = truth, list[Job]()

    def __call__(self, jobs: Sequence[Job]) -> Iterator[Found]:
        for job in jobs:
            self.jobs.append(job)
            yield Found(10, tuple(self.broken(job)))

    def broken(self, job: Job) -> Iterator[Broken]:
        for (claim, fault), clauses in self.truth.items():
            here = fault in {"", *job.scenario.assumptions} and (not job.claims or claim in job.claims)
            if here and not meets(job.made, clauses):
                yield Broken(claim, Answer.VIOLATED, 7, frozenset(FEW))


def searched(truth: Truth, **more: object) -> Amending:
    scenarios = list(Faulted(BASE, 1, ("loss", "crash")).scenarios())
    return Amending(scenarios, (), FEW, 1, explore=Oracle(truth), **more)  # type: ignore[arg-type]


def subsets(names: Sequence[str]) -> Iterator[frozenset[str]]:
    yield from map(frozenset, chain.from_iterable(combinations(names, count) for count in range(len(names) + 1)))


POSITIVE = st.lists(st.sets(st.sampled_from(FEW), min_size=1).map(lambda some: [(name, True) for name in sorted(some)]))
TRUTHS = st.dictionaries(st.tuples(st.sampled_from("pq"), st.sampled_from(("", "loss", "crash"))), POSITIVE)


@given(TRUTHS)
@settings(deadline=None)
def test_what_is_found_is_what_trying_all_sets_finds(truth: Truth) -> None:
    holding = [made for made in subsets(FEW) if all(meets(made, clauses) for clauses in truth.values())]
    least = {one for one in holding if not any(other < one for other in holding)}
    found = list(searched(truth).proposals())
    assert {frozenset(one.amendments) for one in found} == least
    assert [len(one.amendments) for one in found] == sorted(len(one) for one in least)


@given(TRUTHS)
@settings(deadline=None)
def test_every_member_of_a_set_is_needed_for_what_is_named(truth: Truth) -> None:
    for one in searched(truth).proposals():
        assert [name for name, _ in one.needs] == list(one.amendments)
        for name, need in one.needs:
            made = frozenset(one.amendments) - {name}
            asked = ((claim, fault) for claim, fault in truth if fault in {"", *need.wish.scenario.assumptions})
            assert any(claim == need.wish.claim and not meets(made, truth[claim, fault]) for claim, fault in asked)


def test_an_amendment_that_breaks_what_another_mends_is_left_out() -> None:
    truth: Truth = {
        ("p", "loss"): [[("switch-repeated", True), ("original-asked", True)]],
        ("q", ""): [[("original-asked", False)]],
    }
    assert [one.amendments for one in searched(truth).proposals()] == [("switch-repeated",)]


def test_what_no_set_mends_is_set_aside_with_more_faults_and_the_rest_is_mended() -> None:
    truth: Truth = {("p", ""): [[]], ("q", "loss"): [[("spare-address", True)]]}
    search = searched(truth)
    assert [one.amendments for one in search.proposals()] == [("spare-address",)]
    assert [(one.claim, one.scenario.name) for one in search.beyond] == [("p", "same+1x1")]
    assert search.conflict == ()


def test_wishes_at_odds_are_told_where_no_set_grants_both() -> None:
    truth: Truth = {("p", "loss"): [[("spare-address", True)]], ("q", "crash"): [[("spare-address", False)]]}
    search = searched(truth)
    assert list(search.proposals()) == []
    assert {one.claim for one in search.conflict} == {"p", "q"}
    assert search.beyond == []
    assert list(searched(truth, trading=True).proposals()) == []  # both are under one fault


def test_of_wishes_at_odds_the_one_under_most_faults_is_given_up_for_the_others() -> None:
    truth: Truth = {("p", ""): [[("spare-address", True)]], ("q", "crash"): [[("spare-address", False)]]}
    search = searched(truth, trading=True)
    assert [one.amendments for one in search.proposals()] == [("spare-address",)]
    ((wish, against),) = [(one.wish, one.against) for one in search.traded]
    assert (wish.claim, [one.claim for one in against]) == ("q", ["p"])
    assert (search.beyond, search.conflict) == ([], ())
    found = told(search, [], complete=True)
    assert f"given up: {wish}, at odds with {against[0]}" in found


def test_a_scenario_with_amendments_is_explored_once() -> None:
    oracle = Oracle({("p", "loss"): [[("spare-address", True)]]})
    search = Amending(list(Faulted(BASE, 1, ("loss", "crash")).scenarios()), (), FEW, 1, explore=oracle)
    assert [one.amendments for one in search.proposals()] == [("spare-address",)]
    assert len(oracle.jobs) == len(set(oracle.jobs)) == search.explorations


def test_sets_of_faults_grow_and_hold_what_is_always_assumed() -> None:
    always = replace(BASE, assumptions=frozenset({"reboot"}))
    found = list(Faulted(always, 2, ("loss", "crash", "reboot", "nothing")).scenarios())
    assert [sorted(one.assumptions - {"reboot"}) for one in found] == [[], ["loss"], ["crash"], ["crash", "loss"]]
    assert all(one.assumes("reboot") and named(one.name) is not None for one in found)


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=3), max_size=5))
@settings(deadline=None)
def test_a_smallest_set_meets_every_clause_and_none_that_is_smaller_does(clauses: list[list[tuple[str, bool]]]) -> None:
    fitting = [len(one) for one in subsets("abc") if meets(one, clauses)]
    found = smallest("abc", clauses)
    assert (found is None) == (not fitting)
    assert found is None or (meets(found, clauses) and len(found) == min(fitting))


def test_a_name_that_is_not_to_choose_from_is_out() -> None:
    assert smallest("a", [[("b", False)], [("a", True), ("b", True)]]) == {"a"}
    assert smallest("a", [[("b", True)]]) is None


CASES = (
    ("same+1x1", "old-agent-told"),
    ("same+1x1+loss", "no-deadlock"),
    ("same+1x1+false-suspicion", "no-node-left-unserved"),
    ("same+1x1+return-kept", "one-live-registration"),
    ("same+1x1+return-lost", "every-node-recovers"),
    ("different+1x1+ignores-push", "selector-is-home-address"),
    ("same+1x1+lists-none", "recovery-possible"),
    ("different+1x1+replay+second-initiator", "no-endless-flip"),
)


@pytest.mark.parametrize(("name", "claim"), CASES)
@given(data=st.data())
@settings(deadline=None, max_examples=4)
def test_without_what_it_touches_a_counterexample_stays_one(name: str, claim: str, data: st.DataObject) -> None:
    here = named(name)
    assert here is not None
    touched = touching(here, explored(here, only=[claim]).verdict(claim))
    others = sorted({*AMENDMENTS} - touched)
    made = data.draw(st.sets(st.sampled_from(others), max_size=3))
    there = replace(here, amendments=frozenset(made), capacity=here.capacity + 2)
    assert explored(there, only=[claim]).verdict(claim).answer is Answer.VIOLATED


def test_what_mends_is_touched() -> None:
    here = named("same+1x1+loss")
    assert here is not None
    touched = touching(here, explored(here, only=["no-deadlock"]).verdict("no-deadlock"))
    assert {"switch-repeated", "switch-acknowledged", "node-may-bootstrap"} <= touched
    assert not {"dns-not-waited-for", "best-effort-deregistration"} & touched
    without_trace = explored(here, only=["old-agent-told"]).verdict("old-agent-told")
    assert touching(here, replace(without_trace, trace=None)) == {*AMENDMENTS}


def test_an_attempt_asks_what_the_amended_draft_says_and_what_is_named() -> None:
    same = Job(BASE, frozenset(), ("old-agent-told", "no-deadlock"))
    assert [one.claim for one in attempt(same).broken] == ["old-agent-told"]
    retired = Job(BASE, frozenset({"best-effort-deregistration"}), ("update-to-listed-agent",))
    assert attempt(retired) == Found(0, ())


def test_an_argument_is_given_where_there_is_one() -> None:
    lost = named("same+1x1+loss+return-lost")
    assert lost is not None
    assert "instant" in why_beyond(Wish("agreement", lost))
    assert why_beyond(Wish("load-bounded", lost)) == "no set of these amendments does"


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(ARGUMENTS)))
def test_what_is_called_beyond_mending_breaks_with_the_least_that_suffices_and_with_nothing(number: int) -> None:
    argument = ARGUMENTS[number]
    for made in (frozenset[str](), LEAST):
        broken = set[str]()
        for prefixes in ("same", "different"):
            base = Scenario("x", "", prefixes, assumptions=frozenset(argument.assumptions))
            broken |= {one.claim for one in attempt(Job(base, made, argument.claims, traced=False)).broken}
        assert broken == {*argument.claims}


def test_the_command_finds_the_least_and_says_what_each_is_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = "best-effort-deregistration,stale-switch-ignored,switch-acknowledged"
    file = tmp_path / "least.json"
    assert run(["amend", "same+1x1", "--assume", "loss", "--from", few, "--workers", "1", "--json", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "2 amendments will do under loss" in shown
    assert "without switch-acknowledged: no-deadlock in same+1x1+loss (9 steps)" in shown
    assert "there is no other set of which each member is needed" in shown
    data = json.loads(file.read_text())
    assert [one["amendments"] for one in data["sets"]] == [["best-effort-deregistration", "switch-acknowledged"]]
    assert data["complete"] is True
    assert data["beyond"] == data["at_odds"] == []


def test_the_command_says_where_nothing_will_do(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["amend", "same+1x1", "--order", "0", "--from", "switch-repeated", "--first", "old-agent-told"]
    assert run(words) == 1
    shown = capsys.readouterr().out
    assert "no set of amendments mends what breaks; all else that is asked holds without any" in shown
    assert "will do" not in shown
    assert "old-agent-told in same+1x1: no set of these amendments does" in shown


def test_the_command_says_where_nothing_need_be_mended(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["amend", "same+1x1", "--order", "0", "--from", "switch-repeated", "no-deadlock"]) == 0
    assert "0 amendments will do in 1 scenario, 12 states: none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["same+1x1", "no-deadlok"], "unknown property 'no-deadlok'; did you mean 'no-deadlock'"),
        (["mine.py"], "'mine.py' is a model of your own: this is for the scenarios that haboot has"),
        (["vhar"], "an amendment is of the draft: variant 'vhar' has none"),
        (["same+1x1+switch-repeated"], "is amended already: the search chooses the amendments"),
        (["--assume", "loss", "--order", "1"], "--assume names one set of faults and --order means many"),
        (["--from", "nothing"], "unknown amendment 'nothing'"),
        (["--assume", "loss", "--two-nodes", "1"], "--assume names one set of faults and --two-nodes means many"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["amend", *words]) == 2
    assert said in capsys.readouterr().err


def test_the_faults_are_assumptions_of_the_draft() -> None:
    from haboot.model import NAMES  # noqa: PLC0415

    assert {*FAULTS} <= {*NAMES}


def told(search: Amending, found: Sequence[object], *, complete: bool) -> str:
    """What the command says of a search."""
    result = command._Result(search, list(found), complete)  # type: ignore[arg-type]
    return "\n".join(line.plain for line in command._lines(result, 3, ()))


def test_what_is_told_where_nothing_will_do_and_where_a_search_was_cut() -> None:
    at_odds: Truth = {("p", "loss"): [[("spare-address", True)]], ("q", "crash"): [[("spare-address", False)]]}
    search = searched(at_odds)
    assert list(search.proposals()) == []
    assert "no set of amendments will do: each breaks p in same+1x1+loss and q in" in told(search, [], complete=True)
    assert told(search, [], complete=False) == "INTERRUPTED: no set was found by then"
    mended = searched({("p", "loss"): [[("spare-address", True)]]})
    found = list(mended.proposals())
    assert told(mended, found, complete=False).endswith("there may be more")
    assert told(mended, found, complete=True).endswith("there is no other set of which each member is needed")


def test_a_channel_that_overflows_gets_more_room_and_what_is_cut_is_not_granted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowded = Job(Scenario("x", "", assumptions=frozenset({"duplication"}), capacity=1), frozenset(), ("no-deadlock",))
    assert attempt(crowded).broken == ()
    monkeypatch.setattr(attempts, "ROOM", (0,))
    assert [one.answer for one in attempt(crowded).broken] == [Answer.INCOMPLETE]


def test_where_too_much_can_follow_every_amendment_could_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    here = named("same+1x1+lists-none")
    assert here is not None
    verdict = explored(here, only=["recovery-possible"]).verdict("recovery-possible")
    monkeypatch.setattr(module, "MOST", 1)
    assert touching(here, verdict) == {*AMENDMENTS}


@pytest.mark.slow
def test_several_processes_find_what_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amending, "FEW", 2)
    asked = list(Faulted(BASE, 1, ("loss", "crash")).scenarios())
    few = ("best-effort-deregistration", "switch-acknowledged")
    alone, both = (list(Amending(asked, (), few, workers).proposals()) for workers in (1, 2))
    assert alone == both != []


@pytest.mark.slow
def test_the_amended_draft_says_what_the_model_gives() -> None:
    truth: Truth = {("p", ""): [[]], ("q", "loss"): [[("spare-address", True)]]}
    search = searched(truth)
    found = list(search.proposals())
    every = {("spare-address",): [Proven(replace(BASE, any_number=True), 41, ("p",), ())]}
    made = document(search, found, "amend", every)
    proof = "Of 41 verdicts it is proven, in 1 scenario, that no number of mobile nodes breaks them."
    assert f"{proof}\n\n- broken: p in same+anyx1" in made
    assert "| spare-address | q | same+1x1+loss | 7 |" in made
    assert "- `p` in `same+1x1`: no set of these amendments does" in made
    assert "No set of amendments was found." in document(search, [], "amend")
    assert "VIOLATED" not in made
    odd = searched({("p", ""): [[("spare-address", True)]], ("q", "crash"): [[("spare-address", False)]]}, trading=True)
    assert len(list(odd.proposals())) == 1
    assert "- `q` in `same+1x1+crash`, at odds with `p` in `same+1x1`: no set" in document(odd, [], "amend")
    page = (ROOT / "docs" / "amended-draft.md").read_text(encoding="utf-8")
    _, sections = made.split("## Text changes")
    assert sections.split("The search set aside")[0] in page


@pytest.mark.slow
@pytest.mark.parametrize(("made", "several"), [(LEAST, ()), (LEAST_FOR_MANY, ("same+2x1", "different+2x1"))])
def test_the_least_that_suffices_holds_under_any_two_faults_and_each_of_it_is_needed(
    made: frozenset[str], several: tuple[str, ...]
) -> None:
    flows = [Faulted(scenario(flow), 2) for flow in ("same+1x1", "different+1x1")]
    asked = [one for flow in flows for one in flow.scenarios()] + [*map(scenario, several)]
    search = Amending(asked, (), made, 2, screen=screen(flows))
    (found,) = search.proposals()
    assert {*found.amendments} == {name for name, _ in found.needs} == made
    assert found.scenarios == len(asked)
    assert {wish.claim for wish in search.beyond} == {"agreement", "dns-current", "one-address-assigned"}


def scenario(name: str) -> Scenario:
    found = named(name)
    assert found is not None
    return found


def alone(asked: Faulted, made: frozenset[str]) -> set[tuple[str, frozenset[str]]]:
    """By property of states or steps the least faults under which it breaks, each scenario explored by itself."""
    names = tuple(sorted(screening.SCREENED))
    broken = {
        (one.claim, job.assumptions)
        for job in asked.scenarios()
        for one in attempt(Job(job, made, names, traced=False)).broken
    }
    return {(name, some) for name, some in broken if not any(name == n and less < some for n, less in broken)}


@pytest.mark.parametrize("flow", ["same+1x1", "different+1x1"])
@given(data=st.data())
@settings(deadline=None, max_examples=2)
def test_one_search_of_all_fault_sets_finds_what_each_explored_alone_breaks(flow: str, data: st.DataObject) -> None:
    faults = ("loss", "crash", "return-kept", "false-suspicion", "dad-lost")
    made = data.draw(st.frozensets(st.sampled_from(sorted({*AMENDMENTS} - {"node-may-bootstrap"})), max_size=3))
    asked = Faulted(scenario(flow), 2, faults)
    found = screen([asked])(made)
    assert {(one.claim, one.scenario.assumptions) for one in found.broken} == alone(asked, made)
    assert {*asked.scenarios()} >= found.settled
    assert scenario(flow) in found.settled


def test_what_a_bound_cuts_is_not_settled_and_one_fault_is_not_worth_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "ROOM", (0,))
    asked = Faulted(scenario("same+1x1"), 2, ("duplication", "dad-lost"))
    settled = screen([asked], ["agreement", "no-deadlock"])(LEAST).settled
    assert [sorted(one.assumptions) for one in asked.scenarios() if one in settled] == [[], ["dad-lost"]]
    assert screen([replace(asked, order=1)])(frozenset()) == screening.Screened()
    assert screen([asked], ["no-deadlock"])(frozenset()) == screening.Screened()


def test_what_is_settled_at_once_is_explored_for_the_other_kinds_alone() -> None:
    asked, wish = Faulted(BASE, 2, ("loss", "crash")), "old-agent-told"
    oracle = Oracle({(wish, "loss"): [[("spare-address", True)]]})

    def at_once(made: frozenset[str]) -> screening.Screened:
        broken = () if "spare-address" in made else (Wish(wish, asked.under(["loss"])),)
        return screening.Screened(broken, frozenset(asked.scenarios()), 5)

    for claims, jobs in (((), 4), ((wish,), 0), ((wish, "no-deadlock"), 4)):
        oracle.jobs.clear()
        search = Amending([*asked.scenarios()], claims, FEW, 1, explore=oracle, screen=at_once)
        assert [one.amendments for one in search.proposals()] == [("spare-address",)]
        proof = [job for job in oracle.jobs if job.made == {"spare-address"} and job.most == attempts.MOST]
        assert len([job for job in proof if wish not in job.claims]) == jobs


def test_trials_tell_no_more_than_they_saw() -> None:
    """What a bound cuts is not known to break, so it bars no set; and it is no proof, so it is not taken for one."""
    made = list[frozenset[str]]()

    def explore(jobs: Sequence[Job]) -> Iterator[Found]:
        for job in jobs:
            made.append(job.made)
            unknown = {"original-asked"} == job.made and job.most < attempts.MOST
            answer = Answer.INCOMPLETE if unknown else Answer.VIOLATED
            holds = job.made >= {"original-asked"} and job.most == attempts.MOST
            yield Found(1, () if holds else (Broken("p", answer, 3, frozenset(FEW)),))

    search = Amending([BASE], (), FEW, 1, explore=explore)
    assert [one.amendments for one in search.proposals()] == [("original-asked",)]


def test_what_two_mobile_nodes_need_is_found_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["amend", "same+1x1", "--order", "0", "--from", "slot-until-bound,spare-address", "load-bounded"]
    for more, least in (([], []), (["--two-nodes", "0"], ["slot-until-bound"])):
        assert run([*words, *more, "--json", "-"]) == 0
        assert [one["amendments"] for one in json.loads(capsys.readouterr().out)["sets"]] == [least]


def test_what_is_proven_is_of_every_number_and_what_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["amend", "same+1x1", "--order", "0", "--from", "best-effort-deregistration", "old-agent-told"]
    assert run([*words, "--every-number", "--faults", "return-lost", "--json", "-"]) == 0
    both = capsys.readouterr()
    (one,) = json.loads(both.out)["sets"]
    plain, lost = one["every_number"]
    assert (plain["broken"], plain["open"]) == (["load-bounded"], [])
    assert "agreement" in lost["broken"]
    assert "it is proven, in 2 scenarios, that no number of mobile nodes breaks them" in both.err
    assert "broken: agreement in same+anyx1+return-lost" in both.err
    assert "broken: load-bounded in same+anyx1, same+anyx1+return-lost" in both.err


def test_one_number_of_mobile_nodes_breaks_what_is_not_proven() -> None:
    (without,) = proven((), [BASE], 1)
    (within,) = proven({"slot-until-bound"}, [BASE], 1)
    assert "load-bounded" in without.broken
    assert (within.broken, within.open) == (("old-agent-told",), ())
    (left,) = proven(LEAST_FOR_MANY, [scenario("same+1x1+return-lost")], 1)
    assert (left.broken, left.open) == (("agreement",), ("flow-without-address",))
    told = amended.every_number([without, within, left])
    assert list(told)[-1] == "open: flow-without-address in same+anyx1+return-lost"
    assert (without.scenario.any_number, within.scenario.amendments) == (True, {"slot-until-bound"})
