"""Captures encrypted as real hosts encrypt them, with the keys as tshark takes them.

ESP is made by scapy's own security associations, and IKEv2 under SK by ``cryptography``; neither is code that judges.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from scapy.contrib.ikev2 import IKEv2
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.layers.l2 import Ether
from scapy.packet import Raw

AUTHENTICATED = 35  # the first exchange that is under SK
ENCRYPTED = 46  # the type of an SK payload
NULL_ICV = 12  # octets that the captures in the clear have in place of an integrity check value


def key(label: object, octets: int = 16) -> bytes:
    """A key that depends on its label alone."""
    return hashlib.shake_128(str(label).encode()).digest(octets)


class Sealed:
    """Encrypts the frames of a capture; ``combined`` is for AES-GCM, else it is AES-CBC with HMAC-SHA2-256-128."""

    def __init__(self, *, combined: bool = False) -> None:
        self.combined, self.spis, self.exchanges = combined, set[int](), set[tuple[bytes, bytes]]()

    def frames(self, clear: Sequence[bytes]) -> list[bytes]:
        """The same messages, encrypted where hosts encrypt them."""
        return [self.sealed(one) for one in clear]

    def sealed(self, frame: bytes) -> bytes:
        whole = Ether(frame)
        if whole.haslayer(ESP):
            return self._esp(whole)
        if whole.haslayer(IKEv2) and whole[IKEv2].exch_type >= AUTHENTICATED:
            return self._ike(whole)
        return frame

    def _esp(self, whole: Any) -> bytes:
        """ESP around what was under a NULL cipher, behind the same headers."""
        esp = whole[ESP]
        self.spis.add(esp.spi)
        inner = bytes(esp.data)[:-NULL_ICV]
        body = inner[: -2 - inner[-2]]
        plain = IPv6(src=whole[IPv6].src, dst=whole[IPv6].dst, nh=inner[-1]) / Raw(body)
        made = self.association(esp.spi).encrypt(plain, seq_num=esp.seq, iv=key((esp.spi, esp.seq), self.iv))
        whole[ESP].underlayer.remove_payload()
        return _lengthened(bytes(whole), bytes(cast(Any, made)[ESP]))

    @property
    def iv(self) -> int:
        return 8 if self.combined else 16

    def association(self, spi: int) -> SecurityAssociation:
        if self.combined:
            return SecurityAssociation(ESP, spi=spi, crypt_algo="AES-GCM", crypt_key=key(spi, 20))
        named = {"crypt_algo": "AES-CBC", "auth_algo": "SHA2-256-128"}
        return SecurityAssociation(ESP, spi=spi, crypt_key=key(spi), auth_key=key((spi, "a"), 32), **named)

    def _ike(self, whole: Any) -> bytes:
        one = whole[IKEv2]
        ends = bytes(one.init_SPI), bytes(one.resp_SPI)
        self.exchanges.add(ends)
        inner, side = bytes(one.payload), "i" if one.flags.Initiator else "r"
        number = key((ends, one.exch_type, one.flags.value), 16)
        filled = inner + bytes(-(len(inner) + 1) % 16) + bytes([-(len(inner) + 1) % 16])
        size = self.iv + len(filled) + 16
        head = bytearray(bytes(one)[:28])
        head[16] = ENCRYPTED
        struct.pack_into("!I", head, 24, 28 + 4 + size)
        opened = bytes(head) + struct.pack("!BBH", one.next_payload, 0, 4 + size)
        if self.combined:
            secret, salt = key((ends, "e", side)), key((ends, "s", side), 4)
            data = number[:8] + AESGCM(secret).encrypt(salt + number[:8], filled, opened)
        else:
            cipher = Cipher(algorithms.AES(key((ends, "e", side))), modes.CBC(number)).encryptor()
            data = number + cipher.update(filled) + cipher.finalize()
            data += hmac.new(key((ends, "a", side), 32), opened + data, "sha256").digest()[:16]
        whole[UDP].remove_payload()
        return _lengthened(bytes(whole), opened + data)

    # keys, as tshark has them in the files of its preferences

    def esp_sa(self) -> str:
        """The table of associations."""
        lines = list[str]()
        for spi in sorted(self.spis):
            if self.combined:
                how = f'"AES-GCM [RFC4106]","0x{key(spi, 20).hex()}","NULL",""'
            else:
                auth = f'"HMAC-SHA-256-128 [RFC4868]","0x{key((spi, "a"), 32).hex()}"'
                how = f'"AES-CBC [RFC3602]","0x{key(spi).hex()}",{auth}'
            lines.append(f'"IPv6","*","*","0x{spi:08x}",{how}\n')
        return "".join(lines)

    def ikev2_decryption_table(self) -> str:
        """The table of IKEv2 keys."""
        lines = list[str]()
        for ends in sorted(self.exchanges):
            first, second = (one.hex() for one in ends)
            if self.combined:
                secrets = [(key((ends, "e", side)) + key((ends, "s", side), 4)).hex() for side in "ir"]
                named = '"AES-GCM-128 with 16 octet ICV [RFC5282]",,,"NONE [RFC4306]"'
            else:
                secrets = [key((ends, "e", side)).hex() for side in "ir"]
                checks = ",".join(key((ends, "a", side), 32).hex() for side in "ir")
                named = f'"AES-CBC-128 [RFC3602]",{checks},"HMAC_SHA2_256_128 [RFC4868]"'
            lines.append(f"{first},{second},{','.join(secrets)},{named}\n")
        return "".join(lines)

    def save(self, folder: Path) -> Path:
        """Write both tables into a folder."""
        folder.mkdir(exist_ok=True)
        (folder / "esp_sa").write_text(self.esp_sa())
        (folder / "ikev2_decryption_table").write_text(self.ikev2_decryption_table())
        return folder


def _lengthened(head: bytes, body: bytes) -> bytes:
    """A frame with another last part: the lengths of IPv6 and UDP are those of the whole."""
    frame = bytearray(head + body)
    struct.pack_into("!H", frame, 18, len(frame) - 54)
    if frame[20] == 17:
        struct.pack_into("!HH", frame, 58, len(frame) - 54, 0)
    return bytes(frame)
