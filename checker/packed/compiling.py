"""How the loops are compiled; the only module that imports numba.

Loops keep no reference counts, so they make no arrays: what they write to is given to them. They are compiled without
the code that would take arguments from Python objects, since ``calling`` does that.
"""

# mypy: disallow-untyped-defs=false, disallow-untyped-calls=false, disallow-untyped-decorators=false

from __future__ import annotations

import sys
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
from haboot.checker.boundary import EngineError
from haboot.checker.packed.calling import Kind, Primitive, Written, types_of
from haboot.checker.packed.layout import LANES
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

__all__ = ["fetch", "lowest", "machine_code", "matches", "ones"]

RETURNED = {types.int64: "q", types.uint64: "Q", types.boolean: "?", types.none: ""}
NUMBERS = {"q": types.int64, "Q": types.uint64, "?": types.boolean, "n": types.none}
_worlds: dict[str, dict[str, Any]] = {}


@intrinsic
def lowest(typing, bits):
    """Return the number of the lowest bit of a word that is not 0."""

    def code(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), code


@intrinsic
def ones(typing, bits):
    """Return how many bits of a word are set."""

    def code(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), code


@intrinsic
def matches(typing, table, at, mask, wanted):
    """Return a bit for each of the LANES entries from ``at`` on that, under a mask, is what is wanted."""

    def code(context, builder, signature, arguments):
        table, at, mask, wanted = arguments
        lanes, word = ir.VectorType(ir.IntType(32), LANES), ir.IntType(32)

        def spread(value):
            one = builder.insert_element(ir.Constant(lanes, ir.Undefined), value, word(0))
            return builder.shuffle_vector(one, one, ir.Constant(lanes, [0] * LANES))

        first = builder.gep(context.make_array(signature.args[0])(context, builder, table).data, [at])
        entries = builder.load(builder.bitcast(first, lanes.as_pointer()), align=4)
        same = builder.icmp_unsigned("==", builder.and_(entries, spread(mask)), spread(wanted))
        return builder.zext(builder.bitcast(same, ir.IntType(LANES)), ir.IntType(64))

    return types.uint64(table, types.uint64, types.uint32, types.uint32), code


@intrinsic
def fetch(typing, table, at):
    """Ask for the line of the cache in which an entry lies, without waiting for it."""

    def code(context, builder, signature, arguments):
        table, at = arguments
        place = builder.gep(context.make_array(signature.args[0])(context, builder, table).data, [at])
        octet, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [octet, number, number, number])
        asked = builder.module.declare_intrinsic("llvm.prefetch", [octet], kind)
        builder.call(asked, [builder.bitcast(place, octet), number(1), number(3), number(1)])
        return context.get_dummy_value()

    return types.none(table, types.uint64), code


INTRINSICS = {"lowest": lowest, "ones": ones, "matches": matches, "fetch": fetch}


def machine_code(loop: Written, kinds: tuple[Kind, ...]) -> bytes:
    """Return a loop compiled for arguments of some kinds: the symbol of the code, what it returns, and the code."""
    made = _dispatcher(loop)._compiler.compile(tuple(map(_type, kinds)), None)
    library, symbol = made.library, made.fndesc.llvm_func_name
    library.get_pointer_to_function(symbol)
    due, taken = 2 + sum(len(types_of(kind)) for kind in kinds), len(list(library.get_function(symbol).arguments))
    if due != taken:
        raise EngineError(f"the compiled loop {loop.name} takes {taken} arguments, not {due}: numba has changed")
    returned: Any = made.signature.return_type
    tuples: Any = types.BaseTuple
    several = list(returned) if isinstance(returned, tuples) else [returned]
    returns = "".join(RETURNED[types.unliteral(one)] for one in several)
    return b"\n".join((symbol.encode(), returns.encode(), library._get_compiled_object()))


@cache
def _dispatcher(loop: Written) -> Any:
    """Return a loop as numba has it, over a world where the loops that it calls are numba's as well."""
    function = loop.function
    twin = FunctionType(function.__code__, _world(function.__module__), function.__name__)
    bare: Any = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return njit(**bare, **loop.options)(twin)


def _world(module: str) -> dict[str, Any]:
    """Return what the functions of a module see."""
    if module not in _worlds:
        seen = vars(sys.modules[module])
        world = _worlds[module] = dict(seen)
        for name, value in seen.items():
            if isinstance(value, Written):
                world[name] = _dispatcher(value)
            elif isinstance(value, Primitive):
                world[name] = INTRINSICS[value.name]
    return _worlds[module]


def _type(kind: Kind) -> Any:
    """Return the type that numba knows a kind by."""
    if isinstance(kind, tuple):
        form, *parts = kind
        inner = [_type(part) for part in parts]
        return types.BaseTuple.from_types(inner, None if form is tuple else form)
    if kind in NUMBERS:
        return NUMBERS[kind]
    dtype, dimensions, order = kind.split()
    array: Any = types.Array
    return array(from_dtype(np.dtype(dtype)), int(dimensions), order)
