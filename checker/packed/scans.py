"""The compiled loops of the packed engine's queries; see ``kernel`` for the rules they keep."""


# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

import numpy as np
from haboot.checker.packed.hashing import ALL, NONE, following, holds, place
from haboot.checker.packed.kernel import (
    U,
    bare,
    compiled,
    enabled,
    inlined,
    load,
    lowest,
    matches,
    mixed,
    normalise,
    successor,
    walk,
    width_of,
)
from haboot.checker.packed.layout import CUT, ENVIRONMENT, ITEM, KNOWN, LANES, PENDING, STATE, STEP, TERMINAL, UNKNOWN

AHEAD = 1 << 16  # states that a scan looks through for further missing answers


@bare
def located(shape, store, state):
    """Return a state's number, partition << 40 | item, or -1 when it is not in the table."""
    items, table, whole, bits = store
    h, buckets = mixed(shape, state), U(whole)
    p, below, tags = np.int64(h >> shape.rest), h & shape.below, np.uint32(~((U(1) << U(bits)) - U(1)))
    own, mine = U(p * (whole + 1) * LANES), U(p * shape.cap)
    at, tag = place(shape, buckets, below), np.uint32(below << U(bits))
    while True:
        free = matches(table, own + at, ALL, NONE)
        same = matches(table, own + at, tags, tag) & ~free
        while same != U(0):
            i = U(table[own + at + lowest(same)] & ~tags) - U(1)
            if holds(shape, items, mine + i, below, state):
                return (p << 40) | np.int64(i)
            same &= same - U(1)
        if free != U(0):
            return np.int64(-1)
        at = following(at, buckets)


@inlined
def known(nodes, cells, cell, state):
    """Return the answer under a cell, 0 or 1, or -1 - cell where it is not known yet."""
    here = walk(nodes, cells, cell, state)
    return -3 - cells[here] if cells[here] < PENDING else -1 - here


@inlined
def stands_still(marks, picks, n):
    """Whether all of a state's outcomes, also those that are cut, are the environment's."""
    still = True
    for j in range(n):
        still &= (marks[picks[j]] & ENVIRONMENT) != 0
    return still


@compiled
def scan(shape, model, store, ask, kind, first, last, p, i, end, once, hits, missing, unknown):
    """Collect the numbers of the states that meet a question, from item ``i`` of partition ``p`` to partition ``end``.

    Each partition is scanned from ``first`` to ``last``; with ``once`` it ends at its first hit. States of which an
    answer is missing follow in ``missing``; ``unknown`` says of each whether it lacks the outcome of an action instead.
    Returns how many hits there are, how many states lack something, and the partition and item of the first of these,
    before which the hits are all.
    """
    chunks, slices, groups, buckets, entries, nodes, cells, leaves, patches, marks, blocks, most = model
    allowed = np.empty(slices.shape[2], np.uint64)
    answer_nodes, answers, roots, sieve, wanted = ask
    width, sieve_mask, items = width_of(shape), U(sieve.size - 1), store.items
    state, after, picks = np.empty(width, np.uint64), np.empty(width, np.uint64), np.empty(most, np.int64)
    found, lacking, ahead, stop_p, stop_i = 0, 0, AHEAD, end, 0
    while p < end:
        while i < last[p]:
            load(shape, items, p, i, state)
            answer, n = np.int64(0), np.int64(0)
            if kind == STATE:
                answer = known(answer_nodes, answers, 0, state)
            else:
                n = enabled(
                    shape, chunks, slices, groups, buckets, entries, nodes, cells, leaves, state, allowed, picks
                )
                if kind == TERMINAL:
                    if n >= 0 and stands_still(marks, picks, n):
                        answer = known(answer_nodes, answers, 0, state)
                elif kind != KNOWN:
                    for j in range(n):
                        if answer == 0 and (marks[picks[j]] & CUT) == 0:
                            if kind == STEP:
                                answer = known(answer_nodes, answers, roots[picks[j]], state)
                            elif successor(shape, patches, state, picks[j], after):
                                normalise(blocks, after)
                                if sieve[mixed(shape, after) & sieve_mask]:
                                    number = located(shape, store, after)
                                    at = np.searchsorted(wanted, number)
                                    answer = np.int64(at < wanted.size and wanted[at] == number)
            if answer < 0 or n < 0:
                if lacking == 0:
                    stop_p, stop_i = p, i
                held, cell = (cells, -1 - n) if n < 0 else (answers, -1 - answer)
                if lacking == 0 or held[cell] == UNKNOWN:
                    held[cell] = PENDING
                    missing[lacking, :] = state
                    unknown[lacking] = n < 0
                    lacking += 1
            elif answer and lacking == 0:
                hits[found] = (np.int64(p) << 40) | i
                found += 1
                if once:
                    break
            i += 1
            ahead -= lacking > 0
            if lacking == len(missing) or ahead == 0:
                return found, lacking, stop_p, stop_i
        p += 1
        if p < end:
            i = first[p]
    return found, lacking, stop_p, stop_i


@compiled
def degrees(shape, model, store, first, last, lo, hi, count):
    """Write how many outcomes each state of partitions lo to hi - 1 has; return whether all of them are known."""
    chunks, slices, groups, buckets, entries, nodes, cells, leaves, patches, marks, blocks, most = model
    allowed = np.empty(slices.shape[2], np.uint64)
    state, picks = np.empty(width_of(shape), np.uint64), np.empty(most, np.int64)
    whole = True
    for p in range(lo, hi):
        for i in range(last[p] - first[p]):
            load(shape, store.items, p, i, state)
            n = enabled(shape, chunks, slices, groups, buckets, entries, nodes, cells, leaves, state, allowed, picks)
            whole &= n >= 0
            count[first[p] + i] = n
    return whole


@compiled
def edges(shape, model, store, rank, first, last, lo, hi, at, target, outcome):
    """Write the successors' numbers and outcomes of partitions lo to hi - 1, each state's by ``rank`` of outcomes.

    ``first`` is the number of each partition's first state, ``at`` the place of each state's first outcome. The
    successor of an outcome that is cut is -1.
    """
    chunks, slices, groups, buckets, entries, nodes, cells, leaves, patches, marks, blocks, most = model
    allowed = np.empty(slices.shape[2], np.uint64)
    width, picks = width_of(shape), np.empty(most, np.int64)
    state, after = np.empty(width, np.uint64), np.empty(width, np.uint64)
    for p in range(lo, hi):
        for i in range(last[p] - first[p]):
            load(shape, store.items, p, i, state)
            n = enabled(shape, chunks, slices, groups, buckets, entries, nodes, cells, leaves, state, allowed, picks)
            to = at[first[p] + i]
            for j in range(1, n):
                moved, k = picks[j], j
                while k > 0 and rank[picks[k - 1]] > rank[moved]:
                    picks[k] = picks[k - 1]
                    k -= 1
                picks[k] = moved
            for j in range(n):
                target[to], outcome[to] = -1, picks[j]
                if (marks[picks[j]] & CUT) == 0:
                    successor(shape, patches, state, picks[j], after)
                    normalise(blocks, after)
                    number = located(shape, store, after)
                    target[to] = first[number >> 40] + (number & ITEM)
                to += 1


@compiled
def discovery(at, target, starts, order):
    """Number nodes as a breadth-first search from ``starts`` meets them; write ``order`` and return each one's rank."""
    rank, n = np.full(at.size - 1, -1, np.int64), 0
    for node in starts:
        if rank[node] < 0:
            rank[node], order[n] = n, node
            n += 1
    i = 0
    while i < n:
        node = order[i]
        for e in range(at[node], at[node + 1]):
            if rank[target[e]] < 0:
                rank[target[e]], order[n] = n, target[e]
                n += 1
        i += 1
    return rank


@compiled
def backward(at, target, able):
    """Mark every node from which a marked one can be reached, by a search over the edges turned round."""
    nodes = at.size - 1
    into = np.zeros(nodes + 1, np.int64)
    for e in range(target.size):
        into[target[e] + 1] += 1
    for node in range(nodes):
        into[node + 1] += into[node]
    source, free = np.empty(target.size, np.int32), into.copy()
    for node in range(nodes):
        for e in range(at[node], at[node + 1]):
            source[free[target[e]]] = node
            free[target[e]] += 1
    waiting = np.empty(nodes, np.int32)
    n = 0
    for node in range(nodes):
        if able[node]:
            waiting[n] = node
            n += 1
    i = 0
    while i < n:
        node = waiting[i]
        for e in range(into[node], into[node + 1]):
            if not able[source[e]]:
                able[source[e]] = True
                waiting[n] = source[e]
                n += 1
        i += 1


@compiled
def numbers(shape, model, store, states):
    """Return the numbers, partition << 40 | item, of states brought to normal form; -1 for one not found."""
    found, state = np.empty(len(states), np.int64), np.empty(width_of(shape), np.uint64)
    for i in range(len(states)):
        state[:] = states[i]
        normalise(model.blocks, state)
        found[i] = located(shape, store, state)
    return found


@compiled
def loaded(shape, items, wanted):
    """Return the states with the given numbers, shape (states, words)."""
    states = np.empty((wanted.size, width_of(shape)), np.uint64)
    for i in range(wanted.size):
        load(shape, items, wanted[i] >> 40, wanted[i] & ITEM, states[i])
    return states


@compiled
def homes(shape, states):
    """Return the partitions that states belong to."""
    found = np.empty(len(states), np.int64)
    for i in range(len(states)):
        found[i] = np.int64(mixed(shape, states[i]) >> shape.rest)
    return found


@compiled
def sieved(shape, items, wanted, sieve):
    """Mark the hashes of the states with the given numbers."""
    state = np.empty(width_of(shape), np.uint64)
    for i in range(wanted.size):
        load(shape, items, wanted[i] >> 40, wanted[i] & ITEM, state)
        sieve[np.int64(mixed(shape, state) & U(sieve.size - 1))] = True


@compiled
def met(shape, items, ask, sources, at, outcome, hits, missing, node):
    """Mark the steps that meet a question, from those of ``node`` on; ``sources`` gives the nodes' numbers.

    The steps of a node n are at[n] to at[n + 1] - 1. Returns the node reached and how many answers were missing there.
    """
    nodes, answers, roots, _, _ = ask
    state, lacking = np.empty(width_of(shape), np.uint64), 0
    while node < sources.size and lacking == 0:
        load(shape, items, sources[node] >> 40, sources[node] & ITEM, state)
        for e in range(at[node], at[node + 1]):
            answer = known(nodes, answers, roots[outcome[e]], state)
            if answer < 0:
                missing[0, :] = state
                lacking = 1
            else:
                hits[e] = answer == 1
        node += 1 - lacking
    return node, lacking
