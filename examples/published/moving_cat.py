"""The moving cat: each night a cat moves to a box beside its own, and one box a day is looked into, to and fro.

https://github.com/tlaplus/Examples/blob/master/specifications/Moving_Cat_Puzzle/Cat.tla
CatOddBoxes.cfg: success, 30 distinct states, 78 generated, depth 1.
CatEvenBoxes.cfg: success, 48 distinct states, 128 generated, depth 1.
"""

from collections.abc import Iterator

from haboot import Action, Model, Slot, System, View, Writes, eventually, integers, weak


def moving_cat(boxes: int) -> Model:
    cat, observed = Slot("cat", integers(1, boxes)), Slot("observed", integers(2, boxes - 1))
    direction = Slot("direction", (1, -1))
    slots = (cat, observed, direction)

    def night(v: View) -> Iterator[Writes]:
        seen = v[observed] + v[direction]
        look: Writes = {observed: seen} if seen in observed.domain else {direction: -v[direction]}
        yield from ({**look, cat: box} for box in (v[cat] + 1, v[cat] - 1) if box in cat.domain)

    system = System(
        f"Cat {boxes}",
        slots=slots,
        initial=({cat: c, observed: o, direction: d} for c in cat.domain for o in observed.domain for d in (1, -1)),
        actions=(Action("a night", slots, slots, night),),
    )
    found = eventually("the cat is found", (cat, observed), lambda v: v[observed] == v[cat], [weak(system)])
    return Model(system.name, system, [found])


model = [moving_cat(5), moving_cat(6)]
