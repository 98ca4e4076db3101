"""Prisoners and two switches: one of them counts, and announces when all have been in the room with the switches.

https://github.com/tlaplus/Examples/blob/master/specifications/Prisoners/Prisoners.tla
Prisoners.cfg: success, 214 distinct states, 860 generated, depth 14.
"""

from functools import partial

from haboot import Action, Model, Slot, System, View, Writes, always, array, eventually, for_each, weak


def prisoners(n: int) -> Model:
    others = range(1, n)
    a, b, count = Slot("switch a", (False, True)), Slot("switch b", (False, True)), Slot("count", range(2 * n))
    switched = array("switched", others, range(3))
    slots = (a, b, count, *switched)

    def other(v: View, i: int) -> Writes:
        return {b: not v[b]} if v[a] or v[switched[i]] == 2 else {a: True, switched[i]: v[switched[i]] + 1}

    def counter(v: View) -> Writes:
        return {a: False, count: v[count] + 1} if v[a] else {b: not v[b]}

    system = System(
        f"Prisoners {n}",
        slots=slots,
        initial=(
            {a: up, b: up_too, **switched.filled(0), count: 0} for up in (False, True) for up_too in (False, True)
        ),
        actions=(
            Action("the counter", slots, slots, counter),
            *for_each(others, lambda i: Action(f"prisoner {i}", slots, slots, partial(other, i=i))),
        ),
    )

    def done(v: View) -> bool:
        return v[count] == 2 * (n - 1)

    fair = (weak(system, "the counter"), *for_each(others, lambda i: weak(system, f"prisoner {i}")))
    return Model(
        system.name,
        system,
        [
            always("the count fits", slots, lambda v: v[count] - sum(switched.of(v).values()) + v[a] in {0, 1}),
            always("safety", slots, lambda v: all(switched.of(v).values()), premise=done),
            eventually("liveness", (count,), done, fair),
        ],
    )


model = prisoners(4)
