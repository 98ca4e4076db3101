"""What compression would save of wide states: ``python -m bench.compression same+2x1+duplication+reordering``.

Explores a scenario, and lays out its states in three ways: as they are; as a tree, whose inner nodes are distinct pairs
of what lies below them (Laarman, van de Pol and Weber, Parallel recursive state compression for free, 2011); and
collapsed, each state the numbers of its pieces (Holzmann, State compression in SPIN, 1997). Prints bytes a state, and
the nanoseconds a state of putting all states into tables of each kind by one thread.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from time import process_time

import numpy as np
from haboot.checker import Limits, packed, quiet
from haboot.checker.packed.layout import Words
from haboot.model import system
from numba import njit
from numpy.typing import NDArray

from bench.subjects import scenario_of

WORD, NUMBER, ENTRY, LOAD = 8, 4, 4, 0.6  # bytes of a word, a number and a table's entry; how full tables are
ROUNDS = 3  # of which the fastest counts


@njit(cache=False)
def put(rows: Words, table: NDArray[np.int32], items: Words, numbers: Words) -> int:
    """Number rows by their content; return how many are distinct."""
    found, mask, width = 0, table.size - 1, rows.shape[1]
    for row in range(rows.shape[0]):
        key = np.uint64(0)
        for word in range(width):
            key = (key ^ rows[row, word]) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(32)
        at = np.int64(key & np.uint64(mask))
        while True:
            one = table[at]
            if one == 0:
                for word in range(width):
                    items[found, word] = rows[row, word]
                found += 1
                table[at] = found
                numbers[row] = found - 1
                break
            same = True
            for word in range(width):
                same = same and items[one - 1, word] == rows[row, word]
            if same:
                numbers[row] = one - 1
                break
            at = (at + 1) & mask
    return found


def numbered(rows: Words, most: int) -> tuple[int, Words]:
    """Number rows by a table with room for so many distinct ones; return how many there are, and the numbers."""
    table, numbers = np.zeros(1 << int(most / LOAD).bit_length(), np.int32), np.empty(len(rows), np.uint64)
    return int(put(rows, table, np.empty((most, rows.shape[1]), np.uint64), numbers)), numbers


def tree(words: Words, sizes: Sequence[int] = ()) -> list[tuple[int, int]]:
    """Number states by pairs of words, then by pairs of these numbers; return the rows of each table, and their bytes.

    ``sizes`` are those rows, where they are known.
    """
    tables: list[tuple[int, int]] = []
    columns = [(words[:, place], WORD) for place in range(words.shape[1])]
    while len(columns) > 1:
        (one, width), (other, more), *columns = columns
        found, numbers = numbered(np.stack([one, other], axis=1), sizes[len(tables)] if sizes else len(words))
        tables.append((found, width + more))
        columns.append((numbers, NUMBER))
    return tables


def collapsed(columns: Sequence[NDArray[np.int64]], pieces: int) -> float:
    """Return the bytes a state of as many pieces of slots that lie together: numbers in as few bits as they need."""
    bits, tables, states = 0, 0, len(columns[0])
    for some in np.array_split(np.array(columns), pieces):
        number = np.zeros(states, np.int64)
        for column in some:
            number = np.unique(number * (int(column.max()) + 1) + column, return_inverse=True)[1]
        found = int(number.max()) + 1
        bits += max(1, (found - 1).bit_length())
        tables += found * (WORD + ENTRY / LOAD)
    return bits / 8 + ENTRY / LOAD + tables / states


def timed(task: Callable[[], object], states: int) -> float:
    """Return the nanoseconds of a processor that a task takes for each state."""
    spent = []
    for _ in range(ROUNDS):
        begin = process_time()
        task()
        spent.append(process_time() - begin)
    return min(spent) / states * 1e9


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario")
    given = parser.parse_args()
    space = packed.explore(system(scenario_of(given.scenario)), Limits(), quiet)
    packing, partitions = space.rules.packing, space.partitions
    words = np.concatenate([states for _, states in partitions.states()])
    states, width = words.shape
    columns = [packing.column(words, place) for place in range(len(packing.fields))]
    held = partitions.bytes_with(partitions.buckets)
    print(f"{states:,} states of {width} words; items and table take {held / states:.1f} bytes a state")  # noqa: T201 - the output
    sizes = [rows for rows, _ in tree(words)]
    octets = sum(rows * (each + ENTRY / LOAD) for rows, each in tree(words, sizes)) / states
    plain = timed(lambda: numbered(words, states), states)
    pairs = timed(lambda: tree(words, sizes), states)
    print(f"as they are: {width * WORD + ENTRY / LOAD:.1f} bytes, {plain:.0f} ns")  # noqa: T201 - as above
    print(f"a tree of tables with {sizes} rows: {octets:.1f} bytes, {pairs:.0f} ns")  # noqa: T201 - as above
    for pieces in (2, 4, 8):
        print(f"collapsed to {pieces} pieces: {collapsed(columns, pieces):.1f} bytes")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
