"""An IKE slot is given back when its exchange times out, and who waits for one comes before who has had one."""

from __future__ import annotations

from haboot.checker import Input, Local, Participant
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import also, extended, narrowed, released
from haboot.model.home_agent import INITIATOR, gives_exchanges_up, suspects_failure, take_slot
from haboot.model.home_agent import count_exchange as ends_exchange
from haboot.model.parts import of, session_at
from haboot.model.wiring import Wiring
from haboot.model.words import flags


def is_its_turn(me: Local) -> bool:
    return not (me.had_turn and me.see("another waits"))


def go_behind(me: Local) -> None:
    me.had_turn = True


def come_forward(me: Local) -> None:
    me.had_turn = False


def _queues(initiator: Participant) -> Participant:
    queued = narrowed(released(initiator, gives_exchanges_up), suspects_failure, is_its_turn)
    turned = also(also(queued, ends_exchange, go_behind), take_slot, come_forward)
    return extended(turned, variables=flags("had_turn"), inputs=flags("another waits"))


def another_waits(wiring: Wiring, agent: str, node: str) -> Input:
    """Whether another mobile node waits for a slot, and has not had one."""
    others = [session_at(agent, other) for other in wiring.scenario.nodes if other != node]
    slots = tuple(slot for one in others for slot in (of(one).state, of(one).had_turn))
    return Input(
        slots, lambda view: any(view[of(one).state] == "idle" and not view[of(one).had_turn] for one in others)
    )


SLOT_TIMES_OUT = Amendment[Wiring](
    name="slot-times-out",
    cites="R31, R32",
    changes="an exchange that is not answered ends, and its slot goes to whoever waits longest",
    words=(
        "An initiator MUST end an exchange that stays without an answer (RFC 4306, section 2.4), and give its place to "
        "a mobile node that waits. The one whose exchange ended is tried again after all that wait."
    ),
    cannot=(
        "With U mobile nodes out of reach and K places, the last one waits for U/K time-outs, each of which lasts "
        "minutes: haboot throttle computes how long."
    ),
    mends=("unreachable-node-keeps-slot", "unreachable-nodes-starve-others", "reboot-amid-exchange"),
    edits={INITIATOR.name: _queues},
    sees={INITIATOR.name: {"another waits": another_waits}},
    retired=("agent-gives-up-when-silent",),
)
