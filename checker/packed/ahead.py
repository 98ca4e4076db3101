"""The loops that a search and its queries need for states of one form, compiled from the last to the first.

``python -m haboot.checker.packed.ahead FORM PROCESS`` is the helper of a process that compiles from the first; see
``helping``. A loop that is not listed is compiled by whoever needs it.
"""

from __future__ import annotations

import sys

from haboot.checker.host import rare_collections
from haboot.checker.packed import hashing, kept, kernel, loops, scans, steps
from haboot.checker.packed.calling import Kind, Written
from haboot.checker.packed.layout import Ask, Block, Lean, Model, Plan, Room, Shape, Store

FLAGS, LONGS, WORDS = "|b1 1 C", "<i8 1 C", "<u8 1 C"
SHORTS, PAIRS, ROWS = "<i4 1 C", "<i8 2 C", "<u8 2 C"
LEAN, KINDS = (Lean, "|u1 1 C", ROWS, ROWS), "|u1 2 C"
MODEL = (Model, PAIRS, "<u8 3 C", PAIRS, LONGS, LONGS, PAIRS, LONGS, PAIRS, "<u8 3 C", "|u1 1 C", "q", LEAN)
ROOM = (Room, WORDS, WORDS, LONGS, WORDS)
BLOCK = (Block, ROWS, "|u1 1 C", ROWS, SHORTS, SHORTS, WORDS)
ASK = (Ask, PAIRS, LONGS, LONGS, FLAGS, LONGS)
PLAN = (Plan, LONGS, LONGS, LONGS, ROWS)
GRAPH = (LONGS, SHORTS)


def due(form: int) -> list[tuple[Written, tuple[Kind, ...]]]:
    """Return loops, each with the kinds of its arguments, in the order in which they are needed."""
    shape = (Shape, (tuple, *"q" * form), "q", *"QQQQQQQQ", "q")
    one = "<u4" if form == 1 else "<u8"
    items = f"{one} 1 C"
    store = (Store, items, "<u4 1 C", "q", "q")
    room = "n" if form == 1 else WORDS
    every = (tuple, ROOM, ROOM)
    refilled: tuple[Kind, ...] = (shape, store, LONGS, "q", "q", "?", WORDS)
    numbering = [(hashing.refill, refilled)] if form == 1 else []  # otherwise the table holds numbers from the start
    return [
        (kernel.scatter, (shape, "n", ROWS, ROWS, SHORTS, WORDS)),
        (hashing.insert, (shape, store, "q", "<u8 3 C", "<i4 2 C", LONGS, LONGS, KINDS, "q", "q", room)),
        (
            kernel.expand,
            (shape, MODEL, "n", KINDS, items, LONGS, LONGS, "q", "q", ROWS, SHORTS, LONGS, BLOCK, ROOM),
        ),
        (kernel.lacking, (shape, MODEL, items, LONGS, LONGS, "q", "q", ROWS, ROOM)),
        *numbering,
        (
            steps.edges,
            (
                *(shape, MODEL, "n", store, LONGS, LONGS, LONGS, "q", "q", "q", "q", LONGS, SHORTS, SHORTS),
                *(ROOM, ROWS, LONGS),
            ),
        ),
        (scans.leading, (PAIRS, LONGS, FLAGS, FLAGS)),
        (
            scans.sweep,
            (
                *(shape, (tuple, MODEL, MODEL), LONGS, items, (tuple, PAIRS, LONGS), PLAN, LONGS, LONGS, LONGS),
                *((tuple, LONGS, LONGS, SHORTS), "q", "q", "q", FLAGS, ROWS, LONGS, every, ROWS),
            ),
        ),
        (
            scans.scan,
            (shape, MODEL, "n", items, shape, store, ASK, "q", LONGS, LONGS, "q", "q", "q", LONGS, ROWS, FLAGS, ROOM),
        ),
        (steps.before, (*GRAPH, LONGS, LONGS, LONGS, FLAGS, LONGS)),
        (scans.numbers, (shape, "n", store, ROWS, LONGS, WORDS)),
        (steps.leading, (*GRAPH, SHORTS, FLAGS, FLAGS, SHORTS, "q")),
        (steps.enabling, (*GRAPH, SHORTS, ROWS, ROWS)),
        (steps.met, (shape, items, ASK, LONGS, *GRAPH, FLAGS, ROWS, "q", WORDS)),
        (steps.reached, (*GRAPH, FLAGS, FLAGS, SHORTS)),
        (steps.components, (*GRAPH, FLAGS, SHORTS, SHORTS, SHORTS, LONGS, FLAGS)),
        (steps.sift, (*GRAPH, SHORTS, FLAGS, ROWS, ROWS, WORDS, WORDS, FLAGS, SHORTS, SHORTS, "<u8 3 C", FLAGS)),
    ]


@rare_collections()
def main(form: int, owner: int) -> None:
    """Compile what nobody has and nobody has claimed."""
    for loop, kinds in reversed(due(form)):
        name = loops.file_name(loop, kinds)
        if kept.read(name) is None and kept.claim(name, owner):
            kept.write(name, loops.machine_code(loop, kinds))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
