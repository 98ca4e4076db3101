"""The echo algorithm: a spanning tree grows from one initiator, and each node tells its parent when it is done.

https://github.com/tlaplus/Examples/blob/master/specifications/echo/Echo.tla
MCEcho.cfg: success, 75 distinct states, 116 generated, depth 16.
"""

from collections.abc import Iterator
from functools import partial
from itertools import product

from haboot import Action, Model, System, View, Writes, always, array, for_each, subsets

NODES, INITIATOR = ("a", "b", "c"), "a"
NEIGHBOURS = {n: [m for m in NODES if m != n] for n in NODES}
MESSAGES = tuple(product(("m", "c"), NODES))
inbox = array("inbox", NODES, subsets(MESSAGES))
pc, parent = array("pc", NODES, ("n0", "n1", "n2", "Done")), array("parent", NODES, (None, *NODES))
children, rcvd = array("children", NODES, subsets(NODES)), array("rcvd", NODES, range(3))
ALL = (*inbox, *pc, *parent, *children, *rcvd)


def sent(v: View, kind: str, sender: str, to: list[str]) -> Writes:
    return {inbox[n]: v[inbox[n]] | {(kind, sender)} for n in to}


def node(v: View, me: str) -> Iterator[Writes]:
    match v[pc[me]]:
        case "n0":
            yield {pc[me]: "n1", **(sent(v, "m", me, NEIGHBOURS[me]) if me == INITIATOR else {})}
        case "n1" if v[rcvd[me]] == len(NEIGHBOURS[me]):
            yield {pc[me]: "n2"}
        case "n1":
            for kind, sender in v[inbox[me]]:
                taken = {inbox[me]: v[inbox[me]] - {(kind, sender)}, rcvd[me]: v[rcvd[me]] + 1}
                child = {children[me]: v[children[me]] | {sender}} if kind == "c" else {}
                if me != INITIATOR and v[rcvd[me]] == 0:
                    rest = [n for n in NEIGHBOURS[me] if n != sender]
                    yield {**taken, **child, parent[me]: sender, **sent(v, "m", me, rest)}
                else:
                    yield {**taken, **child}
        case "n2":
            yield {pc[me]: "Done", **(sent(v, "c", me, [v[parent[me]] or ""]) if me != INITIATOR else {})}


def done(v: View) -> bool:
    return set(pc.of(v).values()) == {"Done"}


def child_of_parent(v: View, n: str) -> bool:
    mine = v[parent[n]]
    known = {m for m in NODES if n in v[children[m]]} <= {mine}
    return known and (mine is None or v[pc[mine]] != "Done" or n in v[children[mine]])


def rooted(v: View) -> bool:
    """Whether the parents' parents of each node come to the initiator, which has none."""
    for n in NODES:
        line: list[str | None] = [n]
        while line[-1] is not None and len(line) <= len(NODES):
            line.append(v[parent[line[-1]]])
        if line[-2:] != [INITIATOR, None]:
            return False
    return True


def repeat(v: View) -> Writes | None:
    return {} if done(v) else None


echo = System(
    "Echo",
    slots=ALL,
    initial=(
        {
            **inbox.filled(frozenset()),
            **pc.filled("n0"),
            **parent.filled(None),
            **children.filled(frozenset()),
            **rcvd.filled(0),
        },
    ),
    actions=(
        *for_each(NODES, lambda n: Action(f"node {n}", ALL, ALL, partial(node, me=n))),
        Action("terminating", ALL, ALL, repeat),
    ),
)
model = Model(
    echo.name,
    echo,
    [
        always("the initiator has no parent", (parent[INITIATOR],), lambda v: v[parent[INITIATOR]] is None),
        for_each(
            NODES, lambda n: always("a child has its parent", (*pc, *parent, *children), partial(child_of_parent, n=n))
        ),
        always("the parents make a tree", ALL, rooted, premise=done),
    ],
)
