"""``python -m examples.published`` writes the page of the table; with a specification's file it counts its lines."""

import sys
from pathlib import Path

from examples.published.counting import program_lines, tla_lines
from examples.published.table import page

MARKS = {".rs": "//", ".m": "--"}  # what a comment begins with, in Rust and Murphi


def counted(file: Path, without: list[str]) -> int:
    """Return how many lines of a file say something; raise ValueError for one in another language."""
    if file.suffix not in {".tla", *MARKS}:
        raise ValueError(f"a specification in TLA+, Rust or Murphi is due (.tla, {', '.join(MARKS)})")
    text = file.read_text(encoding="utf-8")
    return tla_lines(text, without) if file.suffix == ".tla" else program_lines(text, MARKS[file.suffix])


def main(given: list[str]) -> None:
    """Write the page, or the number of lines of a file without the definitions that are named after it."""
    if not given:
        sys.stdout.write(page())
        return
    try:
        sys.stdout.write(f"{counted(Path(given[0]), given[1:])}\n")
    except (OSError, ValueError) as error:
        sys.exit(f"{given[0]}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
