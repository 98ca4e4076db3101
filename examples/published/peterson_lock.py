"""Peterson's mutual exclusion for two processes, which does what a lock does.

https://github.com/tlaplus/Examples/blob/master/specifications/locks_auxiliary_vars/Peterson.tla
Peterson.cfg: success, 42 distinct states, 77 generated, depth 11.
"""

from functools import partial

from haboot import Action, Model, Slot, System, View, Writes, always, array, for_each, refines

from examples.published import lock
from examples.published.lock import PROCESSES

LABELS = {"a0": "l0", "a1": "l1", "a2": "l1", "a3": "l1", "cs": "cs", "a4": "l2"}  # and what each is to the lock
pc, wants, turn = (
    array("pc", PROCESSES, tuple(LABELS)),
    array("wants", PROCESSES, (False, True)),
    Slot("turn", PROCESSES),
)
ALL = (*pc, *wants, turn)


def process(v: View, p: int) -> Writes | None:
    other = 3 - p
    match v[pc[p]]:
        case "a0":
            return {pc[p]: "a1"}
        case "a1":
            return {pc[p]: "a2", wants[p]: True}
        case "a2":
            return {pc[p]: "a3", turn: other}
        case "a3":
            return {pc[p]: "cs"} if not v[wants[other]] or v[turn] == p else None
        case "cs":
            return {pc[p]: "a4"}
        case _:
            return {pc[p]: "a0", wants[p]: False}


def inside(v: View, p: int) -> bool:
    return v[pc[p]] in {"cs", "a4"}


def invariant(v: View, p: int) -> bool:
    other = 3 - p
    announced = v[wants[p]] == (v[pc[p]] in {"a2", "a3", "cs", "a4"})
    first = not inside(v, p) or v[turn] == p or v[pc[other]] in {"a0", "a1", "a2"}
    return announced and first and not (inside(v, p) and inside(v, other))


def seen(v: View) -> Writes:
    taken = any(inside(v, p) for p in PROCESSES)
    return {**{lock.pc[p]: LABELS[v[pc[p]]] for p in PROCESSES}, lock.lock: 0 if taken else 1}


system = System(
    "Peterson",
    slots=ALL,
    initial=({**pc.filled("a0"), **wants.filled(False), turn: 1},),
    actions=for_each(PROCESSES, lambda p: Action(f"process {p}", ALL, ALL, partial(process, p=p))),
)
model = Model(
    system.name,
    system,
    [
        for_each(PROCESSES, lambda p: always("invariant", ALL, partial(invariant, p=p))),
        *refines("a lock", system, lock.system, ALL, seen),
    ],
)
