"""The polymerase chain reaction: strands part in heat, primers anneal, and are extended to strands.

https://github.com/tlaplus/Examples/blob/master/specifications/glowingRaccoon/clean.tla
clean.cfg: success, 63 distinct states, 99 generated, depth 10.
"""

from collections.abc import Iterator

from haboot import Action, Model, Slot, System, View, Writes, always, step

DNA, PRIMER = 5, 5
heat, primer, dna = Slot("heat", ("Warm", "Hot", "TooHot")), Slot("primer", range(PRIMER + 1)), Slot("dna", range(11))
template, hybrid = Slot("template", range(16)), Slot("hybrid", range(PRIMER + 1))
ALL = (heat, primer, dna, template, hybrid)


def react(v: View) -> Iterator[Writes]:
    match v[heat]:
        case "Hot":
            strands = v[template] + v[hybrid] + 2 * v[dna]
            yield {heat: "TooHot", primer: v[primer] + v[hybrid], dna: 0, template: strands, hybrid: 0}
            for k in range(1, min(v[primer], v[template]) + 1):
                yield {heat: "Warm", primer: v[primer] - k, template: v[template] - k, hybrid: v[hybrid] + k}
        case "TooHot":
            yield {heat: "Hot"}
        case "Warm":
            yield {heat: "Hot", dna: v[dna] + v[hybrid], hybrid: 0}


def count(v: View) -> int:
    return v[template] + v[primer] + 2 * (v[dna] + v[hybrid])


system = System(
    "clean",
    slots=ALL,
    initial=({heat: "Hot", primer: PRIMER, dna: DNA, template: 0, hybrid: 0},),
    actions=(Action("react", ALL, ALL, react),),
)
model = Model(
    system.name,
    system,
    [
        always("preservation", ALL, lambda v: count(v) == PRIMER + 2 * DNA),
        step("preserved", ALL, lambda move: count(move.before) == count(move.after)),
    ],
)
