"""Where compiled code is kept, and whether there is any; known without loading the compiler.

It is kept in a folder named after a digest of all sources that it was compiled from, constants included, and of the
compilers' versions, in a file for each loop and kinds of arguments, behind a digest of what the file holds. Where no
folder can be written the loops are compiled in every run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryFile

COMPILERS = ("numba", "llvmlite", "numpy")
SOURCES = (
    "calling.py",
    "compiling.py",
    "hashing.py",
    "holding.py",
    "kernel.py",
    "loops.py",
    "reduced.py",
    "scans.py",
    "spreading.py",
    "steps.py",
    "layout.py",
)  # all that compiled code is made of
KEPT = 8  # folders of compiled code, of this version of the sources and of others
PREFIX, SUFFIX = "haboot-", ".loop"
SEAL = sha256().digest_size


@cache
def digest() -> str:
    """Return what compiled code is kept under; empty where sources or compilers are missing."""
    try:
        made_of = sha256(" ".join((sys.version, *map(_version, COMPILERS))).encode())
        for name in SOURCES:
            made_of.update(sha256(Path(__file__).with_name(name).read_bytes()).digest())
    except OSError:
        return ""
    return made_of.hexdigest()[:24]


def _version(package: str) -> str:
    """Return what an installed package is called with its version; raises OSError where it is not installed.

    It is the name of the folder of what is told of the package: to read its version takes twelve milliseconds.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(package)
    place = Path(spec.origin).parents[1]
    names = [name for name in os.listdir(place) if name.startswith(f"{package}-") and name.endswith("-info")]
    if not names:
        raise FileNotFoundError(place / package)
    return min(names)


@cache
def folder() -> Path | None:
    """Return where compiled code is kept: the first place that can be written, else the first that holds some."""
    if not digest():
        return None
    known = [place / f"{PREFIX}{digest()}" for place in _places()]
    return next((one for one in known if _is_writable(one)), next((one for one in known if one.is_dir()), None))


def _places() -> Iterator[Path]:
    if asked := os.environ.get("NUMBA_CACHE_DIR", ""):
        yield Path(asked)
    yield Path(__file__).parent / "__pycache__"
    own = {"win32": "LOCALAPPDATA"}.get(sys.platform, "XDG_CACHE_HOME")
    with suppress(RuntimeError):  # nobody's home is known
        yield Path(os.environ.get(own) or Path.home() / ".cache") / "haboot"


def _is_writable(place: Path) -> bool:
    try:
        new = not place.is_dir()
        place.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=place):
            pass
        if new:
            _forget_old(place)
    except OSError:
        return False
    return True


def _forget_old(place: Path) -> None:
    """Remove the oldest folders of compiled code beside a new one."""
    found = sorted(place.parent.glob(f"{PREFIX}*"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in [one for one in found if one != place][KEPT - 1 :]:
        rmtree(old, ignore_errors=True)


def are_loops_kept() -> bool:
    """Whether compiled code is at hand."""
    place = folder()
    return place is not None and any(place.glob(f"*{SUFFIX}"))


def read(name: str) -> bytes | None:
    """Return the content kept under a name; None where there is none, or it is damaged."""
    place = folder()
    try:
        whole = b"" if place is None else (place / f"{name}{SUFFIX}").read_bytes()
    except OSError:
        return None
    seal, content = whole[:SEAL], whole[SEAL:]
    return content if sha256(content).digest() == seal else None


def write(name: str, content: bytes) -> None:
    """Keep content under a name where there is a place, as a whole or not at all."""
    place = folder()
    if place is None:
        return
    part = place / f"{name}.{os.getpid()}.part"
    with suppress(OSError):
        part.write_bytes(sha256(content).digest() + content)
        part.replace(place / f"{name}{SUFFIX}")


def claim(name: str, owner: int) -> bool:
    """Claim what is to be kept under a name, for all who work for one process; return whether nobody had."""
    place = folder()
    try:
        if place is not None:
            (place / f"{name}.{owner}.claim").touch(exist_ok=False)
    except FileExistsError:
        return False
    except OSError:
        return True
    return True


def release(owner: int) -> None:
    """Take back all claims of those who work for a process."""
    place = folder()
    for file in () if place is None else place.glob(f"*.{owner}.claim"):
        file.unlink(missing_ok=True)
