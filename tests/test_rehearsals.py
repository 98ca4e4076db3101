"""A bootstrap in earnest: hosts in network namespaces that lose packets, judged while they speak and afterwards.

Nothing here waits for a time to pass: hosts report what they have come to, and programs that capture are done when a
mark that was sent after all else is in their file.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from haboot.cli.main import run

from examples.live import rehearsal
from examples.live.network import LONG, NEEDED, Network, obstacle
from examples.live.rehearsal import FAULTS, Play, options, rehearsed

OBSTACLE = obstacle()
pytestmark = pytest.mark.skipif(bool(OBSTACLE), reason=OBSTACLE or "there is none")
DEVIATING = {
    "failed-agent-told": (Play, "Binding Update MN1 → O", 7, {"R17", "R18"}),
    "switch-before-association": (Play, "Home Agent Switch H → MN1", 4, set()),
    "wrong-selector": (Play, "CREATE_CHILD_SA request H → MN1", 4, {"R14"}),
    "wrong-list": (Play, "Home Agent Switch H → MN1", 6, {"R21b"}),
    "b-bit-cleared": (Play, "Home Agent Switch H → MN1", 6, {"R21a"}),
    "wrong-sequence-number": (Play, "Binding Acknowledgement H → MN1", 8, {"R29"}),
    "home-address-kept": (lambda fault: Play(fault, prefixes="different"), "Binding Update MN1 → H", 7, set()),
    "throttle-ignored": (lambda fault: Play(fault, nodes=2), "IKE_SA_INIT request H → ", 1, set()),
}  # by fault: what is played, which packet deviates, how many come before it, and some of what it is against
LOSSY = Play(loss=30), Play(loss=30, prefixes="different"), Play(loss=20, refresh=True), Play(loss=20, nodes=2)
SAME = ("answer", "explained", "scenario", "assumptions")


def needs(program: str) -> None:
    lacking = obstacle(program)
    if lacking:
        pytest.skip(lacking)


def offline(play: Play, folder: Path) -> dict[str, Any]:
    """Judge what was captured of a play, from its file."""
    written = folder / "offline.json"
    run(["conform", str(folder / "capture"), *options(play), "--json", str(written)])
    data: dict[str, Any] = json.loads(written.read_text())
    return data


def messages(data: dict[str, Any]) -> list[str]:
    return [one["message"] for one in data["messages"]]


def conforms(play: Play, folder: Path, capturing: str) -> dict[str, Any]:
    made = rehearsed(play, folder, capturing)
    assert made.status == 0, made.told
    assert made.told.startswith("CONFORMS"), made.told
    after = offline(play, folder)
    assert after["answer"] == "CONFORMS"
    heard = messages(made.data)
    assert messages(after)[: len(heard)] == heard
    assert "Binding Acknowledgement H → MN1" in heard
    return made.data


def deviates(fault: str, folder: Path, capturing: str) -> None:
    play, packet, before, against = DEVIATING[fault]
    made = rehearsed(play(fault), folder, capturing)
    assert made.status == 1, made.told
    after = offline(play(fault), folder)
    for data in (made.data, after):
        assert data["explained"] == before, made.told
        assert data["deviation"]["message"].startswith(packet), made.told
        assert against <= {*data["deviation"]["against"]}, made.told
    assert all(made.data[one] == after[one] for one in SAME)
    assert len(messages(made.data)) == before + 1  # it was told at that packet
    assert made.data["deviation"]["allowed"] == after["deviation"]["allowed"]


def test_a_bootstrap_conforms_while_it_goes_on(tmp_path: Path) -> None:
    needs("tcpdump")
    assert len(messages(conforms(Play(), tmp_path, "tcpdump"))) == 9


def test_a_fault_is_told_at_its_packet(tmp_path: Path) -> None:
    needs("tcpdump")
    deviates("failed-agent-told", tmp_path, "tcpdump")


def test_all_faults_are_tried() -> None:
    assert DEVIATING.keys() == FAULTS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_told_at_its_packet(fault: str, tmp_path: Path) -> None:
    needs("tcpdump")
    deviates(fault, tmp_path, "tcpdump")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("play", "count"),
    [(Play(prefixes="different"), 9), (Play(nodes=2), 18), (Play(refresh=True), 11)],
    ids=["different", "two", "refresh"],
)
def test_other_bootstraps_conform(play: Play, count: int, tmp_path: Path) -> None:
    needs("dumpcap")
    assert len(messages(conforms(play, tmp_path, "dumpcap"))) == count


@pytest.mark.slow
@pytest.mark.parametrize("draw", range(3))
@pytest.mark.parametrize(
    "play",
    [Play(loss=30), Play(loss=30, prefixes="different"), Play(loss=20, refresh=True), Play(loss=20, nodes=2)],
    ids=str,
)
def test_a_bootstrap_over_links_that_lose_packets_conforms(play: Play, draw: int, tmp_path: Path) -> None:
    needs("tcpdump")
    data = conforms(play, tmp_path, "tcpdump")
    asked = {"loss", "early-timers", "switch-retransmission", *(("crash", "refresh") if play.refresh else ())}
    assert all({*some} <= asked for some in data["assumptions"]), draw


def children() -> set[int]:
    """The processes below this one."""
    below = dict[int, int]()
    for one in Path("/proc").glob("[0-9]*"):
        try:
            below[int(one.name)] = int((one / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended meanwhile
            continue
    found, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, parent in below.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found - {os.getpid()}


def come_true(what: Callable[[], bool]) -> None:
    until = monotonic() + LONG
    while not what():
        assert monotonic() < until
        sleep(0.02)


def namespaces() -> set[str]:
    found = set[str]()
    for one in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(os.readlink(one))
        except OSError:  # it has ended meanwhile
            continue
    return found


def of(pids: set[int]) -> set[str]:
    return {os.readlink(f"/proc/{pid}/ns/net") for pid in pids} - {os.readlink("/proc/self/ns/net")}


def test_nothing_is_left_of_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before, made = children(), set[str]()

    def fails(_play: object, _known: object, network: Network) -> None:
        made.update(of({one.running.pid for one in network.some.values()}))
        raise TimeoutError

    monkeypatch.setattr(rehearsal, "_play", fails)
    with pytest.raises(TimeoutError):
        rehearsed(Play(), tmp_path)
    assert len(made) == 4
    assert children() <= before
    assert not made & namespaces()


def test_nothing_is_left_when_it_is_killed(tmp_path: Path) -> None:
    before = children()
    with subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "examples.live", "--loss", "90", "--folder", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    ) as process:
        assert process.stdout is not None
        assert "are on br0" in process.stdout.readline()
        mine = children() - before
        made = of(mine - {process.pid})
        assert len(made) == 4
        process.send_signal(signal.SIGKILL)
    come_true(lambda: not made & namespaces())
    come_true(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in mine))


def test_what_is_lacking_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert obstacle("no-such-program") == "not installed: no-such-program"
    monkeypatch.setattr("examples.live.network.NEEDED", (*NEEDED, "nor-this"))
    assert obstacle() == "not installed: nor-this"


def test_the_right_that_is_lacking_is_told_in_a_line() -> None:
    if os.geteuid():
        pytest.skip("only root can give rights away")
    done = subprocess.run(
        ["setpriv", "--bounding-set", "-net_raw", sys.executable, "-m", "haboot", "conform", "-i", "lo"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "reading packets takes CAP_NET_RAW" in done.stderr
    assert done.stderr.count("\n") == 1
