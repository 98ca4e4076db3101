"""Address plans: which address belongs to whom, by names of the model; one to write with, and ones given in TOML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network
from typing import NamedTuple

from haboot.checker import ModelError, nearest
from haboot.checker.boundary import told
from haboot.model import CARE_OF, HOME, HOME_AGENT, Address, Scenario

DOCUMENTATION = IPv6Network("2001:db8::/32")  # RFC 3849
LINKS = {"O": 1, "H": 2, "X": 3, "M": 4}  # subnets of home links where each home agent has its own
CARE_OF_LINKS = {"a": 9, "b": 0xA}
SERVER, FORGER = 0x53, 0xBAD


class Owner(NamedTuple):
    """Whose address it is, and the mobile node to which it belongs where it is one of those."""

    whose: Address
    node: str = ""


@dataclass(frozen=True)
class Node:
    """A mobile node: its name in the DNS, and its home and care-of addresses by their names in the model."""

    name: str
    home: Mapping[str, str]
    care_of: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """Addresses by role.

    ``own`` are those that a host has beside, of an adversary or of home agents that share the address at which mobile
    nodes reach them; ``macs`` are link addresses by host, which tell such home agents apart.
    """

    agents: Mapping[str, str]
    nodes: Mapping[str, Node]
    dns: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    macs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._require_apart()

    def _require_apart(self) -> None:
        seen = dict[str, str]()
        shared = set(self.agents.values())
        for address, owner in self.each():
            named = f"{owner.node} {owner.whose}".strip()
            if address in seen and address not in shared:
                raise ModelError(f"address {address} is given to both {seen[address]} and {named}; each has its own")
            seen[address] = named

    def each(self) -> Iterator[tuple[str, Owner]]:
        """Yield all addresses with their owners."""
        for name, address in (*self.agents.items(), *self.own.items()):
            if name in self.agents:
                yield address, Owner(Address(HOME_AGENT, name))
        for name, node in self.nodes.items():
            yield from ((address, Owner(Address(HOME, one), name)) for one, address in node.home.items())
            yield from ((address, Owner(Address(CARE_OF, one), name)) for one, address in node.care_of.items())
        if self.dns:
            yield self.dns, Owner(Address("server", "DNS"))

    def shown(self) -> Iterator[tuple[str, str]]:
        """Yield who has which address, as it is shown."""
        yield from ((name, address) for name, address in self.agents.items())
        for name, node in self.nodes.items():
            for kind, some in ((HOME, node.home), (CARE_OF, node.care_of)):
                yield from ((f"{name} {kind} {one}", address) for one, address in some.items())
        if self.dns:
            yield "DNS", self.dns


def _at(subnet: int, host: int) -> str:
    return str(IPv6Address(int(DOCUMENTATION.network_address) + (subnet << 80) + host))


def usual(scenario: Scenario, *, shared: bool = False) -> Plan:
    """Return the plan by which traces of a scenario are written, in the documentation prefix.

    Home agents of one prefix are on link 2001:db8:1::/64, others on one each; a mobile node's home addresses are on the
    link of the home agent that assigns them, its care-of addresses on links of their own. With ``shared`` all home
    agents have the address of the first.
    """
    links = {name: LINKS["O"] if shared or scenario.prefixes == "same" else link for name, link in LINKS.items()}
    agents = {name: _at(link, 1 if shared else LINKS[name]) for name, link in links.items()}
    nodes = {
        name: Node(
            f"{name.lower()}.example.com",
            {"old": _at(1, 0xFF + number), **_leases(number)},
            {one: _at(link, 4 + number) for one, link in CARE_OF_LINKS.items()},
        )
        for number, name in enumerate(scenario.nodes, start=1)
    }
    names = (*agents, *nodes, "DNS", "forger", "replayer", "home link")
    macs = {name: f"02:00:00:00:00:{number:02x}" for number, name in enumerate(names, start=1)}
    own = {name: _at(links[name], 0x10 + LINKS[name]) for name in agents} if shared else {}
    return Plan(agents, nodes, _at(SERVER, SERVER), {"forger": _at(FORGER, FORGER), **own}, macs)


def _leases(number: int) -> dict[str, str]:
    """The home addresses that home agents assign: pushed ones are 1, requested ones 2."""
    every = ((name, lease) for name in LINKS for lease in (1, 2) if name != "O")
    return {f"{name}{lease}": _at(LINKS[name], 0x100 * lease + number - 1) for name, lease in every}


def plan_of(data: Mapping[str, object]) -> Plan:
    """Return a plan as TOML gives it; raises ModelError for what is none.

    ``agents`` are addresses by name, O for the original home agent and H, X, M for others; ``nodes`` a table for each
    of MN1, MN2, … with ``home`` and ``care-of`` addresses by name, and a ``name``; ``servers`` the address of the DNS;
    and ``links`` link addresses by host.

    >>> plan_of({"agents": {"H": "2001:db8::2"}, "nodes": {"MN1": {"home": {"old": "2001:db8::100"}}}}).agents
    {'H': '2001:db8::2'}
    """
    _require_known("a plan", data, ("agents", "nodes", "servers", "links"))
    agents = _addresses("agents", data.get("agents"), tuple(LINKS))
    given = _table("nodes", data.get("nodes"))
    due = [f"MN{number}" for number in range(1, 1 + len(given))]
    if not agents or not given or sorted(given) != sorted(due):
        raise ModelError(
            f"a plan has agents, and nodes MN1, MN2 and so on; this has nodes {', '.join(given) or 'none'}"
        )
    nodes = {name: _node(name, _table(f"nodes.{name}", given[name])) for name in due}
    servers = _addresses("servers", data.get("servers"), ("DNS",))
    macs = {host: _text(f"links.{host}", mac).lower() for host, mac in _table("links", data.get("links")).items()}
    return Plan(agents, nodes, servers.get("DNS", ""), {}, macs)


def _node(name: str, given: Mapping[str, object]) -> Node:
    place = f"nodes.{name}"
    _require_known(place, given, ("name", "home", "care-of"))
    leases = ("old", *_leases(1))
    home = _addresses(f"{place}.home", given.get("home"), leases)
    care_of = _addresses(f"{place}.care-of", given.get("care-of"), tuple(CARE_OF_LINKS))
    return Node(_text(f"{place}.name", given.get("name", "")), home, care_of)


def _table(place: str, given: object) -> Mapping[str, object]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ModelError(f"{place} is a table, not {told(given)}")
    return given


def _text(place: str, given: object) -> str:
    if not isinstance(given, str):
        raise ModelError(f"{place} is a text, not {told(given)}")
    return given


def _addresses(place: str, given: object, allowed: tuple[str, ...]) -> dict[str, str]:
    table = _table(place, given)
    _require_known(place, table, allowed)
    return {name: _address(f"{place}.{name}", one) for name, one in table.items()}


def _address(place: str, given: object) -> str:
    try:
        return str(IPv6Address(_text(place, given)))
    except ValueError as error:
        raise ModelError(f"{place}: {told(given)} is no IPv6 address") from error


def _require_known(place: str, given: Mapping[str, object], allowed: tuple[str, ...]) -> None:
    for name in given:
        if name not in allowed:
            raise ModelError(f"{place} has no {told(name)}{nearest(name, allowed)} (allowed: {', '.join(allowed)})")
