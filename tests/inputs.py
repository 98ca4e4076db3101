"""Drawn inputs of the command: words, scenario files, saved traces and checkpoints, valid ones bent and broken ones.

Inputs are cheap to answer: scenarios are small and searches bounded, so that time is spent on reading, not searching.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from haboot.checker.packed.checkpoint import NAME
from haboot.cli.main import COMMANDS
from haboot.ledger.structure import ScenarioTable
from hypothesis import strategies as st

from tests.bending import (
    HOSTILE,
    HUGE,
    as_json,
    bent,
    opened,
    real_checkpoint,
    real_trace,
    renumbered,
    restructured,
    sealed,
)
from tests.model_inputs import WORDS, beside, sources

BOUND = ("--max-states", "60")
SMALL = ("same-prefix", "contention", "new-prefix", "lossy", "vhar", "haha")
PLACES = (
    "out.json", "out.xml", "out.txt", "folder", "missing/out", "sealed/out", "loop", ".", "", "fifo", "/dev/null",
    "-",
    "/dev/full",
    "/dev/zero", "/dev/stdout", "/proc/self/mem", "/proc/nowhere/out", "x" * 300, "given", "out\x1b[31m", "out\udcff",
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


def words(extra: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """Any word: one that means something, a hostile one, or drawn text, which never leads out of the folder."""
    drawn = st.text(st.characters(exclude_characters="\0/."), max_size=12)
    raw = st.binary(max_size=8).map(
        lambda some: some.replace(b"\0", b"").replace(b"/", b"").decode(errors="surrogateescape")
    )
    return st.one_of(st.sampled_from((*extra, *HOSTILE)), drawn, raw)


OPTIONS: dict[str, tuple[str, ...]] = {
    "--variant": ("ha-initiated", "vhar", "haha", "own-bootstrap"),
    "--prefixes": ("same", "different"),
    "--mobile-nodes": ("1", "2"),
    "--slots": ("1", "2", "100"),
    "--assume": ("loss", "crash,no-give-up", "movement", "forger"),
    "--capacity": ("1", "2"),
    "--at-most": ("loss=1", "reboot=2,crash=1", "moves=1", "loss"),
    "--suite": ("standard",),
    "--engine": ("auto", "graph"),
    "--workers": ("1", "2", "99"),
    "--max-states": ("1", "5"),
    "--max-memory": ("1", "100", "2GiB"),
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
    "--port": ("0",),
    "--from": ("given.json",),
}
FLAGS = (
    *("--verbose", "-v", "--quiet", "-q", "--ascii", "--pytest", "--mutants", "--all", "--minimal", "--verify"),
    *("--help", "-h", "--version", "--", "--reduce"),
    *("--update-expected", "--strict"),
)
TARGETS = (
    "--json",
    "--junit",
    "--sarif",
    "-o",
    "--output",
    "--save",
    "--document",
    "--write",
    "--checkpoint",
    "--disk",
    "--resume",
)
FORMS = {"--json": "out.json", "--junit": "out.xml", "--sarif": "out.sarif", "--save": "out.json", "-o": "out"}
OWN: dict[str, tuple[str, ...]] = {
    "check": ("--variant", "--prefixes", "--mobile-nodes", "--slots", "--assume", "--capacity", "--at-most", "--engine",
              "--workers", "--max-states", "--max-memory", "--reduce", "-p", "--strict",
              "-v", "-q", "--json", "--junit", "--sarif"),
    "trace": ("--variant", "--prefixes", "--slots", "--assume", "-f", "-o", "--pytest", "--width", "--ascii"),
    "fuzz": ("--variant", "--slots", "--assume", "--examples", "--steps", "--seed", "-p", "--save", "--json"),
    "draw": ("-s", "-m", "-p", "--by", "-f", "-o", "--variant", "--slots", "--assume"),
    "throttle": ("--nodes", "--slots", "--unreachable", "--patience", "--seed", "-o", "--json"),
    "compare": ("--assume", "--json", "--document"),
    "findings": ("--all", "--minimal", "--verify", "--document", "--search", "--write", "--json"),
    **dict.fromkeys(("scenarios", "assumptions", "variants", "properties", "requirements"), ("--json",)),
    "report": ("-o", "--suite", "--explore"), "mutants": ("--write", "--json"),
    "explore": ("--variant", "--slots", "--assume", "--max-states", "--port"), "new": ("-o",),
}  # fmt: skip
OF_MODELS: dict[str, tuple[str, ...]] = {
    "check": ("--update-expected", "--strict", "--reduce", "--max-states", "--engine", "-v", "-q", "--json", "--junit",
              "--sarif"),
    "trace": ("--from", "-f", "-o", "--pytest", "--width", "--ascii"),
    "fuzz": ("--examples", "--steps", "--seed", "--save", "--json"),
    "draw": ("-m", "--by", "-f", "-o"), "report": ("-o",), "explore": ("--port",), "mutants": ("--json",),
    "promises": ("--json",),
}  # fmt: skip
CHEAP: dict[str, tuple[str, ...]] = {
    "fuzz": ("--examples", "2", "--steps", "8"),
    "throttle": ("--nodes", "1,2"),
    "check": BOUND,
}


@st.composite
def option(draw: st.DrawFn, names: tuple[str, ...], *, odd: bool = True) -> tuple[tuple[str, ...], frozenset[str]]:
    """An option with a valid value, or as likely an odd one, and the place that it asks to write to."""
    name = draw(st.sampled_from(names))
    if name in FLAGS:
        return (name,), frozenset()
    if name in TARGETS:
        usual, other = st.just(FORMS.get(name, "out")), st.sampled_from(PLACES)
        place = draw(st.one_of(usual, other) if odd else usual)
        return (name, place), frozenset({place})
    valid = st.sampled_from(OPTIONS[name])
    value = draw(st.one_of(valid, words(OPTIONS[name])) if odd else valid)
    return ((f"{name}={value}",) if name.startswith("--") and draw(st.booleans()) else (name, value)), frozenset()


@st.composite
def lines(draw: st.DrawFn, command: str, first: tuple[str, ...] = (), own: tuple[str, ...] = ()) -> Input:
    """A command line: half of them with options of the command's own and valid values, half with any; bounded work."""
    every = (*OPTIONS, *FLAGS, *TARGETS)
    names, odd = own or OWN.get(command, every), draw(st.booleans())
    some = st.one_of(option(names), option(names), option(every)) if odd else option(names, odd=False)
    chosen = draw(st.lists(some, max_size=5 if odd else 3))
    strays = draw(st.lists(words(SMALL), max_size=1)) if odd and draw(st.integers(0, 3)) == 0 else []
    given = [part for one, _ in chosen for part in one]
    asked = frozenset().union(*(place for _, place in chosen))
    made = (command, *first, *given, *strays, *CHEAP.get(command, ()))
    return Input(made, {}, draw(settings()), asked | _usual(made), long=command in LONG)


# work over everything there is, or without an end of its own
LONG = frozenset(
    {
        *("report", "mutants", "compare", "findings", "throttle", "promises", "explore", "second-opinion", "amend"),
        "numbers",
    }
)


def _usual(made: tuple[str, ...]) -> frozenset[str]:
    """The places written to when none is named."""
    names = {"test_*"} if "--pytest" in made else set[str]()
    names |= {"pictures"} if made[0] == "draw" else {"*.py"} if made[0] == "new" else set()
    return frozenset(names | ({"*.expected.toml"} if "--update-expected" in made else set()))


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
    command = draw(st.sampled_from([*COMMANDS]))
    claims = ("agreement", "no-deadlock", "every-node-recovers")
    first: tuple[str, ...] = ()
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
        case "new":
            first = (draw(words(("mine", "haboot", "json", "class", "folder/mine"))),)
        case _:
            pass
    return draw(lines(command, first))


@st.composite
def nonsense(draw: st.DrawFn) -> Input:
    """Words in any order."""
    known = (*[name for name in COMMANDS if name not in LONG], *FLAGS, *OPTIONS, *SMALL)
    made = tuple(draw(st.lists(words(known), min_size=1, max_size=6)))
    bound = BOUND if made[0] == "check" else ()
    return Input((*made, *bound), {}, draw(settings()), frozenset({"pictures"}), long="check" in made or "draw" in made)


LITERALS = (
    '"same"', '"different"', '"x"', "1", "2", "0", "-1", "20", "21", HUGE, "9223372036854775808", "1.5", "inf",
    "nan", "true", "[]", "{}",
    '["loss"]', '["loss", "loss"]', '["los"]', "[1]", '[["loss"]]', '"HOLDS"', '"VIOLATED"',
    '{ answer = "HOLDS", reason = "x" }',
    "{ answer = [], reason = 1 }", "1979-05-27T07:32:00Z", "07:32:00", '"\\u001b[31m"', '"\\u009b2J"',
    '"[red]x[/]"', '"[/]"', '""',
    "'''\nx'''", '"a\\nb"', '"\\ud800"', "[" * 300 + "]" * 300, "0x10", "1_000", '"é"', '"\\u202e"',
    '"' + "x" * 3000 + '"', '"a/b"', "{ answer = {} }",
)  # fmt: skip
TEXTS = ("name", "summary", "prefixes", "slots", "assumptions", "expected.no-deadlock")
TEXT = (
    '"x"',
    '"\\u001b[31m"',
    '"\\u009b2J"',
    '"[red]x[/]"',
    '"[/]"',
    '"\\u202e"',
    '"=1"',
    '"é"',
    "2",
    '["crash"]',
    '"VIOLATED"',
)
KEYS = (
    *ScenarioTable.__struct_fields__, *ScenarioTable.__struct_encode_fields__,
    "nodes", '"name"', '""', '"\\u001b[31m"', "a.b",
    ".".join("a" * 400),
    "expected.agreement", 'expected."no-deadlock"', "expected.agreemen", "variant", '"__class__"', '"[/]"',
)  # fmt: skip


@st.composite
def scenario_files(draw: st.DrawFn) -> Input:
    """A scenario file, and a command that reads it."""
    rows, tame = [], draw(st.booleans())
    for number in range(draw(st.integers(1, 3))):
        table = {"name": f'"drawn {number}"', "mobile-nodes": "1"}
        usual = {"prefixes": '"same"', "slots": "1", "assumptions": '["loss"]', "expected.agreement": '"HOLDS"'}
        table |= {key: usual[key] for key in draw(st.sets(st.sampled_from(sorted(usual))))}
        keys, literals = (TEXTS, TEXT) if tame else (KEYS, LITERALS)
        odd = draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(literals)), max_size=1 if tame else 3))
        replaced = {key: value for key, value in odd if tame or draw(st.booleans())}
        again = [f"{key} = {value}" for key, value in odd if key not in replaced]
        odd_title = st.sampled_from(("[[scenario]]",) * 8 + ("[scenario]", "[[scenarios]]", "[[scenario.x]]", ""))
        title = "[[scenario]]" if tame else draw(odd_title)
        rows += [title, *(f"{key} = {value}" for key, value in (table | replaced).items()), *again]
    text = "\n".join(rows).encode(errors="surrogatepass")
    if not tame and draw(st.integers(0, 3)) == 0:
        text = draw(bent(text))
    start = (
        b""
        if tame
        else draw(st.sampled_from((b"",) * 8 + (b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"# " + b"x" * (1 << 20))))
    )
    name = draw(
        st.sampled_from(
            ("given.toml",) * 6 + ("given", "given.haboot.toml", "gi ven[/].toml", "gi\x1bven.toml", "gi\udcffven.toml")
        )
    )
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
    made = draw(lines("trace", (name,), ("-f", "-o", "--pytest", "--width", "--ascii")))
    return Input(made.words, {name: content}, made.settings, made.asked)


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
def own_models(draw: st.DrawFn) -> Input:
    """A model of one's own, mostly damaged, with what stands beside it, and a command that takes it."""
    command = draw(st.sampled_from(("check", "check", "check", "trace", "trace", "fuzz", *OF_MODELS)))
    word = draw(st.one_of(st.just(WORDS[0]), st.just(WORDS[0]), st.sampled_from(WORDS)))
    claim = draw(st.sampled_from(("small", "small", "smal", "no-deadlock")))
    first = {"trace": (word, claim), "draw": ("-s", word, "-p", claim)}.get(command, (word,))
    made = draw(lines(command, first[: draw(st.integers(1, 2))] if command == "trace" else first, OF_MODELS[command]))
    files = {"given.py": draw(sources()), **draw(beside())}
    return Input(made.words, files, made.settings, made.asked | {"__pycache__"}, made.long)


def inputs() -> st.SearchStrategy[Input]:
    """Any input."""
    kinds = (command_lines(), nonsense(), scenario_files(), traces(), own_models())
    return st.one_of(*kinds, *kinds, checkpoints())
