"""Bootstrap that the mobile node starts, in the split scenario (RFC 5026): it asks the DNS, then runs IKEv2.

Without a detector of its own it waits to be notified, and a notification must be protected by an association that only
the bootstrap makes: the circle of the draft's introduction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from haboot.checker import Input, Instance, Local, Participant, Row, Silence
from haboot.model.forms import Form, agent
from haboot.model.observations import shows
from haboot.model.parts import acceptor_of, dns_of, of, search_of
from haboot.model.variants import switching
from haboot.model.variants.variant import RECOVERY, Variant, held_to, on_one
from haboot.model.wiring import Wiring
from haboot.model.words import flags, is_silent


@dataclass(frozen=True, slots=True)
class HomeAgentQuery:
    """The mobile node's question for the service record of a home agent."""

    node: str

    def __str__(self) -> str:
        return "DNS query (home agent)"

    def form(self) -> Form:
        """See OnWire."""
        return Form("DNS query", {})


@dataclass(frozen=True, slots=True)
class HomeAgentAnswer:
    """The DNS server's answer: a home agent."""

    agent: str

    def __str__(self) -> str:
        return f"DNS answer (home agent {self.agent})"

    def form(self) -> Form:
        """See OnWire."""
        return Form("DNS query response", {"agent": agent(self.agent)})


def home_agent_is_silent(me: Local) -> bool:
    return bool(me.see("original is down") and me.see("is served by original"))


def ask_dns(me: Local) -> None:
    me.send("DNS", HomeAgentQuery(me.node))


def name_agent(me: Local) -> None:
    me.send(me.node, HomeAgentAnswer("H"))


SEARCH = Participant(
    name="mobile node's search for a home agent",
    states=("idle", "asked", "found"),
    initial="idle",
    inputs=flags("original is down", "is served by original", "silence"),
    rows=(
        Row("finds its home agent dead", ("idle",), "asked", (home_agent_is_silent,), (ask_dns,), "RFC 5026 5.1"),
        Row(HomeAgentAnswer, ("asked",), "found", (), (), "RFC 5026 5.1"),
        Row("retransmits", ("asked",), "=", (is_silent,), (ask_dns,), "RFC 5026 5.1"),
    ),
    unexpected="discard",
)
SERVICE_RECORD = Participant(
    name="DNS server's service record",
    states=("answering",),
    initial="answering",
    terminal=frozenset({"answering"}),
    rows=(Row(HomeAgentQuery, ("answering",), "=", (), (name_agent,), "RFC 5026 5.1"),),
    unexpected="discard",
)


def session(wiring: Wiring, node: str) -> Iterator[Instance]:
    """A mobile node that may start a bootstrap, and H, which may notify it."""
    home, found, own = of(node).home_agent, search_of(node).state, acceptor_of(node).state
    yield from switching.bootstrapping(wiring, node)
    yield wiring.instance(dns_of(node).service, SERVICE_RECORD, "DNS", session=node, constants={"node": node})
    yield wiring.instance(
        search_of(node),
        SEARCH,
        node,
        session=node,
        constants={"node": node},
        inputs={
            "original is down": shows(of("O").state, "failed"),
            "is served by original": shows(home, "O"),
            "silence": Silence(node, ("DNS",)),
        },
    )
    told = Input((found, of(node).state), lambda view: view[found] == "found" or view[of(node).state] == "moving")
    yield from wiring.own_bootstrap(node, told)
    yield switching.successor(wiring, node, association=shows(own, "established"))


MN_INITIATED = Variant(
    name="mn-initiated",
    summary="the mobile node finds another home agent by DNS and bootstraps with it (RFC 5026)",
    source="RFC 5026",
    session=session,
    assumptions=(
        *switching.NETWORK,
        *switching.FAILURES,
        *switching.NODES,
        *("false-suspicion", "own-detection", "initiator-crash", "forger", "dad-lost", "dns-down", "eap-only"),
    ),
    prefixes=("same", "different"),
    choices=("own-detection",),
    readings=("The mobile node's own detector is right whenever it speaks; how slow it is, is not modelled.",),
    participants=(SEARCH, SERVICE_RECORD, *switching.PARTICIPANTS),
    claims=held_to(
        *RECOVERY,
        *switching.CLAIMS,
        *("requests-answered", "dns-current", "circular-dependency", "bootstrap-when-found"),
        *("search-when-dead", "search-repeated-when-silent", "search-answered"),
    )
    | {"switch-sent-rightly": ("own-detection",)},
    gated={"finds its home agent dead": "own-detection"},
    tried=on_one(
        *("", "own-detection", "own-detection loss crash", "own-detection crash return-kept"),
        "false-suspicion own-detection",
    ),
    foul=("loss own-detection",),
    broken={"": ("no-deadlock", "recovery-possible", "every-node-recovers")},
)
