"""What is known to break: the ledger of minimal violations, and the verdict that it lets expect.

The ledger (``violations.toml``) is written by ``haboot findings --search``: for each property the fewest assumptions
and the smallest sizes that break it, with the length of the shortest trace; and for each scenario of the suites every
answer that is not HOLDS.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from haboot.checker import Answer, Kind
from haboot.ledger.finding import Finding
from haboot.model import DRAFT, USUALLY, Scenario


@dataclass(frozen=True, slots=True)
class Violation:
    """A property that breaks in a smallest scenario, and the length of its shortest trace."""

    claim: str
    prefixes: str
    mobile_nodes: int
    slots: int
    assumptions: tuple[str, ...]
    length: int
    variant: str = DRAFT

    @property
    def scenario(self) -> Scenario:
        """The scenario in which it breaks."""
        name = "+".join((self.prefixes, f"{self.mobile_nodes}x{self.slots}", *self.assumptions))
        summary = f"the fewest assumptions that break {self.claim}"
        given = frozenset(self.assumptions)
        return Scenario(name, summary, self.prefixes, self.mobile_nodes, self.slots, given, variant=self.variant)

    def within(self, scenario: Scenario) -> bool:
        """Whether a scenario allows all that this one does."""
        contended = scenario.any_number or self.mobile_nodes <= self.slots or scenario.mobile_nodes > scenario.slots
        return (
            self.variant == scenario.variant
            and self.prefixes == scenario.prefixes
            and not scenario.amendments
            and (scenario.any_number or self.mobile_nodes <= scenario.mobile_nodes)
            and contended
            and scenario.assumptions >= set(self.assumptions)
        )


@cache
def violations() -> tuple[Violation, ...]:
    """Return the ledger of minimal violations."""
    return tuple(_rows("violation"))


def known_length(finding: Finding) -> int:
    """Return the length of the shortest trace of a finding as the ledger has it, 0 where it has none."""
    wanted = finding.claim, finding.variant, finding.prefixes, finding.mobile_nodes, {*finding.assumptions}
    for one in violations():
        if (one.claim, one.variant, one.prefixes, one.mobile_nodes, {*one.assumptions}) == wanted:
            return one.length
    return 0


@cache
def left_open() -> tuple[Violation, ...]:
    """Return what the search could not settle: properties that a bound left open, each of length 0."""
    return tuple(_rows("open"))


def _rows(kind: str) -> Iterator[Violation]:
    for row in _known().get(kind, ()):
        yield Violation(
            row["property"],
            row["prefixes"],
            row["nodes"],
            row["slots"],
            tuple(row["assumptions"]),
            row.get("length", 0),
            row.get("variant", DRAFT),
        )


@cache
def _parts() -> tuple[str, str]:
    """The ledger's two parts, each TOML, of which a check of the suites' scenarios reads the second alone."""
    text = files("haboot.ledger").joinpath("violations.toml").read_text(encoding="utf-8")
    rows, begins, answers = text.partition("\n[scenario")
    return rows, begins + answers


@cache
def _known() -> dict[str, Any]:
    return tomllib.loads(_parts()[0])


@cache
def _answers() -> Mapping[str, Mapping[str, str]]:
    """What is written down of each scenario of the suites, by what it is: other names for it change nothing."""
    return {one["is"]: one["answers"] for one in tomllib.loads(_parts()[1]).get("scenario", {}).values()}


MONOTONE = frozenset({Kind.ALWAYS, Kind.STEP})


def expected(scenario: Scenario, claim: str, kind: Kind) -> Answer | None:
    """Return the answer that the ledger lets expect of a property in a scenario.

    A suite's scenarios are written down exactly, whatever they are called. For others a safety property breaks where a
    known violation lies within; the other kinds may go either way under more assumptions, so nothing is expected of
    them: None. Nor is anything of what breaks, where a scenario says that a fault recurs less often than in the ledger,
    nor of anything where it recurs more often, nor of the draft with amendments. A scenario whose author says what to
    expect is taken at their word. For every number of mobile nodes what one alone breaks is broken.
    """
    if scenario.expected is not None:
        own = {one.claim: Answer(one.answer) for one in scenario.expected}
        return own.get(claim, Answer.HOLDS)
    written = _written(scenario, claim)
    if written is not None or scenario.amendments:
        return written
    more = any(fault in USUALLY and times > USUALLY[fault] for fault, times in scenario.at_most)
    if kind not in MONOTONE or more:
        return None
    if not any(one.claim == claim and one.within(scenario) for one in violations()):
        return Answer.HOLDS
    return None if scenario.at_most else Answer.VIOLATED


def _written(scenario: Scenario, claim: str) -> Answer | None:
    """What is written down of a scenario, or for every number of mobile nodes, of one alone where that decides."""
    known = _answers().get(signature(scenario))
    if known is not None:
        return Answer(known.get(claim, Answer.HOLDS))
    of_one = _answers().get(signature(replace(scenario, any_number=False)), {}).get(claim)
    return Answer(of_one) if of_one in {Answer.VIOLATED, Answer.UNREACHED} else None


def signature(scenario: Scenario) -> str:
    """Return what a scenario is, without its name: a ledger entry speaks of nothing else."""
    sizes = f"{scenario.many}x{scenario.slots}/{scenario.capacity}"
    variant = () if scenario.variant == DRAFT else (scenario.variant,)
    return " ".join((*variant, scenario.prefixes, sizes, *scenario.assumed, *sorted(scenario.amendments)))


def written(
    found: Iterable[Violation],
    answers: Mapping[str, tuple[str, Mapping[str, str]]],
    cut: Iterable[Violation] = (),
) -> str:
    """Return a ledger as TOML, in a fixed order.

    ``answers`` gives each scenario's signature and what does not hold, ``cut`` what a bound left open.
    """
    from haboot.ledger.writing import document, named, table, tables  # noqa: PLC0415 - few write ledgers

    parts: dict[str, Any] = {}
    for kind, some in (("violation", found), ("open", cut)):
        if rows := [_row(one) for one in sorted(some, key=_order)]:
            parts[kind] = tables(rows)
    known = sorted(answers.items())
    parts["scenario"] = table(
        {named(name): table({"is": what, "answers": table(dict(sorted(odd.items())))}) for name, (what, odd) in known}
    )
    title = "Written by `haboot findings --search N --write`; `haboot check` fails where the model differs."
    return document(title, parts)


def _row(one: Violation) -> dict[str, Any]:
    variant = {} if one.variant == DRAFT else {"variant": one.variant}
    sizes = {"nodes": one.mobile_nodes, "slots": one.slots, "assumptions": list(one.assumptions)}
    length = {"length": one.length} if one.length else {}
    return {"property": one.claim, **variant, "prefixes": one.prefixes, **sizes, **length}


def _order(one: Violation) -> tuple[bool, str, str, str, int, int, tuple[str, ...]]:
    """The draft's own violations come first, then a variant after another."""
    alternative = one.variant != DRAFT
    place = (one.claim, one.prefixes, len(one.assumptions), one.mobile_nodes, one.assumptions)
    return (alternative, one.variant if alternative else "", *place)
