"""The alternatives compared: each answer read off an exploration of one variant under one assumption.

A message counts when it is sent, data packets do not. Round trips are counted on the mobile node's link: messages that
follow each other in one direction are one flight, and two flights are one round trip. What must exist beforehand is
what all states have in common in which the original home agent has just failed and recovery is still possible.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

from haboot.checker import (
    Answer,
    Limits,
    Query,
    Sent,
    StateGraph,
    System,
    Trace,
    Verdict,
    View,
    explore,
    judge,
    quiet,
    state_graph,
)
from haboot.model import (
    VARIANTS,
    Bench,
    BindingAck,
    BindingUpdate,
    HomeAgentSwitch,
    Scenario,
    alternative,
    binding_at,
    copy_at,
    of,
    own_of,
    responder_at,
    session_at,
    system,
)
from haboot.model.variants import Packet
from haboot.properties import EXCHANGE, Setting, is_recovered, properties, serving_slots, setting

MOST = 60_000  # states; beyond it a cell is INCOMPLETE
Assumed = tuple[str, ...]
ASSUMED: tuple[Assumed, ...] = (
    (),
    ("loss",),
    ("crash",),
    ("return-kept",),
    ("false-suspicion",),
    ("movement",),
    ("eap-only",),
    ("crash", "rekeying"),
)
NOTIFICATIONS = (HomeAgentSwitch, BindingUpdate, BindingAck)
OWN_EXCHANGE = ("init_sent", "auth_sent")


@dataclass(frozen=True, slots=True)
class Question:
    """A column: its heading, what it asks, and the property or the measure that answers it."""

    heading: str
    asks: str
    claim: str


MESSAGES = Question("messages", "fewest messages until recovery", "fewest-messages")
ROUND_TRIPS = Question("trips", "fewest round trips on the mobile node's link until recovery", "fewest-round-trips")
AT_ONCE = Question(
    "IKE", "most IKE exchanges at once at a home agent with one slot, of two mobile nodes", "most-exchanges"
)
JUDGED: tuple[Question, ...] = (
    Question("reachable", "some run recovers the mobile node", "recovered"),
    Question("fair", "every fair run recovers the mobile node of a failed home agent", "every-node-recovers"),
    Question("single", "a home address has one live registration at most", "one-live-registration"),
    Question("rescue", "nobody is unserved for good: from every state each can be served", "recovery-possible"),
    Question("protected", "no notification is acted on without its association", "only-protected-signalling"),
)
MEASURED: tuple[Question, ...] = (MESSAGES, ROUND_TRIPS, AT_ONCE)
QUESTIONS: tuple[Question, ...] = (*JUDGED, *MEASURED)


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer: what is shown, whether it is as wished, and the trace that shows it where there is one.

    ``good`` is None for a figure and for what has no subject. ``scenario`` and ``claim`` are what ``haboot trace``
    takes.
    """

    claim: str
    scenario: str
    shown: str
    good: bool | None = None
    trace: Trace | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One variant under one assumption; without cells where the variant does not model it."""

    bench: Bench
    assumed: Assumed
    cells: tuple[Cell, ...] = ()
    beforehand: tuple[str, ...] = ()
    states: int = 0

    @property
    def assuming(self) -> str:
        """The assumptions in words."""
        return " + ".join(self.assumed) or "nothing"

    @property
    def needs(self) -> str:
        """What must exist beforehand, in words."""
        if any(cell.claim == "recovered" and not cell.good for cell in self.cells):
            return "nothing would do: it never recovers"
        return ", ".join(self.beforehand) or "nothing"


def compared(bench: Bench, assumed: Assumed) -> Line:
    """Explore one variant under some assumptions, with one mobile node and with two, and answer every question."""
    if not set(assumed) <= set(VARIANTS[bench.variant].assumptions):
        return Line(bench, assumed)
    scenario = scenario_of(bench, assumed)
    product = system(scenario)
    wanted = {question.claim for question in JUDGED}
    space = _explored(product)
    claims = (one for one in properties(scenario, product) if one.name in wanted)
    answers = {claim.name: judge(space, claim) for claim in claims}
    here = setting(scenario, product)
    judged = tuple(_judged(question, answers.get(question.claim), space, here) for question in JUDGED)
    figures = (_fewest(question, space, here) for question in (MESSAGES, ROUND_TRIPS))
    cells = (*judged, *figures, most_exchanges(bench, assumed, here))
    return Line(bench, assumed, cells, beforehand(space, here), space.distinct)


def scenario_of(bench: Bench, assumed: Assumed, mobile_nodes: int = 1) -> Scenario:
    """Return the scenario of a variant under some assumptions."""
    return alternative(bench.variant, (*bench.choices, *assumed), mobile_nodes=mobile_nodes)


def _explored(product: System) -> StateGraph:
    return state_graph(explore(product, Limits(MOST), quiet, engine="graph"), MOST)


def _judged(question: Question, verdict: Verdict | None, space: StateGraph, scenario: Setting) -> Cell:
    """The cell of a property; where it has no subject, whether there was a notification at all."""
    if verdict is None or (verdict.answer is Answer.UNREACHED and question.claim != "recovered"):
        shown = "none sent" if _sends_nothing(space, scenario) else "none taken"
        return Cell(question.claim, scenario.name, shown)
    if verdict.answer is Answer.INCOMPLETE:
        return Cell(question.claim, scenario.name, str(verdict.answer))
    good = verdict.answer is Answer.HOLDS
    return Cell(question.claim, scenario.name, "yes" if good else "NO", good, verdict.trace)


def _sends_nothing(space: StateGraph, scenario: Setting) -> bool:
    sent = (one.message for events in space.events for one in _on_the_air(events, scenario.nodes))
    return not any(isinstance(message, NOTIFICATIONS) for message in sent)


def _messages(events: tuple[Hashable, ...]) -> list[Sent]:
    return [one for one in events if isinstance(one, Sent) and not isinstance(one.message, Packet)]


def _on_the_air(events: tuple[Hashable, ...], nodes: tuple[str, ...]) -> list[Sent]:
    return [one for one in _messages(events) if one.source in nodes or one.target in nodes]


def measured(claim: str, scenario: Scenario) -> tuple[str, Trace | None]:
    """Return a measure of a scenario and the run that shows it, by the measure's name."""
    product = system(scenario)
    space = _explored(product)
    here = setting(scenario, product)
    if claim == AT_ONCE.claim:
        cell = _most(space, here)
    else:
        cell = _fewest(next(one for one in MEASURED if one.claim == claim), space, here)
    return cell.shown, cell.trace


def _recovered(scenario: Setting) -> Query:
    (node, *_) = scenario.nodes
    reads = tuple(dict.fromkeys(serving_slots(scenario, node)))
    return Query("recovered", reads, lambda view: is_recovered(view, scenario, node))


def _fewest(question: Question, space: StateGraph, scenario: Setting) -> Cell:
    def message(_: Hashable, events: tuple[Hashable, ...]) -> tuple[Hashable, int]:
        return None, len(_messages(events))

    def flight(last: Hashable, events: tuple[Hashable, ...]) -> tuple[Hashable, int]:
        turns = 0
        for one in _on_the_air(events, scenario.nodes):
            outward = one.source in scenario.nodes
            turns += outward is not last
            last = outward
        return last, turns

    found = space.cheapest(_recovered(scenario), message if question is MESSAGES else flight)
    if found is None:
        shown = "INCOMPLETE" if space.bounds_hit else "never"
        return Cell(question.claim, scenario.name, shown)
    cost, trace = found
    figure = f"{cost}" if question is MESSAGES else f"{cost / 2:g}"
    return Cell(question.claim, scenario.name, f"≤ {figure}" if space.bounds_hit else figure, None, trace)


def most_exchanges(bench: Bench, assumed: Assumed, alone: Setting) -> Cell:
    """Return how many IKE exchanges run at H at most, explored with two mobile nodes and one slot."""
    if not _exchanges(alone):
        return Cell(AT_ONCE.claim, alone.name, "0")
    scenario = scenario_of(bench, assumed, mobile_nodes=2)
    product = system(scenario)
    return _most(_explored(product), setting(scenario, product))


def _exchanges(scenario: Setting) -> dict[str, tuple[str, ...]]:
    """The slots in which an IKE exchange at H shows, with the values that show it."""
    shows: dict[str, tuple[str, ...]] = {session_at("H", node).state: EXCHANGE for node in scenario.nodes}
    shows = shows if VARIANTS[scenario.variant].initiates else {}
    shows |= {own_of(node).state: OWN_EXCHANGE for node in scenario.nodes}
    return {name: values for name, values in shows.items() if name in scenario.first}


def _most(space: StateGraph, scenario: Setting) -> Cell:
    shows = _exchanges(scenario)

    def running(count: int) -> Query:
        return Query(AT_ONCE.claim, tuple(shows), lambda view: sum(view[s] in shows[s] for s in shows) >= count)

    ways = ((count, space.first_state(running(count))) for count in range(len(shows), 0, -1))
    count, trace = next(((count, way) for count, way in ways if way is not None), (0, None))
    return Cell(AT_ONCE.claim, scenario.name, f"≥ {count}" if space.bounds_hit else f"{count}", None, trace)


Test = Callable[[View], bool]


def _holdings(scenario: Setting, node: str) -> Iterator[tuple[str, tuple[str, ...], Test]]:
    """What may exist before the failure, each with the slots that tell."""
    line = scenario.idle("O", "H", node)

    def copied(slot: str, empty: str) -> Test:
        return lambda view: view[slot] != empty or any(view[name] != value for name, value in line.items())

    association, binding = responder_at(node, "H").selector, binding_at("H", node).state
    if not VARIANTS[scenario.variant].initiates and association in scenario.first:
        yield "an association with H", (association,), lambda view: bool(view[association])
    if copy_at("H", node).state in scenario.first:
        yield "a copy of the binding at H", (copy_at("H", node).state, *line), copied(copy_at("H", node).state, "none")
    if binding_at("H", node).base in scenario.first:
        yield "a copy of binding and association at H", (binding, *line), copied(binding, "empty")
    if (sender := session_at("O", node).state) in scenario.first:
        yield "the switch, sent by O", (sender,), lambda view: view[sender] == "notified"


def beforehand(space: StateGraph, scenario: Setting) -> tuple[str, ...]:
    """Return what all states have in common in which O has just failed and recovery is still possible."""
    failed = set(space.matching(Query("failed", (of("O").state,), lambda view: view[of("O").state] == "failed")))
    able = space.reaching(_recovered(scenario))
    moments = failed.intersection(space.starts)
    moments |= {edge[1] for edge in space.edges if edge[0] not in failed and edge[1] in failed}
    if not moments & able:
        return ()
    found = []
    for label, reads, test in _holdings(scenario, scenario.nodes[0]):
        holding = set(space.matching(Query(label, reads, test)))
        if moments & able <= holding:
            found.append(label)
    return tuple(found)
