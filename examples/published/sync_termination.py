"""Termination detection, as EWD 840 is to do it: when all nodes have become passive, that is detected in the end.

https://github.com/tlaplus/Examples/blob/master/specifications/ewd840/SyncTerminationDetection.tla
SyncTerminationDetection.cfg: success, 129 distinct states, 3,722 generated, depth 1.
"""

from collections.abc import Iterator

from haboot import Action, Model, Slot, System, View, Writes, always, array, leads_to, step, weak


def sync_termination(n: int) -> Model:
    nodes = range(n)
    active, detected = array("active", nodes, (False, True)), Slot("detected", (False, True))
    slots = (*active, detected)

    def terminated(v: View) -> bool:
        return not any(active.of(v).values())

    def terminate(v: View) -> Iterator[Writes]:
        for i in nodes:
            if v[active[i]]:
                last = not any(v[active[j]] for j in nodes if j != i)
                yield from ({active[i]: False, detected: now} for now in {v[detected], last})

    def wake_up(v: View) -> Iterator[Writes]:
        yield from ({active[j]: True} for i in nodes if v[active[i]] for j in nodes)

    system = System(
        f"SyncTerminationDetection {n}",
        slots=slots,
        initial=(
            {**start, detected: now} for start in active.assignments() for now in {False, not any(start.values())}
        ),
        actions=(
            Action("terminate", slots, slots, terminate),
            Action("wake up", slots, slots, wake_up),
            Action("detect", slots, slots, lambda v: {detected: True} if terminated(v) else None),
        ),
    )
    return Model(
        system.name,
        system,
        [
            always("what is detected is so", slots, terminated, premise=lambda v: v[detected]),
            step(
                "quiescence", active, lambda move: terminated(move.after), premise=lambda move: terminated(move.before)
            ),
            leads_to("liveness", slots, terminated, lambda v: v[detected], [weak(system, "detect")]),
        ],
    )


model = sync_termination(7)
