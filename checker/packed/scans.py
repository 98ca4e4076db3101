"""The compiled loops of the packed engine's queries; see ``kernel`` for the rules they keep."""


# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

import numpy as np
from haboot.checker.packed.hashing import located
from haboot.checker.packed.kernel import (
    U,
    allowed_rows,
    bisected,
    enabled,
    keep,
    known,
    load,
    lowest,
    mixed,
    normalise,
    successor,
    take,
    walk,
)
from haboot.checker.packed.layout import (
    CUT,
    ENVIRONMENT,
    ITEM,
    KNOWN,
    ODD_1,
    ODD_2,
    PENDING,
    STATE,
    STEP,
    TERMINAL,
    UNKNOWN,
    YES,
)
from haboot.checker.packed.loops import bare, inlined, merged

AHEAD = 1 << 16  # states that a scan looks through for further missing answers
SEEN = 1 << 12  # groups of questions with the values that they read, kept at a time
ODD, SPREAD = U(ODD_1), U(ODD_2)


@merged
def at_rest(shape, model, state, allowed):
    """Whether all outcomes of a state, also those that are cut, are the environment's: 0, 1, or -1 - a cell not known.

    Most states have another among the first that are looked at.
    """
    _, _, groups, buckets, entries, nodes, cells, leaves, _, marks, _, _ = model
    answer = 1
    allowed_rows(shape, model.chunks, model.slices, state, allowed)
    for w in range(allowed.size):
        bits = allowed[w]
        while answer == 1 and bits:
            if (marks[64 * w + np.int64(lowest(bits))] & ENVIRONMENT) == 0:
                answer = 0
            bits &= bits - U(1)
    g = 0
    while answer == 1 and g < groups.shape[0]:
        bucket = groups[g, 3] + np.int64((state[U(groups[g, 0])] >> U(groups[g, 1])) & U(groups[g, 2]))
        e = buckets[bucket]
        while answer == 1 and e < buckets[bucket + 1]:
            cell = walk(nodes, cells, entries[e], state)
            leaf = cells[cell]
            if leaf >= PENDING:
                answer = -1 - cell
            else:
                for o in range(leaves[-leaf, 0], leaves[-leaf, 1]):
                    if (marks[o] & ENVIRONMENT) == 0:
                        answer = 0
            e += 1
        g += 1
    return answer


@bare
def scan(shape, model, blocks, items, inner, store, ask, kind, first, last, p, i, end, hits, missing, unknown, room):
    """Collect the numbers of the states that meet a question, from item ``i`` of partition ``p`` to partition ``end``.

    The states are ``items``; whether a successor is among those wanted is looked up in ``store``, of shape ``inner``.

    Each partition is scanned from ``first`` to ``last``. States of which an answer is missing follow in ``missing``;
    ``unknown`` says of each whether it lacks the outcome of an action instead.
    Returns how many hits there are, how many states lack something, and the partition and item of the first of these,
    before which the hits are all.
    """
    cells, patches, marks = model.cells, model.patches, model.marks
    answer_nodes, answers, roots, sieve, wanted = ask
    state, after, picks, allowed = room
    sieve_mask = U(sieve.size - 1)
    found, lacking, ahead, stop_p, stop_i = 0, 0, AHEAD, end, 0
    while p < end:
        while i < last[p]:
            load(shape, items, p, i, state)
            answer, n = np.int64(0), np.int64(0)
            if kind == STATE:
                answer = known(answer_nodes, answers, roots[0], state)
            elif kind == TERMINAL:
                rests = at_rest(shape, model, state, allowed)
                n = min(rests, np.int64(0))
                if rests > 0:
                    answer = known(answer_nodes, answers, roots[0], state)
            else:
                n = enabled(shape, model, state, room)
                if kind != KNOWN:
                    for j in range(n):
                        if answer == 0 and (marks[picks[j]] & CUT) == 0:
                            if kind == STEP:
                                answer = known(answer_nodes, answers, roots[picks[j]], state)
                            elif successor(shape, patches, state, picks[j], after):
                                if blocks is not None:
                                    normalise(blocks, after)
                                if sieve[mixed(shape, after) & sieve_mask]:
                                    number = located(inner, store, after)
                                    at = bisected(wanted, number)
                                    answer = np.int64(at < wanted.size and wanted[at] == number)
            if answer < 0 or n < 0:
                if lacking == 0:
                    stop_p, stop_i = p, i
                held, cell = (cells, -1 - n) if n < 0 else (answers, -1 - answer)
                if lacking == 0 or held[cell] == UNKNOWN:
                    held[cell] = PENDING
                    keep(missing, lacking, state)
                    unknown[lacking] = n < 0
                    lacking += 1
            elif answer and lacking == 0:
                hits[found] = (np.int64(p) << 40) | i
                found += 1
            i += 1
            ahead -= lacking > 0
            if lacking == len(missing) or ahead == 0:
                return found, lacking, stop_p, stop_i
        p += 1
        if p < end:
            i = first[p]
    return found, lacking, stop_p, stop_i


@inlined
def noted(cells, cell, tree, state, missing, lacks, lacking):
    """Note that a tree, or an action's outcome if it is -1, is not known at a cell; return how many are noted."""
    if lacking < lacks.size and (lacking == 0 or cells[cell] == UNKNOWN):
        cells[cell] = PENDING
        keep(missing, lacking, state)
        lacks[lacking] = tree
        lacking += 1
    return lacking


@inlined
def is_seen(seen, masks, group, state):
    """Whether a group of questions was put before to a state alike in what they read; return that, and the entry."""
    h = U(group + 1) * ODD
    for w in range(masks.shape[1]):
        h = (h ^ (state[w] & masks[group, w])) * SPREAD
        h ^= h >> U(32)
    at = np.int64(h & U(SEEN - 1))
    same = seen[at, 0] == U(group + 1)
    for w in range(masks.shape[1]):
        same &= seen[at, w + 1] == state[w] & masks[group, w]
    return same, at


@inlined
def remember(seen, place, masks, group, state):
    """Remember that a group of questions was put to states alike in what they read; see ``is_seen``."""
    seen[place, 0] = U(group + 1)
    for w in range(masks.shape[1]):
        seen[place, w + 1] = state[w] & masks[group, w]


@merged
def put(trees, plan, group, state, seen, met, missing, lacks, lacking):
    """Put a group of questions to a state, but those met before; return how many answers are missing by now."""
    (nodes, cells), (roots, owners, at, masks) = trees, plan
    if at[group] == at[group + 1]:
        return lacking
    same, place = is_seen(seen, masks, group, state)
    if same:
        return lacking
    whole = True
    for e in range(at[group], at[group + 1]):
        if not met[owners[e]]:
            cell = walk(nodes, cells, roots[e], state)
            if cells[cell] >= PENDING:
                lacking = noted(cells, cell, e, state, missing, lacks, lacking)
                whole = False
            elif cells[cell] == YES:
                met[owners[e]] = True
    if whole:
        remember(seen, place, masks, group, state)
    return lacking


@inlined
def moves(marks, at, outcome, node):
    """Whether one of a node's steps is the system's own."""
    found = False
    for e in range(at[node], at[node + 1]):
        if (marks[outcome[e]] & ENVIRONMENT) == 0:
            found = True
            break
    return found


@bare
def sweep(
    shape, models, rows, items, trees, plan, first, last, expanded, made, p, i, end, met, missing, lacks, rooms, seen
):
    """Put many questions to the states of a level, from item ``i`` of partition ``p`` to partition ``end``.

    ``models`` are one that has what questions about steps need, whose rows are those in ``rows``, and the whole one.
    ``made`` are the steps where these are made: the node of each partition's first state, where each node's steps
    begin, and their outcomes; else all are empty.
    Marks in ``met`` the questions that a state or step meets. States of which an answer is missing follow in
    ``missing``; ``lacks`` says of each which tree lacks it, or -1 for the outcome of an action.
    ``rooms`` are for one model and the other; ``seen``, all zeros, is for what was put before: shape (SEEN, 1 + words).
    Returns how many answers are missing, and the partition and item of the first state that lacks one.
    """
    state, picks, groups, owners = rooms[0].state, rooms[0].picks, plan.at, plan.owners
    base, at, outcome = made
    lacking, ahead, stop_p, stop_i = np.int64(0), AHEAD, end, 0
    while p < end:
        while i < last[p]:
            load(shape, items, p, i, state)
            before = lacking
            lacking = put(trees, plan, np.int64(0), state, seen, met, missing, lacks, lacking)
            if i < expanded[p]:
                ends = False
                for e in range(groups[1], groups[2]):
                    ends |= not met[owners[e]]
                if ends and (base.size == 0 or not moves(models[1].marks, at, outcome, base[p] + i)):
                    rests = at_rest(shape, models[1], state, rooms[1].allowed)
                    if rests < 0:
                        lacking = noted(models[1].cells, -1 - rests, -1, state, missing, lacks, lacking)
                    elif rests:
                        lacking = put(trees, plan, np.int64(1), state, seen, met, missing, lacks, lacking)
                if base.size == 0:
                    n = enabled(shape, models[0], state, rooms[0])
                    if n < 0:
                        lacking = noted(models[0].cells, -1 - n, -1, state, missing, lacks, lacking)
                    for j in range(n):
                        o = rows[picks[j]] if picks[j] < rows.size else picks[j]
                        lacking = put(trees, plan, o + 2, state, seen, met, missing, lacks, lacking)
                else:
                    for e in range(at[base[p] + i], at[base[p] + i + 1]):
                        o = np.int64(outcome[e])
                        if groups[o + 2] < groups[o + 3]:
                            lacking = put(trees, plan, o + 2, state, seen, met, missing, lacks, lacking)
            if before == 0 and lacking > 0:
                stop_p, stop_i = p, i
            i += 1
            ahead -= lacking > 0
            if lacking == lacks.size or ahead == 0:
                return lacking, stop_p, stop_i
        p += 1
        if p < end:
            i = first[p]
    return lacking, stop_p, stop_i


@bare
def leading(nodes, cells, gives, useful):
    """Mark the cells that lead to a leaf that gives something, or to one not known; a node's cells follow its own."""
    for cell in range(cells.size - 1, -1, -1):
        content = cells[cell]
        if content < PENDING:
            useful[cell] = gives[-content]
        elif content < 0:
            useful[cell] = True
        else:
            first = nodes[content, 3]
            for child in range(first, first + nodes[content, 2] + 1):
                useful[cell] |= useful[child]


@bare
def numbers(shape, blocks, store, states, found, state):
    """Write the numbers, partition << 40 | item, of states brought to normal form; -1 for one not found."""
    for i in range(len(states)):
        take(states, i, state)
        if blocks is not None:
            normalise(blocks, state)
        found[i] = located(shape, store, state)


@bare
def homes(shape, states, found, state):
    """Write the partitions that states belong to."""
    for i in range(len(states)):
        take(states, i, state)
        found[i] = np.int64(mixed(shape, state) >> shape.rest)


@bare
def sieved(shape, items, wanted, sieve, state):
    """Mark the hashes of the states with the given numbers."""
    for i in range(wanted.size):
        load(shape, items, wanted[i] >> 40, wanted[i] & ITEM, state)
        sieve[np.int64(mixed(shape, state) & U(sieve.size - 1))] = True
