"""The amended draft as a document: what each sentence would say, what that mends, and what nothing mends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haboot.checker import Limits, amount
from haboot.cli.judging import judged
from haboot.cli.progress import Meter
from haboot.ledger import BY_NAME, Finding, violations
from haboot.model import AMENDMENTS, ASSUMPTIONS, Amendment, Scenario, name_of
from haboot.properties import REQUIREMENTS, citations
from haboot.studies import ARGUMENTS, PARTITION, Amending, Proposal, why_beyond

INTRODUCTION = """# The draft with the least changed

What `draft-li-mip6-ha-init-bootstrap-00` might say instead, section by section: for each amendment the sentences that
it changes, the words that it would take, what it mends, with the counterexample before and the exhaustive search after,
and what it cannot do. First comes which of them suffice together. `haboot check SCENARIO --amend NAME` explores any
scenario with any of them. This page is made by `haboot {words}`.
"""


def document(search: Amending, proposals: Sequence[Proposal], words: str) -> str:
    """Return the page for what a search found; ``words`` are those that the command was given."""
    lines = [
        INTRODUCTION.format(words=words),
        *_least(search, proposals),
        *_sections(),
        *_beyond(search),
    ]
    return "\n".join(lines) + "\n"


def _least(search: Amending, proposals: Sequence[Proposal]) -> Iterator[str]:
    yield from ("## The least that suffices", "")
    asked = ", ".join(f"`{name}`" for name in search.claims) or "every property that the draft is asked"
    yield f"Asked is {asked}, in {amount(len(search.scenarios), 'scenario')}: {_asked(search.scenarios)}."
    yield ""
    if not proposals:
        yield from ("No set of amendments was found.", "")
    for number, one in enumerate(proposals, start=1):
        yield f"### Set {number}: {', '.join(one.amendments) or 'nothing'}"
        yield ""
        yield f"All holds in {one.states:,} states of {amount(one.scenarios, 'scenario')}, explored exhaustively."
        yield ""
        yield "| without | breaks | in | steps |"
        yield "| --- | --- | --- | --- |"
        for name, need in one.needs:
            steps = str(need.broken.length or "-")
            yield f"| {name} | {need.wish.claim} | {need.wish.scenario.name} | {steps} |"
        yield ""


def _asked(scenarios: Sequence[Scenario]) -> str:
    """The flows and the faults of scenarios in words."""
    flows = ", ".join(dict.fromkeys(name_of(Scenario("", "", one.prefixes, one.mobile_nodes)) for one in scenarios))
    faults = sorted({name for one in scenarios for name in one.assumptions})
    most = max((len(one.assumptions) for one in scenarios), default=0)
    return f"{flows}, under up to {amount(most, 'fault')} of {', '.join(faults) or 'none'}"


def _section_of(one: Amendment[object]) -> str:
    return next(cite.section for cite in citations(one.cites) if not cite.document)


def _sections() -> Iterator[str]:
    yield from ("## Text changes", "")
    sentences = {row.id: row for row in REQUIREMENTS}
    for one in sorted(AMENDMENTS.values(), key=lambda one: (_section_of(one), one.name)):
        yield f"### {_section_of(one)}: {one.name}"
        yield ""
        yield f"{one.changes[0].upper()}{one.changes[1:]}."
        yield ""
        changed = [sentences[str(cite)] for cite in citations(one.cites) if str(cite) in sentences]
        yield "- **Now**: " + " ".join(f"{row.paraphrase} ({row.id}, {row.section})" for row in changed)
        yield f"- **Instead**: {one.words}"
        yield from (f"- **Mends** {_mended(BY_NAME[name], one.name)}" for name in one.mends)
        if one.retired:
            yield f"- **No longer asked**: {', '.join(f'`{name}`' for name in one.retired)}."
        yield f"- **Cannot**: {one.cannot}"
        yield ""


def _mended(finding: Finding, name: str) -> str:
    """What became of a finding: its counterexample, and the search that finds none any more."""
    here = Scenario(
        finding.name, "", finding.prefixes, finding.mobile_nodes, finding.slots, frozenset(finding.assumptions),
        amendments=frozenset({name}),
    )  # fmt: skip
    report = judged(here, Limits(), Meter()).report
    steps = next(
        one.length
        for one in violations()
        if (one.claim, one.variant, one.prefixes, one.mobile_nodes, {*one.assumptions})
        == (finding.claim, finding.variant, finding.prefixes, finding.mobile_nodes, {*finding.assumptions})
    )
    answer = report[finding.claim].answer
    return (
        f"[{finding.name}](findings.md#{finding.name}): `{finding.claim}` was broken in {amount(steps, 'step')}, and "
        f"{answer} in all {amount(report.space.distinct, 'state')} of `{name_of(here)}`."
    )


def _beyond(search: Amending) -> Iterator[str]:
    yield from ("## What no amendment can mend", "", PARTITION, "")
    told = {one.name: one.allows for one in ASSUMPTIONS}
    for one in ARGUMENTS:
        given = " and ".join(f"{told[name]} (`{name}`)" for name in one.assumptions)
        claims = ", ".join(f"`{claim}`" for claim in one.claims)
        yield f"- {claims}, where {given}: {one.why}"
    yield ""
    if search.beyond:
        yield "The search set aside, since no set of the amendments mends it:"
        yield ""
        yield from (f"- `{wish.claim}` in `{wish.scenario.name}`: {why_beyond(wish)}" for wish in search.beyond)
        yield ""
