"""``haboot export``: a scenario or a model in the language of another checker, with what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from haboot.checker import RUNS, Limits, ModelError, state_graph
from haboot.cli.completion import names as offered
from haboot.cli.options import scenario_options
from haboot.cli.output import STDOUT, TARGET, save, writable
from haboot.cli.progress import Meter
from haboot.cli.subjects import FORMS, one_subject, require_claims
from haboot.exports import Compiled, Decided, as_aut, as_dve, as_liveness, as_murphi, as_processes, as_promela, as_tla
from haboot.ledger import Subject

LANGUAGES = ("promela", "processes", "murphi", "tla", "dve", "aut")


@click.command()
@click.argument("language", type=click.Choice(LANGUAGES), metavar="LANGUAGE")
@click.argument("name", metavar=FORMS, shell_complete=offered("scenarios", files=True))
@click.argument("properties", nargs=-1, metavar="[PROPERTY]...", shell_complete=offered("properties"))
@scenario_options
@click.option("-o", "--output", type=TARGET, default=STDOUT, metavar="FILE", help="Where to; - is standard output.")
def export(
    *,
    language: str,
    name: str,
    properties: tuple[str, ...],
    output: Path,
    assume: tuple[tuple[str, ...], ...],
    **changes: Any,
) -> None:
    """Write a scenario or a model for another checker.

    \b
    promela    for SPIN, from the compiled tables
    processes  for SPIN, from the participants: a second reading
    murphi     for Rumur and its like
    tla        for TLC, with fairness
    dve        for DiVinE, LTSmin and ITS-tools
    aut        for mCRL2 and CADP: the state space itself

    What single states, steps and deadlocks say of the properties comes along, of all where none is named. One
    property of runs, named alone, makes a Promela model with the negated formula and a process for each promise,
    for a search under weak fairness.
    """  # noqa: D301 - click takes \b for a paragraph that it does not wrap
    writable(output)
    subject = one_subject(name, "full", changes, assume)
    if properties:
        require_claims(properties, (subject,))
    save(output, written(language, subject, properties))


def written(language: str, subject: Subject, names: Iterable[str]) -> str:
    """Return a subject in a language; raise ModelError for what cannot be said in it."""
    meter, wanted = Meter(), set(names)
    meter.begin(subject.name)
    try:
        with subject.blamed():
            found = subject.explored(Limits(), meter, "auto", ())
    finally:
        meter.end()
    claims = tuple(one for one in found.properties.values() if not wanted or one.name in wanted)
    if lacking := sorted(wanted - {one.name for one in claims}):
        raise ModelError(f"'{lacking[0]}' has nothing to say of '{subject.name}'")
    if language == "aut":
        return as_aut(state_graph(found.space, found.space.distinct))
    decided = Decided(Compiled(found.space.system), claims)
    if language == "processes":
        composition = subject.composition()
        if composition is None:
            raise ModelError(f"'{subject.name}' is none of machines, so it has no processes; export promela")
        return as_processes(decided, composition)
    if language == "promela":
        return _promela(decided, named=bool(wanted))
    return {"murphi": as_murphi, "tla": as_tla, "dve": as_dve}[language](decided)


def _promela(decided: Decided, *, named: bool) -> str:
    """Return a Promela model; of a property of runs that is named alone, with what it says of them."""
    runs = [one for one in decided.claims if one.kind in RUNS]
    if not named or not runs:
        return as_promela(decided)
    if len(decided.claims) > 1:
        raise ModelError(f"'{runs[0].name}' is about runs, and makes a Promela model of its own: name it alone")
    models = list(as_liveness(decided, runs[0]))
    if len(models) != 1:
        raise ModelError(f"'{runs[0].name}' has {len(models)} clauses that say something, and a model has one formula")
    return models[0]
