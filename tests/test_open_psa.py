"""Fault trees in Open-PSA's format: within its grammar, with the sets found, and as another program reads them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from haboot.checker.boundary import minimal
from haboot.cli.main import run
from haboot.diagrams import open_psa
from haboot.studies import probability, weighed
from hypothesis import given
from hypothesis import strategies as st

from tests.open_psa_reader import likelihood, read, slips, told

Sets = Sequence[Sequence[str]]
SETS: Mapping[str, Sets] = {"n < 3": (("a",), ("b", "c"), ("b", "d e")), "n > 3": (("d-e",),), "always": ((),)}
CHANCES = {"a": 0.1, "b": 0.5, "c": 0.25, "d e": 0.3, "d-e": 1e-12}


FAULT = st.sampled_from(["a", "b", "c d", "c-d", "3 - x", "é", "breaks"])
TREES = st.dictionaries(
    st.sampled_from(["p", "p <", "p >", "a"]), st.sets(st.frozensets(FAULT, max_size=3), max_size=4), max_size=4
)


@given(TREES)
def test_whatever_is_written_is_within_the_grammar_and_tells_its_sets(trees: dict[str, set[frozenset[str]]]) -> None:
    least = {top: sorted(map(sorted, minimal(sets))) for top, sets in trees.items()}
    root = read(open_psa("mine", least, {"a": 0.5, "c d": 1}))
    assert slips(root) == []
    assert told(root) == {top: set(map(frozenset, sets)) for top, sets in least.items()}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<basic-event name="a" />', '<basic-event name="a b" />'),
        ('<basic-event name="a" />', '<basic-event name="z" />'),
        ('<basic-event name="a" />', "<basic-event />"),
        ("<model-data>", "<model-data><label>x</label>"),
        ('<constant value="true" />', '<constant value="yes" />'),
        ('name="n-3-breaks"', 'name="a"'),
        ('name="n-3-2"', 'name="n-3"'),
        ("float", "double"),
    ],
)
def test_a_damaged_file_is_not_within_the_grammar(old: str, new: str) -> None:
    text = open_psa("mine", SETS, CHANCES)
    assert slips(read(text)) == []
    assert old in text
    assert slips(read(text.replace(old, new)))


def test_a_probability_is_the_one_that_the_file_gives() -> None:
    found = likelihood(read(open_psa("mine", SETS, CHANCES)))
    assert found == {top: pytest.approx(probability(sets, CHANCES)) for top, sets in SETS.items()}


def scram(file: Path, *words: str) -> Xml.Element:
    """What SCRAM reports of a file; skips where it is not installed. What is no input by its schema it refuses."""
    program = shutil.which("scram")
    if program is None:
        pytest.skip("needs Debian's scram")
    subprocess.run([program, "--validate", str(file)], check=True, capture_output=True)  # noqa: S603 - found above
    words = (*words, "--cut-off", "0", "--limit-order", "20", "-o", str(file.with_suffix(".report")), str(file))
    subprocess.run([program, *words], check=True, capture_output=True)  # noqa: S603 - found above
    return Xml.parse(file.with_suffix(".report")).getroot()  # noqa: S314 - of a program that was asked


def products(report: Xml.Element) -> dict[str, set[frozenset[str]]]:
    return {
        one.attrib["name"]: {frozenset(event.attrib["name"] for event in some) for some in one.iter("product")}
        for one in report.iter("sum-of-products")
    }


def test_another_program_finds_the_same_sets_probability_and_importance(tmp_path: Path) -> None:
    file = tmp_path / "mine.xml"
    file.write_text(open_psa("mine", {"n < 3": SETS["n < 3"]}, CHANCES), encoding="utf-8")
    report = scram(file, "--probability", "1", "--importance", "1")
    assert products(report) == {"n-3-breaks": {frozenset("a"), frozenset("bc"), frozenset({"b", "d-e"})}}
    (whole,) = report.iter("sum-of-products")
    assert float(whole.attrib["probability"]) == pytest.approx(probability(SETS["n < 3"], CHANCES), rel=1e-5)
    found = {one.attrib["name"]: one.attrib for one in report.iter("basic-event") if "MIF" in one.attrib}
    for row in weighed(SETS["n < 3"], CHANCES):
        theirs = found["d-e" if row.fault == "d e" else row.fault]
        assert float(theirs["MIF"]) == pytest.approx(row.birnbaum, rel=1e-5)
    assert len(found) == 4


def test_another_program_finds_the_sets_of_the_draft(tmp_path: Path) -> None:
    file, data = tmp_path / "draft.xml", tmp_path / "draft.json"
    names = ("loss", "crash", "dad-lost", "false-suspicion")
    chances = [word for name in names for word in ("--probability", f"{name}=0.01")]
    words = ["faults", "same", "--among", ",".join(names), *chances]
    assert run([*words, "--open-psa", str(file), "--json", str(data)]) == 0
    ours = json.loads(data.read_text())["properties"]
    root = read(file.read_text(encoding="utf-8"))
    assert slips(root) == []
    assert {top: {frozenset(one["faults"]) for one in some["sets"]} for top, some in ours.items()} == told(root)
    assert {top: some["probability"] for top, some in ours.items()} == pytest.approx(likelihood(root))
    report = scram(file, "--probability", "1")
    assert products(report) == {f"{top}-breaks": sets for top, sets in told(root).items()}
    for one in report.iter("sum-of-products"):
        top = one.attrib["name"].removesuffix("-breaks")
        assert float(one.attrib["probability"]) == pytest.approx(ours[top]["probability"], rel=1e-5)


def test_a_file_that_is_damaged_is_refused_by_another_program(tmp_path: Path) -> None:
    file = tmp_path / "mine.xml"
    file.write_text(open_psa("mine", SETS, CHANCES).replace("float", "double"), encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        scram(file)
