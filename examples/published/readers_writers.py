"""Readers and writers, served in the order in which they ask: many read at once, one writes alone.

https://github.com/tlaplus/Examples/blob/master/specifications/ReadersWriters/ReadersWriters.tla
MC.cfg: success, 21,527 distinct states, 59,674 generated, depth 13.
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain, permutations

from haboot import (
    Action,
    Model,
    Property,
    Slot,
    System,
    View,
    Writes,
    always,
    for_each,
    infinitely_often,
    subsets,
    weak,
)


def readers_writers(n: int) -> Model:
    actors = range(n)
    requests = [(what, actor) for what in ("read", "write") for actor in actors]
    readers, writers = Slot("readers", subsets(actors)), Slot("writers", subsets(actors))
    waiting = Slot("waiting", chain.from_iterable(permutations(requests, length) for length in range(2 * n + 1)))
    slots = (readers, writers, waiting)

    def ask(v: View, what: str, actor: int) -> Writes | None:
        return {waiting: (*v[waiting], (what, actor))} if (what, actor) not in v[waiting] else None

    def serve(v: View) -> Writes | None:
        if not v[waiting] or v[writers]:
            return None
        (what, actor), *rest = v[waiting]
        if what == "read":
            return {readers: v[readers] | {actor}, waiting: tuple(rest)}
        return {writers: v[writers] | {actor}, waiting: tuple(rest)} if not v[readers] else None

    def stop(v: View) -> Iterator[Writes]:
        for actor in v[readers] | v[writers]:
            yield {readers: v[readers] - {actor}} if actor in v[readers] else {writers: v[writers] - {actor}}

    system = System(
        f"ReadersWriters {n}",
        slots=slots,
        initial=({readers: frozenset(), writers: frozenset(), waiting: ()},),
        actions=(
            *(
                Action(f"{actor} asks to {what}", slots, slots, partial(ask, what=what, actor=actor))
                for what, actor in requests
            ),
            Action("serve", slots, slots, serve),
            Action("stop", slots, slots, stop),
        ),
    )
    fair = tuple(weak(system, action.name) for action in system.actions)

    def again(name: str, slot: Slot[frozenset[int]], *, within: bool) -> Property:
        return for_each(actors, lambda i: infinitely_often(name, (slot,), lambda v: (i in v[slot]) is within, fair))

    return Model(
        system.name,
        system,
        [
            always("safety", (readers, writers), lambda v: not (v[readers] and v[writers]) and len(v[writers]) < 2),
            again("each reads", readers, within=True),
            again("each writes", writers, within=True),
            again("each stops reading", readers, within=False),
            again("each stops writing", writers, within=False),
        ],
    )


model = readers_writers(3)
