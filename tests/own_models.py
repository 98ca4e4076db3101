"""Models of one's own as tests write them into files, and the command run on these as a user's."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROTOCOL = re.compile(r"mobile|ipv6|home.agent|care-of|\bIKE|binding|bootstrap|\bMN\d|\bdraft\b|\brfc\b|ledger", re.I)
COUNTER = """
from haboot import Action, Composition, Instance, Model, Participant, Row, Slot, System, always, sometimes


def counter(most: int = 3) -> System:
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < most else None)
    return System(f"count to {most}", (Slot("n", range(most + 1)),), ({"n": 0},), (up,))


SMALL = always("stays small", ("n",), lambda v: v["n"] < 3)
ONE = sometimes("comes to one", ("n",), lambda v: v["n"] == 1)
"""
WHOLE = f"{COUNTER}\nMODEL = Model('counter', counter(), (SMALL, ONE))\n"


@contextmanager
def forgotten() -> Iterator[None]:
    """Forget the modules that are loaded inside, and where they were sought; begin without one that others left."""
    sys.modules.pop("mine", None)
    path, known = [*sys.path], {*sys.modules}
    try:
        yield
    finally:
        sys.path[:] = path
        for name in {*sys.modules} - known:
            if not name.startswith(("haboot.", "hypothesis", "numpy", "networkx", "pygraphviz", "matplotlib", "_")):
                held = getattr(sys.modules[name], "__file__", None) or ""
                if "site-packages" not in held and "/lib/python" not in held:
                    del sys.modules[name]


def written(folder: Path, text: str, name: str = "mine.py") -> Path:
    """Write a file, and return it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
