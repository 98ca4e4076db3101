"""Colours and fonts of everything drawn: legible on white, apart in grey, safe for common colour blindness."""

from __future__ import annotations

from typing import Final

FONT: Final = "Helvetica"
PAPER: Final = "#ffffff"
INK: Final = "#1f2933"
MUTED: Final = "#6b7785"
FAINT: Final = "#98a2ae"
FILL: Final = "#f3f5f8"
ACCENT: Final = "#0b63a5"
GOOD: Final = "#1d7a4f"
BAD: Final = "#b42318"
WARN: Final = "#9a6700"
BAD_FILL: Final = "#fdeceb"
WARN_FILL: Final = "#fff4d6"
