"""What a tap saw, in names of the model: packets whose addresses a plan knows, and how a message differs from one.

What the model counts, a capture only compares: which exchange of two in a row a message belongs to is told by its SPI,
which update an acknowledgement answers by its sequence number. What a packet does not show is left out, and nothing is
read into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from haboot.model import CARE_OF, HOME, HOME_AGENT, MOBILE_NODE, Address, Form, Told, number_of
from haboot.wire.emissions import Emission
from haboot.wire.hearing import DARK, OPAQUE, UNTOLD, Heard, Ip
from haboot.wire.plan import Owner, Plan
from haboot.wire.sizes import least

UNKNOWN = "unknown"
Known: TypeAlias = "Told | frozenset[str]"  # of several hosts it may be any
HALF = 1 << 15  # sequence numbers are compared modulo 2 ** 16 (RFC 3775 9.5.1)
OUT_OF_WINDOW = 135


@dataclass(frozen=True, slots=True)
class Sighting:
    """A packet as the model would say it.

    ``sources`` and ``targets`` are the hosts that may have sent it and that it may be for, none where an address is
    nobody's. ``to_home``: it goes to a home address.
    """

    heard: Heard
    kind: str
    sources: frozenset[str]
    targets: frozenset[str]
    node: str
    fields: Mapping[str, Known]
    to_home: bool = False

    @property
    def vague(self) -> bool:
        """Whether it may be any message with these ends, or none: all that can be seen of it are they."""
        return self.kind == OPAQUE or any(lack not in DARK for lack in self.heard.lacks)

    def __str__(self) -> str:
        ends = " → ".join("/".join(sorted(some)) or str(ip) for some, ip in self._ends())
        return f"{self.kind} {ends}"

    def _ends(self) -> Iterator[tuple[frozenset[str], Ip]]:
        yield self.sources, self.heard.source
        yield self.targets, self.heard.target


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which a packet is not as a message would be."""

    field: str
    seen: str
    due: str

    def __str__(self) -> str:
        return f"{self.field}: {self.seen}, due is {self.due}"


def differences(seen: Sighting, due: Emission) -> tuple[Difference, ...]:
    """Return in what a packet is not as a message of the model would be; none where it may be that message."""
    return tuple(_differences(seen, due))


def _differences(seen: Sighting, due: Emission) -> Iterator[Difference]:
    form = due.form
    if seen.kind == OPAQUE:
        if not form.fields.get("SA") and form.kind != "ESP packet":
            yield Difference("protection", "ESP", "none")
    elif seen.kind not in UNTOLD and seen.kind != form.kind:
        yield Difference("message", seen.kind, form.kind)
        return
    yield from _different_ends(seen, due)
    if seen.node and due.node and seen.node != due.node:
        yield Difference("mobile node", seen.node, due.node)
    for name, value in form.fields.items():
        found = _compared(seen, form, name)
        if found is not None and found != value:
            yield Difference(name, _told(found), _told(value))
    room, needed = seen.heard.fields.get("octets"), least(form)
    if room is not None and room < needed:
        yield Difference("size", f"{room} octets of cipher", f"at least {needed}")
    yield from (Difference(fault, "wrong", "right") for fault in seen.heard.faults)


def _different_ends(seen: Sighting, due: Emission) -> Iterator[Difference]:
    form = due.form
    claimed = due.node if form.claims == MOBILE_NODE else form.claims or due.source
    for name, some, one, ip in (
        ("source", seen.sources, claimed, seen.heard.source),
        ("destination", seen.targets, due.target, seen.heard.target),
    ):
        if one not in some:
            yield Difference(name, "/".join(sorted(some)) or str(ip), one)
    if seen.to_home and due.away and due.target == due.node:
        yield Difference("destination", "the home address", "the care-of address")


def _compared(seen: Sighting, form: Form, name: str) -> Known | None:
    """What a packet says in a field as far as it differs, None where it says nothing.

    All ESP numbers beyond the model's are one, and of several hosts any may be meant.
    """
    found = seen.fields.get(name)
    if name == "ESP number" and isinstance(found, int):
        return min(found, int(str(form.fields["beyond"])))
    if isinstance(found, frozenset) and form.fields[name] in found:
        return form.fields[name]
    return found


def _one_of(some: frozenset[str]) -> Known:
    """A host among some, by its name where there is one."""
    return next(iter(some)) if len(some) == 1 else some or UNKNOWN


def _told(value: Known) -> str:
    if isinstance(value, frozenset):
        return "/".join(sorted(value))
    if isinstance(value, bool):
        return "set" if value else "not set"
    if isinstance(value, tuple) and not isinstance(value, Address):
        return f"[{', '.join(map(str, value))}]"
    return str(value) or "absent"


@dataclass
class Eyes:
    """Sees packets with a plan, in the order of a capture, and remembers what later ones refer to.

    ``protection`` says whether a message in the clear has no association: it says nothing where all are in the clear,
    as in a capture on the inner side of IPsec. ``gapless``: no request was missed, so that each response has one.
    """

    plan: Plan
    protection: bool
    gapless: bool = True
    owners: dict[str, list[Owner]] = field(default_factory=dict)
    exchanges: dict[tuple[frozenset[str], str], dict[str, int]] = field(default_factory=dict)
    updates: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)
    last: dict[tuple[str, str], int] = field(default_factory=dict)
    keys: dict[str, dict[int, int]] = field(default_factory=dict)
    asked: dict[tuple[str, str, bool], set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for address, owner in self.plan.each():
            self.owners.setdefault(address, []).append(owner)
        self.hosts = {mac: host for host, mac in self.plan.macs.items()}
        self.names = {node.name.lower(): name for name, node in self.plan.nodes.items()}

    def sees(self, one: Heard) -> Sighting:
        """Return a packet as the model would say it."""
        one = replace(one, faults=(*one.faults, *self._unasked(one)))
        sources, targets = self._hosts(one, one.source), self._targets(one)
        node = self._node(one, sources, targets)
        fields = dict(self._fields(one, node, sources, targets))
        return Sighting(one, one.kind, sources, targets, node, fields, "home link" in targets)

    def _unasked(self, one: Heard) -> Iterator[str]:
        """What is wrong with a response of IKEv2 that has the message id of no request (RFC 4306 2.2)."""
        if "message id" not in one.fields:
            return
        exchange, way = one.kind.rsplit(" ", 1)
        by_initiator, number = one.fields["by initiator"] == (way == "request"), one.fields["message id"]
        asked = self.asked.setdefault((one.fields["init SPI"], exchange, by_initiator), set())
        if way == "request":
            asked.add(number)
        elif asked and number not in asked and self.gapless:
            yield f"message id {number} of a response, which no request has"

    def _hosts(self, one: Heard, ip: Ip) -> frozenset[str]:
        """The hosts to which an address belongs; a link address tells home agents apart that share one."""
        found = frozenset(owner.node or owner.whose.name for owner in self.owners.get(ip, ()))
        sender = self.hosts.get(one.mac)
        return frozenset({sender}) if len(found) > 1 and ip == one.source and sender in found else found

    def _targets(self, one: Heard) -> frozenset[str]:
        """The hosts that a packet is for; a home address without a routing header is one on the home link."""
        found = self._hosts(one, one.target)
        if any(owner.whose.kind == HOME for owner in self.owners.get(one.target, ())):
            return found | {"home link"}
        return found

    def _node(self, one: Heard, sources: frozenset[str], targets: frozenset[str]) -> str:
        """The mobile node that a packet is about: by its home address, its name, or one of the ends."""
        by_home = [owner.node for owner in self.owners.get(one.home or "", ()) if owner.node]
        named = one.fields.get("name")
        by_name = [self.names[text]] if isinstance(named, bytes) and (text := _text(named)) in self.names else []
        given = [one.fields["node"]] if one.fields.get("node") in self.plan.nodes else []
        ends = [host for some in (sources, targets) for host in some if host in self.plan.nodes]
        return str(next(iter((*by_home, *by_name, *given, *ends)), ""))

    def whose(self, ip: object, kind: str, node: str = "") -> Told:
        """Return whose address of a kind it is, the address itself where it is nobody's."""
        for owner in self.owners.get(str(ip), ()):
            if owner.whose.kind == kind and (not node or owner.node in {"", node}):
                return owner.whose
        return str(ip)

    def _fields(
        self, one: Heard, node: str, sources: frozenset[str], targets: frozenset[str]
    ) -> Iterator[tuple[str, Known]]:
        yield from self._protection(one, sources, targets)
        if one.kind == "Binding Update":
            yield from self._of_update(one, node, targets)
        elif one.kind == "Binding Acknowledgement":
            yield from self._of_acknowledgement(one, node, sources)
        elif "exchange" in one.fields:
            yield from self._of_exchange(one, node, sources, targets)
        elif one.kind == "ESP packet":
            keys = self.keys.setdefault(node, {})
            yield "key", keys.setdefault(one.spi or 0, len(keys))
            yield "ESP number", one.fields["ESP number"]
        else:
            yield from self._of_other(one, node)

    def _protection(self, one: Heard, sources: frozenset[str], targets: frozenset[str]) -> Iterator[tuple[str, Known]]:
        """The association that protects it: with the home agent at one of its ends."""
        if one.spi is not None:
            yield "SA", _one_of((sources | targets).intersection(self.plan.agents))
        elif self.protection:
            yield "SA", ""

    def _of_update(self, one: Heard, node: str, targets: frozenset[str]) -> Iterator[tuple[str, Known]]:
        yield "home address", self.whose(one.home or one.source, HOME, node)
        where = one.fields.get("alternate") or one.source
        at = self.whose(where, CARE_OF, node)
        home = isinstance(self.whose(where, HOME, node), Address)
        at = Address(CARE_OF, "home") if home else at
        yield "care-of address", at
        for name in ("lifetime 0", "DNS update"):
            if name in one.fields:
                yield name, one.fields[name]
        sequence = one.fields.get("sequence")
        if sequence is None:
            return
        for agent in targets:
            held = self.last.get((node, agent))
            if held is not None:
                yield "number behind", 0 < (held - sequence) % (2 * HALF) < HALF
            self.last[node, agent] = sequence
            if isinstance(at, Address):
                self.updates.setdefault((node, agent), {})[sequence] = number_of(at.name)

    def _of_acknowledgement(self, one: Heard, node: str, sources: frozenset[str]) -> Iterator[tuple[str, Known]]:
        yield "home address", self.whose(one.home or one.target, HOME, node)
        for name in ("status", "lifetime 0", "DNS update"):
            if name in one.fields:
                yield name, one.fields[name]
        for agent in sources:
            sent = self.updates.get((node, agent), {})
            sequence = one.fields.get("sequence")
            if sequence in sent:
                yield "number", sent[sequence]
            elif sent and one.fields.get("status") != OUT_OF_WINDOW:
                yield "number", f"sequence number {sequence}, which no update has"

    def _of_exchange(
        self, one: Heard, node: str, sources: frozenset[str], targets: frozenset[str]
    ) -> Iterator[tuple[str, Known]]:
        mine = sources if one.fields["by initiator"] else targets
        initiator = _one_of(mine)
        yield "initiator", initiator
        known = self.exchanges.setdefault((mine, node), {})
        spi = one.fields["init SPI"]
        if spi not in known:
            known[spi] = len(known) % 2
        yield "exchange", known[spi]
        if one.kind.startswith("INFORMATIONAL"):
            yield "SA", initiator
        if mine <= self.plan.nodes.keys() and one.fields["by initiator"]:
            yield "care-of address", self.whose(one.source, CARE_OF, node)
        yield from self._of_payloads(one, node)

    def _of_payloads(self, one: Heard, node: str) -> Iterator[tuple[str, Known]]:
        """What the payloads of an exchange say, as far as they can be read."""
        for name, value in one.fields.items():
            if name in {"CP", "notification"}:
                yield name, value
            elif name in {"IDi", "IDr"}:
                named = self._identity(*value)
                yield from () if named is None else ((name, named),)
            elif name == "address":
                yield name, self.whose(value, HOME, node)
            elif name == "TSr" and len(value) == 1:
                yield name, self.whose(value[0], HOME, node)
            elif name == "redirected to":
                yield name, self.whose(value, HOME_AGENT)

    def _identity(self, kind: str, value: object) -> Told | None:
        """Whom an identification names; None where the plan knows no names to compare it with."""
        if isinstance(value, Ip):
            found = self.whose(value, HOME_AGENT)
            return Address(kind, found.name) if isinstance(found, Address) else f"{kind} {value}"
        name = self.names.get(str(value).lower())
        if name is None and "" in self.names:
            return None
        return f"{kind} {value}" if name is None else Address(kind, name)

    def _of_other(self, one: Heard, node: str) -> Iterator[tuple[str, Known]]:
        """Fields of what needs no memory: addresses by whom they belong to, all else as it is."""
        for name, value in one.fields.items():
            if isinstance(value, list):
                yield name, tuple(_address(self.whose(ip, HOME_AGENT)) for ip in value)
            elif isinstance(value, Ip):
                kind = {"agent": HOME_AGENT, "care-of address": CARE_OF}.get(name, HOME)
                yield name, self.whose(value, kind, node)
            elif isinstance(value, bool | int | str):
                yield name, value


def _address(found: Told) -> Address:
    return found if isinstance(found, Address) else Address("address", str(found))


def _text(name: Any) -> str:
    return bytes(name).decode("utf-8", "replace").lower()
