"""What was published of each specification, kept in ``figures.toml``: where it is, its lines, counts and verdicts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Size:
    """What is published of a model of one size, and what sets it apart from what haboot counts.

    ``figures`` is where it says so, ``model`` the name of the model here, ``result`` the verdict. TLC counts as
    generated also the steps to states that the constraint excludes, and a step again for each other way in which its
    guard is true: so many are ``excluded`` and ``repeated``. Rumur counts the rules that fire, so not the states that
    it has ``begun`` with. ``levels`` is the depth where TLC's is not their number.
    """

    figures: str
    model: str
    result: str = "success"
    distinct: int | None = None
    generated: int | None = None
    depth: int | None = None
    excluded: int = 0
    repeated: int = 0
    begun: int = 0
    levels: int | None = None

    @property
    def counted(self) -> tuple[int | None, int | None, int | None]:
        """How many distinct states, generated ones and levels haboot must count, each None where nothing is known."""
        generated = None if self.generated is None else self.generated - self.excluded - self.repeated + self.begun
        return self.distinct, generated, self.depth if self.levels is None else self.levels

    def __str__(self) -> str:
        parts = (
            self.result,
            f"{self.distinct:,} distinct states" if self.distinct else "",
            f"{self.generated:,} {'rules fired' if self.begun else 'generated'}" if self.generated else "",
            f"depth {self.depth}" if self.depth else "",
        )
        return f"{self.figures}: {', '.join(filter(None, parts))}."


@dataclass(frozen=True)
class Specification:
    """A specification, and the module under ``examples`` that renders it.

    It needs so many ``lines``, ``without`` the definitions that its configuration does not use. All of its properties
    hold but those ``violated``.
    """

    module: str
    repository: str
    commit: str
    path: str
    lines: int
    without: tuple[str, ...]
    violated: tuple[str, ...]
    sizes: tuple[Size, ...]

    @property
    def file(self) -> Path:
        """The file of the model here."""
        return HERE.parent.joinpath(*self.module.split(".")).with_suffix(".py")

    def link(self, revision: str = "") -> str:
        """Return its address, at the commit that was counted or at another revision."""
        return f"https://github.com/{self.repository}/blob/{revision or self.commit}/{self.path}"


def specifications() -> tuple[Specification, ...]:
    """Return all of them, in the order of the file."""
    data = tomllib.loads((HERE / "figures.toml").read_text(encoding="utf-8"))
    return tuple(
        Specification(
            module=one["module"],
            repository=one["repository"],
            commit=data["repository"][one["repository"]],
            path=one["path"],
            lines=one["lines"],
            without=tuple(one.get("without", ())),
            violated=tuple(one.get("violated", ())),
            sizes=tuple(Size(**size) for size in one.get("size", ())),
        )
        for one in data["model"]
    )
