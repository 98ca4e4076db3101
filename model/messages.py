"""Messages with the fields that the draft constrains, as values.

``sa`` names the home agent whose IPsec security association with the mobile node protects a message; empty: none does.
Addresses are short names: "old" is the home address that the failed home agent served, "H1" one that home agent H
pushes, "H2" one that it gives on request.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """An IKEv2 identification: its ID type, and whom it names."""

    id_type: str
    name: str

    def __str__(self) -> str:
        return f"{self.id_type}:{self.name}"


@dataclass(frozen=True, slots=True)
class IkeSaInitRequest:
    """First IKEv2 message; ``initiator`` is the host that starts the exchange."""

    initiator: str

    def __str__(self) -> str:
        return "IKE_SA_INIT request"


@dataclass(frozen=True, slots=True)
class IkeSaInitResponse:
    """Answer to the first IKEv2 message."""

    initiator: str

    def __str__(self) -> str:
        return "IKE_SA_INIT response"


@dataclass(frozen=True, slots=True)
class IkeAuthRequest:
    """IKE_AUTH request; ``address`` is INTERNAL_IP6_ADDRESS in an unsolicited CFG_REPLY, empty without one.

    ``asks`` marks a CFG_REQUEST, which only a mobile node that bootstraps by itself sends.
    """

    initiator: str
    idi: Identity
    address: str = ""
    asks: bool = False

    def __str__(self) -> str:
        extra = f", CFG_REPLY {self.address}" if self.address else ", CFG_REQUEST" if self.asks else ""
        return f"IKE_AUTH request (IDi {self.idi}{extra})"


@dataclass(frozen=True, slots=True)
class IkeAuthResponse:
    """IKE_AUTH response; ``error`` is the notification when the exchange fails."""

    initiator: str
    idr: Identity
    address: str = ""
    error: str = ""

    def __str__(self) -> str:
        extra = f", CFG_REPLY {self.address}" if self.address else ""
        return f"IKE_AUTH response ({self.error or f'IDr {self.idr}{extra}'})"


@dataclass(frozen=True, slots=True)
class CreateChildSaRequest:
    """CREATE_CHILD_SA request; ``tsr`` is the home address in the responder's traffic selector."""

    initiator: str
    tsr: str

    def __str__(self) -> str:
        return f"CREATE_CHILD_SA request (TSr {self.tsr})"


@dataclass(frozen=True, slots=True)
class CreateChildSaResponse:
    """CREATE_CHILD_SA response; ``error`` is the notification when the selector is refused."""

    initiator: str
    error: str = ""

    def __str__(self) -> str:
        return f"CREATE_CHILD_SA response{f' ({self.error})' if self.error else ''}"


@dataclass(frozen=True, slots=True)
class HomeAgentSwitch:
    """Home Agent Switch: who claims to send it, the B bit and the home agent addresses listed."""

    sender: str
    bootstrap: bool
    addresses: tuple[str, ...]
    sa: str

    def __str__(self) -> str:
        protection = f"SA {self.sa}" if self.sa else "no SA"
        return f"HAS (B={int(self.bootstrap)}, [{' '.join(self.addresses)}], {protection})"


@dataclass(frozen=True, slots=True)
class BindingUpdate:
    """Binding Update with home and care-of address, the DNS update option, and whether its lifetime is zero."""

    home_address: str
    care_of: str
    sa: str
    dns_update: bool = False
    deregister: bool = False

    def __str__(self) -> str:
        options = [self.home_address, *(["lifetime 0"] if self.deregister else [])]
        options += ["at home"] if self.care_of == "home" else [f"CoA {self.care_of}"]
        options += ["DNS"] if self.dns_update else []
        options += [] if self.sa else ["no SA"]
        return f"BU ({', '.join(options)})"


@dataclass(frozen=True, slots=True)
class BindingAck:
    """Binding Acknowledgement: status 0 accepts, 132 to 134 refuse; ``dns_updated`` answers the option."""

    sender: str
    status: int
    sa: str
    dns_updated: bool = False
    deregistered: bool = False

    def __str__(self) -> str:
        options = [str(self.status), *(["lifetime 0"] if self.deregistered else [])]
        options += ["DNS"] if self.dns_updated else []
        options += [] if self.sa else ["no SA"]
        return f"BA ({', '.join(options)})"


@dataclass(frozen=True, slots=True)
class DnsUpdate:
    """A home agent's request to point the mobile node's name to an address; empty: to remove the record."""

    agent: str
    address: str

    def __str__(self) -> str:
        return f"DNS update ({self.address or 'remove'})"


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The DNS server's answer to an update."""

    agent: str
    address: str

    def __str__(self) -> str:
        return f"DNS answer ({self.address or 'removed'})"
