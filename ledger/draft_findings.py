"""The findings in the draft itself, in the order of its candidate flaws."""

from __future__ import annotations

from haboot.ledger.finding import Finding

DRAFT_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "deregister-or-not",
        "old-agent-told",
        "same",
        (),
        "Every bootstrap that follows section 4.3 leaves the old binding in place. Section 3 asks the mobile node to "
        "de-register from its old home agent, section 4.3 forbids it to send that message.",
        "3 (should de-register) against 4.3 (MUST NOT send a binding update to the original home agent)",
        ("C01",),
        cites="R8, R17",
    ),
    Finding(
        "healthy-agent-strands-node",
        "no-node-left-unserved",
        "same",
        ("false-suspicion",),
        "A suspected but healthy home agent still defends the home address, so the new registration is refused with "
        "134. The mobile node has dropped its old binding, may not tell the old home agent, and is given no other "
        "address: it stays unserved although both home agents are well.",
        "4.3 (delete the binding state without a binding update) with 4 (keep the home address on one link)",
        ("C02",),
        cites="R18, R28",
    ),
    Finding(
        "split-brain-without-probe",
        "one-live-registration",
        "same",
        ("dad-lost", "false-suspicion"),
        "With the duplicate address probe lost, the new home agent accepts an address that the old one still serves. "
        "Both now defend one home address, until the old binding expires.",
        "4.3 (no binding update to the original home agent), which leaves nothing that ends the old binding",
        ("C03",),
        cites="R17",
    ),
    Finding(
        "returned-agent-splits-registration",
        "one-live-registration",
        "same",
        ("return-kept",),
        "The failed home agent comes back with its binding cache after the mobile node has moved to another one. Two "
        "home agents then serve one home address, and no rule makes either give way.",
        "2 (a failed home agent may only be unavailable for a while) with 4.3 (nothing tells it of the switch)",
        ("C04",),
        cites="R17",
    ),
    Finding(
        "lost-switch-is-final",
        "every-node-recovers",
        "same",
        ("loss",),
        "The one Home Agent Switch is lost. The draft has no answer to it and no repetition, so the initiator waits "
        "and the mobile node stays with the dead home agent for ever.",
        "4.3 (MUST send the switch), which says neither how often nor how its arrival is known",
        ("C05",),
        cites="R16",
        avoided_by=("switch-retransmission", "own-detection"),
    ),
    Finding(
        "switch-names-a-stranger",
        "obligations-possible",
        "same",
        ("lists-other",),
        "A switch that names another home agent obliges the mobile node to register there, under an association that "
        "does not exist. Its old binding state is gone by then, and what the draft demands cannot be sent. RFC 5142 "
        "6.2 would have it set up an association first, by an exchange of its own.",
        "4.3 (SHOULD include only its own address, which permits another) with the MUST on protection",
        ("C07",),
        cites="R20, R21b",
    ),
    Finding(
        "switch-names-nobody",
        "obligations-possible",
        "same",
        ("lists-none",),
        "A switch without any address makes the mobile node delete its binding state. There is no address to "
        "register at, and the draft does not say what to do; RFC 5142 4 has the mobile node discover a home agent.",
        "4.3 (binding update to the address specified) for an empty list",
        ("C07",),
        cites="R19",
    ),
    Finding(
        "switch-names-several",
        "update-to-listed-agent",
        "same",
        ("lists-several",),
        "A list that puts another home agent first has no rule for the choice. The mobile node follows the order, "
        "finds no association with the first, and sends nothing. RFC 5142 6.2 takes the order as preference, and "
        "would permit the one that it has an association with.",
        "4.3 (the address, in the singular)",
        ("C07",),
        cites="R19",
    ),
    Finding(
        "unreachable-node-keeps-slot",
        "slot-given-back",
        "same",
        ("no-give-up", "unreachable"),
        "A mobile node out of reach never answers, and its exchange never ends. The slot that it holds is lost, "
        "since the draft bounds the exchanges without saying when one is over.",
        "5 (control the number of simultaneous exchanges), which has no rule of release",
        ("C08",),
        cites="R31",
    ),
    Finding(
        "unreachable-nodes-starve-others",
        "every-node-recovers",
        "same",
        ("no-give-up", "unreachable"),
        "As many unreachable mobile nodes as there are slots stop the recovery of all others. A reachable mobile "
        "node waits for a slot that nobody gives back.",
        "5 (control the number of simultaneous exchanges) against 5 (best effort to recover all)",
        ("C08",),
        mobile_nodes=2,
        cites="R31, R32",
        avoided_by=("no-throttle", "own-detection"),
    ),
    Finding(
        "registrations-outrun-slots",
        "load-bounded",
        "same",
        (),
        "The slot covers the IKE exchanges only. Switches, registrations, duplicate address detection and DNS "
        "updates run beside new exchanges, so more mobile nodes are in progress than there are slots.",
        "5 (the number of IKE exchanges), which leaves the later phases unbounded",
        ("C09",),
        mobile_nodes=2,
        cites="R31",
    ),
    Finding(
        "push-is-rejected",
        "every-node-recovers",
        "different",
        ("rejects-push",),
        "A standard IKEv2 responder refuses a CFG_REPLY that it did not ask for, and the exchange ends. The mobile "
        "node is never recovered, and nothing tells the initiator of another way.",
        "4.4 (the unsolicited CFG_REPLY violates the specification)",
        ("C10",),
        cites="R24",
        avoided_by=("own-detection",),
    ),
    Finding(
        "push-is-ignored",
        "every-node-recovers",
        "different",
        ("ignores-push",),
        "A standard IKEv2 responder ignores the pushed address and refuses a selector for it. Without the "
        "association no switch can be protected, and the draft has no other way to recover the mobile node.",
        "4.4 (unsolicited CFG_REPLY) with 4.2 (TSr is the home address) and 4.3 (protected switch)",
        ("C10", "C11"),
        cites="R15, R20, R24",
        avoided_by=("own-detection",),
    ),
    Finding(
        "eap-cannot-answer",
        "every-node-recovers",
        "same",
        ("eap-only",),
        "In IKEv2 only the initiator can authenticate by EAP, and here the mobile node is the responder. One that "
        "has no other credential is never recovered.",
        "4.2 (MUST be initiated by the home agent) with 3 (the split scenario's authentication)",
        ("C13",),
        cites="R11",
        avoided_by=("own-detection",),
    ),
    Finding(
        "dns-update-not-authorised",
        "dns-current",
        "different",
        ("dns-authorisation",),
        "The DNS name may be updated for the identity that authenticated as initiator, and that is the home agent. "
        "The mobile node gets a new address and its name keeps the old one.",
        "4.1 (DNS update option) with 4.2 (the home agent is IDi)",
        ("C14",),
        cites="R12, R29",
    ),
    Finding(
        "old-agent-clears-live-name",
        "dns-current",
        "same",
        ("dns-cleanup", "return-kept"),
        "A home agent that returns lets the stale binding expire and removes the DNS record with it. The name was in "
        "use at the new home agent, and the mobile node can no longer be found by it.",
        "4.3 (no de-registration), so the old home agent cannot tell a move from an end",
        ("C15",),
        cites="R17",
    ),
    Finding(
        "two-bootstraps-two-addresses",
        "one-address-assigned",
        "different",
        ("own-detection",),
        "The mobile node finds the failure itself and starts IKE while the home agent starts its own. Nothing merges "
        "the two, and two home addresses are assigned in one bootstrap.",
        "4.2 (MUST be initiated by the home agent), which does not bind the mobile node's own start",
        ("C16",),
        cites="R11",
    ),
    Finding(
        "authorised-agent-takes-over",
        "healthy-agent-not-abandoned",
        "different",
        ("malicious-agent",),
        "Any home agent that the mobile node can authenticate may call it away from a healthy one. The B bit "
        "suppresses the only message that would let the healthy home agent notice.",
        "4.3 (on behalf of the failed home agent), which asks for no proof of failure or of the right to replace it",
        ("C17",),
        cites="R16",
    ),
    Finding(
        "planned-switch-strands-node",
        "obligations-possible",
        "same",
        ("planned-switch",),
        "The serving home agent sends a switch with B=1 for another one before there is an association with it. The "
        "mobile node leaves at once and has nowhere to go, until it sets up an association by itself as RFC 5142 6.2 "
        "has it.",
        "4.3 (the meaning of B=1 from the current home agent is not said)",
        ("C18",),
        cites="R18",
    ),
    Finding(
        "switch-goes-to-the-home-link",
        "every-node-recovers",
        "same",
        ("home-routed",),
        "Mobile IPv6 forbids a routing header on this message, and the initiator has no binding yet. The switch goes "
        "to the home link, where nobody answers for the address of a roaming mobile node.",
        "4.3 (MUST send the switch to the mobile node) under RFC 3775 section 6.1",
        ("C19",),
        cites="R16",
        avoided_by=("own-detection",),
    ),
    Finding(
        "stale-care-of-address",
        "every-node-recovers",
        "same",
        ("movement",),
        "Only the failed home agent knew where the mobile node is. After a move the initiator talks to the address "
        "that was left, gives up without an answer and tries again for ever.",
        "1 (how the initiator learns of the mobile node is not covered)",
        ("C20",),
        cites="R5",
        avoided_by=("own-detection",),
    ),
    Finding(
        "no-link-from-identity-to-address",
        "every-node-recovers",
        "same",
        ("no-authorisation",),
        "The entry that ties the mobile node's identity to its home address lived at the failed home agent. Without "
        "it the initiator must refuse the association, without which it sends no switch, and the mobile node is not "
        "recovered.",
        "4 (possible to keep the home address) with RFC 4877 section 4.2",
        ("C21",),
        cites="R28",
    ),
    Finding(
        "recovery-waits-for-the-authorizer",
        "every-node-recovers",
        "same",
        ("authorizer-down",),
        "No home agent may serve a mobile node for which the service authorizer does not vouch at that moment. A "
        "failure that takes the way to the authorizer along is not recovered, however many home agents are well.",
        "3 (must be authenticated and authorised by the service authorizer), which has no answer to its silence",
        cites="R10",
    ),
    Finding(
        "shared-prefix-is-the-wrong-one",
        "every-node-recovers",
        "same",
        ("multi-prefix",),
        "Both home agents share a prefix, but not the one of the home address. No address is assigned, and the "
        "binding update is refused with 132.",
        "3, 4 and 4.4 (same or different prefix), which overlook a link with several",
        ("C22",),
        cites="R9, R22, R23",
    ),
    Finding(
        "returned-agent-takes-node-back",
        "switch-only-under-association",
        "different",
        ("reclaim", "return-kept"),
        "The returned home agent still shares an association with the mobile node, made for its old address, and "
        "sends a switch for itself. It is accepted under an association that does not cover the address in use, "
        "although another home agent serves by then: nothing in a switch says which is newer.",
        "4.3 (delete its local binding state), which leaves associations and has no sequence number",
        ("C25",),
        cites="R18",
    ),
    Finding(
        "switch-is-unknown",
        "every-node-recovers",
        "same",
        ("no-switch-support",),
        "A mobile node that does not know the Home Agent Switch discards it, with a Binding Error at best. The draft "
        "has no other way to tell it.",
        "4.3 (no fallback)",
        ("C26",),
        cites="R18",
        avoided_by=("own-detection",),
    ),
    Finding(
        "b-bit-is-invisible",
        "no-update-to-left-agent",
        "same",
        ("no-b-bit",),
        "A mobile node that follows RFC 5142 ignores the reserved octet in which the B bit lies. It de-registers "
        "from its old home agent, which is just what B=1 forbids.",
        "4.3 (B takes a reserved bit), with no way to agree on its use",
        ("C28",),
        cites="R21a",
    ),
    Finding(
        "two-initiators-strand-node",
        "every-node-recovers",
        "same",
        ("second-initiator",),
        "Two home agents on the link detect the failure, and both bootstrap the mobile node. The second switch makes "
        "it leave the first, which defends the address, so it is refused and stays unserved.",
        "3 (home agent assignment is out of scope), so nothing makes the initiator unique",
        cites="R7",
    ),
    Finding(
        "two-initiators-fight-for-ever",
        "no-endless-flip",
        "same",
        ("expiry", "second-initiator", "switch-retransmission"),
        "Two initiators each repeat their switch until the mobile node registers, as RFC 5142 has it. Each takes it "
        "from the other, whose binding then expires and who starts again: it changes its home agent for ever.",
        "3 (nothing makes the initiator unique) with 4.3 (every switch is to be followed)",
        cites="R7, R19",
    ),
    Finding(
        "two-initiators-race-in-dns",
        "dns-current",
        "different",
        ("second-initiator",),
        "Two home agents each give the mobile node an address and each update its name. The updates cross, and the "
        "name ends at the address that was left.",
        "4.1 (DNS update), which has no order between home agents",
        cites="R29",
    ),
    Finding(
        "returned-agent-forgot",
        "agreement",
        "same",
        ("return-lost",),
        "The home agent returns without its bindings before anyone has noticed. The mobile node believes to be "
        "registered and is not; once its home agent works again, no home agent has a reason to bootstrap it. Dead "
        "peer detection (RFC 4306 2.4) would tell the mobile node in the end, which then starts an exchange itself.",
        "2 (a failed home agent is one that is unavailable now), which ends with its return",
        cites="2",
    ),
    Finding(
        "replayed-switch-calls-back",
        "no-endless-flip",
        "different",
        ("replay", "second-initiator"),
        "Two initiators have each sent a switch, and an adversary replays them in turn. Each is genuine, and nothing "
        "in it says that it is past, so the mobile node goes from one home agent to the other for ever. The replay "
        "protection of ESP (RFC 4303 3.4.3) answers it, where the receiver has that switched on.",
        "4.3 (every switch is to be followed), which has no sequence number",
        cites="R18, R19",
    ),
    Finding(
        "reboot-amid-exchange",
        "slot-given-back",
        "same",
        ("no-give-up", "reboot"),
        "A mobile node that reboots amid the exchange has lost its half of it. The initiator keeps waiting with its "
        "slot taken, and no other exchange is started.",
        "4.2 (no rule for an exchange that fails)",
        cites="R11",
    ),
    Finding(
        "own-exchange-runs-beside-the-throttle",
        "exchanges-bounded",
        "same",
        ("own-detection",),
        "A mobile node that finds the failure itself starts its own exchange with the initiator. Nothing counts it, "
        "so more exchanges run there than it allows itself.",
        "5 (control the number of IKE exchanges), which speaks of those that the initiator starts",
        cites="R31",
    ),
    Finding(
        "one-prefix-on-two-links",
        "address-pushed-unless-link-is-shared",
        "same",
        ("other-link",),
        "The home agents serve one prefix on two links. Section 3 has an address configured unless link and prefix "
        "are both the same, section 4.4 only where the prefix differs.",
        "3 (same home link and same network prefix) against 4.4 (different network prefix)",
        cites="R9, R23",
    ),
    Finding(
        "dns-down-blocks-registration",
        "every-node-recovers",
        "different",
        ("dns-down", "dns-waits"),
        "The acknowledgement waits for the DNS update, and the server is down. The binding stands but the mobile "
        "node never learns of it. A home agent that answers with a failed status after a while (RFC 5026 8.1) avoids "
        "it.",
        "4.1 (DNS update before the binding acknowledgement)",
        cites="R29",
    ),
)
