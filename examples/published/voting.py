"""Voting in ballots (Lamport): acceptors vote only for what is safe, so that all quorums choose the same value.

https://github.com/tlaplus/Examples/blob/master/specifications/PaxosHowToWinATuringAward/Voting.tla
MCVoting.cfg: success, 6,752 distinct states, 41,017 generated, depth 16.
"""

from collections.abc import Iterator
from functools import partial
from itertools import product

from haboot import Action, Model, System, View, Writes, always, array, for_each, refines

from examples.published.consensus import consensus

ACCEPTORS, VALUES, BALLOTS = ("a1", "a2", "a3"), ("v1", "v2"), (0, 1, 2)
QUORUMS = (("a1", "a2"), ("a1", "a3"), ("a2", "a3"))
bal = array("bal", ACCEPTORS, (-1, *BALLOTS))
vote = array("vote", product(ACCEPTORS, BALLOTS), (None, *VALUES))  # at most one in a ballot
ALL = (*bal, *vote)


def increase(v: View, a: str) -> Iterator[Writes]:
    yield from ({bal[a]: b} for b in BALLOTS if b > v[bal[a]])


def shows_safe(v: View, q: tuple[str, ...], b: int, value: str) -> bool:
    last = max((c for a in q for c in range(b) if v[vote[a, c]]), default=-1)
    return all(v[bal[a]] >= b for a in q) and (last < 0 or any(v[vote[a, last]] == value for a in q))


def cast(v: View, a: str) -> Iterator[Writes]:
    for b, value in product(BALLOTS, VALUES):
        alone = v[vote[a, b]] is None and {v[vote[c, b]] for c in ACCEPTORS} <= {None, value}
        if b >= v[bal[a]] and alone and any(shows_safe(v, q, b, value) for q in QUORUMS):
            yield {bal[a]: b, vote[a, b]: value}


def bound(v: View, a: str, c: int, value: str) -> bool:
    return v[vote[a, c]] == value or (v[vote[a, c]] is None and v[bal[a]] > c)


def safe(v: View, b: int, value: str) -> bool:
    """Whether no other value has been or can be chosen in an earlier ballot."""
    return all(any(all(bound(v, a, c, value) for a in q) for q in QUORUMS) for c in range(b))


def invariant(v: View) -> bool:
    votes = {(b, value) for (_, b), value in vote.of(v).items() if value}
    return len(votes) == len(dict(votes)) and all(safe(v, b, value) for b, value in votes)


def chosen(v: View) -> Writes:
    unanimous = (value for b in BALLOTS for q in QUORUMS for value in VALUES if {v[vote[a, b]] for a in q} == {value})
    return {"chosen": frozenset(unanimous)}


system = System(
    "Voting",
    slots=ALL,
    initial=({**bal.filled(-1), **vote.filled(None)},),
    actions=(
        *for_each(ACCEPTORS, lambda a: Action(f"{a} goes on", ALL, ALL, partial(increase, a=a))),
        *for_each(ACCEPTORS, lambda a: Action(f"{a} votes", ALL, ALL, partial(cast, a=a))),
    ),
)
abstract = refines("consensus", system, consensus(VALUES).composed(), ALL, chosen)
model = Model(system.name, system, [always("invariant", ALL, invariant), *abstract])
