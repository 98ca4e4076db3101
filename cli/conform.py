"""``haboot conform``: is what was captured, or what passes an interface, a run of the model?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from haboot.checker import Property, System, amount, nearest
from haboot.checker.boundary import require_extra
from haboot.cli.completion import names as offered
from haboot.cli.console import terminal
from haboot.cli.listing import json_option
from haboot.cli.live import Limits, follow
from haboot.cli.options import chosen, scenario_options, several
from haboot.cli.output import is_printed, save, writable
from haboot.cli.progress import Meter
from haboot.cli.whole import Whole
from haboot.ledger import toml_file
from haboot.model import DRAFT, Scenario
from haboot.properties import CLAIMS, REQUIREMENTS, properties
from haboot.wire import PLACES
from rich.text import Text

if TYPE_CHECKING:
    from haboot.wire import Allowed, Endings, Judge, Judgement, Keys, Plan, Sighting

STATUS = {"CONFORMS": 0, "DEVIATES": 1, "INCOMPLETE": 3}
STYLE = {"CONFORMS": "bold green", "DEVIATES": "bold red", "INCOMPLETE": "bold yellow"}
SHOWN = 5  # messages that the model would have sent


@click.command()
@click.argument("given_first", metavar="[CAPTURE]", required=False, type=click.Path())
@click.argument("name", metavar="[SCENARIO]", required=False, shell_complete=offered("findings", "scenarios"))
@click.option("-i", "--interface", "interfaces", multiple=True, metavar="IFACE", help="Follow it; may be repeated.")
@click.option("--for", "seconds", type=Whole(1), metavar="SECONDS", help="Follow it for so long.")
@click.option("--packets", type=Whole(1), metavar="N", help="Follow it for so many that may be messages.")
@scenario_options
@click.option("--roles", type=click.Path(path_type=Path), metavar="FILE.toml", help="Say whose each address is.")
@click.option("--keys", multiple=True, metavar="FILE", help="Decrypt by tshark: its esp_sa, ikev2_decryption_table.")
@click.option("--most", type=Whole(0, 4), default=1, show_default=True, metavar="K", help="Assume up to so many.")
@click.option(
    "--gaps", type=Whole(0, 9), default=0, show_default=True, metavar="N", help="Packets missed, or in excess."
)
@click.option(
    "--until", metavar="PROPERTY", shell_complete=offered("properties"), help="Ask whether it can go on to break it."
)
@click.option("--max-states", type=Whole(1), default=PLACES, show_default=True, metavar="N", help="Visit so many.")
@click.option("-v", "--verbose", is_flag=True, help="Show the run, step by step.")
@json_option
def conform(*, given_first: str | None, name: str | None, json_file: Path | None, **given: Any) -> int:
    """Judge a capture (pcap, pcapng), or with -i what passes an interface: is it a run of the model?

    \b
    CONFORMS    a run sends these packets; the fewest assumptions are named
    DEVIATES    none does: how far one does, and what it would have sent
    INCOMPLETE  what was not captured might change the answer

    Without SCENARIO one is made of what the capture shows, for --variant, and up to --most of its assumptions may be
    made. With SCENARIO, or with options that make one, its assumptions may be made and no others. Who is who is given
    by --roles or guessed, and shown. The tap sees a message when it is sent; what happens at hosts, and what becomes
    of a message behind the tap, it does not see.

    An interface is followed until a packet deviates, which is told at once, or until --for, --packets or an interrupt
    ends it with the verdict so far.

    Exit status: 0 conforms, 1 deviates, 2 wrong usage, 3 incomplete, 4 internal error.
    """  # noqa: D301 - click takes \b for a paragraph that it does not wrap
    require_extra("wire")
    from haboot.wire import Judge, Question  # noqa: PLC0415 - loads scapy, which no other command needs

    writable(json_file)
    limits = Limits(given.pop("seconds"), given.pop("packets"))
    taps, name, capture = _source(given.pop("interfaces"), given_first, name, limits)
    roles, verbose = given.pop("roles"), given.pop("verbose")
    keys, until = _keys(given.pop("keys")), _claimed(given.pop("until"))
    most, gaps, places = (given.pop(option) for option in ("most", "gaps", "max_states"))
    scenario = _scenario(name, given)
    question = Question(scenario, given["variant"] or DRAFT, _plan(roles), most, gaps, places)
    meter = Meter()
    judge = Judge(question, lambda fit, visited: _tell(meter, fit, len(judge.every), visited))
    try:
        damage = follow(taps, judge, limits, meter, keys) if capture is None else _read(capture, judge, meter, keys)
        meter.begin(", ".join(taps) or str(capture))
        made = judge.judgement(damage)
        ends = judge.endings(_stated(until)) if until and made.packet is None else None
    finally:
        meter.end()
    where = f"in {capture}" if taps == () else f"on {', '.join(taps)}"
    if json_file is not None:
        save(json_file, json.dumps(_data(capture, taps, made, ends), indent=2) + "\n")
    if not is_printed(json_file):
        lines = (*_lines(where, made, verbose=verbose), *_endings(until, ends, verbose=verbose))
        terminal().print(*lines, sep="\n", soft_wrap=True)
    return STATUS[made.answer]


def _claimed(name: str | None) -> str:
    """Return the name of a property that is stated of scenarios; raises UsageError for any other."""
    known = [one.name for one in CLAIMS]
    if name is not None and name not in known:
        raise click.UsageError(f"there is no property '{name}'{nearest(name, known)} (haboot properties lists them)")
    return name or ""


def _stated(name: str) -> Callable[[Scenario, System], Property | None]:
    """What gives the property of that name in a scenario."""
    return lambda scenario, made: next((one for one in properties(scenario, made) if one.name == name), None)


def _source(
    taps: tuple[str, ...], first: str | None, second: str | None, limits: Limits
) -> tuple[tuple[str, ...], str | None, Path | None]:
    """Return the interfaces, the scenario and the capture that were given; raises UsageError for what does not fit."""
    if taps:
        if second is not None:
            raise click.UsageError(f"with -i there is no capture: '{first}' and '{second}' are one scenario too many")
        return taps, first, None
    if first is None:
        raise click.UsageError("there is nothing to judge: a CAPTURE in pcap or pcapng is due, or -i IFACE to follow")
    if limits != Limits():
        raise click.UsageError("--for and --packets end what -i follows, and a capture ends by itself")
    path: Path = click.Path(path_type=Path, exists=True, dir_okay=False).convert(first, None, None)
    return (), second, path


def _tell(meter: Meter, fit: int, packets: int, visited: int) -> None:
    meter.tell(f"{fit} of up to {packets} messages fit, {visited:,} states visited")


def _scenario(name: str | None, given: dict[str, Any]) -> Scenario | None:
    """Return the scenario that is named or made by options, None where it is to be found in the capture."""
    assume = given.pop("assume")
    changes = {option: value for option, value in given.items() if value is not None}
    if name is None and not assume and changes.keys() <= {"variant"}:
        return None
    found, *more = chosen((name,) if name else (), "full", changes, assume)
    if more:
        raise several(name, 1 + len(more))
    if found.any_number:
        raise click.UsageError("a capture is of some number of mobile nodes: give that number, not any")
    return found


def _plan(path: Path | None) -> Plan | None:
    from haboot.wire import plan_of  # noqa: PLC0415 - as above

    return None if path is None else plan_of(toml_file(path, "plan of addresses").data)


def _keys(given: tuple[str, ...]) -> Keys:
    from haboot.wire import keys_of  # noqa: PLC0415 - as above

    return keys_of(given)


def _read(path: Path, judge: Judge, meter: Meter, keys: Keys) -> str:
    """Have the packets of a capture judged that may be of the protocol; return where it breaks off."""
    from haboot.wire import Capture, opened  # noqa: PLC0415 - as above

    capture = Capture(path)
    meter.begin(str(path))
    raws = capture.read(lambda octets, packets: meter.tell(f"{octets / 2**20:,.0f} MiB, {packets:,} packets read"))
    for one in opened(raws, keys):
        judge.take(one)
        if judge.is_full:
            break
    return capture.damage


def _lines(where: str, made: Judgement, *, verbose: bool) -> Iterator[Text]:
    yield Text.assemble((made.answer, STYLE[made.answer]), f": {_summary(where, made)}")
    if made.assumed and made.assumed[0]:
        yield Text(f"  it needs {' or '.join(' with '.join(sorted(some)) for some in made.assumed)}")
    yield from (Text(f"  not known: {one}") for one in (*made.missing, *made.bounds))
    roles = ", ".join(f"{who} {ip}" for who, ip in made.roles)
    yield Text(f"  who is who ({made.plan_from}): {roles}", style="dim")
    if made.passed:
        others = ", ".join(f"{count} {kind}" for kind, count in made.passed.items())
        yield Text(f"  passed over: {others}", style="dim")
    yield Text(f"  taken for not captured: what passes between {', '.join(made.untapped)}", style="dim")
    if made.packet is not None:
        yield from _deviation(made, made.packet)
    elif verbose:
        yield from _run(made)


def _endings(name: str, ends: Endings | None, *, verbose: bool) -> Iterator[Text]:
    """Yield under which assumptions a captured run can go on to break a property."""
    if ends is None:
        return
    if not ends.stated:
        yield Text(f"  '{name}' says nothing here: no scenario asked about has a property of that name")
    elif not ends.found and ends.bounds:
        yield Text(f"  whether it can go on to break '{name}' is not known: {', '.join(ends.bounds)}")
    elif not ends.found:
        yield Text(f"  under up to {amount(ends.most, 'assumption')} it cannot go on to break '{name}'")
    else:
        sets = " or ".join(" with ".join(sorted(one.assumed)) or "nothing" for one in ends.found)
        yield Text(f"  it can go on to break '{name}', assuming {sets}")
        steps = enumerate(ends.found[0].trace if verbose else (), start=1)
        yield from (Text(f"  {number:>3}  {step.action}") for number, step in steps)


def _summary(where: str, made: Judgement) -> str:
    count = amount(len(made.sightings), "message")
    if made.packet is None:
        return f"the {count} {where} are those of a run of {made.scenario.name}"
    part, packet = f"the first {made.explained} of {count} {where}", made.packet.heard.number
    return f"{part} are those of a run of {_within(made)}, and packet {packet} is not"


def _within(made: Judgement) -> str:
    if made.scenario.assumptions or not made.most:
        return made.scenario.name
    return f"{made.scenario.name}, under up to {amount(made.most, 'assumption')}"


def _broken(cites: Sequence[str]) -> Iterator[Text]:
    rows = {row.id: row for row in REQUIREMENTS}
    told = [one + (f", section {rows[one].section}: {rows[one].paraphrase}" if one in rows else "") for one in cites]
    if len(told) == 1:
        yield Text(f"  against {told[0]}")
    elif told:
        yield Text("  against one or more of these:")
        yield from (Text(f"    {one}") for one in told)


def _deviation(made: Judgement, packet: Sighting) -> Iterator[Text]:
    yield Text(f"  packet {packet.heard.number}: {packet}", style="bold")
    yield from (Text(f"    note: {one}", style="dim") for one in packet.heard.comments)
    if not made.allowed:
        yield Text("  the model would have sent nothing more")
    for number, one in enumerate(made.allowed[:SHOWN]):
        what = "  the model would have sent" if not number else "    or"
        yield Text(f"{what} {_told(one)}")
    if len(made.allowed) > SHOWN:
        yield Text(f"    or one of {len(made.allowed) - SHOWN} others")
    yield from (Text(f"  {one}") for one in made.reasons[:SHOWN])
    yield from _broken(made.cites)
    yield from (Text(f"  explained by {one}") for one in made.explanations[:SHOWN])
    if made.most and not made.scenario.assumptions:
        yield Text(f"  under more assumptions it may be one: --most {made.most + 1} looks further", style="dim")


def _told(one: Allowed) -> str:
    sent = one.emission
    under = f", assuming {', '.join(sorted(one.assumed))}" if one.assumed else ""
    return f"{sent.message} {sent.source} → {sent.target}{under}: {'; '.join(map(str, one.differences))}"


def _run(made: Judgement) -> Iterator[Text]:
    """Yield the steps of a run, each with the packets that it sends."""
    sent = dict[int, list[int]]()
    for one, step in zip(made.sightings, made.sent_at, strict=True):
        sent.setdefault(step, []).append(one.heard.number)
    yield Text()
    for number, taken in enumerate(made.trace or (), start=1):
        packets = ", ".join(f"packet {one}" for one in sent.get(number, ()))
        yield Text.assemble(f"  {number:>3}  {taken.action}", (f"  {packets}" if packets else "", "bold"))


def _data(capture: Path | None, taps: tuple[str, ...], made: Judgement, ends: Endings | None) -> dict[str, Any]:
    """Return a judgement as JSON has it."""
    packet = made.packet
    deviation = None
    if packet is not None:
        allowed = [
            {
                "message": str(one.emission.message),
                "from": one.emission.source,
                "to": one.emission.target,
                "assuming": sorted(one.assumed),
                "differs": [{"field": d.field, "is": d.seen, "due": d.due} for d in one.differences],
            }
            for one in made.allowed
        ]
        told = {"packet": packet.heard.number, "message": str(packet), "allowed": allowed}
        told["reasons"] = [str(one) for one in made.reasons]
        deviation = {**told, "against": list(made.cites), "explained_by": [str(one) for one in made.explanations]}
    steps = None if made.trace is None else [one.action for one in made.trace]
    return {
        "haboot": version("haboot"),
        "capture": None if capture is None else str(capture),
        "interfaces": [*taps],
        "answer": made.answer,
        "scenario": made.scenario.name,
        "assumptions": [sorted(some) for some in made.assumed],
        "messages": [
            {"packet": one.heard.number, "message": str(one), "step": step or None}
            for one, step in zip(made.sightings, made.sent_at or (0,) * len(made.sightings), strict=True)
        ],
        "explained": made.explained,
        "run": steps,
        "deviation": deviation,
        "breaks_assuming": None if ends is None else [sorted(one.assumed) for one in ends.found],
        "not_known": [*made.missing, *made.bounds],
        "roles": {"from": made.plan_from, **dict(made.roles)},
        "passed_over": dict(made.passed),
        "not_captured": list(made.untapped),
    }
