"""Python files of others, imported: whatever goes wrong in their code is one line with its place."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from haboot.checker import EngineError, ModelError, Place
from haboot.checker.boundary import SLIPS, plain

PACKAGE = Path(__file__).parent.parent


class PlacedError(ModelError):
    """A mistake in a model whose message begins with the line to blame."""


def imported(name: str) -> ModuleType:
    """Return a module by its dotted name, sought in the folder that is worked in as well; raises ModelError."""
    _sought_in(Path.cwd())
    with blamed(None):
        try:
            module = import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
            raise ModelError(f"there is no module '{name}' (it is sought from {Path.cwd()} on)") from error
    if getattr(module, "__file__", None) is None:
        raise ModelError(f"module '{name}' is no file")
    return module


def load(path: Path) -> ModuleType:
    """Return the module that a file is; one within a package is imported as its part. Raises ModelError."""
    if not path.is_file():
        why = "it is a directory" if path.is_dir() else "there is no such file"
        raise ModelError(f"'{plain(str(path))}' is no model: {why}")
    file = path.resolve()
    root, name = file.parent, file.stem
    while (root / "__init__.py").is_file():
        root, name = root.parent, f"{root.name}.{name}"
    _sought_in(root)
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(file):
        return known
    if known is not None or name in sys.stdlib_module_names:
        name = f"{name}__"  # another module has the name, such as one of Python's own
    with blamed(file):
        if "." in name:
            import_module(name.rpartition(".")[0])
        return _executed(file, name)


def _executed(file: Path, name: str) -> ModuleType:
    spec = spec_from_file_location(name, file)
    assert spec is not None  # noqa: S101 - it ends in .py
    assert spec.loader is not None  # noqa: S101 - as above
    module = sys.modules[name] = module_from_spec(spec)  # where classes and pickles look for it
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _sought_in(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
        invalidate_caches()


@contextmanager
def blamed(file: Path | None) -> Iterator[None]:
    """Tell what model code raises inside as a ModelError that begins with the line of the author's that is to blame.

    ``file`` is the author's; without it, the last file outside of haboot is.
    """
    try:
        yield
    except (EngineError, PlacedError, MemoryError):
        raise
    except SyntaxError as error:
        place = None if error.filename is None else Place(Path(error.filename), error.lineno or 1)
        raise _placed(place, f"SyntaxError: {error.msg}") from error
    except SLIPS as error:
        place = _last(error, file)
        if place is None and not isinstance(error, ModelError):  # nothing of the author's had a part in it
            raise
        words = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}".rstrip(": ")
        raise _placed(place, words) from error


def _placed(place: Place | None, words: str) -> PlacedError:
    line = " ".join(words.split())
    return PlacedError(line if place is None else f"{place}: {line}")


def _last(error: BaseException, file: Path | None) -> Place | None:
    """The last line of the author's on the way to an error, or on the way to what caused it."""
    place: Place | None = None
    at: BaseException | None = error
    while at is not None:
        for frame, line in traceback.walk_tb(at.__traceback__):
            path = Path(frame.f_code.co_filename)
            if _is_authors(path, file):
                place = Place(path, line)
        at = at.__cause__ or at.__context__
    return place


def _is_authors(path: Path, file: Path | None) -> bool:
    """Whether a file is the one meant or stands with it, and no package that was installed."""
    if path == file:
        return True
    installed = path.is_relative_to(PACKAGE) or not {"site-packages", "dist-packages"}.isdisjoint(path.parts)
    return not installed and path.is_file() and path.is_relative_to(Path.cwd() if file is None else file.parent)
