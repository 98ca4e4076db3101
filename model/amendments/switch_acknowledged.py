"""A switch carries a number, and the mobile node acknowledges it; until then it is repeated (as RFC 5846 has it).

Two numbers suffice here, one for each of two exchanges in turn. With 16 bits that are compared as RFC 1982 has it a
number comes again after 65 536 switches; an acknowledgement answers for the wrong one only if it was under way for as
long. A lost acknowledgement costs one more switch, which is acknowledged again whether it is followed or ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from haboot.checker import Local, Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import also, each, extended, stamped
from haboot.model.failed_agent import ORIGINAL
from haboot.model.forms import Form, Told
from haboot.model.home_agent import (
    INITIATOR,
    count_exchange,
    routes_to_home_link,
    send_switch,
    send_switch_home,
)
from haboot.model.messages import HomeAgentSwitch
from haboot.model.mobile_node import MOBILE_NODE, is_current, is_unknown, is_unprotected
from haboot.model.wiring import Wiring
from haboot.model.words import flags, is_silent


@dataclass(frozen=True, slots=True)
class SwitchAcknowledgement:
    """The mobile node's answer to a switch: its number, whether it follows, and the association that protects it."""

    number: int
    followed: bool
    sa: str

    def __str__(self) -> str:
        return f"HAS acknowledgement ({self.number}, {'followed' if self.followed else 'ignored'}, SA {self.sa})"

    def form(self) -> Form:
        """See OnWire."""
        told: dict[str, Told] = {"number": self.number, "followed": self.followed, "SA": self.sa}
        return Form("Home Agent Switch Acknowledgement", told, stand_in=True)


def acknowledge_followed(me: Local) -> None:
    me.send(me.message.sender, SwitchAcknowledgement(me.message.number, followed=True, sa=me.message.sender))


def acknowledge_ignored(me: Local) -> None:
    me.send(me.message.sender, SwitchAcknowledgement(me.message.number, followed=False, sa=me.message.sender))


def is_of_this_switch(me: Local) -> bool:
    return bool(me.message.number == 1 + me.spi and me.message.sa == me.agent)


def is_unacknowledged(me: Local) -> bool:
    return not me.acknowledged


def note_acknowledgement(me: Local) -> None:
    me.acknowledged = True


def forget_acknowledgement(me: Local) -> None:
    me.acknowledged = False


def _numbered(me: Local, switch: HomeAgentSwitch) -> HomeAgentSwitch:
    return replace(switch, number=1 + me.spi)


def _insists(initiator: Participant) -> Participant:
    asking = (is_silent, is_unacknowledged)
    more = extended(
        initiator,
        Row(SwitchAcknowledgement, ("notified",), "=", (is_of_this_switch,), (note_acknowledgement,), "R16, RFC 5846"),
        Row(
            "retransmits until acknowledged",
            ("notified",),
            "=",
            (*asking, routes_to_home_link),
            (send_switch_home,),
            "R16, RFC 3775 6.1",
        ),
        Row("retransmits until acknowledged", ("notified",), "=", asking, (send_switch,), "R16, RFC 5142 5.2"),
        variables=flags("acknowledged"),
    )
    anew = also(more, count_exchange, forget_acknowledgement)
    return stamped(stamped(anew, send_switch, _numbered), send_switch_home, _numbered)


def _answers(node: Participant) -> Participant:
    def protected(row: Row) -> bool:
        return row.trigger is HomeAgentSwitch and not {is_unknown, is_unprotected} & {*row.guards}

    def answering(row: Row) -> Row:
        return replace(row, effects=(*row.effects, acknowledge_ignored if row.discards else acknowledge_followed))

    again = Row(HomeAgentSwitch, ("switching",), "=", (is_current,), (), "R19", discards=True)
    return each(extended(node, again), protected, answering)


SWITCH_ACKNOWLEDGED = Amendment[Wiring](
    name="switch-acknowledged",
    cites="R16, R19",
    changes="a switch has a number, is acknowledged, and is repeated until it is",
    words=(
        "The switch carries a sequence number, which the initiator increases with each bootstrap. The mobile node MUST "
        "answer every switch that a security association protects with a Home Agent Switch Acknowledgement of that "
        "number, which says whether it follows. The initiator MUST repeat the switch, with its number, until then."
    ),
    cannot=(
        "An acknowledgement tells that the switch was understood, not that a binding follows: what happens to the "
        "mobile node between the two, a reboot or a refused update, the initiator does not learn."
    ),
    mends=("lost-switch-is-final",),
    edits={
        INITIATOR.name: _insists,
        MOBILE_NODE.name: _answers,
        ORIGINAL.name: lambda one: extended(
            one, Row(SwitchAcknowledgement, one.states, "=", (), (), "R16", discards=True)
        ),
    },
)
