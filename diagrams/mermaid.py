"""State diagrams, compositions and sequence charts as Mermaid text, which code hosts render.

Mermaid reads some characters as syntax even in labels; they are written as its numbered entities.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from haboot.checker import Composition, Participant, amount
from haboot.checker.machines import close
from haboot.diagrams.charts import Arrow, Chart, ChartRow, Fate, shown
from haboot.diagrams.composed import talk
from haboot.diagrams.machine import words
from haboot.diagrams.space import Quotient

_SYNTAX = frozenset('#;<>"`{}%:|\\&')
_HEADS = {Fate.TAKEN: "->>", Fate.IGNORED: "-)", Fate.LOST: "-x", Fate.UNDER_WAY: "--)"}


def label(text: str) -> str:
    """Return text as a Mermaid label.

    >>> label("<b>; done")
    '#60;b#62;#59; done'
    """
    return "".join(f"#{ord(letter)};" if letter in _SYNTAX else letter for letter in " ".join(text.split()))


def machine_mermaid(participant: Participant, unfired: Collection[int] = ()) -> str:
    """Return a participant's state diagram as Mermaid text, a transition a row."""
    lines = ["stateDiagram-v2"]
    number_of = {state: number for number, state in enumerate(participant.states)}
    lines += [f'    state "{label(state)}" as s{number}' for state, number in number_of.items()]
    lines.append(f"    [*] --> s{number_of[participant.initial]}")
    for number, row in enumerate(participant.rows, start=1):
        guards = f" [{', '.join(map(words, row.guards))}]" if row.guards else ""
        effects = f" / {', '.join(map(words, row.effects))}" if row.effects else ""
        never = ", never fired" if number in unfired else ""
        told = label(f"{row.name}{guards}{effects} ({row.cites or 'no section'}{never})")
        for source in row.source:
            target = source if row.dest == "=" else row.dest
            lines.append(f"    s{number_of[source]} --> s{number_of[target]} : {told}")
    lines += [f"    s{number_of[state]} --> [*]" for state in participant.states if state in participant.terminal]
    return "\n".join(lines) + "\n"


def composition_mermaid(composition: Composition) -> str:
    """Return who talks to whom as a Mermaid flowchart."""
    lines = ["flowchart LR"]
    name = {one.name: f"i{number}" for number, one in enumerate(composition.instances)}
    for place, host in enumerate(dict.fromkeys(one.host for one in composition.instances)):
        inside = [one for one in composition.instances if one.host == host]
        lines.append(f'    subgraph h{place}["{label(host)}"]')
        lines += [f'        {name[one.name]}["{label(one.name)}<br/>{label(one.participant.name)}"]' for one in inside]
        lines.append("    end")
    for place, resource in enumerate(composition.resources):
        lines.append(f'    r{place}[("{label(resource.name)}")]')
        users = [one for one in composition.instances if one.resource == resource.name]
        lines += [f"    {name[one.name]} <-.-> r{place}" for one in users]
    for (source, target), kinds in talk(close(composition)).items():
        lines.append(f'    {name[source]} -->|"{"<br/>".join(map(label, kinds))}"| {name[target]}')
    return "\n".join(lines) + "\n"


def space_mermaid(seen: Quotient) -> str:
    """Return a state space as a Mermaid flowchart; what breaks and the steps of a trace stand in bold lines."""
    lines = ["flowchart TB"]
    for number, node in enumerate(seen.nodes):
        facts = [" · ".join(map(shown, node.values)) or f"state {number}"]
        facts += [amount(node.states, "state")] if seen.slots else []
        facts += [f"{node.bad} breaking"] if node.bad else []
        facts += [f"{node.ends} without a step"] if node.ends else []
        lines.append(f'    n{number}["{"<br/>".join(map(label, facts))}"]')
        lines += [f"    style n{number} stroke-width:4px"] if node.bad else []
    for link in seen.links:
        if link.source != link.target or not seen.slots:
            steps = f", step {', '.join(map(str, link.path))}" if link.path else ""
            told = label(f"{link.steps}{steps}")
            lines.append(f'    n{link.source} {"==>" if link.path else "-->"}|"{told}"| n{link.target}')
    return "\n".join(lines) + "\n"


def chart_mermaid(picture: Chart) -> str:
    """Return a chart as a Mermaid sequence diagram."""
    lines = ["sequenceDiagram"]
    name = {lane: f"l{number}" for number, lane in enumerate(picture.lanes)}
    lines += [f"    participant {name[lane]} as {label(lane)}" for lane in picture.lanes]
    for row in picture.rows:
        if row.number == picture.loop:
            lines.append(f"    loop for ever{label(f', breaks {picture.breaks}') if picture.breaks else ''}")
        lines += [f"    {line}" for line in _row(picture, row, name)]
    if picture.loop is not None and picture.loop <= len(picture.rows):
        lines.append("    end")
    lines += [f"    {_arrow(arrow, name)}" for arrow in picture.pending]
    stays = picture.loop is not None and picture.loop > len(picture.rows)
    if picture.lanes and stays:
        lines.append(
            f"    Note over {name[picture.lanes[0]]}: {label(f'stays here for ever, breaks {picture.breaks}')}"
        )
    return "\n".join(lines) + "\n"


def _row(picture: Chart, row: ChartRow, name: dict[str, str]) -> Iterator[str]:
    for arrow in row.arrows:
        yield _arrow(arrow, name)
    if not row.arrows and picture.lanes:
        where = row.actor if row.actor in name else picture.lanes[0]
        yield f"Note over {name[where]}: {label(row.action)}"
    for change in row.changes:
        if change.is_state and change.lane in name:
            yield f"Note right of {name[change.lane]}: {label(f'{change.label} {change.old} → {change.new}')}"
    if row.broken and picture.lanes:
        yield f"Note over {name[picture.lanes[0]]}: {label(f'step {row.number} breaks {picture.breaks}')}"


def _arrow(arrow: Arrow, name: dict[str, str]) -> str:
    told = [arrow.mark] if arrow.mark else []
    told += [str(arrow.fate)] if arrow.fate is not Fate.TAKEN else []
    text = arrow.text + (f" ({', '.join(told)})" if told else "")
    return f"{name[arrow.source]}{_HEADS[arrow.fate]}{name[arrow.target]}: {label(text)}"
