"""Input of others is data: no text of it steers a terminal, breaks a format, runs as code or ends in a traceback."""

import ast
import io
import json
import os
import shutil
import threading
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from haboot.checker import ModelError, check
from haboot.checker.boundary import content, page, plain, told
from haboot.cli.console import one_line, status, terminal
from haboot.cli.main import run
from haboot.cli.output import filename, save
from haboot.cli.tracefile import slug
from haboot.ledger import BY_NAME, Saved, as_data, from_data, recorded
from haboot.ledger.regression import as_test
from haboot.model import system
from haboot.properties import properties
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HOSTILE = (
    "\x00\x07\x08\x1b[31m\x1b]0;title\x07\x7f\x85\x9b31m\u2028\u202e\u2066\ufeff\ufffe\ud800",
    "[/b][red]:smile:[link=http://x]",
    "<script>alert(1)</script>&lt;]]>",
    '"""\nimport os; os.system("x")\nr"""',
    "a\\N{x}\\",
    "::error::x\r\n::set-output name=x::y",
    "| a | `b` | ![x](y) ``` $x$",
    "%s {0} %0A ${X} $(x) #hash",
)
TEXTS = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=40), st.text("\x1b\x07\x9b\u202e[]:\"'\\`{}<>&%\n\ud800", max_size=30)
)


def all_shows(text: str) -> bool:
    return all(letter.isprintable() or letter in "\n\t" for letter in text)


@cache
def final() -> dict[str, Any]:
    """A trace as a file holds it."""
    finding = BY_NAME["lost-switch-is-final"]
    product = system(finding.scenario)
    trace = check(product, properties(finding.scenario, product))[finding.claim].trace
    assert trace is not None
    return as_data(recorded(finding.scenario, finding.claim, trace, "MN1"))


def with_texts(name: str, summary: str = "", about: str = "") -> dict[str, Any]:
    """The same trace as somebody else may describe it."""
    data: dict[str, Any] = json.loads(json.dumps(final()))
    data["#meta"]["haboot"]["about"] = about
    data["#meta"]["haboot"]["scenario"] |= {"name": name, "summary": summary}
    return data


# text


@given(TEXTS)
def test_text_is_shown_at_its_length_and_once_and_for_all(text: str) -> None:
    assert plain(text).isprintable()
    assert len(plain(text)) == len(text)
    assert plain(plain(text)) == plain(text)
    assert plain(text) == text or not text.isprintable()
    assert all_shows(page(text))
    assert page(text).count("\n") == text.count("\n")
    assert one_line(text).isprintable()


@given(st.recursive(TEXTS | st.integers(), st.lists, max_leaves=5))
def test_a_value_is_told_in_few_characters(value: object) -> None:
    assert told(value).isprintable()
    assert len(told(value)) < 70


def test_a_value_that_has_no_text_is_told_by_its_type() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for value in (10**5000, endless):
        assert len(told(value)) < 70


@given(TEXTS)
def test_a_file_that_is_written_shows_all_that_it_holds(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    target = tmp_path_factory.getbasetemp() / "any.txt"
    save(target, text)
    assert all_shows(target.read_text(encoding="utf-8"))


@given(TEXTS)
def test_a_name_is_no_way_into_another_folder(name: str) -> None:
    for made in (filename(name), filename(f"../{name}"), f"{slug(name, 'agreement')}.py"):
        assert Path("x", made).parent == Path("x")
        assert made.isascii()
        assert 0 < len(made) < 160
        assert not made.startswith((".", "-"))


@given(TEXTS)
def test_a_console_prints_text_as_text(text: str) -> None:
    written = io.StringIO()
    made = terminal(file=written, width=200)
    made.print(text, soft_wrap=True)
    assert written.getvalue() == f"{text}\n" or not text.isprintable()
    assert all_shows(written.getvalue())


@given(TEXTS)
def test_progress_is_no_markup(text: str) -> None:
    line = status(terminal(file=io.StringIO(), force_terminal=True, width=200), text)
    assert getattr(line.renderable.text, "plain", None) == plain(text)


# every format of a check


@FEW
@given(summary=TEXTS, reason=TEXTS)
def test_every_output_of_a_check_is_well_formed_and_plain(
    summary: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    encoded = [
        json.dumps(text.encode(errors="ignore").decode()).replace("\x7f", "\\u007f") for text in (summary, reason)
    ]
    (tmp_path / "x.toml").write_text(
        f'[[scenario]]\nname = "a | <b>[i]"\nsummary = {encoded[0]}\nprefixes = "different"\n'
        'assumptions = ["duplication", "switch-retransmission"]\n[scenario.expected]\n'
        f'old-agent-told = {{ answer = "VIOLATED", reason = {encoded[1]} }}\nno-deadlock = "VIOLATED"\n'
    )
    asked = [word for kind in ("json", "junit", "sarif") for word in (f"--{kind}", str(tmp_path / f"out.{kind}"))]
    code = run(("check", str(tmp_path / "x.toml"), *asked))
    shown = capfd.readouterr()
    assert code in {1, 2}
    assert all_shows(shown.out + shown.err)
    if code == 1:
        for kind in ("json", "junit", "sarif"):
            text = (tmp_path / f"out.{kind}").read_text(encoding="utf-8")
            assert all_shows(text)
            ElementTree.fromstring(text) if kind == "junit" else json.loads(text)  # noqa: S314 - our own
        assert all_shows((tmp_path / "summary.md").read_text(encoding="utf-8"))
        assert "a &#124; &#60;b&#62;&#91;i&#93;" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_surrogates_written_as_escapes_are_refused_or_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.toml"
    file.write_text('[[scenario]]\nname = "a"\nsummary = "\\ud800"\n')
    assert run(("check", str(file))) == 2
    target = tmp_path / "x.json"
    target.write_text(json.dumps(with_texts("a\ud800", "\udfff", "\ud800")))
    assert run(("trace", str(target))) == 0
    assert all_shows(capsys.readouterr().out)


# a trace of somebody else


@pytest.mark.parametrize("form", ["text", "mermaid", "svg", "dot", "json"])
@FEW
@given(name=TEXTS.filter(bool), summary=TEXTS, about=TEXTS)
def test_every_form_of_a_trace_is_plain(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, summary: str, about: str
) -> None:
    target = tmp_path / "trace.json"
    target.write_text(json.dumps(with_texts(name, summary, about)))
    assert run(("trace", str(target), "-f", form)) == 0
    shown = capsys.readouterr().out
    assert all_shows(shown)
    if form == "svg":
        ElementTree.fromstring(shown)  # noqa: S314 - our own


@FEW
@given(TEXTS.filter(bool), TEXTS, TEXTS)
def test_a_written_test_says_what_a_file_says_in_literals_alone(name: str, summary: str, about: str) -> None:
    saved = from_data(with_texts(name, summary, about))
    written, usual = (ast.parse(as_test(one)) for one in (saved, plainly_named(saved)))
    made = next(node.value for node in written.body if isinstance(node, ast.Assign))
    assert isinstance(made, ast.Call)
    for keyword in made.keywords[:2]:
        assert ast.literal_eval(keyword.value) == getattr(saved.scenario, str(keyword.arg))
        keyword.value = ast.Constant("x")
    assert ast.dump(written) == ast.dump(usual)


def plainly_named(saved: Saved) -> Saved:
    return replace(saved, scenario=replace(saved.scenario, name="x", summary="x"), about="x")


def test_a_test_of_a_property_that_is_none_is_not_written() -> None:
    saved = from_data(with_texts("x"))
    with pytest.raises(ModelError, match="no property"):
        as_test(replace(saved, claim='x"""\nimport os'))


def test_a_written_test_passes_whatever_its_scenario_is_called(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, name in enumerate(HOSTILE[3:5]):
        Path(f"trace{number}.json").write_text(json.dumps(with_texts(name)))
        assert run(("trace", f"trace{number}.json", "--pytest")) == 0
    capsys.readouterr()
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


pytest_plugins = ["pytester"]


# what can be read


@pytest.mark.parametrize("command", ["check", "trace"])
@pytest.mark.parametrize("kind", ["device", "random", "pipe", "folder", "loop", "memory", "huge", "missing"])
def test_what_is_no_file_to_read_is_one_line_at_once(
    command: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / ("x.toml" if command == "check" else "x.json")
    match kind:
        case "device":
            target.symlink_to("/dev/zero")
        case "random":
            target.symlink_to("/dev/stdin")
        case "pipe":
            os.mkfifo(target)
        case "folder":
            target.mkdir()
        case "loop":
            target.symlink_to(target)
        case "memory":
            target.symlink_to("/proc/self/mem")
        case "huge":
            with target.open("wb") as file:
                file.truncate(1 << 40)
    assert run((command, str(target))) == 2
    error = capsys.readouterr().err
    assert error.startswith("haboot: ")
    assert error.count("\n") == 1
    assert len(error) < 600


def test_a_file_that_grows_while_it_is_read_is_bounded(tmp_path: Path) -> None:
    target, over = tmp_path / "grows", threading.Event()
    target.write_bytes(b"x")

    def grow() -> None:
        with target.open("ab") as file:
            while not over.is_set():
                file.write(b"x" * 4096)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        for _ in range(50):
            try:
                assert len(content(target, 10_000)) <= 10_000
            except ModelError as error:
                assert "10,000" in str(error)  # noqa: PT017 - either is right
    finally:
        over.set()
        writer.join()


@pytest.mark.parametrize("read", [b"x" * 11, None])
def test_a_file_that_gives_more_than_its_size_or_nothing_yet_is_refused(
    read: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "odd"
    target.write_bytes(b"x")
    real = os.fdopen

    def odd(descriptor: int, mode: str) -> Any:
        file = real(descriptor, mode)
        return SimpleNamespace(fileno=file.fileno, read=lambda _: read, close=file.close)

    monkeypatch.setattr(os, "fdopen", lambda *given: closing(odd(*given)))
    with pytest.raises(ModelError, match="larger than 10 bytes, or is no file that ends"):
        content(target, 10)


def test_a_name_that_no_file_can_have_is_told() -> None:
    with pytest.raises(ModelError, match="cannot read"):
        content(Path("a\0b"), 10)


# scenarios of one name


def two_files(folder: Path) -> tuple[str, str]:
    """Two files that call their scenario alike; the first expects all to hold, which it does not."""
    first, second = folder / "first.toml", folder / "second.toml"
    assumed = 'assumptions = ["duplication", "switch-retransmission"]'
    first.write_text(f'[[scenario]]\nname = "pair"\nprefixes = "different"\n{assumed}\n[scenario.expected]\n')
    second.write_text('[[scenario]]\nname = "pair"\nprefixes = "same"\n')
    return str(first), str(second)


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0), (0, 1, 0)])
def test_two_scenarios_of_one_name_both_count(order: tuple[int, ...], tmp_path: Path) -> None:
    files = [two_files(tmp_path)[place] for place in order]
    asked = [word for kind in ("json", "junit", "sarif") for word in (f"--{kind}", str(tmp_path / f"out.{kind}"))]
    assert run(("check", *files, *asked)) == 1
    data = json.loads((tmp_path / "out.json").read_text())
    assert len({one["name"] for one in data["scenarios"]}) == len(order)
    assert data["summary"]["differ"] == order.count(0)
    cases = [
        (case.get("classname"), case.get("name"))
        for case in ElementTree.parse(tmp_path / "out.junit").getroot().iter("testcase")  # noqa: S314 - our own
    ]
    assert len(set(cases)) == len(cases) == data["summary"]["verdicts"]
    marks = [
        json.dumps(one["partialFingerprints"])
        for one in json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    ]
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_items_of_two_scenarios_of_one_name_both_run(order: tuple[int, ...], pytester: pytest.Pytester) -> None:
    files = [two_files(pytester.path)[place] for place in order]
    asked = [word for file in files for word in ("--haboot-scenario", file)]
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *asked)
    outcomes = result.parseoutcomes()
    assert (outcomes["failed"], outcomes["xfailed"]) == (1, 1)
    items = pytester.inline_genitems(*asked)[0]
    assert len({item.nodeid for item in items}) == len(items) == outcomes["passed"] + 2


def test_a_scenario_named_like_a_known_one_is_judged_by_what_it_is(tmp_path: Path) -> None:
    target, data = tmp_path / "mine.toml", tmp_path / "out.json"
    target.write_text('[[scenario]]\nname = "lossy"\n[[scenario]]\nname = "other"\n')
    assert run(("check", "lossy", str(target), "same-prefix", "--json", str(data))) == 0
    lossy, mine, other, known = json.loads(data.read_text())["scenarios"]
    assert (lossy["name"], mine["name"]) == ("lossy", "lossy#2")
    for name in ("properties", "distinct"):
        assert [strip(one) for one in (mine, other)] == [strip(known)] * 2, name
    assert strip(lossy) != strip(known)


def strip(scenario: dict[str, Any]) -> Any:
    return {key: value for key, value in scenario.items() if key not in {"name", "summary", "seconds"}}


def test_a_picture_of_a_scenario_stays_in_its_folder(here: Path) -> None:
    Path("x.toml").write_text('[[scenario]]\nname = "/../../../up"\n[[scenario]]\nname = "../up"\n')
    assert run(("draw", "composition", "participants", "-s", "x.toml", "-f", "dot", "-o", "out/in")) == 0
    assert sorted(one.name for one in here.iterdir()) == ["out", "x.toml"]
    assert not [one for one in (here / "out" / "in").iterdir() if one.is_dir()]
    shutil.rmtree(here / "out")


WORDS = (
    "0",
    "-1",
    "²",
    "9" * 5000,
    "\x1b[31m",
    "x" * 5000,
    "vhar+²",
    "vhar+" + "9" * 5000,
    "/dev/zero",
    "a\0b",
    "\ud800",
)
PLACES = (
    "check {}", "trace {}", "trace same-prefix {}", "fuzz {}", "fuzz same-prefix -p {}", "draw -s {} -o drawn",
    "draw space --by {} -o drawn", "compare {}", "throttle --nodes {}", "check nothing --max-memory {}", "{}",
    "check same-prefix --assume {}", "check nothing --workers {}", "check same-prefix --resume {}",
    "findings --write {}", "check same-prefix --json {}/x", "trace lost-switch-is-final --width {}",
    "throttle --nodes 1 --patience {}x",
)  # fmt: skip


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("place", PLACES)
def test_no_word_of_a_command_line_ends_in_more_than_a_line(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    for word in WORDS:
        assert run([part.format(word) for part in place.split(" ")]) == 2, word
        shown = capsys.readouterr().err
        assert shown.startswith("haboot: "), word
        assert shown.count("\n") == 1
        assert shown.strip().isprintable()
