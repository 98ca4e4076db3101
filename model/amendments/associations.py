"""What amendments that begin an exchange anew share: what was agreed stays in force until the next one replaces it."""

from __future__ import annotations

from collections.abc import Mapping

from haboot.checker import Local, Participant
from haboot.model.amendments.amendment import Sees
from haboot.model.amendments.editing import extended, narrowed
from haboot.model.binding_cache import is_unprotected
from haboot.model.observations import constant, mirrors
from haboot.model.parts import session_at
from haboot.model.wiring import Wiring
from haboot.model.words import flags

ASSOCIATED = flags("associated")  # whether the initiator had an association before its present exchange
BEFORE: Mapping[str, Sees[Wiring]] = {
    "association before": lambda _, agent, node: (
        constant(value=False) if agent == "O" else mirrors(session_at(agent, node).associated)
    )
}


def keep_association(me: Local) -> None:
    me.associated = True


def is_under_no_earlier_association(me: Local) -> bool:
    return not (me.message.sa == me.agent and me.see("association before"))


def accepting(cache: Participant) -> Participant:
    """Return a binding cache that takes what an earlier association protects."""
    if "association before" in cache.inputs:
        return cache
    return extended(
        narrowed(cache, is_unprotected, is_under_no_earlier_association), inputs=flags("association before")
    )
