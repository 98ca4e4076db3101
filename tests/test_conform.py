"""Captures judged: traces of every finding, changed ones, and damaged ones, against a second way to judge them."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest
from haboot.ledger import FINDINGS, Finding
from haboot.model import Scenario
from haboot.wire import CONFORMS, DEVIATES, Question, judged

from tests.wires import HEARD, SILENT, changed, explained, listened, trace_of, word_of, written_of

SEEDS, MANY = range(25), range(500)


def exactly(finding: Finding, assumed: frozenset[str]) -> Scenario:
    return replace(finding.scenario, assumptions=assumed)


@pytest.mark.parametrize("finding", HEARD, ids=lambda one: one.name)
def test_the_trace_of_a_finding_is_a_run_under_its_assumptions_and_needs_no_fewer(finding: Finding) -> None:
    made = judged(listened([bytes(one.packet) for one in written_of(finding)]), Question(finding.scenario))
    assert made.answer == CONFORMS
    assert made.packet is None
    word = word_of(trace_of(finding))
    assert made.trace is not None
    run = word_of(made.trace)
    assert [one for one in run if one in word][: len(word)] == [*word]
    for some in made.assumed:
        assert some <= {*finding.assumptions}
        assert explained(exactly(finding, some), word, word) == len(word)
    for size in range(len(made.assumed[0])):
        for fewer in combinations(finding.assumptions, size):
            assert explained(exactly(finding, frozenset(fewer)), word, word) < len(word), fewer


def test_findings_without_a_capture_send_nothing() -> None:
    assert {one.name for one in FINDINGS if not word_of(trace_of(one))} == SILENT


def is_judged_as_the_second_way_does(seed: int) -> str:
    rng = random.Random(seed)  # noqa: S311 - repeatable
    finding = rng.choice(HEARD)
    one = changed(finding, rng)
    fits = explained(finding.scenario, one.word, one.word)
    made = judged(listened(one.frames), Question(finding.scenario))
    assert made.answer == (CONFORMS if fits == len(one.word) else DEVIATES), (finding.name, one.how)
    assert made.explained == fits, (finding.name, one.how)
    if made.packet is not None:
        assert made.packet.heard.number == fits + 1
        assert all(each.differences for each in made.allowed)
    return made.answer


def test_changed_captures_are_judged_as_the_second_way_does() -> None:
    answers = [is_judged_as_the_second_way_does(seed) for seed in SEEDS]
    assert {*answers} == {CONFORMS, DEVIATES}


@pytest.mark.slow
def test_many_changed_captures_are_judged_as_the_second_way_does() -> None:
    answers = [is_judged_as_the_second_way_does(seed) for seed in MANY]
    assert answers.count(DEVIATES) > len(MANY) // 2
