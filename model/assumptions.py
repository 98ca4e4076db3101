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


ALLOWED: dict[str, dict[str, str]] = {  # by group and name, what each allows
    "network": {
        "loss": "the network loses messages",
        "duplication": "the network delivers a message any number of times",
        "reordering": "messages between two hosts overtake each other",
        "early-timers": "a timer fires while a message is still under way",
    },
    "failed home agent": {
        "crash": "the original home agent still serves at first and fails at any moment",
        "return-kept": "the failed home agent returns with its bindings",
        "return-lost": "the failed home agent returns without its bindings",
        "planned-switch": "the original home agent, still serving, announces another one",
        "reclaim": "the original home agent, once back, calls the mobile node to itself",
    },
    "detector": {
        "false-suspicion": "an initiator suspects a home agent that is healthy",
        "own-detection": "the mobile node finds its home agent dead and bootstraps by itself",
    },
    "initiators": {
        "second-initiator": "a second home agent detects the failure as well",
        "authorizer-refuses": "the service authorizer does not vouch for the mobile node",
        "authorizer-down": "the service authorizer does not answer",
        "initiator-crash": "an initiator fails at any step",
        "no-give-up": "an initiator never gives up an exchange, of which the draft says nothing",
        "switch-retransmission": "an initiator repeats the switch until it is bound (RFC 5142)",
        "no-throttle": "an initiator does not limit its IKE exchanges",
        "lists-other": "the switch lists another home agent's address",
        "lists-none": "the switch lists no address",
        "lists-several": "the switch lists another home agent's address before the sender's",
        "home-routed": "the switch is routed to the home address, as RFC 3775 has it",
        "no-authorisation": "nothing authorises the mobile node's identity for its old address",
    },
    "mobile node": {
        "refresh": "the mobile node refreshes its binding at any time",
        "unreachable": "the mobile node goes out of reach for good",
        "reboot": "the mobile node reboots and forgets its bindings and associations",
        "movement": "the mobile node moves to a new care-of address",
        "at-home": "the mobile node comes home, where it needs no binding",
        "stale-numbers": "a sequence number chosen anew is behind the one a home agent holds",
        "no-b-bit": "the mobile node ignores the B bit, as RFC 5142 has it",
        "no-switch-support": "the mobile node does not know the Home Agent Switch",
        "ignores-push": "the mobile node's IKEv2 stack ignores an unsolicited CFG_REPLY",
        "rejects-push": "the mobile node's IKEv2 stack rejects an unsolicited CFG_REPLY",
        "eap-only": "the mobile node can authenticate by EAP only, which a responder cannot",
    },
    "addresses": {
        "multi-prefix": "the failed home agent served several prefixes of which one is shared",
        "other-link": "the home agents are on different links though they serve one prefix",
        "dad-lost": "the probe of duplicate address detection is lost",
        "dns-down": "the DNS server is down",
        "dns-waits": "a home agent does not acknowledge before the DNS has answered",
        "dns-refuses": "the DNS refuses an update (RFC 5026 status 129 or 130)",
        "dns-authorisation": "the DNS name is updated for a node that was IKE initiator only",
        "dns-cleanup": "a home agent removes the DNS record when it lets a binding expire",
        "expiry": "a binding that its mobile node no longer refreshes expires",
    },
    "adversary": {
        "forger": "an off-path host forges messages without a security association",
        "replay": "an adversary replays a switch that it recorded",
        "malicious-agent": "an authorised home agent takes over mobile nodes at will",
    },
    "alternatives": {
        "no-deregistration": "a binding update to the new home agent may answer a switch alone",
        "rekeying": "the association is rekeyed while packets flow",
    },
}
READINGS: dict[str, str] = {  # of what the text permits as well: which sentence does, and who answers
    "planned-switch": "4.3 speaks of B=1 from the initiator alone, and does not forbid it to the serving home agent",
    "own-detection": (
        "4.2 has the home agent start the exchange, and does not forbid the mobile node its own (RFC 5026 5)"
    ),
    "second-initiator": "3 leaves open which home agent takes over, and so how many do",
    "no-give-up": "5 does not say when an exchange is over; RFC 4306 2.4 answers that it is given up",
    "switch-retransmission": "4.3 does not say how often the switch is sent; RFC 5142 answers that it is repeated",
    "no-throttle": "5 says SHOULD, which may be departed from",
    **dict.fromkeys(("lists-other", "lists-none", "lists-several"), "4.3 says SHOULD, which may be departed from"),
    "home-routed": "4.3 does not say how the switch finds a roaming mobile node; RFC 3775 6.1 forbids the usual way",
    "no-authorisation": "4 keeps the address without saying who vouches for it; RFC 4877 4.2 asks for an entry",
    "no-b-bit": "4.3 takes a bit that RFC 5142 has receivers ignore",
    **dict.fromkeys(
        ("ignores-push", "rejects-push"),
        "4.4 pushes what RFC 4306 has requested, and does not say what a responder does with it",
    ),
    "dns-waits": (
        "4.1 does not say what follows where no answer comes; RFC 5026 8.1 answers with a status for a failed update"
    ),
    "dns-authorisation": "4.1 does not say for which identity the name is updated; RFC 5026 has the initiator's",
    "dns-cleanup": "4.1 does not say who removes an old record; RFC 5026 lets the home agent do it",
    "no-deregistration": "RFC 5142 5.1 lets the registration answer the switch, and 6.1 asks to de-register first",
}
ASSUMPTIONS: tuple[Assumption, ...] = tuple(
    Assumption(name, group, allows, READINGS.get(name, ""))
    for group, some in ALLOWED.items()
    for name, allows in some.items()
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
