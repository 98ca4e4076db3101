"""Who talks to whom: a composition's instances in their hosts, message kinds on the edges, and shared resources.

Edges come from the closed tables, so they show every message that could be sent, also those that no reachable state
sends. Instances that neither talk nor share are in the picture as well: their hosts need them.
"""

from __future__ import annotations

from haboot.checker import Composition
from haboot.checker.machines import Closure, close
from haboot.diagrams import palette
from haboot.diagrams.render import blank, plain

Talk = dict[tuple[str, str], dict[str, None]]


def talk(closure: Closure) -> Talk:
    """Return the message kinds that can pass from one instance to another, by their names."""
    found: Talk = {}
    for one in closure.composition.instances:
        for trigger, message in closure.triggers(one):
            for reaction in closure.reactions(one, trigger, message):
                for handed in reaction.sent:
                    for heard in closure.takers(one, handed):
                        kinds = found.setdefault((one.name, heard.name), {})
                        kinds[closure.labels.trigger(type(handed.message))] = None
    return found


def composition_dot(composition: Composition) -> str:
    """Return the picture of a composition as DOT."""
    graph = blank(composition.name, rankdir="LR", nodesep="0.35", ranksep="1.5")
    shapes = (*(one.name for one in composition.instances), *(one.name for one in composition.resources))
    key = {name: f"n{number}" for number, name in enumerate(shapes)}
    graph.attr("edge", labelfloat="false", fontsize="10")
    for place, host in enumerate(dict.fromkeys(one.host for one in composition.instances)):
        with graph.subgraph(name=f"cluster_{place}") as inside:
            inside.attr(label=plain(host), style="rounded", color=palette.FAINT, fontsize="14", margin="12")
            for one in composition.instances:
                if one.host == host:
                    inside.node(key[one.name], label=plain(f"{one.name}\n{one.participant.name}"))
            for resource in composition.resources:
                if host in {one.host for one in composition.instances if one.resource == resource.name}:
                    label = plain(f"{resource.name}\nshared")
                    inside.node(key[resource.name], label=label, shape="cylinder", style="filled", color=palette.ACCENT)
    for one in composition.instances:
        if one.resource:
            takes = {"color": palette.ACCENT, "dir": "both", "style": "dashed", "constraint": "false"}
            graph.edge(key[one.name], key[one.resource], **takes)
    for (source, target), kinds in talk(close(composition)).items():
        graph.edge(key[source], key[target], label=plain("\n".join(kinds)))
    return str(graph.source)
