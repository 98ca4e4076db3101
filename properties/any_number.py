"""The draft for every number of mobile nodes: what of its claims is said of each node, and what adds up over nodes.

A claim that counts exchanges over all nodes follows from what each one holds of its home agent's IKE slots: the slots
in use are the sum of what the nodes hold, so it is enough that each runs no more exchanges than it holds slots. The
same is true of the nodes for which a home agent is at work from IKE to the binding.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from haboot.checker import Clause, ModelError, Property, System, View
from haboot.checker.copies import Replicated, others_of
from haboot.model import Scenario, acceptor_of, binding_of, composition, session_at, slots_at
from haboot.properties.catalogue import properties
from haboot.properties.claims import EXCHANGE, Setting, setting
from haboot.properties.flows import RUNNING, is_at_work

JOINT = frozenset({"no-deadlock", "flow-without-address", "flow-with-address"})  # they say of all what they say of each
MOST_SLOTS = 20  # units beyond which the search for every number is cut


def family(scenario: Scenario, only: Collection[str] = ()) -> Replicated:
    """Return a scenario for each number of mobile nodes; with ``only``, asked the properties of these names alone."""

    def of(number: int) -> Scenario:
        return replace(scenario, mobile_nodes=number, any_number=False)

    def claims(number: int, system: System) -> tuple[Property, ...]:
        return tuple(one for one in properties(of(number), system) if not only or one.name in only)

    def suffices(system: System) -> Mapping[str, Property]:
        known = {one.name: one for one in claims(1, system)}
        here = setting(of(1), system)
        enough = ((name, made) for name, made in SUFFICES.items() if name in known)
        return {name: replace(known[name], clauses=tuple(made(here))) for name, made in enough}

    if scenario.slots > MOST_SLOTS:
        allowed = f"from 1 to {MOST_SLOTS} are allowed for every number of mobile nodes"
        raise ModelError(f"slots: {scenario.slots} given, {allowed}")
    return Replicated(
        scenario.name,
        lambda number: composition(of(number)),
        claims,
        JOINT,
        suffices,
        scenario.slots,
        "mobile node",
    )


def _held(here: Setting, agent: str) -> tuple[str, ...]:
    """The slots that tell what a mobile node holds at a home agent: the count, less what the others hold if any may."""
    used, others = slots_at(agent), others_of(slots_at(agent))
    return (used, others) if others in here.first else (used,)


def _is_within(here: Setting, view: View, held: tuple[str, ...]) -> bool:
    """Whether what all hold is told, and no more than there are slots."""
    return len(held) > 1 and bool(view[held[0]] <= here.slots)


def _holds(view: View, held: tuple[str, ...]) -> int:
    used, *others = held
    return int(view[used] - sum(view[one] for one in others))


def _bounded(here: Setting) -> Iterator[Clause]:
    """It is enough that a node runs no more exchanges than it holds slots, where nobody is served without one."""
    for agent in here.initiators:
        held, (node,) = _held(here, agent), here.nodes
        own = (acceptor_of(node).state,) if here.bootstraps_itself and agent == "H" else ()
        running = (session_at(agent, node).state, *own)

        def enough(view: View, held: tuple[str, ...] = held, running: tuple[str, ...] = running) -> bool:
            count = sum(view[one] in RUNNING for one in running)
            return _is_within(here, view, held) and count <= _holds(view, held)

        yield Clause((*held, *running), enough, about=agent)


def _light(here: Setting) -> Iterator[Clause]:
    """It is enough that a home agent is at work for a node only while that holds a slot."""
    for agent in here.initiators:
        held, session = _held(here, agent), session_at(agent, here.nodes[0])

        def enough(view: View, held: tuple[str, ...] = held, session: str = session) -> bool:
            return _is_within(here, view, held) and is_at_work(view, session) <= _holds(view, held)

        yield Clause((*held, session.state, binding_of(session).state), enough, about=agent)


def _accounted(here: Setting) -> Iterator[Clause]:
    """It is enough that a node holds a slot just while its session runs an exchange."""
    for agent in here.initiators:
        held, session = _held(here, agent), session_at(agent, here.nodes[0]).state

        def equal(view: View, held: tuple[str, ...] = held, session: str = session) -> bool:
            return _holds(view, held) == (view[session] in EXCHANGE)

        yield Clause((*held, session), equal, about=agent)


SUFFICES: Mapping[str, Callable[[Setting], Iterator[Clause]]] = {
    "exchanges-bounded": _bounded,
    "load-bounded": _light,
    "slots-accounted": _accounted,
}
