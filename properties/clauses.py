"""How clauses are made: of each mobile node or instance, of each message of a step, of each transition of a trigger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from haboot.checker import Clause, Move, Received, Sent, accepted, fired, sent
from haboot.model import binding_at, of, responder_at, session_at
from haboot.properties.claims import Setting, own_slots

T = TypeVar("T")
Clauses: TypeAlias = Callable[[Setting], Iterator[Clause]]
Finds: TypeAlias = Callable[[Setting, Move, str], list[Sent] | list[Received]]
Judges: TypeAlias = Callable[[Setting, Move, str, Sent | Received], bool]
Asks: TypeAlias = Callable[[Setting, Any, str], bool]  # of a state, or of a step
Reads: TypeAlias = Callable[[Setting, str], tuple[str, ...]]
Instances: TypeAlias = Reads
AsksAt: TypeAlias = Callable[[Setting, Any, str, str], bool]  # at an instance
ReadsAt: TypeAlias = Callable[[Setting, str, str], tuple[str, ...]]


def _nothing(_: Setting, __: str) -> tuple[str, ...]:
    return ()


def each_instance(instances: Instances, reads: ReadsAt, holds: AsksAt, premise: AsksAt | None = None) -> Clauses:
    """Return a clause for each of some instances of each mobile node: where ``premise`` is true, ``holds`` must be."""

    def clauses(scenario: Setting) -> Iterator[Clause]:
        for node in scenario.nodes:
            for one in instances(scenario, node):
                slots = tuple(dict.fromkeys(reads(scenario, node, one)))
                clause = Clause(slots, lambda seen, at=(node, one): holds(scenario, seen, *at), about=one)
                if premise is None:
                    yield clause
                else:
                    yield replace(clause, premise=lambda seen, at=(node, one): premise(scenario, seen, *at))

    return clauses


def each_node(reads: Reads, holds: Asks, premise: Asks | None = None) -> Clauses:
    """Return a clause for each mobile node."""
    given = None if premise is None else _at_node(premise)
    return each_instance(only_node, _at_node(reads), _at_node(holds), given)


def _at_node(asked: Callable[..., T]) -> Callable[..., T]:
    """Return what asks of an instance as what asks of its mobile node."""
    return lambda *where: asked(*where[:-1])


def each_message(finds: Finds, judges: Judges, reads: Reads = _nothing) -> Clauses:
    """Return clauses over each message that ``finds`` picks from a step: the premise is that there is one."""
    return each_node(
        reads,
        lambda scenario, move, node: all(judges(scenario, move, node, one) for one in finds(scenario, move, node)),
        lambda *where: bool(finds(*where)),
    )


def when_fires(trigger: str, instances: Instances, holds: AsksAt, reads: ReadsAt) -> Clauses:
    """Return clauses over each transition that an internal trigger takes: the premise is that it fires."""
    return each_instance(instances, reads, holds, lambda _, move, __, one: bool(fired(move.events, trigger, one)))


def node_slots(*parts: str) -> Reads:
    """Slots of the mobile node itself."""
    return lambda _, node: tuple(of(node).slot(part) for part in parts)


def to_node(*kinds: type) -> Finds:
    """Pick what an initiator sends to a mobile node."""
    return lambda scenario, move, node: [
        one for one in sent(move.events, *kinds, target=node) if one.source in scenario.initiators
    ]


def from_node(*kinds: type) -> Finds:
    """Pick what a mobile node sends."""
    return lambda _, move, node: sent(move.events, *kinds, source=node)


def taken_by_node(*kinds: type) -> Finds:
    """Pick what a mobile node accepts."""
    return lambda _, move, node: accepted(move.events, *kinds, target=node)


def taken_by(host: str, *kinds: type) -> Finds:
    """Pick what a host accepts."""
    return lambda _, move, __: accepted(move.events, *kinds, target=host)


def taken_from_node(*kinds: type) -> Finds:
    """Pick what an initiator accepts from a mobile node."""
    return lambda scenario, move, node: [
        one for one in accepted(move.events, *kinds, source=node) if one.target in scenario.initiators
    ]


def responder_slots(*parts: str) -> Reads:
    """Slots of the mobile node's associations."""
    return lambda scenario, node: tuple(
        responder_at(node, agent).slot(part) for agent in scenario.agents for part in parts
    )


def binding_slots(*parts: str) -> Reads:
    """Slots of the home agents' bindings of a mobile node."""
    return lambda scenario, node: tuple(
        binding_at(agent, node).slot(part) for agent in scenario.agents for part in parts
    )


def session_states(scenario: Setting, node: str) -> tuple[str, ...]:
    """Slots of the initiators' sessions with a mobile node."""
    return tuple(session_at(agent, node).state for agent in scenario.initiators)


def with_home(*parts: str) -> Reads:
    """Slots of a mobile node's addresses and home agents, and of its associations."""
    more = responder_slots(*parts)
    return lambda scenario, node: (
        of(node).home_agent,
        of(node).home_address,
        of(node).left,
        *own_slots(scenario, node),
        *more(scenario, node),
    )


def initiators_of(scenario: Setting, node: str) -> tuple[str, ...]:
    """Instances of the initiators' sessions with a mobile node."""
    return tuple(session_at(agent, node) for agent in scenario.initiators)


def bindings_of(scenario: Setting, node: str) -> tuple[str, ...]:
    """Instances of the initiators' binding caches for a mobile node."""
    return tuple(binding_at(agent, node) for agent in scenario.initiators)


def all_bindings_of(scenario: Setting, node: str) -> tuple[str, ...]:
    """Instances of all binding caches for a mobile node."""
    return tuple(binding_at(agent, node) for agent in scenario.agents)


def at(part: Callable[[str], str]) -> Instances:
    """The instance of a part of a mobile node."""
    return lambda _, node: (part(node),)


def only_node(_: Setting, node: str) -> tuple[str, ...]:
    """The mobile node itself, as an instance."""
    return (node,)
