"""Folders of which each file holds one thing of a kind: a new file is a new one, and no list need name it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def held_in(folder: ModuleType, kind: type[T], called: str) -> Iterator[T]:
    """Return all of a kind that the files of a folder hold, file by file; ``called`` is what an error calls one."""
    for module in iter_modules(folder.__path__, f"{folder.__name__}."):
        yield from (value for value in vars(_read(module.name, called)).values() if isinstance(value, kind))


def _read(name: str, called: str) -> ModuleType:
    """Import a file; whatever it raises names the file, since a lazy door would tell another error."""
    try:
        return import_module(name)
    except Exception as error:
        raise ImportError(f"the {called}'s file {name} cannot be read: {type(error).__name__}: {error}") from error
