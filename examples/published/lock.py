"""A lock, taken and given back by two processes: what mutual exclusion is to achieve.

https://github.com/tlaplus/Examples/blob/master/specifications/locks_auxiliary_vars/Lock.tla
Lock.cfg: success, 12 distinct states, 21 generated, depth 5.
"""

from functools import partial

from haboot import Action, Model, Slot, System, View, Writes, always, array, for_each

PROCESSES = (1, 2)
pc, lock = array("pc", PROCESSES, ("l0", "l1", "cs", "l2")), Slot("lock", (1, 0))
ALL = (*pc, lock)


def process(v: View, p: int) -> Writes | None:
    match v[pc[p]]:
        case "l0":
            return {pc[p]: "l1"}
        case "l1":
            return {pc[p]: "cs", lock: 0} if v[lock] else None
        case "cs":
            return {pc[p]: "l2"}
        case _:
            return {pc[p]: "l0", lock: 1}


def excludes(v: View) -> bool:
    inside = [p for p in PROCESSES if v[pc[p]] in {"cs", "l2"}]
    return not inside or (len(inside) == 1 and v[lock] == 0)


system = System(
    "Lock",
    slots=ALL,
    initial=({**pc.filled("l0"), lock: 1},),
    actions=for_each(PROCESSES, lambda p: Action(f"process {p}", ALL, ALL, partial(process, p=p))),
)
model = Model(system.name, system, [always("mutual exclusion", ALL, excludes)])
