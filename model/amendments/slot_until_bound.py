"""A slot is held from IKE_SA_INIT until the mobile node is bound, or the wait for its update times out.

The association outlasts the wait: an update that comes later, as from a mobile node that waited for its old home agent
first, is taken.
"""

from __future__ import annotations

from dataclasses import replace

from haboot.checker import Effect, Local, Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.associations import ASSOCIATED, BEFORE, accepting, keep_association
from haboot.model.amendments.editing import done, each, extended
from haboot.model.binding_cache import BINDING_CACHE
from haboot.model.home_agent import INITIATOR, count_exchange, give_slot_back, is_unanswered, take_slot
from haboot.model.observations import shows
from haboot.model.parts import binding_at
from haboot.model.wiring import Wiring
from haboot.model.words import flags, is_silent


def is_holding(me: Local) -> bool:
    return bool(me.holding)


def is_acknowledged(me: Local) -> bool:
    return bool(me.see("acknowledged here"))


def hold_slot(me: Local) -> None:
    me.holding = True


def hold_no_longer(me: Local) -> None:
    me.holding = False


def take_unless_held(me: Local) -> None:
    if me.holding:
        me.holding = False
    else:
        me.acquire()


def _holds(initiator: Participant) -> Participant:
    def held(row: Row) -> Row:
        effects: tuple[Effect, ...] = tuple(hold_slot if one is give_slot_back else one for one in row.effects)
        return replace(row, effects=effects)

    kept = each(initiator, lambda row: row.dest == "notified" and give_slot_back in row.effects, held)
    return extended(
        done(kept, take_slot, lambda _: (take_unless_held,)),
        Row(
            "has its binding",
            ("notified",),
            "=",
            (is_holding, is_acknowledged),
            (hold_no_longer, give_slot_back),
            "R31",
        ),
        Row(
            "gives up waiting for the update",
            ("notified",),
            "idle",
            (is_holding, is_silent, is_unanswered),
            (hold_no_longer, keep_association, give_slot_back, count_exchange),
            "R31, R32",
        ),
        variables={**flags("holding"), **ASSOCIATED},
        inputs=flags("acknowledged here"),
    )


SLOT_UNTIL_BOUND = Amendment[Wiring](
    name="slot-until-bound",
    cites="R31",
    changes="a slot is held until the mobile node is bound, and not only during IKE",
    words=(
        "The number that an initiator limits is that of mobile nodes with which it has begun and that are not bound "
        "yet. A place is given back with the binding acknowledgement, or when no binding update has come in time; "
        "then the mobile node waits for a place again."
    ),
    cannot="It takes longer to recover many, since places are held for a round trip more, or a time-out.",
    mends=("registrations-outrun-slots", "lost-switch-is-final"),
    edits={INITIATOR.name: _holds, BINDING_CACHE.name: accepting},
    sees={
        BINDING_CACHE.name: BEFORE,
        INITIATOR.name: {"acknowledged here": lambda _, agent, node: shows(binding_at(agent, node).state, "bound")},
    },
    prompt=("has its binding",),
    retired=("slots-accounted", "exchange-begins-anew"),
)
