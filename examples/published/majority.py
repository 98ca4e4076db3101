"""Finding what occurs in more than half of a sequence, in one pass (Boyer and Moore, 1991).

https://github.com/tlaplus/Examples/blob/master/specifications/Majority/Majority.tla
MCMajority.cfg: success, 2,733 distinct states, 3,459 generated, depth 6.
"""

from haboot import Action, Model, Slot, System, View, Writes, always, sequences

VALUES, BOUND = ("A", "B", "C"), 5
seq, at = Slot("seq", sequences(VALUES, BOUND)), Slot("at", range(BOUND + 1))
cand, cnt = Slot("cand", VALUES), Slot("cnt", range(BOUND + 1))
ALL = (seq, at, cand, cnt)


def look(v: View) -> Writes | None:
    if v[at] == len(v[seq]):
        return None
    here, onward = v[seq][v[at]], {at: v[at] + 1}
    if v[cnt] == 0:
        return {**onward, cand: here, cnt: 1}
    return {**onward, cnt: v[cnt] + 1 if here == v[cand] else v[cnt] - 1}


def correct(v: View) -> bool:
    return all(value == v[cand] for value in VALUES if 2 * v[seq].count(value) > len(v[seq]))


def invariant(v: View) -> bool:
    before, rest = v[seq][: v[at]], v[at] - v[cnt]
    most = all(2 * before.count(value) <= rest for value in VALUES if value != v[cand])
    return most and 0 <= 2 * (before.count(v[cand]) - v[cnt]) <= rest


system = System(
    "Majority",
    slots=ALL,
    initial=({seq: one, at: 0, cand: value, cnt: 0} for one in seq.domain for value in VALUES),
    actions=(Action("look", ALL, ALL, look),),
)
model = Model(
    system.name,
    system,
    [always("correct", ALL, correct, premise=lambda v: v[at] == len(v[seq])), always("invariant", ALL, invariant)],
)
