"""What no amendment can mend, and why: arguments that hold of every protocol between these parties.

The search finds that no set of the amendments mends such a wish. An argument says that no other would.
"""

from __future__ import annotations

from dataclasses import dataclass

from haboot.studies.amending import Wish


@dataclass(frozen=True, slots=True)
class Argument:
    """Properties that break under some assumptions whatever the draft says, and the reason."""

    claims: tuple[str, ...]
    assumptions: tuple[str, ...]
    why: str

    def covers(self, wish: Wish) -> bool:
        """Whether it speaks of a wish."""
        return wish.claim in self.claims and wish.scenario.assumptions >= {*self.assumptions}


RECOVERY = ("every-node-recovers", "recovery-possible", "no-deadlock", "no-node-left-unserved")
ARGUMENTS: tuple[Argument, ...] = (
    Argument(
        ("agreement",),
        ("return-lost",),
        "A home agent that forgot its bindings and the mobile node that believes in one disagree from the instant of "
        "its return; nothing can be sent earlier.",
    ),
    Argument(
        ("agreement",),
        ("reboot",),
        "Who forgets cannot tell that it has forgotten before it has sent a message.",
    ),
    Argument(
        ("dns-current", "dns-points-to-binding"),
        ("loss",),
        "A binding and a DNS record are kept by two hosts, and no number of messages over a network that loses them "
        "lets two hosts change at once (the two generals; Gray 1978): one of them comes first.",
    ),
    Argument(
        ("dns-current", "dns-points-to-binding"),
        ("second-initiator",),
        "Two home agents that update one DNS record in turn are ordered by the network alone, as long as the DNS takes "
        "every update that is authorised: the record would have to carry the epoch of the binding.",
    ),
    Argument(
        ("healthy-agent-not-abandoned",),
        ("false-suspicion", "loss"),
        "A home agent that is parted from its peers looks to them as one that is down: over a network that may lose "
        "every message no detector is both complete and accurate (Chandra and Toueg 1996).",
    ),
    Argument(
        RECOVERY,
        ("authorizer-down",),
        "The draft serves nobody who is not authorised (section 2), and nobody else may authorise.",
    ),
    Argument(
        RECOVERY,
        ("malicious-agent",),
        "An authorised home agent that keeps the mobile node's traffic to itself keeps every rule that others can see; "
        "it takes a second party that vouches for the takeover.",
    ),
)
UNPROVEN = "no set of these amendments does"


def why_beyond(wish: Wish) -> str:
    """Return why a wish is beyond mending, as far as that is known."""
    return next((one.why for one in ARGUMENTS if one.covers(wish)), UNPROVEN)
