"""A process of a job of MPI that holds shards: it does what the first process asks, until that ends.

Calls are made one after the other in a thread of their own, so that letters come and go meanwhile. What a call returns
goes back where it is small; else it stays here, and goes from here to whom it is for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from haboot.checker.host import machine
from haboot.checker.packed.cluster.letters import Letter, Way, read, written
from haboot.checker.packed.cluster.member import Member
from haboot.checker.packed.cluster.post import Post

SMALL = 1 << 14  # bytes of arrays up to which what a call returns goes back at once
FIRST = 0  # the process that asks
MAKE, FORGET = "make one", "forget it"  # calls that no shard has: they make a shard of a search, and end it


class Call(NamedTuple):
    """A call that waits: its number, the search that it is for, what is called, and how many parts come of it."""

    number: int
    search: int
    verb: str
    parts: int
    given: list[Any]


class Serving:
    """What one process holds; ``rank`` is its number, and ``where`` names its machine.

    ``members`` are its shards by search, ``kept`` what calls returned by call and part, and ``arrived`` what came from
    others by number.
    """

    def __init__(self, post: Post, rank: int, where: str) -> None:
        self.post, self.rank, self.where = post, rank, where
        self.members: dict[int, Member] = {}
        self.kept: dict[tuple[int, int], Letter] = {}
        self.arrived: dict[int, Any] = {}
        self.calls = deque[Call]()
        self.pool, self.work = ThreadPoolExecutor(1), Future[tuple[Letter, dict[int, Letter]]]()
        self.at_work, self.is_over = False, False
        self.handles: dict[str, Callable[..., None]] = {
            name: getattr(self, f"_{name.replace(' ', '_')}") for name in ("call", "pass on", "arrive", "drop", "end")
        }

    def run(self) -> None:
        """Serve until the end."""
        while not self.is_over:
            for _, (kind, *numbers), letter in self.post.came():
                self.handles[kind](letter, *numbers)
            self._go_on()
            self.post.wait(self.work if self.at_work else None)
        self.post.send(FIRST, ["ended"])
        while self.post.going:
            self.post.wait()
            list(self.post.came())

    def _go_on(self) -> None:
        """Tell what has come of a call, and make the next one once all that it is given has arrived."""
        if self.at_work and self.work.done():
            self.at_work = False
            self._answer(self.calls.popleft().number)
        if self.calls and not self.at_work:
            call = self.calls[0]
            ways = [one.number for one in call.given if isinstance(one, Way)]
            if all(way in self.arrived for way in ways):
                given = [self.arrived[one.number] if isinstance(one, Way) else one for one in call.given]
                for way in ways:
                    del self.arrived[way]
                self.at_work, self.work = True, self.pool.submit(self._made, call, given)

    def _made(self, call: Call, given: list[Any]) -> tuple[Letter, dict[int, Letter]]:
        """Make a call; return what goes back of its parts, and what is kept here, by part."""
        if call.verb == MAKE:
            self.members[call.search] = Member(*given)
            result: Any = (self.where, machine.memory())
        elif call.verb == FORGET:
            result = self.members.pop(call.search, None) and None
        else:
            result = self.members[call.search].call(call.verb, *given)
        letters = [written(one) for one in ([result] if call.parts == 1 else result)]
        keep = {part: one for part, one in enumerate(letters) if one.octets > SMALL}
        return written([None if part in keep else read(one) for part, one in enumerate(letters)]), keep

    def _answer(self, number: int) -> None:
        """Send what has come of a call, and which parts of it are kept here."""
        if (error := self.work.exception()) is not None:
            told = " ".join(f"{type(error).__name__}: {error}".split())
            self.post.send(FIRST, ["failed", number, told])
            return
        letter, keep = self.work.result()
        self.kept |= {(number, part): one for part, one in keep.items()}
        self.post.send(FIRST, ["done", number, [*keep]], letter)

    def _call(self, given: Letter, number: int, search: int, verb: str, parts: int) -> None:
        self.calls.append(Call(number, search, verb, parts, read(given)))

    def _pass_on(self, _: Letter, number: int, part: int, rank: int, way: int) -> None:
        """Send what is kept here to another process, or to a call of this one."""
        letter = self.kept[number, part]
        if rank == self.rank:
            self.arrived[way] = read(letter)
        else:
            self.post.send(rank, ["arrive", way], letter)

    def _arrive(self, letter: Letter, way: int) -> None:
        self.arrived[way] = read(letter)

    def _drop(self, _: Letter, number: int, part: int) -> None:
        del self.kept[number, part]

    def _end(self, _: Letter) -> None:
        self.is_over = True
