"""Pictures of a state space: every state while they are few, else states that agree on some slots as one node.

A quotient loses what it merges: an edge between two nodes means that some state of the one steps to some state of the
other, and the counts say how many do. What breaks a property, states without a step, and a trace are marked in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log10
from textwrap import wrap

from haboot.checker import Kind, ModelError, Query, StateGraph, Trace, Value, Verdict, amount, nearest
from haboot.diagrams import palette
from haboot.diagrams.charts import shown
from haboot.diagrams.render import Dot, blank, flush, markup, plain

WHOLE = 300  # states that a picture can show one by one
WHOLLY = frozenset({Kind.ALWAYS, Kind.NO_DEADLOCK})  # kinds of which each state that breaks them is known
SPELT, LETTERS = 30, 24  # states that show what they hold, where that is no more than so many characters
NAMED = 40  # names of actions that stand at edges; where there are more, numbers do, and the legend says of what


@dataclass(frozen=True, slots=True)
class Node:
    """States that agree on the slots: how many, how many break something or have no step, and steps among them."""

    values: tuple[Value, ...]
    states: int = 0
    bad: int = 0
    ends: int = 0
    inside: int = 0
    initial: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Steps from one node to another: how many, by which actions, and the numbers of a trace's steps among them."""

    source: int
    target: int
    steps: int
    actions: tuple[str, ...]
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotient:
    """A state space seen through some slots; without slots each state is a node."""

    slots: tuple[str, ...]
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    path: tuple[int, ...] = field(default=())


def violating(space: StateGraph, verdict: Verdict) -> frozenset[int]:
    """Return the numbers of the states that break a property: all of them for the kinds in WHOLLY.

    For the others the end of the trace, or its loop.
    """
    claim, found = verdict.property, set[int]()
    if verdict.trace is None or claim.kind is Kind.SOMETIMES:
        return frozenset()
    if claim.kind in WHOLLY:
        for clause in claim.clauses:
            broken = lambda view, one=clause: one.premise(view) and not one.holds(view)  # noqa: E731
            found |= space.matching(Query(claim.name, clause.reads, broken))
        return frozenset(found & space.ends if claim.kind is Kind.NO_DEADLOCK else found)
    return frozenset(map(space.number, ending(verdict.trace)))


def ending(trace: Trace) -> tuple[Mapping[str, Value], ...]:
    """Return the states in which a trace ends: its last, or those of its loop."""
    loop = trace.steps[trace.loop :] if trace.loop is not None else ()
    return (trace.final, *(step.before for step in loop))


def quotient(
    space: StateGraph, slots: tuple[str, ...] = (), bad: Iterable[int] = (), trace: Trace | None = None
) -> Quotient:
    """Return a space as nodes and links; raise ModelError for a slot that the system does not have."""
    names = [slot.name for slot in space.system.slots]
    unknown = [name for name in slots if name not in names]
    if unknown:
        known = [slot.name for slot in space.system.slots if not slot.channel]
        hint = nearest(unknown[0], names)
        raise ModelError(f"'{space.system.name}' has no slot '{unknown[0]}'{hint} (slots: {', '.join(known)})")
    keys: Sequence[object] = [*space.projected(slots)] if slots else range(space.distinct)
    number: dict[object, int] = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    place = [number[key] for key in keys]
    path = tuple(map(space.number, (trace.initial, *(step.after for step in trace)))) if trace else ()
    links = _links(space, place, path)
    return Quotient(slots, tuple(_nodes(space, slots, place, frozenset(bad), links)), tuple(links.values()), path)


def space_dot(
    space: StateGraph, slots: tuple[str, ...] = (), bad: Iterable[int] = (), trace: Trace | None = None
) -> str:
    """Return the picture of a space as DOT; raise ModelError for more than 300 states without slots to merge them."""
    if not slots and space.distinct > WHOLE:
        raise ModelError(
            f"'{space.system.name}' has {space.distinct:,} states, too many to draw one by one "
            f"(at most {WHOLE}): name slots to merge those that agree on them"
        )
    seen = quotient(space, slots, bad, trace)
    graph = blank(space.system.name, rankdir="TB", nodesep="0.3", ranksep="0.5" if slots else "0.35")
    links = [link for link in seen.links if link.source != link.target or not slots]
    names = dict.fromkeys(name for link in links for name in link.actions)
    number = {name: place for place, name in enumerate(names, start=1)}
    if sum(len(link.actions) for link in links) <= NAMED:
        number = {}
    spelt = () if slots else _spelt(space)
    graph.attr("graph", label=_legend(space, seen, number, is_spelt=bool(spelt)), labelloc="b", fontsize="11")
    for place, node in enumerate(seen.nodes):
        _draw_node(graph, seen, place, node, spelt[place] if spelt else "")
    for link in links:
        _draw_link(graph, seen, link, number)
    return str(graph.source)


def _spelt(space: StateGraph) -> tuple[str, ...]:
    """What each state of a small space holds; nothing where that is too much to stand in a node."""
    if space.distinct > SPELT:
        return ()
    held = tuple(" · ".join(map(shown, space.values(place).values())) for place in range(space.distinct))
    return held if max(map(len, held)) <= LETTERS else ()


def _links(space: StateGraph, place: list[int], path: tuple[int, ...]) -> dict[tuple[int, int], Link]:
    counts: dict[tuple[int, int], dict[str, int]] = {}
    for source, target, action, _ in space.edges:
        names = counts.setdefault((place[source], place[target]), {})
        name = space.system.actions[action].name
        names[name] = names.get(name, 0) + 1
    steps: dict[tuple[int, int], list[int]] = {}
    for number, (source, target) in enumerate(pairwise(path), start=1):
        steps.setdefault((place[source], place[target]), []).append(number)
    return {
        ends: Link(*ends, sum(names.values()), tuple(names), tuple(steps.get(ends, ())))
        for ends, names in counts.items()
    }


def _nodes(
    space: StateGraph,
    slots: tuple[str, ...],
    place: list[int],
    bad: frozenset[int],
    links: Mapping[tuple[int, int], Link],
) -> Iterator[Node]:
    members: dict[int, list[int]] = {}
    starts = frozenset(space.starts)
    for state, node in enumerate(place):
        members.setdefault(node, []).append(state)
    for node, states in members.items():
        first = space.values(states[0])
        inside = links[node, node].steps if (node, node) in links else 0
        ends, initial = len(space.ends.intersection(states)), not starts.isdisjoint(states)
        yield Node(
            tuple(first[name] for name in slots), len(states), len(bad.intersection(states)), ends, inside, initial
        )


def _legend(space: StateGraph, seen: Quotient, number: Mapping[str, int], *, is_spelt: bool) -> str:
    """What the picture shows, and a sample of each mark in it; the actions where numbers stand for them."""
    cut = f", cut by {', '.join(space.bounds_hit)}" if space.bounds_hit else ""
    merged = f"; states that agree on {' and '.join(seen.slots)} are one node" if seen.slots else ""
    merged += f"; a state shows {' · '.join(one.name for one in space.system.slots)}" if is_spelt else ""
    title = f"{space.system.name}: {amount(space.distinct, 'state')}, {amount(len(space.edges), 'step')}{cut}{merged}"
    rows = [f'<tr><td colspan="4" align="left">{markup(title)}</td></tr>']
    samples = [f'{sample}<td align="left">{markup(what)}</td>' for sample, what in _marks(seen)]
    entries = [f'<td align="right">{place}</td><td align="left">{markup(name)}</td>' for name, place in number.items()]
    for cells in (samples, entries):
        half = -(-len(cells) // 2)
        rows += [f"<tr>{''.join(cells[place::half])}</tr>" for place in range(half)]
    return f'<<table border="0" cellborder="0" cellspacing="4" cellpadding="1">{"".join(rows)}</table>>'


def _marks(seen: Quotient) -> Iterator[tuple[str, str]]:
    """The marks that occur: a cell with a sample of each, and what it means."""
    some = "a state" if seen.slots else "the state"
    yield _box(palette.FILL, palette.INK, border=3), f"bold: {some} is initial"
    if any(node.ends for node in seen.nodes):
        yield _box(palette.WARN_FILL, palette.INK), f"double line: {some} has no step of the system"
    if any(node.bad for node in seen.nodes):
        yield _box(palette.BAD_FILL, palette.BAD), f"{some} breaks the property"
    if any(link.path for link in seen.links):
        yield _arrow(palette.BAD), "a step of its trace, by number"
    if seen.slots:
        yield _arrow(palette.MUTED), "the wider, the more steps"


def _box(fill: str, line: str, border: int = 1) -> str:
    return f'<td border="{border}" width="26" height="14" bgcolor="{fill}" color="{line}"></td>'


def _arrow(colour: str) -> str:
    return f'<td><font color="{colour}"><b>→</b></font></td>'


def _draw_node(graph: Dot, seen: Quotient, number: int, node: Node, spelt: str) -> None:
    attributes = {"penwidth": "2.4"} if node.initial else {}
    if node.bad:
        attributes |= {"fillcolor": palette.BAD_FILL, "color": palette.BAD}
    elif node.ends:
        attributes |= {"fillcolor": palette.WARN_FILL}
    attributes |= {"peripheries": "2"} if node.ends else {}
    if spelt:
        graph.node(f"n{number}", label=plain(spelt), **attributes)
        return
    if not seen.slots:
        attributes |= {"shape": "circle", "style": "filled", "margin": "0.02", "fontsize": "9", "width": "0.3"}
        graph.node(f"n{number}", label=str(number), **attributes)
        return
    lines = [" · ".join(map(shown, node.values)), amount(node.states, "state")]
    lines += [f"{amount(node.inside, 'step')} inside"] if node.inside else []
    lines += [f"{node.bad:,} breaking"] if node.bad else []
    lines += [f"{node.ends:,} without a step of the system"] if node.ends else []
    graph.node(f"n{number}", label=plain("\n".join(lines)), **attributes)


def _draw_link(graph: Dot, seen: Quotient, link: Link, number: Mapping[str, int]) -> None:
    attributes = {"penwidth": f"{1 + log10(link.steps):.2f}"}
    counted = [amount(link.steps, "step")] if seen.slots else []
    if number:
        told = [*counted, *wrap(", ".join(str(number[action]) for action in link.actions), 30)]
    else:
        told = [*counted, *(line for action in link.actions for line in wrap(action, 30))]
    if link.path:
        attributes = {"color": palette.BAD, "fontcolor": palette.BAD, "penwidth": "2.2"}
        told.append(f"step {', '.join(map(str, link.path))}")
    graph.edge(f"n{link.source}", f"n{link.target}", label=flush(told), **attributes)
