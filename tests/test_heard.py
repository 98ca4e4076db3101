"""What packets say, who is who among them, and how messages differ: cases by hand, beside those of whole captures."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from haboot.checker import Fired, Lost, ModelError, Received, Sent, Step, Trace
from haboot.model import BindingAck, BindingUpdate, HomeAgentSwitch, Scenario, composition
from haboot.wire import Capture, Emission, Heard, heard, usual
from haboot.wire.building import Envelope, built
from haboot.wire.emissions import form
from haboot.wire.hearing import Ip, Raw, experimental
from haboot.wire.layers import MIP6MH_HAS, MIP6MH_Experimental
from haboot.wire.roles import guessed
from haboot.wire.sighting import Eyes, differences
from haboot.wire.writing import BEHIND, HELD, Written, packets
from scapy.contrib.ikev2 import (
    ConfigurationAttribute,
    IKEv2,
    IKEv2_CP,
    IKEv2_IDi,
    IKEv2_IDr,
    IKEv2_Notify,
    IKEv2_TSr,
    IPv6TrafficSelector,
)
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import UDP
from scapy.layers.inet6 import (
    HAO,
    MIP6MH_BA,
    MIP6MH_BU,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrRouting,
    MIP6OptBRAdvice,
    Pad1,
    PadN,
)
from scapy.layers.ipsec import ESP
from scapy.packet import Packet
from scapy.packet import Raw as Octets

AGENT, OTHER, NODE, MOVED, HOME = "2001:db8:1::2", "2001:db8:1::1", "2001:db8:9::5", "2001:db8:a::5", "2001:db8:1::100"
PLAN = usual(Scenario("", ""))


def said(packet: Packet | bytes, *, whole: bool = True, number: int = 1) -> Heard | None:
    return heard(Raw(number, None, 101, bytes(packet), whole=whole))


def ike(
    *payloads: Packet, exchange: int = 35, flags: str = "Initiator", source: str = AGENT, target: str = NODE
) -> Heard:
    made = IPv6(src=source, dst=target) / UDP(sport=500, dport=500)
    made /= IKEv2(init_SPI=b"12345678", resp_SPI=b"87654321", exch_type=exchange, flags=flags)
    for one in payloads:
        made /= one
    found = said(made)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes(60),
        IPv6() / Octets(b"x" * 20),
        bytes(IPv6(src=AGENT, dst=NODE) / IPv6ExtHdrDestOpt())[:44],
        bytes(IPv6(nh=60, plen=200)) + b"\x3c\0" * 70,
        IPv6(nh=17, plen=4) / Octets(bytes(4)),
        IPv6() / UDP(sport=500, dport=500) / Octets(bytes(28)),
        IPv6() / UDP(sport=500, dport=500) / Octets(b"short"),
        IPv6() / UDP(sport=53, dport=9) / DNS(qd=[DNSQR(qname="example.com")]),
        IPv6() / UDP(sport=53, dport=9) / DNS(qd=[DNSQR(qname="_sip._udp.example.com", qtype=33)]),
    ],
)
def test_what_is_none_of_the_protocol_is_passed_over(packet: Packet | bytes) -> None:
    assert said(packet) is None


def test_a_home_address_is_found_among_options() -> None:
    options = [Pad1(), Pad1(), PadN(optdata=b"\0\0"), HAO(hoa=HOME)]
    found = said(IPv6(src=NODE, dst=AGENT) / IPv6ExtHdrDestOpt(autopad=0, options=options) / MIP6MH_BU(seq=1))
    assert found is not None
    assert found.home == HOME
    other = said(IPv6(src=NODE, dst=AGENT) / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0")]) / MIP6MH_BU(seq=1))
    assert other is not None
    assert other.home is None


def test_only_a_type_2_routing_header_names_a_home_address() -> None:
    found = said(IPv6(src=AGENT, dst=NODE) / IPv6ExtHdrRouting(type=0, addresses=[HOME]) / MIP6MH_BA(seq=1))
    assert found is not None
    assert found.home is None


@pytest.mark.parametrize("octets", range(8))
def test_a_length_that_leaves_no_room_for_the_header_of_udp_is_at_fault(octets: int) -> None:
    found = said(IPv6(src=NODE, dst=AGENT, plen=octets) / UDP(sport=500, dport=500))
    assert found is not None
    assert (found.kind, found.faults) == ("UDP", ("its length is wrong",))


def test_a_mobility_header_that_is_none_is_at_fault() -> None:
    head = IPv6(src=NODE, dst=AGENT, nh=135)
    short = said(head / Octets(b"\x3b\x05\x05\0\0\0\0\0"))
    assert short is not None
    assert (short.kind, short.faults) == ("Binding Update", ("its length is wrong",))
    tiny = said(head / Octets(b"\x3b\0"))
    assert tiny is not None
    assert (tiny.kind, tiny.faults) == ("Mobility Header", ("its length is wrong",))
    many = bytearray(bytes(IPv6(src=AGENT, dst=NODE) / MIP6MH_HAS(addresses=[AGENT])))
    many[46] = 9
    found = said(bytes(many))
    assert found is not None
    assert "it says that it lists 9 addresses" in found.faults


def test_flags_that_a_home_registration_has_are_required() -> None:
    found = said(IPv6(src=NODE, dst=AGENT) / MIP6MH_BU(seq=1, flags="K"))
    assert found is not None
    assert found.faults == ("flag A is not set", "flag H is not set")


def test_an_experiment_of_others_is_none_of_ours() -> None:
    found = said(IPv6(src=NODE, dst=AGENT) / MIP6MH_Experimental(data=b"theirs"))
    assert found is not None
    assert found.kind == "Mobility Header of type 11"
    assert experimental(b"haboot stand-in\nkind\nname\nother\tnumber\tx") == ("kind", {"name": "", "other": "x"})


@pytest.mark.parametrize(
    ("body", "kind", "faults", "lacks"),
    [
        (bytes(4), "ESP, encrypted", ("it is too short for ESP",), ()),
        (struct.pack("!II", 5, 6) + bytes(range(60)), "ESP, encrypted", (), ("encrypted",)),
    ],
)
def test_what_is_under_esp(body: bytes, kind: str, faults: tuple[str, ...], lacks: tuple[str, ...]) -> None:
    found = said(IPv6(src=AGENT, dst=NODE, nh=50) / Octets(body))
    assert found is not None
    assert (found.kind, found.faults, found.lacks) == (kind, faults, lacks)


def test_where_a_switch_goes() -> None:
    switch = HomeAgentSwitch("H", bootstrap=True, addresses=("H",), sa="")
    ends = {
        (target, place): heard(
            Raw(1, 0.0, 1, bytes(built(form(switch), Envelope("H", target, "MN1", place), PLAN)), True)
        )
        for target, place in (("MN1", "a"), ("MN1", "home"), ("home link", "a"))
    }
    told = {key: (one.target, one.home) for key, one in ends.items() if one is not None}
    assert told == {("MN1", "a"): (NODE, HOME), ("MN1", "home"): (HOME, None), ("home link", "a"): (HOME, None)}


def test_options_of_a_switch_that_are_none_of_ours_are_passed_over() -> None:
    found = said(IPv6(src=AGENT, dst=HOME) / MIP6MH_HAS(options=[MIP6OptBRAdvice(rinter=10)]))
    assert found is not None
    assert found.fields == {"B": False, "addresses": [], "replaced": "", "number": 0}


def test_esp_too_small_for_most_check_values_is_opaque() -> None:
    found = said(IPv6(src=AGENT, dst=NODE, nh=50) / Octets(struct.pack("!II", 5, 6) + bytes(range(1, 17))))
    assert found is not None
    assert found.lacks == ("encrypted",)


def test_other_mobility_headers_under_esp_are_told() -> None:
    inner = b"\x3b\x00\x63\x00\x00\x00\x00\x00" + b"\x01\x02\x02\x87"
    found = said(IPv6(src=AGENT, dst=NODE) / ESP(spi=1, seq=1, data=inner + bytes(12)))
    assert found is not None
    assert found.kind == "Mobility Header of type 99"


def test_udp_of_a_nat() -> None:
    found = said(IPv6(src=AGENT, dst=NODE) / UDP(sport=4500, dport=4500) / Octets(b"\xff"))
    assert found is not None
    assert found.lacks == ("ESP in UDP",)
    inner = bytes(IKEv2(init_SPI=b"12345678", exch_type=34, flags="Initiator"))
    found = said(IPv6(src=AGENT, dst=NODE) / UDP(sport=4500, dport=4500) / Octets(bytes(4) + inner))
    assert found is not None
    assert found.kind == "IKE_SA_INIT request"


def test_what_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr("haboot.wire.hearing.IKEv2", fails)
    found = said(IPv6(src=AGENT, dst=NODE) / UDP(sport=500, dport=500) / Octets(bytes(17) + b"\x20" + bytes(20)))
    assert found is not None
    assert found.lacks == ("it cannot be read",)
    monkeypatch.setattr("haboot.wire.hearing._of_mobility", fails)
    found = said(IPv6(src=AGENT, dst=NODE) / MIP6MH_BA(seq=1))
    assert found is not None
    assert found.faults == ("it cannot be read",)


def test_payloads_of_others_are_told_as_they_are() -> None:
    selectors = [IPv6TrafficSelector(starting_address_v6=HOME, ending_address_v6=HOME)]
    found = ike(
        IKEv2_IDi(IDtype=11, ID=b"key"),
        IKEv2_CP(CFGType=9, attributes=[ConfigurationAttribute(type=8, value=b"x"), ConfigurationAttribute(type=3)]),
        IKEv2_TSr(traffic_selector=selectors * 2),
        IKEv2_Notify(type=14),
        IKEv2_Notify(type=16391),
    )
    assert found.fields["IDi"] == ("ID type 11", "key")
    assert (found.fields["CP"], found.fields["notification"]) == ("CFG type 9", "notification 14")
    assert found.fields["TSr"] == [HOME, HOME]
    assert "TSr" not in Eyes(PLAN, protection=False).sees(found).fields
    assert ike(exchange=99).kind == "IKEv2 exchange of type 99"


def test_dns_updates_of_others_are_read_as_far_as_they_go() -> None:
    records = [
        DNSRR(rrname="x.example.com", type=16, rdata=b"text"),
        DNSRR(rrname="x.example.com", type=28, rdata=HOME),
    ]
    found = said(IPv6(src=AGENT, dst=OTHER) / UDP(sport=9, dport=53) / DNS(opcode=5, qd=[], ns=records))
    assert found is not None
    assert found.fields["address"] == HOME
    asked = DNS(qd=[DNSQR(qname="_mip6._ipv6.example.com", qtype=33)])
    found = said(IPv6(src=NODE, dst=OTHER) / UDP(sport=9, dport=53) / asked)
    assert found is not None
    assert (found.kind, found.fields) == ("DNS query", {})


# who is who


def seen(kind: str, source: str, target: str, home: str | None = None, **fields: object) -> Heard:
    return Heard(1, None, kind, Ip(source), Ip(target), home=None if home is None else Ip(home), fields=fields)


def exchange(kind: str, source: str, target: str, *, first: bool = True, **fields: object) -> Heard:
    return seen(kind, source, target, **{"exchange": "x", "init SPI": "1", "by initiator": first, **fields})


def test_who_follows_whom_tells_them_apart() -> None:
    some = [
        seen("Binding Update", NODE, OTHER, HOME),
        seen("Binding Update", MOVED, OTHER, HOME),
        exchange("IKE_SA_INIT request", AGENT, MOVED),
        exchange("IKE_AUTH response", MOVED, AGENT, first=False, IDr=("ID_FQDN", "mn.example")),
        exchange("IKE_AUTH request", AGENT, MOVED, address=Ip("2001:db8:2::9"), IDi=("ID_IPV6_ADDR", Ip(AGENT))),
        seen("DNS update", AGENT, "2001:db8::53"),
        seen("DNS update response", "2001:db8::53", AGENT),
    ]
    plan = guessed(some, initiates=True)
    assert plan.agents == {"O": OTHER, "H": AGENT}
    assert plan.nodes["MN1"].home == {"old": HOME, "H1": "2001:db8:2::9"}
    assert plan.nodes["MN1"].care_of == {"a": NODE, "b": MOVED}
    assert (plan.nodes["MN1"].name, plan.dns) == ("mn.example", "2001:db8::53")


def test_a_home_agent_that_others_send_to_is_the_next_one() -> None:
    listing = seen("Home Agent Switch", OTHER, NODE, HOME, B=False, addresses=[Ip(AGENT)])
    own = exchange("IKE_SA_INIT request", NODE, AGENT)
    given = exchange("IKE_AUTH response", AGENT, NODE, first=False, address=Ip("2001:db8:2::9"))
    plan = guessed([listing, own, given], initiates=False)
    assert plan.agents == {"O": OTHER, "H": AGENT}
    assert plan.nodes["MN1"].home == {"old": HOME, "H2": "2001:db8:2::9"}
    redirected = exchange("INFORMATIONAL request", OTHER, NODE, **{"redirected to": Ip(AGENT)})
    served = seen("Binding Acknowledgement", OTHER, NODE, HOME)
    assert guessed([served, redirected], initiates=False).agents == {"O": OTHER, "H": AGENT}


def test_one_home_agent_alone_is_the_next_one_or_where_it_would_have_begun_the_original_one() -> None:
    assert guessed([seen("Binding Update", NODE, AGENT, HOME)], initiates=False).agents == {"H": AGENT}
    assert guessed([seen("Binding Update", NODE, AGENT, HOME)], initiates=True).agents == {"O": AGENT}
    alone = seen("Binding Update", HOME, AGENT)
    assert guessed([alone], initiates=True).nodes["MN1"].care_of == {}


def test_a_home_address_may_be_told_by_ike_alone() -> None:
    started = exchange("IKE_SA_INIT request", AGENT, NODE)
    plan = guessed([started], initiates=True)
    assert plan.nodes["MN1"].home == {}
    child = exchange("CREATE_CHILD_SA request", AGENT, NODE, TSr=[Ip(HOME)])
    assert guessed([child], initiates=True).nodes["MN1"].home == {"old": HOME}
    assert guessed([started, seen("Home Agent Switch", AGENT, NODE, HOME, B=True)], initiates=True).agents == {
        "H": AGENT
    }


def test_home_addresses_that_are_assigned_are_told_from_old_ones() -> None:
    assigned, other = Ip("2001:db8:2::9"), "2001:db8:9::6"
    given = exchange("IKE_AUTH request", AGENT, NODE, address=assigned)
    some = [seen("Home Agent Switch", AGENT, NODE, str(assigned), B=True), seen("Binding Update", NODE, AGENT, HOME)]
    assert guessed([*some, given], initiates=True).nodes["MN1"].home == {"H1": assigned, "old": HOME}
    second = seen("Binding Update", other, AGENT, "2001:db8:1::101")
    plan = guessed([*some, given, second], initiates=True)
    assert plan.nodes["MN2"].home == {"old": "2001:db8:1::101"}


def test_what_cannot_be_told_apart_is_refused() -> None:
    with pytest.raises(ModelError, match="which home agent is which"):
        guessed([seen("Binding Update", NODE, AGENT, HOME), seen("Binding Update", NODE, OTHER, HOME)], initiates=True)
    many = [exchange("IKE_SA_INIT request", f"2001:db8::{one}", NODE) for one in range(1, 5)]
    with pytest.raises(ModelError, match="more home agents in this capture than the model has"):
        guessed(many, initiates=True)


# in names of the model


def due(message: BindingUpdate | BindingAck, source: str, target: str) -> Emission:
    return Emission(source, target, "MN1", message, form(message), Fired("", "", 0), away=True)


def update(sequence: int, care_of: str = NODE, **more: object) -> Heard:
    told = {"sequence": sequence, "lifetime 0": False, "DNS update": False, "alternate": None, **more}
    return seen("Binding Update", care_of, AGENT, HOME, **told)


def test_a_number_is_behind_what_was_sent_before() -> None:
    eyes = Eyes(PLAN, protection=False)
    behind = [eyes.sees(update(number)).fields.get("number behind") for number in (5, 5, 6, 4, 65535, 3)]
    assert behind == [None, False, False, True, True, False]


def test_an_answer_is_to_an_update_that_was_sent() -> None:
    eyes = Eyes(PLAN, protection=False)
    answer = BindingAck("H", 0, "", "old", 1)
    told = {"sequence": 7, "status": 0, "DNS update": False}
    first = eyes.sees(seen("Binding Acknowledgement", AGENT, NODE, HOME, **told))
    assert differences(first, due(answer, "H", "MN1")) == ()
    eyes.sees(update(6))
    other = differences(eyes.sees(seen("Binding Acknowledgement", AGENT, NODE, HOME, **told)), due(answer, "H", "MN1"))
    assert [one.field for one in other] == ["number"]
    eyes.sees(update(7, MOVED))
    moved = eyes.sees(seen("Binding Acknowledgement", AGENT, NODE, HOME, **told))
    assert moved.fields["number"] == 2
    refused = seen("Binding Acknowledgement", AGENT, NODE, HOME, **{**told, "sequence": 9, "status": 135})
    assert "number" not in eyes.sees(refused).fields


def test_what_is_nobodys_is_shown_as_it_is() -> None:
    eyes = Eyes(PLAN, protection=True)
    found = eyes.sees(
        seen("Home Agent Switch", AGENT, NODE, HOME, addresses=[Ip("2001:db8:ff::1")], B=True, other=None)
    )
    assert str(found.fields["addresses"]).count("2001:db8:ff::1") == 1
    assert "other" not in found.fields
    stranger = eyes.sees(update(1, "2001:db8:ff::2"))
    told = [str(one) for one in differences(stranger, due(BindingUpdate("old", "a", ""), "MN1", "H"))]
    assert told == ["source: 2001:db8:ff::2, due is MN1", "care-of address: 2001:db8:ff::2, due is care-of address a"]
    bare = eyes.sees(seen("Binding Update", "2001:db8:ff::2", AGENT))
    assert {"lifetime 0", "number behind"} & bare.fields.keys() == set()
    assert str(bare) == "Binding Update 2001:db8:ff::2 → H"
    assert [one.field for one in differences(found, due(BindingUpdate("old", "a", ""), "MN1", "H"))] == ["message"]


def test_what_hides_under_esp_is_a_message_under_an_association() -> None:
    eyes = Eyes(PLAN, protection=True)
    dark = eyes.sees(Heard(1, None, "ESP, encrypted", Ip(NODE), Ip(AGENT), spi=7, lacks=("encrypted",)))
    assert dark.vague
    assert differences(dark, due(BindingUpdate("old", "a", "H"), "MN1", "H")) == ()
    assert [str(one) for one in differences(dark, due(BindingUpdate("old", "a", ""), "MN1", "H"))] == [
        "protection: ESP, due is none",
        "SA: H, due is absent",
    ]


def test_home_agents_that_share_an_address_may_each_be_meant() -> None:
    shared = usual(Scenario("", "", variant="vhar"), shared=True)
    found = Eyes(shared, protection=True).sees(
        Heard(1, None, "Binding Update", Ip(NODE), Ip("2001:db8:1::1"), home=Ip(HOME), spi=1)
    )
    update = BindingUpdate("old", "a", "H")
    assert differences(found, due(update, "MN1", "H")) == ()
    none = differences(found, due(BindingUpdate("old", "a", ""), "MN1", "H"))
    assert [str(one) for one in none] == ["SA: H/M/O/X, due is absent"]


def test_a_switch_to_the_home_address_is_none_to_a_node_that_is_away() -> None:
    found = Eyes(PLAN, protection=False).sees(seen("Home Agent Switch", AGENT, HOME, B=True))
    switch = HomeAgentSwitch("H", bootstrap=True, addresses=(), sa="H")
    here = Emission("H", "MN1", "MN1", switch, form(switch), Fired("", "", 0))
    assert differences(found, here) == ()
    assert [one.field for one in differences(found, here._replace(away=True))] == ["destination"]
    assert [one.field for one in differences(found, here._replace(node="MN2", target="MN2"))] == [
        "destination",
        "mobile node",
    ]


def test_identities_are_compared_where_names_are_known() -> None:
    eyes = Eyes(PLAN, protection=False)
    named = ike(IKEv2_IDr(IDtype=2, ID=b"MN1.example.com"), flags="Response", source=NODE, target=AGENT)
    assert str(eyes.sees(named).fields["IDr"]) == "ID_FQDN MN1"
    other = ike(IKEv2_IDr(IDtype=2, ID=b"other"), flags="Response", source=NODE, target=AGENT)
    assert eyes.sees(other).fields["IDr"] == "ID_FQDN other"
    strange = ike(IKEv2_IDi(IDtype=5, ID="2001:db8:ff::1"))
    assert eyes.sees(strange).fields["IDi"] == "ID_IPV6_ADDR 2001:db8:ff::1"
    plan = guessed([seen("Home Agent Switch", AGENT, NODE, HOME, B=True)], initiates=True)
    assert "IDr" not in Eyes(plan, protection=False).sees(other).fields


# written


def written(*deeds: Sent | Received | Lost) -> tuple[Written, ...]:
    """What is written of a run in which each step does one of these; of its states nothing is known."""
    scenario = Scenario("x", "", assumptions=frozenset({"movement"}))
    steps = (Step("does it", (Fired("MN1", "", 0), deed), {}, {}) for deed in deeds)
    return packets(Trace({}, tuple(steps)), composition(scenario), usual(scenario))


FIRST, SECOND = BindingUpdate("old", "a", "H"), BindingUpdate("old", "b", "H")
TOWARD = "MN1", "H"


def test_what_becomes_of_a_message_is_told_in_comments() -> None:
    kept = written(Sent(*TOWARD, FIRST), Sent(*TOWARD, SECOND), Received(*TOWARD, SECOND, accepted=False))
    assert [(one.comments[1:], one.fate) for one in kept] == [
        ([], "still under way at the end"),
        (["reordered: overtakes packet 1"], "received and thrown away"),
    ]
    again = written(Sent(*TOWARD, FIRST), *[Received(*TOWARD, FIRST, accepted=True)] * 2, Lost("O", "MN1", FIRST))
    assert (again[0].comments[1:], again[0].fate) == (["received once more", "received once more"], "")
    dropped = written(Sent(*TOWARD, FIRST, "forged"), Lost(*TOWARD, FIRST))
    assert (dropped[0].comments[1:], dropped[0].fate) == (["forged"], "lost")
    lost_at_once = written(Lost(*TOWARD, FIRST))
    assert lost_at_once == ()


def test_sequence_numbers_of_updates_and_answers() -> None:
    answer, behind = BindingAck("H", 0, "H", "old", 1), BindingUpdate("old", "a", "H", behind=True)
    got = Received(*TOWARD, FIRST, accepted=True)
    some = written(
        Sent(*TOWARD, FIRST), Sent(*TOWARD, FIRST), got, got, Sent("H", "MN1", answer), Sent(*TOWARD, behind)
    )
    assert [one.packet.getlayer("IPv6") is not None for one in some] == [True] * 4
    assert [one.sequence for one in some] == [1, 2, 2, BEHIND]
    assert [one.sequence for one in written(Sent("MN1", "O", FIRST), Sent("O", "MN1", answer))] == [HELD + 1, HELD]


def test_a_capture_is_gone_through_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, 101))
    assert [*Capture(path)] == []
