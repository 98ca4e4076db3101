"""Whole numbers within bounds, as options take them."""

from __future__ import annotations

from typing import Any

import click


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
