"""What a command is asked about: scenarios of the protocol by name, and models of one's own by file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from click.core import ParameterSource
from haboot.checker import nearest
from haboot.cli.options import chosen, several
from haboot.ledger import OfProtocol, Own, Subject, is_own, models_of, told_apart

FORMS = "SCENARIO|FILE.toml|FILE.py[:NAME]"


def subjects(
    names: tuple[str, ...],
    suite: str,
    changes: dict[str, Any],
    assume: tuple[tuple[str, ...], ...],
    *,
    every: bool = False,
) -> tuple[Subject, ...]:
    """Return what is named, by default a suite, each under a name of its own.

    Options that make or change a scenario are refused beside models of one's own, and how many copies there are beside
    scenarios. With ``every`` a model may be of every number of copies.
    """
    own = tuple(name for name in names if is_own(name))
    copies, rest = changes.get("copies"), {name: value for name, value in changes.items() if name != "copies"}
    if copies is not None and len(own) < max(len(names), 1):
        raise click.UsageError("--copies is for models of copies in FILE.py; a scenario takes --mobile-nodes")
    if own and is_made_up(rest, assume):
        raise click.UsageError(f"'{own[0]}' is a model of your own: no option changes it, as they do a scenario")
    if not own:
        return tuple(OfProtocol(one) for one in chosen(names, suite, rest, assume))
    found = told_apart([one for name in names for one in _meant(name, suite, copies)])
    for one in found:
        if isinstance(one, Own) and one.is_open and not every:
            raise click.UsageError(f"{one.asked_as} is a model of every number of copies: say how many, as --copies 2")
    return found


def _meant(name: str, suite: str, copies: int | str | None) -> tuple[Subject, ...]:
    return models_of(name, copies) if is_own(name) else tuple(map(OfProtocol, chosen((name,), suite, {}, ())))


def is_made_up(changes: dict[str, Any], assume: tuple[tuple[str, ...], ...]) -> bool:
    """Whether options make or change a scenario."""
    return bool(assume) or any(value is not None for value in changes.values())


def require_suite_alone(names: Iterable[str], *, is_suite: bool) -> None:
    """Raise a usage error for --suite beside names, or beside options that make a scenario."""
    context = click.get_current_context()
    if not is_suite and context.get_parameter_source("suite") is not ParameterSource.DEFAULT:
        given = " ".join(f"'{name}'" for name in names) or "what makes a scenario"
        raise click.UsageError(f"--suite chooses what to check, and so does {given}: give one of them")


def one_subject(
    name: str, suite: str, changes: dict[str, Any], assume: tuple[tuple[str, ...], ...], *, every: bool = False
) -> Subject:
    """Return the one thing that is named; raise a usage error where a name means several."""
    found, *more = subjects((name,), suite, changes, assume, every=every)
    if more and isinstance(found, Own):
        words = ", ".join(one.asked_as for one in (found, *more))
        raise click.UsageError(f"'{name}' holds {1 + len(more)} models: name one of {words}")
    if more:
        raise several(name, 1 + len(more))
    return found


def require_claims(names: Iterable[str], asked: Iterable[Subject]) -> None:
    """Raise a usage error for the name of a property that nothing asked about could have."""
    every = tuple(asked)
    for one in every:
        if not one.catalogue:
            due = "give it some as PROPERTIES or in a haboot.Model"
            raise click.UsageError(f"{one.asked_as}: '{one.name}' has no properties: {due}")
    known = tuple(dict.fromkeys(stated.name for one in every for stated in one.catalogue))
    hint = " (see 'haboot properties')" if any(one.of_protocol for one in every) else ""
    for name in names:
        if name not in known:
            raise click.UsageError(f"unknown property '{name}'{nearest(name, known)}{hint}")


def require_every_number(asked: Iterable[Subject], *, meant: bool) -> bool:
    """Return whether --invariant is meant; raise a usage error where something asked about is of one number alone."""
    for one in asked if meant else ():
        if not _is_of_every_number(one):
            due = "for a model of every number of copies (haboot.Copies), or for --mobile-nodes any"
            raise click.UsageError(f"--invariant is {due}; '{one.name}' is neither")
    return meant


def require_one_number(asked: Iterable[Subject], *, meant: bool) -> None:
    """Raise a usage error where --certificate is meant of every number, which no states of one search prove."""
    for one in asked if meant else ():
        if _is_of_every_number(one):
            option = "--copies" if isinstance(one, Own) else "--mobile-nodes"
            told = "--certificate is for the states of one search"
            raise click.UsageError(f"{told}, and '{one.name}' is of every number: say how many, as {option} 2")


def _is_of_every_number(one: Subject) -> bool:
    return one.is_open if isinstance(one, Own) else one.scenario.any_number
