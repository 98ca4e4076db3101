"""``python -m examples.published`` writes the page of the table; with a specification's file it counts its lines."""

import sys
from pathlib import Path

from examples.published.counting import rust_lines, tla_lines
from examples.published.table import page

match sys.argv[1:]:
    case []:
        sys.stdout.write(page())
    case [file, *without]:
        try:
            text = Path(file).read_text(encoding="utf-8")
            count = tla_lines(text, without) if file.endswith(".tla") else rust_lines(text)
        except (OSError, ValueError) as error:
            sys.exit(f"{file}: {error}")
        sys.stdout.write(f"{count}\n")
