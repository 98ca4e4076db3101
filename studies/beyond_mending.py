"""What no amendment can mend, and why: arguments that hold of every protocol between these parties.

The search finds that no set of the amendments mends such a wish. An argument says that no other would.
"""

from __future__ import annotations

from dataclasses import dataclass

from haboot.studies.attempts import Wish


@dataclass(frozen=True, slots=True)
class Argument:
    """Properties that break under some assumptions whatever the draft says, and the reason."""

    claims: tuple[str, ...]
    assumptions: tuple[str, ...]
    why: str

    def covers(self, wish: Wish) -> bool:
        """Whether it speaks of a wish."""
        return wish.claim in self.claims and wish.scenario.assumptions >= {*self.assumptions}


ARGUMENTS: tuple[Argument, ...] = (
    Argument(
        ("agreement",),
        ("return-lost",),
        "A home agent that forgot its bindings and the mobile node that believes in one disagree from the instant of "
        "its return; nothing can be sent earlier.",
    ),
    Argument(
        ("dns-current",),
        ("loss",),
        "A binding and a DNS record are kept by two hosts, and no number of messages over a network that loses them "
        "lets two hosts change at once (the two generals; Gray 1978): one of them comes first.",
    ),
    Argument(
        ("every-node-recovers", "recovery-possible"),
        ("authorizer-down",),
        "The draft serves nobody who is not authorised (section 2), and nobody else may authorise.",
    ),
    Argument(
        ("every-node-recovers", "recovery-possible"),
        ("malicious-agent",),
        "An authorised home agent that keeps the mobile node's traffic to itself keeps every rule that others can see; "
        "it takes a second party that vouches for the takeover.",
    ),
)
PARTITION = (
    "A partition between home agents cannot be told from a crash: in both nothing is heard, and a run in which the "
    "other home agent is down and one in which it is parted look the same to whoever waits. Who acts may abandon a "
    "healthy home agent, and have a home address registered twice; who does not act leaves the mobile nodes of a dead "
    "one unserved. No message mends that, since those that would tell are the ones that are lost (Fischer, Lynch and "
    "Paterson 1985; Gilbert and Lynch 2002). What can be chosen is who gives way: with `original-fenced` it is the "
    "home agent that is parted, which stops serving though it is well."
)
UNPROVEN = "no set of these amendments does"


def why_beyond(wish: Wish) -> str:
    """Return why a wish is beyond mending, as far as that is known."""
    return next((one.why for one in ARGUMENTS if one.covers(wish)), UNPROVEN)
