"""The compiled loops of the packed engine's search, and the only module that imports numba.

Every loop runs without the interpreter's lock on a part of the work that no other thread touches, so threads need no
lock and no atomic. Arrays that are written belong to one slice of the frontier or to one partition of the table;
``cells`` alone is shared, and there a race can only list a missing entry twice. Indices are unsigned where a loop is
hot, which spares the test for negative ones, and the fields of tuples are taken out before a loop, which spares
counting references in it.
"""


# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

import numpy as np
from haboot.checker.words import ODD_1, ODD_2, PENDING, UNKNOWN
from numba import njit

U = np.uint64
MULTIPLY_1, MULTIPLY_2 = U(ODD_1), U(ODD_2)
DE_BRUIJN = U(0x03F79D71B4CB0A89)
LOWEST = np.zeros(64, np.uint64)
for _bit in range(64):
    LOWEST[(int(DE_BRUIJN) << _bit & (1 << 64) - 1) >> 58] = _bit

PAIRS, FOURS = U(0x5555555555555555), U(0x3333333333333333)
EIGHTS, ONES = U(0x0F0F0F0F0F0F0F0F), U(0x0101010101010101)

AHEAD = 4096  # states that an expansion looks through for further missing entries
BLOCK = 64

compiled = njit(nogil=True, cache=True)
inlined = njit(nogil=True, cache=True, inline="always")


@inlined
def width_of(shape):
    """Return the words of a state; known when compiling where it is one, so that each loop has but two forms."""
    return 1 if len(shape.form) == 1 else shape.width


@inlined
def mixed(shape, state):
    """Return the hash of a state: for one word a bijection on the bits in use, so that the hash is the state."""
    if len(shape.form) == 1:
        h = (state[0] * MULTIPLY_1) & shape.mask
        h ^= h >> shape.half
        return (h * MULTIPLY_2) & shape.mask
    h = U(0)
    for k in range(width_of(shape)):
        h = (h ^ state[k]) * MULTIPLY_1
        h ^= h >> U(32)
    return h * MULTIPLY_2


@inlined
def load(shape, items, p, i, state):
    """Read state ``i`` of partition ``p``."""
    if len(shape.form) == 1:
        h = (U(p) << shape.rest) | U(items[U(p * shape.cap + i)])
        h = (h * shape.undo_2) & shape.mask
        h ^= h >> shape.half
        state[0] = (h * shape.undo_1) & shape.mask
    else:
        at = (p * shape.cap + i) * width_of(shape)
        for k in range(width_of(shape)):
            state[k] = items[U(at + k)]


@inlined
def walk(nodes, cells, cell, state):
    """Follow decisions from a cell; return the last cell, whose content is a leaf, UNKNOWN or PENDING."""
    inner = cells[U(cell)]
    while inner >= 0:
        node = U(inner)
        cell = nodes[node, 3] + np.int64((state[U(nodes[node, 0])] >> U(nodes[node, 1])) & U(nodes[node, 2]))
        inner = cells[U(cell)]
    return cell


@inlined
def allowed_rows(chunks, slices, state, allowed):
    """Write a bit for each row that a state enables and return their number.

    Of ``slices`` the word for a chunk's byte has a bit for each row that the byte allows; what all chunks allow is
    enabled.
    """
    n = U(0)
    for w in range(U(slices.shape[2])):
        bits = ~U(0)
        for c in range(U(chunks.shape[0])):
            bits &= slices[c, (state[U(chunks[c, 0])] >> U(chunks[c, 1])) & U(255), w]
        allowed[w] = bits
        bits -= (bits >> U(1)) & PAIRS
        bits = (bits & FOURS) + ((bits >> U(2)) & FOURS)
        n += (((bits + (bits >> U(4))) & EIGHTS) * ONES) >> U(56)
    return np.int64(n)


@inlined
def lowest(bits):
    """Return the number of the lowest bit."""
    return LOWEST[((bits & (~bits + U(1))) * DE_BRUIJN) >> U(58)]


@inlined
def tree_outcomes(groups, buckets, entries, nodes, cells, leaves, state, picks):
    """Write the outcomes that trees give to ``picks``; return their number, or -1 - cell where one is not known yet."""
    n = 0
    for g in range(U(groups.shape[0])):
        value = (state[U(groups[g, 0])] >> U(groups[g, 1])) & U(groups[g, 2])
        b = U(groups[g, 3]) + value
        for e in range(U(buckets[b]), U(buckets[b + U(1)])):
            cell = walk(nodes, cells, entries[e], state)
            leaf = cells[U(cell)]
            if leaf >= PENDING:
                return -1 - cell
            for o in range(leaves[U(-leaf), 0], leaves[U(-leaf), 1]):
                picks[U(n)] = o
                n += 1
    return n


@inlined
def enabled(chunks, slices, groups, buckets, entries, nodes, cells, leaves, state, allowed, picks):
    """Write all outcomes of a state to ``picks``; return their number, or -1 - cell where one is not known yet."""
    n = tree_outcomes(groups, buckets, entries, nodes, cells, leaves, state, picks)
    if n >= 0:
        allowed_rows(chunks, slices, state, allowed)
        for w in range(allowed.size):
            bits = allowed[w]
            while bits:
                picks[n] = 64 * w + np.int64(lowest(bits))
                bits &= bits - U(1)
                n += 1
    return n


@inlined
def successor(width, patches, state, outcome, after):
    """Write the successor of a state by an outcome; return whether it differs."""
    changed = False
    for k in range(width):
        after[k] = (state[k] & patches[U(outcome), 0, k]) | patches[U(outcome), 1, k]
        changed |= after[k] != state[k]
    return changed


@compiled
def normalise(blocks, state):
    """Sort the interchangeable blocks of a state by insertion; see ``Packing.blocks``."""
    for g in range(blocks.shape[0]):
        for i in range(2, np.int64(blocks[g, 0, 0, 0]) + 1):
            j = i
            while j > 1 and exchanged(blocks[g, j - 1], blocks[g, j], state):
                j -= 1


@compiled
def exchanged(one, other, state):
    """Exchange two blocks of a state if the first is greater, by pieces (word, shift, mask); return whether it was."""
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


@compiled
def scatter(shape, model, states, out, fill):
    """Write states, in normal form, into a buffer a partition."""
    width, state = width_of(shape), np.empty(width_of(shape), np.uint64)
    for i in range(len(states)):
        state[:] = states[i]
        normalise(model.blocks, state)
        h = mixed(shape, state)
        q = np.int64(h >> shape.rest)
        for k in range(width):
            out[q, fill[q] * width + k] = h & shape.below if width == 1 else state[k]
        fill[q] += 1


@compiled
def expand(shape, model, items, first, start, lo, hi, out, fill, counts, missing):
    """Write the successors of the frontier's states lo to hi - 1 into a buffer a partition.

    ``first`` is where each partition's frontier begins, ``start`` how many frontier states lie in partitions before.
    Stops early when a buffer is full, or where an action's entry is not known: then ``missing`` gets such states.
    Returns the position reached and the number of missing entries.
    """
    chunks, slices, groups, buckets, entries, nodes, cells, leaves, patches, cut, blocks, most = model
    width, room = width_of(shape), U(out.shape[1] // width_of(shape))
    state, after, picks = np.empty(width, np.uint64), np.empty(width, np.uint64), np.empty(most, np.int64)
    allowed, high = np.empty(slices.shape[2], np.uint64), U(fill.max())
    p, lacking, i = np.searchsorted(start, lo, side="right") - 1, 0, lo
    cuts, symmetric = cut.any(), blocks.shape[0] > 0
    while i < hi:
        while i >= start[p + 1]:
            p += 1
        load(shape, items, p, first[p] + i - start[p], state)
        n = tree_outcomes(groups, buckets, entries, nodes, cells, leaves, state, picks)
        if n < 0:
            lacking = 1
            break
        by_rows = allowed_rows(chunks, slices, state, allowed)
        if high + U(n + by_rows) > room:
            break
        w, bits = U(0), allowed[U(0)] if by_rows else U(0)
        for j in range(U(n + by_rows)):
            if j < U(by_rows):
                while bits == U(0):
                    w += U(1)
                    bits = allowed[w]
                o = w * U(64) + lowest(bits)
                bits &= bits - U(1)
            else:
                o = U(picks[j - U(by_rows)])
            counts[o] += 1
            if cuts and cut[o]:
                continue
            if width == 1:
                one = (state[0] & patches[o, 0, 0]) | patches[o, 1, 0]
                changed = one != state[0]
                after[0] = one
            else:
                changed = successor(width, patches, state, o, after)
            if symmetric:
                normalise(blocks, after)
            h = mixed(shape, after)
            q = h >> shape.rest
            at = U(fill[q])
            if width == 1:
                out[q, at] = h & shape.below
            else:
                for k in range(U(width)):
                    out[q, at * U(width) + k] = after[k]
            at += U(changed)
            fill[q] = at
            high = max(high, at)
        i += 1
    reached = i
    if lacking:
        lacking = 0
        while i < min(hi, reached + AHEAD) and lacking < len(missing):
            while i >= start[p + 1]:
                p += 1
            load(shape, items, p, first[p] + i - start[p], state)
            n = tree_outcomes(groups, buckets, entries, nodes, cells, leaves, state, picks)
            if n < 0 and (cells[-1 - n] == UNKNOWN or lacking == 0):
                cells[-1 - n] = PENDING
                missing[lacking, :] = state
                lacking += 1
            i += 1
    return reached, lacking


@inlined
def place(shape, size, h):
    """Return the home of a hash among the ``size`` places of its partition."""
    return (((h & shape.below) >> shape.drop) * size) >> shape.keep


@inlined
def hashed(shape, buffer, at, state):
    """Return the hash below the partition's bits of an item in a buffer."""
    if len(shape.form) == 1:
        return U(buffer[at])
    for k in range(U(width_of(shape))):
        state[k] = buffer[at * U(width_of(shape)) + k]
    return mixed(shape, state) & shape.below


@inlined
def equal(width, items, i, buffer, at):
    """Whether two items are the same."""
    same = True
    for k in range(U(width)):
        same &= items[i * U(width) + k] == buffer[at * U(width) + k]
    return same


@compiled
def insert(shape, store, most, out, fill, found, lo, hi):
    """Insert the buffered successors into partitions lo to hi - 1; return whether there was room for all.

    A table entry is the number of an item, from 1, below some low bits of its hash; 0 is free. What was inserted before
    the room ended is found again when the same buffers are inserted into a larger table.
    """
    items, table, whole, places = store
    width, size, bits = width_of(shape), U(whole), U(places)
    tag_mask, number_mask, state = (U(1) << (U(32) - bits)) - U(1), (U(1) << bits) - U(1), np.empty(width, np.uint64)
    homes, tags, seen = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64)
    for p in range(lo, hi):
        own, n = table[p * whole : (p + 1) * whole], U(found[p])
        mine = items[p * shape.cap * width : (p + 1) * shape.cap * width]
        for w in range(out.shape[0]):
            buffer = out[w, p]
            for begin in range(U(0), U(fill[w, p]), U(BLOCK)):
                count = min(U(BLOCK), U(fill[w, p]) - begin)
                for j in range(count):
                    h = hashed(shape, buffer, begin + j, state)
                    homes[j], tags[j] = place(shape, size, h), h & tag_mask
                for j in range(count):
                    seen[j] = own[homes[j]]
                for j in range(count):
                    entry, tag, from_ = seen[j], tags[j], begin + j
                    number = (entry & number_mask) - U(1)
                    if entry and entry >> bits == tag and equal(width, mine, number, buffer, from_):
                        continue
                    at = homes[j]
                    while True:
                        entry = U(own[at])
                        if entry == U(0):
                            if n >= U(most):
                                found[p] = n
                                return False
                            for k in range(U(width)):
                                mine[n * U(width) + k] = buffer[from_ * U(width) + k]
                            n += U(1)
                            own[at] = (tag << bits) | n
                            break
                        if entry >> bits == tag and equal(width, mine, (entry & number_mask) - U(1), buffer, from_):
                            break
                        at += U(1)
                        if at == size:
                            at = U(0)
        found[p] = n
    return True


@compiled
def rebuild(shape, store, found, lo, hi):
    """Fill the empty table of partitions lo to hi - 1 from their items."""
    items, table, whole, places = store
    width, size, bits = width_of(shape), U(whole), U(places)
    tag_mask, state = (U(1) << (U(32) - bits)) - U(1), np.empty(width, np.uint64)
    for p in range(lo, hi):
        own = table[p * whole : (p + 1) * whole]
        mine = items[p * shape.cap * width : (p + 1) * shape.cap * width]
        for i in range(U(found[p])):
            h = hashed(shape, mine, i, state)
            at = place(shape, size, h)
            while own[at] != 0:
                at += U(1)
                if at == size:
                    at = U(0)
            own[at] = ((h & tag_mask) << bits) | (i + U(1))
