"""How small a message can be: what is left to tell messages apart by where they are encrypted.

A cipher may add padding as it likes, so that an encrypted packet may always be larger, and is never smaller.
"""

from __future__ import annotations

from haboot.model import Form

TRAILER = 2  # octets of ESP: pad length and next header (RFC 4303 2)
PAD_LENGTH = 1  # octet of SK (RFC 4306 3.14)
EXCHANGES = ("IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL")
PAYLOADS = {  # octets, each with its header, by the field that shows that there is one (RFC 4306 3)
    "IDi": 9,
    "IDr": 9,
    "address": 4 + 4 + 4 + 17,  # a configuration with one address and its prefix length
    "TSr": 2 * (8 + 40),  # both traffic selectors, of one range of IPv6 addresses each
    "notification": 8,
    "redirected to": 8 + 2 + 16,
}
MOBILITY = {"Home Agent Switch": 8, "Binding Update": 16, "Binding Acknowledgement": 16}  # RFC 3775 6.1, RFC 5142
DNS_UPDATE = 5  # octets of the option with the shortest name (RFC 5026 8.1)


def least(form: Form) -> int:
    """Return how many octets a message has at least under ESP or SK, without what comes before the cipher.

    >>> least(Form("Binding Update", {"DNS update": False}))
    18
    """
    if form.kind.startswith(EXCHANGES):
        return PAD_LENGTH + sum(octets for name, octets in PAYLOADS.items() if form.fields.get(name))
    size = MOBILITY.get(form.kind, 0)
    if size == 16 and form.fields.get("DNS update"):
        size += -(-(DNS_UPDATE - 4) // 8) * 8  # four octets of padding have room for options
    listed = form.fields.get("addresses")
    return TRAILER + size + (16 * len(listed) if isinstance(listed, tuple) else 0)
