"""The packed engine's table holds exactly the states put into it, whatever their hash."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from errno import ENOMEM

import numpy as np
import pytest
from haboot.checker import Action, Limits, Query, Slot, System, quiet
from haboot.checker.host import physical_memory
from haboot.checker.packed import hashing, scans
from haboot.checker.packed import space as packed
from haboot.checker.packed.layout import PARTITIONS, Packing, Shape, Sizes
from haboot.checker.packed.partitions import Partitions, Workers, reserved
from hypothesis import given, settings
from hypothesis import strategies as some


def slots(bits: int) -> tuple[Slot, ...]:
    return tuple(Slot(f"s{n}", range(16)) for n in range(bits // 4))


def state_of(shape: Shape, h: int) -> int:
    """Return the state of one word that has a hash."""
    mask = int(shape.mask)
    h = h * int(shape.undo_2) & mask
    h ^= h >> int(shape.half)
    return h * int(shape.undo_1) & mask


def stored(system: System) -> packed.PackedSpace:
    return packed.explore(system, Limits(), quiet)


def values(packing: Packing, state: int) -> dict[str, int]:
    words = np.array([state >> 64 * word & (1 << 64) - 1 for word in range(packing.words)], np.uint64)
    return {f"s{n}": index for n, index in enumerate(packing.decoded(words))}


def is_state(wanted: dict[str, int]) -> Query:
    return Query("test", tuple(wanted), lambda view: all(view[name] == wanted[name] for name in wanted))


@pytest.mark.parametrize("bits", [40, 44, 64])
def test_hashes_of_equal_parts_are_told_apart(bits: int) -> None:
    """Items at the ends of their range, among them the one whose entry would mean a free place."""
    packing = Packing(slots(bits))
    shape = packing.shape(1 << 20)
    rest, below = int(shape.rest), int(shape.below)
    ends = [0, 1, below >> 1, below - 1, below]
    hashes = [(partition << rest) | end for partition in (0, 1, 4095) for end in ends]
    initial = tuple(values(packing, state_of(shape, h)) for h in hashes)
    system = System("ends", slots(bits), (*initial, *initial), ())
    space = stored(system)
    assert space.distinct == len(hashes)
    for one in initial:
        assert space.first_state(is_state(one)) is not None


@pytest.mark.parametrize("bits", [40, 44, 48, 64])
def test_a_crowded_partition_grows_and_a_full_bucket_overflows(bits: int) -> None:
    """The first item is the one whose entry would mean a free place."""
    packing = Packing(slots(bits))
    shape = packing.shape(1 << 20)
    hashes = [(7 << int(shape.rest)) | low for low in (int(shape.below), *range(149))]
    initial = tuple(values(packing, state_of(shape, h)) for h in hashes)
    space = stored(System("crowded", slots(bits), initial, ()))
    assert space.distinct == 150
    assert all(space.first_state(is_state(one)) is not None for one in (initial[0], initial[70], initial[149]))


@pytest.mark.parametrize("bits", [40, 64])
def test_steps_lead_to_states_in_full_buckets_and_to_those_whose_entries_are_alike(bits: int) -> None:
    """Bit 23 of a hash is neither in an entry, beside a number of 9 bits, nor does it choose a bucket of sixteen."""
    packing = Packing(slots(bits))
    shape = packing.shape(1 << 20)
    last = 9 << int(shape.rest) - 4
    hashes = [(7 << int(shape.rest)) | low for low in (*range(149), last | 5, last | 5 | 1 << 23)]
    initial = tuple(values(packing, state_of(shape, h)) for h in hashes)
    names = tuple(initial[0])
    after = {tuple(one.values()): other for one, other in zip(initial, (*initial[1:], initial[0]), strict=True)}
    on = Action("on", names, names, lambda view: after[tuple(view[name] for name in names)])
    space = stored(System("circle", slots(bits), initial, (on,)))
    links = space._links
    nodes = links.node(space._ways.numbers(space.rules.starts))
    assert sorted(nodes.tolist()) == list(range(len(hashes)))
    assert links.target[links.at[nodes]].tolist() == [*nodes[1:].tolist(), nodes[0]]


@pytest.mark.parametrize("bits", [40, 64])
def test_a_state_is_told_from_one_whose_entry_is_alike(bits: int) -> None:
    """Bit 25 of a hash is neither in an entry, beside a number of 7 bits, nor does it choose a bucket of four."""
    packing = Packing(slots(bits))
    shape = packing.shape(1 << 20)
    one, alike, other = ((7 << int(shape.rest)) | low for low in (5, 5 | 1 << 25, 6))
    space = stored(System("alike", slots(bits), (values(packing, state_of(shape, one)),), ()))
    asked = np.array([[state_of(shape, h)] for h in (one, alike, other)], np.uint64)
    numbers, state = np.empty(3, np.int64), np.empty(1, np.uint64)
    scans.numbers(space.partitions.shape, space.rules.blocks, space.partitions.index(), asked, numbers, state)
    assert numbers.tolist() == [7 << 40, -1, -1]


@given(bits=some.sampled_from((40, 44, 48, 64, 80, 136)), seed=some.integers(0, 2**32), count=some.integers(1, 3000))
@settings(max_examples=25, deadline=None)
def test_every_state_is_held_once(bits: int, seed: int, count: int) -> None:
    packing = Packing(slots(bits))
    some_bits = np.random.default_rng(seed).integers(0, 2, (count, bits), np.uint8)
    some_bits[:, 10:] &= seed % 2
    states = sorted({int("".join(map(str, row)), 2) for row in some_bits.tolist()})
    initial = tuple(values(packing, state) for state in states + states[::2])
    assert stored(System("some", slots(bits), initial, ())).distinct == len(states)


@given(bits=some.sampled_from((40, 48, 80)), seed=some.integers(0, 2**32), count=some.integers(1, 400))
@settings(max_examples=15, deadline=None)
def test_what_is_sieved_is_what_is_not_known_in_its_order(bits: int, seed: int, count: int) -> None:
    """Both in one partition, of lists of different room; with more items than a bucket has entries."""
    dice, sizes, workers = np.random.default_rng(seed), Sizes(-(-bits // 64), min(bits, 64)), Workers(1)
    fresh, known = Partitions(sizes, workers), Partitions(sizes, workers, space=mmap.mmap(-1, 1 << 26))
    rest = int(fresh.shape.rest)
    below = dice.permutation(2 * count).astype(np.uint64)[:, None] << np.uint64(rest - 10)
    states = (below if bits < 64 else dice.integers(0, 1 << 63, (2 * count, sizes.words), np.uint64)).astype(sizes.item)
    home = np.zeros(len(states), np.int64)
    if bits > 64:
        scans.homes(fresh.shape, states, home, sizes.blank())
    for p in set(home.tolist()):
        own = states[home == p]
        new, old = own[dice.random(len(own)) < 0.5], own[dice.random(len(own)) < 0.5]
        for lists, held in ((fresh, new), (known, old)):
            begin = p * lists.shape.cap
            lists.items.reshape(-1, sizes.words)[begin : begin + len(held)] = held
            lists.found[p] = len(held)
    wanted = {p: _without(fresh, known, p) for p in set(home.tolist())}
    fresh.widen()
    fresh._refill(fresh.buckets, numbered=True)
    gone, given = np.ones(2 * count, bool), (known.shape, known.items, known.found)
    met = np.tile(np.arange(1 + count // 2).astype(np.uint8) + 1, (PARTITIONS, 1))  # for half of all in one partition
    before = {p: [*zip(_items(fresh, p), (*met[p], *[0] * 2 * count), strict=False)] for p in wanted}
    hashing.sieve(fresh.shape, fresh.store, fresh.found, *given, 0, PARTITIONS, met, gone, sizes.blank())
    assert {p: _items(fresh, p) for p in wanted} == wanted
    for p, both in before.items():
        left = [kind for item, kind in both if item in wanted[p]]
        assert met[p, : len(left)].tolist() == left[: met.shape[1]]


def _items(lists: Partitions, p: int) -> list[list[int]]:
    begin, words = p * lists.shape.cap, lists.packing.words
    return lists.items.reshape(-1, words)[begin : begin + int(lists.found[p])].tolist()  # type: ignore[no-any-return]


def _without(fresh: Partitions, known: Partitions, p: int) -> list[list[int]]:
    return [one for one in _items(fresh, p) if one not in _items(known, p)]


@pytest.mark.parametrize("knows_pages", [True, False])
def test_where_address_space_is_limited_less_is_reserved(monkeypatch: pytest.MonkeyPatch, knows_pages: bool) -> None:
    taken = mmap.mmap

    def limited(handle: int, size: int, **options: int) -> mmap.mmap:
        if size > most:
            raise OSError(ENOMEM, "Cannot allocate memory")
        return taken(handle, size, **options)

    most = 1 << 27
    monkeypatch.setattr(mmap, "mmap", limited)
    if not knows_pages:
        monkeypatch.delattr(mmap, "MADV_NOHUGEPAGE", raising=False)
    assert len(reserved(1 << 30)) == most
    most = 0
    with pytest.raises(OSError, match="Cannot allocate memory"):
        reserved(1 << 30)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems set no memory aside for what is not written")
@pytest.mark.parametrize("is_named", [True, False])
def test_a_process_can_be_started_beside_the_spaces_of_several_searches(
    monkeypatch: pytest.MonkeyPatch, is_named: bool
) -> None:
    if is_named:
        monkeypatch.setattr(mmap, "MAP_NORESERVE", 0x4000, raising=False)
    else:
        monkeypatch.delattr(mmap, "MAP_NORESERVE", raising=False)
    spaces = [reserved(physical_memory() * 5 // 4) for _ in range(3)]
    forked = subprocess.run([sys.executable, "-c", ""], preexec_fn=os.getpid, check=False)
    assert (forked.returncode, len(spaces)) == (0, 3)
