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
from haboot.checker.packed.layout import CLASS, LANES, ODD_1, ODD_2, PENDING, PIECE, PLANES, UNKNOWN
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


@primitive
def fetch(table: Any, at: Any) -> None:
    """Ask for the line of the cache in which an entry lies, without waiting for it."""


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
    at = U(p) * U(shape.cap) + U(i)
    if len(shape.form) < 3:
        h = (U(p) << shape.rest) | U(items[at])
        h = (h * shape.undo_2) & shape.mask
        h ^= h >> shape.half
        state[0] = (h * shape.undo_1) & shape.mask
    else:
        for k in range(U(shape.width)):
            state[k] = items[at * U(shape.width) + k]


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


@inlined
def stride(shape):
    """Return the elements that a state takes in a buffer: one, or its words and the class by which it is met."""
    return 1 if len(shape.form) < 3 else shape.width + 1


@bare
def scatter(shape, blocks, states, out, fill, state):
    """Write states, in normal form, into a buffer a partition, given room for one; see ``expand`` for ``blocks``."""
    for i in range(len(states)):
        take(states, i, state)
        if blocks is not None:
            normalise(blocks, state)
        deliver(shape, state, True, U(0), out, fill)


@inlined
def deliver(shape, after, changed, kind, out, fill):
    """Write a state, met by an outcome of some class, to its partition's buffer if it has changed.

    Returns how full that is. The class lies above the hash where a state is one word, else behind the state.
    """
    h = mixed(shape, after)
    q = h >> shape.rest
    at = U(fill[q])
    if len(shape.form) < 3:
        out[q, at] = (h & shape.below) | (kind << U(CLASS))
    else:
        for k in range(U(shape.width)):
            out[q, at * U(shape.width + 1) + k] = after[k]
        out[q, at * U(shape.width + 1) + U(shape.width)] = kind
    at += U(changed)
    fill[q] = at
    return at


@merged
def gather(shape, model, arrivals, items, first, start, p, i, block):
    """Load as many of the frontier's states from ``i`` on, which is in partition ``p``, as a block has room for.

    Writes as well by which class each was met, and the rows that each enables. Returns how many there are.
    """
    states, kinds, allowed = block.states, block.kinds, block.allowed
    chunks, slices = model.chunks, model.slices
    count, known, at = min(states.shape[0], start[-1] - i), U(arrivals.shape[1]), U(0)
    while at < U(count):
        while i >= start[p + 1]:
            p += 1
            if p + 1 < first.size:
                fetch(items, (U(p + 1) * U(shape.cap) + U(first[p + 1])) * U(width_of(shape)))
                fetch(arrivals[p + 1], U(0))
        k, ahead = U(i - start[p]), U(min(count - np.int64(at), start[p + 1] - i))
        for j in range(ahead):
            load(shape, items, p, U(first[p]) + k + j, states[at + j])
        for j in range(ahead):
            kinds[at + j] = arrivals[p, k + j] if k + j < known else 0
        at += ahead
        i += np.int64(ahead)
    for w in range(U(allowed.shape[1])):
        for b in range(U(count)):
            allowed[b, w] = ~U(0)
        for c in range(U(chunks.shape[0])):
            word, shift = U(chunks[c, 0]), U(chunks[c, 1])
            for b in range(U(count)):
                allowed[b, w] &= slices[c, (states[b, word] >> shift) & U(255), w]
    return count


@inlined
def tally(allowed, count, planes, counts):
    """Count the rows that the first states of a block enable.

    A counter for each row lies across ``planes``, a bit in each, so that a word of rows is counted at once.
    """
    for w in range(U(allowed.shape[1])):
        for k in range(PLANES):
            planes[k] = U(0)
        for b in range(U(count)):
            bits = allowed[b, w]
            for k in range(PLANES):
                carried = planes[k] & bits
                planes[k] ^= bits
                bits = carried
        for k in range(PLANES):
            bits = planes[k]
            while bits:
                counts[w * U(64) + lowest(bits)] += 1 << k
                bits &= bits - U(1)


@merged
def chosen(model, block, count, room, counts, picks):
    """Write which steps of a block's states are made, as states and outcomes; return how many, and of how many states.

    Stops before a state whose steps exceed ``room``, or that lacks an entry: then the second is -1 - it. Counts all
    steps of the states before.
    """
    _, _, groups, buckets, entries, nodes, cells, leaves, _, _, _, (kinds, rows, others) = model
    states, met, allowed, sources, outcomes, planes = block
    n, b, known = U(0), 0, True
    while b < count:
        few = 0
        if groups.shape[0] > 0:
            few = tree_outcomes(groups, buckets, entries, nodes, cells, leaves, states[b], picks)
            if few < 0:
                known = False
                break
        a, todo = U(met[b]), n + U(few)
        for w in range(U(allowed.shape[1])):
            todo += ones(allowed[b, w] & rows[a, w])
        if todo > room:
            break
        for w in range(U(allowed.shape[1])):
            bits = allowed[b, w] & rows[a, w]
            while bits:
                sources[n], outcomes[n] = b, w * U(64) + lowest(bits)
                bits &= bits - U(1)
                n += U(1)
        for j in range(U(few)):
            o = U(picks[j])
            counts[o] += 1
            kind = U(kinds[o])
            if (others[a, kind >> U(6)] >> (kind & U(63))) & U(1):
                sources[n], outcomes[n] = b, o
                n += U(1)
        b += 1
    tally(allowed, b, planes, counts)
    return np.int64(n), b if known else -1 - b


@bare
def expand(shape, model, blocks, arrivals, items, first, start, lo, hi, out, fill, counts, block, room):
    """Write the successors of the frontier's states lo to hi - 1 into an empty buffer a partition.

    ``blocks`` are those that are interchangeable, or None if there are none, which saves time. ``first`` is where each
    partition's frontier begins, ``start`` how many frontier states lie in partitions before, ``arrivals`` by which
    class each was met. All steps are counted, and those that the model's lean part says are made. Stops early when a
    buffer is full, or where an action's entry is not known. Returns the position reached, or -1 - it where one is not
    known.
    """
    patches, kinds, after = model.patches, model.lean.kinds, room.after
    most, high, passed = U(out.shape[1] // stride(shape)), U(0), 1
    p, i = bisected(start, lo + 1) - 1, lo
    while i < hi and passed > 0:
        while i >= start[p + 1]:
            p += 1
        count = min(hi - i, gather(shape, model, arrivals, items, first, start, p, i, block))
        n, passed = chosen(model, block, count, most - high, counts, room.picks)
        for j in range(U(n)):
            o, kind = U(block.outcomes[j]), U(0)
            changed = successor(shape, patches, block.states[U(block.sources[j])], o, after)
            if blocks is None:
                kind = U(kinds[o])
            else:
                normalise(blocks, after)
            high = max(high, deliver(shape, after, changed, kind, out, fill))
        if passed < 0:
            return passed - i
        i += passed
    return i


@bare
def lacking(shape, model, items, first, start, lo, hi, missing, room):
    """Write to ``missing`` some states of the frontier from ``lo`` on whose outcomes are not known; return how many."""
    _, _, groups, buckets, entries, nodes, cells, leaves, _, _, _, _ = model
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
