"""What a suite lacks fails a check, unless a reason is written where nothing regenerates it."""

from pathlib import Path

import pytest
from haboot.checker import Answer, Limits
from haboot.cli.judging import judged
from haboot.cli.main import run
from haboot.cli.progress import Meter
from haboot.ledger import SUITES, Results, gaps, survivors
from haboot.ledger import gap as module
from haboot.ledger.gap import Excuse, excuse, excuses
from haboot.model import STANDARD
from haboot.studies import Fate, all_mutants, kills
from junitparser import Failure, JUnitXml, Skipped


@pytest.fixture(scope="module")
def fair() -> list[Results]:
    return [judged(one, Limits(), Meter()).results() for one in STANDARD[:2]]


def test_the_standard_suite_lacks_nothing_without_a_reason_and_no_excuse_is_stale() -> None:
    assert_nothing_lacks("standard")


@pytest.mark.slow
def test_the_full_suite_lacks_nothing_without_a_reason_and_no_excuse_is_stale() -> None:
    assert_nothing_lacks("full")


def assert_nothing_lacks(suite: str) -> None:
    found = gaps(judged(one, Limits(), Meter()).results() for one in SUITES[suite])
    assert not [str(one) for one in found if not one.reason]
    for one in excuses():
        if one.what != "mutant" and one.suite == suite:
            assert any(one.fits(gap.what, gap.name) for gap in found), f"nothing needs the excuse of {one.name}"


def test_every_excuse_has_a_reason_and_every_excused_mutant_exists() -> None:
    names = [mutant.name for mutant in all_mutants()]
    for one in excuses():
        assert len(one.reason) > 20
        assert one.what in {"action", "property", "mutant"}
        assert one.what != "mutant" or any(one.fits("mutant", name) for name in names)


def test_what_two_scenarios_lack_is_told(fair: list[Results]) -> None:
    found = {(one.what, one.name): one for one in gaps(fair)}
    assert ("action", "H.MN1 starts IKE") not in found
    assert found["action", "MN1 receives BA (134, for old) from H"].how == "never fires"
    assert found["property", "agent-gives-up-when-silent"].how == "is asked in no scenario"
    assert not found["property", "agent-gives-up-when-silent"].reason


def test_a_property_without_a_premise_anywhere_is_vacuous(fair: list[Results]) -> None:
    from dataclasses import replace  # noqa: PLC0415

    (first, *rest), _ = fair[0].verdicts, fair[1]
    vacuous = replace(fair[0], verdicts=(replace(first, answer=Answer.UNREACHED), *rest))
    (found,) = [one for one in gaps([vacuous]) if one.name == first.property.name]
    assert str(found) == f"property '{first.property.name}' is vacuous in every scenario"


def test_stars_stand_for_any_text_and_nothing_else_is_special() -> None:
    one = Excuse("action", "MN* receives HAS (B=1, [H], SA *)", "for the test")
    assert one.fits("action", "MN1 receives HAS (B=1, [H], SA H)")
    assert not one.fits("action", "MN1 receives HAS (B=1, H, SA H)")
    assert not one.fits("mutant", "MN1 receives HAS (B=1, [H], SA H)")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A standard suite of one scenario, and a model with one mutant that nothing notices."""
    monkeypatch.setitem(SUITES, "standard", STANDARD[:1])  # type: ignore[arg-type]
    monkeypatch.setattr("haboot.cli.mutants.tried", lambda: iter([Fate("a mutant", "", ())]))


@pytest.mark.usefixtures("small")
def test_a_gap_without_a_reason_fails_a_suite(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check",)) == 1
    shown = capsys.readouterr().out
    assert "action 'MN1 receives BA (134, for old) from H' never fires" not in shown
    assert "property 'agent-gives-up-when-silent' is asked in no scenario: no reason is given" in shown
    assert "not covered" in shown.splitlines()[-1]


@pytest.mark.usefixtures("small")
def test_gaps_are_a_matter_of_whole_suites(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("check", "same-prefix")) == 0
    assert "is asked in no scenario" not in capsys.readouterr().out


@pytest.mark.usefixtures("small")
def test_a_mutant_that_survives_fails_a_check_that_asks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(("check", "same-prefix", "--mutants")) == 1
    assert "mutant 'a mutant' is noticed by no property: no reason is given" in capsys.readouterr().out
    monkeypatch.setattr(module, "excuses", lambda: (Excuse("mutant", "a *", "for the test"),))
    assert run(("check", "same-prefix", "--mutants")) == 0
    assert survivors(["a mutant"])[0].reason == "for the test"
    assert kills([], []) == {}


@pytest.mark.usefixtures("small")
def test_gaps_are_told_to_a_workflow_and_to_junit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told, target = tmp_path / "summary.md", tmp_path / "out.xml"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(told))
    assert run(("check", "--junit", str(target))) == 1
    what = "'agent-gives-up-when-silent' is asked in no scenario"
    note = f"::error file=ledger/excused.toml,line=1,title=property not covered::property {what}\n"
    assert note in capsys.readouterr().out
    assert "| agent-gives-up-when-silent | property is asked in no scenario |" in told.read_text()
    cases = {case.name: case.result[0] for suite in JUnitXml.fromfile(str(target)) for case in suite if case.result}
    assert isinstance(cases["agent-gives-up-when-silent"], Failure)
    assert cases["agent-gives-up-when-silent"].message == f"property {what}"
    excused = cases["MN1 receives BA (134, for old) from H"]
    assert isinstance(excused, Skipped)
    assert excused.message == excuse("action", "MN1 receives BA (134, for old) from H")
