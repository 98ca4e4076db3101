"""Interfaces followed: what is refused, when it ends, what was missed; with sockets that hand over what they hold."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Iterable
from time import time
from typing import Any

import pytest
from haboot.checker import ModelError
from haboot.cli.main import run
from haboot.wire import Tap
from haboot.wire import live as followed
from scapy.config import conf
from scapy.layers.l2 import Ether
from scapy.supersocket import SuperSocket

from tests.test_conform_command import frames_of

Told = Callable[..., tuple[int, str, str]]


class Held:
    """A socket that holds frames with the times at which the kernel had them; a number among them is an error's."""

    def __init__(self, frames: Iterable[tuple[bytes, float | None] | int], dropped: Iterable[int] = ()) -> None:
        self.frames, self.dropped, self.ins, self.iface = [*frames], [*dropped], self, "held"
        self.ready, self.given = os.pipe()
        os.write(self.given, b"x" * len(self.frames))

    def fileno(self) -> int:
        return self.ready

    def recv_raw(self, _: int) -> tuple[Any, bytes, float | None]:
        os.read(self.ready, 1)
        one = self.frames.pop(0)
        if isinstance(one, int):
            raise OSError(one, os.strerror(one))
        return (Ether, *one)

    def getsockopt(self, *_: int) -> bytes:
        if not self.dropped:
            raise OSError
        return struct.pack("II", 9, self.dropped.pop(0))

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.ready)
        os.close(self.given)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have interfaces hold frames, by their names."""

    def holds(**sockets: Held) -> None:
        monkeypatch.setattr(followed, "_opened", lambda name: sockets[name])
        monkeypatch.setattr(followed.socket, "if_nameindex", lambda: [*enumerate(sockets)])
        monkeypatch.setattr(conf, "L2listen", SuperSocket)

    return holds


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    def ran(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["conform", *words])
        return status, *capsys.readouterr()

    return ran


def timed(frames: Iterable[bytes]) -> list[tuple[bytes, float | None]]:
    return [(one, float(second)) for second, one in enumerate(frames)]


def test_packets_of_several_interfaces_come_in_their_order(held: Callable[..., None]) -> None:
    held(a=Held([(b"1", 1.0), (b"4", 4.0)]), b=Held([(b"2", 2.0), (b"", None), (b"3", 3.0), (b"last", None)]))
    with Tap(["a", "b", "a"]) as tap:
        assert tap.names == ("a", "b")
        read = tap.read(lambda: True)
        found = [next(read) for _ in range(5)]
    assert [(one.number, one.data) for one in found] == [*enumerate((b"1", b"2", b"3", b"4", b"last"), start=1)]


def test_what_passed_before_the_end_is_read_and_no_more(held: Callable[..., None]) -> None:
    held(a=Held([(b"before", 1.0), (b"after", time() + 1000), (b"never", time() + 2000)]))
    with Tap(["a"]) as tap:
        assert [one.data for one in tap.read(lambda: False)] == [b"before"]


def test_an_interface_that_goes_is_told(held: Callable[..., None]) -> None:
    held(a=Held([(b"x", 1.0), errno.ENETDOWN]))
    with Tap(["a"]) as tap:
        assert len([*tap.read(lambda: True)]) == 1
    assert tap.gone == f"held is gone ({os.strerror(errno.ENETDOWN)})"


def test_what_others_had_when_one_goes_is_read(held: Callable[..., None]) -> None:
    held(a=Held([(b"x", 1.0)]), b=Held([errno.ENETDOWN]))
    with Tap(["a", "b"]) as tap:
        assert [one.data for one in tap.read(lambda: True)] == [b"x"]


def test_what_the_kernel_dropped_is_counted(held: Callable[..., None]) -> None:
    held(a=Held([(b"x", 1.0), (b"y", 2.0), (b"z", 3.0)], dropped=[0, 5]))
    with Tap(["a"]) as tap:
        assert len([*tap.read(lambda: False)]) == 3
        assert tap.dropped == 5


def test_an_interface_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, told: Told) -> None:
    monkeypatch.setattr(followed.socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    status, out, err = told("-i", "eht0")
    assert (status, out) == (2, "")
    assert err == "haboot: there is no interface 'eht0' here; did you mean 'eth0'? (there are: lo, eth0)\n"


def test_the_right_that_is_lacking_is_named(monkeypatch: pytest.MonkeyPatch, told: Told) -> None:
    def refuses(**_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(conf, "L2listen", refuses)
    status, out, err = told("-i", "lo")
    assert (status, out) == (2, "")
    assert "'lo' cannot be followed: reading packets takes CAP_NET_RAW" in err
    assert err.count("\n") == 1


def test_a_socket_is_given_room(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[tuple[int, ...]]()

    class Made(Held):
        def setsockopt(self, *given: int) -> None:
            asked.append(given)

    monkeypatch.setattr(conf, "L2listen", lambda **_: Made([]))
    with Tap(["lo"]):
        assert [one[-1] for one in asked] == [followed.BUFFER]


def test_it_ends_at_the_packet_that_deviates(held: Callable[..., None], told: Told) -> None:
    frames = timed(frames_of("b-bit-is-invisible"))
    held(a=Held([(b"noise", 0.0), *frames]))
    status, out, err = told("-i", "a", "same-prefix")
    assert status == 1
    assert err == "following a; an interrupt ends it with the verdict so far\n"
    assert "the first 7 of 8 messages on a are those" in out
    assert "packet 9: Binding Update MN1 → O" in out


def test_so_many_packets_are_enough(held: Callable[..., None], told: Told) -> None:
    frames = timed(frames_of("deregister-or-not"))
    held(a=Held(frames))
    status, out, _ = told("-i", "a", "same-prefix", "--packets", "3")
    assert status == 0
    assert out.startswith("CONFORMS: the 3 messages on a are those of a run of same+1x1\n")


def test_so_many_seconds_are_enough(held: Callable[..., None], told: Told) -> None:
    held(a=Held(timed(frames_of("deregister-or-not"))), b=Held([]))
    status, out, _ = told("-i", "a", "-i", "b", "same-prefix", "--for", "1", "--json", "-")
    assert status == 0
    assert '"interfaces": [\n    "a",\n    "b"\n  ]' in out
    assert '"capture": null' in out


def test_what_was_dropped_or_gone_leaves_it_open(held: Callable[..., None], told: Told) -> None:
    frames = timed(frames_of("deregister-or-not"))
    held(a=Held([*frames[:3], *frames[4:]], dropped=[1]))
    status, out, _ = told("-i", "a", "same-prefix")
    assert status == 3
    assert "not known: packets that the kernel dropped: 1 of which nothing is known" in out
    held(a=Held([*frames, errno.ENETDOWN]))
    status, out, _ = told("-i", "a", "same-prefix")
    assert status == 3
    assert "not known: what follows: held is gone" in out


def test_more_messages_than_are_judged_end_it(
    monkeypatch: pytest.MonkeyPatch, held: Callable[..., None], told: Told
) -> None:
    monkeypatch.setattr("haboot.wire.judge.MESSAGES", 3)
    held(a=Held(timed(frames_of("deregister-or-not"))))
    status, out, _ = told("-i", "a", "same-prefix")
    assert status == 3
    assert "not known: what follows packet 3: more than 3 packets might be messages" in out


def test_nothing_heard_is_told_in_a_line(held: Callable[..., None], told: Told) -> None:
    held(a=Held([]))
    status, out, err = told("-i", "a", "--for", "1")
    assert (status, out) == (2, "")
    assert "holds no message of the protocol" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "there is nothing to judge: a CAPTURE in pcap or pcapng is due, or -i IFACE to follow"),
        (
            "-i lo a.pcap same-prefix",
            "with -i there is no capture: 'a.pcap' and 'same-prefix' are one scenario too many",
        ),
        ("a.pcap --for 3", "--for and --packets end what -i follows, and a capture ends by itself"),
        ("a.pcap --packets 3", "--for and --packets end what -i follows"),
        ("nowhere.pcap", "nowhere.pcap"),
        ("-i lo --for 0", "'0' is no whole number from 1 on"),
    ],
)
def test_words_that_do_not_fit_are_refused(told: Told, words: str, said: str) -> None:
    status, out, err = told(*words.split())
    assert (status, out) == (2, "")
    assert said in err


def test_a_tap_that_cannot_be_opened_closes_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Held([])

    def opens(name: str) -> Held:
        if name == "a":
            return first
        raise ModelError("no")

    monkeypatch.setattr(followed, "_opened", opens)
    monkeypatch.setattr(followed.socket, "if_nameindex", lambda: [(1, "a"), (2, "b")])
    with pytest.raises(ModelError, match="no"), Tap(["a", "b"]):
        pass
    with pytest.raises(OSError, match="file descriptor"):
        os.fstat(first.ready)
