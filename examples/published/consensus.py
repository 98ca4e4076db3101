"""Consensus, as Lamport states it: at most one value is ever chosen.

https://github.com/tlaplus/Examples/blob/master/specifications/PaxosHowToWinATuringAward/Consensus.tla
MCConsensus.cfg: success, 4 distinct states, 4 generated, depth 2.
"""

from collections.abc import Iterator

from haboot import Action, Model, Slot, System, View, Writes, always, subsets

VALUES = ("v1", "v2", "v3")


def consensus(values: tuple[str, ...]) -> Model:
    chosen = Slot("chosen", subsets(values))

    def choose(v: View) -> Iterator[Writes]:
        if not v[chosen]:
            yield from ({chosen: frozenset({value})} for value in values)

    system = System("Consensus", (chosen,), ({chosen: frozenset()},), (Action("choose", (chosen,), (chosen,), choose),))
    return Model(system.name, system, [always("at most one is chosen", (chosen,), lambda v: len(v[chosen]) < 2)])


model = consensus(("a", "b", "c"))
