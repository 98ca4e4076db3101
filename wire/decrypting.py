"""Encrypted packets as they would be in the clear, by tshark and the keys that it takes.

tshark decrypts; what it gives is octets, which are put in place of the cipher, and the packet is read as any other. A
wrong key gives octets as well: none are taken that fail tshark's check of integrity, nor any that are not, octet by
octet, what such a packet holds. tshark runs apart, with preferences of its own, and its answer is trusted in nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from haboot.checker import ModelError, nearest
from haboot.checker.boundary import told
from haboot.wire.hearing import ENCRYPTED, ESP, LOCKED, MOBILITY, UDP, Bare, Heard, Raw, bare, checksum, heard
from scapy.utils import PcapWriter

TABLES = ("esp_sa", "ikev2_decryption_table")  # files of tshark's preferences
OLDEST = (4, 0)  # of tshark, whose names of fields are known
FIELD = r'(?:"[^"]*"|[0-9A-Fa-f]*)'
LINE = re.compile(rf"\s*(?:#.*|{FIELD}(?:\s*,\s*{FIELD}){{7,}}\s*)?")  # what tshark makes of others is anybody's guess
LARGEST = 1 << 20  # octets of a table
BATCH, OCTETS = 500, 4 << 20  # packets and octets that one run of tshark is given
SECONDS = 120  # that it may take for them
RAW_IPV6 = 229
UNCHECKED = (16, 12, 8, 0)  # octets that may stand behind what is decrypted, where tshark checks no integrity
SK = 46
OPTIONS = ("esp.enable_encryption_decode:TRUE", "esp.enable_authentication_check:TRUE")
INCORRECT = "IKEv2 Integrity Checksum Data is incorrect"


@dataclass(frozen=True)
class Keys:
    """Lines of tshark's tables, by the name of the table."""

    tables: Mapping[str, tuple[str, ...]]


def keys_of(given: Iterable[str]) -> Keys:
    """Return keys: each a file or a folder of tshark's preferences, or a line of one as in its option -o.

    Raises ModelError for what is none.
    """
    tables: dict[str, tuple[str, ...]] = {}
    for one in given:
        for name, lines in _lines(one):
            for number, line in enumerate(lines, start=1):
                if LINE.fullmatch(line) is None:
                    due = "eight values with commas between, texts in quotes and keys in hexadecimal digits"
                    raise ModelError(f"'{one}', line {number} of {name}: {told(line[:40])} is no key; {due}")
            tables[name] = (*tables.get(name, ()), *lines)
    return Keys(tables)


def _lines(given: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the tables that a file, a folder or a line holds."""
    if given.startswith("uat:"):
        _, name, line = (*given.split(":", 2), "")[:3]
        _require_table(given, name if line.strip() else "")
        yield name, (line,)
        return
    path = Path(given)
    files = [path / name for name in TABLES if (path / name).is_file()] if path.is_dir() else [path]
    if not files:
        raise ModelError(f"'{given}' has no keys: a folder of tshark's preferences holds {' or '.join(TABLES)}")
    for file in files:
        _require_table(given, file.name)
        yield file.name, _read(file)


def _require_table(given: str, name: str) -> None:
    if name not in TABLES:
        due = "a file of that name, a folder with one, or uat:NAME:LINE is due"
        raise ModelError(f"'{given}' holds no keys: tables are {' and '.join(TABLES)}{nearest(name, TABLES)}; {due}")


def _read(file: Path) -> tuple[str, ...]:
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"keys cannot be read from '{file}': {getattr(error, 'strerror', None) or error}") from error
    if len(text) > LARGEST:
        raise ModelError(f"'{file}' is no table of keys: it has more than {LARGEST:,} characters")
    return tuple(text.splitlines())


def tshark() -> str:
    """Return the path of tshark; raise ModelError where there is none, or one that is too old."""
    path = shutil.which("tshark")
    if path is None:
        raise ModelError("keys are used by tshark, which is not on the PATH: install it (Debian: apt install tshark)")
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelError(f"'{path}' cannot be run: {error}") from error
    found = re.search(rb"(\d+)\.(\d+)", done.stdout[:200])
    version = None if found is None else (int(found[1]), int(found[2]))
    if version is None or version < OLDEST:
        said = "tells no version" if version is None else f"is version {version[0]}.{version[1]}"
        raise ModelError(f"'{path}' {said}: tshark {OLDEST[0]}.{OLDEST[1]} or later is due")
    return path


def decrypted(packets: Iterable[Raw], keys: Keys) -> dict[int, Raw]:
    """Return by number those packets that the keys open, as they would be in the clear.

    Raises ModelError for keys that tshark does not take, and where it fails.
    """
    found = dict[int, Raw]()
    program = tshark()
    for some in _batches(packets):
        answers = _answers(program, [data.octets for _, data in some], keys)
        for number, (raw, data) in enumerate(some, start=1):
            inside = _inside(data, answers.get(number, _Answer()))
            if inside is not None:
                found[raw.number] = raw._replace(data=raw.data[: data.start] + inside)
    return found


def opened(raws: Iterable[Raw], keys: Keys, batch: int = BATCH) -> Iterator[Heard]:
    """Yield what packets say that may be of the protocol, in their order, decrypted where keys fit.

    So many are decrypted at once: those that are encrypted wait for each other, and others behind them for them. Raises
    ModelError as ``decrypted`` does.
    """
    waiting, dark = list[Heard](), list[Raw]()
    for raw in raws:
        one = heard(raw)
        if one is None:
            continue
        waiting.append(one)
        if keys.tables and ENCRYPTED in one.lacks:
            dark.append(raw)
        if not dark or max(len(dark), len(waiting) // BATCH) >= batch:
            yield from _reread(waiting, dark, keys)
            waiting, dark = [], []
    yield from _reread(waiting, dark, keys)


def _reread(every: Iterable[Heard], dark: Sequence[Raw], keys: Keys) -> Iterator[Heard]:
    """Yield packets with those among them opened that the keys fit; ``dark`` are those encrypted, as captured."""
    found = decrypted(dark, keys) if dark else {}
    tried = {raw.number for raw in dark}
    for one in every:
        raw = found.get(one.number)
        made = None if raw is None else heard(raw)
        if one.number not in tried:
            yield one
        elif made is None or ENCRYPTED in made.lacks:
            yield replace(one, lacks=tuple(LOCKED if lack == ENCRYPTED else lack for lack in one.lacks))
        else:
            yield made


def _batches(packets: Iterable[Raw]) -> Iterator[list[tuple[Raw, Bare]]]:
    some, octets = list[tuple[Raw, Bare]](), 0
    for raw in packets:
        data = bare(raw)
        if data is None:
            continue
        if some and (len(some) == BATCH or octets + len(data.octets) > OCTETS):
            yield some
            some, octets = [], 0
        some.append((raw, data))
        octets += len(data.octets)
    if some:
        yield some


@dataclass
class _Answer:
    """What tshark tells of a packet: what was under ESP or SK, and what it says of its integrity."""

    esp: bytes | None = None
    ike: bytes | None = None
    is_checked: bool = False
    is_forged: bool = False


def _answers(program: str, packets: Sequence[bytes], keys: Keys) -> dict[int, _Answer]:
    """Have tshark read packets; return what it tells, by the number of the packet."""
    with TemporaryDirectory(prefix="haboot-") as folder:
        for name, lines in keys.tables.items():
            (Path(folder) / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        path = Path(folder) / "packets.pcap"
        with PcapWriter(str(path), linktype=RAW_IPV6) as writer:
            writer.write_header(None)
            for one in packets:
                writer.write_packet(one, sec=0, usec=0)
        options = [word for one in OPTIONS for word in ("-o", one)]
        command = [program, "-n", "-r", str(path), *options, "-T", "json", "-x", "--no-duplicate-keys"]
        command += ["-J", "frame esp isakmp"]
        try:
            done = subprocess.run(  # noqa: S603 - a program and words of our own
                command,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env={**os.environ, "WIRESHARK_CONFIG_DIR": folder},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ModelError(f"tshark cannot decrypt: {error}") from error
    _require_taken(done.stderr.decode("utf-8", "replace"))
    try:
        found = json.loads(done.stdout)
        return {number: one for each in found for number, one in _of_packet(each)}
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ModelError("tshark cannot decrypt: its answer cannot be read") from error


def _require_taken(said: str) -> None:
    """Raise ModelError where tshark says that it takes keys not."""
    found = re.search(r"Error loading table [^:\n]*: ([^\n]*)|<ESP Preferences> (Error[^\n]*)", said)
    if found is not None:
        text = " ".join("".join(one if one.isprintable() else " " for one in found[1] or found[2]).split())
        raise ModelError(f"tshark does not take these keys: {text[:200]}")


def _of_packet(one: Mapping[str, Any]) -> Iterator[tuple[int, _Answer]]:
    """Yield the number of a packet and what is told of it."""
    layers = one["_source"]["layers"]
    answer = _Answer()
    for name, value in _fields(layers):
        if name == "esp.decrypted_data_raw":
            answer.esp = _octets(value)
        elif name == "isakmp.enc.decrypted_raw":
            answer.ike = _octets(value)
        elif name == "esp.icv_good" and value == "1":
            answer.is_checked = True
        elif (name == "esp.icv_bad" and value == "1") or (name == "_ws.expert.message" and value == INCORRECT):
            answer.is_forged = True
    yield int(layers["frame"]["frame.number"]), answer


def _fields(layers: Any) -> Iterator[tuple[str, Any]]:
    """Yield all fields, at any depth, with their values."""
    waiting: list[tuple[str, Any]] = [("", layers)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += value.items()
        elif isinstance(value, list) and not name.endswith("_raw"):
            waiting += [(name, one) for one in value]
        else:
            yield name, value


def _octets(value: Any) -> bytes | None:
    """The octets of a raw field, None where there are several: it is not told then which are meant."""
    return bytes.fromhex(value[0]) if isinstance(value[0], str) else None


def _inside(data: Bare, answer: _Answer) -> bytes | None:
    """Return a packet of IPv6 with what was decrypted in place of the cipher, None where that is nothing sound."""
    if answer.is_forged:
        return None
    body = data.octets[data.inner :]
    if data.header == ESP and answer.esp is not None:
        held = _of_esp(data, answer.esp, checked=answer.is_checked)
        return None if held is None else _lengthened(data, body[:8] + held + bytes(12))
    if data.header == UDP and answer.ike is not None:
        made = _of_ike(body, answer.ike)
        return None if made is None else _lengthened(data, made)
    return None


def _lengthened(data: Bare, body: bytes) -> bytes:
    head = bytearray(data.octets[: data.inner])
    struct.pack_into("!H", head, 4, len(head) - 40 + len(body))
    return bytes(head) + body


def _of_esp(data: Bare, content: bytes, *, checked: bool) -> bytes | None:
    """Return what was under ESP with its trailer, where it is a Mobility Header or a datagram (RFC 4303 2.4).

    Where tshark checked no integrity, as with AES-GCM, the checksum of a Mobility Header and the length of a datagram
    have to do, with the padding: octets of a wrong key pass once in some billions.
    """
    for behind in (0,) if checked else UNCHECKED:
        end = len(content) - behind
        if end < 10 or content[end - 2] > end - 10:
            continue
        filled, header = content[end - 2], content[end - 1]
        inner, fill = content[: end - 2 - filled], content[end - 2 - filled : end - 2]
        if fill != bytes(range(1, filled + 1)):
            continue
        is_mobility = header == MOBILITY and inner[0] == 59 and len(inner) == 8 * (1 + inner[1])
        is_datagram = header == UDP and struct.unpack_from("!H", inner, 4)[0] == len(inner)
        if is_datagram or (is_mobility and (checked or checksum(*data.ends, inner) == inner[4:6])):
            return content[:end]
    return None


def _of_ike(body: bytes, content: bytes) -> bytes | None:
    """Return a datagram with the payloads that were under SK in its place, None where they are none (RFC 4306 3.14)."""
    start = 12 if body[8:12] == bytes(4) and 4500 in struct.unpack_from("!HH", body) else 8
    message = bytearray(body[start:])
    place, at = 16, 28
    while message[place] != SK:  # what stands before it is in the clear
        if len(message) < at + 4 or message[place] == 0:
            return None
        place, at = at, at + max(4, struct.unpack_from("!H", message, at + 2)[0])
    if len(message) < at + 4 or not content or content[-1] >= len(content):
        return None
    first, inner = message[at], content[: len(content) - 1 - content[-1]]
    if not _is_chain(first, inner):
        return None
    message[place] = first
    made = message[:at] + inner
    struct.pack_into("!I", made, 24, len(made))
    head = bytearray(body[:start])
    struct.pack_into("!HH", head, 4, start + len(made), 0)
    return bytes(head + made)


def _is_chain(kind: int, payloads: bytes) -> bool:
    """Whether octets are payloads, one behind the other up to the end (RFC 4306 3.2)."""
    at = 0
    while kind:
        if len(payloads) < at + 4 or payloads[at + 1] & 0x7F:
            return False
        length = struct.unpack_from("!H", payloads, at + 2)[0]
        if length < 4:
            return False
        kind, at = payloads[at], at + length
    return at == len(payloads)
