"""The three roles as scapy automata: the home agent, the mobile node, and the home agent that failed.

An automaton is told what happens outside of the network by orders (a failure is detected, a binding is to be
refreshed), and reports what it has come to. Whatever is not answered is sent again, after a while that doubles
(RFC 4306 2.1, RFC 3775 11.8, RFC 5142 5.2); on entering a state its message is sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from haboot.wire import MIP6MH_HAS, MIP6OptDNSUpdate
from scapy.automaton import ATMT, Automaton
from scapy.contrib.ikev2 import IKEv2, IKEv2_CP, IKEv2_Notify, IKEv2_TSr
from scapy.layers.inet6 import HAO, MIP6MH_BA, MIP6MH_BU, IPv6
from scapy.layers.ipsec import SecurityAssociation
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from examples.live import messages
from examples.live.messages import AUTH, CHILD, INIT, Exchange

Report = Callable[[str], None]


@dataclass(frozen=True)
class Node:
    """A mobile node as others know it: its name, its addresses, and the SPI of its association with each home agent.

    ``leased`` is the home address that the home agent gives it where prefixes differ, empty where it keeps its own.
    """

    name: str
    care_of: str
    home: str
    leased: str
    spis: dict[str, int]


@dataclass(frozen=True)
class Setting:
    """What a host knows from the start; ``agents`` and ``macs`` are addresses by host, ``patience`` is in seconds."""

    agents: dict[str, str]
    macs: dict[str, str]
    nodes: dict[str, Node]
    slots: int = 1
    patience: float = 60.0
    fault: str = ""


class Role(Automaton):
    """What all automata have: a link, orders, reports, and timers."""

    def parse_args(self, setting: Setting, host: str, report: Report, **more: Any) -> None:
        """Take what it knows."""
        super().parse_args(**more)
        self.setting, self.host, self.report = setting, host, report
        self.tries = 0
        self.timeout = deepcopy(self.timeout)  # which scapy keeps by class: sessions of one host have their own

    def to(self, host: str, packet: Packet) -> None:
        """Send a packet to a host on the link."""
        macs = self.setting.macs
        self.send(Ether(src=macs[self.host], dst=macs[host]) / packet)

    def first(self) -> None:
        """Begin to count how often something was sent."""
        self.tries = 0

    def unless_answered(self, name: str) -> None:
        """Have a timer fire unless there is an answer, later each time."""
        self.timer_by_name(name).set(self.setting.patience * 2**self.tries)
        self.tries += 1


# the home agent


@dataclass
class Throttle:
    """The IKE exchanges that a home agent runs at once (draft section 5); whoever comes later waits."""

    slots: int
    waiting: deque[Any] = field(default_factory=deque)
    lock: Lock = field(default_factory=Lock)

    def ask(self, session: Any) -> None:
        """Have a session told as soon as there is a slot for it."""
        with self.lock:
            self.waiting.append(session)
            self._serve()

    def give_back(self) -> None:
        """Take a slot back."""
        with self.lock:
            self.slots += 1
            self._serve()

    def _serve(self) -> None:
        while self.slots and self.waiting:
            self.slots -= 1
            self.waiting.popleft().io.orders.send("begin")


class Session(Role):
    """A home agent's session with one mobile node: IKEv2, the switch with B=1, and the binding (draft 4.2 to 4.4)."""

    def parse_args(
        self, setting: Setting, host: str, report: Report, node: str, throttle: Throttle, **more: Any
    ) -> None:  # type: ignore[override]
        """Take what it knows."""
        super().parse_args(setting, host, report, **more)
        self.node, self.who, self.throttle = node, setting.nodes[node], throttle
        self.address = setting.agents[host]
        self.home = self.who.leased or self.who.home
        self.exchange = Exchange(self.address, self.who.care_of, f"{host}-{node}".encode().ljust(8, b"-"))
        self.association = messages.association(self.who.spis[host])
        self.bound = ""

    def master_filter(self, packet: Packet) -> bool:
        """Hear this mobile node alone."""
        return IPv6 in packet and (packet[IPv6].src, packet[IPv6].dst) == (self.who.care_of, self.address)

    def is_answer(self, packet: Packet, kind: int) -> bool:
        """Whether a packet answers the request of this exchange, and does not refuse it."""
        if IKEv2 not in packet or IKEv2_Notify in packet:
            return False
        one = packet[IKEv2]
        return bool((one.init_SPI, one.exch_type) == (self.exchange.spi, kind) and one.flags.Response)

    @ATMT.state(initial=1)
    def WAITING(self) -> None:
        """Nobody suspects the other home agent, or there is no slot."""

    @ATMT.ioevent(WAITING, name="orders")
    def told(self, orders: Any) -> None:
        """Wait for a slot once the failure is detected, and begin when there is one."""
        if orders.recv() == "begin":
            raise self.INIT_SENT()
        self.throttle.ask(self)

    @ATMT.state()
    def INIT_SENT(self) -> None:
        """IKE_SA_INIT is asked."""
        self.to(self.node, self.exchange.request(INIT, *messages.keys()))
        self.unless_answered("init_again")

    @ATMT.timeout(INIT_SENT, 1)
    def init_again(self) -> None:
        """Ask again."""
        raise self.INIT_SENT()

    @ATMT.receive_condition(INIT_SENT)
    def init_answered(self, packet: Packet) -> None:
        """Go on."""
        if self.is_answer(packet, INIT):
            self.first()
            raise self.AUTH_SENT()

    @ATMT.state()
    def AUTH_SENT(self) -> None:
        """IKE_AUTH is asked; where prefixes differ it pushes a home address."""
        push = [messages.pushed(self.home)] if self.who.leased else []
        selectors = messages.selectors(self.address, self.home)
        said = *messages.authenticated(self.address), *push, messages.proposal(3, self.association.spi), *selectors
        self.to(self.node, self.exchange.request(AUTH, *said))
        self.unless_answered("auth_again")

    @ATMT.timeout(AUTH_SENT, 1)
    def auth_again(self) -> None:
        """Ask again."""
        raise self.AUTH_SENT()

    @ATMT.receive_condition(AUTH_SENT)
    def auth_answered(self, packet: Packet) -> None:
        """Go on."""
        if self.is_answer(packet, AUTH):
            self.first()
            raise self.NOTIFIED() if self.setting.fault == "switch-before-association" else self.CHILD_SENT()

    @ATMT.state()
    def CHILD_SENT(self) -> None:
        """CREATE_CHILD_SA is asked."""
        home = self.setting.agents["O"] if self.setting.fault == "wrong-selector" else self.home
        self.to(self.node, self.exchange.request(CHILD, *messages.child(self.association.spi, self.address, home)))
        self.unless_answered("child_again")

    @ATMT.timeout(CHILD_SENT, 1)
    def child_again(self) -> None:
        """Ask again."""
        raise self.CHILD_SENT()

    @ATMT.receive_condition(CHILD_SENT)
    def child_answered(self, packet: Packet) -> None:
        """Give the slot back, and go on."""
        if self.is_answer(packet, CHILD):
            self.first()
            self.throttle.give_back()
            raise self.NOTIFIED()

    @ATMT.state()
    def NOTIFIED(self) -> None:
        """The switch is sent."""
        listed = self.setting.agents["O" if self.setting.fault == "wrong-list" else self.host]
        said = messages.switch(
            self.address,
            self.who.care_of,
            self.home,
            listed=listed,
            bootstrap=self.setting.fault != "b-bit-cleared",
        )
        self.to(self.node, self.association.encrypt(said))
        self.unless_answered("switch_again")

    @ATMT.timeout(NOTIFIED, 1)
    def switch_again(self) -> None:
        """Send it again."""
        raise self.NOTIFIED()

    @ATMT.receive_condition(NOTIFIED)
    def updated(self, packet: Packet) -> None:
        """Bind the mobile node."""
        self.bind(packet)

    @ATMT.state()
    def BOUND(self) -> None:
        """The mobile node is bound here."""

    @ATMT.receive_condition(BOUND)
    def updated_again(self, packet: Packet) -> None:
        """Bind the mobile node once more: an update that comes again is answered again."""
        self.bind(packet)

    def bind(self, packet: Packet) -> None:
        """Bind the mobile node if a packet asks for that, and acknowledge it; a name is updated with a new binding."""
        opening = messages.opened(packet, self.association)
        if opening is None or MIP6MH_BU not in opening:
            return
        asked, home = opening[MIP6MH_BU], opening[HAO].hoa
        named = any(isinstance(one, MIP6OptDNSUpdate) for one in asked.options)
        name = self.who.name if named and self.bound != home else ""
        self.bound = home
        number = asked.seq + (77 if self.setting.fault == "wrong-sequence-number" else 0)
        answer = messages.acknowledgement(self.address, self.who.care_of, home, number, name=name)
        self.to(self.node, self.association.encrypt(answer))
        raise self.BOUND()


# the mobile node


@dataclass
class Associations:
    """A mobile node's associations with home agents, each with the home address that it covers."""

    held: dict[str, tuple[SecurityAssociation, str]] = field(default_factory=dict)
    assigned: str = ""


class Responder(Role):
    """A mobile node's side of the exchange that a home agent begins (draft 4.2, 4.4)."""

    def parse_args(self, setting: Setting, host: str, report: Report, associations: Associations, **more: Any) -> None:  # type: ignore[override]
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

    def parse_args(self, setting: Setting, host: str, report: Report, associations: Associations, **more: Any) -> None:  # type: ignore[override]
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


# the home agent that fails


class Failing(Role):
    """A home agent that serves, and then fails: from then on it says nothing."""

    def master_filter(self, packet: Packet) -> bool:
        """Hear what is for this home agent."""
        return IPv6 in packet and packet[IPv6].dst == self.setting.agents[self.host]

    @ATMT.state(initial=1)
    def SERVING(self) -> None:
        """It serves mobile nodes that are bound to it."""

    @ATMT.receive_condition(SERVING)
    def updated(self, packet: Packet) -> None:
        """Acknowledge an update."""
        for name, one in self.setting.nodes.items():
            opening = messages.opened(packet, messages.association(one.spis[self.host]))
            if opening is not None and MIP6MH_BU in opening:
                said = messages.acknowledgement(opening.dst, one.care_of, one.home, opening[MIP6MH_BU].seq)
                self.to(name, messages.association(one.spis[self.host]).encrypt(said))

    @ATMT.ioevent(SERVING, name="orders")
    def told(self, orders: Any) -> None:
        """Fail."""
        orders.recv()
        raise self.FAILED()

    @ATMT.state(final=1)
    def FAILED(self) -> None:
        """It is down."""
        self.report("failed")
