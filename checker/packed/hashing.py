"""The compiled loops of the packed engine's hash table; see ``kernel`` for the rules they keep.

Each partition has a table of buckets, filled from the first entry on; a bucket is one line of the processor's cache and
its entries are compared at once. A full bucket overflows into the next (compare the tables of Swiss tables, Kulukundis
2017, and F14).
"""


# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

import numpy as np
from haboot.checker.packed.kernel import U, fetch, keep, load, lowest, matches, mixed, stride, width_of
from haboot.checker.packed.layout import CLASS, ITEM, LANES, WORD
from haboot.checker.packed.loops import bare, inlined, merged

SOON = U(16)  # items from now of which the bucket is asked for
ALL, NONE = np.uint32(WORD >> 32), np.uint32(0)


@inlined
def place(shape, buckets, h):
    """Return where the bucket of a hash begins among the ``buckets`` of its partition."""
    return ((((h & shape.below) >> shape.drop) * buckets) >> shape.keep) * U(LANES)


@inlined
def following(at, buckets):
    """Return where the next bucket begins."""
    at += U(LANES)
    return U(0) if at == buckets * U(LANES) else at


@inlined
def hashed(shape, buffer, at, state):
    """Return the hash below the partition's bits of an item in a buffer."""
    if len(shape.form) < 3:
        return U(buffer[at])
    for k in range(U(width_of(shape))):
        state[k] = buffer[at * U(width_of(shape)) + k]
    return mixed(shape, state) & shape.below


@inlined
def holds(shape, items, i, h, state):
    """Whether an item is a state: its hash below the partition's bits where a state is one word."""
    if len(shape.form) < 3:
        return items[i] == h
    same = True
    for k in range(U(shape.width)):
        same &= items[i * U(shape.width) + k] == state[k]
    return same


@inlined
def noted(fresh, base, n, kind):
    """Note by which class an item was met, where there is room; ``base`` is where its level begins."""
    if n - base < U(fresh.size):
        fresh[n - base] = kind


@bare
def take_short(shape, mine, own, base, fresh, n, most, buffer, count):
    """Insert items that are their hash; return the number of items, or -1 - that when there is no room left.

    A table entry is the item plus 1, and 0 is free; the one item for which that is 0 has the last bucket to itself.
    """
    buckets = U(own.size // LANES - 1)
    for j in range(count):
        fetch(own, place(shape, buckets, U(np.uint32(buffer[min(U(j) + SOON, count - U(1))]))))
        item = np.uint32(buffer[j])
        at, entry = place(shape, buckets, U(item)), np.uint32(item + np.uint32(1))
        if entry == NONE:
            at, entry = buckets * U(LANES), np.uint32(1)
        while matches(own, at, ALL, entry) == U(0):
            free = matches(own, at, ALL, NONE)
            if free != U(0):
                if n >= most:
                    return -1 - np.int64(n)
                own[at + lowest(free)] = entry
                mine[n] = item
                noted(fresh, base, n, buffer[j] >> U(CLASS))
                n += U(1)
                break
            at = following(at, buckets)
    return np.int64(n)


@bare
def take_long(shape, mine, own, base, fresh, bits, n, most, buffer, count, state):
    """Insert items; return the number of items, or -1 - that when there is no room left.

    A table entry is the number of an item, from 1, below some low bits of its hash, and 0 is free.
    """
    width, wide = U(width_of(shape)), U(stride(shape))
    buckets, numbers = U(own.size // LANES - 1), (U(1) << bits) - U(1)
    tags = np.uint32(~numbers)
    for j in range(count):
        if len(shape.form) < 3:
            fetch(own, place(shape, buckets, buffer[min(U(j) + SOON, count - U(1))]))
            h, kind = buffer[j] & shape.below, buffer[j] >> U(CLASS)
        else:
            for k in range(width):
                state[k] = buffer[j * wide + k]
            h, kind = mixed(shape, state) & shape.below, buffer[j * wide + width]
        at, tag, known = place(shape, buckets, h), np.uint32(h << bits), False
        while True:
            free = matches(own, at, ALL, NONE)
            same = matches(own, at, tags, tag) & ~free
            while same != U(0) and not known:
                known = holds(shape, mine, (U(own[at + lowest(same)]) & numbers) - U(1), h, state)
                same &= same - U(1)
            if known or free != U(0):
                break
            at = following(at, buckets)
        if not known:
            if n >= most:
                return -1 - np.int64(n)
            if len(shape.form) < 3:
                mine[n] = h
            else:
                for k in range(width):
                    mine[n * width + k] = state[k]
            noted(fresh, base, n, kind)
            n += U(1)
            own[at + lowest(free)] = tag | n
    return np.int64(n)


@bare
def insert(shape, store, most, out, fill, found, base, fresh, lo, hi, state):
    """Insert the buffered successors into partitions lo to hi - 1; return whether all had room.

    ``state`` is room for one, or None where items are their hash, which spares to compile what is for others.
    ``base`` is where each partition's level begins, to whose items ``fresh`` notes by which class they were met.
    What was inserted before the room ended is found again when the same buffers are inserted into a larger table.
    """
    items, table, buckets, bits = store
    width, row = width_of(shape), (buckets + 1) * LANES
    for p in range(lo, hi):
        own, n, start = table[p * row : (p + 1) * row], np.int64(found[p]), U(base[p])
        mine = items[p * shape.cap * width : (p + 1) * shape.cap * width]
        for w in range(out.shape[0]):
            count, buffer = U(fill[w, p]), out[w, p]
            if p + 1 < hi:
                for line in range(U(fill[w, p + 1] * stride(shape)) >> U(3)):
                    fetch(buffer, U(buffer.size) + (line << U(3)))
            if state is None:
                n = take_short(shape, mine, own, start, fresh[p], U(n), U(most), buffer, count)
            else:
                n = take_long(shape, mine, own, start, fresh[p], U(bits), U(n), U(most), buffer, count, state)
            if n < 0:
                found[p] = -1 - n
                return False
        found[p] = n
    return True


@bare
def refill(shape, store, found, lo, hi, numbered, state):
    """Fill the empty table of partitions lo to hi - 1 from their items, given room for a state.

    Entries are numbers if ``numbered``, else what insertion needs.
    """
    items, table, whole, bits = store
    width, row, buckets = width_of(shape), (whole + 1) * LANES, U(whole)
    numbered |= len(shape.form) > 1
    for p in range(lo, hi):
        own = table[p * row : (p + 1) * row]
        mine = items[p * shape.cap * width : (p + 1) * shape.cap * width]
        for i in range(U(found[p])):
            h = hashed(shape, mine, i, state)
            at, entry = place(shape, buckets, h), np.uint32(h + U(1))
            if numbered:
                entry = np.uint32(h << U(bits)) | np.uint32(i + U(1))
            elif entry == NONE:
                at, entry = buckets * U(LANES), np.uint32(1)
            free = matches(own, at, ALL, NONE)
            while free == U(0):
                at = following(at, buckets)
                free = matches(own, at, ALL, NONE)
            own[at + lowest(free)] = entry


@merged
def item_of(shape, store, p, h, state):
    """Return which item of a partition a state is, given its hash below the partition's bits, or -1 where it is none.

    The table must hold numbers.
    """
    items, table, whole, bits = store
    buckets, tags = U(whole), np.uint32(~((U(1) << U(bits)) - U(1)))
    own, mine = U(p * (whole + 1) * LANES), U(p * shape.cap)
    at, tag = place(shape, buckets, h), np.uint32(h << U(bits))
    while True:
        free = matches(table, own + at, ALL, NONE)
        same = matches(table, own + at, tags, tag) & ~free
        while same != U(0):
            i = U(table[own + at + lowest(same)] & ~tags) - U(1)
            if holds(shape, items, mine + i, h, state):
                return np.int64(i)
            same &= same - U(1)
        if free != U(0):
            return np.int64(-1)
        at = following(at, buckets)


@bare
def located(shape, store, state):
    """Return a state's number, partition << 40 | item, or -1 when it is not in the table."""
    h = mixed(shape, state)
    p = np.int64(h >> shape.rest)
    i = item_of(shape, store, p, h & shape.below, state)
    return i if i < 0 else (p << 40) | i


@bare
def sieve(shape, store, found, outer, items, known, lo, hi, met, gone, state):
    """Drop what is known from partitions lo to hi - 1, whose table holds numbers; what is left keeps its order.

    Partition p has the first found[p] items of the store, and is rid of the first known[p] of ``items``, of shape
    ``outer``. ``met`` tells by which class items were met, as far as it goes, and is kept in step with them.
    ``gone`` is room for a flag an item, ``state`` for a state. The table is of no use afterwards.
    """
    mine, _, _, _ = store
    width = width_of(shape)
    for p in range(lo, hi):
        n, own, left = found[p], p * shape.cap * width, 0
        for i in range(n):
            gone[i] = False
        for j in range(known[p] if n > 0 else 0):
            i = item_of(shape, store, p, hashed(shape, items, U(p * outer.cap + j), state), state)
            if i >= 0:
                gone[i] = True
        for i in range(n):
            if not gone[i]:
                for k in range(width):
                    mine[own + left * width + k] = mine[own + i * width + k]
                if left < met.shape[1]:
                    met[p, left] = met[p, i] if i < met.shape[1] else 0
                left += 1
        found[p] = left


@bare
def load_all(shape, items, wanted, states, state):
    """Write the states with the given numbers to ``states``, shape (states, words)."""
    for i in range(wanted.size):
        load(shape, items, wanted[i] >> 40, wanted[i] & ITEM, state)
        keep(states, i, state)
