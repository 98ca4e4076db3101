"""What the roles have in common: what a host knows, and an automaton on a link.

An automaton is told what happens outside of the network by orders (a failure is detected, a binding is to be
refreshed), and reports what it has come to. Whatever is not answered is sent again, after a while that doubles
(RFC 4306 2.1, RFC 3775 11.8, RFC 5142 5.2); on entering a state its message is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from scapy.automaton import Automaton
from scapy.layers.l2 import Ether
from scapy.packet import Packet

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
