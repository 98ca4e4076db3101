"""The outcome of a check in a line, in numbers, and as data for ``--json``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from haboot.checker import Answer, Kind, Verdict, amount
from haboot.cli.interrupts import SoFar
from haboot.ledger import Gap, Results, tally
from rich.text import Text


def summary(results: list[Results], lacking: tuple[Gap, ...], total: int, cut: SoFar) -> Text:
    """Return the outcome in a line: what differs, is cut or is as expected, and of what nothing was expected."""
    count = counted(results)
    every = amount(count["verdicts"], "verdict")
    where = scope(results)
    missing = sum(not one.reason for one in lacking)
    more = _silence(results) + (f"; {missing} not covered" if missing else "")
    if cut.status:
        told = f"INTERRUPTED: {amount(count['verdicts'] - count['cut'], 'verdict')} so far, {count['cut']} cut, "
        left = f"{count['differ']} differ from {_sources(results)}; {total - len(results)} {_nouns(results)} left"
        return Text(f"{told}{left}{_silence(results)}", "bold yellow")
    if count["differ"]:
        differ = "differs" if count["differ"] == 1 else "differ"
        told = f"{count['differ']} of {every} in {where} {differ} from {_sources(results)}"
        return Text(f"{told}{more}", "bold red")
    if count["cut"]:
        why = "not answered by a reduced search" if _reduced(results) else "cut by a bound"
        told = f"INCOMPLETE: {count['cut']} of {every} in {where} {'is' if count['cut'] == 1 else 'are'} {why}"
        return Text(f"{told}{more}", "bold red" if missing or any(one.failures for one in results) else "bold yellow")
    if count["nothing_expected"] == count["verdicts"]:
        every = tally(verdict for one in results for verdict in one.verdicts)
        return Text(f"{every} in {where}; nothing was expected{_failing(results)}", _style(results, missing, count))
    verdicts = [verdict for one in results for verdict in one.verdicts if one.expected[verdict.property.name]]
    which = f"{len(verdicts)} of " if len(verdicts) < count["verdicts"] else "all " if len(verdicts) > 1 else ""
    told = f"{which}{every} in {where} as expected{f': {tally(verdicts)}' if verdicts else ''}"
    style = _style(results, missing, count)
    return Text(f"{told}{', but' if missing else ''}{more.removeprefix(';') if missing else more}", style)


def _style(results: Iterable[Results], missing: int, count: dict[str, int]) -> str:
    failed = missing or any(one.failures for one in results)
    return "bold red" if failed else "bold yellow" if count["unforeseen"] else "bold green"


def scope(results: Sequence[Results]) -> str:
    """How many scenarios and models there are, in words."""
    count = Counter(one.subject.noun for one in results) or {"scenario": 0}
    return " and ".join(amount(many, noun) for noun, many in count.items())


def _nouns(results: Iterable[Results]) -> str:
    return " and ".join(dict.fromkeys(f"{one.subject.noun}s" for one in results)) or "scenarios"


def _sources(results: Iterable[Results]) -> str:
    """Who expected something else: the ledger, or files; where nobody did, whoever is asked."""
    every = list(results)
    surprised = [one for one in every if one.surprises] or every
    return " and ".join(dict.fromkeys(one.source for one in surprised))


def _reduced(results: Iterable[Results]) -> bool:
    return any(one.counts.reductions for one in results)


def _silence(results: Iterable[Results]) -> str:
    """What became of the properties of which nothing was expected."""
    every = list(results)
    silent = [verdict for one in every for verdict in one.verdicts if one.expected[verdict.property.name] is None]
    return f"; nothing was expected of {len(silent)}: {tally(silent)}{_failing(every)}" if silent else ""


def _failing(results: Iterable[Results]) -> str:
    """The option that makes what is unforeseen fail, where it alone does."""
    return " (--strict)" if any(one.strict and not one.subject.strict and one.unforeseen for one in results) else ""


def counted(results: Iterable[Results]) -> dict[str, int]:
    """Return how many verdicts there are, and how many of them are what."""
    every = list(results)
    told = [(one, verdict, one.expected[verdict.property.name]) for one in every for verdict in one.verdicts]
    return {
        "verdicts": len(told),
        "as_expected": sum(verdict.answer is wanted for _, verdict, wanted in told),
        "differ": sum(len(one.surprises) for one in every),
        "cut": sum(len(one.cut) for one in every),
        "nothing_expected": sum(wanted is None for _, _, wanted in told),
        "unforeseen": sum(len(one.unforeseen) for one in every),
        "failures": sum(len(one.failures) for one in every),
    }


def as_data(results: Iterable[Results], lacking: Iterable[Gap] = ()) -> dict[str, Any]:
    """Return results as the data that ``--json`` writes; the same from run to run but for the seconds."""
    every = list(results)
    gone = [{"what": one.what, "name": one.name, "how": one.how, "reason": one.reason or None} for one in lacking]
    told = [_scenario_data(one) for one in every]
    return {"haboot": version("haboot"), "summary": counted(every), "scenarios": told, "gaps": gone}


def _scenario_data(one: Results) -> dict[str, Any]:
    counts, subject = one.counts, one.subject
    return {
        "name": subject.name,
        "summary": subject.summary,
        **subject.facts,
        "engine": counts.engine,
        "distinct": counts.distinct,
        "generated": counts.generated,
        "depth": counts.depth,
        "bounds_hit": list(counts.bounds_hit),
        "reductions": list(counts.reductions),
        "dead_actions": list(counts.dead),
        "seconds": round(one.seconds, 3),
        "properties": [_property_data(one, verdict) for verdict in one.verdicts],
    }


def _property_data(one: Results, verdict: Verdict) -> dict[str, Any]:
    claim = verdict.property
    wanted = one.expected[claim.name]
    return {
        "name": claim.name,
        "kind": str(claim.kind),
        "cites": list(claim.cites),
        "verdict": str(verdict.answer),
        "expected": wanted and str(wanted),
        "fails": one.fails(verdict),
        "trace_length": None if verdict.trace is None else len(verdict.trace),
        "note": verdict.note,
        "basis": list(verdict.basis),
        "simulation": verdict.simulation or None,
        "invariant": list(verdict.invariant) or None,
        "fairness": [f"{'strong' if fair.strong else 'weak'} {fair.name}" for fair in claim.fairness],
        "witness": claim.kind is Kind.SOMETIMES and verdict.answer is Answer.HOLDS,
    }
