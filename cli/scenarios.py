"""``haboot scenarios``, ``assumptions``, ``amendments`` and ``variants``: what can be checked, and how changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from haboot.cli.listing import Listing, json_option, matching, show, words_argument
from haboot.ledger import SUITES
from haboot.model import AMENDMENTS, ASSUMPTIONS, NAMES, VARIANTS, Amendment, Scenario
from haboot.properties import citations


@click.command()
@words_argument("scenarios")
@json_option
def scenarios(words: tuple[str, ...], json_file: Path | None) -> None:
    """List the scenarios of the suites, or those that words name or speak of.

    Any of them can be given further assumptions (haboot assumptions) and another way to recover mobile nodes
    (haboot variants).
    """
    columns = ("name", "suite", "variant", "prefixes", "nodes", "slots", "assumptions", "what happens")
    table, standard = Listing("scenarios", columns), {one.name for one in SUITES["standard"]}
    for one in matching(SUITES["full"], words, _texts, "scenario"):
        suite = "standard" if one.name in standard else "full"
        facts = one.variant, one.prefixes, one.many, str(one.slots), ", ".join(one.assumed)
        table.add(one.name, suite, *facts, one.summary)
    show([table], json_file)


def _texts(one: Scenario) -> tuple[str, ...]:
    return one.name, one.variant, *one.assumed, one.summary


@click.command()
@words_argument("assumptions")
@json_option
def assumptions(words: tuple[str, ...], json_file: Path | None) -> None:
    """List the assumptions that --assume takes, or those that words name or speak of."""
    table = Listing("assumptions", ("name", "about", "what it allows"))
    for one in matching(ASSUMPTIONS, words, lambda one: (one.name, one.group, one.allows), "assumption"):
        table.add(one.name, one.group, one.allows)
    show([table], json_file)


@click.command()
@words_argument("amendments")
@json_option
def amendments(words: tuple[str, ...], json_file: Path | None) -> None:
    """List what the draft might say instead, or what words name or speak of; --amend makes it say so.

    Of each: the section and the sentences that it changes, and the findings that it mends by itself.
    """
    table = Listing("amendments", ("name", "section", "changes", "mends", "what is done instead"))
    for one in matching(AMENDMENTS.values(), words, _amending, "amendment"):
        sections = dict.fromkeys(cite.section for cite in citations(one.cites) if not cite.document)
        table.add(one.name, ", ".join(sections), one.cites, ", ".join(one.mends) or "none alone", one.changes)
    show([table], json_file)


def _amending(one: Amendment[Any]) -> tuple[str, ...]:
    return one.name, one.cites, one.changes, *one.mends, one.words


@click.command()
@words_argument("variants")
@json_option
def variants(words: tuple[str, ...], json_file: Path | None) -> None:
    """List the ways to recover mobile nodes that --variant takes, or those that words name or speak of."""
    table = Listing("variants", ("name", "assumptions modelled", "how its source is read", "how mobile nodes recover"))
    for one in matching(VARIANTS.values(), words, lambda one: (one.name, one.summary, *one.readings), "variant"):
        modelled = "every one but the alternatives'" if one.assumptions == NAMES else ", ".join(one.assumptions)
        table.add(one.name, modelled, " ".join(one.readings), one.summary)
    show([table], json_file)
