"""A shard in a process of its own, whatever carries calls to it."""

from __future__ import annotations

import sys
from typing import Any

from haboot.checker.packed import kept
from haboot.checker.packed.cluster.answering import Answering
from haboot.checker.packed.cluster.terms import Terms


class Member:
    """A shard made for who asks; raises RuntimeError where that runs another ``version``."""

    def __init__(self, terms: Terms, version: str) -> None:
        if version != running():
            raise RuntimeError("it runs another version of haboot, Python or numpy than who asks")
        self.shard = Answering(terms)

    def call(self, verb: str, *given: Any) -> Any:
        """Call the shard."""
        return getattr(self.shard, verb)(*given)


def running() -> str:
    """Return what has to be the same wherever shards of one search run."""
    return f"{kept.digest()} {sys.version_info[:2]}"
