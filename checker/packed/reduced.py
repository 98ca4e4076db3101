"""The compiled loop of a search that takes of each state the steps of a stubborn set; see ``kernel`` for the rules.

Sets of actions are bits in words. It chooses as ``checker/stubborn.py`` does, in the same order.
"""


# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from haboot.checker.packed.kernel import (
    U,
    bisected,
    deliver,
    enabled,
    load,
    lowest,
    ones,
    stride,
    successor,
    walk,
)
from haboot.checker.packed.layout import NO, Longs, Words
from haboot.checker.packed.loops import bare
from numpy.typing import NDArray


class Meetings(NamedTuple):
    """All that is known of actions at states, as numbered by the leaves of their trees from NO down.

    Meeting m joins one of ``sets`` from ways[m] to ways[m + 1] - 1. ``owners`` are the actions of outcomes.
    """

    nodes: Longs
    cells: Longs
    steps: NDArray[np.bool_]
    ways: Longs
    sets: Words
    stirring: Words
    visible: Words
    own: Words
    ends: bool
    owners: Longs


class Chosen(NamedTuple):
    """What the loop writes to at a state: the meeting of each action, and sets of actions."""

    met: Longs
    live: Words
    base: Words
    best: Words
    trial: Words
    done: Words


@bare
def common(some, others):
    """Return how many actions two sets share."""
    number = U(0)
    for w in range(some.size):
        number += ones(some[w] & others[w])
    return number


@bare
def close(meetings, met, live, some, done, most):
    """Extend a set of actions by what must join them; return how many have a step, or ``most`` or more if they do."""
    words, held, w = some.size, common(some, live), 0
    for v in range(words):
        done[v] = U(0)
    while w < words and held < most:
        todo = some[w] & ~done[w]
        if todo == U(0):
            w += 1
            continue
        done[w] |= todo & (~todo + U(1))
        m = met[64 * w + np.int64(lowest(todo))]
        best, least, fewest = meetings.ways[m], ~U(0), ~U(0)
        for k in range(meetings.ways[m], meetings.ways[m + 1]):
            with_step, number = U(0), U(0)
            for v in range(words):
                fresh = meetings.sets[k, v] & ~some[v]
                with_step += ones(fresh & live[v])
                number += ones(fresh)
            if with_step < least or (with_step == least and number < fewest):
                best, least, fewest = k, with_step, number
        for v in range(words):
            some[v] |= meetings.sets[best, v]
        held, w = held + least, 0
    return held


@bare
def meet(meetings, state, met, live):
    """Write the meeting of each action at a state, and which actions have a step there."""
    for w in range(live.size):
        live[w] = U(0)
    for a in range(met.size):
        met[a] = NO - meetings.cells[walk(meetings.nodes, meetings.cells, a, state)]
        if meetings.steps[met[a]]:
            live[a // 64] |= U(1) << U(a % 64)


@bare
def choose(meetings, state, chosen):
    """Write a stubborn set of a state to ``best``."""
    met, live, base, best, trial, done = chosen
    words = live.size
    meet(meetings, state, met, live)
    for w in range(words):
        base[w] = meetings.visible[w]
    most = U(met.size + 1)
    held = close(meetings, met, live, base, done, most)
    for w in range(words):
        best[w] = base[w] | live[w]
    if not meetings.ends or held == common(live, live):
        for w in range(words):
            best[w] = base[w]
        return
    for a in range(met.size):
        if ((live[a // 64] & meetings.own[a // 64]) >> U(a % 64)) & U(1):
            for w in range(words):
                trial[w] = base[w] | meetings.stirring[met[a], w]
            number = close(meetings, met, live, trial, done, most)
            if number < most:
                most = number
                for w in range(words):
                    best[w] = trial[w]


@bare
def expand(shape, model, meetings, items, first, start, lo, hi, out, fill, counts, room, chosen):
    """Write successors of the frontier's states lo to hi - 1 as ``kernel.expand`` does, of stubborn sets alone."""
    patches, owners, (state, after, picks, _), best = model.patches, meetings.owners, room, chosen.best
    most, high = U(out.shape[1] // stride(shape)), U(0)
    p = bisected(start, lo + 1) - 1
    for i in range(lo, hi):
        while i >= start[p + 1]:
            p += 1
        load(shape, items, p, first[p] + i - start[p], state)
        n = enabled(shape, model, state, room)
        if n < 0:
            return -1 - i
        if high + U(n) > most:
            return i
        choose(meetings, state, chosen)
        for j in range(n):
            o = picks[j]
            if (best[owners[o] // 64] >> U(owners[o] % 64)) & U(1):
                counts[o] += 1
                changed = successor(shape, patches, state, o, after)
                high = max(high, deliver(shape, after, changed, U(0), out, fill))
    return hi
