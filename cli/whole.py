"""Whole numbers within bounds, as options take them."""

from __future__ import annotations

from typing import Any

import click

UNITS = {"mib": 1, "gib": 1 << 10, "tib": 1 << 20}


class Whole(click.IntRange):
    """A whole number; one message says what was given and what is allowed."""

    name = "number"
    other = ""  # what else may be given

    def __init__(self, least: int, most: int | None = None) -> None:
        super().__init__(min=least, max=most)
        self.allowed = f"from {least} on" if most is None else f"from {least} to {most:,}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number given; fail for what is none, or out of bounds."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"'{value}' is no whole number {self.allowed}{self.other}", param, ctx)


class Mebibytes(Whole):
    """A size of at least 1 MiB: a number of MiB, or one with its unit behind it; in MiB.

    >>> Mebibytes().convert("2GiB", None, None)
    2048
    """

    name = "size"
    other = ", nor one with MiB, GiB or TiB behind it"

    def __init__(self) -> None:
        super().__init__(1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the size given, in MiB; fail for what is none."""
        given = str(value).strip()
        number, unit = given[:-3].rstrip(), given[-3:].lower()
        if unit in UNITS and number.isdecimal() and int(number):
            return int(number) * UNITS[unit]
        return super().convert(value, param, ctx)
