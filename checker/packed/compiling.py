"""How the loops are compiled and where compiled code is kept; the only module that imports numba.

Compiled code is kept in a folder named after a digest of all sources that it was compiled from, constants included, and
of the compilers' versions: numba itself looks at the file of each function alone. Where no folder can be written the
loops are compiled in every run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryFile
from typing import Any

import llvmlite  # type: ignore[import-untyped]
import numba
import numpy as np
from numba import njit, types
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.extending import intrinsic

__all__ = ["bare", "compiled", "digest", "folder", "inlined", "interpreted", "intrinsic", "merged", "types"]

SOURCES = (
    "compiling.py",
    "hashing.py",
    "kernel.py",
    "reduced.py",
    "scans.py",
    "steps.py",
    "layout.py",
)  # all that compiled code is made of
KEPT = 8  # folders of compiled code, of this version of the sources and of others
PREFIX = "haboot-"


@cache
def digest() -> str:
    """Return what compiled code is kept under; empty where the sources cannot be read."""
    made_of = sha256(f"{sys.version} {numba.__version__} {llvmlite.__version__} {np.__version__}".encode())
    try:
        for name in SOURCES:
            made_of.update(sha256(Path(__file__).with_name(name).read_bytes()).digest())
    except OSError:
        return ""
    return made_of.hexdigest()[:24]


@cache
def folder() -> Path | None:
    """Return where compiled code is kept: the first place that can be written, else the first that holds some."""
    if not digest():
        return None
    known = [place / f"{PREFIX}{digest()}" for place in _places()]
    return next((one for one in known if _is_writable(one)), next((one for one in known if one.is_dir()), None))


def _places() -> Iterator[Path]:
    if asked := getattr(numba.config, "CACHE_DIR", ""):
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


def interpreted() -> bool:
    """Whether loops run as plain Python, as NUMBA_DISABLE_JIT asks."""
    return bool(vars(numba.config).get("DISABLE_JIT"))


class _Locator:
    """Tells numba where the code of a function is kept."""

    def __init__(self, place: Path, file: str, line: int) -> None:
        self.place, self._py_file, self.line = place, file, line

    def ensure_cache_path(self) -> None:
        """See numba."""

    def get_cache_path(self) -> str:
        """See numba."""
        return str(self.place)

    def get_source_stamp(self) -> str:
        """See numba."""
        return digest()

    def get_disambiguator(self) -> str:
        """See numba."""
        return str(self.line)

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> _Locator | None:
        """See numba."""
        place = folder()
        return None if place is None else cls(place, file, function.__code__.co_firstlineno)


class _Impl(CompileResultCacheImpl):
    _locator_classes: list[Any] = [_Locator]  # noqa: RUF012 - as numba has it


class _Cache(FunctionCache):
    """numba's own, for which what cannot be read or written is merely not kept."""

    _impl_class = _Impl

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """See numba."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]  # as numba is
        except Exception:  # noqa: BLE001 - a damaged file may hold anything
            with suppress(OSError):
                self.flush()  # type: ignore[no-untyped-call]
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """See numba."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


def _keeping(**options: Any) -> Callable[[Any], Any]:
    """Return a decorator that compiles a function, and keeps what it compiled where there is a place."""
    compiler = njit(nogil=True, **options)

    def decorated(function: Any) -> Any:
        made = compiler(function)
        if folder() is not None and made is not function:
            made._cache = _Cache(function)  # type: ignore[no-untyped-call]
        return made

    return decorated


compiled = _keeping()
bare = _keeping(_nrt=False)  # without reference counts, so it cannot make arrays
merged = _keeping(_nrt=False, forceinline=True)  # the same, made part of its caller when all of it is optimised
inlined = _keeping(inline="always")
