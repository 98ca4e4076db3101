"""``haboot check --watch``: the same check again whenever a file beside those that are checked changes.

Each check is a process of its own, so that it reads every file anew. Files are looked at a few times a second.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import sleep
from typing import NoReturn

import click
from haboot.cli.console import echo

PAUSE = 0.3  # seconds between two looks
READ = {".py", ".toml"}


def watched(names: Sequence[str], arguments: Sequence[str]) -> NoReturn:
    """Check, and check again after each change, until an interrupt; raises UsageError where no file is named."""
    folders = sorted({_folder(name) for name in names})
    if not folders:
        raise click.UsageError("--watch needs a file to watch: FILE.py or FILE.toml")
    command = [sys.executable, "-m", "haboot", *(one for one in arguments if one != "--watch")]
    found = changes(folders)
    while True:
        if changed := next(found):
            echo("", f"{', '.join(map(str, changed))} changed", err=True)
        subprocess.run(command, check=False, start_new_session=True)  # noqa: S603 - this program
        echo("watching; an interrupt ends it", err=True)


def _folder(name: str) -> Path:
    path = Path(name.partition(".py:")[0] + ".py" if ".py:" in name else name)
    if path.suffix not in READ:
        raise click.UsageError(f"--watch needs files to watch, and '{name}' is none: FILE.py or FILE.toml")
    return path.parent


def changes(folders: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Yield nothing at first, and then the files that changed, each time that some did."""
    seen = _stamps(folders)
    yield ()
    while True:
        now = _stamps(folders)
        changed = tuple(sorted(path for path, _ in seen.items() ^ now.items()))
        if changed:
            seen = now
            yield tuple(dict.fromkeys(changed))
        else:
            sleep(PAUSE)


def _stamps(folders: Sequence[Path]) -> Mapping[Path, int]:
    found: dict[Path, int] = {}
    for folder in folders:
        for path in folder.iterdir():
            if path.suffix in READ:
                try:
                    found[path] = path.stat().st_mtime_ns
                except OSError:  # it has gone meanwhile
                    continue
    return found
