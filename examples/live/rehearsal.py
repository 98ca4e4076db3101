"""A bootstrap from beginning to end: hosts are started, one home agent fails, and ``haboot conform -i`` judges."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, sleep

from haboot.model import Scenario
from haboot.wire import Plan, usual

from examples.live.host import MARK
from examples.live.network import BRIDGE, LONG, Network, Process
from examples.live.role import Node, Setting

FAULTS: Mapping[str, str] = {
    "failed-agent-told": "after a switch with B=1 the node de-registers from the failed home agent",
    "switch-before-association": "the home agent sends the switch before there is an association",
    "wrong-selector": "the home agent selects another address than the node's home address",
    "wrong-list": "the switch lists the failed home agent",
    "b-bit-cleared": "the switch has B=0",
    "wrong-sequence-number": "an acknowledgement answers a sequence number that no update has",
    "home-address-kept": "the node keeps its home address though it was given another one",
    "throttle-ignored": "the home agent runs more IKE exchanges than its throttle allows",
}
UNDER_LOSS = ("loss", "early-timers", "switch-retransmission")  # a host cannot tell what is lost from what is late
CAPTURING = {
    "tcpdump": ("tcpdump", "-i", BRIDGE, "-U", "--immediate-mode", "-Z", "root", "-w"),
    "dumpcap": ("dumpcap", "-i", BRIDGE, "-q", "-w"),  # which tshark runs to capture, and may leave behind
}
AGENTS = "OH"
LOOK = 0.05  # seconds between two looks at a capture


@dataclass(frozen=True)
class Play:
    """What is played: where ``loss`` is none, whatever is unanswered for a minute is a fault of the machine.

    ``loss`` is in percent of the packets on each link, behind the bridge. With ``refresh`` the failed home agent serves
    at first, and the nodes refresh their bindings.
    """

    fault: str = ""
    loss: int = 0
    prefixes: str = "same"
    nodes: int = 1
    refresh: bool = False

    @property
    def scenario(self) -> Scenario:
        """What it is to be a run of."""
        assumed = {*(UNDER_LOSS if self.loss else ()), *(("crash", "refresh") if self.refresh else ())}
        return Scenario("", "", self.prefixes, mobile_nodes=self.nodes, assumptions=frozenset(assumed))


@dataclass(frozen=True)
class Judged:
    """What came of it: the exit status of ``haboot conform``, what it printed, and the same as JSON."""

    status: int
    told: str
    data: dict[str, object]


def options(play: Play) -> list[str]:
    """Return what makes ``haboot conform`` judge a play."""
    made = play.scenario
    words = ["--prefixes", made.prefixes, "--mobile-nodes", str(play.nodes), "--slots", "1"]
    return [*words, *(["--assume", ",".join(sorted(made.assumptions))] if made.assumptions else [])]


def setting(play: Play, plan: Plan) -> Setting:
    """Return what the hosts know."""
    leased = play.prefixes == "different"
    nodes = {
        name: Node(
            one.name,
            one.care_of["a"],
            one.home["old"],
            one.home["H1"] if leased else "",
            {agent: 0x1000 * (1 + place) + number for place, agent in enumerate(AGENTS)},
        )
        for number, (name, one) in enumerate(plan.nodes.items(), start=1)
    }
    agents = {agent: plan.agents[agent] for agent in AGENTS}
    macs = {host: plan.macs[host] for host in (*agents, *nodes)}
    return Setting(agents, macs, nodes, patience=1.0 if play.loss else 60.0, fault=play.fault)


def rehearsed(play: Play, folder: Path, capturing: str = "", say: Callable[[str], None] = lambda _: None) -> Judged:
    """Play a bootstrap and have it judged while it goes on; ``capturing`` names who writes it to a file as well.

    The files are ``judgement.json`` and ``capture`` in a folder. Raises RuntimeError or TimeoutError, with what was
    heard, where the hosts do not do as they should.
    """
    known = setting(play, usual(play.scenario))
    with Network() as network:
        for host, mac in known.macs.items():
            network.add_host(host, mac)
            if play.loss:
                network.lose(host, play.loss)
        for host in known.macs:
            network.some[host].tell(json.dumps(asdict(known)))
            network.some[host].tell("go")
        for host in known.macs:
            network.wait_for(host, "listening")
        path = folder / "capture"
        capture = _capturing(network, capturing, path) if capturing else None
        say(f"{', '.join(known.macs)} are on {BRIDGE}")
        judge = network.at_bridge("judge", _command(play, folder))
        network.wait_for("judge", "following")
        _play(play, known, network)
        judge.running.send_signal(signal.SIGINT)
        status = judge.running.wait(LONG)
        judge.reader.join()
        if capture is not None:
            _until_marked(network, path)
            capture.running.send_signal(signal.SIGTERM)
            capture.running.wait(LONG)
        written = folder / "judgement.json"
        data = json.loads(written.read_text()) if written.exists() else {}
        return Judged(status, "\n".join(judge.lines[1:]), data)


def _command(play: Play, folder: Path) -> list[str]:
    written = str(folder / "judgement.json")
    return [sys.executable, "-m", "haboot", "conform", "-i", BRIDGE, *options(play), "--json", written]


def _play(play: Play, known: Setting, network: Network) -> None:
    """Have one home agent serve and fail, and the other one notice, until all nodes are bound or one deviates."""
    if play.refresh:
        for node in known.nodes:
            network.some[node].tell("refresh")
        for node in known.nodes:
            network.wait_for(node, "refreshed")
    network.some["O"].tell("fail")
    network.wait_for("O", "failed")
    network.some["H"].tell("detect")
    waiting = {*known.nodes}
    while waiting:
        name, _ = network.wait({("judge", ""), *((node, "bound") for node in waiting)})
        if name == "judge":
            return
        waiting.discard(name)


def _capturing(network: Network, program: str, path: Path) -> Process:
    """Have a program capture what passes the bridge; it does when this returns."""
    started = network.at_bridge("capture", [*CAPTURING[program], str(path)])
    _until_marked(network, path)
    return started


def _until_marked(network: Network, path: Path) -> None:
    """Wait until a capture holds what has passed so far: marks are sent until it has one of them."""
    sent, until = list[bytes](), monotonic() + LONG
    while not path.exists() or not any(one in path.read_bytes() for one in sent):
        if monotonic() > until:
            raise TimeoutError(f"nothing is captured; heard: {network.told()}")
        mark = f"{MARK} {monotonic():.6f}"
        network.some["O"].tell(mark)
        sent.append(mark.encode())
        sleep(LOOK)
