"""Drawn inputs of the command: words, scenario files, saved traces and checkpoints, valid ones bent and broken ones.

Inputs are cheap to answer: scenarios are small and searches bounded, so that time is spent on reading, not searching.
"""

from __future__ import annotations

import json
import zlib
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from haboot.checker.checkpoint import NAME
from haboot.cli.main import COMMANDS, run
from haboot.properties.scenario_files import KINDS
from hypothesis import strategies as st

BOUND = ("--max-states", "60")
HUGE = "1" + "0" * 5000  # more digits than Python reads as a number
SMALL = ("same-prefix", "contention", "new-prefix", "lossy", "vhar", "haha")
HOSTILE = (
    "", " ", "-", "--", "0", "-1", "1e9", "9" * 30, HUGE, "nan", "None", "é", "\udcff\udc80", "\x1b[31mred\x1b[0m", "\x9b2J",
    "\x07", "\r", "a\nb", "\x7f", "\u202eabc", "[red]x[/red]", "[/]", "%s%n", "{0}", "'; import os; '", '"""', "\\", "$(id)",
    "x" * 5000, "😀" * 40, "\u200b", "\ud800", "=", "+", "vhar+", "vhar+" + "crash+" * 300, "same-prefx", ",", "1,,2",
)  # fmt: skip
PLACES = (
    "out.json", "out.xml", "out.txt", "folder", "missing/out", "sealed/out", "loop", ".", "", "fifo", "/dev/null", "/dev/full",
    "/dev/zero", "/dev/stdout", "/proc/self/mem", "/proc/nowhere/out", "x" * 300, "given", "out\x1b[31m", "out\udcff",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 3, 2**31, 2**63, 10**30, -(10**30), 1.5, float("nan"), float("inf"), "", "x" * 3000, [], {}, [[]],
    {"": None}, {"#bigint": "7"}, "\ud800", "@huge@", "@deep@", *HOSTILE[7:26],
)  # fmt: skip


@dataclass(frozen=True)
class Input:
    """The words after ``haboot``, files made before, and what may be written; ``long`` work is interrupted."""

    words: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    long: bool = False

    @property
    def size(self) -> int:
        """How much there is to read."""
        return sum(map(len, self.words)) + sum(map(len, self.files.values())) + 20 * len(self.settings)


# --- edits of bytes and of structures


@st.composite
def bent(draw: st.DrawFn, content: bytes, most: int = 4) -> bytes:
    """Some bytes of a content are replaced, added, removed, repeated, or all from a place on is cut off."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from((1, 1, 2, 8, 64)))
        new = draw(st.sampled_from((b"\x00", b"\xff", b"\x1b[2J", b'"', b"[", b"}", b"\n", b"-1", b"\xef\xbb\xbf", b"\\u0000")))
        match draw(st.sampled_from(("replace", "insert", "remove", "repeat", "cut"))):
            case "replace":
                data[at : at + len(new)] = new
            case "insert":
                data[at:at] = new
            case "remove":
                del data[at : at + length]
            case "repeat":
                data[at:at] = data[at : at + length]
            case _:
                del data[max(at, len(data) // 2) :]
    return bytes(data)


@st.composite
def restructured(draw: st.DrawFn, data: Any, most: int = 3) -> Any:
    """Some values within a structure are replaced by odd ones, moved, removed, repeated or renamed."""
    whole = [deepcopy(data)]
    for _ in range(draw(st.integers(1, most))):
        holder: Any = whole
        key: Any = 0
        while isinstance(holder[key], (dict, list)) and holder[key] and draw(st.integers(0, 5)):
            holder = holder[key]
            key = draw(st.sampled_from(sorted(holder))) if isinstance(holder, dict) else draw(st.integers(0, len(holder) - 1))
        match draw(st.sampled_from(("odd", "odd", "odd", "remove", "repeat", "rename"))):
            case "remove" if holder is not whole:
                del holder[key]
            case "repeat" if isinstance(holder, list):
                holder.insert(key, deepcopy(holder[key]))
            case "rename" if isinstance(holder, dict):
                holder[draw(st.sampled_from((*HOSTILE[:1], *HOSTILE[13:25], "name", "states")))] = holder.pop(key)
            case _:
                holder[key] = deepcopy(draw(st.sampled_from(ODD)))
    return whole[0]


def as_json(data: Any) -> bytes:
    """The structure as JSON, with numbers and nesting that Python's own writer refuses to write."""
    text = json.dumps(data)
    return text.replace('"@huge@"', HUGE).replace('"@deep@"', "[" * 60_000 + "]" * 60_000).encode()


# --- real files to begin with


@cache
def real_trace(name: str, claim: str) -> dict[str, Any]:
    """A trace as ``haboot trace`` writes it."""
    with TemporaryDirectory() as folder:
        place = Path(folder, "trace.json")
        _quietly("trace", name, claim, "--format", "json", "-o", str(place))
        return dict(json.loads(place.read_bytes()))


@cache
def real_checkpoint(name: str) -> bytes:
    """A checkpoint as ``haboot check`` writes it."""
    with TemporaryDirectory() as folder:
        _quietly("check", name, "--checkpoint", folder, "--workers", "1")
        return Path(folder, NAME).read_bytes()


def _quietly(*words: str) -> None:
    with redirect_stdout(StringIO()):
        run(words)


def opened(checkpoint: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the head and the arrays of a checkpoint."""
    head, _, rest = checkpoint.partition(b"\n")
    return dict(json.loads(head)), rest[:-4]


def sealed(head: bytes, arrays: bytes) -> bytes:
    """Return a checkpoint of a head and arrays, with the checksum that belongs to them."""
    line = head + b"\n"
    return line + arrays + zlib.crc32(arrays, zlib.crc32(line)).to_bytes(4, "little")


# --- inputs


def words(extra: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """Any word: one that means something somewhere, a hostile one, or drawn text, which never leads out of the folder."""
    drawn = st.text(st.characters(exclude_characters="\0/."), max_size=12)
    raw = st.binary(max_size=8).map(lambda some: some.replace(b"\0", b"").replace(b"/", b"").decode(errors="surrogateescape"))
    return st.one_of(st.sampled_from((*extra, *HOSTILE)), drawn, raw)


OPTIONS: dict[str, tuple[str, ...]] = {
    "--variant": ("ha-initiated", "vhar", "haha", "own-bootstrap"),
    "--prefixes": ("same", "different"),
    "--mobile-nodes": ("1", "2"),
    "--slots": ("1", "2", "100"),
    "--assume": ("loss", "crash,give-up", "movement", "forger"),
    "--capacity": ("1", "2"),
    "--suite": ("standard",),
    "--engine": ("auto", "graph"),
    "--workers": ("1", "2", "99"),
    "--max-states": ("1", "5"),
    "--max-memory": ("1", "100"),
    "--examples": ("1", "2"),
    "--steps": ("1", "8", "1000"),
    "--seed": ("0", "7"),
    "-p": ("agreement", "no-deadlock", "every-node-recovers"),
    "-f": ("text", "json", "mermaid", "svg", "png", "dot"),
    "--width": ("40", "100", "100000"),
    "-s": SMALL,
    "-m": ("mobile node",),
    "--by": ("MN1.state", "H.MN1.state"),
    "--nodes": ("1,2", "20"),
    "--unreachable": ("1",),
    "--patience": ("1", "3"),
    "--search": ("0",),
    "--explore": SMALL[:1],
}
FLAGS = ("--verbose", "-v", "--ascii", "--pytest", "--mutants", "--all", "--minimal", "--help", "-h", "--version", "--")
TARGETS = ("--json", "--junit", "--sarif", "-o", "--output", "--save", "--document", "--write", "--checkpoint", "--resume")
FORMS = {"--json": "out.json", "--junit": "out.xml", "--sarif": "out.sarif", "--save": "out.json", "-o": "out"}
OWN: dict[str, tuple[str, ...]] = {
    "check": ("--variant", "--prefixes", "--mobile-nodes", "--slots", "--assume", "--capacity", "--engine", "--workers",
              "--max-states", "--max-memory", "-v", "--json", "--junit", "--sarif"),
    "trace": ("--variant", "--prefixes", "--slots", "--assume", "-f", "-o", "--pytest", "--width", "--ascii"),
    "fuzz": ("--variant", "--slots", "--assume", "--examples", "--steps", "--seed", "-p", "--save", "--json"),
    "draw": ("-s", "-m", "-p", "--by", "-f", "-o", "--variant", "--slots", "--assume"),
    "throttle": ("--nodes", "--slots", "--unreachable", "--patience", "--seed", "-o", "--json"),
    "compare": ("--assume", "--json", "--document"),
    "findings": ("--all", "--minimal", "--document", "--search", "--write"),
    "report": ("-o", "--suite", "--explore"), "mutants": ("--write",),
}  # fmt: skip
CHEAP: dict[str, tuple[str, ...]] = {"fuzz": ("--examples", "2", "--steps", "8"), "throttle": ("--nodes", "1,2"), "check": BOUND}


@st.composite
def option(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """An option with a value, more often a valid one than an odd one, and the place that it asks to write to."""
    name = draw(st.sampled_from(names))
    if name in FLAGS:
        return (name,), frozenset()
    if name in TARGETS:
        usual, odd = st.just(FORMS.get(name, "out")), st.sampled_from(PLACES)
        place = draw(st.one_of(usual, odd))
        return (name, place), frozenset({place})
    value = draw(st.one_of(st.sampled_from(OPTIONS[name]), words(OPTIONS[name])))
    return ((f"{name}={value}",) if name.startswith("--") and draw(st.booleans()) else (name, value)), frozenset()


@st.composite
def lines(draw: st.DrawFn, command: str, first: tuple[str, ...] = ()) -> Input:
    """A command line: mostly options of the command's own, then whatever bounds its work."""
    every = (*OPTIONS, *FLAGS, *TARGETS)
    chosen = draw(st.lists(st.one_of(option(OWN.get(command, every)), option(OWN.get(command, every)), option(every)), max_size=5))
    strays = draw(st.lists(words(SMALL), max_size=1)) if draw(st.integers(0, 3)) == 0 else []
    given = [part for one, _ in chosen for part in one]
    asked = frozenset().union(*(place for _, place in chosen))
    made = (command, *first, *given, *strays, *CHEAP.get(command, ()))
    return Input(made, {}, draw(settings()), asked | _usual(made), long=command in LONG)


LONG = frozenset({"report", "mutants", "compare", "findings", "throttle"})  # work over everything there is


def _usual(made: tuple[str, ...]) -> frozenset[str]:
    """The places written to when none is named."""
    return frozenset({"pictures"} if made[0] == "draw" else {"test_*"} if "--pytest" in made else ())


def settings() -> st.SearchStrategy[dict[str, str]]:
    """What the environment says, mostly nothing."""
    odd = {
        "COLUMNS": ("0", "1", "-5", "x", "", "40", "99999"),
        "GITHUB_ACTIONS": ("true", "x"),
        "GITHUB_STEP_SUMMARY": ("summary.md", "missing/x", "/dev/full", ""),
        "PYTHONIOENCODING": ("ascii", "latin-1"),
        "TERM": ("dumb", "", "x"),
        "LC_ALL": ("C", "nowhere"),
    }
    one = st.sampled_from(sorted(odd)).flatmap(lambda name: st.sampled_from(odd[name]).map(lambda value: {name: value}))
    return st.one_of(st.just({}), st.just({}), st.just({}), one)


@st.composite
def command_lines(draw: st.DrawFn) -> Input:
    """A line of any command."""
    command = draw(st.sampled_from([str(one.name) for one in COMMANDS]))
    claims = ("agreement", "no-deadlock", "every-node-recovers")
    match command:
        case "check":
            first = (draw(st.one_of(st.sampled_from(SMALL), words(SMALL))),)
        case "trace":
            first = tuple(draw(st.lists(st.one_of(st.sampled_from((*SMALL, *claims)), words(SMALL)), max_size=3)))
        case "fuzz":
            first = (draw(st.one_of(st.sampled_from(SMALL[:2]), words(SMALL))),)
        case "draw":
            first = (draw(st.sampled_from(("participants", "composition", "trace", "x"))), "-s", "same-prefix")
        case "compare":
            first = (draw(words(("vhar",))),)
        case _:
            first = ()
    return draw(lines(command, first))


@st.composite
def nonsense(draw: st.DrawFn) -> Input:
    """Words in any order."""
    known = (*[str(one.name) for one in COMMANDS if one.name not in LONG], *FLAGS, *OPTIONS, *SMALL)
    made = tuple(draw(st.lists(words(known), min_size=1, max_size=6)))
    bound = BOUND if made[0] == "check" else ()
    return Input((*made, *bound), {}, draw(settings()), frozenset({"pictures"}), long="check" in made or "draw" in made)


LITERALS = (
    '"same"', '"different"', '"x"', "1", "2", "0", "-1", "20", "21", HUGE, "9223372036854775808", "1.5", "inf", "nan", "true", "[]", "{}",
    '["loss"]', '["loss", "loss"]', '["los"]', '[1]', '[["loss"]]', '"HOLDS"', '"VIOLATED"', '{ answer = "HOLDS", reason = "x" }',
    '{ answer = [], reason = 1 }', "1979-05-27T07:32:00Z", "07:32:00", '"\\u001b[31m"', '"\\u009b2J"', '"[red]x[/]"', '"[/]"', '""',
    "'''\nx'''", '"a\\nb"', '"\\ud800"', "[" * 300 + "]" * 300, "0x10", "1_000", '"é"', '"\\u202e"', '"' + "x" * 3000 + '"', '"a/b"', "{ answer = {} }",
)  # fmt: skip
KEYS = (
    *KINDS, *(key.replace("_", "-") for key in KINDS), "nodes", '"name"', '""', '"\\u001b[31m"', "a.b", ".".join("a" * 400),
    "expected.agreement", 'expected."no-deadlock"', "expected.agreemen", "variant", '"__class__"', '"[/]"',
)  # fmt: skip


@st.composite
def scenario_files(draw: st.DrawFn) -> Input:
    """A scenario file, and a command that reads it."""
    rows = []
    for number in range(draw(st.integers(1, 3))):
        table = {"name": f'"drawn {number}"', "mobile-nodes": "1"}
        usual = {"prefixes": '"same"', "slots": "1", "assumptions": '["loss"]', "expected.agreement": '"HOLDS"'}
        table |= {key: usual[key] for key in draw(st.sets(st.sampled_from(sorted(usual))))}
        odd = draw(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(LITERALS)), max_size=3))
        replaced = {key: value for key, value in odd if draw(st.booleans())}
        again = [f"{key} = {value}" for key, value in odd if key not in replaced]
        title = draw(st.sampled_from(("[[scenario]]",) * 8 + ("[scenario]", "[[scenarios]]", "[[scenario.x]]", "")))
        rows += [title, *(f"{key} = {value}" for key, value in (table | replaced).items()), *again]
    text = "\n".join(rows).encode(errors="surrogatepass")
    if draw(st.integers(0, 3)) == 0:
        text = draw(bent(text))
    start = draw(st.sampled_from((b"",) * 8 + (b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"# " + b"x" * (1 << 20))))
    name = draw(st.sampled_from(("given.toml",) * 6 + ("given", "given.haboot.toml", "gi ven[/].toml", "gi\x1bven.toml", "gi\udcffven.toml")))
    command = draw(st.sampled_from(("check", "check", "check", "fuzz", "draw", "trace")))
    first = {"draw": ("composition", "-s", name), "trace": (name, "agreement")}.get(command, (name,))
    made = draw(lines(command, first))
    return Input(made.words, {name: start + text}, made.settings, made.asked)


@st.composite
def traces(draw: st.DrawFn) -> Input:
    """A saved trace, mostly bent, and a command that shows it."""
    data: Any = real_trace("lost-switch-is-final", "every-node-recovers")
    how = draw(st.sampled_from(("names", "structure", "structure", "description", "bytes", "none")))
    if how == "names":
        ours = deepcopy(data)
        for key in draw(st.sets(st.sampled_from(("name", "summary")), min_size=1)):
            ours["#meta"]["haboot"]["scenario"][key] = draw(words())
        ours["#meta"]["haboot"]["about"] = draw(words())
        data = ours
    elif how == "description":
        data = {**data, "#meta": draw(restructured(data["#meta"]))}
    elif how == "structure":
        data = draw(restructured(data))
    content = as_json(data)
    if how == "bytes":
        content = draw(bent(content))
    name = draw(st.sampled_from(("given.json",) * 6 + ("given", "given.itf", "gi\x1bven.json", "gi\udcffven.json")))
    made = draw(lines("trace", (name,)))
    small = tuple(one for one in made.words if one not in {*SMALL, "--variant", "--slots", "--assume", "--prefixes"})
    return Input(small if draw(st.booleans()) else made.words, {name: content}, made.settings, made.asked)


@st.composite
def checkpoints(draw: st.DrawFn) -> Input:
    """A checkpoint with a valid checksum, bent inside, and the search that resumes from it."""
    name = draw(st.sampled_from(SMALL[:3]))
    content = real_checkpoint(name)
    head, arrays = opened(content)
    plain = json.dumps(head).encode()
    match draw(st.sampled_from(("head", "numbers", "numbers", "numbers", "arrays", "line", "whole"))):
        case "head":
            content = sealed(as_json(draw(restructured(head))), arrays)
        case "numbers":
            content = sealed(plain, draw(renumbered(arrays)))
        case "arrays":
            content = sealed(plain, draw(bent(arrays)))
        case "line":
            content = sealed(draw(bent(plain)).replace(b"\n", b" "), arrays)
        case _:
            content = draw(bent(content))
    other = draw(st.sampled_from((name,) * 9 + SMALL))
    more = draw(lines("check", (other, "--resume", "saved"))) if draw(st.integers(0, 4)) == 0 else None
    made = more.words if more else ("check", other, "--resume", "saved", "--workers", "1")
    return Input(made, {f"saved/{NAME}": content}, asked=frozenset({"saved"}) | (more.asked if more else frozenset()))


@st.composite
def renumbered(draw: st.DrawFn, arrays: bytes) -> bytes:
    """Some of the numbers within arrays are others; the first and the last arrays are met more often."""
    data, count = bytearray(arrays), len(arrays) // 8
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.one_of(st.integers(0, count - 1), st.integers(max(0, count - 600), count - 1)))
        value = draw(st.sampled_from((-1, 1, 2, 255, 2**20, 2**31, 2**40, 2**62, -(2**63), 2**63 - 1)))
        data[8 * place : 8 * place + 8] = value.to_bytes(8, "little", signed=True)
    return bytes(data)


def inputs() -> st.SearchStrategy[Input]:
    """Any input."""
    kinds = (command_lines(), nonsense(), scenario_files(), traces())
    return st.one_of(*kinds, *kinds, checkpoints())
