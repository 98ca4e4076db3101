"""Who is who in a capture that comes without a plan: guessed from what hosts do, and always shown.

Who sends a switch, is acknowledged by, or registers whom tells home agents from mobile nodes; which home agent is which
is told by what the variant has them do. What cannot be told apart needs a plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from haboot.checker import ModelError
from haboot.wire.hearing import Heard, Ip
from haboot.wire.plan import Node, Plan

NAMES = ("H", "X", "M")
CARE_OF_NAMES = ("a", "b")
UPDATE, ACKNOWLEDGEMENT, SWITCH = "Binding Update", "Binding Acknowledgement", "Home Agent Switch"


@dataclass
class _Found:
    """What packets tell of hosts, in the order in which it is told."""

    agents: dict[str, None] = field(default_factory=dict)
    initiators: dict[str, None] = field(default_factory=dict)  # that start IKE or send a switch with B=1
    nodes: dict[str, dict[str, None]] = field(default_factory=dict)  # care-of addresses by the first home address
    homes: dict[str, str] = field(default_factory=dict)  # by home address the first of its node
    assigned: dict[str, tuple[str, bool]] = field(default_factory=dict)  # by address: who assigned it, and if asked
    named: dict[str, str] = field(default_factory=dict)  # names by address
    listed: dict[str, None] = field(default_factory=dict)  # home agents to which others send
    servers: dict[str, None] = field(default_factory=dict)
    selected: dict[tuple[str, str], Ip] = field(default_factory=dict)  # by who starts IKE with whom, a home address


def guessed(packets: Iterable[Heard], *, initiates: bool) -> Plan:
    """Return a plan for a capture; raise ModelError where nobody can be told from anybody.

    ``initiates``: home agents start IKEv2 by themselves.
    """
    every = list(packets)
    found = _Found()
    for one in every:
        _mobility(found, one)
        if one.fields.get("TSr") and one.fields["by initiator"]:
            found.selected.setdefault((one.source, one.target), one.fields["TSr"][0])
    for one in every:
        _ike(found, one, initiates=initiates)
        if one.kind.startswith(("DNS update", "DNS query")):
            found.servers[one.source if one.kind.endswith("response") else one.target] = None
    if not found.agents or not (found.nodes or found.homes):
        raise ModelError("nobody can be told from anybody in this capture: say who is who with --roles FILE.toml")
    agents = _agents(found, initiates=initiates)
    return Plan(agents, dict(_nodes(found, agents)), next(iter(found.servers), ""))


def _mobility(found: _Found, one: Heard) -> None:
    """Who registers with whom, and who is told to."""
    if one.kind == UPDATE:
        _meet(found, one.home or one.source, one.source)
        found.agents[one.target] = None
    elif one.kind in {ACKNOWLEDGEMENT, SWITCH}:
        _meet(found, one.home or one.target, one.target)
        found.agents[one.source] = None
    if one.kind == SWITCH:
        found.agents |= dict.fromkeys(one.fields.get("addresses", ()))
        if one.fields.get("B"):
            found.initiators[one.source] = None
        found.listed |= dict.fromkeys(ip for ip in one.fields.get("addresses", ()) if ip != one.source)


def _meet(found: _Found, home: Ip, care_of: Ip) -> None:
    """Note a home address, and where its mobile node is."""
    known = [first for first, some in found.nodes.items() if care_of in some and care_of != home]
    first = found.homes.setdefault(home, known[0] if known else home)
    found.nodes.setdefault(first, {})
    if care_of != home:
        found.nodes[first][care_of] = None


def _ike(found: _Found, one: Heard, *, initiates: bool) -> None:
    """Who starts exchanges, with whom, under which names, and which addresses are assigned."""
    if "exchange" not in one.fields:
        return
    first, second = (one.source, one.target) if one.fields["by initiator"] else (one.target, one.source)
    first_is_agent = first in found.agents or (second not in found.agents and initiates)
    agent, node = (first, second) if first_is_agent else (second, first)
    found.agents[agent] = None
    if first_is_agent and one.kind == "IKE_SA_INIT request":
        found.initiators[agent] = None
    home = next((known for known, some in found.nodes.items() if node in some), None)
    if home is None and node not in found.homes:
        selected = found.selected.get((agent, node)) if first_is_agent else None
        _meet(found, selected or Ip(f"of {node}"), node)
    if not first_is_agent and "IKE" in one.kind:
        found.listed[agent] = None
    if "redirected to" in one.fields:
        found.listed[one.fields["redirected to"]] = None
        found.agents[one.fields["redirected to"]] = None
    if "address" in one.fields and one.source == agent:
        found.assigned[one.fields["address"]] = agent, not first_is_agent
    for name in ("IDi", "IDr"):
        kind, value = one.fields.get(name, ("", ""))
        mine = one.source if (name == "IDi") == one.fields["by initiator"] else one.target
        if kind == "ID_FQDN":
            found.named[mine] = value


def _agents(found: _Found, *, initiates: bool) -> dict[str, str]:
    """Which home agent is which: those that start a bootstrap, or that others are sent to, are not the original one.

    One alone that starts none is the original one where home agents start them, else the one that serves now.
    """
    taking = [*(found.initiators if initiates else found.listed)]
    if not taking and len(found.agents) > 1:
        raise ModelError("which home agent is which cannot be told in this capture: say it with --roles FILE.toml")
    taking = taking or ([] if initiates else [*found.agents])
    rest = [one for one in found.agents if one not in taking]
    if len(taking) > len(NAMES) or len(rest) > 1:
        told = ", ".join((*taking, *rest))
        raise ModelError(
            f"there are more home agents in this capture than the model has: {told}; see --roles FILE.toml"
        )
    return {**({"O": rest[0]} if rest else {}), **dict(zip(NAMES, taking, strict=False))}


def _nodes(found: _Found, agents: dict[str, str]) -> Iterator[tuple[str, Node]]:
    names = {address: name for name, address in agents.items()}
    for number, (first, some) in enumerate(found.nodes.items(), start=1):
        homes = {"old": first} if first not in found.assigned and not first.startswith("of ") else {}
        for address, (agent, asked) in found.assigned.items():
            if found.homes.get(address) == first or (address not in found.homes and len(found.nodes) == 1):
                homes[f"{names[agent]}{2 if asked else 1}"] = address
        for address in (one for one, node in found.homes.items() if node == first):
            if address not in homes.values() and not address.startswith("of "):
                homes.setdefault("old", address)
        care_of = dict(zip(CARE_OF_NAMES, some, strict=False))
        name = next((found.named[one] for one in some if one in found.named), "")
        yield f"MN{number}", Node(name, homes, care_of)
