"""The compiled loops over all steps of a space, held as arrays; see ``kernel`` for the rules they keep.

The steps of node n are at[n] to at[n + 1] - 1, each with its target and its outcome. Fairness constraints are bits of
the words that an outcome counts for, or that a node enables, shape (outcomes or nodes, words).
"""


# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

import numpy as np
from haboot.checker.packed.hashing import ALL, NONE, located, place
from haboot.checker.packed.kernel import (
    U,
    enabled,
    keep,
    known,
    load,
    lowest,
    matches,
    mixed,
    normalise,
    ones,
    successor,
    width_of,
)
from haboot.checker.packed.layout import CUT, ITEM, LANES
from haboot.checker.packed.loops import bare, inlined


@bare
def edges(shape, model, blocks, store, rank, first, last, p, i, hi, n, count, target, outcome, room, waiting, fill):
    """Write the steps of states from item ``i`` of partition ``p`` to partition ``hi``, each state's by ``rank``.

    ``first`` is the number of each partition's first state, ``last`` where those end that have steps. The successors'
    numbers, -1 for one that is cut, and their outcomes go behind the ``n`` that are there, and how many a state has to
    ``count``. Successors wait in ``waiting``, each behind the place of its step, a buffer for some partitions, so that
    they are looked up where these are in the processor's cache; ``fill`` says how many there are.
    Stops early where there is no room for a state's steps, or where one is not known. Returns how many steps there are,
    the partition and item reached, and whether a step is not known there.
    """
    patches, marks = model.patches, model.marks
    state, after, picks, _ = room
    items, row, high, lacks = store.items, width_of(shape) + 1, U(0), False
    most, home = U(waiting.shape[1] // row), shape.rest + ones(U(first.size // fill.size - 1))
    while p < hi:
        while i < last[p] - first[p]:
            load(shape, items, p, i, state)
            more = enabled(shape, model, state, room)
            lacks = more < 0
            if lacks or n + more > target.size:
                resolved(shape, store, first, after, waiting, fill, target)
                return n, p, i, lacks
            if high + U(more) > most:
                resolved(shape, store, first, after, waiting, fill, target)
                high = U(0)
            for j in range(1, more):
                moved, k = picks[j], j
                while k > 0 and rank[picks[k - 1]] > rank[moved]:
                    picks[k] = picks[k - 1]
                    k -= 1
                picks[k] = moved
            for j in range(more):
                target[n], outcome[n] = -1, picks[j]
                if (marks[picks[j]] & CUT) == 0:
                    target[n] = first[p] + i
                    if successor(shape, patches, state, picks[j], after):
                        if blocks is not None:
                            normalise(blocks, after)
                        q = mixed(shape, after) >> home
                        at = U(fill[q])
                        waiting[q, at * U(row)] = U(n)
                        for w in range(U(row - 1)):
                            waiting[q, at * U(row) + U(1) + w] = after[w]
                        fill[q] = at + U(1)
                        high = max(high, at + U(1))
                n += 1
            count[first[p] + i] = more
            i += 1
        p, i = p + 1, 0
    resolved(shape, store, first, after, waiting, fill, target)
    return n, p, i, lacks


@inlined
def held(shape, store, state):
    """Return the number of a state that is in the table.

    Where its bucket has room it is there, and the one entry alike in the bits of its hash is its own, so that it need
    not be looked at; elsewhere it is looked up.
    """
    table, whole, bits = store.table, store.buckets, store.bits
    h, buckets, low = mixed(shape, state), U(whole), (U(1) << U(bits)) - U(1)
    p, below, tags = np.int64(h >> shape.rest), h & shape.below, np.uint32(~low)
    at = U(p * (whole + 1) * LANES) + place(shape, buckets, below)
    free = matches(table, at, ALL, NONE)
    same = matches(table, at, tags, np.uint32(below << U(bits))) & ~free
    if free != U(0) and same != U(0) and (same & (same - U(1))) == U(0):
        return (p << 40) | np.int64((U(table[at + lowest(same)]) & low) - U(1))
    return located(shape, store, state)


@bare
def resolved(shape, store, first, after, waiting, fill, target):
    """Look up the successors that wait, and empty their buffers."""
    width = width_of(shape)
    for q in range(fill.size):
        for j in range(fill[q]):
            at = j * (width + 1)
            for w in range(width):
                after[w] = waiting[q, at + 1 + w]
            number = held(shape, store, after)
            target[np.int64(waiting[q, at])] = first[number >> 40] + (number & ITEM)
        fill[q] = 0


@bare
def discovery(at, target, starts, order, rank):
    """Number nodes as a breadth-first search from ``starts`` meets them; ``rank`` is -1 before."""
    n = 0
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


@bare
def before(at, target, base, first, last, inside, hits):
    """Write the numbers of the states from ``first`` to ``last`` of each partition with a step to a node inside a set.

    ``base`` is the node of each partition's first state. Returns how many there are.
    """
    found = 0
    for p in range(base.size):
        for i in range(first[p], last[p]):
            v = base[p] + i
            for e in range(at[v], at[v + 1]):
                if inside[target[e]]:
                    hits[found] = (p << 40) | i
                    found += 1
                    break
    return found


@bare
def leading(at, target, outcome, counts, able, queue, rounds):
    """Mark the nodes with a step that counts into a marked one, again and again; return whether nothing is left to do.

    Nodes that are not marked are gone through ``rounds`` times at most.
    """
    n = 0
    for v in range(able.size):
        if not able[v]:
            queue[n] = v
            n += 1
    for _ in range(rounds):
        kept = 0
        for i in range(n):
            v = queue[i]
            for e in range(at[v], at[v + 1]):
                if counts[outcome[e]] and able[target[e]]:
                    able[v] = True
                    break
            if not able[v]:
                queue[kept] = v
                kept += 1
        if kept == n:
            return True
        n = kept
    return False


@bare
def backward(at, target, able, into, free, source, allowed, queue):
    """Mark every node from which a marked one can be reached, by a search over the edges turned round.

    ``into`` is all zeros and of the size of ``at``, ``allowed`` all true; the others are room, by node or by edge.
    """
    nodes = at.size - 1
    for e in range(target.size):
        into[target[e] + 1] += 1
    for node in range(nodes):
        into[node + 1] += into[node]
    for node in range(nodes):
        free[node] = into[node]
    for node in range(nodes):
        for e in range(at[node], at[node + 1]):
            source[free[target[e]]] = node
            free[target[e]] += 1
    reached(into, source, allowed, able, queue)


@bare
def ascend(values, count):
    """Sort the first values in place, by Shell's method with gaps that shrink to four ninths."""
    gap = count
    while gap > 1:
        gap = max(1, gap * 4 // 9)
        for i in range(gap, count):
            value, j = values[i], i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value


@bare
def met(shape, items, ask, sources, at, outcome, hits, missing, node, state):
    """Mark the steps that meet a question, from those of ``node`` on; ``sources`` gives the nodes' numbers.

    The steps of a node n are at[n] to at[n + 1] - 1. Returns the node reached and how many answers were missing there.
    """
    nodes, answers, roots, _, _ = ask
    lacking = 0
    while node < sources.size and lacking == 0:
        load(shape, items, sources[node] >> 40, sources[node] & ITEM, state)
        for e in range(at[node], at[node + 1]):
            answer = known(nodes, answers, roots[outcome[e]], state)
            if answer < 0:
                keep(missing, 0, state)
                lacking = 1
            else:
                hits[e] = answer == 1
        node += 1 - lacking
    return node, lacking


@bare
def enabling(at, target, outcome, bits, able):
    """Write the constraints that each node enables by a step that changes something."""
    for v in range(at.size - 1):
        for e in range(at[v], at[v + 1]):
            if target[e] != v:
                for k in range(bits.shape[1]):
                    able[v, k] |= bits[outcome[e], k]


@bare
def reached(at, target, allowed, mask, queue):
    """Extend a mask by what its nodes reach through allowed ones."""
    n = 0
    for v in range(mask.size):
        if mask[v]:
            queue[n] = v
            n += 1
    i = 0
    while i < n:
        v = queue[i]
        for e in range(at[v], at[v + 1]):
            w = target[e]
            if allowed[w] and not mask[w]:
                mask[w] = True
                queue[n] = w
                n += 1
        i += 1


@bare
def components(at, target, mask, label, stack, way, edge, root):
    """Label the strongly connected components inside a mask, from the number of nodes downwards.

    One pass with one number a node (Pearce, A space-efficient algorithm for finding strongly connected components,
    2016). ``way`` is the path of the search, with the next step of each node on it and whether it may be a root;
    ``stack`` holds what waits for the rest of its component. Nodes outside of the mask are labelled above all others.
    """
    outside = mask.size + 1
    for v in range(mask.size):
        label[v] = 0 if mask[v] else outside
    index, last, held = 1, mask.size, 0
    for start in range(mask.size):
        if label[start] != 0:
            continue
        depth = 0
        way[0], edge[0], root[0], label[start] = start, at[start], True, index
        index += 1
        while depth >= 0:
            v = way[depth]
            own, e, end = label[v], edge[depth], at[v + 1]
            while e < end and label[target[e]] != 0:
                if label[target[e]] < own:
                    own, root[depth] = label[target[e]], False
                e += 1
            label[v], edge[depth] = own, e
            if e < end:
                depth += 1
                w = target[e]
                way[depth], edge[depth], root[depth], label[w] = w, at[w], True, index
                index += 1
                continue
            if root[depth]:
                index -= 1
                while held > 0 and own <= label[stack[held - 1]]:
                    held -= 1
                    label[stack[held]] = last
                    index -= 1
                label[v] = last
                last -= 1
            else:
                stack[held] = v
                held += 1
            depth -= 1


@bare
def sift(at, target, outcome, hits, bits, able, weak, strong, mask, label, component, seen, fair):
    """Mark the nodes of fair components in ``fair``, and leave in the mask those that must be decomposed again.

    ``component`` numbers components by label, -1 for a node alone. ``seen`` is room for what each takes, enables
    somewhere, and does not enable everywhere: shape (3, components, words), all zeros. ``hits`` tells, where it is not
    empty, which steps count for the last constraint of all. A component that neglects a weak constraint is gone; one
    that neglects strong ones goes on without the nodes that enable these. A node alone takes nothing, so it is fair
    where it enables nothing.
    """
    words, taken, some, never = bits.shape[1], seen[0], seen[1], seen[2]
    again = U(1) << U(63)
    for v in range(mask.size):
        if mask[v]:
            own = component[label[v]]
            if own < 0:
                free = True
                for k in range(words):
                    free &= (able[v, k] & (weak[k] | strong[k])) == 0
                fair[v], mask[v] = free, False
                continue
            for k in range(words):
                some[own, k] |= able[v, k]
                never[own, k] |= ~able[v, k]
            for e in range(at[v], at[v + 1]):
                w = target[e]
                if w != v and label[w] == label[v]:
                    for k in range(words):
                        taken[own, k] |= bits[outcome[e], k]
                    if hits.size > 0 and hits[e]:
                        taken[own, words - 1] |= again
    for v in range(mask.size):
        if mask[v]:
            own, gone, lost, without = component[label[v]], False, False, True
            for k in range(words):
                failed = ~taken[own, k] & some[own, k] & strong[k]
                gone |= (~taken[own, k] & ~never[own, k] & weak[k]) != 0
                lost |= failed != 0
                without &= (able[v, k] & failed) == 0
            fair[v] = not gone and not lost
            mask[v] = not gone and lost and without


@bare
def spread(at, target, allowed, starts, entry, rank, order, goal, seen, parent, here, after):
    """Search breadth-first until a level holds a goal; return the first by ``rank``, or -1.

    ``starts`` come in at their levels, ``entry``, ascending. Nodes of a level are gone through by rank, those that come
    in last; ``order`` gives the node of each rank. Writes to ``parent`` the step that led to a node. ``here`` and
    ``after`` are room for nodes.
    """
    count, s, level = 0, 0, entry[0]
    while count > 0 or s < starts.size:
        while s < starts.size and entry[s] == level:
            if not seen[starts[s]]:
                seen[starts[s]], here[count] = True, starts[s]
                count += 1
            s += 1
        for j in range(count):
            if goal[here[j]]:
                return here[j]
        more = 0
        for j in range(count):
            for e in range(at[here[j]], at[here[j] + 1]):
                w = target[e]
                if allowed[w] and not seen[w]:
                    seen[w], parent[w], after[more] = True, e, rank[w]
                    more += 1
        ascend(after, more)
        for j in range(more):
            here[j] = order[after[j]]
        count, level = more, level + 1
    return -1


@bare
def counting(at, target, outcome, counts, hits, mask, found):
    """Mark the nodes with a step that counts, changes something and stays inside a mask.

    A step counts by its outcome, or where ``hits`` is not empty by itself.
    """
    for v in range(mask.size):
        if mask[v]:
            for e in range(at[v], at[v + 1]):
                if target[e] != v and mask[target[e]] and (hits[e] if hits.size > 0 else counts[outcome[e]]):
                    found[v] = True
