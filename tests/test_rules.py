"""Citations: each says something, each finding's are those that its fault names, and ``haboot rule`` shows them all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from haboot.checker import ModelError, place_of
from haboot.cli.main import run
from haboot.ledger import FINDINGS, Finding
from haboot.model import PARTICIPANTS
from haboot.properties import CLAIMS, REQUIREMENTS, Requirement, citations


def test_every_row_claim_and_finding_cites_what_there_is() -> None:
    for participant in PARTICIPANTS.values():
        for row in participant.rows:
            citations(row.cites)
    for claim in CLAIMS:
        assert citations(claim.cites), claim.name
    for finding in FINDINGS:
        assert citations(finding.cites), finding.name


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: one.name)
def test_the_fault_of_a_finding_names_what_the_finding_cites(finding: Finding) -> None:
    for one in citations(finding.cites):
        document = "RFC 5142" if finding.fault.startswith("RFC 5142") and one.document == "RFC 5142" else str(one)
        assert (document if one.document else one.section) in finding.fault, one


@pytest.mark.parametrize("text", ["R99", "4.", "RFC", "RFC 5142 6.", "r18", "4.3 R18", "somewhere"])
def test_what_cites_nothing_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="cites nothing"):
        citations(text)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda one: one.id)
def test_a_rule_is_shown_with_all_that_cites_it(requirement: Requirement, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("rule", requirement.id.lower())) == 0
    shown = capsys.readouterr().out
    assert requirement.paraphrase in shown
    for claim in CLAIMS:
        assert (f"property  {claim.name} " in shown) == (requirement.id in claim.cites), claim.name
        broken = [one.name for one in FINDINGS if one.claim == claim.name and requirement.id in claim.cites]
        assert not broken or f"broken  {', '.join(broken)}\n" in shown, claim.name
    for participant in PARTICIPANTS.values():
        for row in participant.rows:
            if requirement.id in row.cites.split(", "):
                assert str(place_of(row)) in shown
    for finding in FINDINGS:
        assert (f"finding   {finding.name}:" in shown) == (requirement.id in finding.cites.split(", ")), finding.name


def test_a_section_a_word_and_another_document_lead_to_their_rules(capsys: pytest.CaptureFixture[str]) -> None:
    by_section = "R16 R16b R17 R18 R19 R20 R21a R21b"
    for asked, ids in (("4.3", by_section), ("IDr", "R13"), ("silently", "R18"), ("18", "R18")):
        assert run(("rule", asked)) == 0
        titles = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line[:1].strip()]
        assert titles == ids.split()
    assert run(("rule", "RFC", "5142", "6.1")) == 0
    assert "old-agent-left-first" in capsys.readouterr().out


@pytest.mark.parametrize("asked", ["R99", "9.9", "%$", "RFC 1", "4.3, 4.4", "R18, R19", ",", ""])
def test_a_rule_that_there_is_not_is_refused_in_one_line(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("rule", asked)) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"haboot: no rule says '{asked}', and nothing cites it")
    assert told.count("\n") == 1


def test_a_changed_copy_of_a_claim_stays_where_the_claim_is_written() -> None:
    claim = CLAIMS[0]
    assert place_of(replace(claim, name="another")) == place_of(claim)
