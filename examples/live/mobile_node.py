"""The mobile node: its side of IKEv2, and its binding, which a switch moves from one home agent to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from haboot.wire import MIP6MH_HAS
from scapy.automaton import ATMT
from scapy.contrib.ikev2 import IKEv2, IKEv2_CP, IKEv2_TSr
from scapy.layers.inet6 import MIP6MH_BA, IPv6
from scapy.layers.ipsec import SecurityAssociation
from scapy.packet import Packet

from examples.live import messages
from examples.live.messages import AUTH, CHILD, INIT, Exchange
from examples.live.role import Report, Role, Setting


@dataclass
class Associations:
    """A mobile node's associations with home agents, each with the home address that it covers."""

    held: dict[str, tuple[SecurityAssociation, str]] = field(default_factory=dict)
    assigned: str = ""


class Responder(Role):
    """A mobile node's side of the exchange that a home agent begins (draft 4.2, 4.4)."""

    def parse_args(self, setting: Setting, host: str, report: Report, associations: Associations, **more: Any) -> None:
        """Take what it knows."""
        super().parse_args(setting, host, report, **more)
        self.who, self.associations = setting.nodes[host], associations
        self.answers = dict[tuple[bytes, int], Packet]()

    def master_filter(self, packet: Packet) -> bool:
        """Hear requests that a home agent begins."""
        return (
            IPv6 in packet
            and packet[IPv6].dst == self.who.care_of
            and IKEv2 in packet
            and packet[IKEv2].flags.Initiator
        )

    def take(self, packet: Packet, due: int, after: Callable[[Packet], Any]) -> None:
        """Go on with the request that is due; one that was answered before is answered as before."""
        asked = packet[IKEv2]
        answer = self.answers.get((asked.init_SPI, asked.exch_type))
        if answer is not None:
            self.to("H", answer)
        elif asked.exch_type == due:
            raise after(packet)

    def answer(self, packet: Packet, *payloads: Packet) -> None:
        """Answer a request."""
        asked = packet[IKEv2]
        exchange = Exchange(packet[IPv6].src, packet[IPv6].dst, asked.init_SPI)
        self.answers[asked.init_SPI, asked.exch_type] = exchange.response(asked.exch_type, *payloads)
        self.to("H", self.answers[asked.init_SPI, asked.exch_type])

    @ATMT.state(initial=1)
    def NONE(self) -> None:
        """There is no exchange."""

    @ATMT.receive_condition(NONE)
    def asked_init(self, packet: Packet) -> None:
        """Answer IKE_SA_INIT."""
        self.take(packet, INIT, self.HALF_OPEN)

    @ATMT.state()
    def HALF_OPEN(self, packet: Packet) -> None:
        """Keys are agreed."""
        self.answer(packet, *messages.keys())

    @ATMT.receive_condition(HALF_OPEN)
    def asked_auth(self, packet: Packet) -> None:
        """Answer IKE_AUTH."""
        self.take(packet, AUTH, self.AUTHENTICATED)

    @ATMT.state()
    def AUTHENTICATED(self, packet: Packet) -> None:
        """The home agent is known, and may have assigned a home address."""
        if IKEv2_CP in packet:
            self.associations.assigned = self.who.leased
        said = *messages.authenticated("", self.who.name), messages.proposal(3, self.who.spis["H"])
        self.answer(packet, *said, *messages.selectors(self.setting.agents["H"], self.home))

    @property
    def home(self) -> str:
        """The home address that it uses."""
        return self.associations.assigned or self.who.home

    @ATMT.receive_condition(AUTHENTICATED)
    def asked_child(self, packet: Packet) -> None:
        """Answer CREATE_CHILD_SA."""
        self.take(packet, CHILD, self.PROTECTED)

    @ATMT.state()
    def PROTECTED(self, packet: Packet) -> None:
        """There is an association, if the home agent selected the home address."""
        if packet[IKEv2_TSr].traffic_selector[0].starting_address_v6 != self.home:
            self.answer(packet, messages.refused())
            return
        spi = self.who.spis["H"]
        self.associations.held["H"] = messages.association(spi), self.home
        self.answer(packet, *messages.child(spi, self.setting.agents["H"], self.home))

    @ATMT.receive_condition(PROTECTED)
    def asked_more(self, packet: Packet) -> None:
        """Answer what comes again."""
        self.take(packet, -1, self.PROTECTED)


class Registration(Role):
    """A mobile node's binding, which a switch moves to another home agent (draft 4.3)."""

    def parse_args(self, setting: Setting, host: str, report: Report, associations: Associations, **more: Any) -> None:
        """Take what it knows; the failed home agent has a binding of it."""
        super().parse_args(setting, host, report, **more)
        self.who, self.associations = setting.nodes[host], associations
        associations.held["O"] = messages.association(self.who.spis["O"]), self.who.home
        self.numbers, self.outstanding = {"O": 1000, "H": 0}, set[int]()

    def master_filter(self, packet: Packet) -> bool:
        """Hear what is for the care-of address."""
        return IPv6 in packet and packet[IPv6].dst == self.who.care_of

    def opened(self, packet: Packet, agent: str) -> Packet | None:
        """What the association with a home agent protects, None where it protects nothing here."""
        held = self.associations.held.get(agent)
        return None if held is None else messages.opened(packet, held[0])

    def register(self, agent: str, *, lifetime: int = messages.LIFETIME) -> None:
        """Send a binding update; a new home address is to be the one of the mobile node's name."""
        under, home = self.associations.held[agent]
        home = self.who.home if self.setting.fault == "home-address-kept" else home
        self.numbers[agent] += 1
        self.outstanding.add(self.numbers[agent])
        name = self.who.name if home != self.who.home else ""
        address = self.setting.agents[agent]
        said = messages.update(address, self.who.care_of, home, self.numbers[agent], name=name, lifetime=lifetime)
        self.to(agent, under.encrypt(said))

    def is_acknowledged(self, packet: Packet, agent: str) -> bool:
        """Whether a packet accepts one of the updates that are outstanding."""
        one = self.opened(packet, agent)
        if one is None or MIP6MH_BA not in one:
            return False
        return one[MIP6MH_BA].status == 0 and one[MIP6MH_BA].seq in self.outstanding

    def heed(self, packet: Packet) -> None:
        """Follow a switch: with B=1 nothing is said to the home agent that is left."""
        one = self.opened(packet, "H")
        if one is None or MIP6MH_HAS not in one or one[MIP6MH_HAS].addresses != [self.setting.agents["H"]]:
            return
        self.first()
        self.outstanding.clear()
        if not one[MIP6MH_HAS].flags.B or self.setting.fault == "failed-agent-told":
            self.register("O", lifetime=0)
        raise self.SWITCHING()

    @ATMT.state(initial=1)
    def SERVED(self) -> None:
        """Bound at the home agent that is to fail, or has."""

    @ATMT.ioevent(SERVED, name="orders")
    def told(self, orders: Any) -> None:
        """Refresh the binding."""
        orders.recv()
        raise self.REFRESHING()

    @ATMT.receive_condition(SERVED)
    def switched(self, packet: Packet) -> None:
        """Follow a switch."""
        self.heed(packet)

    @ATMT.state()
    def REFRESHING(self) -> None:
        """The binding at the home agent that is to fail is refreshed."""
        self.register("O")
        self.unless_answered("refresh_again")

    @ATMT.timeout(REFRESHING, 1)
    def refresh_again(self) -> None:
        """Send it again."""
        raise self.REFRESHING()

    @ATMT.receive_condition(REFRESHING)
    def refreshed(self, packet: Packet) -> None:
        """Be served."""
        if self.is_acknowledged(packet, "O"):
            self.report("refreshed")
            raise self.SERVED()
        self.heed(packet)

    @ATMT.state()
    def SWITCHING(self) -> None:
        """An update is sent to the home agent that switched."""
        self.register("H")
        self.unless_answered("update_again")

    @ATMT.timeout(SWITCHING, 1)
    def update_again(self) -> None:
        """Send it again."""
        raise self.SWITCHING()

    @ATMT.receive_condition(SWITCHING)
    def acknowledged(self, packet: Packet) -> None:
        """Be bound."""
        if self.is_acknowledged(packet, "H"):
            self.report("bound")
            raise self.BOUND()

    @ATMT.state()
    def BOUND(self) -> None:
        """Bound at the home agent that switched."""

    @ATMT.receive_condition(BOUND)
    def switched_again(self, packet: Packet) -> None:
        """Follow a switch that comes again: register again."""
        self.heed(packet)
