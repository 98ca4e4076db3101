"""What ``haboot faults`` found, as lines to read and as data: sets, intervals, importance and probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from shlex import quote
from typing import Any

from haboot.checker import amount
from haboot.ledger import Own, Subject
from haboot.model import name_of
from haboot.studies import FaultSet, FaultSets, Interval, importance, probability, weighed
from rich.console import Console
from rich.text import Text


def as_data(subject: Subject, found: FaultSets, chances: Mapping[str, float], order: int) -> dict[str, Any]:
    """Return what was found as the data that ``--json`` writes."""
    return {
        "haboot": version("haboot"),
        subject.noun: subject.name,
        "order": order,
        "complete_to": found.order,
        "cut": found.cut,
        "states": found.states,
        "faults": list(found.names),
        "not_monotone": list(found.left_out),
        "bounded": [sorted(one) for one in found.bounded],
        "too_large": [sorted(one) for one in found.large],
        "reached": {name: [list(one.faults) for one in some] for name, some in found.reached.items()},
        "intervals": {name: [asdict(one) for one in some] for name, some in found.intervals.found.items()},
        "open": {name: [sorted(one) for one in some] for name, some in found.intervals.open.items()},
        "properties": {name: _property_data(some, chances) for name, some in found.sets.items()},
    }


def _property_data(some: Sequence[FaultSet], chances: Mapping[str, float]) -> dict[str, Any]:
    sets = [one.faults for one in some]
    known = _is_weighed(sets, chances)
    rows = weighed(sets, chances) if known else importance(sets)
    return {
        "sets": [{"faults": list(one.faults), "length": one.length, "step": one.step} for one in some],
        "importance": [{key: value for key, value in asdict(one).items() if value is not None} for one in rows],
        **({"probability": probability(sets, chances)} if known else {}),
    }


def _is_weighed(sets: Sequence[Sequence[str]], chances: Mapping[str, float]) -> bool:
    """Whether all faults in some sets have a probability."""
    return bool(chances) and all(name in chances for one in sets for name in one)


def tell(subject: Subject, found: FaultSets, chances: Mapping[str, float], order: int, console: Console) -> None:
    """Print the sets of each property, what is told in intervals, and what the search leaves open."""
    lines = [Text.assemble((subject.name, "bold"), f": sets of up to {amount(order, 'fault')} of {len(found.names)}")]
    for name, some in found.sets.items():
        lines += [Text(), *_of_property(name, some, chances)]
    for name, these in found.intervals.found.items():
        lines += [Text(), *_in_intervals(name, these)]
    never = "nothing need fail"
    for name, some in found.reached.items():
        ways = "; ".join(", ".join(one.faults) or never for one in some)
        lines += [Text(), Text(f"{name} (sometimes) takes: {ways}")] if any(one.faults for one in some) else []
    if found.sets and (first := next((one for some in found.sets.values() for one in some), None)):
        claim = next(name for name, some in found.sets.items() if first in some)
        lines += [Text(), Text(f"See a trace with: {_drawn_by(subject, first.faults, claim)}", style="dim")]
    count = sum(map(len, found.sets.values()))
    told = f"{amount(count, 'minimal set')} of {amount(len(found.sets), 'property')}; {found.states:,} states"
    lines += [Text(), *([Text(told)] if found.states else [])]
    if found.left_out:
        told = f"not monotone, so without minimal sets (name one to explore each set): {', '.join(found.left_out)}"
        lines.append(Text(told, style="dim"))
    for name, sets in found.intervals.open.items():
        lines += [
            Text(f"INCOMPLETE: {name} under {', '.join(sorted(one)) or 'nothing'}: a bound cut runs", style="yellow")
            for one in sets
        ]
    for one in found.bounded:
        why = "too many states to explore" if one in found.large else "a bound cut runs"
        lines.append(Text(f"INCOMPLETE under {', '.join(sorted(one)) or 'nothing'}: {why}", style="yellow"))
    if found.order < order:
        whole = f"complete to order {found.order}" if found.order >= 0 else "not even order 0 is complete"
        lines.append(Text(f"INCOMPLETE: {whole}; cut by {found.cut}", style="bold yellow"))
    else:
        lines.append(Text(f"complete to order {order}"))
    console.print(*lines, sep="\n", soft_wrap=True)


def _in_intervals(name: str, some: Sequence[Interval]) -> list[Text]:
    """Return under which faults a property breaks that more faults may mend, and under which it does not."""
    lines = [Text(f"{name}: {amount(len(some), 'interval')}", style="bold")]
    for one in some:
        mended = f"; not with {' or '.join(' and '.join(more) for more in one.unless)}" if one.unless else ""
        told = f"    {one.length:>3}  breaks under {', '.join(one.faults) or 'nothing'} and more{mended}"
        lines.append(Text(told))
    return lines


def _of_property(name: str, some: Sequence[FaultSet], chances: Mapping[str, float]) -> list[Text]:
    sets = [one.faults for one in some]
    lines = [Text(f"{name}: {amount(len(some), 'minimal set')}", style="bold")]
    ways: dict[str, list[FaultSet]] = {}
    for one in some:
        ways.setdefault(one.step, []).append(one)
    for step, here in ways.items():
        lines.append(Text(f"  breaks when {step}", style="dim"))
        lines += [Text(f"    {one.length:>3}  {', '.join(one.faults) or 'nothing need fail'}") for one in here]
    known = _is_weighed(sets, chances)
    if known:
        lines.append(Text(f"  probability {probability(sets, chances):.3g}"))
        for row in weighed(sets, chances):
            measures = f"Birnbaum {row.birnbaum:.3g}, Fussell-Vesely {row.fussell_vesely:.3g}"
            lines.append(Text(f"    {row.fault}: in {row.sets} of {len(sets)}; {measures}", style="dim"))
    elif len(sets) > 1:
        told = ", ".join(f"{row.fault} in {row.sets}" for row in importance(sets)[:8])
        lines.append(Text(f"  importance: {told}", style="dim"))
    if chances and not known:
        lacking = sorted({name for one in sets for name in one} - chances.keys())
        lines.append(Text(f"  no probability, since none is given of {', '.join(lacking)}", style="yellow"))
    return lines


def _drawn_by(subject: Subject, faults: Sequence[str], claim: str) -> str:
    if isinstance(subject, Own):
        return f"haboot trace {subject.asked_as} {quote(claim)} --faults {quote(','.join(faults))}"
    scenario = subject.scenario
    made = replace(scenario, assumptions=scenario.assumptions | set(faults))
    return f"haboot trace {name_of(made)} {claim}"
