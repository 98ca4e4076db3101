"""``haboot explore``: a local page that steps through a scenario, however large, by asking the running checker."""

from __future__ import annotations

import webbrowser
from typing import Any

import click
from haboot.checker import amount
from haboot.checker.boundary import require_extra
from haboot.cli.completion import names as offered
from haboot.cli.console import echo
from haboot.cli.judging import whole
from haboot.cli.options import limits, scenario_options, search_options
from haboot.cli.progress import Meter
from haboot.cli.subjects import FORMS, one_subject, require_claims
from haboot.cli.whole import Whole


@click.command()
@click.argument("name", metavar=FORMS, shell_complete=offered("scenarios", files=True))
@scenario_options
@search_options
@click.option("--port", type=Whole(0, 65535), default=0, help="The port to listen on; by default a free one.")
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
def explore(*, name: str, port: int, opens: bool, assume: tuple[tuple[str, ...], ...], **options: Any) -> None:
    """Step through a scenario or a model in a browser, as in the report, but with any number of states.

    It is explored and judged, then a page is served to this machine alone until an interrupt. Its address
    holds a random token: who does not know it gets no answer.
    """
    require_extra("draw")
    bounds, engine = limits(options)
    subject = one_subject(name, "full", options, assume)
    require_claims((), (subject,))
    one = whole(subject, bounds, Meter(), engine)
    from haboot.cli.contents import checked  # noqa: PLC0415 - loads what draws
    from haboot.pages import serve  # noqa: PLC0415 - as above

    server = serve(checked(one), port)
    with server:
        states = amount(one.report.space.distinct, "state")
        echo(f"{one.subject.name}: {states}, at {server.address} until an interrupt")
        if opens:
            webbrowser.open(server.address)
        server.serve_forever()
