"""The requirements ledger: every normative sentence of the draft, paraphrased, with the claims that express it.

A claim names the rows it cites, so the link is written once, there; a row without a claim has a written waiver.
"""

from __future__ import annotations

from dataclasses import dataclass

from haboot.properties.catalogue import CLAIMS
from haboot.properties.claims import Claim


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row: its section, the level of its verb, whom it binds, a paraphrase, and how an ambiguity was read."""

    id: str
    section: str
    level: str
    binds: str
    paraphrase: str
    reading: str = ""
    waiver: str = ""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims that cite it."""
        return tuple(claim for claim in CLAIMS if self.id in claim.cites)


LOWER = "in lower case"
REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement(
        "R1",
        "1",
        f"must, {LOWER}",
        "HA, MN",
        "The switch is protected by IPsec.",
        "the association with the sender, covering the switch",
    ),
    Requirement(
        "R2",
        "1",
        f"must, {LOWER}",
        "all",
        "Mobile IPv6 signalling is protected between home address and home agent.",
        "switch, binding update and acknowledgement; RFC 3776 exempts other messages",
    ),
    Requirement(
        "R3",
        "1",
        f"must, {LOWER}",
        "HA",
        "Without an association the home agent negotiates one first.",
        "by IKE_AUTH and CREATE_CHILD_SA, as in R11 and R14",
    ),
    Requirement(
        "R4",
        "1",
        "premise",
        "model",
        "Notification needs an association, that needs a bootstrap, and that needs the notification.",
        "of the bootstrap that the mobile node starts, without a detector of its own",
    ),
    Requirement(
        "R5",
        "1",
        "out of scope",
        "-",
        "How the initiator learns of the failure is not covered.",
        "a detector that may be wrong under an assumption",
    ),
    Requirement(
        "R6",
        "2",
        f"must, {LOWER}",
        "MN, MSP",
        "The mobile node is authenticated and authorised before it is served.",
        "IKE_AUTH completes before CREATE_CHILD_SA is asked",
    ),
    Requirement(
        "R7",
        "3",
        "out of scope",
        "-",
        "Which home agent takes over is not covered.",
        "any home agent that suspects the failure, several under an assumption",
    ),
    Requirement(
        "R8",
        "3",
        f"should, {LOWER}",
        "MN",
        "The mobile node de-registers from its old home agent and binds to the new one.",
        "contradicts R17 and R18; kept as stated, and broken by every bootstrap",
    ),
    Requirement(
        "R9",
        "3",
        "declarative",
        "HA",
        "No address is configured if link and prefix are the same, else inside IKEv2.",
        "by link and prefix, so that one prefix on two links parts it from R23",
    ),
    Requirement(
        "R10",
        "3",
        f"must, {LOWER}",
        "MSA, MN",
        "The mobile node is authenticated and authorised by its service authorizer.",
        "its answer comes with IKE_AUTH; it may refuse, or be down",
    ),
    Requirement(
        "R11",
        "4.2",
        "MUST",
        "HA",
        "The home agent initiates the IKEv2 exchange.",
        "the exchange of this procedure; it forbids the mobile node none of its own",
    ),
    Requirement(
        "R12", "4.2", "MUST", "HA", "The home agent puts its identity into IDi.", "address, FQDN or RFC 822 name"
    ),
    Requirement(
        "R13",
        "4.2",
        "MUST",
        "MN",
        "The mobile node puts its identity into IDr.",
        "FQDN or RFC 822 name; in the response",
    ),
    Requirement(
        "R14",
        "4.2",
        "MUST",
        "HA",
        "When IKE_AUTH completes the home agent initiates CREATE_CHILD_SA.",
        "in the same step; an error response is no completion",
    ),
    Requirement(
        "R15",
        "4.2",
        "MUST",
        "HA",
        "TSr is the mobile node's home address.",
        "the pushed address once the mobile node has taken it",
    ),
    Requirement(
        "R16",
        "4.3",
        "MUST",
        "HA",
        "After the IKE exchanges the initiator sends the switch on behalf of the failed home agent.",
        "once; repetition is an assumption",
    ),
    Requirement(
        "R16b",
        "4.3",
        f"should, {LOWER}",
        "MN",
        "The switch tells the mobile node to register at the initiator.",
        "see R19",
    ),
    Requirement(
        "R17",
        "4.3",
        "MUST NOT",
        "MN",
        "With B=1 no binding update is sent to the original home agent to de-register.",
        "none sent after acceptance; one already under way is no breach",
    ),
    Requirement(
        "R18",
        "4.3",
        "MUST",
        "MN",
        "On a switch with B=1 the mobile node deletes its binding state silently.",
        "the binding update list entry; associations stay",
    ),
    Requirement(
        "R19",
        "4.3",
        "MUST",
        "MN",
        "The mobile node sends a binding update to the address in the switch.",
        "the first of a list",
    ),
    Requirement(
        "R20",
        "4.3",
        "MUST",
        "HA, MN",
        "Switch and binding update are protected by the association negotiated by IKE.",
        "the one of CREATE_CHILD_SA",
    ),
    Requirement("R21a", "4.3", "MUST", "HA", "The initiator sets B.", "initiators only; other senders are not bound"),
    Requirement(
        "R21b",
        "4.3",
        "SHOULD",
        "HA",
        "The switch lists the initiator's address and no other.",
        "departing from it is an assumption",
    ),
    Requirement("R22", "4", f"must, {LOWER}", "HA", "Different prefixes: the procedure configures a home address."),
    Requirement(
        "R23",
        "4.4",
        "MUST",
        "HA",
        "Separate link and prefix: the mobile node is assigned a new home address.",
        "the prefix decides",
    ),
    Requirement(
        "R24", "4.4", "declarative", "HA", "The address comes as an unsolicited CFG_REPLY in the IKE_AUTH request."
    ),
    Requirement(
        "R25",
        "4.4",
        f"should, {LOWER}",
        "MN",
        "The mobile node uses that address as its home address.",
        "from its next binding update on",
    ),
    Requirement(
        "R26",
        "4.4",
        "could",
        "HA",
        "The address is allocated as in MIPv6 with IKEv2.",
        "one fresh address a home agent; a lease needs an exchange or a binding",
    ),
    Requirement(
        "R27",
        "4.4",
        "may not",
        "MN",
        "Auto-configuration of the address does not apply.",
        "no CFG_REQUEST in this exchange",
    ),
    Requirement("R28", "4", "may", "MN", "Same link and prefix: the mobile node may keep its home address.", "it does"),
    Requirement(
        "R29",
        "4.1",
        "figure",
        "all",
        "The order is IKE, switch, binding update, DNS update, acknowledgement.",
        "DNS only with a new address",
    ),
    Requirement(
        "R30",
        "5",
        f"should, {LOWER}",
        "MN",
        "All mobile nodes of a failed home agent register elsewhere.",
        "under fairness to the protocol's own steps",
    ),
    Requirement(
        "R31",
        "5",
        "SHOULD",
        "HA",
        "The number of simultaneous IKE exchanges is bounded.",
        "from IKE_SA_INIT to the end of CREATE_CHILD_SA; the slot is released there",
    ),
    Requirement(
        "R32", "5", "SHOULD", "HA", "Best effort to recover every mobile node.", "each is attempted, under fairness"
    ),
    Requirement(
        "R33",
        "6",
        "declarative",
        "IANA",
        "No action of IANA is needed.",
        waiver="editorial: no behaviour follows, though B takes a bit of another message",
    ),
    Requirement(
        "R34",
        "7",
        "declarative",
        "-",
        "Security is that of the protocols referred to.",
        waiver="declarative: a reference; what it leaves open is shown by the findings on authorisation",
    ),
)
