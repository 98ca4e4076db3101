"""The compiled loops of the packed engine's search.

Every loop runs without the interpreter's lock on a part of the work that no other thread touches, so threads need no
lock and no atomic. Arrays that are written belong to one slice of the frontier or to one partition of the table;
``cells`` alone is shared, and there a race can only list a missing entry twice. Indices are unsigned where a loop is
hot, which spares the test for negative ones; the hot loops keep no reference counts, and get their arrays from callers.
"""


# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

from typing import Any

import numpy as np
from haboot.checker.packed.layout import LANES, ODD_1, ODD_2, PENDING, PIECE, UNKNOWN
from haboot.checker.packed.loops import bare, inlined, merged, primitive

U = np.uint64
MULTIPLY_1, MULTIPLY_2 = U(ODD_1), U(ODD_2)

AHEAD = 4096  # states that an expansion looks through for further missing entries


@primitive
def lowest(bits: Any) -> Any:
    """Return the number of the lowest bit of a word that is not 0."""
    return U((int(bits) & -int(bits)).bit_length() - 1)


@primitive
def ones(bits: Any) -> Any:
    """Return how many bits of a word are set."""
    return U(int(bits).bit_count())


@primitive
def matches(table: Any, at: Any, mask: Any, wanted: Any) -> Any:
    """Return a bit for each of the LANES entries from ``at`` on that, under a mask, is what is wanted."""
    same = (table[int(at) : int(at) + LANES] & mask) == wanted
    return U(int.from_bytes(np.packbits(same, bitorder="little").tobytes(), "little"))


@inlined
def width_of(shape):
    """Return the words of a state; known when compiling where it is one."""
    return 1 if len(shape.form) < 3 else shape.width


@inlined
def mixed(shape, state):
    """Return the hash of a state: for one word a bijection on the bits in use, so that the hash is the state."""
    if len(shape.form) < 3:
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
    if len(shape.form) < 3:
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
def known(nodes, cells, cell, state):
    """Return the answer under a cell, 0 or 1, or -1 - cell where it is not known yet."""
    here = walk(nodes, cells, cell, state)
    return -3 - cells[here] if cells[here] < PENDING else -1 - here


@inlined
def allowed_rows(shape, chunks, slices, state, allowed):
    """Write a bit for each row that a state enables and return their number.

    Of ``slices`` the word for a chunk's byte has a bit for each row that the byte allows; what all chunks allow is
    enabled.
    """
    n, word = U(0), state[0]
    for w in range(U(slices.shape[2])):
        bits = ~U(0)
        for c in range(U(chunks.shape[0])):
            if len(shape.form) == 3:
                word = state[U(chunks[c, 0])]
            bits &= slices[c, (word >> U(chunks[c, 1])) & U(255), w]
        allowed[w] = bits
        n += ones(bits)
    return np.int64(n)


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


@merged
def enabled(shape, model, state, room):
    """Write all outcomes of a state to the room's picks; return their number, or -1 - cell where one is not known."""
    picks, allowed = room.picks, room.allowed
    n = tree_outcomes(model.groups, model.buckets, model.entries, model.nodes, model.cells, model.leaves, state, picks)
    if n >= 0:
        allowed_rows(shape, model.chunks, model.slices, state, allowed)
        for w in range(allowed.size):
            bits = allowed[w]
            while bits:
                picks[n] = 64 * w + np.int64(lowest(bits))
                bits &= bits - U(1)
                n += 1
    return n


@inlined
def successor(shape, patches, state, outcome, after):
    """Write the successor of a state by an outcome; return whether it differs."""
    if len(shape.form) < 3:
        after[0] = (state[0] & patches[outcome, 0, 0]) | patches[outcome, 1, 0]
        return after[0] != state[0]
    changed = False
    for k in range(shape.width):
        after[k] = (state[k] & patches[outcome, 0, k]) | patches[outcome, 1, k]
        changed |= after[k] != state[k]
    return changed


@bare
def imaged(images, p, w, state):
    """Return a word of the image of a state by a permutation; see ``Packing.blocks``."""
    found = state[w] & images[0, 0, 1, w]
    for k in range(images.shape[1]):
        one = images[0, k, 0]
        found |= images[p, k, 1 + np.int64((state[one[0]] >> one[1]) & one[2]), w]
    return found


@bare
def least_image(images, state):
    """Replace a state by the least of its images, compared word by word."""
    best = 1
    for p in range(2, images.shape[0]):
        for w in range(state.size):
            new, old = imaged(images, p, w, state), imaged(images, best, w, state)
            if new < old:
                best = p
            if new != old:
                break
    first, second = imaged(images, best, 0, state), U(0)
    third, fourth = U(0), U(0)
    if state.size > 1:
        second = imaged(images, best, 1, state)
    if state.size > 2:
        third = imaged(images, best, 2, state)
    if state.size > 3:
        fourth = imaged(images, best, 3, state)
    state[0] = first
    if state.size > 1:
        state[1] = second
    if state.size > 2:
        state[2] = third
    if state.size > 3:
        state[3] = fourth


@bare
def normalise(blocks, state):
    """Sort the interchangeable blocks of a state by insertion, or take its least image; see ``Packing.blocks``."""
    if blocks.shape[3] > PIECE:
        least_image(blocks, state)
        return
    for g in range(blocks.shape[0]):
        for i in range(2, np.int64(blocks[g, 0, 0, 0]) + 1):
            j = i
            while j > 1 and exchanged(blocks[g, j - 1], blocks[g, j], state):
                j -= 1


@bare
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


@inlined
def keep(states, at, state):
    """Write a state to a place among states; word by word, since to assign a slice takes long to compile."""
    for k in range(state.size):
        states[at, k] = state[k]


@inlined
def take(states, at, state):
    """Read a state from a place among states; see ``keep``."""
    for k in range(state.size):
        state[k] = states[at, k]


@bare
def bisected(values, number):
    """Return how many of some ascending values are less than a number."""
    lo, hi = 0, values.size
    while lo < hi:
        middle = (lo + hi) // 2
        if values[middle] < number:
            lo = middle + 1
        else:
            hi = middle
    return lo


@bare
def scatter(shape, blocks, states, out, fill, state):
    """Write states, in normal form, into a buffer a partition, given room for one; see ``expand`` for ``blocks``."""
    width = width_of(shape)
    for i in range(len(states)):
        take(states, i, state)
        if blocks is not None:
            normalise(blocks, state)
        h = mixed(shape, state)
        q = np.int64(h >> shape.rest)
        for k in range(width):
            out[q, fill[q] * width + k] = h & shape.below if width == 1 else state[k]
        fill[q] += 1


@inlined
def deliver(shape, after, changed, out, fill):
    """Write a state to its partition's buffer if it has changed; return how full that is."""
    h = mixed(shape, after)
    q = h >> shape.rest
    at = U(fill[q])
    if len(shape.form) < 3:
        out[q, at] = h & shape.below
    else:
        for k in range(U(shape.width)):
            out[q, at * U(shape.width) + k] = after[k]
    at += U(changed)
    fill[q] = at
    return at


@bare
def expand(shape, model, blocks, items, first, start, lo, hi, out, fill, counts, room):
    """Write the successors of the frontier's states lo to hi - 1 into an empty buffer a partition.

    ``blocks`` are those that are interchangeable, or None if there are none, which saves time. ``first`` is where each
    partition's frontier begins, ``start`` how many frontier states lie in partitions before. Stops early when a buffer
    is full, or where an action's entry is not known. Returns the position reached, or -1 - it where one is not known.
    """
    chunks, slices, groups, buckets, entries, nodes, cells, leaves, patches, _, _ = model
    state, after, picks, allowed = room
    most, high = U(out.shape[1] // width_of(shape)), U(0)
    p = bisected(start, lo + 1) - 1
    for i in range(lo, hi):
        while i >= start[p + 1]:
            p += 1
        load(shape, items, p, first[p] + i - start[p], state)
        n = tree_outcomes(groups, buckets, entries, nodes, cells, leaves, state, picks)
        if n < 0:
            return -1 - i
        if high + U(n + allowed_rows(shape, chunks, slices, state, allowed)) > most:
            return i
        for w in range(U(allowed.size)):
            bits = allowed[w]
            while bits:
                o = w * U(64) + lowest(bits)
                bits &= bits - U(1)
                counts[o] += 1
                changed = successor(shape, patches, state, o, after)
                if blocks is not None:
                    normalise(blocks, after)
                high = max(high, deliver(shape, after, changed, out, fill))
        for j in range(U(n)):
            o = U(picks[j])
            counts[o] += 1
            changed = successor(shape, patches, state, o, after)
            if blocks is not None:
                normalise(blocks, after)
            high = max(high, deliver(shape, after, changed, out, fill))
    return hi


@bare
def lacking(shape, model, items, first, start, lo, hi, missing, room):
    """Write to ``missing`` some states of the frontier from ``lo`` on whose outcomes are not known; return how many."""
    _, _, groups, buckets, entries, nodes, cells, leaves, _, _, _ = model
    state, _, picks, _ = room
    p, count, i = bisected(start, lo + 1) - 1, 0, lo
    while i < min(hi, lo + AHEAD) and count < len(missing):
        while i >= start[p + 1]:
            p += 1
        load(shape, items, p, first[p] + i - start[p], state)
        n = tree_outcomes(groups, buckets, entries, nodes, cells, leaves, state, picks)
        if n < 0 and (cells[-1 - n] == UNKNOWN or count == 0):
            cells[-1 - n] = PENDING
            keep(missing, count, state)
            count += 1
        i += 1
    return count
