"""State diagrams of participants, drawn from their rows.

An edge carries the numbers and triggers of its rows; a table beneath says, in the order in which rows are tried, what
guards each and what it does. Rows that stay in their source are listed inside the state, as internal transitions are in
UML, and rows that leave every state leave one node that stands for all of them: both keep edges few and labels apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from haboot.checker import Effect, Fired, Guard, Instance, Participant, Row, StateGraph
from haboot.checker.boundary import called
from haboot.diagrams import palette
from haboot.diagrams.render import Dot, blank, markup

ANY = "any state"


@dataclass(frozen=True, slots=True)
class Edge:
    """Rows, by number from 1, that lead from one state (or from any) to another."""

    source: str
    target: str
    rows: tuple[int, ...]


def words(function: Guard | Effect) -> str:
    """Return a guard's or an effect's name as words."""
    return called(function).strip("_").replace("_", " ")


def edges(participant: Participant) -> tuple[Edge, ...]:
    """Return the edges of a participant's diagram; rows that stay in their source are not among them."""
    found: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(participant.rows, start=1):
        if row.dest != "=":
            for source in (ANY,) if _leaves_all(participant, row) else row.source:
                if source != row.dest:
                    found.setdefault((source, row.dest), []).append(number)
    return tuple(Edge(source, target, tuple(rows)) for (source, target), rows in found.items())


def stays(participant: Participant, state: str) -> tuple[int, ...]:
    """Return the numbers of the rows that a state takes without leaving."""
    rows = enumerate(participant.rows, start=1)
    return tuple(number for number, row in rows if state in row.source and _loops(participant, row, state))


def triggers(participant: Participant, rows: Iterable[int]) -> list[str]:
    """Return lines such as ``1, 2 HomeAgentSwitch``: each trigger once, with its rows.

    >>> from haboot.checker.machines.participants import Participant, Row
    >>> lamp = Participant("lamp", ("off", "on"), "off", (Row("push", ("off",), "on"), Row("push", ("on",), "off")))
    >>> triggers(lamp, (1, 2))
    ['1, 2 push']
    """
    grouped: dict[str, list[int]] = {}
    for number in rows:
        grouped.setdefault(participant.rows[number - 1].name, []).append(number)
    return [f"{', '.join(map(str, numbers))} {name}" for name, numbers in grouped.items()]


def fired_rows(space: StateGraph, instances: Iterable[Instance]) -> dict[str, set[int]]:
    """Return the rows that some step of a space takes, numbered from 1, by the names of the participants."""
    name_of = {one.name: one.participant.name for one in instances}
    found: dict[str, set[int]] = {name: set() for name in name_of.values()}
    for label in {label for _, _, _, label in space.edges}:
        for event in space.events[label]:
            if isinstance(event, Fired):
                found[name_of[event.instance]].add(event.row + 1)
    return found


def machine_dot(
    participant: Participant, unfired: Collection[int] = (), *, legend: bool = True, prefix: str = ""
) -> str:
    """Return a participant's state diagram as DOT.

    ``unfired`` are the rows, numbered from 1, that a scenario never took: they are drawn dashed and grey. ``prefix``
    makes ids unique in a page: ``s3`` is the fourth state, ``e3-0`` the edge from it to the first, ``eany-0`` that from
    any state.
    """
    graph = blank(participant.name, rankdir="TB", nodesep="0.55", ranksep="0.55", id=f"{prefix}graph")
    if legend:
        graph.attr("graph", label=_legend(participant, unfired), labelloc="b")
    _nodes(graph, participant, unfired, prefix)
    for edge in edges(participant):
        dead = all(number in unfired for number in edge.rows)
        colour = palette.FAINT if dead else palette.MUTED
        source, target = _name(participant, edge.source), _name(participant, edge.target)
        graph.edge(
            source,
            target,
            label=_edge_label(participant, edge, unfired),
            color=colour,
            style="dashed" if dead else "solid",
            **{"class": "unfired" if dead else "fired", "id": f"{prefix}e{source.lstrip('s')}-{target.lstrip('s')}"},
        )
    return str(graph.source)


def _loops(participant: Participant, row: Row, state: str) -> bool:
    return row.dest == "=" or (row.dest == state and not _leaves_all(participant, row))


def _leaves_all(participant: Participant, row: Row) -> bool:
    return len(participant.states) > 2 and set(row.source) >= set(participant.states)


def _name(participant: Participant, state: str) -> str:
    return "any" if state == ANY else f"s{participant.states.index(state)}"


def _nodes(graph: Dot, participant: Participant, unfired: Collection[int], prefix: str) -> None:
    dot = {"shape": "circle", "width": "0.16", "fixedsize": "true", "style": "filled", "fillcolor": palette.INK}
    graph.node("start", label="", id=f"{prefix}start", **dot)
    if any(edge.source == ANY for edge in edges(participant)):
        look = {"style": "rounded,dashed", "fontcolor": palette.MUTED, "color": palette.MUTED}
        graph.node("any", label=ANY, id=f"{prefix}any", **look)
    for place, state in enumerate(participant.states):
        final = state in participant.terminal
        marks = {"peripheries": "2"} if final else {}
        label = _state_label(participant, state, unfired)
        graph.node(f"s{place}", label=label, **marks, **{"id": f"{prefix}s{place}", "class": "state"})
    graph.edge("start", _name(participant, participant.initial), id=f"{prefix}estart", **{"class": "fired"})


def _state_label(participant: Participant, state: str, unfired: Collection[int]) -> str:
    inside = "".join(
        f'<tr><td align="left"><font point-size="9.5" color="{_ink(numbers, unfired)}">{markup(line)}</font></td></tr>'
        for line, numbers in _lines(participant, stays(participant, state))
    )
    table = '<table border="0" cellborder="0" cellspacing="0" cellpadding="2">'
    return f"<{table}<tr><td><b>{markup(state)}</b></td></tr>{inside}</table>>"


def _edge_label(participant: Participant, edge: Edge, unfired: Collection[int]) -> str:
    rows = "".join(
        f'<tr><td align="left"><font color="{_ink(numbers, unfired)}">&#160;{markup(line)}</font></td></tr>'
        for line, numbers in _lines(participant, edge.rows)
    )
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">{rows}</table>>'


def _lines(participant: Participant, rows: Iterable[int]) -> list[tuple[str, list[int]]]:
    """The lines of ``triggers``, each with its rows."""
    grouped: dict[str, list[int]] = {}
    for number in rows:
        grouped.setdefault(participant.rows[number - 1].name, []).append(number)
    return [(line, grouped[line.split(" ", line.count(", ") + 1)[-1]]) for line in triggers(participant, rows)]


def _ink(rows: Iterable[int], unfired: Collection[int]) -> str:
    return palette.FAINT if all(number in unfired for number in rows) else palette.INK


def _legend(participant: Participant, unfired: Collection[int]) -> str:
    head = "".join(f'<td align="left"><b>{title}</b></td>' for title in ("row", "trigger", "if", "does", "section"))
    lines = []
    for number, row in enumerate(participant.rows, start=1):
        colour = palette.FAINT if number in unfired else palette.INK
        name = row.name + (" (never fired)" if number in unfired else "")
        cells = (str(number), name, _joined(row.guards), _joined(row.effects), row.cites)
        body = "".join(f'<td align="left"><font color="{colour}">{_left(cell)}</font></td>' for cell in cells)
        lines.append(f"<tr>{body}</tr>")
    title = f'<tr><td colspan="5" align="left"><font point-size="13"><b>{markup(participant.name)}</b></font></td></tr>'
    table = '<table border="0" cellborder="0" cellspacing="2" cellpadding="2">'
    return f'<<font point-size="10">{table}{title}<tr>{head}</tr>{"".join(lines)}</table></font>>'


def _left(cell: str) -> str:
    """A cell's text with each of its lines flush left."""
    text = markup(cell) or " "
    return text.replace("<br/>", '<br align="left"/>') + ('<br align="left"/>' if "<br/>" in text else "")


def _joined(functions: Iterable[Guard] | Iterable[Effect]) -> str:
    """Names joined by commas, broken into lines of a readable width."""
    lines: list[str] = []
    for name in map(words, functions):
        if lines and len(lines[-1]) + len(name) < 34:
            lines[-1] += f", {name}"
        else:
            if lines:
                lines[-1] += ","
            lines.append(name)
    return "\n".join(lines)
