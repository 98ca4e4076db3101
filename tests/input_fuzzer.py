"""Feeds drawn inputs to the command, in this process and in processes of their own, and tells each fault once.

What is demanded of every input: an exit code that is declared, no traceback, no crash, one line for wrong usage, plain
text without control characters other than tabs and line ends, an end within seconds of processor time and within
bounded memory, files that are well formed, and nothing written but what was asked for. Run a long
one with ``python -m tests --count 5000``.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import signal
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from haboot.cli import main
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import given as drawing

from tests.bending import real_checkpoint
from tests.input_runs import SECONDS, Outcome, outcome
from tests.inputs import SMALL, Input, inputs

BATCH = 100  # inputs drawn at a time
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI"}  # directions of text
DECLARED = {0, 1, 2, 3}
FORMS = {"--json": ".json", "--junit": ".xml", "--sarif": ".sarif"}


def faults(given: Input, seen: Outcome) -> Iterator[str]:
    """What is wrong with an outcome, each in one line that is the same for the same fault."""
    yield from _faults_of_ending(given, seen)
    command = next((word for word in given.words if word in main.COMMANDS), "no command")
    if "png" not in str(given.words):
        for name, content in (("standard output", seen.out), ("standard error", seen.error)):
            yield from (f"{one} in {name}" for one in _unclean(content))
    for name, content in seen.written:
        if not any(fnmatch(name, one) or name.startswith(f"{one.rstrip('/')}/") for one in given.asked if one):
            yield f"writes without being asked: {command}: {re.sub('[0-9a-f]{6,}', '…', name)}"
        elif "png" not in given.words and not name.endswith((".png", ".checkpoint")):
            yield from (f"{one} in a file: {command} {Path(name).suffix}" for one in _unclean(content))
            yield from _malformed(_form(given.words, name), content)


def _faults_of_ending(given: Input, seen: Outcome) -> Iterator[str]:
    error, declared = seen.error.decode(errors="backslashreplace"), DECLARED | {143} if seen.interrupted else DECLARED
    if seen.status == -signal.SIGALRM:
        yield "hangs"
    elif seen.status == -signal.SIGXCPU:
        yield f"takes more than {SECONDS} s of processor time"
    elif "Traceback (most recent call last)" in error + seen.out.decode(errors="replace"):
        yield f"traceback: {_cause(error)}"
    elif seen.status < 0:
        yield f"dies of {signal.Signals(-seen.status).name}"
    elif seen.status not in declared:
        yield f"exit code {seen.status}: {_plain(error)}"
    elif seen.status == 2 and not error:
        yield "wrong usage without a word"
    elif seen.status == 2 and given.words and len(error.strip("\n").split("\n")) > 1:
        yield f"wrong usage in several lines: {_plain(error)}"


def _cause(error: str) -> str:
    """The exception and the last place in the product, without what differs from input to input."""
    places = re.findall(r'haboot/([\w/]+\.py)", line (\d+), in (\w+)', error)
    last = [
        line for line in error.splitlines() if re.match(r"[\w.]+(Error|Exception|Interrupt|Hung|Exit|Escape)\b", line)
    ]
    kind = last[-1].split(":")[0] if last else _plain(error)
    return f"{kind} at {':'.join(places[-1])}" if places else kind


def _plain(error: str) -> str:
    """The start of a message, without names and numbers."""
    return re.sub(r"'[^']*'|\d+", "…", error).encode("ascii", "backslashreplace").decode().replace("\n", "\\n")[:90]


def _unclean(content: bytes) -> Iterator[str]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        yield "bytes that are no UTF-8"
        return
    if any(unicodedata.category(letter) == "Cc" and letter not in "\n\t" for letter in set(text)):
        yield "control characters"
    if any(unicodedata.bidirectional(letter) in TURNING for letter in set(text)):
        yield "characters that turn the direction of text"


def _form(words: Sequence[str], name: str) -> str:
    """The ending that tells what a file holds: the option that asked for it decides, whatever the file is called."""
    if "--pytest" in words:
        return ".py"
    asked = [FORMS[option] for option, value in pairwise(words) if value == name and option in FORMS]
    return asked[-1] if asked else Path(name).suffix


def _malformed(form: str, content: bytes) -> Iterator[str]:
    try:
        match form:
            case ".py":
                ast.parse(content)
            case ".xml" | ".svg":
                ElementTree.fromstring(content)  # noqa: S314 - written by the command just now
            case ".json" | ".sarif":
                json.loads(content)
    except (SyntaxError, ValueError, ElementTree.ParseError) as error:
        yield f"a malformed {form} file: {type(error).__name__}"


def drawn(count: int, start_from: int) -> list[Input]:
    """Draw inputs; the same for the same number to start from."""
    found: list[Input] = []
    real_checkpoint(SMALL[0])  # or commands are loaded while inputs are drawn, which uses random numbers up

    @seed(start_from)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @drawing(inputs())
    def collect(one: Input) -> None:
        found.append(one)

    collect()
    return found[:count]


def way_of(number: int, given: Input) -> str:
    """How to run the input of a number: about half in this process, unless it could take this process with it."""
    if number % 40 == 39:
        return "executed"
    return "forked" if given.long or number % 5 < 2 or any("checkpoint" in name for name in given.files) else "called"


@dataclass
class Found:
    """A fault, the smallest input that shows it, and how often it was met."""

    given: Input
    seen: Outcome
    times: int = 1


def hunt(count: int, start_from: int, found: dict[str, Found] | None = None) -> Iterator[tuple[str, Found]]:
    """Run so many drawn inputs; yield each fault when it is met first, and again whenever a smaller input shows it."""
    known = {} if found is None else found
    for batch in range(0, count, BATCH):
        for number, given in enumerate(drawn(min(BATCH, count - batch), start_from * 1_000_000 + batch), start=batch):
            seen = outcome(given, way_of(number, given))
            for fault in faults(given, seen):
                old = known.get(fault)
                if old is None or given.size < old.given.size:
                    known[fault] = Found(given, seen, old.times + 1 if old else 1)
                    yield fault, known[fault]
                else:
                    old.times += 1


def keep(folder: Path, number: int, fault: str, one: Found) -> None:
    """Write down how to see a fault again."""
    place = folder / f"{number:02}"
    for name, content in one.given.files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    place.mkdir(parents=True, exist_ok=True)
    told = [
        f"fault: {fault}\nway: {one.seen.way}\nsettings: {one.given.settings}\nstatus: {one.seen.status}",
        f"written: {[name for name, _ in one.seen.written]}",
        f"words: {one.given.words!r}"[:3000],
        one.seen.error.decode(errors="backslashreplace")[-3000:],
    ]
    (place / "fault.txt").write_text("\n".join(told), encoding="utf-8", errors="backslashreplace")


def hunting() -> int:
    """Hunt as the command line says, print each fault once, and return 1 when there is any."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--output", type=Path, help="folder for the smallest input of each fault")
    given = asked.parse_args()
    found: dict[str, Found] = {}
    numbers: dict[str, int] = {}
    say = partial(print, flush=True)
    for fault, one in hunt(given.count, given.seed, found):
        if fault not in numbers:
            numbers[fault] = len(numbers)
            words = repr(one.given.words)[:300].encode(errors="backslashreplace").decode()
            say(f"{numbers[fault]:02} {one.seen.way}: {fault}: haboot {words}")
        if given.output:
            keep(given.output, numbers[fault], fault, one)
    say(f"{given.count:,} inputs, {len(found)} faults")
    for fault, one in found.items():
        say(f"{one.times:5} {fault}")
    return 1 if found else 0
