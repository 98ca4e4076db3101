"""Why a packet is none of a run: the guard that was false, and what would explain the packet, each by a second way.

A guard that kept a packet from being sent is taken away, and the graph of the model without it sends the packet. What
explains a capture is done to it, and the graph sends what comes of that.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from haboot.checker import Obstacle, Participant
from haboot.ledger import Finding
from haboot.model import PARTICIPANTS, Scenario, composition
from haboot.wire import DEVIATES, Explanation, Judgement, Question, Reason, judged

from tests.wires import HEARD, Changed, Letter, changed, explained, graph_with, listened

SEEDS, MANY = (6, 18, 28, 43, 44, 57), range(500)


def without(participant: Participant, row: int, obstacle: Obstacle) -> Participant:
    """A participant in which what kept a row from being taken does not."""
    rows = list(participant.rows)
    if obstacle.kind == "guard":
        kept = tuple(guard for guard in rows[row].guards if guard.__name__ != obstacle.names[0])
        assert len(kept) < len(rows[row].guards)
        rows[row] = replace(rows[row], guards=kept)
    else:
        assert obstacle.row is not None
        rows.insert(obstacle.row, rows.pop(row))
    return replace(participant, rows=tuple(rows))


def is_sent_without(reason: Reason, scenario: Scenario, word: Sequence[Letter], fits: int) -> bool:
    """Whether a model that lacks what a reason names sends one more letter of a word."""
    one = next(one for one in composition(scenario).instances if one.name == reason.fired.instance)
    name = next(name for name, known in PARTICIPANTS.items() if known is one.participant)
    (obstacle,) = reason.obstacles
    graph = graph_with(scenario, {name: without(one.participant, reason.fired.row, obstacle)})
    return explained(scenario, word, word, graph) > fits


def under(scenario: Scenario, assumed: frozenset[str]) -> Scenario:
    return replace(scenario, assumptions=assumed)


def done(one: Explanation, word: Sequence[Letter]) -> tuple[Letter, ...]:
    """The messages that were sent, if an explanation is right."""
    made = list(word)
    for gap in sorted(one.gaps, key=lambda gap: -gap.place):
        if gap.missed is None:
            del made[gap.place]
        else:
            made.insert(gap.place, Letter(gap.missed.source, gap.missed.target, gap.missed.message))
    return tuple(made)


def shorter(word: Sequence[Letter]) -> Iterator[tuple[Letter, ...]]:
    for at in range(len(word)):
        yield (*word[:at], *word[at + 1 :])


def is_diagnosed(finding: Finding, one: Changed, made: Judgement) -> Counter[str]:
    """Hold a diagnosis against the second way; return what kinds of reasons there are."""
    found = Counter[str]()
    for each in made.explanations:
        sent = done(each, one.word)
        scenario = under(finding.scenario, each.assumed)
        assert explained(scenario, sent, one.word) == len(sent), (finding.name, one.how, str(each))
        assert each.cost == made.explanations[0].cost
        assert each.cost > 0
    if made.explanations and made.explanations[0].cost > 1:
        bare = under(finding.scenario, frozenset())
        assert all(explained(bare, sent, one.word) < len(sent) for sent in shorter(one.word)), (finding.name, one.how)
    found["explained"] += bool(made.explanations)
    for reason in made.reasons:
        kinds = [each.kind for each in reason.obstacles]
        if kinds in (["guard"], ["before"]) and not reason.differences:
            told = finding.name, one.how, str(reason)
            assert is_sent_without(reason, finding.scenario, one.word, made.explained), told
        found[" ".join(kinds) or "otherwise"] += 1
    assert made.reasons == () or len({reason.cost for reason in made.reasons}) == 1
    found["none"] += not made.reasons
    return found


def diagnosed(seed: int) -> Counter[str]:
    rng = random.Random(seed)  # noqa: S311 - repeatable
    finding = rng.choice(HEARD)
    one = changed(finding, rng)
    made = judged(listened(one.frames), Question(finding.scenario))
    return is_diagnosed(finding, one, made) if made.answer == DEVIATES else Counter()


def test_a_diagnosis_is_right_by_a_second_way() -> None:
    found = sum((diagnosed(seed) for seed in SEEDS), Counter[str]())
    assert found["guard"]
    assert found["absent"]
    assert found["otherwise"]
    assert found["explained"]
    assert not found["none"]


@pytest.mark.slow
def test_many_diagnoses_are_right_by_a_second_way() -> None:
    found = sum((diagnosed(seed) for seed in MANY), Counter[str]())
    assert found["none"] < 20
    assert found["explained"] > 10 * found["none"]
