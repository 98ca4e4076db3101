"""The dining philosophers of Chandy and Misra (1984): a dirty fork is handed over, and cleaned on the way.

https://github.com/tlaplus/Examples/blob/master/specifications/DiningPhilosophers/DiningPhilosophers.tla
DiningPhilosophers.cfg: success, 67 distinct states, 336 generated, depth 29.
"""

from functools import partial

from haboot import Action, Model, System, View, Writes, always, array, for_each, infinitely_often, weak


def dining_philosophers(n: int) -> Model:
    seats = range(n)
    holder, clean = array("holder", seats, seats), array("clean", seats, (False, True))
    pc, hungry = array("pc", seats, ("Loop", "Eat", "Think")), array("hungry", seats, (True, False))
    slots = (*holder, *clean, *pc, *hungry)

    def philosopher(v: View, p: int) -> Writes:
        forks = (p, (p + 1) % n)
        if v[pc[p]] == "Think":
            return {hungry[p]: True, pc[p]: "Loop"}
        if v[pc[p]] == "Eat":
            return {hungry[p]: False, pc[p]: "Loop", **{clean[f]: False for f in forks}}
        given: Writes = {}
        for fork, neighbour in ((p, (p - 1) % n), ((p + 1) % n, (p + 1) % n)):
            if not given and v[holder[fork]] == p and not v[clean[fork]]:
                given = {holder[fork]: neighbour, clean[fork]: True}
        eats = all(v[holder[f]] == p and v[clean[f]] for f in forks)
        return {**given, pc[p]: ("Eat" if eats else "Loop") if v[hungry[p]] else "Think"}

    system = System(
        f"DiningPhilosophers {n}",
        slots=slots,
        initial=(
            {
                **{holder[f]: 0 if f == 1 else f for f in seats},
                **clean.filled(False),
                **pc.filled("Loop"),
                **hungry.filled(True),
            },
        ),
        actions=for_each(seats, lambda p: Action(f"philosopher {p}", slots, slots, partial(philosopher, p=p))),
    )
    fair = for_each(seats, lambda p: weak(system, f"philosopher {p}"))
    return Model(
        system.name,
        system,
        [
            for_each(
                seats,
                lambda p: always("exclusive access", pc, lambda v: v[pc[p]] != "Eat" or v[pc[(p + 1) % n]] != "Eat"),
            ),
            for_each(seats, lambda p: infinitely_often("nobody starves", hungry, lambda v: not v[hungry[p]], fair)),
        ],
    )


model = dining_philosophers(5)
