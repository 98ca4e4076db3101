"""What is told on the way of a search by many machines: on a terminal, and in lines where there is none."""

from __future__ import annotations

import io
import sys

import pytest
from haboot.checker import Limits, Share
from haboot.checker.packed import PackedSpace
from haboot.checker.packed.cluster import Within, explore
from haboot.cli import progress
from haboot.cli.progress import Meter

from examples.two_phase_commit import two_phase_commit

MIB = 1 << 20
FIRST = (Share("10.0.0.1", 2, 1_000, 600, 3 * MIB, 0), Share("10.0.0.2", 1, 500, 500, MIB, 0))
SECOND = (Share("10.0.0.1", 2, 3_000, 1_600, 3 * MIB, 4 * MIB), Share("10.0.0.2", 1, 300, 300, MIB, 0))


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock says, to be set."""
    moment = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: moment[0])
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    return moment


def told(stream: io.StringIO, clock: list[float], monkeypatch: pytest.MonkeyPatch) -> Meter:
    """Tell of a search that takes ten seconds, and of what is seen after two and after four."""
    monkeypatch.setattr(sys, "stderr", stream)
    meter = Meter()
    meter.begin("a search")
    for seconds, shares, note in ((0.5, FIRST, ""), (2.0, FIRST, ""), (4.0, SECOND, "one is not used")):
        clock[0] = 100.0 + seconds
        meter(1_500, 3_000, 30, 4)
        meter.shares(shares, note)
    return meter


def test_lines_are_written_where_no_terminal_is(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    meter = told(stream, clock, monkeypatch)
    first, one, other, balance = stream.getvalue().splitlines()
    assert first.startswith("a search: 1,500 distinct, 1,500 generated/s, queue 30, depth 4")
    assert one == "  10.0.0.1: 2 actors, 1,000 states, 500/s, 3 MiB, sends 0.0 MiB/s"
    assert other == "  10.0.0.2: 1 actor, 500 states, 250/s, 1 MiB, sends 0.0 MiB/s"
    assert balance.startswith("  balance 0.83 ")
    assert meter.lines == [
        "  10.0.0.1: 2 actors, 3,000 states, 1,000/s, 3 MiB, sends 2.0 MiB/s",
        "  10.0.0.2: 1 actor, 300 states, 0/s, 1 MiB, sends 0.0 MiB/s",
        "  balance 0.69 (states of an actor on average, to those of the fullest)",
        "one is not used",
    ]
    clock[0] = 113.0
    meter.shares(SECOND, "")
    assert len(stream.getvalue().splitlines()) == 8


def test_a_terminal_shows_each_machine(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    meter = told(screen, clock, monkeypatch)
    meter(1_600, 3_000, 30, 4)
    meter.end()
    assert "  10.0.0.1: 2 actors, 3,000 states" in screen.getvalue()
    assert "balance 0.69" in screen.getvalue()


def test_nothing_is_told_where_there_is_no_stream(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    meter = Meter()
    monkeypatch.setattr(sys, "stderr", None)
    clock[0] = 200.0
    meter.shares(FIRST, "")
    assert meter.lines


def test_a_search_tells_each_shard(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    meter = Meter()
    meter.begin("2PC")
    clock[0] = 103.0
    explore(two_phase_commit(4), Limits(), meter, PackedSpace, carrier=Within(2))
    lines = stream.getvalue().splitlines()
    assert [line.split(":")[0].strip() for line in lines[:3]] == ["2PC", "shard 0", "shard 1"]
