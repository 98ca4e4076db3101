"""A spanning tree of shortest ways to a root, found by nodes that each look at a neighbour's distance.

https://github.com/tlaplus/Examples/blob/master/specifications/SpanningTree/SpanTree.tla
SpanTree.cfg: success, 1,236 distinct states, 10,278 generated, depth 6.
"""

from collections.abc import Iterator

from haboot import Action, Model, System, View, Writes, array, eventually, no_deadlock, weak

NODES, ROOT, FAR = (1, 2, 3, 4, 5), 1, 6
EDGES = ((1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (3, 5), (4, 5))
NEIGHBOURS = {n: [m for m in NODES if (m, n) in EDGES or (n, m) in EDGES] for n in NODES}
mother, distance = array("mother", NODES, NODES), array("distance", NODES, range(FAR + 1))
ALL = (*mother, *distance)


def improve(v: View) -> Iterator[Writes]:
    for n in NODES:
        for m in NEIGHBOURS[n]:
            yield from ({mother[n]: m, distance[n]: d} for d in range(v[distance[m]] + 1, v[distance[n]]))


def tree(v: View) -> bool:
    for n in NODES:
        d, m = v[distance[n]], v[mother[n]]
        far = d == FAR and m == n and all(v[distance[k]] == FAR for k in NEIGHBOURS[n])
        near = 0 < d < FAR and m in NEIGHBOURS[n] and d == v[distance[m]] + 1
        if not (far or near or (n == ROOT and d == 0 and m == n)):
            return False
    return True


system = System(
    "SpanTree",
    slots=ALL,
    initial=({**{mother[n]: n for n in NODES}, **distance.filled(FAR), distance[ROOT]: 0},),
    actions=(Action("improve", ALL, ALL, improve),),
)
model = Model(
    system.name,
    system,
    [
        no_deadlock("it ends with a tree", ALL, tree),
        eventually("it ends", ALL, lambda v: not any(improve(v)), [weak(system)]),
    ],
)
