"""The compiled loops of the packed engine, and the only module that imports numba.

Every loop runs without the interpreter's lock on a part of the work that no other thread touches, so threads need no
lock and no atomic. Arrays that are written belong to one slice of the frontier or to one partition of the table;
``cells`` alone is shared, and there a race can only list a missing entry twice.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from haboot.checker.words import PENDING, STATE, STEP, TERMINAL, UNKNOWN

U = np.uint64
ODD_1, ODD_2 = U(0x9E3779B97F4A7C15), U(0xD6E8FEB86659FD93)


_compiled = njit(nogil=True, cache=True)
_inlined = njit(nogil=True, cache=True, inline="always")


@_inlined
def mixed(shape, state):
    """Return the hash of a state: for one word a bijection on the bits in use, so that the hash is the state."""
    if len(shape.words) == 1:
        h = (state[0] * ODD_1) & shape.mask
        h ^= h >> shape.half
        return (h * ODD_2) & shape.mask
    h = U(0)
    for k in range(len(shape.words)):
        h = (h ^ state[k]) * ODD_1
        h ^= h >> U(32)
    return h * ODD_2


@_inlined
def load(shape, items, p, i, state):
    """Read state ``i`` of partition ``p``."""
    if len(shape.words) == 1:
        h = (U(p) << shape.rest) | U(items[p * shape.cap + i])
        h = (h * shape.undo_2) & shape.mask
        h ^= h >> shape.half
        state[0] = (h * shape.undo_1) & shape.mask
    else:
        at = (p * shape.cap + i) * len(shape.words)
        for k in range(len(shape.words)):
            state[k] = items[at + k]


@_inlined
def walk(nodes, cells, cell, state):
    """Follow decisions from a cell; return the last cell, whose content is a leaf, UNKNOWN or PENDING."""
    inner = cells[cell]
    while inner >= 0:
        cell = nodes[inner, 3] + np.int64((state[nodes[inner, 0]] >> U(nodes[inner, 1])) & U(nodes[inner, 2]))
        inner = cells[cell]
    return cell


@_inlined
def enabled(width, groups, buckets, rows, entries, nodes, cells, leaves, state, picks):
    """Write the outcomes of a state to ``picks`` and return their number, or -1 - cell where one is not known yet."""
    n = 0
    for g in range(groups.shape[0]):
        value = (state[groups[g, 0]] >> U(groups[g, 1])) & U(groups[g, 2])
        b = groups[g, 3] + np.int64(value)
        for r in range(buckets[b, 0], buckets[b + 1, 0]):
            fits = True
            for k in range(width):
                fits &= (state[k] & rows[r, 0, k]) == rows[r, 1, k]
            picks[n] = r
            n += fits
        for e in range(buckets[b, 1], buckets[b + 1, 1]):
            cell = walk(nodes, cells, entries[e], state)
            leaf = cells[cell]
            if leaf >= PENDING:
                return -1 - cell
            for o in range(leaves[-leaf, 0], leaves[-leaf, 1]):
                picks[n] = o
                n += 1
    return n


@_inlined
def successor(width, patches, state, outcome, after):
    """Write the successor of a state by an outcome; return whether it differs."""
    changed = False
    for k in range(width):
        after[k] = (state[k] & patches[outcome, 0, k]) | patches[outcome, 1, k]
        changed |= after[k] != state[k]
    return changed


@_compiled
def normalise(blocks, state):
    """Sort the interchangeable blocks of a state by insertion; see ``Packing.blocks``."""
    for g in range(blocks.shape[0]):
        for i in range(2, np.int64(blocks[g, 0, 0, 0]) + 1):
            j = i
            while j > 1 and exchanged(blocks[g, j - 1], blocks[g, j], state):
                j -= 1


@_compiled
def exchanged(one, other, state):
    """Exchange two blocks of a state if the first is the greater, by pieces (word, shift, mask); return whether it was."""
    for k in range(one.shape[0]):
        left = (state[one[k, 0]] >> one[k, 1]) & one[k, 2]
        right = (state[other[k, 0]] >> other[k, 1]) & other[k, 2]
        if left < right:
            return False
        if left > right:
            for m in range(k, one.shape[0]):
                left = (state[one[m, 0]] >> one[m, 1]) & one[m, 2]
                right = (state[other[m, 0]] >> other[m, 1]) & other[m, 2]
                state[one[m, 0]] = (state[one[m, 0]] & ~(one[m, 2] << one[m, 1])) | (right << one[m, 1])
                state[other[m, 0]] = (state[other[m, 0]] & ~(other[m, 2] << other[m, 1])) | (left << other[m, 1])
            return True
    return False


@_compiled
def scatter(shape, model, states, out, fill):
    """Write states, in normal form, into a buffer a partition."""
    width, state = len(shape.words), np.empty(len(shape.words), np.uint64)
    for i in range(len(states)):
        state[:] = states[i]
        normalise(model.blocks, state)
        h = mixed(shape, state)
        q = np.int64(h >> shape.rest)
        for k in range(width):
            out[q, fill[q] * width + k] = h & shape.below if width == 1 else state[k]
        fill[q] += 1


@_compiled
def expand(shape, model, items, first, start, lo, hi, out, fill, counts, missing):
    """Write the successors of the frontier's states lo to hi - 1 into a buffer a partition.

    ``first`` is where each partition's frontier begins, ``start`` how many frontier states lie in partitions before.
    Stops early when a buffer is full, or where an action's entry is not known: then ``missing`` gets such states.
    Returns the position reached, the number of successors and the number of missing entries.
    """
    groups, buckets, rows, entries, nodes, cells, leaves, patches, cut, blocks, most = model
    width, room = len(shape.words), out.shape[1] // len(shape.words)
    state, after, picks = np.empty(width, np.uint64), np.empty(width, np.uint64), np.empty(most, np.int64)
    p = np.searchsorted(start, lo, side="right") - 1
    high, symmetric = np.int64(fill.max()), blocks.shape[0] > 0
    made, lacking, i = 0, 0, lo
    while i < hi:
        while i >= start[p + 1]:
            p += 1
        load(shape, items, p, first[p] + i - start[p], state)
        n = enabled(width, groups, buckets, rows, entries, nodes, cells, leaves, state, picks)
        if n < 0:
            lacking = 1
            break
        if high + n > room:
            break
        for j in range(n):
            o = picks[j]
            counts[o] += 1
            if cut[o]:
                continue
            made += 1
            if successor(width, patches, state, o, after):
                if symmetric:
                    normalise(blocks, after)
                h = mixed(shape, after)
                q = np.int64(h >> shape.rest)
                at = np.int64(fill[q])
                if width == 1:
                    out[q, at] = h & shape.below
                else:
                    for k in range(width):
                        out[q, at * width + k] = after[k]
                fill[q] = at + 1
                high = max(high, at + 1)
        i += 1
    reached = i
    if lacking:
        lacking = 0
        while i < min(hi, reached + 4096) and lacking < len(missing):
            while i >= start[p + 1]:
                p += 1
            load(shape, items, p, first[p] + i - start[p], state)
            n = enabled(width, groups, buckets, rows, entries, nodes, cells, leaves, state, picks)
            if n < 0 and (cells[-1 - n] == UNKNOWN or lacking == 0):
                cells[-1 - n] = PENDING
                missing[lacking, :] = state
                lacking += 1
            i += 1
    return reached, made, lacking


@_inlined
def place(shape, size, h):
    """Return the home of a hash among the ``size`` places of its partition."""
    return np.int64(((((h & shape.below) >> shape.drop) * U(size)) >> shape.keep))


@_inlined
def same(shape, items, p, i, buffer, at):
    """Whether item ``i`` of a partition is the one in a buffer."""
    if len(shape.words) == 1:
        return items[p * shape.cap + i] == buffer[at]
    for k in range(len(shape.words)):
        if items[(p * shape.cap + i) * len(shape.words) + k] != buffer[at * len(shape.words) + k]:
            return False
    return True


@_inlined
def hashed(shape, buffer, at, state):
    """Return the hash below the partition's bits of an item in a buffer."""
    if len(shape.words) == 1:
        return U(buffer[at])
    for k in range(len(shape.words)):
        state[k] = buffer[at * len(shape.words) + k]
    return mixed(shape, state) & shape.below


@_compiled
def insert(shape, store, most, out, fill, found, lo, hi):
    """Insert the buffered successors into partitions lo to hi - 1; return whether there was room for all.

    A table entry is the number of an item, from 1, below some low bits of its hash; 0 is free. What was inserted before
    the room ended is found again when the same buffers are inserted into a larger table.
    """
    items, table, size, bits = store
    width, tag_of = len(shape.words), U((1 << (32 - bits)) - 1)
    number_of, state = (1 << bits) - 1, np.empty(width, np.uint64)
    for p in range(lo, hi):
        n, base = found[p], p * size
        for w in range(out.shape[0]):
            buffer = out[w, p]
            for j in range(fill[w, p]):
                h = hashed(shape, buffer, j, state)
                at, tag = place(shape, size, h), np.int64(h & tag_of)
                while True:
                    entry = np.int64(table[base + at])
                    if entry == 0:
                        if n >= most:
                            found[p] = n
                            return False
                        for k in range(width):
                            items[(p * shape.cap + n) * width + k] = buffer[j * width + k]
                        n += 1
                        table[base + at] = (tag << bits) | n
                        break
                    if entry >> bits == tag and same(shape, items, p, (entry & number_of) - 1, buffer, j):
                        break
                    at += 1
                    if at == size:
                        at = 0
        found[p] = n
    return True


@_compiled
def rebuild(shape, store, found, lo, hi):
    """Fill the empty table of partitions lo to hi - 1 from their items."""
    items, table, size, bits = store
    width, state = len(shape.words), np.empty(len(shape.words), np.uint64)
    tag_of = U((1 << (32 - bits)) - 1)
    for p in range(lo, hi):
        buffer = items[p * shape.cap * width : (p + 1) * shape.cap * width]
        for i in range(found[p]):
            h = hashed(shape, buffer, i, state)
            at = place(shape, size, h)
            while table[p * size + at] != 0:
                at += 1
                if at == size:
                    at = 0
            table[p * size + at] = (np.int64(h & tag_of) << bits) | (i + 1)


@_inlined
def located(shape, store, state):
    """Return a state's partition and number there; the number is -1 when the state is not in the table."""
    items, table, size, bits = store
    h, width = mixed(shape, state), len(shape.words)
    p, at, tag = np.int64(h >> shape.rest), place(shape, size, h), np.int64(h & shape.below & U((1 << (32 - bits)) - 1))
    while table[p * size + at] != 0:
        entry = np.int64(table[p * size + at])
        if entry >> bits == tag:
            i = (entry & ((1 << bits) - 1)) - 1
            fits = True
            if width == 1:
                fits = items[p * shape.cap + i] == h & shape.below
            else:
                for k in range(width):
                    fits &= items[(p * shape.cap + i) * width + k] == state[k]
            if fits:
                return p, i
        at += 1
        if at == size:
            at = 0
    return p, np.int64(-1)


@_inlined
def known(ask, cell, state):
    """Return the answer under a cell, 0 or 1, or -1 - cell where it is not known yet."""
    cell = walk(ask.nodes, ask.cells, cell, state)
    return -3 - ask.cells[cell] if ask.cells[cell] < PENDING else -1 - cell


@_inlined
def among(shape, store, ask, state):
    """Whether a state is one of those asked for, by number."""
    if not ask.sieve[np.int64(mixed(shape, state) & U(ask.sieve.size - 1))]:
        return False
    p, i = located(shape, store, state)
    number = (p << 40) | i
    at = np.searchsorted(ask.numbers, number)
    return at < ask.numbers.size and ask.numbers[at] == number


@_inlined
def holds(shape, model, store, ask, kind, state, after, picks):
    """Answer a question at a state: 1 or 0, or -1 - cell where the answer is not known yet."""
    if kind == STATE:
        return known(ask, 0, state)
    width = len(shape.words)
    groups, buckets, rows, entries, nodes, cells, leaves, patches, cut, blocks, most = model
    n = enabled(width, groups, buckets, rows, entries, nodes, cells, leaves, state, picks)
    if kind == TERMINAL:
        return known(ask, 0, state) if n == 0 else np.int64(0)
    answer = np.int64(0)
    for j in range(n):
        if answer == 0 and not cut[picks[j]]:
            if kind == STEP:
                answer = known(ask, ask.roots[picks[j]], state)
            elif successor(width, patches, state, picks[j], after):
                normalise(blocks, after)
                answer = np.int64(among(shape, store, ask, after))
    return answer


@_compiled
def scan(shape, model, store, ask, kind, first, last, lo, hi, once, hits, missing):
    """Collect the numbers of the states of partitions lo to hi - 1 that meet a question, each from ``first`` to ``last``.

    With ``once`` only the first of each partition. Returns how many there are and how many answers are missing; with
    some missing the hits are not all.
    """
    width = len(shape.words)
    state, after, picks = np.empty(width, np.uint64), np.empty(width, np.uint64), np.empty(model.most, np.int64)
    n, lacking = 0, 0
    for p in range(lo, hi):
        for i in range(first[p], last[p]):
            load(shape, store.items, p, i, state)
            answer = holds(shape, model, store, ask, kind, state, after, picks)
            if answer < 0:
                if ask.cells[-1 - answer] == UNKNOWN:
                    ask.cells[-1 - answer] = PENDING
                    missing[lacking, :] = state
                    lacking += 1
                    if lacking == len(missing):
                        return n, lacking
            elif answer:
                hits[n] = (np.int64(p) << 40) | i
                n += 1
                if once:
                    break
    return n, lacking


@_compiled
def degrees(shape, model, store, first, last, lo, hi, count):
    """Write how many successors each state of partitions lo to hi - 1 has, counted by outcome."""
    groups, buckets, rows, entries, nodes, cells, leaves, patches, cut, blocks, most = model
    width, state, picks = len(shape.words), np.empty(len(shape.words), np.uint64), np.empty(most, np.int64)
    for p in range(lo, hi):
        for i in range(last[p] - first[p]):
            load(shape, store.items, p, i, state)
            n = enabled(width, groups, buckets, rows, entries, nodes, cells, leaves, state, picks)
            for j in range(n):
                count[first[p] + i] += not cut[picks[j]]


@_compiled
def edges(shape, model, store, rank, first, last, lo, hi, at, target, outcome):
    """Write the successors' numbers and outcomes of partitions lo to hi - 1, each state's by ``rank`` of outcomes.

    ``first`` is the number of each partition's first state, ``at`` the place of each state's first successor.
    """
    groups, buckets, rows, entries, nodes, cells, leaves, patches, cut, blocks, most = model
    width, picks = len(shape.words), np.empty(most, np.int64)
    state, after = np.empty(width, np.uint64), np.empty(width, np.uint64)
    for p in range(lo, hi):
        for i in range(last[p] - first[p]):
            load(shape, store.items, p, i, state)
            n, to = enabled(width, groups, buckets, rows, entries, nodes, cells, leaves, state, picks), at[first[p] + i]
            for j in range(1, n):
                moved, k = picks[j], j
                while k > 0 and rank[picks[k - 1]] > rank[moved]:
                    picks[k] = picks[k - 1]
                    k -= 1
                picks[k] = moved
            for j in range(n):
                if not cut[picks[j]]:
                    successor(width, patches, state, picks[j], after)
                    normalise(blocks, after)
                    q, number = located(shape, store, after)
                    target[to], outcome[to] = first[q] + number, picks[j]
                    to += 1


@_compiled
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


@_compiled
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


@_compiled
def numbers(shape, model, store, states):
    """Return the numbers, partition << 40 | item, of states brought to normal form; -1 for one not found."""
    found, state = np.empty(len(states), np.int64), np.empty(len(shape.words), np.uint64)
    for i in range(len(states)):
        state[:] = states[i]
        normalise(model.blocks, state)
        p, item = located(shape, store, state)
        found[i] = (p << 40) | item if item >= 0 else -1
    return found


@_compiled
def loaded(shape, items, wanted):
    """Return the states with the given numbers, shape (states, words)."""
    states = np.empty((wanted.size, len(shape.words)), np.uint64)
    for i in range(wanted.size):
        load(shape, items, wanted[i] >> 40, wanted[i] & ((1 << 40) - 1), states[i])
    return states


@_compiled
def sieved(shape, items, wanted, sieve):
    """Mark the hashes of the states with the given numbers."""
    state = np.empty(len(shape.words), np.uint64)
    for i in range(wanted.size):
        load(shape, items, wanted[i] >> 40, wanted[i] & ((1 << 40) - 1), state)
        sieve[np.int64(mixed(shape, state) & U(sieve.size - 1))] = True
