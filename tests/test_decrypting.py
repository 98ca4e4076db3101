"""Encrypted captures: opened by tshark with keys, judged as in the clear; with wrong keys never taken for a run."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from haboot.checker import ModelError
from haboot.cli.main import run
from haboot.ledger import BY_NAME
from haboot.wire import INCOMPLETE, Heard, Keys, Question, decrypted, heard, judged, keys_of, opened
from haboot.wire.hearing import ENCRYPTED, LOCKED, Raw
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.contrib.ikev2 import IKEv2, IKEv2_Encrypted, IKEv2_Encrypted_Fragment, IKEv2_Notify
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.ipsec import ESP
from scapy.layers.l2 import Ether

from tests.encrypting import Sealed, key
from tests.wires import HEARD, needs_tshark, written_of

FOLLOWED = "deregister-or-not"
AGENT, NODE = "2001:db8:1::2", "2001:db8:9::5"
LINKS = "02:00:00:00:00:01", "02:00:00:00:00:02"
Words = Callable[..., tuple[int, str, str]]


def frames_of(*names: str) -> list[bytes]:
    return [bytes(one.packet) for name in names for one in written_of(BY_NAME[name])]


def raws_of(frames: Sequence[bytes]) -> list[Raw]:
    return [Raw(number, float(number), 1, one, whole=True) for number, one in enumerate(frames, start=1)]


def dark(raws: Sequence[Raw]) -> dict[int, Raw]:
    return {raw.number: raw for raw in raws if (one := heard(raw)) is not None and ENCRYPTED in one.lacks}


def listened(raws: Sequence[Raw]) -> list[Heard]:
    return [one for one in map(heard, raws) if one is not None]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Words:
    def ran(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["conform", *words])
        return status, *capsys.readouterr()

    return ran


@needs_tshark
@pytest.mark.parametrize("combined", [False, True], ids=["AES-CBC with HMAC-SHA2", "AES-GCM"])
def test_every_message_that_is_encrypted_is_opened_as_it_was(tmp_path: Path, *, combined: bool) -> None:
    clear = raws_of(frames_of(*(one.name for one in HEARD)))
    sealed = Sealed(combined=combined)
    raws = raws_of(sealed.frames([raw.data for raw in clear]))
    hidden = dark(raws)
    changed = {raw.number for raw, was in zip(raws, clear, strict=True) if raw.data != was.data}
    assert hidden.keys() == changed
    assert len(hidden) > len(raws) // 2
    assert [*opened(raws, keys_of([str(sealed.save(tmp_path / "keys"))]))] == listened(clear)


@needs_tshark
@pytest.mark.parametrize("combined", [False, True], ids=["AES-CBC with HMAC-SHA2", "AES-GCM"])
@pytest.mark.parametrize("name", ["b-bit-is-invisible", "vhar-uses-a-number-twice"])
def test_a_run_is_judged_as_in_the_clear(tmp_path: Path, told: Words, name: str, *, combined: bool) -> None:
    sealed = Sealed(combined=combined)
    clear = saved(tmp_path / "clear.pcap", frames_of(name))
    path = saved(tmp_path / "sealed.pcap", sealed.frames(frames_of(name)))
    folder = str(sealed.save(tmp_path / "keys"))
    for words in ([name], ["--most", "0"]):
        due = told(str(clear), *words)
        made = told(str(path), *words, "--keys", folder)
        assert (made[0], made[1].replace("sealed.pcap", "clear.pcap"), made[2]) == due
    assert told(str(path), name)[0] == 3


def saved(path: Path, frames: Sequence[bytes]) -> Path:
    records = (struct.pack("<IIII", second, 0, len(one), len(one)) + one for second, one in enumerate(frames))
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, 1) + b"".join(records))
    return path


def exchanged(text: str, label: str) -> str:
    """A table with one digit of each key that a label names changed."""
    made = list(text)
    start = text.find(label)
    while start >= 0:
        made[start] = "0" if made[start] != "0" else "1"
        start = text.find(label, start + 1)
    assert made != list(text)
    return "".join(made)


@needs_tshark
@pytest.mark.parametrize(
    ("wrong", "combined"), [("ciphers", False), ("checks", False), ("both", False), ("ciphers", True)]
)
def test_a_wrong_key_opens_nothing(tmp_path: Path, wrong: str, *, combined: bool) -> None:
    sealed = Sealed(combined=combined)
    raws = raws_of(sealed.frames(frames_of("b-bit-is-invisible")))
    esp, ike = sealed.esp_sa(), sealed.ikev2_decryption_table()
    if wrong != "checks":
        esp = "".join(exchanged(line, key(spi, 20 if combined else 16).hex()) for spi, line in rows(sealed, esp))
        for ends in sealed.exchanges:
            ike = exchanged(exchanged(ike, key((ends, "e", "i")).hex()), key((ends, "e", "r")).hex())
    if wrong != "ciphers":
        esp = "".join(exchanged(line, key((spi, "a"), 32).hex()) for spi, line in rows(sealed, esp))
        for ends in sealed.exchanges:
            ike = exchanged(exchanged(ike, key((ends, "a", "i"), 32).hex()), key((ends, "a", "r"), 32).hex())
    (tmp_path / "esp_sa").write_text(esp)
    (tmp_path / "ikev2_decryption_table").write_text(ike)
    every = [*opened(raws, keys_of([str(tmp_path)]))]
    assert [one.number for one in every if LOCKED in one.lacks] == [*dark(raws)]
    made = judged(every, Question(BY_NAME["b-bit-is-invisible"].scenario))
    assert made.answer == INCOMPLETE
    assert made.missing[0].startswith("encrypted, and opened by no key that is given: packet 3, ")


def rows(sealed: Sealed, table: str) -> list[tuple[int, str]]:
    return list(zip(sorted(sealed.spis), table.splitlines(keepends=True), strict=True))


@needs_tshark
def test_one_octet_of_a_cipher_changed_opens_nothing(tmp_path: Path) -> None:
    sealed = Sealed()
    frames = [bytes([*one[:-20], one[-20] ^ 1, *one[-19:]]) for one in sealed.frames(frames_of(FOLLOWED))[2:]]
    keys = keys_of([str(sealed.save(tmp_path / "keys"))])
    assert decrypted(raws_of(frames), keys) == {}


@needs_tshark
def test_a_key_in_the_command_line_opens_as_one_in_a_file(tmp_path: Path, told: Words) -> None:
    sealed = Sealed()
    path = str(saved(tmp_path / "a.pcap", sealed.frames(frames_of(FOLLOWED))))
    lines = [f"uat:esp_sa:{sealed.esp_sa().strip()}"]
    lines += [f"uat:ikev2_decryption_table:{sealed.ikev2_decryption_table().strip()}"]
    assert told(path, *(word for line in lines for word in ("--keys", line)))[0] == 0
    file = tmp_path / "esp_sa"
    file.write_text(f"# associations\n\n{sealed.esp_sa()}")
    status, out, _ = told(path, "--keys", str(file))
    assert status == 3
    assert "opened by no key that is given: packet 3, 4, 5, 6\n" in out


@needs_tshark
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('uat:esp_sa:"IPv6","*","*","0x2000","NOPE","0x00","NULL",""', "these keys: esp_sa:1: invalid value: NOPE"),
        ('uat:esp_sa:"IPv6","*","*","*","AES-CBC [RFC3602]","0x00","NULL",""', "Bad Keylen (8 Bits)"),
        ('uat:ikev2_decryption_table:00,11,22,33,"x",,,"y"', "ikev2_decryption_table"),
    ],
)
def test_keys_that_tshark_does_not_take_are_told(tmp_path: Path, told: Words, given: str, said: str) -> None:
    path = saved(tmp_path / "a.pcap", Sealed().frames(frames_of(FOLLOWED)))
    status, out, err = told(str(path), "--keys", given)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("uat:esp:x", "tables are esp_sa and ikev2_decryption_table; did you mean 'esp_sa'?"),
        ("uat:esp_sa", "'uat:esp_sa' holds no keys: tables are"),
        ("uat:esp_sa:x", "line 1 of esp_sa: 'x' is no key; eight values"),
        ("folder", "has no keys: a folder of tshark's preferences holds esp_sa or ikev2_decryption_table"),
        ("other", "'other' holds no keys: tables are"),
        ("nowhere/esp_sa", "keys cannot be read from 'nowhere/esp_sa': No such file"),
        ("large/esp_sa", "has more than"),
        ("binary/esp_sa", "keys cannot be read from"),
    ],
)
def test_what_is_no_key_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Words, given: str, said: str
) -> None:
    path = saved(tmp_path / "a.pcap", frames_of(FOLLOWED))
    monkeypatch.chdir(tmp_path)
    for name in ("folder", "large", "binary"):
        (tmp_path / name).mkdir()
    (tmp_path / "other").write_text("x\n")
    (tmp_path / "large" / "esp_sa").write_text("#" * ((1 << 20) + 1))
    (tmp_path / "binary" / "esp_sa").write_bytes(b"\xff\xfe")
    status, out, err = told(str(path), "--keys", given)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


# a tshark that is none

KEYS = Keys({})


def program(folder: Path, text: str) -> Path:
    path = folder / "tshark"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "which is not on the PATH: install it"),
        ("echo TShark 3.6.2", "is version 3.6: tshark 4.0 or later is due"),
        ("echo hello", "tells no version: tshark 4.0 or later is due"),
        ("echo 4.0; false", "its answer cannot be read"),
    ],
)
def test_a_tshark_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Words, text: str | None, said: str
) -> None:
    frames = Sealed().frames(frames_of(FOLLOWED))
    path = saved(tmp_path / "a.pcap", frames)
    (tmp_path / "bin").mkdir()
    if text is not None:
        program(tmp_path / "bin", text)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "esp_sa").write_text("")
    status, out, err = told(str(path), "--keys", str(tmp_path / "esp_sa"))
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("fails", [1, 2])
@pytest.mark.parametrize("error", [OSError("no"), subprocess.TimeoutExpired("tshark", 1)])
def test_a_tshark_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, fails: int, error: Exception) -> None:
    calls = list[Any]()

    def ran(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        calls.append(command)
        if len(calls) == fails:
            raise error
        return subprocess.CompletedProcess(command, 0, b"TShark 4.0.17", b"")

    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/tshark")
    monkeypatch.setattr("subprocess.run", ran)
    with pytest.raises(ModelError, match=r"cannot be run|cannot decrypt"):
        decrypted(raws_of(Sealed().frames(frames_of(FOLLOWED))), KEYS)


Answers = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["1", "3b", "zz"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["esp.decrypted_data_raw", "isakmp.enc.decrypted_raw", "esp.icv_good", "esp.icv_bad", "esp", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def answers(monkeypatch: pytest.MonkeyPatch, stdout: bytes) -> None:
    def ran(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, 0, b"TShark 4.0" if len(command) == 2 else stdout, b"")

    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/tshark")
    monkeypatch.setattr("subprocess.run", ran)


def packet(number: int, **fields: Any) -> dict[str, Any]:
    told = {name.replace("__", "."): value for name, value in fields.items()}
    return {"_source": {"layers": {"frame": {"frame.number": str(number)}, "esp": told}}}


@settings(max_examples=150, deadline=None)
@given(st.integers(-1, 12), Answers)
def test_an_answer_of_any_shape_opens_nothing_that_is_not_sound(number: int, drawn: Any) -> None:
    raws = raws_of(Sealed().frames(frames_of(FOLLOWED)))
    answer = {"_source": {"layers": {"frame": {"frame.number": number}, "drawn": drawn}}}
    with pytest.MonkeyPatch.context() as patched:
        answers(patched, json.dumps([answer]).encode())
        try:
            found = decrypted(raws, KEYS)
        except ModelError as error:
            assert "cannot be read" in str(error)  # noqa: PT017 - or there is an answer
        else:
            assert found == {}


@pytest.mark.parametrize("stdout", [b"", b"{}", b"[1]", b'[{"_source": 1}]', b"[" * 100_000, b"\xff", b"x[]"])
def test_an_answer_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, stdout: bytes) -> None:
    answers(monkeypatch, stdout)
    if stdout == b"{}":
        assert decrypted(raws_of(Sealed().frames(frames_of(FOLLOWED))), KEYS) == {}
        return
    with pytest.raises(ModelError, match="its answer cannot be read"):
        decrypted(raws_of(Sealed().frames(frames_of(FOLLOWED))), KEYS)


def inside(frame: bytes) -> bytes:
    """What is under a NULL cipher, without the octets behind it."""
    return bytes(Ether(frame)[ESP].data)[:-12]


SWITCH = 6  # the packet of the run, from 0


def of_esp(monkeypatch: pytest.MonkeyPatch, content: bytes, good: str = "") -> bytes | None:
    """What a switch is taken for where tshark gives some octets."""
    raw = raws_of(Sealed().frames(frames_of(FOLLOWED)))[SWITCH]
    told = {"esp__icv_good": good} if good else {}
    answers(monkeypatch, json.dumps([packet(1, esp__decrypted_data_raw=[content.hex(), 0, 1, 0, 30], **told)]).encode())
    found = decrypted([raw], KEYS)
    return found[raw.number].data if found else None


def test_what_was_under_esp_is_taken_where_it_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    clear = frames_of(FOLLOWED)[SWITCH]
    whole = inside(clear)
    assert of_esp(monkeypatch, whole, "1") == clear
    assert of_esp(monkeypatch, whole) == clear
    assert of_esp(monkeypatch, whole + b"?" * 16) == clear
    assert of_esp(monkeypatch, whole + b"?" * 16, "1") is None
    body, fill = whole[:-4], whole[-4:]
    assert of_esp(monkeypatch, body + b"\0" + fill[1:], "1") is None  # padding counts from one
    assert of_esp(monkeypatch, body[:-1] + b"?" + fill) is None  # the checksum is wrong
    assert of_esp(monkeypatch, body[:-1] + b"?" + fill, "1") is not None
    assert of_esp(monkeypatch, whole[:-1] + b"\x29", "1") is None  # of what is no message
    assert of_esp(monkeypatch, b"?" + whole[1:], "1") is None
    assert of_esp(monkeypatch, whole[:5], "1") is None
    datagram = bytes(UDP(sport=9, dport=9, len=8)) + b"\0\x11"
    assert of_esp(monkeypatch, datagram, "1") is not None
    assert of_esp(monkeypatch, datagram[:4] + b"\0\x09" + datagram[6:], "1") is None


def of_ike(monkeypatch: pytest.MonkeyPatch, frame: bytes, content: bytes, **more: Any) -> Heard | None:
    raw = Raw(1, None, 1, frame, whole=True)
    told = {"isakmp__enc__decrypted_raw": [content.hex(), 0, 1, 0, 30], **more}
    answers(monkeypatch, json.dumps([packet(1, **told)]).encode())
    found = decrypted([raw], KEYS)
    return heard(found[1]) if found else None


def exchange(*payloads: Any, port: int = 500) -> bytes:
    message: Any = IKEv2(init_SPI=b"H0MN1---", resp_SPI=b"---1NM0H", exch_type=37, flags="Initiator", id=3)
    for one in payloads:
        message /= one
    marker = bytes(4) if port == 4500 else b""
    ends = Ether(src=LINKS[0], dst=LINKS[1]) / IPv6(src=AGENT, dst=NODE) / UDP(sport=port, dport=port)
    return bytes(ends / (marker + bytes(message)))


def test_what_was_under_sk_is_taken_where_it_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    notify = bytes(IKEv2_Notify(next_payload=0, type=24))
    sk = IKEv2_Encrypted(next_payload=41, load=b"?" * 48)
    for port in (500, 4500):
        one = of_ike(monkeypatch, exchange(sk, port=port), notify + b"\0")
        assert one is not None
        assert (one.kind, one.fields["notification"], one.lacks) == (
            "INFORMATIONAL request",
            "AUTHENTICATION_FAILED",
            (),
        )
    behind = of_ike(monkeypatch, exchange(IKEv2_Notify(type=16388), sk), notify + b"\0")
    assert behind is not None
    assert behind.fields["notification"] == "AUTHENTICATION_FAILED"
    for content in (b"", b"\0\x05", notify, b"\0" * 9, notify[:1] + b"\x01" + notify[2:] + b"\0", notify + b"?\0"):
        assert of_ike(monkeypatch, exchange(sk), content) is None
    assert of_ike(monkeypatch, exchange(sk), b"\0\0\0\x03\0") is None
    assert of_ike(monkeypatch, exchange(IKEv2_Notify(type=16388)), notify + b"\0") is None
    assert of_ike(monkeypatch, exchange(sk)[:-52], notify + b"\0") is None
    wrong = {"_ws__expert__message": "IKEv2 Integrity Checksum Data is incorrect"}
    assert of_ike(monkeypatch, exchange(sk), notify + b"\0", **wrong) is None


def test_what_stands_twice_in_a_packet_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = inside(frames_of(FOLLOWED)[SWITCH]).hex()
    raw = raws_of(Sealed().frames(frames_of(FOLLOWED)))[SWITCH]
    answers(monkeypatch, json.dumps([packet(1, esp__decrypted_data_raw=[[whole, 0], [whole, 0]])]).encode())
    assert decrypted([raw], KEYS) == {}


def test_a_large_capture_is_opened_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def ran(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        if len(command) > 2:
            asked.append(command[3])
        return subprocess.CompletedProcess(command, 0, b"TShark 4.0" if len(command) == 2 else b"[]", b"")

    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/tshark")
    monkeypatch.setattr("subprocess.run", ran)
    monkeypatch.setattr("haboot.wire.decrypting.BATCH", 3)
    raws = raws_of(Sealed().frames(frames_of(FOLLOWED)))
    assert decrypted([*raws, Raw(9, None, 1, b"", whole=True)], KEYS) == {}
    assert len(asked) == 3
    monkeypatch.setattr("haboot.wire.decrypting.OCTETS", 10)
    assert decrypted(raws, KEYS) == {}
    assert len(asked) == 3 + 8
    assert decrypted([], KEYS) == {}


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_packets_come_in_their_order_and_one_by_one_where_that_is_asked(
    monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    answers(monkeypatch, b"[]")
    monkeypatch.setattr("haboot.wire.decrypting.BATCH", 3)
    raws = raws_of(Sealed().frames(frames_of(FOLLOWED)))
    due = list[int]()
    for count, one in enumerate(opened(iter_noting(raws, due), Keys({"esp_sa": ()}), batch), start=1):
        assert one.number == count
        assert batch > 1 or due == [raw.number for raw in raws[:count]]
    assert len(due) == len(raws) == count


def iter_noting(raws: Sequence[Raw], noted: list[int]) -> Iterator[Raw]:
    for raw in raws:
        noted.append(raw.number)
        yield raw


def test_what_is_in_the_clear_needs_no_tshark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    raws = raws_of(frames_of(FOLLOWED))
    assert [*opened(raws, Keys({"esp_sa": ()}))] == listened(raws)
    sealed = raws_of(Sealed().frames([raw.data for raw in raws]))
    assert [*opened(sealed, KEYS)] == listened(sealed)


# without keys

CLEAR = frames_of(FOLLOWED)


def judged_of(frames: Sequence[bytes], gaps: int = 0) -> Any:
    return judged(listened(raws_of(frames)), Question(BY_NAME[FOLLOWED].scenario, gaps=gaps))


def test_a_response_without_its_request_is_wrong_though_encrypted() -> None:
    frames = Sealed().frames(CLEAR)
    assert judged_of(frames).answer == INCOMPLETE
    for at, exchange_type in ((3, "IKE_AUTH"), (5, "CREATE_CHILD_SA")):
        changed = bytearray(frames[at])
        changed[14 + 40 + 8 + 23] ^= 4  # the message id
        made = judged_of([*frames[:at], bytes(changed), *frames[at + 1 :]])
        assert made.answer == "DEVIATES"
        assert made.explained == at
        assert made.packet.kind == f"{exchange_type} response"
        assert any("which no request has" in one.field for one in made.allowed[0].differences)
        assert judged_of([*frames[:at], bytes(changed), *frames[at + 1 :]], gaps=1).answer == INCOMPLETE


def test_what_has_no_room_is_no_message_that_needs_more() -> None:
    frames = Sealed().frames(CLEAR)
    made = judged_of([*frames[:2], exchange_of(35, 9), *frames[3:]])
    assert made.answer == "DEVIATES"
    assert ("size", "9 octets of cipher", "at least 10") in [
        (one.field, one.seen, one.due) for one in made.allowed[0].differences
    ]
    assert judged_of([*frames[:2], exchange_of(35, 10), *frames[3:]]).answer == INCOMPLETE


def exchange_of(kind: int, octets: int) -> bytes:
    message = IKEv2(init_SPI=b"H0MN1---", resp_SPI=b"---1NM0H", exch_type=kind, flags="Initiator", id=1)
    ends = Ether(src=LINKS[0], dst=LINKS[1]) / IPv6(src=AGENT, dst=NODE) / UDP(sport=500, dport=500)
    return bytes(ends / message / IKEv2_Encrypted(load=b"?" * octets))


def test_parts_of_an_encrypted_message_are_not_measured() -> None:
    ends = Ether(src=LINKS[0], dst=LINKS[1]) / IPv6(src=AGENT, dst=NODE) / UDP(sport=500, dport=500)
    head = IKEv2(init_SPI=b"H0MN1---", resp_SPI=b"---1NM0H", exch_type=35, flags="Initiator", id=1)
    one = heard(Raw(1, None, 1, bytes(ends / head / IKEv2_Encrypted_Fragment(frag_number=1, frag_total=2)), whole=True))
    assert one is not None
    assert one.lacks == (ENCRYPTED,)
    assert "octets" not in one.fields


def test_a_fragment_is_not_opened() -> None:
    part = Ether(src=LINKS[0], dst=LINKS[1]) / IPv6(src=AGENT, dst=NODE) / IPv6ExtHdrFragment(nh=50, m=1) / bytes(16)
    found = heard(Raw(1, None, 1, bytes(part), whole=True))
    assert found is not None
    assert ENCRYPTED not in found.lacks
    assert replace(found, lacks=()).kind == "ESP, encrypted"
