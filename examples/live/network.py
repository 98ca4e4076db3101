"""Hosts on a bridge, each in a network namespace that lasts as long as the process in it.

No namespace has a name, and each process is killed with the thread that started it: nothing is left behind, not even
where the program is killed. Making namespaces takes root, or a user namespace: ``unshare --map-root-user --net``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import IO, cast

BRIDGE = "br0"
NEEDED = ("ip", "tc", "unshare", "nsenter", "setpriv")
LONG = 120.0  # seconds after which nothing more is to be expected
# loads a random number; where it is below the bound the packet is dropped (TC_ACT_SHOT), else it passes (TC_ACT_OK)
LOSING = "4,32 0 0 4294963256,53 1 0 {},6 0 0 2,6 0 0 0"
WITH_ME = ("setpriv", "--pdeathsig", "KILL")


def obstacle(*programs: str) -> str:
    """Return why there can be no network here, empty where there can."""
    lacking = [one for one in (*NEEDED, *programs) if shutil.which(one) is None]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    trial = "ip link add one type veth peer name other && ip link add bridge type bridge && tc qdisc add dev one clsact"
    try:
        run("unshare", "--net", "sh", "-c", trial)
    except RuntimeError as error:
        return f"network namespaces cannot be made: {str(error).partition(': ')[2]}"
    return ""


@dataclass
class Process:
    """A process whose lines are heard as they come, those on standard error as well."""

    name: str
    running: subprocess.Popen[str]
    heard: Queue[tuple[str, str]]
    lines: list[str] = field(default_factory=list)
    reader: Thread = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in cast(IO[str], self.running.stdout):
            self.lines.append(line.rstrip("\n"))
            self.heard.put((self.name, line.rstrip("\n")))
        self.heard.put((self.name, ""))  # it has ended

    def tell(self, line: str) -> None:
        """Give it a line."""
        print(line, file=self.running.stdin, flush=True)


class Network:
    """Namespaces on a bridge; everything ends with it."""

    def __init__(self) -> None:
        self.heard: Queue[tuple[str, str]] = Queue()
        self.unheeded = list[tuple[str, str]]()
        self.open, self.some = ExitStack(), dict[str, Process]()

    def __enter__(self) -> Network:
        """Make the bridge, in a namespace of its own."""
        self.start("bridge", ["unshare", "--net", "sh", "-c", "echo ready; exec cat"])
        try:
            self.wait_for("bridge", "ready")
            self.command("ip", "link", "add", BRIDGE, "type", "bridge", "mcast_snooping", "0")
            self.command("sysctl", "-q", "-w", f"net.ipv6.conf.{BRIDGE}.disable_ipv6=1")
            self.command("ip", "link", "set", BRIDGE, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Kill all processes, and with them their namespaces."""
        for one in self.some.values():
            one.running.kill()
        for one in self.some.values():
            one.running.wait()
            one.reader.join()
            for stream in (one.running.stdin, one.running.stdout):
                if stream is not None:
                    stream.close()

    def start(self, name: str, command: Sequence[str]) -> Process:
        """Start a process that does not outlive this one."""
        started = subprocess.Popen(  # noqa: S603 - a command of our own
            [*WITH_ME, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        self.some[name] = Process(name, started, self.heard)
        return self.some[name]

    def at_bridge(self, name: str, command: Sequence[str]) -> Process:
        """Start a process where the bridge is."""
        return self.start(name, [*self._inside("bridge"), *command])

    def add_host(self, name: str, mac: str) -> Process:
        """Start a host, and put it on the bridge; a loss may be given to its link."""
        host = self.start(name, ["unshare", "--net", sys.executable, "-m", "examples.live.host", name])
        self.wait_for(name, "ready")
        bridge, pid = self.some["bridge"].running.pid, host.running.pid
        link = f"to-{name}"
        run("ip", "link", "add", link, "netns", str(bridge), "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        inside = self._inside(name)
        for port, where in ((link, self._inside("bridge")), ("eth0", inside)):
            run(*where, "sysctl", "-q", "-w", f"net.ipv6.conf.{port}.disable_ipv6=1")
        run(*inside, "ip", "link", "set", "eth0", "address", mac, "up")
        self.command("ip", "link", "set", link, "master", BRIDGE, "up")
        return host

    def lose(self, name: str, percent: int) -> None:
        """Lose some of what goes to a host, behind the bridge: by netem, or by a filter where the kernel lacks that."""
        port = f"to-{name}"
        try:
            self.command("tc", "qdisc", "add", "dev", port, "root", "netem", "loss", "random", f"{percent}%")
        except RuntimeError:
            self.command("tc", "qdisc", "add", "dev", port, "clsact")
            drawn = LOSING.format(percent * 2**32 // 100)
            self.command(*f"tc filter add dev {port} egress protocol all bpf da bytecode".split(), drawn)

    def command(self, *words: str) -> None:
        """Run a command where the bridge is."""
        run(*self._inside("bridge"), *words)

    def _inside(self, name: str) -> tuple[str, ...]:
        return ("nsenter", "--target", str(self.some[name].running.pid), "--net", "--")

    def wait_for(self, name: str, word: str) -> None:
        """Wait until a process says a line that begins with a word."""
        self.wait({(name, word)})

    def wait(self, wanted: set[tuple[str, str]]) -> tuple[str, str]:
        """Return the first that comes of processes and the words that their lines begin with, "" for an end.

        Raises RuntimeError where any other process ends, and TimeoutError where nothing comes.
        """
        until = monotonic() + LONG
        while True:
            for place, (name, line) in enumerate(self.unheeded):
                for who, word in wanted:
                    if who == name and (line.startswith(word) if word else not line):
                        del self.unheeded[place]
                        return who, word
                if not line:
                    raise RuntimeError(f"{name} has ended; heard: {self.told()}")
            try:
                self.unheeded.append(self.heard.get(timeout=max(until - monotonic(), 0)))
            except Empty:
                raise TimeoutError(f"nothing came of {sorted(wanted)}; heard: {self.told()}") from None

    def told(self) -> str:
        """Return the last lines of each process."""
        return "; ".join(f"{name}: {' | '.join(one.lines[-5:])}" for name, one in self.some.items())


def run(*command: str) -> None:
    """Run a command; raises RuntimeError with what it says where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - commands of our own
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
