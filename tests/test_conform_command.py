"""``haboot conform``: what it prints, what it refuses, and captures that are damaged, encrypted or of others."""

from __future__ import annotations

import json
import random
import resource
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from haboot.checker import EngineError, ModelError
from haboot.cli.main import run
from haboot.ledger import BY_NAME
from haboot.wire import Capture, Plan, Question, heard, judged, plan_of
from haboot.wire.hearing import Raw
from scapy.contrib.ikev2 import IKEv2, IKEv2_Encrypted, IKEv2_Notify
from scapy.layers.inet import UDP
from scapy.layers.inet6 import MIP6MH_BE, MIP6MH_BU, IPv6, IPv6ExtHdrFragment
from scapy.layers.ipsec import ESP
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from tests.wires import listened, written_of

AGENT, NODE = "2001:db8:1::2", "2001:db8:9::5"
FOLLOWED, TWO = "deregister-or-not", "registrations-outrun-slots"


def frames_of(name: str) -> list[bytes]:
    return [bytes(one.packet) for one in written_of(BY_NAME[name])]


def pcap(path: Path, frames: Sequence[bytes], *, link: int = 1, snap: int = 1 << 16, order: str = "<") -> Path:
    """Write a capture as pcap, one packet a second."""
    records = (
        struct.pack(f"{order}IIII", second, 0, min(len(one), snap), len(one)) + one[:snap]
        for second, one in enumerate(frames, start=1)
    )
    path.write_bytes(struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, link) + b"".join(records))
    return path


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def ran(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["conform", *words])
        return status, *capsys.readouterr()

    return ran


Told = Callable[..., tuple[int, str, str]]


def test_a_capture_that_is_a_run_conforms(tmp_path: Path, told: Told) -> None:
    path = pcap(tmp_path / "a.pcap", frames_of(FOLLOWED))
    status, out, _ = told(str(path), "-v")
    assert status == 0
    assert out.startswith(f"CONFORMS: the 8 messages in {path} are those of a run of same+1x1\n")
    assert "who is who (guessed): H 2001:db8:1::2, MN1 home address old 2001:db8:1::100" in out
    assert "H.MN1 starts IKE  packet 1\n" in out
    assert told(str(path), "same-prefix")[1].count("as haboot trace --pcap writes it") == 1


def test_what_the_capture_needs_is_said(tmp_path: Path, told: Told) -> None:
    path = pcap(tmp_path / "a.pcap", frames_of("b-bit-is-invisible"))
    assert "\n  it needs no-b-bit\n" in told(str(path))[1]
    assert told(str(path), "--most", "0")[0] == 1
    assert told(str(path), "--assume", "no-b-bit")[0] == 0
    assert told(str(path), "--assume", "crash")[0] == 1


def test_a_capture_that_deviates_says_where_and_what_was_due(tmp_path: Path, told: Told) -> None:
    frames = frames_of("b-bit-is-invisible")
    status, out, _ = told(str(pcap(tmp_path / "a.pcap", frames)), "same-prefix")
    assert status == 1
    assert "the first 7 of 9 messages" in out
    assert "packet 8: Binding Update MN1 → O" in out
    assert "the model would have sent BU (old, CoA a) MN1 → H: destination: O, due is H" in out
    assert "R17" in out or "R19" in out
    assert (
        "  MN1 receives HAS (B=1, [H], SA H) from H would send it, but the transition of R17, R18, R19 comes first, "
        "since 'is news' and 'sees bootstrap' and 'may use address' hold (home_agent = 'O', knows B = True, " in out
    )
    assert "  explained by packet 8 in excess, which no host sent, or none got: Binding Update MN1 → O\n" in out
    assert "  explained by assuming no-b-bit\n" in out


def test_what_a_capture_can_go_on_to_break_is_said(tmp_path: Path, told: Told) -> None:
    path = str(pcap(tmp_path / "a.pcap", frames_of("lost-switch-is-final")))
    breaks = "every-node-recovers"
    assert told(path, "--assume", "loss,crash", "--until", breaks)[1].endswith(
        f"  it can go on to break '{breaks}', assuming loss\n"
    )
    assert (
        f"up to 0 assumptions it cannot go on to break '{breaks}'\n" in told(path, "same-prefix", "--until", breaks)[1]
    )
    many = told(path, "--assume", "loss", "--until", breaks, "-v")[1].splitlines()
    assert any("network loses HAS" in line for line in many)
    assert "'standby-has-key' says nothing here" in told(path, "same-prefix", "--until", "standby-has-key")[1]
    known = told(path, "--assume", "loss", "--until", breaks, "--max-states", "16")[1]
    assert f"whether it can go on to break '{breaks}' is not known: " in known
    data = json.loads(told(path, "--assume", "loss", "--until", breaks, "--json", "-")[1])
    assert data["breaks_assuming"] == [["loss"]]
    assert json.loads(told(path, "--json", "-")[1])["breaks_assuming"] is None
    status, out, err = told(path, "--until", "every-node-recover")
    assert (status, out) == (2, "")
    assert "there is no property 'every-node-recover'; did you mean 'every-node-recovers'?" in err


def test_one_packet_that_the_tap_missed_explains_a_capture(tmp_path: Path, told: Told) -> None:
    frames = frames_of(FOLLOWED)
    path = pcap(tmp_path / "a.pcap", [*frames[:5], *frames[6:]])
    status, out, _ = told(str(path), "same-prefix")
    assert status == 1
    missed = "one packet that the tap missed, before packet 6: CREATE_CHILD_SA response MN1 → H"
    assert f"  explained by {missed}\n" in out
    assert told(str(path), "same-prefix", "--gaps", "1")[0] == 0
    again = pcap(tmp_path / "b.pcap", [*frames[:6], frames[5], *frames[6:]])
    assert "explained by packet 6 in excess" in told(str(again), "same-prefix")[1]
    assert told(str(again), "same-prefix", "--gaps", "1")[0] == 0


def test_json_holds_what_is_printed(tmp_path: Path, told: Told) -> None:
    frames = frames_of("b-bit-is-invisible")
    path, to = pcap(tmp_path / "a.pcap", frames), tmp_path / "a.json"
    assert told(str(path), "same-prefix", "--json", str(to))[0] == 1
    data = json.loads(to.read_text())
    assert data["answer"] == "DEVIATES"
    assert data["deviation"]["packet"] == 8
    assert data["deviation"]["allowed"][0]["differs"][0] == {"field": "destination", "is": "O", "due": "H"}
    status, out, _ = told(str(path), "--json", "-")
    assert status == 0
    assert json.loads(out)["assumptions"] == [["no-b-bit"]]
    assert [one["step"] for one in json.loads(out)["messages"]][:2] == [2, 3]


ROLES = """
[agents]
O = "2001:db8:1::1"
H = "2001:db8:1::2"
[nodes.MN1]
name = "mn1.example.com"
home = { old = "2001:db8:1::100" }
care-of = { a = "2001:db8:9::5" }
[servers]
DNS = "2001:db8:53::53"
[links]
H = "02:00:00:00:00:02"
"""


def test_roles_are_given(tmp_path: Path, told: Told) -> None:
    path, roles = pcap(tmp_path / "a.pcap", frames_of(FOLLOWED)), tmp_path / "roles.toml"
    roles.write_text(ROLES)
    assert "who is who (given): H 2001:db8:1::2" in told(str(path), "--roles", str(roles))[1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[agents]", "[agent]", "a plan has no 'agent'; did you mean 'agents'?"),
        ('H = "2001:db8:1::2"', "H = 5", "agents.H is a text, not 5"),
        ("2001:db8:9::5", "10.0.0.1", "nodes.MN1.care-of.a: '10.0.0.1' is no IPv6 address"),
        ("nodes.MN1", "nodes.MN2", "this has nodes MN2"),
        ("2001:db8:9::5", "2001:db8:1::100", "each has its own"),
        ('name = "mn1.example.com"', "names = 1", "nodes.MN1 has no 'names'"),
        ("old =", "older =", "nodes.MN1.home has no 'older'"),
        ('home = { old = "2001:db8:1::100" }', "home = 5", "nodes.MN1.home is a table, not 5"),
    ],
)
def test_roles_that_are_none_are_refused(tmp_path: Path, told: Told, old: str, new: str, said: str) -> None:
    path, roles = pcap(tmp_path / "a.pcap", frames_of(FOLLOWED)), tmp_path / "roles.toml"
    assert old in ROLES
    roles.write_text(ROLES.replace(old, new))
    status, _, err = told(str(path), "--roles", str(roles))
    assert status == 2
    assert said in err
    assert err.count("\n") == 1


def mh(*layers: Packet) -> bytes:
    made = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    for one in layers:
        made /= one
    return bytes(made)


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([], "holds no message of the protocol"),
        ([mh(IPv6(src=NODE, dst=AGENT) / UDP(sport=1, dport=2) / b"x")], "holds no message of the protocol"),
        ([mh(IPv6(src=NODE, dst=AGENT) / MIP6MH_BE())], "nobody can be told from anybody"),
    ],
)
def test_a_capture_without_a_message_is_refused(tmp_path: Path, told: Told, frames: list[bytes], said: str) -> None:
    status, out, err = told(str(pcap(tmp_path / "a.pcap", frames)))
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_others_are_passed_over_and_named(tmp_path: Path, told: Told) -> None:
    others = [mh(IPv6(src="2001:db8::a", dst="2001:db8::b") / MIP6MH_BE())]
    out = told(str(pcap(tmp_path / "a.pcap", [*frames_of(FOLLOWED), *others])))[1]
    assert "passed over: 1 Mobility Header of type 7" in out
    roles = tmp_path / "roles.toml"
    roles.write_text(ROLES)
    status, _, err = told(str(pcap(tmp_path / "b.pcap", others)), "--roles", str(roles))
    assert status == 2
    assert "(of what it is made of: Mobility Header of type 7)" in err


def test_what_is_encrypted_is_incomplete_but_may_deviate(tmp_path: Path, told: Told) -> None:
    frames = frames_of(FOLLOWED)
    secret = IKEv2(init_SPI=b"H0MN1---", resp_SPI=b"---1NM0H", exch_type=35, flags="Initiator", id=1)
    hidden = mh(IPv6(src=AGENT, dst=NODE) / UDP(sport=500, dport=500) / secret / IKEv2_Encrypted(load=b"?" * 32))
    dark = mh(IPv6(src=AGENT, dst=NODE) / ESP(spi=0x2000, seq=1, data=bytes(range(80))))
    path = pcap(tmp_path / "a.pcap", [*frames[:2], hidden, *frames[3:6], dark, *frames[7:]])
    status, out, _ = told(str(path), "same-prefix")
    assert status == 3
    assert out.startswith("INCOMPLETE: the 8 messages")
    assert "not known: encrypted: packet 3, 7" in out
    swapped = pcap(tmp_path / "b.pcap", [*frames[:2], *frames[3:5], hidden, dark])
    assert told(str(swapped), "same-prefix")[0] == 1


def test_what_was_not_captured_whole_is_incomplete(tmp_path: Path, told: Told) -> None:
    frames = frames_of(FOLLOWED)
    status, out, _ = told(str(pcap(tmp_path / "a.pcap", frames, snap=100)), "same-prefix")
    assert status == 3
    assert "not captured whole" in out
    path = pcap(tmp_path / "b.pcap", frames)
    path.write_bytes(path.read_bytes()[:-5])
    status, out, _ = told(str(path), "same-prefix")
    assert status == 3
    assert "what follows: it breaks off in packet 8, or behind it" in out


def test_a_clock_that_runs_backwards_is_told(tmp_path: Path, told: Told) -> None:
    path = pcap(tmp_path / "a.pcap", frames_of(FOLLOWED))
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 24, 100)
    path.write_bytes(data)
    status, out, _ = told(str(path), "same-prefix")
    assert status == 3
    assert "a clock: packet 2 is 98 s older than packet 1 before it" in out


def test_a_bound_that_is_hit_is_incomplete(tmp_path: Path, told: Told) -> None:
    path = pcap(tmp_path / "a.pcap", frames_of("b-bit-is-invisible"))
    status, out, _ = told(str(path), "same-prefix", "--max-states", "3")
    assert status == 3
    assert "not known: 3 places visited" in out


def test_a_wrong_checksum_is_a_deviation(tmp_path: Path, told: Told) -> None:
    made = bytearray(mh(IPv6(src=NODE, dst="2001:db8:1::1") / MIP6MH_BU(seq=1, flags="AH")))
    made[-1] ^= 1
    roles = tmp_path / "roles.toml"
    roles.write_text(ROLES)
    status, out, _ = told(str(pcap(tmp_path / "a.pcap", [bytes(made)])), "--roles", str(roles), "same-prefix")
    assert status == 1
    assert "checksum 0x" in told(str(tmp_path / "a.pcap"), "--roles", str(roles), "--assume", "refresh,crash")[1]
    assert "Binding Update MN1 → O" in out


def test_a_fragment_is_not_known(tmp_path: Path, told: Told) -> None:
    part = mh(IPv6(src=AGENT, dst=NODE) / IPv6ExtHdrFragment(nh=135, m=1) / bytes(16))
    status, out, _ = told(str(pcap(tmp_path / "a.pcap", [*frames_of(FOLLOWED), part])), "same-prefix")
    assert "a fragment: packet 9" in out
    assert status in {1, 3}


def test_several_scenarios_or_any_number_are_refused(tmp_path: Path, told: Told) -> None:
    path = str(pcap(tmp_path / "a.pcap", frames_of(FOLLOWED)))
    assert "of some number of mobile nodes" in told(path, "--mobile-nodes", "any")[2]
    both = tmp_path / "two.toml"
    both.write_text('[[scenario]]\nname = "a"\n[[scenario]]\nname = "b"\n')
    assert "holds 2 scenarios" in told(path, str(both))[2]


def test_a_file_that_is_no_capture_is_refused(tmp_path: Path, told: Told) -> None:
    path = tmp_path / "a.txt"
    path.write_text("this is a text")
    assert told(str(path))[2] == f"haboot: '{path}' is no capture: one in pcap or pcapng is due\n"


@pytest.mark.parametrize(
    ("link", "before"), [(1, ""), (101, ""), (113, "00" * 14 + "86dd"), (276, "86dd" + "00" * 18), (0, "1e000000")]
)
def test_link_types_are_read(tmp_path: Path, told: Told, link: int, before: str) -> None:
    inner = [one[14:] for one in frames_of(FOLLOWED)]
    frames = frames_of(FOLLOWED) if link == 1 else [bytes.fromhex(before) + one for one in inner]
    assert told(str(pcap(tmp_path / "a.pcap", frames, link=link, order=">")), "same-prefix")[0] == 0


def test_tags_of_vlans_are_read(tmp_path: Path, told: Told) -> None:
    frames = [one[:12] + bytes.fromhex("81000001") + one[12:] for one in frames_of(FOLLOWED)]
    assert told(str(pcap(tmp_path / "a.pcap", frames)), "same-prefix")[0] == 0


def test_two_mobile_nodes_are_told_apart(tmp_path: Path, told: Told) -> None:
    path = pcap(tmp_path / "a.pcap", frames_of(TWO))
    status, out, _ = told(str(path))
    assert status == 0
    assert "are those of a run of same+2x1\n" in out


# damage


def damaged(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.randrange(1, rng.choice((2, 4, 30)))):
        way, at = rng.randrange(4), rng.randrange(len(made))
        if way == 0:
            made[at] = rng.randrange(256)
        elif way == 1:
            made[at : at + 4] = rng.choice([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"])
        elif way == 2:
            del made[at : at + rng.randrange(1, 40)]
        else:
            made[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 20)))
        if not made:
            return b"\0"
    return bytes(made)


def is_told_in_a_line(seed: int, path: Path, told: Told) -> int:
    rng = random.Random(seed)  # noqa: S311 - repeatable
    name = rng.choice(
        [FOLLOWED, "old-agent-clears-live-name", "vhar-lacks-the-new-key", "two-bootstraps-two-addresses"]
    )
    source = path.with_name(f"{name}.pcapng")
    if not source.exists():
        assert run(["trace", name, "--pcap", str(source)]) == 0
    path.write_bytes(damaged(source.read_bytes(), rng))
    status, out, err = told(str(path), *([name] if rng.random() < 0.7 else ["--most", "0"]), "--max-states", "500")
    assert status in {0, 1, 2, 3}, (seed, err)
    assert (status == 2) == (not out) == bool(err), (seed, out, err)
    assert err.count("\n") <= 1
    assert "Traceback" not in out + err
    return status


def test_damaged_captures_are_told_in_a_line(tmp_path: Path, told: Told) -> None:
    assert {is_told_in_a_line(seed, tmp_path / "a.pcap", told) for seed in range(60)} == {0, 1, 2, 3}


@pytest.mark.slow
def test_ten_thousand_damaged_captures_are_told_in_a_line(tmp_path: Path, told: Told) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(10_000):
        is_told_in_a_line(seed, tmp_path / "a.pcap", told)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20  # KiB, whatever ran in this process


@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
def test_a_block_that_no_capture_has_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.pcap"
    if kind == "pcap":
        pcap(path, [bytes(40)])
        path.write_bytes(path.read_bytes() + struct.pack("<IIII", 2, 0, 1 << 31, 1 << 31) + bytes(10))
    else:
        assert run(["trace", FOLLOWED, "--pcap", str(path)]) == 0
        path.write_bytes(path.read_bytes() + struct.pack("<II", 6, 0xFFFFFFF0) + bytes(10))
    capture = Capture(path)
    assert len([*capture]) == (2 if kind == "pcap" else 8)
    assert capture.damage


def test_more_messages_than_are_judged_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.wire.judge.MESSAGES", 5)
    made = judged(listened(frames_of(FOLLOWED)), Question(BY_NAME[FOLLOWED].scenario))
    assert made.answer == "INCOMPLETE"
    assert made.missing[0].startswith("what follows packet 5: more than 5 packets")


def test_what_the_model_leaves_out_is_passed_over(tmp_path: Path, told: Told) -> None:
    frames = frames_of(FOLLOWED)
    head = {"init_SPI": b"H0MN1---", "resp_SPI": b"---1NM0H"}
    ports = UDP(sport=500, dport=500)
    cookie = IKEv2_Notify(type=16390, notify=b"cookie")
    asked = mh(IPv6(src=NODE, dst=AGENT) / ports / IKEv2(**head, exch_type=34, flags="Response") / cookie)
    again = mh(IPv6(src=AGENT, dst=NODE) / ports / IKEv2(**head, exch_type=34, flags="Initiator") / cookie)
    alive = mh(IPv6(src=AGENT, dst=NODE) / ports / IKEv2(**head, exch_type=37, flags="Initiator", id=3))
    data = [bytes(one.packet) for one in written_of(BY_NAME["vhar-uses-a-number-twice"])][-1:]
    path = pcap(tmp_path / "a.pcap", [frames[0], asked, again, *frames[1:], alive, *data])
    status, out, _ = told(str(path))
    assert status == 0
    assert "1 IKEv2 response with a cookie, 1 IKEv2 request with a cookie, 1 INFORMATIONAL request, 1 ESP packet" in out


def test_what_a_run_ends_with_is_said(tmp_path: Path, told: Told) -> None:
    frames = frames_of("eap-cannot-answer")
    path = pcap(tmp_path / "a.pcap", [*frames, frames[0]])
    assert "the model would have sent" in told(str(path), "eap-cannot-answer")[1]
    silent = tmp_path / "b.pcap"
    pcap(silent, [frames_of("returned-agent-takes-node-back")[-1]])
    assert told(str(silent), "same-prefix")[0] == 1


def test_a_family_that_has_a_run_which_its_part_has_not_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.wire.conformance._least", lambda _: (frozenset({"crash"}),))
    with pytest.raises(EngineError, match="under crash the model has no run"):
        judged(listened(frames_of("b-bit-is-invisible")), Question())


def test_a_capture_of_other_addresses_is_guessed_though_a_scenario_is_given(tmp_path: Path, told: Told) -> None:
    other = mh(IPv6(src="2001:db8:77::1", dst="2001:db8:77::2") / MIP6MH_BE())
    out = told(str(pcap(tmp_path / "a.pcap", [*frames_of(FOLLOWED), other])), "same-prefix")[1]
    assert "who is who (guessed)" in out


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("haboot.wire.capture.OFTEN", 2)
    path, seen = pcap(tmp_path / "a.pcap", frames_of(FOLLOWED)), list[tuple[int, int]]()
    assert len([*Capture(path).read(lambda octets, packets: seen.append((octets, packets)))]) == 8
    assert [packets for _, packets in seen] == [2, 4, 6, 8, 8]
    steps = list[tuple[int, int]]()
    monkeypatch.setattr("haboot.wire.following.OFTEN", 3)
    made = judged(
        listened(frames_of("b-bit-is-invisible")),
        Question(BY_NAME[FOLLOWED].scenario),
        tell=lambda fit, visited: steps.append((fit, visited)),
    )
    assert made.answer == "DEVIATES"
    assert [visited for _, visited in steps][:2] == [3, 6]


def test_a_channel_that_is_full_leaves_an_answer_open(tmp_path: Path, told: Told) -> None:
    path = pcap(tmp_path / "a.pcap", frames_of("b-bit-is-invisible"))
    status, out, _ = told(str(path), "--assume", "refresh,early-timers", "--capacity", "1")
    assert status == 3
    assert "holds 1" in out


def test_reading_stops_where_more_is_not_judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: Told) -> None:
    monkeypatch.setattr("haboot.wire.judge.MESSAGES", 3)
    status, out, _ = told(str(pcap(tmp_path / "a.pcap", frames_of(FOLLOWED))), "same-prefix")
    assert status == 3
    assert "the 3 messages" in out


def test_without_a_scenario_more_assumptions_are_offered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: Told
) -> None:
    monkeypatch.setattr("haboot.wire.following.OFTEN", 1)
    status, out, _ = told(str(pcap(tmp_path / "a.pcap", frames_of("vhar-lacks-the-new-key"))))
    assert status == 1
    assert "of a run of same+1x1, under up to 1 assumption, and packet" in out
    assert "--most 2 looks further" in out
    assert "    or one of " in out


def test_damage_that_scapy_meets_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr("haboot.wire.capture._next", fails)
    capture = Capture(pcap(tmp_path / "a.pcap", frames_of(FOLLOWED)))
    assert [*capture] == []
    assert capture.damage == "after packet 0 it is damaged"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell a process's own peak")
def test_a_large_capture_is_read_in_bounded_memory(tmp_path: Path) -> None:
    frames, path = frames_of(FOLLOWED), tmp_path / "large.pcap"
    bulk = mh(IPv6(src=NODE, dst=AGENT) / UDP(sport=1, dport=2) / bytes(1400))
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, 1))
        block = b"".join(struct.pack("<IIII", 1, 0, len(bulk), len(bulk)) + bulk for _ in range(720))
        for number in range(1024):
            file.write(block)
            one = frames[number // 128] if number % 128 == 0 else b""
            file.write(struct.pack("<IIII", 1, 0, len(one), len(one)) + one)
    code = (
        "import sys; from haboot.checker.host import peak_memory; from haboot.cli.main import run; "
        "status = run(sys.argv[1:]); print((peak_memory() or 0) >> 10); sys.exit(status)"
    )
    done = subprocess.run(  # noqa: S603 - a file of our own
        [sys.executable, "-c", code, "conform", str(path), "same-prefix"], capture_output=True, text=True, check=True
    )
    assert path.stat().st_size > 1 << 30
    assert int(done.stdout.splitlines()[-1]) < 400 << 10  # KiB


def test_a_plan_is_read_and_told() -> None:
    with pytest.raises(ModelError, match="a plan has agents"):
        plan_of({})
    assert isinstance(plan_of({"agents": {"H": AGENT}, "nodes": {"MN1": {}}}), Plan)
    assert heard(Raw(1, None, 1, b"", whole=True)) is None
