"""A model with only what can give some outcomes, for sweeps that look at few steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from haboot.checker.packed import scans
from haboot.checker.packed.layout import Longs, Model, Words
from haboot.checker.packed.rules import Rules
from numpy.typing import NDArray


@dataclass(frozen=True)
class Narrowed:
    """The narrow model, and the outcomes that its rows stand for."""

    model: Model
    rows: Longs


def narrowed(rules: Rules, wanted: NDArray[np.bool_]) -> Narrowed:
    """Return the model with the rows and the trees that can give an outcome wanted, or one not known yet."""
    model = rules.model
    rows = np.flatnonzero(wanted[: len(rules.rows)])
    bits = np.unpackbits(model.slices.view(np.uint8), axis=2, bitorder="little")[:, :, rows]
    tested = np.flatnonzero(~bits.all(axis=(1, 2)))
    chunks = tested if tested.size else np.zeros(1, np.int64)
    groups, buckets, entries = _arranged(rules, wanted)
    narrow = model._replace(
        chunks=model.chunks[chunks],
        slices=_words(bits[chunks]),
        groups=groups,
        buckets=buckets,
        entries=entries,
    )
    return Narrowed(narrow, rows)


def _words(bits: NDArray[Any]) -> Words:
    """Return bits along the last axis as words."""
    whole = np.concatenate([bits, np.zeros((*bits.shape[:-1], -bits.shape[-1] % 64), bits.dtype)], axis=-1)
    return np.packbits(whole, axis=-1, bitorder="little").view(np.uint64)


def _arranged(rules: Rules, wanted: NDArray[np.bool_]) -> tuple[Longs, Longs, Longs]:
    """Return groups, buckets and entries, as the model has them, of the trees that can give what is wanted."""
    model = rules.model
    before = np.concatenate([[0], np.cumsum(wanted)])
    gives = before[model.leaves[:, 1]] > before[model.leaves[:, 0]]
    useful = np.zeros(model.cells.size, bool)
    scans.leading(model.nodes, model.cells, gives, useful)
    groups, buckets, entries = [], list[int](), list[int]()
    for word, shift, mask, begin in model.groups.tolist():
        every = [model.entries[model.buckets[b] : model.buckets[b + 1]] for b in range(begin, begin + mask + 1)]
        kept = [roots[useful[roots]].tolist() for roots in every]
        if any(kept):
            groups.append((word, shift, mask, len(buckets)))
            for roots in kept:
                buckets.append(len(entries))
                entries += roots
    buckets.append(len(entries))
    return np.array(groups, np.int64).reshape(-1, 4), np.array(buckets, np.int64), np.array(entries, np.int64)
