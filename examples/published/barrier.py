"""A barrier that can be used again: nobody leaves it before all have come.

https://github.com/tlaplus/Examples/blob/master/specifications/barriers/Barrier.tla
Barrier.cfg: success, 64 distinct states, 194 generated, depth 7.
"""

from haboot import Action, Model, System, View, Writes, array, for_each, step


def barrier(n: int) -> Model:
    processes = range(n)
    pc = array("pc", processes, ("b0", "b1"))

    def leave(v: View) -> Writes | None:
        return pc.filled("b0") if "b0" not in pc.of(v).values() else None

    def arrive(p: int) -> Action:
        return Action(f"{p} comes", (pc[p],), (pc[p],), lambda v: {pc[p]: "b1"} if v[pc[p]] == "b0" else None)

    system = System(
        f"Barrier {n}",
        slots=pc,
        initial=(pc.filled("b0"),),
        actions=(*for_each(processes, arrive), Action("all leave", pc, pc, leave)),
    )
    waits = for_each(
        processes,
        lambda q: step(
            "who is there waits for all",
            pc,
            lambda move: move.after[pc[q]] == "b1",
            premise=lambda move: move.before[pc[q]] == "b1" and "b0" in pc.of(move.before).values(),
        ),
    )
    return Model(system.name, system, [waits])


model = barrier(6)
