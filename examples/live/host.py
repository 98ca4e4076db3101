"""One host as a process: its automata on the interface eth0, orders as lines on standard input, reports on output.

The first line is what it knows, as JSON; then come ``go`` (it answers ``listening``), ``mark`` with a text, a frame of
which tells captures how far they are, and orders for the automata. It ends with its standard input.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from threading import Thread
from typing import Any

from scapy.config import conf
from scapy.layers.l2 import Ether

from examples.live.home_agents import Failing, Session, Throttle
from examples.live.mobile_node import Associations, Registration, Responder
from examples.live.role import Node, Role, Setting

INTERFACE = "eth0"
MARK = "mark"
LOCAL_EXPERIMENT = 0x88B5  # an EtherType of IEEE 802


def setting_of(data: dict[str, Any]) -> Setting:
    """Return what a host knows."""
    return Setting(**{**data, "nodes": {name: Node(**one) for name, one in data["nodes"].items()}})


def report(word: str) -> None:
    """Tell what has come about."""
    print(word, flush=True)  # noqa: T201 - whoever started the host reads it


def automata(host: str, setting: Setting) -> Iterator[Role]:
    """Yield what a host runs, each with a socket of its own."""
    known = {"setting": setting, "host": host, "report": report}
    if host in setting.nodes:
        associations = Associations()
        yield Responder(sock=_socket(), **known, associations=associations)
        yield Registration(sock=_socket(), **known, associations=associations)
    elif host == "O":
        yield Failing(sock=_socket(), **known)
    else:
        throttle = Throttle(setting.slots + (setting.fault == "throttle-ignored"))
        for node in setting.nodes:
            yield Session(sock=_socket(), **known, node=node, throttle=throttle)


def _socket() -> Any:
    return conf.L2socket(iface=INTERFACE, promisc=False)


def run(one: Role) -> None:
    """Run an automaton to its end; what goes wrong in it ends the host."""
    try:
        one.run()
    except BaseException:  # noqa: BLE001 - it is in a thread, where nobody else would hear of it
        traceback.print_exc()
        os._exit(1)


def main(host: str) -> None:
    """Be a host until standard input ends."""
    report("ready")
    setting = setting_of(json.loads(sys.stdin.readline()))
    sys.stdin.readline()
    some, marker = [*automata(host, setting)], _socket()
    for one in some:
        Thread(target=run, args=(one,), daemon=True).start()
    report("listening")
    for line in sys.stdin:
        if line.startswith(MARK):
            marker.send(Ether(src=setting.macs[host], dst=setting.macs["H"], type=LOCAL_EXPERIMENT) / line.strip())
        else:
            for one in some:
                if "orders" in one.ionames:
                    one.io.orders.send(line.strip())
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
