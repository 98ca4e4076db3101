"""Assumptions: faults and freedoms of the environment, each a switch that only adds behaviour.

What breaks under some assumptions therefore breaks under more of them as well, for safety; liveness may go either way.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumption:
    """A named switch with one line that says what it allows.

    ``reading`` is empty for a fault. Where the draft's text permits both, it says which sentence does, and who answers.
    """

    name: str
    group: str
    allows: str
    reading: str = ""


ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption("loss", "network", "the network loses messages"),
    Assumption("duplication", "network", "the network delivers a message any number of times"),
    Assumption("reordering", "network", "messages between two hosts overtake each other"),
    Assumption("early-timers", "network", "a timer fires while a message is still under way"),
    Assumption("crash", "failed home agent", "the original home agent still serves at first and fails at any moment"),
    Assumption("return-kept", "failed home agent", "the failed home agent returns with its bindings"),
    Assumption("return-lost", "failed home agent", "the failed home agent returns without its bindings"),
    Assumption(
        "planned-switch",
        "failed home agent",
        "the original home agent, still serving, announces another one",
        "4.3 speaks of B=1 from the initiator alone, and does not forbid it to the serving home agent",
    ),
    Assumption("reclaim", "failed home agent", "the original home agent, once back, calls the mobile node to itself"),
    Assumption("false-suspicion", "detector", "an initiator suspects a home agent that is healthy"),
    Assumption(
        "own-detection",
        "detector",
        "the mobile node finds its home agent dead and bootstraps by itself",
        "4.2 has the home agent start the exchange, and does not forbid the mobile node its own (RFC 5026 5)",
    ),
    Assumption(
        "second-initiator",
        "initiators",
        "a second home agent detects the failure as well",
        "3 leaves open which home agent takes over, and so how many do",
    ),
    Assumption("authorizer-refuses", "initiators", "the service authorizer does not vouch for the mobile node"),
    Assumption("authorizer-down", "initiators", "the service authorizer does not answer"),
    Assumption("initiator-crash", "initiators", "an initiator fails at any step"),
    Assumption(
        "no-give-up",
        "initiators",
        "an initiator never gives up an exchange, of which the draft says nothing",
        "5 does not say when an exchange is over; RFC 4306 2.4 answers that it is given up",
    ),
    Assumption(
        "switch-retransmission",
        "initiators",
        "an initiator repeats the switch until it is bound (RFC 5142)",
        "4.3 does not say how often the switch is sent; RFC 5142 answers that it is repeated",
    ),
    Assumption(
        "no-throttle",
        "initiators",
        "an initiator does not limit its IKE exchanges",
        "5 says SHOULD, which may be departed from",
    ),
    Assumption(
        "lists-other",
        "initiators",
        "the switch lists another home agent's address",
        "4.3 says SHOULD, which may be departed from",
    ),
    Assumption(
        "lists-none",
        "initiators",
        "the switch lists no address",
        "4.3 says SHOULD, which may be departed from",
    ),
    Assumption(
        "lists-several",
        "initiators",
        "the switch lists another home agent's address before the sender's",
        "4.3 says SHOULD, which may be departed from",
    ),
    Assumption(
        "home-routed",
        "initiators",
        "the switch is routed to the home address, as RFC 3775 has it",
        "4.3 does not say how the switch finds a roaming mobile node; RFC 3775 6.1 forbids the usual way",
    ),
    Assumption(
        "no-authorisation",
        "initiators",
        "nothing authorises the mobile node's identity for its old address",
        "4 keeps the address without saying who vouches for it; RFC 4877 4.2 asks for an entry",
    ),
    Assumption("refresh", "mobile node", "the mobile node refreshes its binding at any time"),
    Assumption("unreachable", "mobile node", "the mobile node goes out of reach for good"),
    Assumption("reboot", "mobile node", "the mobile node reboots and forgets its bindings and associations"),
    Assumption("movement", "mobile node", "the mobile node moves to a new care-of address"),
    Assumption("at-home", "mobile node", "the mobile node comes home, where it needs no binding"),
    Assumption("stale-numbers", "mobile node", "a sequence number chosen anew is behind the one a home agent holds"),
    Assumption(
        "no-b-bit",
        "mobile node",
        "the mobile node ignores the B bit, as RFC 5142 has it",
        "4.3 takes a bit that RFC 5142 has receivers ignore",
    ),
    Assumption("no-switch-support", "mobile node", "the mobile node does not know the Home Agent Switch"),
    Assumption(
        "ignores-push",
        "mobile node",
        "the mobile node's IKEv2 stack ignores an unsolicited CFG_REPLY",
        "4.4 pushes what RFC 4306 has requested, and does not say what a responder does with it",
    ),
    Assumption(
        "rejects-push",
        "mobile node",
        "the mobile node's IKEv2 stack rejects an unsolicited CFG_REPLY",
        "4.4 pushes what RFC 4306 has requested, and does not say what a responder does with it",
    ),
    Assumption("eap-only", "mobile node", "the mobile node can authenticate by EAP only, which a responder cannot"),
    Assumption("multi-prefix", "addresses", "the failed home agent served several prefixes of which one is shared"),
    Assumption("other-link", "addresses", "the home agents are on different links though they serve one prefix"),
    Assumption("dad-lost", "addresses", "the probe of duplicate address detection is lost"),
    Assumption("dns-down", "addresses", "the DNS server is down"),
    Assumption(
        "dns-waits",
        "addresses",
        "a home agent does not acknowledge before the DNS has answered",
        "4.1 does not say what follows where no answer comes; RFC 5026 8.1 answers with a status for a failed update",
    ),
    Assumption("dns-refuses", "addresses", "the DNS refuses an update (RFC 5026 status 129 or 130)"),
    Assumption(
        "dns-authorisation",
        "addresses",
        "the DNS name is updated for a node that was IKE initiator only",
        "4.1 does not say for which identity the name is updated; RFC 5026 has the initiator's",
    ),
    Assumption(
        "dns-cleanup",
        "addresses",
        "a home agent removes the DNS record when it lets a binding expire",
        "4.1 does not say who removes an old record; RFC 5026 lets the home agent do it",
    ),
    Assumption("expiry", "addresses", "a binding that its mobile node no longer refreshes expires"),
    Assumption("forger", "adversary", "an off-path host forges messages without a security association"),
    Assumption("replay", "adversary", "an adversary replays a switch that it recorded"),
    Assumption("malicious-agent", "adversary", "an authorised home agent takes over mobile nodes at will"),
    Assumption(
        "no-deregistration",
        "alternatives",
        "a binding update to the new home agent may answer a switch alone",
        "RFC 5142 5.1 lets the registration answer the switch, and 6.1 asks to de-register first",
    ),
    Assumption("rekeying", "alternatives", "the association is rekeyed while packets flow"),
)

COUNTED: dict[str, str] = {  # faults that recur, and what each part that it may befall does then
    "loss": "loss",
    "duplication": "duplication",
    "crash": "fails",
    "initiator-crash": "fails",
    "return-kept": "returns with its bindings",
    "return-lost": "returns without its bindings",
    "switch-retransmission": "retransmits the switch",
    "refresh": "refreshes its binding",
    "reboot": "reboots",
    "expiry": "lets the binding expire",
}
USUALLY: dict[str, int] = {"reboot": 1}  # how often a fault recurs where nothing is said; the others without end
NAMES: tuple[str, ...] = tuple(one.name for one in ASSUMPTIONS if one.group != "alternatives")
ALL_NAMES: tuple[str, ...] = tuple(one.name for one in ASSUMPTIONS)
