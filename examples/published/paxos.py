"""Paxos (Lamport): a leader asks a quorum before it proposes a value in a ballot; what was sent stays there for all.

https://github.com/tlaplus/Examples/blob/master/specifications/PaxosHowToWinATuringAward/Paxos.tla
MCPaxosTiny.cfg: success, 3,921 distinct states, 23,563 generated, depth 17.
"""

from collections.abc import Iterator
from functools import partial
from itertools import product

from haboot import Action, Model, System, View, Writes, always, array, for_each, refines

from examples.published import voting
from examples.published.voting import ACCEPTORS, QUORUMS, VALUES

NUMBERS = (0, 1)
bal, vbal = array("bal", ACCEPTORS, (-1, *NUMBERS)), array("vbal", ACCEPTORS, (-1, *NUMBERS))
val = array("val", ACCEPTORS, (None, *VALUES))
asked, proposed = array("1a", NUMBERS, (False, True)), array("2a", NUMBERS, (None, *VALUES))
promised = array("1b", product(ACCEPTORS, NUMBERS), (None, (-1, None), *product(NUMBERS, VALUES)))
voted = array("2b", product(ACCEPTORS, NUMBERS), (None, *VALUES))
ALL = (*bal, *vbal, *val, *asked, *promised, *proposed, *voted)


def promise(v: View, a: str) -> Iterator[Writes]:
    for b in NUMBERS:
        if v[asked[b]] and b > v[bal[a]]:
            yield {bal[a]: b, promised[a, b]: (v[vbal[a]], v[val[a]])}


def propose(v: View, b: int, value: str) -> Iterator[Writes]:
    for q in QUORUMS if v[proposed[b]] is None else ():
        told = [one for a in q if (one := v[promised[a, b]])]
        if len(told) == len(q):
            last = max(number for number, _ in told)
            free = [(-1, None)] if last < 0 else [one for one in told if one == (last, value)]
            yield from ({proposed[b]: value} for _ in free)


def accept(v: View, a: str) -> Iterator[Writes]:
    for b in NUMBERS:
        if v[proposed[b]] and b >= v[bal[a]]:
            yield {bal[a]: b, vbal[a]: b, val[a]: v[proposed[b]], voted[a, b]: v[proposed[b]]}


def seen(v: View) -> Writes:
    votes = {voting.vote[ab]: value for ab, value in voted.of(v).items()}
    return {**voting.vote.filled(None), **votes, **{voting.bal[a]: v[bal[a]] for a in ACCEPTORS}}


def kept(v: View, a: str) -> bool:
    """Whether an acceptor keeps its promises, and remembers its last vote."""
    last = v[vbal[a]]
    remembers = v[val[a]] == (v[voted[a, last]] if last >= 0 else None) and v[bal[a]] >= last
    told = [(b, one) for b in NUMBERS if (one := v[promised[a, b]])]
    votes = [b for b in NUMBERS if v[voted[a, b]]]
    honest = all(v[bal[a]] >= b and (n < 0 or v[voted[a, n]] == value) for b, (n, value) in told)
    return remembers and honest and all(last >= b and v[voted[a, b]] == v[proposed[b]] for b in votes)


def safe(v: View, b: int) -> bool:
    """Whether what is proposed is shown to be safe by a quorum."""
    votes = View({slot.name: value for slot, value in seen(v).items()}, "voting")
    return any(voting.shows_safe(votes, q, b, v[proposed[b]] or "") for q in QUORUMS)


system = System(
    "Paxos",
    slots=ALL,
    initial=({slot: slot.domain[0] for slot in ALL},),
    actions=(
        *for_each(NUMBERS, lambda b: Action(f"ask in {b}", (), (asked[b],), lambda _: {asked[b]: True})),
        *for_each(ACCEPTORS, lambda a: Action(f"{a} promises", ALL, ALL, partial(promise, a=a))),
        *for_each(
            product(NUMBERS, VALUES),
            lambda bv: Action(f"propose {bv[1]} in {bv[0]}", ALL, ALL, partial(propose, b=bv[0], value=bv[1])),
        ),
        *for_each(ACCEPTORS, lambda a: Action(f"{a} accepts", ALL, ALL, partial(accept, a=a))),
    ),
)
model = Model(
    system.name,
    system,
    [
        for_each(ACCEPTORS, lambda a: always("an acceptor keeps its word", ALL, partial(kept, a=a))),
        for_each(
            NUMBERS,
            lambda b: always("a proposal is safe", ALL, partial(safe, b=b), premise=lambda v: bool(v[proposed[b]])),
        ),
        *refines("voting", system, voting.system, ALL, seen),
    ],
)
