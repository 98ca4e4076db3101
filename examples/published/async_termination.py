"""Termination detection with messages under way, as EWD 998 is to do it; at most three for a node.

https://github.com/tlaplus/Examples/blob/master/specifications/ewd998/AsyncTerminationDetection.tla
AsyncTerminationDetection.cfg: success, 4,097 distinct states, 53,271 generated, depth 14.
"""

from collections.abc import Iterator

from haboot import Action, Constraint, Model, Slot, System, View, Writes, always, array, leads_to, step, weak


def async_termination(n: int) -> Model:
    nodes = range(n)
    active, pending = array("active", nodes, (False, True)), array("pending", nodes, range(5))
    detected = Slot("detected", (False, True))
    slots = (*active, *pending, detected)

    def terminated(v: View) -> bool:
        return not any(active.of(v).values()) and not any(pending.of(v).values())

    def terminate(v: View) -> Iterator[Writes]:
        for i in nodes:
            if v[active[i]]:
                last = not any(v[active[j]] for j in nodes if j != i) and not any(pending.of(v).values())
                yield from ({active[i]: False, detected: now} for now in {v[detected], last})

    def send(v: View) -> Iterator[Writes]:
        yield from ({pending[j]: v[pending[j]] + 1} for i in nodes if v[active[i]] for j in nodes)

    def receive(v: View) -> Iterator[Writes]:
        yield from ({active[i]: True, pending[i]: v[pending[i]] - 1} for i in nodes if v[pending[i]])

    system = System(
        f"AsyncTerminationDetection {n}",
        slots=slots,
        initial=(
            {**up, **pending.filled(0), detected: now}
            for up in active.assignments()
            for now in {False, not any(up.values())}
        ),
        actions=(
            Action("terminate", slots, slots, terminate),
            Action("send", slots, slots, send),
            Action("receive", slots, slots, receive),
            Action("detect", slots, slots, lambda v: {detected: True} if terminated(v) else None),
        ),
        constraint=Constraint("at most 3 messages", pending, lambda v: max(pending.of(v).values()) <= 3),
    )
    return Model(
        system.name,
        system,
        [
            always("safe", slots, terminated, premise=lambda v: v[detected]),
            step(
                "quiescence",
                slots,
                lambda move: terminated(move.after),
                premise=lambda move: terminated(move.before),
            ),
            leads_to("live", slots, terminated, lambda v: v[detected], [weak(system, "detect")]),
        ],
    )


model = async_termination(4)
