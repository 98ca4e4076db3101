"""Layers that scapy lacks: the Home Agent Switch, the DNS update option, and what is experimental of Mobile IPv6.

They are written as scapy writes its own, and registered where it looks for them. The Home Agent Switch follows RFC 5142
with the B bit of the draft, section 4.3; the option RFC 5026, section 8.1; what is experimental RFC 5096.
"""

from __future__ import annotations

from scapy.fields import (
    BitField,
    ByteEnumField,
    ByteField,
    FieldLenField,
    FlagsField,
    StrLenField,
    XBitField,
    XShortField,
)
from scapy.layers.inet6 import (
    IP6ListField,
    MIP6OptUnknown,
    _mip6_mhtype2cls,
    _MIP6OptAlign,
    _MobilityHeader,
    _mobopttypes,
    _OptionsField,
    _PhantomAutoPadField,
    ipv6nh,
    mhtypes,
    moboptcls,
)

HOME_AGENT_SWITCH, EXPERIMENTAL = 12, 11  # types of Mobility Headers
DNS_UPDATE, EXPERIMENTAL_OPTION = 17, 18  # types of mobility options
ADDRESS = 16  # octets


def _listed(packet: MIP6MH_HAS) -> int:
    """How many addresses there are: as many as it says, and no more than it has room for."""
    return int(min(packet.count, packet.len * 8 // ADDRESS))


class MIP6MH_HAS(_MobilityHeader):
    """Home Agent Switch."""

    name = "IPv6 Mobility Header - Home Agent Switch"
    fields_desc = [
        ByteEnumField("nh", 59, ipv6nh),
        ByteField("len", None),
        ByteEnumField("mhtype", HOME_AGENT_SWITCH, mhtypes),
        ByteField("res", 0),
        XShortField("cksum", None),
        FieldLenField("count", None, fmt="B", count_of="addresses"),
        FlagsField("flags", 0, 1, "B"),
        XBitField("reserved", 0, 7),
        IP6ListField("addresses", [], count_from=_listed),
        _PhantomAutoPadField("autopad", 1),
        _OptionsField("options", [], MIP6OptUnknown, 8, length_from=lambda one: 8 * one.len - ADDRESS * _listed(one)),
    ]


class MIP6MH_Experimental(_MobilityHeader):
    """Experimental message, whose data the experiment says; padded here with zeros."""

    name = "IPv6 Mobility Header - Experimental"
    fields_desc = [
        ByteEnumField("nh", 59, ipv6nh),
        ByteField("len", None),
        ByteEnumField("mhtype", EXPERIMENTAL, mhtypes),
        ByteField("res", 0),
        XShortField("cksum", None),
        StrLenField("data", b"", length_from=lambda one: 8 * one.len + 2),
    ]

    def post_build(self, p: bytes, pay: bytes) -> bytes:
        """See scapy; fills to a multiple of eight octets."""
        return bytes(_MobilityHeader.post_build(self, p + bytes(-len(p) % 8), pay))


class MIP6OptDNSUpdate(_MIP6OptAlign):
    """DNS update option: a status, whether the entry is removed (R), and a name."""

    name = "MIPv6 Option - DNS Update"
    fields_desc = [
        ByteEnumField("otype", DNS_UPDATE, _mobopttypes),
        FieldLenField("olen", None, length_of="fqdn", fmt="B", adjust=lambda _, octets: octets + 2),
        ByteField("status", 0),
        BitField("remove", 0, 1),
        BitField("reserved", 0, 7),
        StrLenField("fqdn", b"", length_from=lambda one: max(one.olen - 2, 0)),
    ]
    x = y = 0


class MIP6OptExperimental(_MIP6OptAlign):
    """Experimental mobility option."""

    name = "MIPv6 Option - Experimental"
    fields_desc = [
        ByteEnumField("otype", EXPERIMENTAL_OPTION, _mobopttypes),
        FieldLenField("olen", None, length_of="data", fmt="B"),
        StrLenField("data", b"", length_from=lambda one: one.olen),
    ]
    x = y = 0


mhtypes.update({HOME_AGENT_SWITCH: "HAS", EXPERIMENTAL: "Experimental"})
_mobopttypes.update({DNS_UPDATE: "DNS Update", EXPERIMENTAL_OPTION: "Experimental"})
_mip6_mhtype2cls.update({HOME_AGENT_SWITCH: MIP6MH_HAS, EXPERIMENTAL: MIP6MH_Experimental})
moboptcls.update({DNS_UPDATE: MIP6OptDNSUpdate, EXPERIMENTAL_OPTION: MIP6OptExperimental})
