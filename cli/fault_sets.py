"""``haboot faults``: which combinations of faults break what, all of the minimal ones, and how likely that is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
from haboot.checker import Kind, Limits, ModelError, amount, nearest
from haboot.checker.boundary import plain, told
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.faults_told import as_data, tell
from haboot.cli.interrupts import gently, require_quiet
from haboot.cli.options import ASSUMPTION, NAMES, Nodes, json_option
from haboot.cli.output import TARGET, is_printed, save, writable
from haboot.cli.progress import Meter
from haboot.cli.subjects import FORMS, one_subject, require_claims
from haboot.ledger import Own, Subject, toml_file
from haboot.model import MOST_NODES
from haboot.studies import (
    MONOTONE,
    FaultSets,
    Faulty,
    faulty_model,
    faulty_scenario,
    importance,
    minimal_fault_sets,
)

CUT = 3  # exit status
FORMS_OF_TREE = (".svg", ".png", ".dot")
FLOWS = {"same": "same-prefix", "different": "new-prefix"}  # short names of the two flows


CHANCE = "a number from 0 to 1"


class Chance(click.ParamType[tuple[str, float]]):
    """A fault with its probability: ``loss=1e-3``."""

    name = "fault=p"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """Return the fault and its probability; fail for what is none."""
        fault, _, chance = str(value).rpartition("=")
        try:
            number = float(chance)
        except ValueError:
            number = -1.0
        if not fault or not 0 <= number <= 1:
            self.fail(f"'{value}' gives no probability: loss=0.001, {CHANCE}", param, ctx)
        return fault, number


@click.command()
@click.argument(
    "name", metavar=f"{FORMS}|same|different", default="same", shell_complete=offered("scenarios", files=True)
)
@click.argument("claims", nargs=-1, metavar="[PROPERTY]...", shell_complete=offered("properties"))
@click.option(
    "--order", type=click.IntRange(0, 8), default=2, show_default=True, metavar="K", help="Most faults in a set."
)
@click.option(
    "--among",
    type=NAMES,
    multiple=True,
    metavar="NAME,…",
    help="Only these faults; by default all that there are.",
)
@click.option(
    "--probability",
    "chances",
    type=Chance(),
    multiple=True,
    metavar="FAULT=P",
    help="How likely a fault is; may be repeated.",
)
@click.option(
    "--probabilities",
    "chances_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.toml",
    help="A file that gives each its own: loss = 0.001.",
)
@click.option("--mobile-nodes", type=Nodes(1, MOST_NODES), metavar="N", help="How many there are.")
@click.option("--max-states", type=click.IntRange(min=1), metavar="N", help="Stop beyond so many states.")
@click.option(
    "--tree", type=click.Path(path_type=Path, dir_okay=False), help="Draw the fault tree here: .svg, .png or .dot."
)
@click.option("--open-psa", "psa", type=TARGET, metavar="FILE", help="Write the fault trees in Open-PSA; - to print.")
@json_option
def faults(
    *,
    name: str,
    claims: tuple[str, ...],
    order: int,
    among: tuple[tuple[str, ...], ...],
    chances: tuple[tuple[str, float], ...],
    mobile_nodes: Mapping[str, Any] | None,
    max_states: int | None,
    **targets: Path | None,
) -> int:
    """Tell which combinations of faults break a property: all minimal sets, each with its shortest trace's length.

    The assumptions that a scenario makes are taken for granted, and all others are faults. A model of your own says by
    assumes=… what needs which fault. A property that more faults may mend, such as no-deadlock, is told where it is
    named: each set is explored by itself. Exit status: 0, or 3 where a bound cut the search below the order asked.
    """
    tree, psa, json_file, chances_file = (targets[one] for one in ("tree", "psa", "json_file", "chances_file"))
    writable(tree, psa, json_file)
    subject = one_subject(FLOWS.get(name, name), "full", {"mobile_nodes": mobile_nodes}, ())
    require_claims(claims, (subject,))
    if tree is not None:
        _require_drawn(tree, subject, claims)
    whole = faulty(subject, among)
    given = {**_chances_in(chances_file, whole), **_once(chances)}
    for one in given:
        if one not in whole.names:
            raise click.UsageError(f"'{one}' has a probability, but is no fault here{nearest(one, whole.names)}")
    meter = Meter()
    meter.begin(subject.name)
    try:
        with subject.blamed(), gently() as stopped:
            limits = Limits(max_states=max_states, stopped=stopped)
            told = partial(_traced, meter)
            found = minimal_fault_sets(whole, order, claims, limits, meter, told)
        require_quiet()
    finally:
        meter.end()
    _write(subject, found, given, order, (tree, psa, json_file))
    tell(subject, found, given, order, terminal(stderr=is_printed(psa, json_file), highlight=False))
    return CUT if found.order < order else 0


def _traced(meter: Meter, number: int, of: int) -> None:
    meter.tell(f"trace {number} of {of}")


def faulty(subject: Subject, among: tuple[tuple[str, ...], ...] = ()) -> Faulty:
    """Return what of a scenario or a model may fail: all that there is, or some; raise for what it does not know."""
    chosen = tuple(one for some in among for one in some)
    if among and not chosen:
        raise click.UsageError("--among names no fault; leave it out for all that there are")
    if isinstance(subject, Own):
        return faulty_model(subject.model, chosen)
    return faulty_scenario(subject.scenario, ASSUMPTION.convert(",".join(chosen), None, click.get_current_context()))


def fault_sets_of(subject: Subject, order: int, meter: Meter) -> FaultSets | None:
    """Return the sets of up to so many faults that break a subject's properties, None where nothing may fail."""
    whole = faulty(subject)
    if not whole.names:
        return None
    meter.begin(subject.name)
    try:
        with subject.blamed():
            return minimal_fault_sets(whole, order, (), Limits(), meter, partial(_traced, meter))
    finally:
        meter.end()


def _require_drawn(tree: Path, subject: Subject, claims: Sequence[str]) -> None:
    """Raise UsageError, before anything is searched, for a form that is not drawn, and unless one property is asked."""
    if tree.suffix not in FORMS_OF_TREE:
        raise click.UsageError(f"--tree cannot draw into '{tree}': its name has to end in {', '.join(FORMS_OF_TREE)}")
    kinds = MONOTONE - {Kind.SOMETIMES}
    asked = [one.name for one in subject.catalogue if one.kind in kinds and (not claims or one.name in claims)]
    if len(asked) != 1:
        few = f"{', '.join(asked[:3])}{', …' if asked[3:] else ''}" or "none that breaks under minimal sets is asked"
        raise click.UsageError(f"--tree draws one property of states or steps: name one ({few})")


def _once(chances: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Return probabilities by fault; raise UsageError for a fault that has two."""
    known = dict[str, float]()
    for fault, chance in chances:
        if known.setdefault(fault, chance) != chance:
            raise click.UsageError(f"'{fault}' has two probabilities, {known[fault]:g} and {chance:g}; give it one")
    return known


def _chances_in(path: Path | None, whole: Faulty) -> dict[str, float]:
    """Return the probabilities that a file gives; raise ModelError, in one line, for what is none, or of no fault."""
    if path is None:
        return {}
    file = toml_file(path, "file of probabilities")
    for name, chance in file.data.items():
        if name not in whole.names:
            raise ModelError(f"{file.at([name])}: '{plain(name)}' is no fault here{nearest(name, whole.names)}")
        if isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 <= chance <= 1:
            raise ModelError(f"{file.at([name])}: '{name}' has {told(chance)} for a probability, not {CHANCE}")
    return {name: float(chance) for name, chance in file.data.items()}


def _write(
    subject: Subject,
    found: FaultSets,
    chances: Mapping[str, float],
    order: int,
    targets: tuple[Path | None, Path | None, Path | None],
) -> None:
    tree, psa, json_file = targets
    every = {name: [one.faults for one in some] for name, some in found.sets.items()}
    if tree is not None:
        from haboot.diagrams import fault_tree_dot, render  # noqa: PLC0415 - loads what draws

        if not every:
            raise click.UsageError(f"nothing breaks up to order {order}, so there is no tree to draw")
        ((top, sets),) = every.items()
        shares = {one.fault: f"in {one.sets} of {amount(len(sets), 'set')}" for one in importance(sets)}
        drawn = fault_tree_dot(f"{top} breaks", sets, shares)
        forms: dict[str, Callable[[str], str | bytes]] = {".svg": render.svg, ".png": render.png}
        save(tree, forms[tree.suffix](drawn) if tree.suffix in forms else drawn)
    if psa is not None:
        from haboot.diagrams import open_psa  # noqa: PLC0415 - as above

        save(psa, open_psa(subject.name, every, chances))
    if json_file is not None:
        save(json_file, json.dumps(as_data(subject, found, chances, order), indent=2) + "\n")
