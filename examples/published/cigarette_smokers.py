"""The cigarette smokers (Patil, 1971): a dealer offers two of three ingredients, and who has the third smokes.

https://github.com/tlaplus/Examples/blob/master/specifications/CigaretteSmokers/CigaretteSmokers.tla
CigaretteSmokers.cfg: success, 6 distinct states, 15 generated, depth 2.
"""

from collections.abc import Iterator

from haboot import Action, Model, Slot, System, View, Writes, always, array, subsets

INGREDIENTS = ("matches", "paper", "tobacco")
OFFERS = subsets(INGREDIENTS, 2, 2)
smoking = array("smoking", INGREDIENTS, (False, True))
dealer = Slot("dealer", (frozenset[str](), *OFFERS))
ALL = (*smoking, dealer)


def start(v: View) -> Writes | None:
    return {dealer: frozenset(), **{smoking[r]: r not in v[dealer] for r in INGREDIENTS}} if v[dealer] else None


def stop(v: View) -> Iterator[Writes]:
    if not v[dealer]:
        (smoker,) = (r for r in INGREDIENTS if v[smoking[r]])
        yield from ({smoking[smoker]: False, dealer: offer} for offer in OFFERS)


smokers = System(
    "CigaretteSmokers",
    slots=ALL,
    initial=({**smoking.filled(False), dealer: offer} for offer in OFFERS),
    actions=(Action("start smoking", ALL, ALL, start), Action("stop smoking", ALL, ALL, stop)),
)
model = Model(smokers.name, smokers, [always("at most one smokes", smoking, lambda v: sum(smoking.of(v).values()) < 2)])
