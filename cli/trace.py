"""``haboot trace``: the counterexample of a finding, of any property in any scenario, or of a file, as a chart."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import click
from haboot import ledger
from haboot.checker import RUNS, Answer, Kind, Limits, Trace, Verdict, nearest
from haboot.checker.boundary import draws_unicode, page, require_extra
from haboot.cli.completion import names as offered
from haboot.cli.console import MOST, columns, echo, terminal
from haboot.cli.judging import whole
from haboot.cli.options import NAMES, chosen, scenario_options
from haboot.cli.output import STDOUT, TARGET, save, writable
from haboot.cli.progress import Meter
from haboot.cli.subjects import FORMS, one_subject, require_claims
from haboot.cli.tracefile import is_trace_file, read, slug, text, verdict_of
from haboot.cli.whole import Whole
from haboot.diagrams import text_chart
from haboot.ledger import (
    BY_NAME,
    SUITES,
    OfProtocol,
    Own,
    Subject,
    is_own,
)
from haboot.model import VARIANTS, Scenario, composition, named
from haboot.properties import CLAIMS
from haboot.studies import MEASURED, measured
from rich.console import Console
from rich.text import Text

FORMATS = ("text", "mermaid", "svg", "png", "dot", "json")


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown: a verdict on a scenario or a model, words before it and after."""

    subject: Subject
    verdict: Verdict
    before: tuple[Text, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class _Page:
    """Where a chart is printed: in so many columns, or without any where no line is wrapped."""

    console: Console
    width: int | None
    ascii_only: bool

    def put(self, *parts: Text) -> None:
        """Print parts below one another."""
        self.console.print(*parts, sep="\n", soft_wrap=self.width is None)

    def name(self, title: str) -> None:
        """Print a line that is full of names, none of which is folded."""
        self.console.print(Text(title, style="bold"), soft_wrap=True)

    def chart(self, run: Trace, breaks: str = "") -> Text:
        """Return a run as a chart."""
        return text_chart(run, self.width, breaks, ascii_only=self.ascii_only)


@click.command()
@click.argument(
    "name", metavar=f"FINDING|FILE.json|{FORMS}", shell_complete=offered("findings", "scenarios", files=True)
)
@click.argument("claim", metavar="[PROPERTY]", required=False, shell_complete=offered("properties"))
@scenario_options
@click.option(
    "-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="In what form."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file.")
@click.option(
    "--from",
    "run_file",
    type=click.Path(path_type=Path),
    metavar="FILE.json",
    help="A run of FILE.py that was saved, or that is ITF of another tool.",
)
@click.option(
    "--faults",
    type=NAMES,
    multiple=True,
    metavar="NAME,…",
    help="FILE.py under exactly these of its assumptions; '' for none.",
)
@click.option("--pytest", "as_test", is_flag=True, help="Write a test that takes the same steps on running machines.")
@click.option("--pcap", type=TARGET, metavar="FILE", help="Write the messages as packets: pcapng with comments.")
@click.option("--width", type=Whole(40, MOST), metavar="N", help="Columns to draw in; by default the terminal's.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters only.")
def trace(
    *,
    name: str,
    claim: str | None,
    form: str,
    output: Path | None,
    as_test: bool,
    width: int | None,
    ascii_only: bool,
    assume: tuple[tuple[str, ...], ...],
    **changes: Any,
) -> None:
    """Show the trace of a finding, of a property in a scenario, or of a file that was saved, step by step.

    A scenario may be named by variant and assumptions, as vhar+crash, and a property be a measure of haboot compare.
    --format json is ITF, which this command reads again, of FILE.py by --from; ITF of another tool needs a PROPERTY as
    well. --pytest writes a test file, by default into this folder. --pcap writes the messages as packets, which 'haboot
    conform' and Wireshark read.
    """
    run_file: Path | None = changes.pop("run_file")
    faults: tuple[tuple[str, ...], ...] = changes.pop("faults")
    pcap: Path | None = changes.pop("pcap")
    writable(output, pcap)
    if faults and (run_file is not None or not is_own(name)):
        raise click.UsageError("--faults says what is assumed of a model of your own (a scenario takes --assume)")
    if run_file is not None:
        shown = _of_model(name, claim, run_file, changes, assume)
    elif name not in _known() and not is_own(name) and is_trace_file(name):
        if claim or assume or any(value is not None for value in changes.values()):
            raise click.UsageError(f"'{name}' is a file: it names its scenario and property itself")
        shown = _from_file(Path(name))
    elif not is_own(name) and claim in {measure.claim for measure in MEASURED}:
        if as_test or pcap or form != "text" or output is not None:
            raise click.UsageError(f"'{claim}' is a measure, not a property: its run is shown as text only")
        console = terminal(width=width)
        page = _Page(console, width or columns(console), ascii_only or not draws_unicode(console))
        _show_measure(claim, _scenario(name, changes, assume), page)
        return
    else:
        shown = _found(name, claim, changes, assume, tuple(one for some in faults for one in some) if faults else None)
    if pcap is not None:
        _put(pcap, _capture(shown))
    elif as_test:
        target = output or Path(f"test_{slug(shown.subject.name, shown.verdict.property.name)}.py")
        _put(target, _as_test(shown, target.parent))
    elif form == "text":
        _put_text(output, shown, width, ascii_only=ascii_only)
    else:
        _put(output, _formatted(shown, form))


def _put_text(output: Path | None, shown: Shown, width: int | None, *, ascii_only: bool) -> None:
    console = terminal(width=width, file=StringIO() if output else None)
    _print(_Page(console, width or columns(console), ascii_only or not draws_unicode(console)), shown)
    if output is not None and isinstance(console.file, StringIO):
        _put(output, console.file.getvalue())


def _as_test(shown: Shown, folder: Path) -> str:
    claim, run, note = _run(shown)
    if isinstance(shown.subject, Own):
        return ledger.regression.as_test_of(shown.subject, claim, run, folder)
    return ledger.regression.as_test(ledger.recorded(shown.subject.scenario, claim, run, note))


def _capture(shown: Shown) -> bytes:
    """Return the run as packets."""
    subject = shown.subject
    if not isinstance(subject, OfProtocol):
        raise click.UsageError(f"'{subject.name}' is a model of your own: nothing says what its messages look like")
    require_extra("wire")
    from haboot.wire import pcapng, usual  # noqa: PLC0415 - loads scapy, which other forms do not need

    claim, run, _ = _run(shown)
    scenario = subject.of_run(run).scenario
    plan = usual(scenario, shared=VARIANTS[scenario.variant].shares_address)
    return pcapng(run, composition(scenario), plan, f"{claim} in {subject.name}")


def _of_model(
    name: str, claim: str | None, path: Path, changes: dict[str, Any], assume: tuple[tuple[str, ...], ...]
) -> Shown:
    model = one_subject(name, "full", changes, assume, every=True) if is_own(name) else None
    if not isinstance(model, Own):
        raise click.UsageError(f"--from is for a model of your own, and '{name}' is none: 'haboot trace {path}'")
    with model.blamed():
        verdict = read(path, lambda data: ledger.verdict_from(data, model, claim))
    return Shown(model, verdict, after=_untold(verdict.property.kind))


def _from_file(path: Path) -> Shown:
    saved = read(path, ledger.from_data)
    kind = next(one.kind for one in CLAIMS if one.name == saved.claim)
    return Shown(OfProtocol(saved.scenario), verdict_of(saved), after=_untold(kind))


def _untold(kind: Kind) -> str:
    """What a run in a file does not tell of the property that it breaks."""
    untold = {Kind.RECOVERABLE: "That no way leads on", **dict.fromkeys(RUNS, "That the loop is fair")}
    return f"{untold[kind]} was found when the file was written." if kind in untold else ""


def _known() -> list[str]:
    return [*BY_NAME, *(one.name for one in SUITES["full"])]


def _scenario(name: str, changes: dict[str, Any], assume: tuple[tuple[str, ...], ...]) -> Scenario:
    known = _known()
    if name not in known and name.endswith(".toml"):
        drawn = f"'haboot check -v {name}' prints the command that draws each violation"
        raise click.UsageError(f"'{name}' is no trace but a file of scenarios: {drawn}")
    if name not in known and named(name) is None:
        raise click.UsageError(f"unknown finding or scenario '{name}'{nearest(name, known)} (see 'haboot findings')")
    return chosen((name,), "full", changes, assume)[0]


def _subject(name: str, changes: dict[str, Any], assume: tuple[tuple[str, ...], ...]) -> Subject:
    if is_own(name):
        return one_subject(name, "full", changes, assume, every=True)
    return OfProtocol(_scenario(name, changes, assume))


def _found(
    name: str,
    claim: str | None,
    changes: dict[str, Any],
    assume: tuple[tuple[str, ...], ...],
    faults: tuple[str, ...] | None,
) -> Shown:
    subject, finding = _subject(name, changes, assume), BY_NAME.get(name)
    if faults is not None and isinstance(subject, Own):
        with subject.blamed():
            subject = subject.under(faults)
    require_claims((), (subject,))
    report = whole(subject, Limits(), Meter()).report
    wanted = claim or (finding.claim if finding else None)
    if wanted is None:
        traced = [verdict.property.name for verdict in report.verdicts if verdict.trace is not None]
        which = f"one of {', '.join(traced)}" if traced else "though none has a trace"
        raise click.UsageError(f"'{name}' is a {subject.noun}: name a property as well, {which}")
    names = [verdict.property.name for verdict in report.verdicts]
    if wanted not in names:
        raise click.UsageError(f"unknown property '{wanted}' in '{subject.name}'{nearest(wanted, names)}")
    verdict = report[wanted]
    before = (Text(finding.what), Text(f"At fault: {finding.fault}", style="dim"), Text()) if finding else ()
    loops = verdict.trace is not None and verdict.trace.loop is not None
    subject = subject if verdict.trace is None else subject.of_run(verdict.trace)
    return Shown(subject, verdict, before, missing(verdict) if loops else "")


def _show_measure(claim: str, scenario: Scenario, page: _Page) -> None:
    """Draw the run behind a figure of ``haboot compare``."""
    figure, run = measured(claim, scenario)
    page.name(f"{claim}: {figure} in {scenario.name}")
    if run is not None:
        page.put(Text(), page.chart(run))


def _print(page: _Page, shown: Shown) -> None:
    verdict = shown.verdict
    claim, assumed = verdict.property.name, shown.subject.assumed
    if shown.before:
        page.put(*shown.before)
    assuming = "" if assumed is None else f"; assumptions: {', '.join(assumed) or 'none'}"
    page.name(f"{claim}: {verdict.answer} in {shown.subject.name}{assuming}")
    if verdict.trace is None:
        page.put(Text(verdict.note or "there is no trace: no counterexample exists"))
        return
    page.put(Text(), page.chart(verdict.trace, "" if verdict.answer is Answer.HOLDS else claim))
    if shown.after:
        page.put(Text(), Text(shown.after))


def _run(shown: Shown) -> tuple[str, Trace, str]:
    """What is kept of a run: the property, the trace, and what is said of it."""
    verdict = shown.verdict
    if verdict.trace is None:
        raise click.UsageError(f"'{verdict.property.name}' has no trace in '{shown.subject.name}': {verdict.answer}")
    return verdict.property.name, verdict.trace, verdict.note


def _formatted(shown: Shown, form: str) -> str | bytes:
    run = _run(shown)
    if form == "json":
        return text(shown.subject.record(*run))
    from haboot.cli.drawings import trace_drawing  # noqa: PLC0415 - loads what draws, which other forms do not need

    return trace_drawing(shown.subject.name, shown.verdict).formats[form]()


def _put(path: Path | None, content: str | bytes) -> None:
    """Write to a file and name it, or to standard output."""
    if path is None:
        click.echo(page(content) if isinstance(content, str) else content, nl=False)
    else:
        save(path, content)
        if path != STDOUT:
            echo(str(path))


def missing(verdict: Verdict) -> str:
    """The line that says which promise of fairness would be needed to leave the loop."""
    if not verdict.neglected:
        return "The loop is fair, and no step that is promised no fairness could end it."
    return (
        f"The loop is fair; it could end only by a step that is promised no fairness: {', '.join(verdict.neglected)}."
    )
