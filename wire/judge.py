"""Packets judged as they come: who is who among them, which are the protocol's, and whether they are still a run.

One way for a file and for an interface. The search goes on from packet to packet, and begins anew only where a packet
changes what is known of those before it: who is who, where that is guessed, or that messages are under ESP at all.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from haboot.checker import ModelError, System
from haboot.model import VARIANTS, Scenario, name_of
from haboot.wire.conformance import CLOCK, DROPPED, Asked, Judgement, Question
from haboot.wire.emissions import form
from haboot.wire.ending import Endings, Stated
from haboot.wire.following import Tell
from haboot.wire.hearing import Heard, Ip
from haboot.wire.plan import Plan, usual
from haboot.wire.roles import guessed
from haboot.wire.sighting import Eyes, Sighting

MESSAGES = 10_000  # of the protocol that are judged together
SELDOM = frozenset({"INFORMATIONAL request", "INFORMATIONAL response", "ESP packet"})  # which most variants lack
SLACK = 1.0  # seconds by which a packet may be older than the one before


def judged(packets: Iterable[Heard], question: Question, damage: str = "", tell: Tell | None = None) -> Judgement:
    """Judge a capture; raises ModelError for one without a message of the protocol.

    ``damage`` is where its file broke off; ``tell`` is told how far the search is.
    """
    judge = Judge(question, tell)
    for one in packets:
        judge.take(one)
        if judge.is_full:
            break
    return judge.judgement(damage)


@dataclass
class _Known:
    """What is known of the packets so far: who is who, and what is asked of those that are the protocol's.

    ``read`` are looked at; ``passed`` counts those that are none of the protocol's, by kind.
    """

    plan: Plan
    plan_from: str
    eyes: Eyes
    asked: Asked
    kinds: frozenset[str]
    read: int = 0
    passed: dict[str, int] = field(default_factory=dict)

    def look(self, every: Sequence[Heard]) -> None:
        """Look at the packets that were not looked at."""
        for one in every[self.read :]:
            sight = self.eyes.sees(one)
            other = one.kind.startswith(("Mobility Header", "IKEv2", "UDP")) and not one.lacks
            other = other or (one.kind in SELDOM and one.kind not in self.kinds)
            if other or not sight.sources | sight.targets:
                told = one.kind if other else f"{one.kind} between others"
                self.passed[told] = self.passed.get(told, 0) + 1
            else:
                self.asked.take(sight)
        self.read = len(every)


class Judge:
    """Judges packets that may be of the protocol, in the order in which they come.

    ``dropped`` is how many packets were lost among them before they could be read. It holds at most ``MESSAGES`` of
    them, and visits as many places of the model as the question allows. ``tell`` is told how far the search is.
    """

    def __init__(self, question: Question, tell: Tell | None = None) -> None:
        self.question, self.tell = question, tell or (lambda _explained, _visited: None)
        self.every, self.ends, self.protection = list[Heard](), set[Ip](), False
        self.known: _Known | None = None
        self.dropped, self.is_full = 0, False

    def take(self, one: Heard) -> None:
        """Take one more packet; where there is no room for it ``is_full`` says so, and it is not judged."""
        if len(self.every) == MESSAGES:
            self.is_full = True
            return
        self.every.append(one)
        self.ends |= {one.source, one.target}
        self.protection = self.protection or one.spi is not None

    def fits(self) -> bool:
        """Whether some run sends the packets so far; also where nobody can be told from anybody yet."""
        if not self.every:
            return True
        try:
            plan, plan_from = self._plan()
        except ModelError:
            return True
        return self._caught_up(plan, plan_from).asked.fits()

    def judgement(self, damage: str = "") -> Judgement:
        """Return the answer for the packets so far; raises ModelError where none is a message of the protocol."""
        if not self.every:
            due = "a Mobility Header, IKEv2, a DNS update or ESP, over IPv6"
            raise ModelError(f"the capture holds no message of the protocol, nor any packet that might be one: {due}")
        known = self._caught_up(*self._plan())
        if not known.asked.seen:
            others = ", ".join(known.passed) or "none"
            raise ModelError(f"the capture holds no message of the protocol (of what it is made of: {others})")
        missing = (*self._unread(damage), *_lacking(known.asked.seen))
        made = known.asked.judgement(missing)
        return replace(made, plan=known.plan, plan_from=known.plan_from, missing=missing, passed=dict(known.passed))

    def endings(self, stated: Stated) -> Endings:
        """Return under which assumptions a run that sends the packets so far can go on to break a property.

        ``stated`` gives the property of a scenario, None where that has none of the name.
        """
        return self._caught_up(*self._plan()).asked.endings(stated)

    def _unread(self, damage: str) -> tuple[str, ...]:
        """What was lost among the packets that are judged, and what is missing behind them."""
        lost = [f"{DROPPED}: {self.dropped:,} of which nothing is known"] if self.dropped else []
        if self.is_full:
            last = self.every[-1].number
            return (*lost, f"what follows packet {last}: more than {MESSAGES:,} packets might be messages")
        return (*lost, f"what follows: {damage}") if damage else (*lost,)

    def _caught_up(self, plan: Plan, plan_from: str) -> _Known:
        """Return what is known of all packets so far, with who is who."""
        known = self.known
        if known is None or known.plan != plan or known.eyes.protection != self.protection:
            scenario = self.question.given or _guessed_scenario(self.question, plan)
            asked = Asked(scenario, self.question, self.tell)
            eyes = Eyes(plan, self.protection, gapless=not self.question.gaps)
            known = _Known(plan, plan_from, eyes, asked, _kinds(asked.bare))
        known.look(self.every)
        self.known = known
        return known

    def _plan(self) -> tuple[Plan, str]:
        """Return who is who: as given, as haboot writes captures where all addresses are of that, or as guessed."""
        question = self.question
        if question.plan is not None:
            return question.plan, "given"
        variant = VARIANTS[question.given.variant if question.given else question.variant]
        if question.given is not None:
            plan = usual(question.given, shared=variant.shares_address)
            known = {address for address, _ in plan.each()} | {*plan.own.values()}
            if self.ends <= known:
                return plan, "as haboot trace --pcap writes it"
        return guessed(self.every, initiates=variant.initiates), "guessed"


def _kinds(bare: System) -> frozenset[str]:
    """Return the kinds of packets that a system has."""
    slots = (slot for slot in bare.slots if slot.channel)
    messages = (value for slot in slots for value in slot.domain if isinstance(value, Hashable))
    return frozenset(form(one).kind for one in messages if hasattr(one, "form"))


def _lacking(seen: Sequence[Sighting]) -> tuple[str, ...]:
    """Return what cannot be seen in packets, and where clocks disagree."""
    by_fault = dict[str, list[int]]()
    for one in seen:
        for lack in one.heard.lacks:
            by_fault.setdefault(lack, []).append(one.heard.number)
    told = [f"{lack}: packet {_numbers(some)}" for lack, some in by_fault.items()]
    times = [(one.heard.time, one.heard.number) for one in seen if one.heard.time is not None]
    for (before, first), (after, second) in pairwise(times):
        if after < before - SLACK:
            told.append(f"{CLOCK}: packet {second} is {before - after:,.0f} s older than packet {first} before it")
    return tuple(told)


def _numbers(some: Sequence[int]) -> str:
    shown = ", ".join(map(str, some[:5]))
    return f"{shown} and {len(some) - 5} more" if len(some) > 5 else shown


def _guessed_scenario(question: Question, plan: Plan) -> Scenario:
    """Return the scenario without assumptions that fits what a capture shows of prefixes and mobile nodes."""
    variant = VARIANTS[question.variant]
    assigned = any(node.home.keys() - {"old"} for node in plan.nodes.values())
    prefixes = "different" if assigned and "different" in variant.prefixes else variant.prefixes[0]
    made = Scenario("", "as captured", prefixes, mobile_nodes=len(plan.nodes), variant=variant.name)
    return replace(made, name=name_of(made))
