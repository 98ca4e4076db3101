"""What ``haboot check`` prints of what was checked: what is wrong first, then what broke, and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import quote

from haboot.checker import Answer, Verdict, amount
from haboot.ledger import Results, tally
from rich.text import Text

STYLE = {Answer.HOLDS: "green", Answer.VIOLATED: "red", Answer.UNREACHED: "yellow", Answer.INCOMPLETE: "yellow"}


def lines(one: Results, *, verbose: bool) -> list[Text]:
    """Return the outcome of one scenario: all of it if ``verbose``, else what holds is counted only."""
    verdicts = _sorted(one)
    told = [verdict for verdict in verdicts if verbose or not _is_folded(one, verdict)]
    shown = [line for verdict in told for line in _verdict(one, verdict)]
    if folded := len(verdicts) - len(told):
        line = Text("  ").append(f"{Answer.HOLDS:<10} ", style=STYLE[Answer.HOLDS])
        shown.append(line.append(f"{amount(folded, 'property')}", style="dim"))
    return [*_head(one), *shown, *_dead(one, verbose=verbose), *_simulations(verdicts), Text()]


def _is_folded(one: Results, verdict: Verdict) -> bool:
    """Whether what holds is counted alone."""
    tells = verdict.invariant or verdict.lacks_invariant()
    return verdict.answer is Answer.HOLDS and not one.differs(verdict) and not tells


def _simulations(verdicts: Iterable[Verdict]) -> Iterator[Text]:
    """Tell once what carries the proofs for every number."""
    for told in dict.fromkeys(one.simulation for one in verdicts if one.simulation):
        yield Text(f"  simulation: {told}", style="dim")


def news(one: Results) -> list[Text]:
    """Return what is wrong or unforeseen in a scenario of many; nothing where all is as expected."""
    shown = [line for verdict in _sorted(one) if _is_news(one, verdict) for line in _verdict(one, verdict)]
    return [*_head(one), *shown, Text()] if shown else []


def _is_news(one: Results, verdict: Verdict) -> bool:
    return one.differs(verdict) or one.is_unforeseen(verdict) or verdict.answer is Answer.INCOMPLETE


def _sorted(one: Results) -> list[Verdict]:
    """The verdicts: those that differ, then what broke, then what says nothing, then what holds."""
    order = [Answer.VIOLATED, Answer.INCOMPLETE, Answer.UNREACHED, Answer.HOLDS]
    return sorted(one.verdicts, key=lambda verdict: (not one.differs(verdict), order.index(verdict.answer)))


def _head(one: Results) -> Iterator[Text]:
    counts, subject = one.counts, one.subject
    bounds = "cut by " + ", ".join(counts.bounds_hit) if counts.bounds_hit else "exhaustive"
    title = Text.assemble((subject.name, "bold"), f"  {subject.summary}" if subject.summary else "")
    if subject.assumed:
        title.append(f" (assuming {', '.join(subject.assumed)})")
    sizes = f"{counts.distinct:,} distinct, {counts.generated:,} generated, depth {counts.depth}"
    reductions = ", ".join(counts.reductions) or "no reduction"
    rests = f"  {sizes}; {counts.engine} engine, {bounds}, {reductions}; {one.seconds:.2f} s"
    yield from (title, Text(rests, style="dim"), Text(f"  {tally(one.verdicts)}"))


def _dead(one: Results, *, verbose: bool) -> Iterator[Text]:
    dead = one.counts.dead
    if dead and not verbose:
        yield Text(f"  never fired: {amount(len(dead), 'action')}", style="dim")
    yield from (Text(f"  never fired: {name}", style="dim") for name in (dead if verbose else ()))


def _verdict(one: Results, verdict: Verdict) -> Iterator[Text]:
    claim = verdict.property
    line = Text("  ")
    line.append(f"{verdict.answer:<10} ", style=STYLE[verdict.answer])
    line.append(f"{claim.name:<34} ")
    line.append(", ".join(_facts(one, verdict)), style="dim")
    yield line
    if verdict.answer is Answer.VIOLATED and verdict.trace is not None:
        asked = one.subject.of_run(verdict.trace).asked_as
        yield Text(f"{'':13}haboot trace {asked} {quote(claim.name)}", style="cyan")
    if verdict.invariant:
        yield Text(f"{'':13}inductive invariant, for all i and j that are not the same:", style="dim")
        yield from (Text(f"{'':13}{place:>2}. {told}") for place, told in enumerate(verdict.invariant, 1))


def _facts(one: Results, verdict: Verdict) -> Iterator[str]:
    claim = verdict.property
    yield str(claim.kind)
    if verdict.trace is not None:
        what = "witness" if verdict.answer is Answer.HOLDS else "trace"
        yield f"{what} of {amount(len(verdict.trace), 'step')}"
    yield from verdict.facts()
    if claim.fairness:
        rests = one.subject.rests(claim) if verdict.answer is Answer.HOLDS else ""
        yield rests or amount(len(claim.fairness), "fair action")
    if one.differs(verdict):
        yield one.expects(claim.name)
    elif one.is_unforeseen(verdict):
        yield "nothing was expected"
    elif verdict.answer is not Answer.HOLDS and verdict.answer is one.expected[claim.name]:
        yield "as expected"
