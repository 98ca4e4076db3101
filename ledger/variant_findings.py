"""The findings in the alternatives that the draft argues against, each named for its variant."""

from __future__ import annotations

from haboot.ledger.finding import Finding

VARIANT_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "mn-initiated-waits-for-ever",
        "every-node-recovers",
        "same",
        (),
        "A mobile node that waits to be notified is never recovered, whatever happens. The notification must be "
        "protected by an association, only the bootstrap makes one, and the bootstrap waits for the notification; "
        "with a detector of its own the mobile node breaks the circle.",
        "RFC 5026, which leaves the start of the bootstrap to the mobile node, as the draft's section 1 says",
        ("C24",),
        variant="mn-initiated",
        cites="RFC 5026, R4",
        avoided_by=("own-detection",),
    ),
    Finding(
        "mn-initiated-meets-returned-agent",
        "one-live-registration",
        "same",
        ("own-detection", "return-kept"),
        "The mobile node registers elsewhere by itself, and its home agent returns with the old binding. It could not "
        "be told while it was down, so both serve one home address: the draft's flaw without the B bit.",
        "RFC 5026, which says nothing of the home agent that was left",
        variant="mn-initiated",
        cites="RFC 5026",
    ),
    Finding(
        "switch-current-needs-a-live-agent",
        "every-node-recovers",
        "same",
        ("crash",),
        "The home agent fails before it has sent its switch. Nobody else may tell the mobile node, which stays with a "
        "dead home agent.",
        "haley-00, in which only the current home agent sends a switch",
        variant="switch-current",
        cites="haley-00",
    ),
    Finding(
        "switch-current-gives-up-too-soon",
        "recovery-possible",
        "same",
        ("loss",),
        "The de-registration is lost, the mobile node gives it up and turns to the home agent that was listed. The old "
        "one still serves and defends the home address, so the new one refuses with 134, and the switch that is "
        "repeated only leads there again.",
        "RFC 5142 6.1 (MUST de-register), which does not say what follows when no answer comes",
        variant="switch-current",
        cites="RFC 5142 6.1",
    ),
    Finding(
        "switch-preestablished-strands-node",
        "recovery-possible",
        "same",
        ("false-suspicion", "no-deregistration"),
        "A suspected but healthy home agent still defends the home address when the mobile node lets the new "
        "registration answer the switch alone. It is refused with 134, as in the draft; de-registering first avoids "
        "it.",
        "RFC 5142 5.1 (a binding update to the new home agent answers the switch) against 6.1 (MUST de-register)",
        variant="switch-preestablished",
        cites="RFC 5142 5.1, RFC 5142 6.1",
    ),
    Finding(
        "switch-preestablished-splits-registration",
        "one-live-registration",
        "same",
        ("return-kept",),
        "The de-registration did not reach the failed home agent, which comes back with the old binding. Two home "
        "agents serve one home address.",
        "RFC 5142 6.1 (MUST de-register), which a dead home agent cannot hear",
        variant="switch-preestablished",
        cites="RFC 5142 6.1",
    ),
    Finding(
        "switch-preestablished-calls-stale-address",
        "every-node-recovers",
        "same",
        ("movement",),
        "The association was set up beforehand, and says nothing of where the mobile node is now. After a move the "
        "switch goes to the address that was left.",
        "RFC 5142 5.1 (the sender need not be the current home agent), which leaves open how it knows the mobile node",
        variant="switch-preestablished",
        cites="RFC 5142 5.1",
    ),
    Finding(
        "vhar-loses-synchronisation",
        "every-node-recovers",
        "same",
        ("loss",),
        "The synchronisation of a binding is lost. The standby has nothing to take over, and the mobile node, which is "
        "to notice nothing, stays unserved.",
        "vhar-02 (synchronised associations), with no answer to a synchronisation, as the draft's section 1 says",
        ("C23",),
        variant="vhar",
        cites="vhar-02",
    ),
    Finding(
        "vhar-is-taken-for-a-replay",
        "standby-counter-ahead",
        "same",
        ("crash",),
        "The active home agent sends on after its last synchronisation and fails. The standby goes on from the "
        "number that it was told, and the mobile node drops its packets as replays until that number is passed.",
        "vhar-02 (synchronised associations), without the counter jump of RFC 6311",
        ("C23",),
        variant="vhar",
        cites="vhar-02, RFC 6311",
    ),
    Finding(
        "vhar-lacks-the-new-key",
        "standby-has-key",
        "same",
        ("crash", "rekeying"),
        "The association is rekeyed after the last synchronisation, and the active home agent fails. The standby sends "
        "under a key that the mobile node has given up: every packet is dropped, and nobody notices.",
        "vhar-02 (synchronised associations): a rekeying and its synchronisation are not one step",
        ("C23",),
        variant="vhar",
        cites="vhar-02",
    ),
    Finding(
        "vhar-has-two-actives",
        "one-live-registration",
        "same",
        ("false-suspicion",),
        "The standby takes over from a home agent that is well. Both serve one address and one home address, and each "
        "believes to be the active one.",
        "vhar-02 (one home agent is active), with a failure detector that may be wrong",
        variant="vhar",
        cites="vhar-02",
    ),
    Finding(
        "vhar-uses-a-number-twice",
        "numbers-used-once",
        "same",
        ("false-suspicion",),
        "Two active home agents number their packets under one key, each from the last synchronisation on. A number "
        "that is used twice under a key ends the confidentiality of counter modes.",
        "vhar-02 (shared associations), against RFC 4303 3.3.3",
        variant="vhar",
        cites="vhar-02, RFC 4303 3.3.3",
    ),
    Finding(
        "haha-forgets-what-was-not-told",
        "every-node-recovers",
        "same",
        ("loss",),
        "The message that shares a binding is lost. The other home agent does not know the mobile node and sends it no "
        "switch.",
        "haha-spec-00 (bindings are shared), here without an answer",
        variant="haha",
        cites="haha-spec-00",
    ),
    Finding(
        "haha-calls-stale-address",
        "every-node-recovers",
        "same",
        ("movement",),
        "The home agent fails while the mobile node moves. The copy of the binding has the address that was left, and "
        "the switch goes there.",
        "haha-spec-00 (bindings are shared), which trails behind the binding",
        variant="haha",
        cites="haha-spec-00",
    ),
    Finding(
        "haha-splits-registration",
        "one-live-registration",
        "same",
        ("return-kept",),
        "The home agents are on different links, so no probe finds a duplicate address. The failed one returns with "
        "its binding, and both serve the home address.",
        "haha-spec-00 (one home prefix on several links)",
        variant="haha",
        cites="haha-spec-00",
    ),
)
