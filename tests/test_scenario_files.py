"""Scenario files: what they may say, and one line for whatever else is in them."""

import os
import random
from dataclasses import fields
from pathlib import Path

import pytest
from haboot.checker import Answer, ModelError
from haboot.cli.check import check
from haboot.cli.main import run
from haboot.cli.options import chosen
from haboot.ledger.scenario_files import scenarios_in
from haboot.ledger.toml_files import MOST
from haboot.ledger.violation import signature
from haboot.model import Scenario
from hypothesis import given
from hypothesis import strategies as st

OTHERWISE = {"assumptions": "assume", "amendments": "amend"}
MADE = {OTHERWISE.get(field.name, field.name) for field in fields(Scenario)} - {"name", "summary", "expected"}
WHOLE = """
[[scenario]]
name = "pair"
summary = "two nodes"
prefixes = "different"
mobile-nodes = 2
slots = 2
capacity = 4
assumptions = ["loss", "no-give-up"]
at-most = { loss = 2 }

[[scenario]]
name = "alone"
[scenario.expected]
old-agent-told = "VIOLATED"
no-deadlock = { answer = "HOLDS", reason = "nothing is lost" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def test_a_file_gives_the_fields_of_scenarios(file: Path) -> None:
    file.write_text(WHOLE)
    pair, alone = scenarios_in(file)
    assert (pair.name, pair.summary, pair.prefixes) == ("pair", "two nodes", "different")
    assert (pair.mobile_nodes, pair.slots, pair.capacity) == (2, 2, 4)
    assert pair.assumptions == {"loss", "no-give-up"}
    assert pair.at_most == (("loss", 2),)
    assert pair.expected is None
    assert alone.expected is not None
    assert {one.claim: one.answer for one in alone.expected} == {"old-agent-told": "VIOLATED", "no-deadlock": "HOLDS"}


def test_a_file_takes_what_the_command_line_takes(file: Path) -> None:
    """Each option of a scenario made on the spot is a key; it makes the same scenario."""
    words = {
        "variant": "ha-initiated", "prefixes": "different", "mobile-nodes": "2", "slots": "2", "capacity": "2",
        "assume": "loss,crash", "at-most": "loss=2", "amend": "switch-repeated",
    }  # fmt: skip
    options = {option.name.replace("_", "-") for option in check.params if option.name in MADE}
    assert options == set(words)
    given = {
        "assume": '["loss", "crash"]', "at-most": "{ loss = 2 }", "amend": '["switch-repeated"]',
        **{key: f'"{words[key]}"' for key in ("variant", "prefixes")},
    }  # fmt: skip
    rows = [f"{key} = {given.get(key, word)}" for key, word in words.items()]
    file.write_text("\n".join(['[[scenario]]\nname = "mine"', *rows]))
    (mine,) = scenarios_in(file)
    context = check.make_context("check", [part for key, word in words.items() for part in (f"--{key}", word)])
    changes = {name: value for name, value in context.params.items() if name in MADE - {"assume"}}
    (other,) = chosen((), "standard", changes, context.params["assume"])
    assert signature(mine) == signature(other)


def test_a_file_names_a_variant(file: Path) -> None:
    file.write_text('[[scenario]]\nname = "other"\nvariant = "vhar"\n')
    assert scenarios_in(file)[0].variant == "vhar"


def test_a_file_is_checked_against_what_it_expects(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[[scenario]]\nname = "alone"\n[scenario.expected]\nold-agent-told = "VIOLATED"\n')
    assert run(("check", str(file))) == 0
    file.write_text('[[scenario]]\nname = "alone"\n[scenario.expected]\nno-deadlock = "VIOLATED"\n')
    assert run(("check", str(file))) == 1
    shown = capsys.readouterr().out
    assert f"mine.toml:4 expects {Answer.VIOLATED}\n" in shown
    assert f"mine.toml:1 expects {Answer.HOLDS}, as of all that it does not name" in shown
    assert "differ from " in shown
    assert "ledger" not in shown


def test_names_files_and_options_go_together(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[[scenario]]\nname = "alone"\n')
    assert run(("check", "forger", str(file))) == 0
    run(("check", str(file), "--assume", "refresh"))
    shown = capsys.readouterr().out
    assert "2 scenarios as expected" in shown
    assert "same+1x1+refresh" in shown


@pytest.mark.parametrize(
    ("text", "says", "place"),
    [
        (WHOLE[:60], "no TOML: ", ":5:11"),
        ("", "'scenario' is missing: a list of [[scenario]] tables", ""),
        ("scenario = 3", "scenario is a list of [[scenario]] tables, not 3", ":1:1"),
        ("scenario = [1]", "scenario 1: a table with name, summary, ", ":1:1"),
        ("scenario = []", "scenario is a list of [[scenario]] tables, not []", ":1:1"),
        ("[[scenarios]]\n", "unknown key 'scenarios'; did you mean 'scenario'?", ":1:1"),
        ("[[scenario]]\n", "scenario 1: 'name' is missing", ":1:1"),
        ('[[scenario]]\nname = "a\\nb"\n', "scenario 1: a name is needed, of printable characters", ":2:1"),
        (
            '[[scenario]]\nname = "a"\nmobile-node = 2\n',
            "unknown key 'mobile-node'; did you mean 'mobile-nodes'?",
            ":3:1",
        ),
        ('[[scenario]]\nname = "a"\nslots = "2"\n', "scenario 1: slots is a whole number from 1 on, not '2'", ":3:1"),
        ('[[scenario]]\nname = "a"\nslots = true\n', "scenario 1: slots is a whole number from 1 on, not True", ":3:1"),
        ('[[scenario]]\nname = "a"\nslots = 0\n', "scenario 1: slots is a whole number from 1 on, not 0", ":3:1"),
        (
            '[[scenario]]\nname = "a"\nmobile-nodes = 100\n',
            "mobile-nodes is a whole number from 1 to 20, or 'any' for every number, not 100",
            ":3:1",
        ),
        ('[[scenario]]\nname = "a"\ncapacity = -1\n', "capacity is a whole number from 1 to 1000, not -1", ":3:1"),
        (
            '[[scenario]]\nname = "a"\nprefixes = "none"\n',
            "prefixes are 'same' or 'different' in variant 'ha-initiated', not 'none'",
            ":3:1",
        ),
        ('[[scenario]]\nname = "a"\nassumptions = ["los"]\n', "unknown assumption 'los'; did you mean 'loss'?", ":3:1"),
        ('[[scenario]]\nname = "a"\nassumptions = [1]\n', "assumptions is a list of names, but holds 1", ":3:1"),
        ('[[scenario]]\nname = "a"\nassume = ["los"]\n', "unknown assumption 'los'; did you mean 'loss'?", ":3:1"),
        ('[[scenario]]\nname = "a"\nassume = [1]\n', "assume is a list of names, but holds 1", ":3:1"),
        ('[[scenario]]\nname = "a"\nassume = "loss"\n', "assume is a list of names, not 'loss'", ":3:1"),
        ('[[scenario]]\nname = "a"\nasume = ["loss"]\n', "unknown key 'asume'; did you mean 'assume'?", ":3:1"),
        ('[[scenario]]\nname = "a"\nassumptions = "loss"\n', "assumptions is a list of names, not 'loss'", ":3:1"),
        ('[[scenario]]\nname = "a"\n[[scenario]]\nname = "a"\n', "scenario 2: there is one named 'a' already", ":4:1"),
        (
            '[[scenario]]\nname = "a"\n[scenario.expected]\nno-deadlok = "HOLDS"\n',
            "did you mean 'no-deadlock'?",
            ":4:1",
        ),
        ('[[scenario]]\nname = "a"\n[scenario.expected]\nno-deadlock = "BREAKS"\n', "not 'BREAKS'", ":4:1"),
        (
            '[[scenario]]\nname = "a"\n[scenario.expected]\nno-deadlock = { anser = "HOLDS" }\n',
            "unknown key 'anser'",
            ":4:17",
        ),
        ("a = " + "[" * 100_000, "nested too deeply", ""),
        (f"a = {'[' * 300}{']' * 300}", "unknown key 'a'", ":1:1"),
        ("[scenario.a]", "scenario is a list of [[scenario]] tables, not {'a': {}}", ":1:1"),
        ('scenario = [{ name = "a" },\n  { name = "b", slots = 0 }]', "slots is a whole number", ":2:17"),
        ('scenario = [{ name = "a" },\n  { summary = "b" }]', "scenario 2: 'name' is missing", ":1:1"),
        ("a." * 30_000 + "b = 1", "more than 100 dots in a line", ":1:1"),
        (f'[[scenario]]\nname = "a"\nslots = {"9" * 5000}\n', "no TOML: ", ""),
        (f'[[scenario]]\nname = "a"\nslots = 0x{"f" * 5000}\n', "not something of type int too large to show", ":3:1"),
        ('[[scenario]]\nname = "a"\nmobile-nodes = 1\nmobile_nodes = 2\n', "'mobile-nodes' is given twice", ":3:1"),
        ('[[scenario]]\nname = "a"\nvariant = "vahr"\n', "unknown variant 'vahr'; did you mean 'vhar'?", ":3:1"),
        ('[[scenario]]\nname = "a"\nprefixes = "x"\nassumptions = ["los"]\n', "unknown assumption 'los'", ":1:1"),
        ('[[scenario]]\nname = "a::b"\n', "without '::'", ":2:1"),
        ('[[scenario]]\nname = "a\\u202eb"\n', "of printable characters", ":2:1"),
        ('[[scenario]]\nname = "  "\n', "of printable characters", ":2:1"),
        (f'[[scenario]]\nname = "{"a" * 1000}"\n', "name is text of at most 200 characters", ":2:1"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_place(
    file: Path, text: str, says: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text)
    assert run(("check", str(file))) == 2
    error = capsys.readouterr().err.strip()
    assert says in error
    assert error.startswith(f"haboot: {file}{place}: ")
    assert "\n" not in error


@pytest.mark.parametrize("kind", ["noise", "large", "bytes", "directory", "missing", "device", "pipe", "kernel"])
def test_what_is_no_scenario_file_is_told_in_one_line(
    kind: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    match kind:
        case "noise":
            file.write_bytes(random.Random(1).randbytes(MOST))  # noqa: S311 - noise
        case "large":
            file.write_bytes(b"# " + b"x" * (10 << 20))
        case "bytes":
            file.write_bytes(b'[[scenario]]\nname = "\xff"\n')
        case "directory":
            file.mkdir()
        case "device":
            file.symlink_to("/dev/zero")
        case "pipe":
            os.mkfifo(file)
        case "kernel":
            file.symlink_to("/proc/self/mem")
    assert run(("check", str(file))) == 2
    error = capsys.readouterr().err.strip()
    assert error.startswith(f"haboot: {file}:")
    assert "\n" not in error


@given(st.text() | st.lists(st.sampled_from(WHOLE.splitlines())).map("\n".join))
def test_no_text_at_all_brings_anything_but_scenarios_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        assert scenarios_in(file)
    except ModelError as error:
        assert str(file) in str(error)  # noqa: PT017 - a refusal is as good


def test_a_fuzz_run_is_of_one_scenario(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "two.toml"
    file.write_text('[[scenario]]\nname = "a"\n[[scenario]]\nname = "b"\n')
    assert run(("fuzz", str(file))) == 2
    assert "holds 2 scenarios" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("counts", "assumed", "says"),
    [
        ((("colds", 1),), {"loss"}, "'colds' is nothing that is counted"),
        ((("loss", 1),), {"reboot"}, "'loss' is counted, but not assumed"),
        ((("loss", 0),), {"loss"}, "loss: 0 times given, from 1 to"),
        ((("loss", 1), ("loss", 2)), {"loss"}, "a fault is counted twice: loss=1, loss=2"),
    ],
)
def test_a_scenario_counts_faults_that_it_assumes(
    counts: tuple[tuple[str, int], ...], assumed: set[str], says: str
) -> None:
    with pytest.raises(ModelError, match=says):
        Scenario("counted", "for the test", assumptions=frozenset(assumed), at_most=counts)
