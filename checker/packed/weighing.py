"""What of the memory that a search may take is left to its states: a process has more in memory than these.

Interpreter, libraries, buffers, compiled code and what is known of a level are measured as the search goes on, as all
that the process holds and is not counted as states. What it held beyond an interpreter before the search is its
caller's. A file's pages are not measured but set aside for, since the system takes them in and lets them go.
"""

from __future__ import annotations

from haboot.checker.host import mapped_memory, resident_memory

OWN = 1 << 28  # bytes at most that interpreter and libraries may have taken before a search
UNTOLD = 1 << 27  # bytes that they are taken to have where the system does not tell
LEAST = 4  # one part of memory in so many is for states in any case
CHUNK = 64  # one part of memory in so many is left to what a chunk adds before it is looked at


class Scale:
    """Weighs a process that may take so many bytes, of which ``buffers`` are set aside and not used yet.

    ``least`` bytes are for states in any case, ``aside`` for what is not looked at; ``mapped`` are those of libraries.
    """

    def __init__(self, most: int, buffers: int) -> None:
        held = resident_memory()
        self.most, self.aside, self.least = most, most // CHUNK, most // LEAST
        self.mapped: int | None = None
        self.others = max(0, (held or 0) - OWN)
        self.beside = (UNTOLD if held is None else held - self.others) + buffers

    @property
    def left(self) -> int:
        """Bytes that states may take."""
        return max(self.most - self.aside - self.beside, self.least)

    def weigh(self, counted: int, *, reads: bool, anew: bool = False) -> None:
        """Measure what there is beside states, which are counted; where these are read of a file, without its pages.

        What was needed once is not given away again, unless it is measured ``anew``.
        """
        held, mapped = resident_memory(), mapped_memory()
        if held is None or mapped is None:
            return
        if not reads or self.mapped is None:
            self.mapped = mapped
        self.beside = max(0 if anew else self.beside, held - mapped + self.mapped - self.others - counted)
