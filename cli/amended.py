"""The amended draft as a document: what each sentence would say, what that mends, and what nothing mends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from haboot.checker import Limits, amount
from haboot.cli.judging import judged
from haboot.cli.progress import Meter
from haboot.ledger import BY_NAME, Finding, known_length
from haboot.model import AMENDMENTS, ASSUMPTIONS, Amendment, Scenario, name_of
from haboot.properties import REQUIREMENTS, citations
from haboot.studies import ARGUMENTS, PARTITION, Amending, Proposal, Proven, why_beyond

INTRODUCTION = """# The draft with the least changed

What `draft-li-mip6-ha-init-bootstrap-00` might say instead, section by section: for each amendment the sentences that
it changes, the words that it would take, what it mends, with the counterexample before and the exhaustive search after,
and what it cannot do. First comes which of them suffice together. `haboot check SCENARIO --amend NAME` explores any
scenario with any of them. This page is made by `haboot {words}`.
"""


def document(
    search: Amending,
    proposals: Sequence[Proposal],
    words: str,
    every: Mapping[tuple[str, ...], Sequence[Proven]] | None = None,
) -> str:
    """Return the page for what a search found; ``words`` are those that the command was given.

    ``every`` says by set what is proven of any number of mobile nodes.
    """
    lines = [
        INTRODUCTION.format(words=words),
        *_least(search, proposals, every or {}),
        *_sections(),
        *_beyond(search),
    ]
    return "\n".join(lines) + "\n"


def _least(
    search: Amending, proposals: Sequence[Proposal], every: Mapping[tuple[str, ...], Sequence[Proven]]
) -> Iterator[str]:
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
        if one.amendments in every:
            count, *rest = every_number(every[one.amendments])
            yield from (f"{count[0].upper()}{count[1:]}.", "", *(f"- {told}" for told in rest), "")


def every_number(some: Sequence[Proven]) -> Iterator[str]:
    """What is proven of any number of mobile nodes, in a line, and then a line for each property that is not."""
    if some:
        count = amount(sum(one.proven for one in some), "verdict")
        yield f"of {count} it is proven, in {amount(len(some), 'scenario')}, that no number of mobile nodes breaks them"
    for told, where in (("broken", _where(some, lambda one: one.broken)), ("open", _where(some, lambda one: one.open))):
        yield from (f"{told}: {name} in {', '.join(scenarios)}" for name, scenarios in where.items())


def _where(some: Sequence[Proven], names: Callable[[Proven], Iterable[str]]) -> dict[str, list[str]]:
    """By property, the scenarios of those of which ``names`` tells."""
    found: dict[str, list[str]] = {}
    for one in some:
        for name in names(one):
            found.setdefault(name, []).append(name_of(replace(one.scenario, amendments=frozenset())))
    return found


def _asked(scenarios: Sequence[Scenario]) -> str:
    """The flows, how many faults at once each is asked under, and the faults, in words."""
    most: dict[str, int] = {}
    for one in scenarios:
        flow = name_of(Scenario("", "", one.prefixes, one.mobile_nodes))
        most[flow] = max(most.get(flow, 0), len(one.assumptions))
    told = ", ".join(f"{flow} under up to {amount(count, 'fault')}" for flow, count in most.items())
    faults = sorted({name for one in scenarios for name in one.assumptions})
    return f"{told}, of {', '.join(faults) or 'none'}"


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
        if not one.mends:
            yield "- **Mends** none of the findings by itself."
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
    steps = known_length(finding)
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
    if search.traded:
        yield "Some wishes are at odds: a set grants each of them, and none grants all. Given up is"
        yield ""
        for each in search.traded:
            others = " and ".join(f"`{wish.claim}` in `{wish.scenario.name}`" for wish in each.against)
            lost = f"`{each.wish.claim}` in `{each.wish.scenario.name}`"
            yield f"- {lost}, at odds with {others}: {why_beyond(each.wish)}"
        yield ""
    if search.beyond:
        yield "The search set aside, since no set of the amendments mends it:"
        yield ""
        yield from (f"- `{wish.claim}` in `{wish.scenario.name}`: {why_beyond(wish)}" for wish in search.beyond)
        yield ""
