"""Messages with the fields that the draft constrains, as values.

``sa`` names the home agent whose IPsec security association with the mobile node protects a message; empty: none does.
Addresses are short names: "old" is the home address that the failed home agent served, "H1" one that home agent H
pushes, "H2" one that it gives on request.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from haboot.model.forms import Address, Form, Told, agent, care_of, home
from haboot.model.words import ALL_AGENTS

MOBILE_NODE = "the mobile node"  # whom a message claims to be from that names no host


@dataclass(frozen=True, slots=True)
class Identity:
    """An IKEv2 identification: its ID type, and whom it names."""

    id_type: str
    name: str

    def __str__(self) -> str:
        return f"{self.id_type}:{self.name}"


def _from(source: str) -> str:
    return "" if source == "a" else f" from CoA {source}"


def _exchange(initiator: str, spi: int) -> dict[str, Told]:
    return {"initiator": initiator, "exchange": spi}


def _source(initiator: str, address: str) -> dict[str, Told]:
    """The care-of address from which a mobile node starts an exchange."""
    return {} if initiator in ALL_AGENTS else {"care-of address": care_of(address)}


def _given(address: str) -> dict[str, Told]:
    """The address in a configuration payload."""
    return {"address": home(address)} if address else {}


def _again(spi: int) -> str:
    return ", exchange anew" if spi else ""


@dataclass(frozen=True, slots=True)
class IkeSaInitRequest:
    """First IKEv2 message; ``initiator`` is the host that starts the exchange, ``spi`` tells it from its last one.

    A mobile node sends it from its ``care_of`` address.
    """

    initiator: str
    spi: int = 0
    care_of: str = "a"

    def __str__(self) -> str:
        return f"IKE_SA_INIT request{_from(self.care_of)}{_again(self.spi)}"

    def form(self) -> Form:
        """See OnWire."""
        return Form("IKE_SA_INIT request", _exchange(self.initiator, self.spi) | _source(self.initiator, self.care_of))


@dataclass(frozen=True, slots=True)
class IkeSaInitResponse:
    """Answer to the first IKEv2 message."""

    initiator: str
    spi: int = 0

    def __str__(self) -> str:
        return f"IKE_SA_INIT response{_again(self.spi)}"

    def form(self) -> Form:
        """See OnWire."""
        return Form("IKE_SA_INIT response", _exchange(self.initiator, self.spi))


@dataclass(frozen=True, slots=True)
class IkeAuthRequest:
    """IKE_AUTH request; ``address`` is INTERNAL_IP6_ADDRESS in an unsolicited CFG_REPLY, empty without one.

    ``asks`` marks a CFG_REQUEST. Only a mobile node that bootstraps by itself sends one, from its ``care_of`` address.
    ``cfg`` is the type of the payload that carries the address.
    """

    initiator: str
    idi: Identity
    address: str = ""
    asks: bool = False
    spi: int = 0
    care_of: str = "a"
    cfg: str = "CFG_REPLY"

    def __str__(self) -> str:
        extra = f", {self.cfg} {self.address}" if self.address else ", CFG_REQUEST" if self.asks else ""
        return f"IKE_AUTH request (IDi {self.idi}{extra}){_from(self.care_of)}{_again(self.spi)}"

    def form(self) -> Form:
        """See OnWire."""
        configured = {"CP": self.cfg if self.address else "CFG_REQUEST" if self.asks else "", **_given(self.address)}
        told = {**_exchange(self.initiator, self.spi), "IDi": Address(*astuple(self.idi)), **configured}
        return Form("IKE_AUTH request", told | _source(self.initiator, self.care_of))


@dataclass(frozen=True, slots=True)
class IkeAuthResponse:
    """IKE_AUTH response; ``error`` is the notification when the exchange fails."""

    initiator: str
    idr: Identity
    address: str = ""
    error: str = ""
    spi: int = 0
    cfg: str = "CFG_REPLY"

    def __str__(self) -> str:
        extra = f", {self.cfg} {self.address}" if self.address else ""
        return f"IKE_AUTH response ({self.error or f'IDr {self.idr}{extra}'}){_again(self.spi)}"

    def form(self) -> Form:
        """See OnWire; one that fails names nobody."""
        told = {**_exchange(self.initiator, self.spi), "notification": self.error}
        configured = {"CP": self.cfg if self.address else "", **_given(self.address)}
        return Form(
            "IKE_AUTH response", told if self.error else {**told, "IDr": Address(*astuple(self.idr)), **configured}
        )


@dataclass(frozen=True, slots=True)
class CreateChildSaRequest:
    """CREATE_CHILD_SA request; ``tsr`` is the home address in the responder's traffic selector."""

    initiator: str
    tsr: str
    spi: int = 0

    def __str__(self) -> str:
        return f"CREATE_CHILD_SA request (TSr {self.tsr}){_again(self.spi)}"

    def form(self) -> Form:
        """See OnWire."""
        return Form("CREATE_CHILD_SA request", {**_exchange(self.initiator, self.spi), "TSr": home(self.tsr)})


@dataclass(frozen=True, slots=True)
class CreateChildSaResponse:
    """CREATE_CHILD_SA response; ``error`` is the notification when the selector is refused."""

    initiator: str
    error: str = ""
    spi: int = 0

    def __str__(self) -> str:
        return f"CREATE_CHILD_SA response{f' ({self.error})' if self.error else ''}{_again(self.spi)}"

    def form(self) -> Form:
        """See OnWire."""
        told = {**_exchange(self.initiator, self.spi), "notification": self.error}
        return Form("CREATE_CHILD_SA response", told)


@dataclass(frozen=True, slots=True)
class HomeAgentSwitch:
    """Home Agent Switch: who claims to send it, the B bit and the home agent addresses listed.

    Where the draft is amended it says whom it replaces as well, and which one of its sender's switches it is.
    """

    sender: str
    bootstrap: bool
    addresses: tuple[str, ...]
    sa: str
    replaced: str = ""
    number: int = 0

    def __str__(self) -> str:
        protection = f"SA {self.sa}" if self.sa else "no SA"
        more = f", for {self.replaced}" if self.replaced else ""
        more += f", number {self.number}" if self.number else ""
        return f"HAS (B={int(self.bootstrap)}, [{' '.join(self.addresses)}]{more}, {protection})"

    def form(self) -> Form:
        """See OnWire."""
        told: dict[str, Told] = {"B": self.bootstrap, "addresses": tuple(map(agent, self.addresses)), "SA": self.sa}
        told |= {"replaced": self.replaced, "number": self.number}
        return Form("Home Agent Switch", told, claims=self.sender)


def number_of(care_of: str) -> int:
    """The sequence number of a binding update: a mobile node counts its moves, and repetitions keep the number."""
    return 1 + (care_of == "b")


@dataclass(frozen=True, slots=True)
class BindingUpdate:
    """Binding Update with home and care-of address, the DNS update option, and whether its lifetime is zero.

    ``behind`` marks a sequence number that was chosen at random, for want of a list entry, and is behind any held.
    """

    home_address: str
    care_of: str
    sa: str
    dns_update: bool = False
    deregister: bool = False
    behind: bool = False

    @property
    def number(self) -> int:
        """Its sequence number."""
        return number_of(self.care_of)

    def __str__(self) -> str:
        options = [self.home_address, *(["lifetime 0"] if self.deregister else [])]
        options += ["at home"] if self.care_of == "home" else [f"CoA {self.care_of}"]
        options += ["number behind"] if self.behind else []
        options += ["DNS"] if self.dns_update else []
        options += [] if self.sa else ["no SA"]
        return f"BU ({', '.join(options)})"

    def form(self) -> Form:
        """See OnWire."""
        told: dict[str, Told] = {"home address": home(self.home_address), "care-of address": care_of(self.care_of)}
        told |= {"lifetime 0": self.deregister, "DNS update": self.dns_update, "number behind": self.behind}
        return Form("Binding Update", {**told, "SA": self.sa}, claims=MOBILE_NODE)


@dataclass(frozen=True, slots=True)
class BindingAck:
    """Binding Acknowledgement: status 0 accepts, 132 to 135 refuse; ``dns_updated`` answers the option.

    It is routed to the home address that it answers for, and ``number`` is the sequence number that it answers, or with
    135 the last one accepted.
    """

    sender: str
    status: int
    sa: str
    home_address: str
    number: int
    dns_updated: bool = False
    deregistered: bool = False

    def __str__(self) -> str:
        options = [str(self.status), f"for {self.home_address}", *(["lifetime 0"] if self.deregistered else [])]
        options += [f"number {self.number}"] if self.number > 1 else []
        options += ["DNS"] if self.dns_updated else []
        options += [] if self.sa else ["no SA"]
        return f"BA ({', '.join(options)})"

    def form(self) -> Form:
        """See OnWire."""
        told: dict[str, Told] = {"status": self.status, "home address": home(self.home_address), "number": self.number}
        told |= {"lifetime 0": self.deregistered, "DNS update": self.dns_updated, "SA": self.sa}
        return Form("Binding Acknowledgement", told, claims=self.sender)


@dataclass(frozen=True, slots=True)
class DnsUpdate:
    """A home agent's request to point the mobile node's name to an address, or to ``remove`` the entry of that."""

    agent: str
    address: str
    remove: bool = False

    def __str__(self) -> str:
        return f"DNS update ({'remove ' if self.remove else ''}{self.address})"

    def form(self) -> Form:
        """See OnWire."""
        return Form("DNS update", {"address": home(self.address), "removes": self.remove})


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The DNS server's answer to an update, which it may refuse."""

    agent: str
    address: str
    refused: bool = False
    removed: bool = False

    def __str__(self) -> str:
        said = "removed " if self.removed else "refused: " if self.refused else ""
        return f"DNS answer ({said}{self.address})"

    def form(self) -> Form:
        """See OnWire; one that refuses says nothing of what was asked."""
        asked = {} if self.refused else {"removes": self.removed}
        return Form("DNS update response", {"address": home(self.address), "refused": self.refused, **asked})
