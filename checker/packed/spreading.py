"""The compiled loops of the labelled search: states with the sets of assumptions that runs to them have used.

A set is a word with a bit for each assumption. A state keeps the sets that contain no other, as a list of entries. An
entry waits in the queue of its set's size, so all of one size are taken before any larger one. Steps are computed
whenever they are looked at, and not kept. See ``kernel`` for the rules that loops keep.
"""


# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from haboot.checker.packed.kernel import U, enabled, keep, ones, successor, take, walk
from haboot.checker.packed.layout import ODD_1, PENDING, UNKNOWN, YES, Longs, Words
from haboot.checker.packed.loops import bare, inlined
from haboot.checker.packed.scans import AHEAD, is_seen, noted
from numpy.typing import NDArray

ODD = U(ODD_1)
NONE = -1
STATES, ENTRIES, EXPANDED, STEPS, CUTS, AT = range(6)  # what is counted; the last is the entry where a pass stands


class Space(NamedTuple):
    """States, the table over them and their first entries; entries with their sets, states and what follows them."""

    words: Words
    table: NDArray[np.int32]
    head: NDArray[np.int32]
    masks: Words
    owner: NDArray[np.int32]
    after: NDArray[np.int32]
    behind: NDArray[np.int32]
    first: Longs
    last: Longs
    tally: Longs
    cuts: Words


class Labels(NamedTuple):
    """What outcomes need: the sets of outcome o are from at[o] to at[o + 1] - 1; and whether a bound cuts it."""

    at: Longs
    masks: Words
    cut: NDArray[np.bool_]
    most: int


@inlined
def hashed(state):
    """Return the hash of a state."""
    h = U(0)
    for k in range(state.size):
        h = (h ^ state[k]) * ODD
        h ^= h >> U(32)
    return h


@bare
def number_of(words, table, head, tally, state):
    """Return the number of a state, a new one where it is new."""
    at = np.int64(hashed(state) & U(table.size - 1))
    while table[at] >= 0:
        s, same = table[at], True
        for k in range(state.size):
            same &= words[s, k] == state[k]
        if same:
            return np.int64(s)
        at = (at + 1) & (table.size - 1)
    s = tally[STATES]
    table[at] = s
    keep(words, s, state)
    head[s] = NONE
    tally[STATES] += 1
    return s


@bare
def laid(words, table, states, state):
    """Fill an empty table with the first ``states`` states."""
    for s in range(states):
        take(words, s, state)
        at = np.int64(hashed(state) & U(table.size - 1))
        while table[at] >= 0:
            at = (at + 1) & (table.size - 1)
        table[at] = s


@inlined
def queued(space, size, e):
    """Put an entry at the end of the queue of a size."""
    space.behind[e] = NONE
    if space.first[size] < 0:
        space.first[size] = e
    else:
        space.behind[space.last[size]] = e
    space.last[size] = e


@bare
def reach(space, s, u):
    """Keep a set for a state, unless it contains one that is kept; drop those that contain it."""
    before, e = NONE, space.head[s]
    while e >= 0:
        kept, following = space.masks[e], space.after[e]
        if kept & u == kept:
            return
        if kept & u == u:
            space.owner[e] = NONE
            if before < 0:
                space.head[s] = following
            else:
                space.after[before] = following
        else:
            before = e
        e = following
    e = space.tally[ENTRIES]
    space.tally[ENTRIES] += 1
    space.masks[e], space.owner[e], space.after[e] = u, s, space.head[s]
    space.head[s] = e
    queued(space, np.int64(ones(u)), e)


@bare
def added(sets, count, u):
    """Add a set to those that contain no other; return how many there are. Where there is no room, none is added."""
    for i in range(count):
        if sets[i] & u == sets[i]:
            return count
    kept = 0
    for i in range(count):
        if sets[i] & u != u:
            sets[kept] = sets[i]
            kept += 1
    if kept == sets.size:
        return kept
    sets[kept] = u
    return kept + 1


@bare
def spread(shape, model, labels, space, size, dead, missing, budget, room):
    """Take entries of a size from their queue, and give what they lead to its sets.

    Returns how many states lack an outcome, which then stand in ``missing``; stops where these are many, and where
    arrays are full or the budget of states is spent. ``dead`` are sets all of whose supersets are of no interest.
    """
    state, after, picks, _ = room
    lacking, vain = 0, 0
    widest = model.most * max(1, labels.most)
    while space.first[size] >= 0 and budget > 0:
        full = space.tally[STATES] + model.most > len(space.words)
        if full or space.tally[ENTRIES] + widest > space.masks.size or space.tally[CUTS] + 1 > space.cuts.size:
            return lacking
        e = space.first[size]
        s, space.first[size] = space.owner[e], space.behind[e]
        u = space.masks[e]
        if s < 0:
            continue
        if is_dead(dead, u):
            continue
        take(space.words, s, state)
        n = enabled(shape, model, state, room)
        if n < 0:
            queued(space, size, e)
            if model.cells[-1 - n] == UNKNOWN or lacking == 0:
                model.cells[-1 - n] = PENDING
                keep(missing, lacking, state)
                lacking += 1
            vain += 1
            if lacking == len(missing) or vain > len(missing):
                return lacking
            continue
        budget -= 1
        space.tally[EXPANDED] += 1
        space.tally[STEPS] += n
        for j in range(n):
            o, target = picks[j], np.int64(NONE)
            for a in range(labels.at[o], labels.at[o + 1]):
                used = u | labels.masks[a]
                if np.int64(ones(used)) > space.first.size - 1:
                    continue
                if labels.cut[o]:
                    space.tally[CUTS] = added(space.cuts, space.tally[CUTS], used)
                    continue
                if target < 0:
                    successor(shape, model.patches, state, o, after)
                    target = number_of(space.words, space.table, space.head, space.tally, after)
                reach(space, target, used)
    return lacking


@inlined
def met(answers, leaf, u, most, sets, count):
    """Add to the sets that meet a question what an answer adds to a set; return how many there are."""
    at, masks = answers
    k = YES - leaf
    for a in range(at[k], at[k + 1]):
        used = u | masks[a]
        if np.int64(ones(used)) <= most:
            count = added(sets, count, used)
    return count


@inlined
def is_dead(dead, u):
    """Whether a set contains one all of whose supersets are of no interest."""
    found = False
    for i in range(dead.size):
        found |= dead[i] & u == dead[i]
    return found


@bare
def put(trees, plan, group, state, u, answers, most, found, counts, seen, missing, lacks, lacking):
    """Put a group of questions to a state under a set; return how many answers are missing by now."""
    (nodes, cells), (roots, owners, at, masks) = trees, plan
    if at[group] == at[group + 1]:
        return lacking
    same, place = is_seen(seen, masks, group, state)
    if same:
        return lacking
    never = True
    for e in range(at[group], at[group + 1]):
        cell = walk(nodes, cells, roots[e], state)
        leaf = cells[cell]
        if leaf >= PENDING:
            never = False
            lacking = noted(cells, cell, e, state, missing, lacks, lacking)
        elif leaf <= YES:
            never = False
            counts[owners[e]] = met(answers, leaf, u, most, found[owners[e]], counts[owners[e]])
    if never:
        seen[place, 0] = U(group + 1)
        for w in range(masks.shape[1]):
            seen[place, w + 1] = state[w] & masks[group, w]
    return lacking


@bare
def asked(shape, model, labels, space, size, dead, trees, plan, answers, found, counts, seen, missing, lacks, room):
    """Put all questions to the states of the entries of a size, and to their steps, whose outcomes are known.

    ``found`` has for each question the sets under which a state or step meets it, shape (questions, sets). Goes on from
    the entry that is counted. Returns how many answers are missing: their states stand in ``missing`` and their trees
    in ``lacks``, and the entry counted is the first that lacks one.
    """
    state, _, picks, _ = room
    most, e, lacking, ahead = space.first.size - 1, space.tally[AT], 0, AHEAD
    while e < space.tally[ENTRIES] and ahead > 0 and lacking < lacks.size:
        s, u = space.owner[e], space.masks[e]
        if s >= 0 and np.int64(ones(u)) == size and not is_dead(dead, u):
            take(space.words, s, state)
            lacking = put(trees, plan, 0, state, u, answers, most, found, counts, seen, missing, lacks, lacking)
            n = enabled(shape, model, state, room)
            for j in range(n):
                o = picks[j]
                if labels.cut[o] or plan.at[o + 1] == plan.at[o + 2]:
                    continue
                for a in range(labels.at[o], labels.at[o + 1]):
                    used = u | labels.masks[a]
                    if np.int64(ones(used)) <= most:
                        lacking = put(
                            trees, plan, o + 1, state, used, answers, most, found, counts, seen, missing, lacks, lacking
                        )
        e += 1
        if lacking == 0:
            space.tally[AT] = e
        else:
            ahead -= 1
    return lacking
