"""The outcome of a check in a line, in numbers, and as data for ``--json``."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from haboot.checker import Answer, Kind, Verdict, amount
from haboot.cli.interrupts import SoFar
from haboot.ledger import Gap, Judged, tally
from rich.text import Text


def summary(results: list[Judged], lacking: tuple[Gap, ...], total: int, cut: SoFar) -> Text:
    """Return the outcome in a line: what differs, is cut or is as expected, and of what nothing was expected."""
    count = counted(results)
    every = amount(count["verdicts"], "verdict")
    scope = amount(len(results), "scenario")
    missing = sum(not one.reason for one in lacking)
    more = _silence(results) + (f"; {missing} not covered" if missing else "")
    if cut.status:
        told = f"INTERRUPTED: {amount(count['verdicts'] - count['cut'], 'verdict')} so far, {count['cut']} cut, "
        left = f"{count['differ']} differ from {_sources(results)}; {amount(total - len(results), 'scenario')} left"
        return Text(f"{told}{left}{_silence(results)}", "bold yellow")
    if count["differ"]:
        differ = "differs" if count["differ"] == 1 else "differ"
        told = f"{count['differ']} of {every} in {scope} {differ} from {_sources(results)}"
        return Text(f"{told}{more}", "bold red")
    if count["cut"]:
        why = "not answered by a reduced search" if _reduced(results) else "cut by a bound"
        told = f"INCOMPLETE: {count['cut']} of {every} in {scope} {'is' if count['cut'] == 1 else 'are'} {why}"
        return Text(f"{told}{more}", "bold red" if missing or any(one.failures for one in results) else "bold yellow")
    verdicts = [verdict for one in results for verdict in one.report.verdicts if one.expected[verdict.property.name]]
    which = f"{len(verdicts)} of " if len(verdicts) < count["verdicts"] else "all " if len(verdicts) > 1 else ""
    told = f"{which}{every} in {scope} as expected{f': {tally(verdicts)}' if verdicts else ''}"
    failed = missing or any(one.failures for one in results)
    style = "bold red" if failed else "bold yellow" if count["unforeseen"] else "bold green"
    return Text(f"{told}{', but' if missing else ''}{more.removeprefix(';') if missing else more}", style)


def _sources(results: Iterable[Judged]) -> str:
    """Who expected something else: the ledger, or files of scenarios; the ledger where nobody did."""
    return " and ".join(dict.fromkeys(one.source for one in results if one.surprises)) or "the ledger"


def _reduced(results: Iterable[Judged]) -> bool:
    return any(one.report.space.reductions for one in results)


def _silence(results: Iterable[Judged]) -> str:
    """What became of the properties of which nothing was expected."""
    every = list(results)
    silent = [
        verdict for one in every for verdict in one.report.verdicts if one.expected[verdict.property.name] is None
    ]
    failed = " (--strict)" if any(one.strict and one.unforeseen for one in every) else ""
    return f"; nothing was expected of {len(silent)}: {tally(silent)}{failed}" if silent else ""


def counted(results: Iterable[Judged]) -> dict[str, int]:
    """Return how many verdicts there are, and how many of them are what."""
    every = list(results)
    told = [(one, verdict, one.expected[verdict.property.name]) for one in every for verdict in one.report.verdicts]
    return {
        "verdicts": len(told),
        "as_expected": sum(verdict.answer is wanted for _, verdict, wanted in told),
        "differ": sum(len(one.surprises) for one in every),
        "cut": sum(len(one.cut) for one in every),
        "nothing_expected": sum(wanted is None for _, _, wanted in told),
        "unforeseen": sum(len(one.unforeseen) for one in every),
        "failures": sum(len(one.failures) for one in every),
    }


def as_data(results: Iterable[Judged], lacking: Iterable[Gap] = ()) -> dict[str, Any]:
    """Return results as the data that ``--json`` writes; the same from run to run but for the seconds."""
    every = list(results)
    gone = [{"what": one.what, "name": one.name, "how": one.how, "reason": one.reason or None} for one in lacking]
    told = [_scenario_data(one) for one in every]
    return {"haboot": version("haboot"), "summary": counted(every), "scenarios": told, "gaps": gone}


def _scenario_data(one: Judged) -> dict[str, Any]:
    space, scenario = one.report.space, one.scenario
    return {
        "name": scenario.name,
        "summary": scenario.summary,
        "variant": scenario.variant,
        "prefixes": scenario.prefixes,
        "mobile_nodes": scenario.mobile_nodes,
        "slots": scenario.slots,
        "assumptions": list(scenario.assumed),
        "engine": space.engine,
        "distinct": space.distinct,
        "generated": space.generated,
        "depth": space.depth,
        "bounds_hit": list(space.bounds_hit),
        "reductions": list(space.reductions),
        "dead_actions": list(one.report.dead_actions),
        "seconds": round(one.report.seconds, 3),
        "properties": [_property_data(one, verdict) for verdict in one.report.verdicts],
    }


def _property_data(one: Judged, verdict: Verdict) -> dict[str, Any]:
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
        "fairness": [f"{'strong' if fair.strong else 'weak'} {fair.name}" for fair in claim.fairness],
        "witness": claim.kind is Kind.SOMETIMES and verdict.answer is Answer.HOLDS,
    }
