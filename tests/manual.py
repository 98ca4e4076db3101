"""The manual page, made of the help of every command: written to docs/haboot.1 by ``python -m tests.manual``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from textwrap import wrap

import click
from haboot.cli.examples import EXAMPLES
from haboot.cli.main import COMMANDS, haboot

from tests.architecture import ROOT

PAGE = ROOT / "docs" / "haboot.1"
ESCAPES = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", "…": "..."}
STATUS = {
    "0": "all is as expected", "1": "a verdict differs", "2": "wrong usage", "3": "a bound was hit",
    "4": "internal error", "130, 143": "interrupted",
}  # fmt: skip
VARIABLES = {
    "HABOOT_TRACEBACK": "With 1, a defect of the checker is shown with all that led to it.",
    "NO_COLOR": "Print no colours.",
    "PAGER": "What shows a listing that is longer than the terminal.",
}


def escaped(text: str) -> str:
    """Return text that roff prints letter by letter."""
    made = "".join(ESCAPES.get(letter, letter) for letter in text)
    return f"\\&{made}" if made.startswith(".") else made


def filled(text: str) -> Iterator[str]:
    """Text as lines, each sentence on lines of its own, as roff has it."""
    for sentence in re.split(r"(?<=[.:;]) (?=[A-Z])", " ".join(text.split())):
        yield from (escaped(line) for line in wrap(sentence, 72, break_on_hyphens=False))


def paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(inspect.cleandoc(text).split("\n\n")):
        if number:
            yield ".PP"
        yield from filled(paragraph)


def entries(rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    for head, text in rows:
        yield from (".TP", f"\\fB{escaped(head)}\\fR", *filled(text))


def options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    for one in command.get_params(context):
        if isinstance(one, click.Option):
            record = one.get_help_record(context)
            assert record is not None
            yield record


def section(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent, max_content_width=80)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f'.SS "haboot {name}"'
    yield from (f"\\fBhaboot {escaped(name)}\\fR", escaped(usage))
    yield ".PP"
    yield from paragraphs(command.help or "")
    yield from entries(options(command, context))
    yield from (".PP", "Examples:", ".PP", ".nf", *(f"    {escaped(line)}" for line in EXAMPLES[name]), ".fi")


def lines() -> Iterator[str]:
    context = haboot.make_context("haboot", [], resilient_parsing=True)
    yield '.TH HABOOT 1 "" "haboot" "User Commands"'
    yield from (".SH NAME", "haboot \\- check Home Agent Initiated Bootstrap for Mobile IPv6")
    yield from (".SH SYNOPSIS", "\\fBhaboot\\fR [\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]")
    yield from (".SH DESCRIPTION", *paragraphs(haboot.help or ""))
    yield from (".SH OPTIONS", *entries(options(haboot, context)))
    yield ".SH COMMANDS"
    for name in COMMANDS:
        command = haboot.get_command(context, name)
        assert command is not None
        yield from section(name, command, context)
    yield from (".SH EXIT STATUS", *entries(iter(STATUS.items())))
    yield from (".SH ENVIRONMENT", *entries(iter(VARIABLES.items())))


def manual() -> str:
    """Return the page as roff, with the man macros."""
    return "\n".join(lines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(manual(), encoding="utf-8")
