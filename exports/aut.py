"""A state space in the Aldebaran format, which mCRL2, CADP and LTSmin read: states by number, steps by their action."""

from __future__ import annotations

from haboot.checker import StateGraph


def as_aut(graph: StateGraph) -> str:
    """Return a state space as an Aldebaran file; a first step "start" leads to each of several initial states."""
    names = [action.name.replace('"', "'") for action in graph.system.actions]
    several = len(graph.starts) > 1
    shift = 1 if several else 0
    order = [*graph.starts, *(n for n in range(graph.distinct) if n not in set(graph.starts))]
    number = {state: place + shift for place, state in enumerate(order)}
    lines = [f'(0,"start",{number[start]})' for start in graph.starts] if several else []
    lines += [f'({number[source]},"{names[action]}",{number[target]})' for source, target, action, _ in graph.edges]
    return "\n".join([f"des (0,{len(lines)},{graph.distinct + shift})", *lines]) + "\n"
