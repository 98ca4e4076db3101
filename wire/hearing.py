"""What a captured packet says, with addresses as they are: Mobility Headers, IKEv2, DNS and ESP over IPv6.

Headers are walked by hand, since most of what a capture holds is of no interest and dissecting is slow; what is of
interest scapy dissects. Whatever cannot be read is told as such and never taken for something else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address
from typing import Any, NamedTuple

from haboot.wire.layers import MIP6MH_HAS, MIP6MH_Experimental, MIP6OptDNSUpdate, MIP6OptExperimental
from scapy.contrib.ikev2 import (
    IKEv2,
    IKEv2_CP,
    IKEv2_Encrypted,
    IKEv2_Encrypted_Fragment,
    IKEv2_IDi,
    IKEv2_IDr,
    IKEv2_Notify,
    IKEv2_TSr,
)
from scapy.error import Scapy_Exception
from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet6 import MIP6MH_BA, MIP6MH_BU, MIP6OptAltCoA
from scapy.packet import Packet

HOP_BY_HOP, ROUTING, FRAGMENT, ESP, DESTINATION, MOBILITY, UDP = 0, 43, 44, 50, 60, 135, 17
IKE_PORTS, DNS_PORT = {500, 4500}, 53
ICVS = (12, 16, 0, 24, 32)  # octets of an integrity check value, likely ones first
LAYERS = {5: MIP6MH_BU, 6: MIP6MH_BA, 11: MIP6MH_Experimental, 12: MIP6MH_HAS}
MOBILITY_KINDS = {5: "Binding Update", 6: "Binding Acknowledgement", 12: "Home Agent Switch"}
EXCHANGES = {34: "IKE_SA_INIT", 35: "IKE_AUTH", 36: "CREATE_CHILD_SA", 37: "INFORMATIONAL"}
CONFIGURATIONS = {1: "CFG_REQUEST", 2: "CFG_REPLY", 3: "CFG_SET", 4: "CFG_ACK"}
IDENTITIES = {2: "ID_FQDN", 3: "ID_RFC822_ADDR", 5: "ID_IPV6_ADDR"}
NOTIFICATIONS = {7: "INVALID_SYNTAX", 24: "AUTHENTICATION_FAILED", 38: "TS_UNACCEPTABLE"}
ERRORS, COOKIE, REDIRECT = 16384, 16390, 16407  # notifications below the first are errors
INTERNAL_IP6_ADDRESS = 8
UNREADABLE = (  # what dissecting raises on octets that are no such packet
    *(struct.error, ValueError, IndexError, KeyError, TypeError, AttributeError, AssertionError, OSError),
    *(RecursionError, Scapy_Exception, UnboundLocalError),
)
OPAQUE, ENCRYPTED, LOCKED = "ESP, encrypted", "encrypted", "encrypted, and opened by no key that is given"
DARK = frozenset({ENCRYPTED, LOCKED})  # what is left to see of such a packet is right
UNTOLD = ("UDP", "Mobility Header")  # what is all that can be told of a packet


class Raw(NamedTuple):
    """A captured packet: its number in its file from 1, time in seconds, link type, octets, and comments.

    ``whole`` is false where less was captured than was on the wire.
    """

    number: int
    time: float | None
    link: int
    data: bytes
    whole: bool
    comments: tuple[str, ...] = ()


class Ip(str):
    """An IPv6 address as text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """A packet that may be one of the protocol.

    ``home`` is the address in a home address option or in a type 2 routing header; ``spi`` that of ESP, where it is
    under ESP. ``faults`` say what no implementation may send, ``lacks`` what could not be read.
    """

    number: int
    time: float | None
    kind: str
    source: Ip
    target: Ip
    mac: str = ""
    home: Ip | None = None
    spi: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    def addresses(self) -> Iterator[Ip]:
        """Yield the addresses that its fields hold."""
        for value in self.fields.values():
            held = value if isinstance(value, list | tuple) else [value]
            yield from (one for one in held if isinstance(one, Ip))


class _Inner(NamedTuple):
    """What an IPv6 packet carries behind the headers that were walked."""

    header: int
    start: int
    home: Ip | None
    routed: Ip | None
    odd: str = ""


class Bare(NamedTuple):
    """A packet from its IPv6 header on, which stands at ``start`` in its frame.

    ``header`` is what it carries behind all other headers, at ``inner``; ``ends`` are source and destination as a
    checksum has them.
    """

    octets: bytes
    start: int
    header: int
    inner: int
    ends: tuple[Ip, Ip]


def bare(raw: Raw) -> Bare | None:
    """Return a captured packet without its link, None where it is none of IPv6 or not there whole."""
    start, _ = _ipv6(raw.link, raw.data)
    data = raw.data[start:]
    inner = _walked(data) if len(data) >= 40 and data[0] >> 4 == 6 else None
    end = 40 + struct.unpack_from("!H", data, 4)[0] if inner else 0
    if inner is None or inner.odd or len(data) < end or end < inner.start + 8:
        return None
    ends = inner.home or _ip(data[8:24]), inner.routed or _ip(data[24:40])
    return Bare(data[:end], start, inner.header, inner.start, ends)


def heard(raw: Raw) -> Heard | None:
    """Return what a captured packet says, None where it cannot be of the protocol."""
    start, mac = _ipv6(raw.link, raw.data)
    data = raw.data[start:]
    inner = _walked(data) if len(data) >= 40 and data[0] >> 4 == 6 else None
    if inner is None or not _is_candidate(inner, data):
        return None
    source, target = _ip(data[8:24]), _ip(data[24:40])
    known = Heard(raw.number, raw.time, "", source, target, mac, inner.home or inner.routed, comments=raw.comments)
    end = 40 + struct.unpack_from("!H", data, 4)[0]
    body = data[inner.start : end]
    if inner.odd or len(data) < end:
        return replace(known, kind=_cut(inner.header, body), lacks=(inner.odd or "not captured whole",))
    ends = inner.home or source, inner.routed or target
    if inner.header == MOBILITY:
        return _mobility(known, body, ends)
    if inner.header == ESP:
        return _esp(known, body, ends)
    return _udp(known, body)


def _ip(octets: bytes) -> Ip:
    return Ip(IPv6Address(octets))


def _ipv6(link: int, data: bytes) -> tuple[int, str]:
    """Return where an IPv6 header starts, behind the end where there is none, and the link address of the sender."""
    nowhere = len(data), ""
    if link in {12, 14, 101, 229}:  # raw
        return 0, ""
    if link == 1 and len(data) > 14:  # Ethernet, with tags of VLANs
        start = 12
        while data[start : start + 2] in {b"\x81\x00", b"\x88\xa8"}:
            start += 4
        return (start + 2, data[6:12].hex(":")) if data[start : start + 2] == b"\x86\xdd" else nowhere
    if link == 113 and data[14:16] == b"\x86\xdd":  # Linux cooked
        return 16, data[6:12].hex(":")
    if link == 276 and data[:2] == b"\x86\xdd":  # Linux cooked, version 2
        return 20, data[12:18].hex(":")
    return (4, "") if link in {0, 108} else nowhere  # loopback


def _walked(data: bytes) -> _Inner | None:
    """Return what is behind the extension headers; None where there is nothing to know."""
    header, start = data[6], 40
    home: Ip | None = None
    routed: Ip | None = None
    for _ in range(16):
        if header not in {HOP_BY_HOP, ROUTING, DESTINATION, FRAGMENT}:
            return _Inner(header, start, home, routed)
        if len(data) < start + 8:
            return None
        after = start + 8 * (1 + data[start + 1])
        if header == FRAGMENT:
            return _Inner(data[start], start + 8, home, routed, odd="a fragment")
        if header == ROUTING and data[start + 2] == 2 and len(data) >= start + 24:
            routed = _ip(data[start + 8 : start + 24])
        if header == DESTINATION:
            home = _home_address(data[start + 2 : after]) or home
        header, start = data[start], after
    return None


def _home_address(options: bytes) -> Ip | None:
    """The address in a home address option."""
    at = 0
    while at + 1 < len(options):
        if options[at] == 0:  # Pad1
            at += 1
            continue
        if options[at] == 0xC9 and options[at + 1] == 16 and at + 18 <= len(options):
            return _ip(options[at + 2 : at + 18])
        at += 2 + options[at + 1]
    return None


def _is_candidate(inner: _Inner, data: bytes) -> bool:
    if inner.header in {MOBILITY, ESP}:
        return True
    if inner.header != UDP or len(data) < inner.start + 8:
        return False
    ports = {*struct.unpack_from("!HH", data, inner.start)}
    return bool(ports & {*IKE_PORTS, DNS_PORT})


def _cut(header: int, body: bytes) -> str:
    """What a packet is of which not all can be read."""
    if header == MOBILITY:
        return MOBILITY_KINDS.get(body[2], UNTOLD[1]) if len(body) > 2 else UNTOLD[1]
    return {ESP: OPAQUE, UDP: UNTOLD[0]}[header]


def _mobility(known: Heard, body: bytes, ends: tuple[Ip, Ip]) -> Heard | None:
    """Read a Mobility Header; ``ends`` are source and destination as its checksum has them."""
    if len(body) < 8 or len(body) < 8 * (1 + body[1]):
        return replace(known, kind=_cut(MOBILITY, body), faults=("its length is wrong",))
    body, layer = body[: 8 * (1 + body[1])], LAYERS.get(body[2])
    if layer is None:
        return replace(known, kind=f"Mobility Header of type {body[2]}")
    due, found = checksum(*ends, body), body[4:6]
    faults = () if due == found else (f"checksum 0x{found.hex()}, 0x{due.hex()} is due",)
    try:
        told = _of_mobility(layer(body))
    except UNREADABLE:
        return replace(known, kind=_cut(MOBILITY, body), faults=("it cannot be read",))
    if told is None:
        return replace(known, kind="Mobility Header of type 11")
    kind, fields, more = told
    return replace(known, kind=kind, fields=fields, faults=(*faults, *more))


def checksum(source: str, target: str, body: bytes) -> bytes:
    """Return the checksum of a Mobility Header (RFC 3775 6.1.1), computed without scapy.

    ``source`` and ``target`` are the home address where an option or a routing header names one.
    """
    pseudo = IPv6Address(source).packed + IPv6Address(target).packed + struct.pack("!I3xB", len(body), MOBILITY)
    octets = pseudo + body[:4] + b"\0\0" + body[6:]
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def _of_mobility(one: Packet) -> tuple[str, dict[str, Any], tuple[str, ...]] | None:
    """Return the kind of a Mobility Header, what its fields hold, and what is wrong with it."""
    if isinstance(one, MIP6MH_Experimental):
        told = experimental(one.data)
        return None if told is None else (*told, ())
    if isinstance(one, MIP6MH_HAS):
        amended = {"replaced": "", "number": 0}
        for option in one.options:
            if isinstance(option, MIP6OptExperimental) and (extra := experimental(option.data)):
                amended |= extra[1]
        faults = () if one.count == len(one.addresses) else (f"it says that it lists {one.count} addresses",)
        return MOBILITY_KINDS[12], {"B": bool(one.flags.B), "addresses": [*map(Ip, one.addresses)], **amended}, faults
    options = {type(option): option for option in one.options}
    named = options.get(MIP6OptDNSUpdate)
    fields = {"sequence": one.seq, "lifetime 0": one.mhtime == 0, "name": None if named is None else named.fqdn}
    if isinstance(one, MIP6MH_BU):
        other = options.get(MIP6OptAltCoA)
        more = {"DNS update": named is not None, "alternate": None if other is None else Ip(other.acoa)}
        lacking = [flag for flag in "AH" if not getattr(one.flags, flag)]
        return MOBILITY_KINDS[5], {**fields, **more}, tuple(f"flag {flag} is not set" for flag in lacking)
    if one.status >= 128:  # then the lifetime says nothing (RFC 3775 6.1.8)
        del fields["lifetime 0"]
    updated = named is not None and named.status < 128
    return MOBILITY_KINDS[6], {**fields, "status": one.status, "DNS update": updated}, ()


def experimental(data: bytes) -> tuple[str, dict[str, Any]] | None:
    """Return what a stand-in says: its kind, then lines of name, kind of value, and value; None for anybody else's."""
    lines = data.rstrip(b"\0").decode("utf-8", "replace").split("\n")
    if lines[0] != STAND_IN or len(lines) < 2:
        return None
    fields = dict[str, Any]()
    for line in lines[2:]:
        name, kind, value = (*line.split("\t"), "", "")[:3]
        fields[name] = {"flag": value == "1", "address": Ip(value), "text": value}.get(kind, _number(value))
    return lines[1], fields


STAND_IN = "haboot stand-in"


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text


def _esp(known: Heard, body: bytes, ends: tuple[Ip, Ip]) -> Heard:
    """Read what is under ESP where it is not encrypted, which is found by trying."""
    if len(body) < 16:
        return replace(known, kind=OPAQUE, faults=("it is too short for ESP",))
    spi, number = struct.unpack_from("!II", body)
    under = replace(known, spi=spi)
    for icv in ICVS:
        end = len(body) - icv
        if end < 18 or body[end - 2] > end - 10:
            continue
        header, inner = body[end - 1], body[8 : end - 2 - body[end - 2]]
        if header == MOBILITY and len(inner) >= 8 and inner[0] == 59 and len(inner) == 8 * (1 + inner[1]):
            return _mobility(under, inner, ends) or under
        if header == UDP and len(inner) >= 8 and struct.unpack_from("!H", inner, 4)[0] == len(inner):
            return replace(under, kind="ESP packet", fields={"ESP number": number})
    fields = {"ESP number": number, "octets": len(body) - 8}
    return replace(under, kind=OPAQUE, lacks=(ENCRYPTED,), fields=fields)


def _udp(known: Heard, body: bytes) -> Heard | None:
    if len(body) < 8:  # what the header of IPv6 leaves of it
        return replace(known, kind=UNTOLD[0], faults=("its length is wrong",))
    ports, data = struct.unpack_from("!HH", body), body[8:]
    if 4500 in ports:
        if data[:4] != b"\0\0\0\0":  # ESP in UDP, or what keeps a NAT awake
            return replace(known, kind=OPAQUE, lacks=("ESP in UDP",))
        data = data[4:]
    try:
        return _ike(known, data) if IKE_PORTS & {*ports} else _dns(known, data)
    except UNREADABLE:
        return replace(known, kind=UNTOLD[0], lacks=("it cannot be read",))


def _ike(known: Heard, data: bytes) -> Heard | None:
    """Read an IKEv2 message; one under SK tells no more than its header."""
    if len(data) < 28 or data[17] >> 4 != 2:
        return None
    one = IKEv2(data)
    exchange = EXCHANGES.get(one.exch_type)
    if exchange is None:
        return replace(known, kind=f"IKEv2 exchange of type {one.exch_type}")
    way = "response" if one.flags.Response else "request"
    fields: dict[str, Any] = {
        "exchange": f"{known.source}/{one.init_SPI.hex()}",
        "init SPI": one.init_SPI.hex(),
        "by initiator": bool(one.flags.Initiator),
        "message id": one.id,
    }
    if one.haslayer(IKEv2_Encrypted_Fragment):
        return replace(known, kind=f"{exchange} {way}", fields=fields, lacks=(ENCRYPTED,))
    if one.haslayer(IKEv2_Encrypted):
        fields["octets"] = len(data) - 28 - 4
        return replace(known, kind=f"{exchange} {way}", fields=fields, lacks=(ENCRYPTED,))
    told = dict(_payloads(one))
    if told.pop("cookie", False):  # asked for once more with a cookie, which the model leaves out (RFC 4306 2.6)
        return replace(known, kind=f"IKEv2 {way} with a cookie")
    return replace(known, kind=f"{exchange} {way}", fields={**fields, **told})


def _payloads(one: IKEv2) -> Iterator[tuple[str, Any]]:
    """Yield what the payloads say that the model has."""
    yield "CP", ""
    yield "notification", ""
    layer: Any = one.payload
    while layer:
        if isinstance(layer, IKEv2_IDi | IKEv2_IDr):
            kind = IDENTITIES.get(layer.IDtype, f"ID type {layer.IDtype}")
            known = Ip(layer.ID) if layer.IDtype == 5 else layer.ID.decode("utf-8", "replace")
            yield "IDi" if isinstance(layer, IKEv2_IDi) else "IDr", (kind, known)
        elif isinstance(layer, IKEv2_TSr):
            yield "TSr", [Ip(some.starting_address_v6) for some in layer.traffic_selector]
        elif isinstance(layer, IKEv2_CP):
            yield "CP", CONFIGURATIONS.get(layer.CFGType, f"CFG type {layer.CFGType}")
            given = [some.value for some in layer.attributes if some.type == INTERNAL_IP6_ADDRESS]
            yield from (("address", _ip(octets[:16])) for octets in given if len(octets) >= 16)
        elif isinstance(layer, IKEv2_Notify) and layer.type == REDIRECT:
            yield "redirected to", Ip(layer.gw_id)
        elif isinstance(layer, IKEv2_Notify) and layer.type == COOKIE:
            yield "cookie", True
        elif isinstance(layer, IKEv2_Notify) and layer.type < ERRORS:
            yield "notification", NOTIFICATIONS.get(layer.type, f"notification {layer.type}")
        layer = layer.payload


def _dns(known: Heard, data: bytes) -> Heard | None:
    """Read a DNS update, or a query for the home agent's service record."""
    one = DNS(data)
    way = " response" if one.qr else ""
    if one.opcode == 5:
        fields: dict[str, Any] = {"refused": one.rcode != 0} if one.qr else {}
        for record in one.ns or ():
            if isinstance(record, DNSRR) and record.type == 28:
                fields |= {"name": record.rrname.rstrip(b"."), "address": Ip(record.rdata)}
                fields["removes"] = record.rclass != 1
        return replace(known, kind=f"DNS update{way}", fields=fields)
    asked = [question.qname for question in one.qd or () if question.qtype == 33]
    if not any(name.lower().startswith(b"_mip6._ipv6.") for name in asked):
        return None
    named = [Ip(record.rdata) for record in one.ar or () if isinstance(record, DNSRR) and record.type == 28]
    return replace(known, kind=f"DNS query{way}", fields={"agent": named[0]} if named else {})
