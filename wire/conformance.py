"""A capture judged: is it a run of the model, under which assumptions, and where does it part from all runs?

CONFORMS comes with a run that was taken again on running machines, and the smallest sets of assumptions that the
capture needs. DEVIATES comes with the longest prefix that is one of a run, and what the model would have sent instead.
INCOMPLETE is said where something that was not captured, or a bound of the search, might change the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product

from haboot.checker import (
    Composition,
    EngineError,
    Family,
    Taken,
    Trace,
    Value,
    Walk,
    replay,
)
from haboot.model import VARIANTS, Scenario, composition, families_of, name_of, of, system
from haboot.wire.diagnosing import Allowed, Explanation, Reason, Reasons, broken, explanations
from haboot.wire.emissions import Emission, emissions, sessions
from haboot.wire.ending import Endings, Stated, endings, observation
from haboot.wire.following import PLACES, Fits, Search, Tell, Watched
from haboot.wire.plan import Plan
from haboot.wire.sighting import Difference, Sighting, differences

CONFORMS, DEVIATES, INCOMPLETE = "CONFORMS", "DEVIATES", "INCOMPLETE"
CLOCK, DROPPED = (
    "a clock",
    "packets that the kernel dropped",
)  # where what is missing says them, no packet is surely wrong


@dataclass(frozen=True)
class Judgement:
    """What a capture came to.

    ``sightings`` are the packets of the protocol; ``explained`` many of them, from the first, are those of a run.
    ``assumed`` are the smallest sets of assumptions that the capture needs, ``trace`` is a run under the first of them
    and ``sent_at`` the step that sends each packet. Where it deviates ``allowed`` is what the model would have sent,
    the nearest first, ``reasons`` say which guards were false that kept it from sending the packet, ``cites`` what the
    packet breaks, and ``explanations`` what would explain it at the least cost, each as good as another. ``missing``
    says what was not captured, ``bounds`` what cut the search, ``passed`` how many packets of which kinds are none of
    the protocol's.
    """

    answer: str
    scenario: Scenario
    plan: Plan
    plan_from: str
    sightings: tuple[Sighting, ...]
    explained: int
    most: int
    assumed: tuple[frozenset[str], ...] = ()
    trace: Trace | None = None
    sent_at: tuple[int, ...] = ()
    allowed: tuple[Allowed, ...] = ()
    cites: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    missing: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    passed: Mapping[str, int] = field(default_factory=dict)
    untapped: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[tuple[str, str], ...]:
        """Who has which address, of those that the packets of the protocol have anywhere."""
        seen = set[str]()
        for one in self.sightings:
            seen |= {one.heard.source, one.heard.target, one.heard.home or "", *one.heard.addresses()}
        return tuple((who, ip) for who, ip in self.plan.shown() if ip in seen)

    @property
    def packet(self) -> Sighting | None:
        """The first packet that no run has, None where there is none."""
        return self.sightings[self.explained] if self.explained < len(self.sightings) else None


@dataclass(frozen=True)
class Question:
    """What a capture is judged against.

    ``given`` is a scenario, whose assumptions may be made; without one a scenario of ``variant`` is guessed, and any
    ``most`` of its assumptions may be made. ``plan`` says who is who, None where it is to be guessed; ``gaps`` is how
    many packets the tap may have missed or seen in excess.
    """

    given: Scenario | None = None
    variant: str = "ha-initiated"
    plan: Plan | None = None
    most: int = 1
    gaps: int = 0
    places: int = PLACES


@dataclass
class _Level:
    """What the model may do under up to so many assumptions: walks, one or two, and how many may be made."""

    most: int
    walks: tuple[Walk, ...]


@dataclass
class Asked:
    """The packets so far and the scenario that they are judged against; ``bare`` is its system without any assumption.

    ``searches`` look for runs under as many assumptions as one of the levels allows, none fewer having any.
    """

    scenario: Scenario
    question: Question
    tell: Tell
    seen: list[Sighting] = field(default_factory=list)
    tapped: set[str] = field(default_factory=set)
    searches: list[Search] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bare = system(_under(self.scenario, frozenset()))
        self.whole = self.scenario if self.question.given else _whole(self.scenario)
        self.wired = composition(self.whole)
        self.served = sessions(composition(_whole(self.scenario)))
        self.higher = self.levels()
        self.level = next(self.higher)

    def take(self, one: Sighting) -> None:
        """Take one more packet; the first between two kinds of hosts shows that the others of them were not hidden."""
        self.seen.append(one)
        tapped = {_pair(*ends, self.wired) for ends in product(one.sources, one.targets)}
        if not tapped <= self.tapped:
            self.tapped |= tapped
            self.searches.clear()
        for search in self.searches:
            search.take(partial(_fits, one), vague=one.vague)

    def fits(self) -> bool:
        """Whether some run sends the packets so far."""
        while True:
            self.searches = self.searches or [self.search(walk, self.level.most) for walk in self.level.walks]
            if any(one.reaches_end() for one in self.searches):
                return True
            following = next(self.higher, None)
            if following is None:
                return False
            self.level, self.searches = following, []

    def judgement(self, missing: tuple[str, ...]) -> Judgement:
        """Return the answer, without the plan; more packets may be taken after it."""
        if not self.fits():
            return self.deviates(self.searches, missing)
        needed = _least(place.assumed for one in self.searches for place in one.runs())
        return self.conforms(needed, self.level.most, missing)

    def levels(self) -> Iterator[_Level]:
        """Yield what the model may do under more and more assumptions."""
        yield _Level(0, (Walk(self.bare),))
        if self.question.given is not None:
            most = len(self.scenario.assumptions)
            if most:
                yield _Level(most, _walks(families_of(self.scenario, most)))
            return
        for most in range(1, self.question.most + 1):
            yield _Level(most, _walks(families_of(self.whole, most)))

    def search(self, walk: Walk, most: int, gaps: int | None = None) -> Search:
        """Return a search for the capture, not yet begun."""
        fits: list[Fits] = [partial(_fits, one) for one in self.seen]
        vague = [one.vague for one in self.seen]
        some = self.question.gaps if gaps is None else gaps
        return Search(walk, self.emits, Watched(fits, vague, most, some, self.question.places), self.tell)

    def emits(self, walk: Walk, taken: Taken) -> tuple[Emission, ...]:
        """Return what a step of a walk sends where there is a tap."""
        if taken.target is None:
            return ()
        return self.sends(taken.events, lambda: walk.values(taken.target or ()))

    def sends(self, events: Iterable[Hashable], after: Callable[[], Mapping[str, Value]]) -> tuple[Emission, ...]:
        """Return what a step sends where there is a tap, with where mobile nodes are after it."""
        sent = [one for one in emissions(events, self.served) if self.is_tapped(one)]
        if not sent:
            return ()
        values = after()
        return tuple(one._replace(away=values.get(of(one.node).care_of) != "home") for one in sent)

    def endings(self, stated: Stated) -> Endings:
        """Return under which assumptions a run that sends the packets so far can go on to break a property."""
        fits: list[Fits] = [partial(_fits, one) for one in self.seen]
        moving = {of(node).care_of for node in self.scenario.nodes} & {slot.name for slot in self.bare.slots}
        seen = observation(
            fits,
            [one.vague for one in self.seen],
            lambda events, after: self.sends(events, lambda: {name: after[name] for name in moving}),
            sorted(moving),
        )
        most = len(self.scenario.assumptions) if self.question.given else self.question.most
        names = sorted(self.whole.assumptions)
        return endings(seen, lambda some: _under(self.scenario, some), names, most, stated, self.question.places)

    def is_tapped(self, one: Emission) -> bool:
        """Whether the tap is where a message passes: between mobile nodes and home agents, and where it saw any."""
        pair = _pair(one.source, one.target, self.wired)
        return pair == NODES or pair in self.tapped

    def conforms(self, needed: tuple[frozenset[str], ...], most: int, missing: tuple[str, ...]) -> Judgement:
        """Return the answer for a capture that is a run under some assumptions."""
        under = _under(self.scenario, needed[0])
        made = system(under) if needed[0] else self.bare
        search = self.search(Walk(made), 0)
        end = next(iter(search.runs()), None)
        if end is None:
            raise EngineError(f"under {', '.join(sorted(needed[0]))} the model has no run that it has with its family")
        run = search.run(len(self.seen), end)
        trace = search.walk.trace(run.start, run.steps)
        replay(made, trace)
        answer = INCOMPLETE if missing else CONFORMS
        return self._judgement(answer, len(self.seen), most, under, assumed=needed, trace=trace, sent_at=run.sent_at)

    def _judgement(self, answer: str, explained: int, most: int, scenario: Scenario, **more: object) -> Judgement:
        empty = Plan({}, {})
        untapped = tuple(sorted({NODES, *PAIRS} - self.tapped - {NODES}))
        made = Judgement(answer, scenario, empty, "", tuple(self.seen), explained, most, untapped=untapped)
        return replace(made, **more)  # type: ignore[arg-type]  # fields by name

    def deviates(self, searches: Sequence[Search], missing: tuple[str, ...]) -> Judgement:
        """Return the answer for a capture that is no run."""
        search = max(searches, key=lambda one: one.explained)
        packet = self.seen[search.explained] if search.explained < len(self.seen) else self.seen[-1]
        allowed = sorted(
            (Allowed(one, some, differences(packet, one)) for one, some in search.allowed().items()),
            key=lambda one: (_distance(one.differences), len(one.assumed), str(one.emission.message)),
        )
        bounds = tuple(sorted(set[str]().union(*(one.bounds for one in searches))))
        unsure = bounds or any(one.startswith((CLOCK, DROPPED)) for one in missing)
        reasons = () if bounds else self.reasons(search, packet, allowed)
        against = dict.fromkeys(cite for one in reasons for cite in one.cites)
        return self._judgement(
            INCOMPLETE if unsure else DEVIATES,
            search.explained,
            search.watched.most,
            self.scenario,
            allowed=tuple(allowed),
            reasons=reasons,
            cites=tuple(against) or broken(self.wired, search, packet, allowed),
            explanations=() if bounds or self.question.gaps else self.explanations(searches),
            bounds=bounds,
        )

    def reasons(self, search: Search, packet: Sighting, allowed: Sequence[Allowed]) -> tuple[Reason, ...]:
        """Return why the first packet that no run has is not sent, under what the message due or its prefix needs."""
        kin = [one.assumed for one in allowed[:1] if one.emission.form.kind == packet.kind]
        places = (place.assumed for place in search.ways[search.explained])
        under = min(kin or places, key=lambda one: (len(one), sorted(one)))
        scenario = _under(self.scenario, under)
        again = self.search(Walk(system(scenario)), 0)
        again.reaches_end()
        return Reasons(composition(scenario), self.is_tapped).of(packet, again)

    def explanations(self, searches: Sequence[Search]) -> tuple[Explanation, ...]:
        """Return what explains a capture at the least cost: a packet or an assumption, else some of these."""
        for some in self.costs(searches):
            found = [one for search in some for one in explanations(search, self.seen)]
            if found:
                least = min(one.cost for one in found)
                return tuple({str(one): one for one in found if one.cost == least}.values())
        return ()

    def costs(self, searches: Sequence[Search]) -> Iterator[list[Search]]:
        """Yield searches that allow for more than was allowed, in order of what that costs."""
        wider = self.question.given is not None and not self.scenario.assumptions
        families = families_of(_whole(self.scenario), 1) if wider else ()
        yield [self.search(Walk(self.bare), 0, 1), *(self.search(walk, 1, 0) for walk in _walks(families))]
        own = [one for one in searches if one.watched.most]
        yield [self.search(Walk(self.bare), 0, 2), *(self.search(one.walk, one.watched.most, 1) for one in own)]
        yield [self.search(one.walk, one.watched.most, 2) for one in own]


NODES = "mobile nodes and home agents"
PAIRS = ("home agents among themselves", "home agents and the DNS", "mobile nodes and the DNS")


def _pair(source: str, target: str, wired: Composition) -> str:
    """Between which kinds of hosts a message passes."""
    nodes = {one.session for one in wired.instances}
    if "DNS" in {source, target}:
        return PAIRS[2] if {source, target} & nodes else PAIRS[1]
    return NODES if {source, target} & nodes or "home link" in {source, target} else PAIRS[0]


def _fits(seen: Sighting, due: Emission) -> bool:
    return not differences(seen, due)


def _distance(some: tuple[Difference, ...]) -> tuple[bool, int]:
    """How far a packet is from a message: another kind of message is farthest."""
    return any(one.field == "message" for one in some), len(some)


def _least(sets: Iterable[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """Return the sets of the smallest size."""
    every = sorted(set(sets), key=lambda one: (len(one), sorted(one)))
    return tuple(one for one in every if len(one) == len(every[0]))


def _walks(families: Iterable[Family]) -> tuple[Walk, ...]:
    return tuple(map(Walk, families))


def _under(scenario: Scenario, assumed: frozenset[str]) -> Scenario:
    """Return a scenario under some of its assumptions, or under others."""
    times = tuple(one for one in scenario.at_most if one[0] in assumed)
    made = replace(scenario, assumptions=assumed, at_most=times, expected=None)
    return replace(made, name=name_of(made))


def _whole(scenario: Scenario) -> Scenario:
    """Return a scenario under all assumptions of its variant."""
    return replace(scenario, assumptions=frozenset(VARIANTS[scenario.variant].assumptions))


__all__ = ["CONFORMS", "DEVIATES", "INCOMPLETE", "Allowed", "Asked", "Judgement", "Question"]
