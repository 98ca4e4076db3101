"""The home agents: one that bootstraps mobile nodes within its throttle, and one that serves and then fails."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from haboot.wire import MIP6OptDNSUpdate
from scapy.automaton import ATMT
from scapy.contrib.ikev2 import IKEv2, IKEv2_Notify
from scapy.layers.inet6 import HAO, MIP6MH_BU, IPv6
from scapy.packet import Packet

from examples.live import messages
from examples.live.messages import AUTH, CHILD, INIT, Exchange
from examples.live.role import Report, Role, Setting


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
    ) -> None:
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
        """Go on."""
        if self.is_answer(packet, CHILD):
            self.first()
            raise self.NOTIFIED()

    @ATMT.state()
    def NOTIFIED(self) -> None:
        """The switch is sent; with the first one the slot is given back."""
        listed = self.setting.agents["O" if self.setting.fault == "wrong-list" else self.host]
        said = messages.switch(
            self.address,
            self.who.care_of,
            self.home,
            listed=listed,
            bootstrap=self.setting.fault != "b-bit-cleared",
        )
        self.to(self.node, self.association.encrypt(said))
        if not self.tries:
            self.throttle.give_back()
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
