"""Packets from forms: each kind of message as scapy builds it, between the addresses of a plan.

A message under an association is under ESP with a NULL cipher, which any tool can read; what would authenticate it is
left zero. IKEv2 stands there with its payloads in the clear, where a real exchange encrypts all but IKE_SA_INIT: these
are stand-ins, which show the shape of the messages. So are the messages that no document gives a format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any

from haboot.model import CARE_OF, HOME, HOME_AGENT, Address, Form
from haboot.wire.hearing import (
    CONFIGURATIONS,
    DNS_PORT,
    EXCHANGES,
    IDENTITIES,
    INTERNAL_IP6_ADDRESS,
    MOBILITY,
    NOTIFICATIONS,
    REDIRECT,
    STAND_IN,
)
from haboot.wire.hearing import (
    ESP as ESP_HEADER,
)
from haboot.wire.hearing import (
    UDP as UDP_HEADER,
)
from haboot.wire.layers import MIP6MH_HAS, MIP6MH_Experimental, MIP6OptDNSUpdate, MIP6OptExperimental
from haboot.wire.plan import Node, Plan
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
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRSRV
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
from scapy.layers.ipsec import ESP
from scapy.layers.l2 import Ether
from scapy.packet import Packet

LIFETIME = 100  # in units of four seconds
ICV = bytes(12)  # in place of an integrity check value
ZONE = b"example.com"


@dataclass(frozen=True)
class Envelope:
    """What a packet needs beside its form: its ends, and what the model has no name for.

    ``source`` and ``target`` are hosts of the model, and ``node`` is the mobile node that the message is about.
    ``care_of`` is where it is reached, ``covered`` the home address that an association covers, ``sequence`` the number
    of a binding update or of the one that is answered, ``esp`` that of an ESP packet.
    """

    source: str
    target: str
    node: str
    care_of: str = "a"
    covered: str = "old"
    sequence: int = 0
    esp: int = 1


def built(form: Form, where: Envelope, plan: Plan) -> Packet:
    """Return a message as an Ethernet frame."""
    one = _Builder(form, where, plan)
    make = _stand_in if form.stand_in else BUILDERS[form.kind]
    inner = make(one)
    frame: Packet = Ether(src=plan.macs[where.source], dst=plan.macs[where.target]) / inner
    return frame


@dataclass(frozen=True)
class _Builder:
    """A form and an envelope, with the addresses that they name."""

    form: Form
    where: Envelope
    plan: Plan

    @property
    def fields(self) -> Mapping[str, Any]:
        return self.form.fields

    @property
    def node(self) -> Node:
        return self.plan.nodes[self.where.node]

    def address(self, one: Address) -> str:
        """The address of whoever it is."""
        if one.kind == HOME_AGENT:
            return self.plan.agents[one.name]
        if one.kind == HOME or one.name == "home":
            return self.node.home["old" if one.name == "home" else one.name]
        return self.node.care_of[one.name]

    def host(self, name: str) -> str:
        """The address at which a host is reached, or from which it sends."""
        if name == self.where.node:
            return self.address(Address(CARE_OF, self.where.care_of))
        if name == "home link":
            return self.node.home[self.where.covered]
        among_themselves = {self.where.source, self.where.target} <= self.plan.agents.keys()
        known = {**self.plan.own, **self.plan.agents, "DNS": self.plan.dns}
        return (self.plan.own.get(name) if among_themselves else None) or known[name]

    def between(self) -> IPv6:
        """An IPv6 header from one end to the other; a forged message has the source that it claims."""
        claimed = self.form.claims if self.form.claims in self.plan.agents else self.where.source
        return IPv6(src=self.host(claimed), dst=self.host(self.where.target))

    def protected(self, ip: IPv6, message: Packet) -> Packet:
        """A Mobility Header behind its headers, under ESP where an association protects it."""
        whole: Packet = ip / message
        if not self.fields.get("SA"):
            return whole
        under = bytes(whole[type(message)])
        return _under_esp(ip, self.spi(str(self.fields["SA"])), self.where.esp, under, MOBILITY)

    def spi(self, agent: str) -> int:
        """The SPI of a home agent's association with the mobile node."""
        return 0x1000 * (1 + [*self.plan.agents].index(agent)) + [*self.plan.nodes].index(self.where.node)

    def name(self) -> bytes:
        """The mobile node's name."""
        return self.node.name.encode()


def _under_esp(ip: Packet, spi: int, number: int, inner: bytes, header: int) -> Packet:
    """ESP with a NULL cipher behind the headers of a packet (RFC 4303 2)."""
    fill = -(len(inner) + 2) % 4
    data = inner + bytes(range(1, fill + 1)) + struct.pack("BB", fill, header) + ICV
    last = ip.lastlayer()
    last.nh = ESP_HEADER
    whole: Packet = ip / ESP(spi=spi, seq=number, data=data)
    return whole


def _switch(one: _Builder) -> Packet:
    listed = [one.address(some) for some in one.fields["addresses"]]
    amended = {name: one.fields[name] for name in ("replaced", "number") if one.fields[name]}
    options = [MIP6OptExperimental(data=_written("amended switch", amended, one))] if amended else []
    message = MIP6MH_HAS(flags="B" if one.fields["B"] else 0, addresses=listed, options=options)
    return one.protected(_to_home(one, one.where.covered), message)


def _to_home(one: _Builder, home: str) -> IPv6:
    """Headers to a mobile node's home address, by way of its care-of address where it is away."""
    ip, address = one.between(), one.node.home[home]
    if ip.dst == address:
        return ip
    return ip / IPv6ExtHdrRouting(type=2, segleft=1, addresses=[address])


def _update(one: _Builder) -> Packet:
    home, care_of = (one.address(one.fields[name]) for name in ("home address", "care-of address"))
    ip = IPv6(src=care_of, dst=one.host(one.where.target))
    options: list[Packet] = [MIP6OptAltCoA(acoa=care_of)]
    if one.fields["DNS update"]:
        options.append(MIP6OptDNSUpdate(fqdn=one.name()))
    lifetime = 0 if one.fields["lifetime 0"] else LIFETIME
    message = MIP6MH_BU(seq=one.where.sequence, flags="AHK", mhtime=lifetime, options=options)
    return one.protected(ip if care_of == home else ip / IPv6ExtHdrDestOpt(options=[HAO(hoa=home)]), message)


def _acknowledgement(one: _Builder) -> Packet:
    status = one.fields["status"]
    options = [MIP6OptDNSUpdate(fqdn=one.name())] if one.fields["DNS update"] else []
    lifetime = 0 if status >= 128 or one.fields["lifetime 0"] else LIFETIME
    message = MIP6MH_BA(status=status, flags="K", seq=one.where.sequence, mhtime=lifetime, options=options)
    return one.protected(_to_home(one, one.fields["home address"].name), message)


def _stand_in(one: _Builder) -> Packet:
    told = {"node": one.where.node, **one.fields}
    message = MIP6MH_Experimental(data=_written(one.form.kind, told, one))
    ip = one.between()
    return one.protected(ip, message)


def _written(kind: str, fields: Mapping[str, Any], one: _Builder) -> bytes:
    """A stand-in's data, as ``hearing.experimental`` reads it."""
    lines = [STAND_IN, kind]
    for name, value in fields.items():
        if isinstance(value, bool):
            lines.append(f"{name}\tflag\t{int(value)}")
        elif isinstance(value, Address):
            lines.append(f"{name}\taddress\t{one.address(value)}")
        elif name != "SA":
            lines.append(f"{name}\t{'number' if isinstance(value, int) else 'text'}\t{value}")
    return "\n".join(lines).encode()


def _data(one: _Builder) -> Packet:
    key, number = one.fields["key"], one.fields["ESP number"]
    inner = IPv6(src=one.host(one.where.source), dst=one.node.home["old"]) / UDP(sport=9, dport=9) / b"user data"
    datagram = bytes(inner[UDP])
    number = one.where.esp if number == one.fields["beyond"] else number
    return _under_esp(
        one.between(), 0x8000 + 0x100 * key + [*one.plan.nodes].index(one.where.node), number, datagram, UDP_HEADER
    )


def _ike(one: _Builder) -> Packet:
    kind, way = one.form.kind.rsplit(" ", 1)
    number = _code(EXCHANGES, kind)
    initiator = one.fields.get("initiator", one.fields.get("SA"))
    spi = f"{initiator}{one.fields.get('exchange', 0)}{one.where.node}".encode()[:8].ljust(8, b"-")
    first = kind == "IKE_SA_INIT" and way == "request"
    flags = [*(["Initiator"] if one.where.source == initiator else []), *(["Response"] if way == "response" else [])]
    header = IKEv2(
        init_SPI=spi,
        resp_SPI=bytes(8) if first else spi[::-1],
        exch_type=number,
        flags="+".join(flags) or 0,
        id=number - 34,
    )
    whole: Packet = one.between() / UDP(sport=500, dport=500) / header
    for payload in _payloads(one, kind):
        whole /= payload
    return whole


def _code(known: Mapping[int, str], name: str) -> int:
    """The number of what has a name."""
    return next(code for code, one in known.items() if one == name)


def _proposal(protocol: int, spi: bytes = b"") -> IKEv2_SA:
    """A proposal: AES-CBC with HMAC-SHA-256."""
    transforms = IKEv2_Transform(next_payload=3, transform_type=1, transform_id=12, length=12, key_length=128)
    transforms /= IKEv2_Transform(next_payload=0, transform_type=3, transform_id=12)
    return IKEv2_SA(prop=IKEv2_Proposal(proto=protocol, SPI=spi, trans_nb=2, trans=transforms))


def _payloads(one: _Builder, kind: str) -> list[Packet]:
    error = one.fields.get("notification")
    if error:
        return [IKEv2_Notify(type=_code(NOTIFICATIONS, error))]
    nonce = IKEv2_Nonce(nonce=bytes(32))
    if kind == "IKE_SA_INIT":
        return [_proposal(1), IKEv2_KE(group=14, ke=bytes(256)), nonce]
    if kind == "INFORMATIONAL":
        to = one.fields.get("redirected to")
        return [] if to is None else [IKEv2_Notify(type=REDIRECT, gw_id_type=2, gw_id_len=16, gw_id=one.address(to))]
    agent = str(one.fields["initiator"] if one.fields["initiator"] in one.plan.agents else one.where.source)
    agent = agent if agent in one.plan.agents else one.where.target
    selectors = _selectors(one, agent)
    child = _proposal(3, struct.pack("!I", one.spi(agent)))
    if kind == "CREATE_CHILD_SA":
        return [child, nonce, *selectors]
    named = [_identity(one, name) for name in ("IDi", "IDr") if name in one.fields]
    return [*named, IKEv2_AUTH(auth_type=1, load=bytes(32)), *_configuration(one), child, *selectors]


def _selectors(one: _Builder, agent: str) -> list[Packet]:
    """Traffic selectors for Mobility Headers: one end is the home agent, the other the home address."""
    covered = one.fields.get("TSr", one.fields.get("address", Address(HOME, one.where.covered)))
    ends = one.plan.agents[agent], one.address(covered)
    if one.fields["initiator"] not in one.plan.agents:
        ends = ends[::-1]
    every = [
        IPv6TrafficSelector(IP_protocol_ID=MOBILITY, starting_address_v6=end, ending_address_v6=end) for end in ends
    ]
    return [IKEv2_TSi(traffic_selector=[every[0]]), IKEv2_TSr(traffic_selector=[every[1]])]


def _identity(one: _Builder, name: str) -> Packet:
    given = one.fields[name]
    number = _code(IDENTITIES, given.kind)
    value = one.plan.agents[given.name] if given.kind == "ID_IPV6_ADDR" else one.plan.nodes[given.name].name.encode()
    payload: Packet = (IKEv2_IDi if name == "IDi" else IKEv2_IDr)(IDtype=number, ID=value)
    return payload


def _configuration(one: _Builder) -> list[Packet]:
    if not one.fields.get("CP"):
        return []
    number = _code(CONFIGURATIONS, one.fields["CP"])
    given = one.fields.get("address")
    value = b"" if given is None else IPv6Address(one.address(given)).packed + bytes([64])
    return [IKEv2_CP(CFGType=number, attributes=[ConfigurationAttribute(type=INTERNAL_IP6_ADDRESS, value=value)])]


def _ports(one: _Builder) -> UDP:
    """The ports of a question to the DNS server, or of its answer."""
    server, client = DNS_PORT, 40000
    return UDP(sport=server, dport=client) if one.where.source == "DNS" else UDP(sport=client, dport=server)


def _dns_update(one: _Builder) -> Packet:
    response = one.where.source == "DNS"
    removes = bool(one.fields.get("removes"))
    address = one.address(one.fields["address"])
    record = DNSRR(rrname=one.name(), type=28, rclass=254 if removes else 1, ttl=0 if removes else 300, rdata=address)
    question = DNSQR(qname=ZONE, qtype=6)
    refused = 5 if one.fields.get("refused") else 0
    message = DNS(opcode=5, qr=response, rd=0, rcode=refused, qd=[question], ns=[record])
    whole: Packet = one.between() / _ports(one) / message
    return whole


def _dns_query(one: _Builder) -> Packet:
    question = DNSQR(qname=b"_mip6._ipv6." + ZONE, qtype=33)
    named = one.fields.get("agent")
    target = b"" if named is None else f"{named.name.lower()}.{ZONE.decode()}".encode()
    answer = [DNSRRSRV(rrname=question.qname, target=target)] if target else []
    extra = [] if named is None else [DNSRR(rrname=target, type=28, rdata=one.address(named))]
    message = DNS(qr=bool(answer), rd=1, qd=[question], an=answer, ar=extra)
    whole: Packet = one.between() / _ports(one) / message
    return whole


BUILDERS: Mapping[str, Callable[[_Builder], Packet]] = {
    "Home Agent Switch": _switch,
    "Binding Update": _update,
    "Binding Acknowledgement": _acknowledgement,
    "ESP packet": _data,
    **{f"{name} {way}": _ike for name in EXCHANGES.values() for way in ("request", "response")},
    **dict.fromkeys(("DNS update", "DNS update response"), _dns_update),
    **dict.fromkeys(("DNS query", "DNS query response"), _dns_query),
}
