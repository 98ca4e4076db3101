"""The messages as packets: IKEv2 in the clear, Mobility Headers under ESP with a NULL cipher."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address

from haboot.wire import MIP6MH_HAS, MIP6OptDNSUpdate
from scapy.contrib.ikev2 import (
    ConfigurationAttribute,
    IKEv2,
    IKEv2_AUTH,
    IKEv2_CP,
    IKEv2_IDi,
    IKEv2_IDr,
    IKEv2_KE,
    IKEv2_Nonce,
    IKEv2_Notify,
    IKEv2_Proposal,
    IKEv2_SA,
    IKEv2_Transform,
    IKEv2_TSi,
    IKEv2_TSr,
    IPv6TrafficSelector,
)
from scapy.layers.inet import UDP
from scapy.layers.inet6 import (
    HAO,
    MIP6MH_BA,
    MIP6MH_BU,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrRouting,
    MIP6OptAltCoA,
)
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.packet import Packet

INIT, AUTH, CHILD = 34, 35, 36  # exchange types
IKE, MOBILITY = 500, 135  # a port and a protocol number
CFG_REPLY, INTERNAL_IP6_ADDRESS = 2, 8
ID_FQDN, ID_IPV6_ADDR = 2, 5
TS_UNACCEPTABLE = 38
LIFETIME = 100  # in units of four seconds


def association(spi: int) -> SecurityAssociation:
    """An IPsec security association, whose cipher does nothing."""
    return SecurityAssociation(ESP, spi=spi, crypt_algo="NULL", auth_algo="NULL")


def opened(packet: Packet, under: SecurityAssociation) -> Packet | None:
    """What an association protects; None for a packet that is not under it."""
    if ESP not in packet or packet[ESP].spi != under.spi:
        return None
    return IPv6(bytes(under.decrypt(packet[IPv6])))


@dataclass(frozen=True)
class Exchange:
    """The two ends of an IKEv2 association that a home agent begins, and its SPI."""

    agent: str
    node: str
    spi: bytes

    def request(self, kind: int, *payloads: Packet) -> Packet:
        """What the home agent asks."""
        answered = bytes(8) if kind == INIT else self.spi[::-1]
        return self._message(self.agent, self.node, kind, "Initiator", answered, payloads)

    def response(self, kind: int, *payloads: Packet) -> Packet:
        """What the mobile node answers."""
        return self._message(self.node, self.agent, kind, "Response", self.spi[::-1], payloads)

    def _message(
        self, source: str, target: str, kind: int, flags: str, answered: bytes, payloads: tuple[Packet, ...]
    ) -> Packet:
        header = IKEv2(init_SPI=self.spi, resp_SPI=answered, exch_type=kind, flags=flags, id=kind - INIT)
        made = IPv6(src=source, dst=target) / UDP(sport=IKE, dport=IKE) / header
        for one in payloads:
            made /= one
        return made


def proposal(protocol: int, spi: int = 0) -> IKEv2_SA:
    """What is proposed: AES-CBC with HMAC-SHA-256 for IKE, and nothing better for ESP."""
    cipher = IKEv2_Transform(next_payload=3, transform_type=1, transform_id=12, length=12, key_length=128)
    integrity = IKEv2_Transform(next_payload=0, transform_type=3, transform_id=12)
    octets = spi.to_bytes(4, "big") if spi else b""
    return IKEv2_SA(prop=IKEv2_Proposal(proto=protocol, SPI=octets, trans_nb=2, trans=cipher / integrity))


def keys() -> tuple[Packet, ...]:
    """The payloads of IKE_SA_INIT, with zeros for what nobody computes."""
    return proposal(1), IKEv2_KE(group=14, ke=bytes(256)), IKEv2_Nonce(nonce=bytes(32))


def authenticated(agent: str, name: str = "") -> tuple[Packet, ...]:
    """Who somebody is: a mobile node by its name, the home agent by its address."""
    if name:
        who: Packet = IKEv2_IDr(IDtype=ID_FQDN, ID=name.encode())
    else:
        who = IKEv2_IDi(IDtype=ID_IPV6_ADDR, ID=agent)
    return who, IKEv2_AUTH(auth_type=1, load=bytes(32))


def pushed(address: str) -> Packet:
    """A home address that was not asked for."""
    octets = IPv6Address(address).packed + bytes([64])
    return IKEv2_CP(CFGType=CFG_REPLY, attributes=[ConfigurationAttribute(type=INTERNAL_IP6_ADDRESS, value=octets)])


def selectors(agent: str, home: str) -> tuple[Packet, ...]:
    """Selectors for Mobility Headers between a home agent and a home address."""
    ends = [
        IPv6TrafficSelector(IP_protocol_ID=MOBILITY, starting_address_v6=a, ending_address_v6=a) for a in (agent, home)
    ]
    return IKEv2_TSi(traffic_selector=ends[:1]), IKEv2_TSr(traffic_selector=ends[1:])


def child(spi: int, agent: str, home: str) -> tuple[Packet, ...]:
    """The payloads of CREATE_CHILD_SA."""
    return proposal(3, spi), IKEv2_Nonce(nonce=bytes(32)), *selectors(agent, home)


def refused() -> Packet:
    """That a selector is none."""
    return IKEv2_Notify(type=TS_UNACCEPTABLE)


def switch(agent: str, care_of: str, home: str, *, listed: str, bootstrap: bool) -> Packet:
    """A Home Agent Switch with its B bit."""
    return _to(agent, care_of, home) / MIP6MH_HAS(flags="B" if bootstrap else 0, addresses=[listed])


def update(agent: str, care_of: str, home: str, number: int, *, name: str = "", lifetime: int = LIFETIME) -> Packet:
    """A Binding Update; with ``name`` it asks for the DNS to be updated."""
    options = [MIP6OptAltCoA(acoa=care_of), *([MIP6OptDNSUpdate(fqdn=name.encode())] if name else [])]
    ip = IPv6(src=care_of, dst=agent) / IPv6ExtHdrDestOpt(options=[HAO(hoa=home)])
    return ip / MIP6MH_BU(seq=number, flags="AHK", mhtime=lifetime, options=options)


def acknowledgement(agent: str, care_of: str, home: str, number: int, *, name: str = "") -> Packet:
    """A Binding Acknowledgement that accepts; with ``name`` the DNS was updated."""
    options = [MIP6OptDNSUpdate(fqdn=name.encode())] if name else []
    return _to(agent, care_of, home) / MIP6MH_BA(status=0, flags="K", seq=number, mhtime=LIFETIME, options=options)


def _to(agent: str, care_of: str, home: str) -> Packet:
    return IPv6(src=agent, dst=care_of) / IPv6ExtHdrRouting(type=2, segleft=1, addresses=[home])
