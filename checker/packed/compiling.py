"""How the loops are compiled; the only module that imports numba."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
from haboot.checker.packed.kept import digest, folder
from numba import njit, types
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.extending import intrinsic

__all__ = ["bare", "compiled", "digest", "folder", "inlined", "interpreted", "intrinsic", "merged", "types"]


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
