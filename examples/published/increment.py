"""Threads that increment a shared counter in two steps, reading and writing: what one wrote may be lost.

https://github.com/stateright/stateright/blob/master/examples/increment.rs
increment.rs: safety failure, 13 distinct states.
"""

from functools import partial

from haboot import Action, Model, Slot, System, View, Writes, always, array, for_each

THREADS = (0, 1)
shared, read = Slot("shared", range(len(THREADS) + 1)), array("read", THREADS, range(len(THREADS)))
pc = array("pc", THREADS, (1, 2, 3))
ALL = (shared, *read, *pc)


def thread(v: View, t: int) -> Writes | None:
    if v[pc[t]] == 1:
        return {read[t]: v[shared], pc[t]: 2}
    return {shared: v[read[t]] + 1, pc[t]: 3} if v[pc[t]] == 2 else None


system = System(
    "increment",
    slots=ALL,
    initial=({shared: 0, **read.filled(0), **pc.filled(1)},),
    actions=for_each(THREADS, lambda t: Action(f"thread {t}", ALL, ALL, partial(thread, t=t))),
)
fin = always("fin", ALL, lambda v: list(pc.of(v).values()).count(3) == v[shared])
model = Model(system.name, system, [fin], expected={"fin": ("VIOLATED", "both read before either writes")})
