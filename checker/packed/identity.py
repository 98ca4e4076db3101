"""What a search is of: a digest of a model and its properties, of their code and of what the code refers to.

Two searches have one identity only where the same states, steps and verdicts are due: a checkpoint is resumed by no
other. Functions count by their compiled code, their defaults, the variables that they close over and the globals that
they name, and so on from there; classes by their attributes, modules that are not installed by their text, the standard
library and installed packages by name, the checker by its sources. What code reads by other ways (files, the
environment, ``globals()``) is not seen.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, cached_property, partial
from hashlib import sha256
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from haboot.checker.core import System
from haboot.checker.properties import Property

OURS = "haboot.checker"


def identity(system: System, properties: Iterable[Property], found: Iterable[object] = ()) -> str:
    """Return the digest of a search as a hexadecimal text; ``found`` is what tabulation found out beforehand."""
    from importlib.metadata import version  # noqa: PLC0415 - takes a while

    claims = tuple(properties)
    tests = [test for claim in claims for clause in claim.clauses for test in (clause.holds, clause.premise)]
    roots = [*(action.effect for action in system.actions), *tests]
    digest = _Digest(_packages(roots))
    digest.add((version("haboot"), sys.version_info[:2], _sources()))
    digest.add((system.name, system.slots, system.initial, system.actions, system.symmetry, system.constraint))
    digest.add(claims)
    digest.add(tuple(found))
    return digest.text


def _packages(roots: Iterable[object]) -> frozenset[str]:
    """Return the packages whose code is the model's own."""
    modules = (getattr(one, "__module__", None) or "" for one in roots)
    return frozenset(name.partition(".")[0] for name in modules) | {"haboot"}


def _sources() -> str:
    """Return a digest of the checker's own code."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _Digest:
    """Takes in values, each once: what was met before is named by its place, so circles end."""

    def __init__(self, packages: frozenset[str]) -> None:
        self.packages, self.hash = packages, sha256()
        self.met: dict[int, tuple[int, object]] = {}

    @property
    def text(self) -> str:
        """The digest so far."""
        return self.hash.hexdigest()

    def say(self, *words: object) -> None:
        """Take in words, told apart from what comes before and after."""
        for word in words:
            plain = word if isinstance(word, bytes) else str(word).encode(errors="backslashreplace")
            self.hash.update(len(plain).to_bytes(8, "big") + plain)

    def add(self, value: object) -> None:
        """Take in a value and all that it is made of."""
        if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
            self.say(type(value).__name__, repr(value))
            return
        if id(value) in self.met:
            self.say("met", self.met[id(value)][0])
            return
        self.met[id(value)] = len(self.met), value  # held, so that its id is not given to another
        self.say(type(value).__module__, type(value).__qualname__)
        self._take(value)

    def _take(self, value: Any) -> None:
        if isinstance(value, FunctionType):
            self._function(value)
        elif isinstance(value, (type, ModuleType, BuiltinFunctionType)):
            self._named(value)
        elif isinstance(value, CodeType):
            self._code(value)
        elif isinstance(value, Enum):
            self._all((value.name, value.value))
            self.add(type(value))
        elif isinstance(value, Set):
            self.say(*sorted(self._apart(one) for one in value))
            self._held(value)
        elif isinstance(value, Mapping):
            self._all(part for item in value.items() for part in item)
            self._held(value)
        elif isinstance(value, (tuple, list, range)):
            self._all(value)
            self._held(value)
        else:
            self._object(value)

    def _all(self, values: Iterable[object]) -> None:
        for one in values:
            self.add(one)
        self.say("end")

    def _held(self, value: object) -> None:
        """Take in what a container of an author's own class holds beside its members."""
        if self._is_own(type(value).__module__):
            self._all((type(value), getattr(value, "__dict__", None)))

    def _apart(self, value: object) -> str:
        digest = _Digest(self.packages)
        digest.add(value)
        return digest.text

    def _function(self, function: FunctionType) -> None:
        self.say(function.__module__, function.__qualname__)
        self.add(function.__defaults__)
        self.add(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                self.add(cell.cell_contents)
            except ValueError:
                self.say("nothing yet")
        if _is_checker(function.__module__):
            return
        self._code(function.__code__)
        self.add(function.__dict__)
        for name in _names(function.__code__):
            if name in function.__globals__:
                self.say(name)
                self.add(function.__globals__[name])
            elif name in sys.modules:
                self.add(sys.modules[name])

    def _code(self, code: CodeType) -> None:
        self.say(code.co_code, *code.co_names, *code.co_freevars, code.co_flags)
        self._all(code.co_consts)

    def _named(self, value: Any) -> None:
        """Take in a class, a module or a compiled function: by name, and by content where it is the model's own."""
        module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None) or ""
        self.say(module, getattr(value, "__qualname__", ""))
        if not self._is_own(module):
            return
        if isinstance(value, type):
            self._class(value)
        elif isinstance(value, ModuleType) and str(getattr(value, "__file__", None)).endswith(".py"):
            self.say(Path(str(value.__file__)).read_bytes())

    def _class(self, value: type) -> None:
        self._all(base for base in (*value.__bases__, type(value)) if base not in {object, type})
        for name, part in vars(value).items():
            if not (name.startswith("__") and name.endswith("__")) or isinstance(part, FunctionType):
                self.say(name)
                self._attribute(part)

    def _attribute(self, part: Any) -> None:
        if isinstance(part, (staticmethod, classmethod)):
            self.add(part.__func__)
        elif isinstance(part, property):
            self._all((part.fget, part.fset))
        elif isinstance(part, cached_property):
            self.add(part.func)
        elif not isinstance(part, (MemberDescriptorType, GetSetDescriptorType)):
            self.add(part)

    def _is_own(self, module: str | None) -> bool:
        if not module or _is_checker(module):
            return False
        return module.partition(".")[0] in self.packages or not _is_installed(module)

    def _object(self, value: Any) -> None:
        if isinstance(value, MethodType):
            self._all((value.__func__, value.__self__))
        elif isinstance(value, partial):
            self._all((value.func, value.args, value.keywords))
        elif hasattr(type(value), "__made_of__"):
            self.add(value.__made_of__())
        elif hasattr(type(value), "tobytes"):
            self.say(value.tobytes())
        elif is_dataclass(value):
            every = not f"{type(value).__module__}.".startswith("haboot.")  # whose places and notes tell nothing
            told = (one.name for one in fields(value) if one.compare or every)
            self._all((type(value), *(getattr(value, name, None) for name in told)))
        else:
            self._plain(value)

    def _plain(self, value: Any) -> None:
        """Take in an object by its attributes, also those in slots of the model's own classes, or else by its text."""
        held, slotted = getattr(value, "__dict__", None), self._slotted(value)
        if held is not None or slotted:
            self._all((type(value), held, slotted))
            return
        text = repr(value)
        self.say("" if " at 0x" in text else text)

    def _slotted(self, value: object) -> dict[str, object]:
        own = [one for one in type(value).__mro__ if self._is_own(one.__module__ or "")]
        names = [name for one in own for name, part in vars(one).items() if isinstance(part, MemberDescriptorType)]
        return {name: getattr(value, name, None) for name in names}


@cache
def _is_installed(module: str) -> bool:
    """Whether a module is of the interpreter or of an installed package, which versions tell apart."""
    file = getattr(sys.modules.get(module), "__file__", None)
    folders = (Path(path) for name, path in sysconfig.get_paths().items() if name in {"stdlib", "purelib", "platlib"})
    return file is None or any(Path(file).is_relative_to(folder) for folder in folders)


def _is_checker(module: str | None) -> bool:
    return f"{module}.".startswith(f"{OURS}.")


def _names(code: CodeType) -> list[str]:
    """Return the globals that some code may look up, in the functions within it as well."""
    inner = (name for const in code.co_consts if isinstance(const, CodeType) for name in _names(const))
    return sorted({*code.co_names, *inner})
