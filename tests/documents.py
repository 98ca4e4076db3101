"""The code on the pages of the documentation: read off as blocks, and run in order in a folder, as a reader would.

A block of Python is a part of the page's program. Below ``<!-- file NAME -->`` a block is a file to write, or, as a
``diff``, a change of one. Each line of a ``sh`` block has to succeed. In a ``console`` block a line that begins with
``$`` is run, and what stands below it is what it prints; there ``[…]`` stands for anything within a line, and alone for
any lines. What cannot be run says why: ``<!-- not run: REASON -->``; what ``.ci/run`` runs has a name there.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.architecture import ROOT

MADE = {"docs/findings.md", "docs/alternatives.md"}  # by commands, and held against these elsewhere
PAGES = [path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")) if str(path.relative_to(ROOT)) not in MADE]
RUN_BY_CI = {"check", "test"}
LANGUAGES = {"python", "sh", "console", "diff", "toml", "yaml", "text", "{toctree}", "{eval-rst}"}
SHOWN = {"text", "{toctree}", "{eval-rst}"}  # which say nothing that could be run
_FENCE = re.compile(r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
_TIME = re.compile(r"\b\d+\.\d+ ?s\b")


class Block(NamedTuple):
    """A block of a page: where it stands, its language, the note above it, and its text."""

    place: str
    language: str
    note: str
    text: str

    @property
    def file(self) -> str:
        """The file that it is; empty where it is none."""
        return self.note.removeprefix("file ") if self.note.startswith("file ") else ""

    @property
    def is_run(self) -> bool:
        """Whether it is to be run here."""
        return self.language not in SHOWN and not self.note.startswith("not run: ") and self.note not in RUN_BY_CI


def blocks(path: Path) -> Iterator[Block]:
    """Return the blocks of a page in order."""
    text = path.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start("language")) + 1
        place = f"{path.relative_to(ROOT)}:{line}"
        yield Block(place, found["language"], found["note"] or "", found["text"])


def program(path: Path) -> str:
    """Return the blocks of Python on a page that are no files, as one program."""
    return "\n\n".join(one.text for one in blocks(path) if one.language == "python" and one.is_run and not one.file)


@dataclass(frozen=True, slots=True)
class Told:
    """What a command ended with and printed."""

    status: int
    printed: str
    errors: str


class Reader:
    """Somebody who does in a folder what a page says; ``haboot`` runs the command."""

    def __init__(self, folder: Path, haboot: Callable[[list[str]], Told]) -> None:
        self.folder, self.haboot = folder, haboot
        self.names: dict[str, Any] = {"__name__": "page"}

    def does(self, block: Block) -> None:
        """Do what a block says; raises AssertionError where it comes out otherwise."""
        if block.file:
            self.write(block)
        elif block.language == "python":
            code = "\n" * int(block.place.rpartition(":")[2]) + block.text
            exec(compile(code, block.place, "exec", dont_inherit=True), self.names)  # noqa: S102 - the page is ours
        else:
            assert block.language in {"sh", "console"}, f"{block.place}: nobody runs {block.language}: name a file"
            for command, due in asked(block):
                self.runs(block, command, due)

    def write(self, block: Block) -> None:
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        if block.language != "diff":
            path.write_text(block.text, encoding="utf-8")
            return
        lines = block.text.splitlines(keepends=True)
        old, new = ("".join(line[1:] or "\n" for line in lines if line[0] in marks) for marks in (" -\n", " +\n"))
        before = path.read_text(encoding="utf-8")
        assert before.count(old) == 1, f"{block.place}: {block.file} holds {before.count(old)} times\n{old}"
        path.write_text(before.replace(old, new), encoding="utf-8")

    def runs(self, block: Block, command: str, due: str | None) -> None:
        words = shlex.split(command)
        told = self.haboot(words[1:]) if words[0] == "haboot" else self.spawned(words)
        if due is None:
            assert told.status == 0, f"{block.place}: {command} ended with {told.status}:\n{told.printed}{told.errors}"
        else:
            shown = told.printed + told.errors
            assert alike(due, shown), f"{block.place}: {command} prints otherwise than\n{due}\nnamely\n{shown}"

    def spawned(self, words: list[str]) -> Told:
        """Run another program of this environment; pytest without what this run's settings say."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        more = ["-p", "no:cacheprovider", "-n", "0"] if words[0] == "pytest" else []
        environment = {**os.environ, "PATH": path, "COLUMNS": "80"}
        done = subprocess.run(  # noqa: S603 - commands of our pages
            [*words, *more], cwd=self.folder, capture_output=True, text=True, check=False, env=environment
        )
        return Told(done.returncode, done.stdout, done.stderr)


def asked(block: Block) -> Iterator[tuple[str, str | None]]:
    """The commands of a block, each with what is to be printed; None where it says nothing of that."""
    if block.language == "sh":
        yield from ((line, None) for line in block.text.replace("\\\n", "").splitlines() if line)
        return
    for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        command, _, due = part.partition("\n")
        yield command, due


def alike(due: str, shown: str) -> bool:
    """Whether a text is what a page shows, but for what it leaves out, times, and blanks where lines end."""
    parts = [_TIME.sub("0.0 s", line.rstrip()) for line in due.splitlines()]
    pattern = "".join(
        r"(?:.*\n)*" if line == "[…]" else re.escape(line).replace(re.escape("[…]"), ".*") + r"\n" for line in parts
    )
    text = "".join(f"{_TIME.sub('0.0 s', line.rstrip())}\n" for line in shown.splitlines())
    return re.fullmatch(pattern, text) is not None
