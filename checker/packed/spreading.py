"""The compiled loops of the labelled search: what runs reach that use one set of assumptions, and no smaller one.

A set is a word with a bit for each assumption. A state that is kept has the sets under which it was met, none of which
contains another, as a list of entries. One set is explored at a time, in a table of its own: from the steps that lead
out of smaller sets, by steps that need no more, and not into states that a smaller set reaches. Steps are computed
whenever they are looked at, and not kept. See ``kernel`` for the rules that loops keep.
"""


# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

import numpy as np
from haboot.checker.packed.holding import AT, CUTS, ENTRIES, NONE, SEEDS, STATES, STEPS, TAKEN
from haboot.checker.packed.kernel import U, enabled, fetch, keep, ones, successor, take, walk
from haboot.checker.packed.layout import ODD_1, ODD_2, PENDING, YES
from haboot.checker.packed.loops import bare, inlined
from haboot.checker.packed.scans import is_seen, noted, remember

ODD, SPREAD = U(ODD_1), U(ODD_2)
AHEAD = 1 << 11  # states that are looked through for further missing answers


@inlined
def hashed(state):
    """Return the hash of a state: a polynomial of its words, which are multiplied independently of each other."""
    h, factor = U(0), ODD
    for k in range(state.size):
        h += state[k] * factor
        factor *= ODD
    h = (h ^ (h >> U(32))) * SPREAD
    return h ^ (h >> U(32))


@inlined
def place_of(words, table, state, h):
    """Return the place of a state, given its hash, in a table, or the free one that it would take."""
    at = np.int64(h & U(table.size - 1))
    while table[at] >= 0:
        s, same = table[at], True
        for k in range(state.size):
            same &= words[s, k] == state[k]
        if same:
            break
        at = (at + 1) & (table.size - 1)
    return at


@bare
def number_of(space, state):
    """Return the number of a state that is kept, a new one where it is new."""
    at = place_of(space.words, space.table, state, hashed(state))
    if space.table[at] < 0:
        s = space.tally[STATES]
        space.table[at] = s
        keep(space.words, s, state)
        space.head[s] = NONE
        space.tally[STATES] += 1
    return np.int64(space.table[at])


@bare
def laid(words, table, states, fixed, state):
    """Fill an empty table with the first ``states`` states, with some circumstances as if not chosen."""
    for s in range(states):
        take(words, s, state)
        settle(fixed, state)
        at = np.int64(hashed(state) & U(table.size - 1))
        while table[at] >= 0:
            at = (at + 1) & (table.size - 1)
        table[at] = s


@inlined
def settle(fixed, state):
    """Take for not chosen the circumstances that were chosen to be what they are anyhow."""
    for c in range(fixed.shape[0]):
        w, shift, mask = fixed[c, 0], U(fixed[c, 1]), U(fixed[c, 2])
        if (state[w] >> shift) & mask == U(fixed[c, 3]):
            state[w] = (state[w] & ~(mask << shift)) | (U(fixed[c, 4]) << shift)


@inlined
def within(space, s, u):
    """Whether a state that is kept was met under a part of a set."""
    e, found = space.head[s], False
    while e >= 0 and not found:
        found = space.masks[e] & u == space.masks[e]
        e = space.after[e]
    return found


@bare
def is_known(space, fixed, u, state, blank):
    """Whether a state, or one that is no different under a set, was met under a part of the set."""
    for k in range(state.size):
        blank[k] = state[k]
    settle(fixed.every, blank)
    at = np.int64(hashed(blank) & U(fixed.table.size - 1))
    while fixed.table[at] >= 0:
        s, same = fixed.table[at], True
        for k in range(state.size):
            same &= (space.words[s, k] ^ state[k]) & fixed.rest[k] == U(0)
        if same:
            take(space.words, s, blank)
            settle(fixed.here, blank)
            for k in range(state.size):
                same &= blank[k] == state[k]
            if same and within(space, s, u):
                return True
        at = (at + 1) & (fixed.table.size - 1)
    return False


@inlined
def come(alone, space, fixed, u, state, h, blank):
    """Note a state that a set reaches, given its hash, unless it is known."""
    at = place_of(alone.words, alone.table, state, h)
    if alone.table[at] < 0 and not is_known(space, fixed, u, state, blank):
        alone.table[at] = alone.tally[STATES]
        keep(alone.words, alone.tally[STATES], state)
        alone.tally[STATES] += 1


@inlined
def met_ahead(alone, batch, count, state):
    """Put a state among those reached in one step, ask for its place in the table, and return how many there are."""
    h = hashed(state)
    keep(batch.states, count, state)
    batch.hashes[count] = h
    fetch(alone.table, h & U(alone.table.size - 1))
    return count + 1


@inlined
def gather(alone, space, fixed, u, batch, count, state, blank):
    """Note the states reached in one step that are not known; what lies at their places is asked for first."""
    for c in range(count):
        s = alone.table[batch.hashes[c] & U(alone.table.size - 1)]
        if s >= 0:
            fetch(alone.words, U(s) * U(state.size))
            fetch(alone.words, U(s) * U(state.size) + U(state.size - 1))
    for c in range(count):
        take(batch.states, c, state)
        come(alone, space, fixed, u, state, batch.hashes[c], blank)


@bare
def lacking(nodes, cells, roots, states, state, pairs):
    """Write down which trees, by their roots, do not answer for which states; return how many pairs there are."""
    count = 0
    for r in range(roots.size):
        for s in range(len(states)):
            take(states, s, state)
            if cells[walk(nodes, cells, roots[r], state)] >= PENDING:
                pairs[count, 0], pairs[count, 1] = r, s
                count += 1
    return count


@bare
def kept(space, alone, u, state):
    """Keep the states of a set."""
    for i in range(alone.tally[STATES]):
        take(alone.words, i, state)
        s, e = number_of(space, state), space.tally[ENTRIES]
        space.masks[e], space.owner[e], space.after[e] = u, s, space.head[s]
        space.head[s] = e
        space.tally[ENTRIES] += 1


@bare
def added(sets, count, u):
    """Add a set to those that contain no other; return how many there are. Where there is no room, none is added."""
    for i in range(count):
        if sets[i] & u == sets[i]:
            return count
    kept_ones = 0
    for i in range(count):
        if sets[i] & u != u:
            sets[kept_ones] = sets[i]
            kept_ones += 1
    if kept_ones == sets.size:
        return kept_ones
    sets[kept_ones] = u
    return kept_ones + 1


@bare
def put(asked, group, state, u, base, most, lacks, lacking):
    """Put a group of questions to a state under a set; return how many answers are missing by now.

    A question that is met under the set that is explored, ``base``, is not put again.
    """
    (nodes, cells), (roots, owners, at, masks), (begin, sets), met, found, counts = asked
    if at[group] == at[group + 1]:
        return lacking
    same, place = is_seen(lacks.seen, masks, group, state)
    if same:
        return lacking
    never = True
    for e in range(at[group], at[group + 1]):
        q = owners[e]
        if met[q]:
            continue
        cell = walk(nodes, cells, roots[e], state)
        leaf = cells[cell]
        if leaf >= PENDING:
            never = False
            lacking = noted(cells, cell, e, state, lacks.states, lacks.trees, lacking)
        elif leaf <= YES:
            for a in range(begin[YES - leaf], begin[YES - leaf + 1]):
                used = u | sets[a]
                if np.int64(ones(used)) <= most:
                    counts[q] = added(found[q], counts[q], used)
                    met[q] |= used == base
            never &= met[q]
    if never:
        remember(lacks.seen, place, masks, group, state)
    return lacking


@bare
def explore(shape, model, labels, space, fixed, u, most, seeds, alone, asked, lacks, budget, room, batch, blank):
    """Go on exploring one set, and put all questions to its states and to the steps that need no more.

    Returns how many answers are missing, or NONE where there is no room for more states; it has come to its end where
    no answer is missing and AT is at the last state. Stops when the budget of states and steps is spent.
    """
    state, after, picks, _ = room
    tally, lacking = alone.tally, 0
    while tally[TAKEN] < len(seeds.states):
        if tally[STATES] + model.most > len(alone.words):
            return NONE
        s, o = seeds.states[tally[TAKEN]], seeds.outcomes[tally[TAKEN]]
        take(space.words, s, after)
        if o >= 0:
            take(space.words, s, state)
            successor(shape, model.patches, state, o, after)
        settle(fixed.here, after)
        come(alone, space, fixed, u, after, hashed(after), blank)
        tally[TAKEN] += 1
    i, ahead = tally[AT], AHEAD
    while i < tally[STATES] and ahead > 0 and budget > 0 and lacking < lacks.trees.size:
        if tally[STATES] + model.most > len(alone.words):
            return lacking if lacking > 0 else NONE
        take(alone.words, i, state)
        lacking = put(asked, 0, state, u, u, most, lacks, lacking)
        n = enabled(shape, model, state, room)
        if n < 0:
            lacking = noted(model.cells, -1 - n, NONE, state, lacks.states, lacks.trees, lacking)
        reached = 0
        for j in range(n):
            o, there = picks[j], False
            for a in range(labels.at[o], labels.at[o + 1]):
                there |= labels.masks[a] | u == u
            if there and labels.cut[o]:
                tally[CUTS] = 1
            elif there:
                lacking = put(asked, o + 2, state, u, u, most, lacks, lacking)
                successor(shape, model.patches, state, o, after)
                settle(fixed.here, after)
                reached = met_ahead(alone, batch, reached, after)
        gather(alone, space, fixed, u, batch, reached, after, blank)
        i += 1
        budget -= 1 + max(n, 0)
        if lacking == 0:
            tally[AT] = i
            tally[STEPS] += max(n, 0)
        else:
            ahead -= 1
    return lacking


@bare
def lead(shape, model, labels, space, u, most, seeds, asked, lacks, widest, room):
    """Note the steps that lead from the entries of a set to larger ones, and put all questions to them.

    Returns how many answers are missing, or NONE where there is no room; it has come to its end where no answer is
    missing and AT is at the last entry. ``widest`` is the most sets to which a state can lead.
    """
    state, _, picks, _ = room
    tally, lacking = space.tally, 0
    i, ahead = tally[AT], AHEAD
    while i < tally[ENTRIES] and ahead > 0 and lacking < lacks.trees.size:
        if tally[SEEDS] + widest > seeds.masks.size:
            return lacking if lacking > 0 else NONE
        s, begun = space.owner[i], tally[SEEDS]
        take(space.words, s, state)
        n = enabled(shape, model, state, room)
        if n < 0:
            lacking = noted(model.cells, -1 - n, NONE, state, lacks.states, lacks.trees, lacking)
        for j in range(n):
            o = picks[j]
            for a in range(labels.at[o], labels.at[o + 1]):
                used = u | labels.masks[a]
                if used == u or np.int64(ones(used)) > most:
                    continue
                if labels.cut[o]:
                    tally[CUTS] = added(space.cuts, tally[CUTS], used)
                    continue
                lacking = put(asked, o + 2, state, used, u, most, lacks, lacking)
                e = tally[SEEDS]
                seeds.states[e], seeds.outcomes[e], seeds.masks[e] = s, o, used
                tally[SEEDS] += 1
        i += 1
        if lacking > 0:
            tally[SEEDS] = begun
            ahead -= 1
        else:
            tally[AT] = i
    return lacking
