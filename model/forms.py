"""What a message looks like on the wire, in names of the model: each message of the protocol gives its form.

A form says which packet it is and what its fields hold. Addresses stand in it by whom they belong to, so that whoever
writes packets or reads them needs an address plan, and no knowledge of the model's messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias


class Address(NamedTuple):
    """Whose address or identity it is: its kind, and a name of the model.

    A home address or a care-of address is one of the mobile node that the message is about.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


Told: TypeAlias = "bool | int | str | Address | tuple[Address, ...]"


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of packet, by the field's name for it, with what its fields hold.

    ``claims`` names the host that it says it is from, empty where that is the one that sends it. What has no format of
    its own anywhere is a stand-in: an experimental message (RFC 5096) that names its kind.
    """

    kind: str
    fields: Mapping[str, Told] = field(hash=False)
    claims: str = ""
    stand_in: bool = False


class OnWire(Protocol):
    """A message that has a form."""

    def form(self) -> Form:
        """Return what it looks like on the wire."""


HOME_AGENT, HOME, CARE_OF = "home agent", "home address", "care-of address"


def agent(name: str) -> Address:
    """The address of a home agent."""
    return Address(HOME_AGENT, name)


def home(name: str) -> Address:
    """A home address."""
    return Address(HOME, name)


def care_of(name: str) -> Address:
    """A care-of address."""
    return Address(CARE_OF, name)
