"""One self-contained HTML file: what was checked, what each verdict rests on, the charts, and an explorer.

The page carries its style, its script and its data; its own policy forbids every request. Every text goes through the
template engine's escaping; only drawings made here are put in as they are.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any
from urllib.parse import quote

from haboot.checker import amount
from haboot.checker.machines import Pool
from haboot.diagrams import Chart, fault_tree_dot, machine_dot, packed, render, sequence_svg, template, words
from haboot.pages.content import Content, MachineEntry, totals
from haboot.pages.faults import FaultsEntry, FaultTree
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

STYLES = ("palette.css", "chart.css", "explorer.css")
SCRIPTS = ("expression.js", "sources.js", "explorer.js")


def report_html(content: Content) -> str:
    """Return the report as one HTML page.

    Raises ModelError for a scenario whose states are all asked for and are too many (see ``packed``).
    """
    script = "\n".join([*map(template, SCRIPTS), own("report.js")])
    pool: Pool = {}
    return (
        environment()
        .get_template("report.html")
        .render(
            content=content,
            styles=styles("page.css", "report.css"),
            script=Markup(f'"use strict";\n{script}'),  # noqa: S704 - own files
            explorer=Markup(template("explorer.html")),  # noqa: S704 - an own file
            charts=[_chart(one.chart, one.name) for one in content.findings],
            flows=_flows(content),
            drawings=[drawing(place, one) for place, one in enumerate(content.machines)],
            rows=[_rows(one) for one in content.machines],
            trees=[_trees(place, one) for place, one in enumerate(content.faults)],
            spaces=[(one.name, packed(one.explorable(), pool)) for one in content.scenarios],
            totals=totals(content),
        )
    )


def environment() -> Environment:
    """Return what fills the templates of this package."""
    made = Environment(
        loader=PackageLoader("haboot.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    made.lstrip_blocks = True
    made.filters["amount"] = amount
    made.filters["number"] = lambda count: f"{count:,}"
    made.filters["part"] = lambda text: quote(text, safe="")  # of an address
    return made


def own(name: str) -> str:
    """Return a file beside the templates."""
    return files("haboot.pages").joinpath("templates", name).read_text(encoding="utf-8")


def styles(*names: str) -> Markup:
    """Return the style sheets of drawings and of the explorer, and some of this package."""
    return Markup("\n".join([*map(template, STYLES), *map(own, names)]))  # noqa: S704 - own files


def drawing(place: int, one: MachineEntry) -> Markup:
    """Return the state diagram of a participant, whose ids tell its place among those of the page."""
    dot = machine_dot(one.participant, one.unfired, legend=False, prefix=f"m{place}-")
    return Markup(render.svg(dot))  # noqa: S704 - Graphviz escapes the labels


def _trees(place: int, entry: FaultsEntry) -> list[Markup]:
    """Return the drawings of fault trees, whose ids tell their places among those of the page."""
    return [_tree(f"t{place}-{number}-", one) for number, one in enumerate(entry.trees)]


def _tree(prefix: str, one: FaultTree) -> Markup:
    shares = {fault: f"in {count} of {amount(len(one.sets), 'set')}" for fault, count in one.importance}
    dot = fault_tree_dot(f"{one.property} breaks", [each.faults for each in one.sets], shares, prefix=prefix)
    return Markup(render.svg(dot))  # noqa: S704 - Graphviz escapes the labels


def _chart(chart: Chart, name: str) -> Markup:
    return Markup(sequence_svg(chart, styled=False, label=f"Sequence chart of {name}"))  # noqa: S704 - escaped


def _flows(content: Content) -> list[Markup | None]:
    """The normal run of each variant of the comparison, None where it has none."""
    variants = content.comparison.variants if content.comparison else ()
    return [None if one.chart is None else _chart(one.chart, one.name) for one in variants]


def _rows(one: MachineEntry) -> list[dict[str, Any]]:
    """The rows of a participant for its table."""
    return [
        {
            "number": number,
            "trigger": row.name,
            "source": "any" if set(row.source) >= set(one.participant.states) else ", ".join(row.source),
            "dest": "stays" if row.dest == "=" else row.dest,
            "guards": ", ".join(map(words, row.guards)),
            "effects": ", ".join(map(words, row.effects)),
            "cites": row.cites,
            "fired": number not in one.unfired,
        }
        for number, row in enumerate(one.participant.rows, start=1)
    ]
