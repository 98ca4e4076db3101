"""The compiled loops as their callers see them: machine code, loaded without the compiler where it is kept.

A loop is a function over arrays, numbers, booleans, None and tuples of these, compiled once for the kinds of its
arguments. With NUMBA_DISABLE_JIT it is the Python that it is written in.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from typing import Any

from haboot.checker.packed import helping, kept
from haboot.checker.packed.calling import Code, Kind, Primitive, Written, taken_apart
from haboot.checker.packed.layout import Shape


def interpreted() -> bool:
    """Whether loops run as plain Python, as NUMBA_DISABLE_JIT asks."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}


class Loop(Written):
    """A loop that runs its code, which is loaded or compiled at the first call with arguments of such kinds."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        super().__init__(function, **options)
        self._code: dict[tuple[Kind, ...], Code] = {}
        self._loading = Lock()

    def __call__(self, *given: Any) -> Any:
        """Run the loop."""
        values: list[Any] = []
        kinds = tuple([taken_apart(one, values) for one in given])
        code = self._code.get(kinds) or self._loaded(kinds)
        return code(values)

    def _loaded(self, kinds: tuple[Kind, ...]) -> Code:
        with self._loading:
            if kinds not in self._code:
                self._code[kinds] = _code(self, kinds)
        return self._code[kinds]


def file_name(loop: Written, kinds: tuple[Kind, ...]) -> str:
    """Return what the code of a loop is kept under, for arguments of some kinds and this processor."""
    import llvmlite.binding as llvm  # type: ignore[import-untyped]  # noqa: PLC0415 - loaded by whoever runs a loop

    processor = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    return f"{loop.name}-{sha256(repr((kinds, processor)).encode()).hexdigest()[:16]}"


def form_of(kinds: tuple[Kind, ...]) -> int:
    """Return how many elements the form of states has, or 0 for a loop that sees none; see Shape."""
    first = kinds[0] if kinds else ""
    return len(first[1]) - 1 if isinstance(first, tuple) and first[0] is Shape else 0


def machine_code(loop: Written, kinds: tuple[Kind, ...]) -> bytes:
    """Compile a loop."""
    from haboot.checker.packed import compiling  # noqa: PLC0415 - loads the compiler

    return compiling.machine_code(loop, kinds)


def _code(loop: Loop, kinds: tuple[Kind, ...]) -> Code:
    """Return the code of a loop for arguments of some kinds: what is kept, else compiled and kept."""
    import llvmlite.binding as llvm  # noqa: PLC0415 - loaded by whoever runs a loop

    name = file_name(loop, kinds)
    content = kept.read(name) or helping.found(name, form_of(kinds))
    if content is None:
        content = machine_code(loop, kinds)
        kept.write(name, content)
    symbol, returns, code = content.split(b"\n", 2)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Code(loop.name, kinds, engine.get_function_address(symbol.decode()), returns.decode(), engine)


def _looping(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    return lambda function: function if interpreted() else Loop(function, **options)


bare = _looping()
merged = _looping(forceinline=True)  # made part of its caller when all of it is optimised
inlined = _looping(inline="always")


def primitive(plain: Callable[..., Any]) -> Any:
    """Return a function as a primitive of compiled loops, known to the compiler by its name."""
    return plain if interpreted() else Primitive(plain)
