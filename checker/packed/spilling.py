"""A search that goes on by disk when memory nears its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from haboot.checker.limits import Progress
from haboot.checker.packed.disk import MAPPED, STATES, DiskPartitions, FullError, kept, sized, temporary
from haboot.checker.packed.search import Position, Search

READ = 2 / MAPPED  # part of memory that is set aside for pages of the file: those let go of, and those being read
FEW = 16  # one part of memory in so many is for states in any case


class Spilling:
    """Runs a search, and takes its states to a file in a folder once they need more memory than there is.

    Where a checkpoint goes on from that file it stays, else it goes with the search.
    """

    def __init__(self, search: Search, folder: Path, *, stays: bool) -> None:
        self.search, self.folder, self.stays = search, folder, stays
        if not stays:
            temporary(folder).close()
        self.name = f"max-memory {search.limits.memory:,} bytes"
        search.scale.aside += int(search.limits.memory * READ)
        search.scale.least = search.limits.memory // FEW
        search.weigh()

    def begin(self) -> None:
        """Put the initial states into the table, on disk where memory does not hold them."""
        self.search.begin()
        if self.name in self.search.bounds:
            partitions = self.search.partitions
            partitions.found[:] = 0
            partitions.levels.clear()
            partitions.arrivals.forget(partitions.found)
            self.search.at = Position(fired=self.search.at.fired)
            self._until_full(self._begin_over)

    def run(self, progress: Progress, pause: Callable[[Search], None]) -> None:
        """Search until nothing is left, or a limit other than that on memory is reached."""

        def paused(search: Search) -> None:
            self._relieve()
            pause(search)

        def task() -> None:
            self.search.run(progress, paused)
            if [*self.search.bounds] == [self.name] and self.search.at.lo == self.search.at.width:
                del self.search.bounds[self.name]  # it has come to its end
            elif [*self.search.bounds] == [self.name] and not self._is_over:
                self._go_over()
                pause(self.search)
                self.search.run(progress, paused)
            self.search.make_up()
            self.search.partitions.settle()

        self._until_full(task)

    def _begin_over(self) -> None:
        self._go_over()
        self.search.begin()

    def _until_full(self, task: Callable[[], object]) -> None:
        """Do what may fill the disk: then that is the bound that was hit."""
        try:
            task()
        except FullError as error:
            self.search.bounds[f"the disk of '{self.folder}': {error}"] = None

    @property
    def _is_over(self) -> bool:
        return isinstance(self.search.partitions, DiskPartitions)

    def _relieve(self) -> None:
        """See between chunks that what is fresh stays within memory."""
        partitions = self.search.partitions
        if isinstance(partitions, DiskPartitions):
            partitions.relieve(self.search.memory, exactly=self.search.limits.max_states is not None)

    def _go_over(self) -> None:
        """Take all states to the file, and lift the bound on memory; raise FullError where there is no room."""
        search, disk = self.search, self._opened()
        try:
            disk.take(search.partitions)
        except FullError:
            disk.file.truncate(0)
            raise
        search.go_on(disk)
        search.weigh(anew=True)
        disk.memory = search.memory
        del search.bounds[self.name]

    def _opened(self) -> DiskPartitions:
        """Return partitions in an empty file; raise FullError where there can be none."""
        search, file = self.search, None
        try:
            file = kept(self.folder / STATES) if self.stays else temporary(self.folder)
            size = sized(file, self.folder)
        except OSError as error:
            if file is not None:
                file.close()
            raise FullError(error.strerror) from error
        disk = DiskPartitions(search.packing, search.workers, file, size, search.memory)
        if not self.stays:
            disk.sums = None
        return disk
