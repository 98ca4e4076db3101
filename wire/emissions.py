"""The messages that a step of the model hands to the network, each with its form and the mobile node it is about."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple, cast

from haboot.checker import Composition, Fired, Message, ModelError, Sent
from haboot.model import Form, OnWire


class Emission(NamedTuple):
    """A message as it leaves a host; ``row`` is the transition that sends it.

    A mobile node that is ``away`` is reached at a care-of address.
    """

    source: str
    target: str
    node: str
    message: Message
    form: Form
    row: Fired
    mark: str = ""
    away: bool = False


def sessions(composition: Composition) -> dict[str, str]:
    """Return by instance the mobile node that it serves, of one that serves all the first."""
    named = [one.session for one in composition.instances if one.session]
    return {one.name: one.session or named[0] for one in composition.instances}


def emissions(events: Iterable[Hashable], served: Mapping[str, str]) -> tuple[Emission, ...]:
    """Return what a step hands to the network, in order; raise ModelError for a message without a form."""
    found, row = list[Emission](), Fired("", "", 0)
    for event in events:
        if isinstance(event, Fired):
            row = event
        elif isinstance(event, Sent):
            of = event.source, event.target, served[row.instance], event.message
            found.append(Emission(*of, form(event.message), row, event.mark))
    return tuple(found)


def form(message: Message) -> Form:
    """Return the form of a message; raise ModelError for one that has none."""
    if not hasattr(message, "form"):
        raise ModelError(f"'{message}' has no form on the wire: give {type(message).__name__} a method 'form'")
    return cast(OnWire, message).form()
