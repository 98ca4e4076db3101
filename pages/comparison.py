"""What the report shows of a comparison: a table a variant, its normal run, and the runs that the cells link to."""

from __future__ import annotations

from dataclasses import dataclass

from haboot.diagrams import Chart


@dataclass(frozen=True, slots=True)
class CompareCell:
    """One answer; ``mark`` is good, bad or empty, ``anchor`` that of its run, empty without one."""

    text: str
    mark: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class CompareRow:
    """A variant under some assumptions, with the states explored; without cells where it does not model them."""

    assuming: str
    cells: tuple[CompareCell, ...]
    states: int = 0


@dataclass(frozen=True, slots=True)
class CompareVariant:
    """A variant with its rows; ``chart`` is its normal run, None where it never recovers."""

    name: str
    summary: str
    source: str
    needs: str
    readings: tuple[str, ...]
    rows: tuple[CompareRow, ...]
    chart: Chart | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as one line a step, under its anchor."""

    anchor: str
    title: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All variants, the columns with what they ask, and the runs; ``introduction`` says what is compared."""

    introduction: str
    columns: tuple[tuple[str, str], ...]
    variants: tuple[CompareVariant, ...]
    runs: tuple[Run, ...]
