"""Machines that share only a network: namespaces of this one, which root makes on Linux.

Each has its own processes, loopback, shared memory and folder of Ray; other folders are the same. The network between
them is this process: a tap for each, and a thread that carries frames from one to the other, after a delay where one is
wanted. Bandwidth is limited by ``tc`` (token bucket, which more kernels have than netem).
"""

from __future__ import annotations

import os
import select
import shlex
import shutil
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

TAP, SET, FRAME = 0x1002, 0x400454CA, 1 << 17  # IFF_TAP | IFF_NO_PI, TUNSETIFF, the longest frame
MTU, PORT = 9000, 6379
OWN = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--mount-proc")
TOOLS = ("unshare", "nsenter", "mount", "ip", "tc")
BEGIN = """
mkdir -p /tmp/ray && mount -t tmpfs tmpfs /tmp/ray && mount -t tmpfs tmpfs /dev/shm && ip link set lo up && echo up
exec cat
"""
ENTER = """#!/bin/sh
# as ssh is called: options, a host, and what to do there
while [ "${1#-}" != "$1" ]; do shift; done
host=$1; shift
case $host in"""
ROOT = Path(__file__).parent.parent
# what pip installs beside the interpreter, or what the system has
MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))


def lacking() -> str:
    """Return why machines cannot be made here, nothing where they can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root of a Linux makes namespaces"
    lacks = [tool for tool in TOOLS if shutil.which(tool) is None]
    lacks += [] if Path("/dev/net/tun").exists() else ["/dev/net/tun"]
    if lacks:
        return f"not here: {', '.join(lacks)}"
    tried = subprocess.run(("unshare", *OWN, "true"), capture_output=True, check=False)  # noqa: S603, S607 - as it is
    return "" if tried.returncode == 0 else "namespaces are forbidden here"


class Machines:
    """Some machines, by number from 1 on, each with the address 10.123.0.NUMBER.

    ``delay`` is the seconds that a frame is under way.
    """

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        self.env |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": os.urandom(16).hex()}
        self.holders: dict[int, subprocess.Popen[str]] = {}
        self.taps: dict[int, int] = {}
        self.folder = TemporaryDirectory()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._carry, daemon=True)

    def __enter__(self) -> Machines:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for number in [*self.holders]:
            self.kill(number)
        self.ended.set()
        self.thread.join()
        for tap in self.taps.values():
            os.close(tap)
        self.folder.cleanup()

    @staticmethod
    def address(number: int) -> str:
        """Return the address of a machine."""
        return f"10.123.0.{number}"

    def add(self) -> int:
        """Return the number of one machine more."""
        import fcntl  # noqa: PLC0415 - not on every system

        number = len(self.taps) + 1
        command = "unshare", *OWN, "sh", "-c", BEGIN
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - as is
        if holder.stdout is None or holder.stdout.readline() != "up\n":
            raise SystemExit(f"machine {number} did not start")
        self.holders[number] = holder
        tap, name = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK), f"hb{os.getpid()}-{number}"
        fcntl.ioctl(tap, SET, struct.pack("16sH22x", name.encode(), TAP))
        self._must("ip", "link", "set", name, "netns", str(self._first(number)))
        self.run(number, "ip", "link", "set", name, "name", "eth0", "mtu", str(MTU), "up")
        self.run(number, "ip", "address", "add", f"{self.address(number)}/24", "dev", "eth0")
        self.taps[number] = tap
        return number

    def _first(self, number: int) -> int:
        """Return the first process of a machine, as it is called here."""
        pid = self.holders[number].pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii"))

    def inside(self, number: int, *command: str) -> tuple[str, ...]:
        """Return the command that does one on a machine."""
        spaces = "-n", "-m", "-p", "-u", "-i", f"--wdns={ROOT}"
        return ("nsenter", "-t", str(self._first(number)), *spaces, "--", *command)

    def run(self, number: int, *command: str) -> str:
        """Do a command on a machine; return what it prints."""
        return self._must(*self.inside(number, *command))

    def _must(self, *command: str) -> str:
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)  # noqa: S603 - from here
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def start_ray(self, number: int, processors: int = 2) -> str:
        """Let a machine begin a cluster, or join the one of the first machine; return the cluster's address."""
        head = f"{self.address(1)}:{PORT}"
        which = ["--head", f"--port={PORT}", "--include-dashboard=false"] if number == 1 else [f"--address={head}"]
        given = [f"--node-ip-address={self.address(number)}", f"--num-cpus={processors}", "--disable-usage-stats"]
        start = (sys.executable, "-m", "ray.scripts.scripts", "start", *which, *given)
        self.run(number, *start, f"--object-store-memory={1 << 29}")
        return head

    def job(self, processes: Sequence[int], *command: str) -> tuple[str, ...]:
        """Return the command that does one by a job of MPI, with so many processes on each machine from the first on.

        What mpiexec starts by ssh elsewhere enters the other machine instead.
        """
        entered = {self.address(number): shlex.join(self.inside(number)) for number in self.taps}
        places = [f'{address}) exec {command} sh -c "$*" ;;' for address, command in entered.items()]
        script = Path(self.folder.name) / "enter"
        script.write_text("\n".join((ENTER, *places, "esac", "")), encoding="utf-8")
        script.chmod(0o700)
        hosts = ",".join(f"{self.address(number)}:{many}" for number, many in enumerate(processes, start=1))
        own = "-iface", "eth0", "-localhost", self.address(1), "-genv", "UCX_NET_DEVICES", "eth0"
        start = str(MPIEXEC), *own, "-launcher", "ssh", "-launcher-exec", str(script), "-hosts", hosts
        network = "nsenter", "-t", str(self._first(1)), "-n", "--"
        return (*network, *start, "-n", str(sum(processes)), *command)

    def narrow(self, number: int, megabits: int) -> None:
        """Let a machine send no more than so many megabits a second."""
        limit = ("rate", f"{megabits}mbit", "burst", "128kb", "latency", "200ms")
        self.run(number, "tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", *limit)

    def cut(self, number: int) -> None:
        """Take a machine off the network; what runs there goes on."""
        self.run(number, "ip", "link", "set", "eth0", "down")

    def kill(self, number: int) -> None:
        """End a machine with all that runs there, at once."""
        holder = self.holders.pop(number)
        holder.kill()
        holder.communicate()

    def _carry(self) -> None:
        """Carry frames until the end, each to the machine that it is for."""
        known: dict[bytes, int] = {}
        under_way = deque[tuple[float, int, bytes]]()
        while not self.ended.is_set():
            due = max(0.0, under_way[0][0] - monotonic()) if under_way else 0.05
            ready, _, _ = select.select([*self.taps.values()], [], [], due)
            for tap in ready:
                frame = _read(tap)
                known[frame[6:12]] = tap
                others = [one for one in self.taps.values() if one != tap]
                targets = [known[frame[:6]]] if frame[:6] in known else others
                under_way += [(monotonic() + self.delay, one, frame) for one in targets if frame]
            while under_way and under_way[0][0] <= monotonic():
                _, tap, frame = under_way.popleft()
                with suppress(OSError):  # a machine that is no more, or has no room for it
                    os.write(tap, frame)


def _read(tap: int) -> bytes:
    with suppress(OSError):  # the machine is no more
        return os.read(tap, FRAME)
    return b""
