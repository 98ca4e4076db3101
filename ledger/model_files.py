"""Models of one's own in Python, named as ``FILE.py``, ``FILE.py:NAME`` or ``package.module:NAME``.

NAME is a System, a Composition, a Model or a Copies, several of them in a tuple or list, or a function without
arguments that returns such, or one with its properties. Without NAME it is what is called ``MODEL`` or ``model``, else
everything public of that kind; of functions only those whose annotation says so, as no other is to be called unasked.
A system that stands alone is held to the file's ``PROPERTIES``, or else to its public properties.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator
from inspect import Parameter, isfunction, signature
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from haboot.checker import Composition, Model, ModelError, Place, Property, System, nearest
from haboot.checker.boundary import SLIPS, plain, shown
from haboot.checker.copies import Copies, Replicated
from haboot.ledger.beside import beside
from haboot.ledger.modules import blamed, imported, load
from haboot.ledger.own import Own, owned

FAMILIES = (Copies, Replicated)
KINDS = (System, Composition, Model, *FAMILIES)
USUAL = ("MODEL", "model")
DUE = "a System, a Composition, a haboot.Model, a haboot.Copies, or a function without arguments that returns one"
_FILE = re.compile(r"(?P<place>.+\.py)(?::(?P<name>.*))?", re.DOTALL)
_MODULE = re.compile(r"(?P<place>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<name>[^.:]*)")


class _Found(NamedTuple):
    """Something public of a module: its name there, and the models that it is."""

    name: str
    models: tuple[Model | Copies | Replicated, ...]
    bare: bool  # whether it came without properties
    several: bool = False  # whether the name holds more models, so that each has its own name for it


def is_own(name: str) -> bool:
    """Whether a word on the command line means a model in Python.

    >>> [is_own(one) for one in ("mine.py", "mine.py:JUGS", "pack.mine:JUGS", "mine.toml", "same+1x1", "a:b.toml")]
    [True, True, True, False, False, False]
    """
    return bool(_FILE.fullmatch(name) or _MODULE.fullmatch(name))


def models_of(given: str, copies: int | str | None = None) -> tuple[Own, ...]:
    """Return the models that a word on the command line means; of copies with that many, by default any number.

    Raises ModelError, in one line, for whatever is wrong: with the file and the line where that is in its code.
    """
    match = _FILE.fullmatch(given) or _MODULE.fullmatch(given)
    if match is None:
        raise ModelError(f"'{given}' names no model (FILE.py, FILE.py:NAME or package.module:NAME is due)")
    place, name = match["place"], match["name"]
    module = imported(place) if match.re is _MODULE else load(Path(place))
    file = Path(str(module.__file__))
    with blamed(file):
        found = tuple(_found(module, name)) if name is None else _named(module, place, name)
        found = _with_properties(module, place, found, asked=name is not None)
    if not found:
        raise ModelError(f"{plain(place)} has no model: {_instead(module)}")
    made = _owned(place, file, found, alone=name is None)
    with blamed(file):
        return made if copies is None else tuple(one.of_copies(copies) for one in made)


def word_from(folder: Path, model: Own) -> str:
    """Return the word that means a model where another folder is worked in."""
    match = _FILE.fullmatch(model.word)
    if match is None:
        return model.word
    place = Path(os.path.relpath(model.written.path, folder)).as_posix()
    return place if match["name"] is None else f"{place}:{match['name']}"


def model_from(folder: Path, word: str) -> Own:
    """Return the one model that a word means, its file sought from a folder on."""
    (found,) = models_of(str(folder / word) if _FILE.fullmatch(word) else word)
    return found


def _owned(place: str, file: Path, found: tuple[_Found, ...], *, alone: bool) -> tuple[Own, ...]:
    """Each model with where it is written, and the shortest word for it that the command understands."""
    expected, at = beside(file), _assigned(file)
    single = alone and sum(len(one.models) for one in found) == 1
    made = []
    for one in found:
        written = Place(file, at.get(one.name, 1))
        for model in one.models:
            word = model.name if one.several else one.name
            made.append(owned(model, place if single else f"{place}:{word}", written, expected))
    return tuple(made)


def _assigned(file: Path) -> dict[str, int]:
    """The line on which each name of a module is first given something."""
    found: dict[str, int] = {}
    for node in ast.parse(file.read_bytes()).body:
        named: list[ast.expr] = []
        match node:
            case ast.Assign():
                named = node.targets
            case ast.AnnAssign():
                named = [node.target]
            case ast.FunctionDef():
                found.setdefault(node.name, node.lineno)
        for one in named:
            if isinstance(one, ast.Name):
                found.setdefault(one.id, node.lineno)
    return found


def _found(module: ModuleType, name: str | None = None) -> Iterator[_Found]:
    """The models of a module: what is called MODEL or model, else all that are public."""
    usual = [one for one in USUAL if _may_be_model(module, one)] if name is None else []
    public = [one for one in vars(module) if not one.startswith("_")]
    met = list[object]()
    for one in usual or public:
        value = getattr(module, one)
        if (usual or _is_model(module, value)) and not any(value is other for other in met):
            met.append(value)
            yield _made(one, value)


def _may_be_model(module: ModuleType, name: str) -> bool:
    """Whether a module has something of a usual name; in small letters it may be another module as well."""
    value = getattr(module, name, None)
    return value is not None and (name.isupper() or isfunction(value) or _is_model(module, value))


def _is_model(module: ModuleType, value: object) -> bool:
    """Whether something public of a module is a model, or a function of that module that says it returns one."""
    if isinstance(value, (tuple, list)):
        return bool(value) and all(isinstance(one, KINDS) for one in value)
    if not isfunction(value):
        return isinstance(value, KINDS)
    return value.__module__ == module.__name__ and not _required(value) and _says_model(value)


def _instead(module: ModuleType) -> str:
    """What a module without models has in their place."""
    functions = [one for one in vars(module).values() if isfunction(one) and one.__module__ == module.__name__]
    unfit = [f"{one.__name__} needs {', '.join(_required(one))}" for one in functions if _says_model(one)]
    if unfit:
        return f"{'; '.join(unfit)}: give each a default"
    return f"no public name is {DUE} by its annotation"


def _required(function: Callable[..., Any]) -> list[str]:
    """The arguments that a function cannot be called without."""
    kinds = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    every = signature(function).parameters.values()
    return [one.name for one in every if one.default is Parameter.empty and one.kind not in kinds]


def _says_model(function: Callable[..., Any]) -> bool:
    try:
        said = get_type_hints(function).get("return")
    except SLIPS:  # names that only a type checker imports
        return False
    while get_origin(said) in {tuple, list}:
        said = next(iter(get_args(said)), None)
    return said in KINDS


def _named(module: ModuleType, place: str, name: str) -> tuple[_Found, ...]:
    """What a module has under a name, or the model that is called so."""
    if hasattr(module, name):
        return (_made(name, getattr(module, name), place),)
    every = tuple(_found(module, name))
    called = [one._replace(models=(model,)) for one in every for model in one.models if model.name == name]
    if called:
        return (called[0],)
    names = [one.name for one in every] + [model.name for one in every for model in one.models]
    known = ", ".join(dict.fromkeys(names)) or "none"
    raise ModelError(f"{plain(place)} has no '{plain(name)}'{nearest(name, names)} (its models: {known})")


def _made(name: str, value: object, place: str = "") -> _Found:
    """Return what a name holds as models; raises ModelError for anything else."""
    what = f"{plain(place)}: '{name}'" if place else f"'{name}'"
    if callable(value) and not isinstance(value, (*KINDS, type)):
        if lacking := _required(value):
            needed = ", ".join(lacking)
            raise ModelError(f"{what} is a function that needs {needed}: give each a default, or write {DUE}")
        value = value()
        what += " returns"
    else:
        what += " is"
    parts = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if len(parts) == 2 and isinstance(parts[0], (System, Composition)) and not isinstance(parts[1], KINDS):
        return _Found(name, (Model(parts[0].name, parts[0], parts[1]),), bare=False)
    if not parts or not all(isinstance(one, KINDS) for one in parts):
        raise ModelError(f"{what} {shown(value)}, of type {type(value).__name__}; {DUE} is due")
    models = tuple(Model(one.name, one) if isinstance(one, (System, Composition)) else one for one in parts)
    return _Found(name, models, len(parts) == 1 and isinstance(parts[0], (System, Composition)), len(parts) > 1)


def _with_properties(module: ModuleType, place: str, found: tuple[_Found, ...], *, asked: bool) -> tuple[_Found, ...]:
    """Hold a system that came alone to the properties of its module."""
    bare = [(one, model) for one in found if one.bare for model in one.models if isinstance(model, Model)]
    given = getattr(module, "PROPERTIES", None)
    claims = (
        given
        if given is not None
        else [value for name, value in vars(module).items() if isinstance(value, Property) and not name.startswith("_")]
    )
    if not bare or not claims:
        return found
    if len(bare) > 1 and not asked:
        names = ", ".join(one.name for one, _ in bare)
        raise ModelError(f"{plain(place)} has properties, and several systems ({names}): say which with haboot.Model")
    alone, model = bare[0]
    whole = _Found(alone.name, (Model(model.name, model.system, claims),), bare=False)
    return tuple(whole if one is alone else one for one in found)
