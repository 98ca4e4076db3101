"""Packets judged as they come: in any pieces the answer is that of the whole, and a deviation is told at its packet."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from haboot.checker import ModelError
from haboot.ledger import BY_NAME, Finding
from haboot.model import Scenario
from haboot.wire import CONFORMS, DEVIATES, INCOMPLETE, Heard, Judge, Judgement, Question, judged
from haboot.wire.hearing import Ip

from tests.wires import HEARD, changed, listened, written_of

AGENT, OTHER, NODE, HOME = Ip("2001:db8:1::2"), Ip("2001:db8:1::1"), Ip("2001:db8:9::5"), Ip("2001:db8:1::100")


def heard_of(finding: Finding) -> list[Heard]:
    return listened([bytes(one.packet) for one in written_of(finding)])


def one_by_one(packets: Sequence[Heard], question: Question, *, asked: bool = False) -> tuple[Judge, int]:
    """Judge packets one by one; return how many came before no run fitted, and with ``asked`` ask amid them."""
    judge = Judge(question)
    for number, one in enumerate(packets):
        judge.take(one)
        if not judge.fits():
            return judge, number
        if asked:
            assert judge.judgement().packet is None
    return judge, len(packets)


def same(one: Judgement, other: Judgement) -> bool:
    return replace(one, trace=None, sent_at=()) == replace(other, trace=None, sent_at=())


@pytest.mark.parametrize("finding", HEARD, ids=lambda one: one.name)
def test_a_run_is_one_packet_by_packet(finding: Finding) -> None:
    packets, question = heard_of(finding), Question(finding.scenario)
    judge, fitting = one_by_one(packets, question)
    assert fitting == len(packets)
    assert same(judge.judgement(), judged(packets, question))


@pytest.mark.parametrize("seed", range(25))
def test_a_deviation_is_told_at_its_packet(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - repeatable
    finding = rng.choice(HEARD)
    packets, question = listened(changed(finding, rng).frames), Question(finding.scenario)
    whole = judged(packets, question)
    judge, fitting = one_by_one(packets, question)
    assert fitting == whole.explained
    assert not judge.fits() or fitting == len(packets)
    assert same(judge.judgement(), judged(packets[: fitting + 1], question))
    for one in packets[fitting + 1 :]:
        judge.take(one)
    assert same(judge.judgement(), whole)


def test_an_answer_on_the_way_changes_nothing() -> None:
    packets = heard_of(BY_NAME["b-bit-is-invisible"])
    for question in (Question(), Question(BY_NAME["b-bit-is-invisible"].scenario)):
        judge, fitting = one_by_one(packets, question, asked=True)
        assert fitting == len(packets)
        assert same(judge.judgement(), judged(packets, question))


def test_who_is_who_is_guessed_again_as_more_is_heard() -> None:
    packets = heard_of(BY_NAME["stale-care-of-address"])
    judge, _ = one_by_one(packets, Question())
    plans = [judged(packets[: number + 1], Question()).plan for number in range(len(packets))]
    assert len({str(one) for one in plans}) > 1
    assert judge.judgement().plan == plans[-1]


def seen(kind: str, source: Ip, target: Ip, number: int = 1, spi: int | None = None) -> Heard:
    return Heard(number, float(number), kind, source, target, home=HOME, spi=spi, fields={"sequence": number})


REFRESHED = Scenario("same+1x1+crash+refresh", "", assumptions=frozenset({"crash", "refresh"}))


def test_a_packet_under_esp_shows_that_one_before_it_was_in_the_clear() -> None:
    judge = Judge(Question(REFRESHED))
    judge.take(seen("Binding Update", NODE, OTHER))
    assert judge.fits()
    judge.take(seen("Binding Update", NODE, OTHER, 2, spi=0x1000))
    assert not judge.fits()
    made = judge.judgement()
    assert (made.answer, made.explained) == (DEVIATES, 0)


def test_the_first_home_agent_heard_of_may_be_the_one_that_fails() -> None:
    judge = Judge(Question(most=2))
    judge.take(seen("Binding Update", NODE, OTHER))
    judge.take(seen("Binding Acknowledgement", OTHER, NODE))
    assert judge.judgement().answer == CONFORMS
    assert frozenset({"crash", "refresh"}) in judge.judgement().assumed


def test_nothing_is_said_before_anybody_can_be_told_from_anybody() -> None:
    judge = Judge(Question())
    assert judge.fits()
    judge.take(Heard(1, 0.0, "Mobility Header of type 7", NODE, AGENT))
    assert judge.fits()
    with pytest.raises(ModelError, match="nobody can be told from anybody"):
        judge.judgement()


def test_what_the_kernel_dropped_leaves_a_deviation_open() -> None:
    packets = heard_of(BY_NAME["b-bit-is-invisible"])
    judge, _ = one_by_one(packets, Question(BY_NAME["deregister-or-not"].scenario))
    judge.dropped = 3
    made = judge.judgement()
    assert made.answer == INCOMPLETE
    assert made.packet is not None
    assert made.missing == ("packets that the kernel dropped: 3 of which nothing is known",)
    judge.is_full = True
    assert judge.judgement().missing[0] == made.missing[0]
    assert len(judge.judgement().missing) == 2


def test_packets_without_end_take_little_more_each() -> None:
    judge = Judge(Question(REFRESHED))
    visited = list[int]()
    for number in range(1, 301):
        judge.take(seen("Binding Update", NODE, OTHER, 2 * number))
        judge.take(seen("Binding Acknowledgement", OTHER, NODE, 2 * number))
        assert judge.fits()
        assert judge.known is not None
        visited.append(sum(one.visited for one in judge.known.asked.searches))
    grown = [after - before for before, after in pairwise(visited[50:])]
    assert max(grown) < 20
