"""Home agents tell their peers when they have restarted, so that one that forgot its bindings is taken for failed."""

from __future__ import annotations

from dataclasses import replace

from haboot.checker import Input, Local, Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import each, extended
from haboot.model.failed_agent import DETECTOR, FAILED_AGENT
from haboot.model.parts import of
from haboot.model.wiring import Wiring
from haboot.model.words import flags


def original_has_forgotten(me: Local) -> bool:
    return bool(me.see("original has forgotten"))


def _notices(detector: Participant) -> Participant:
    return extended(
        detector,
        Row("notices the restart", ("trusting",), "suspecting", (original_has_forgotten,), (), "R5, RFC 5847 3.2"),
        inputs=flags("original has forgotten"),
    )


def count_restart(me: Local) -> None:
    me.forgot = True


def _restarts(agent: Participant) -> Participant:
    """A home agent whose heartbeats tell that it has lost its bindings: it never gets them back."""

    def forgets(row: Row) -> bool:
        return row.trigger == "returns without its bindings"

    more = extended(agent, variables=flags("forgot"))
    return each(more, forgets, lambda row: replace(row, effects=(*row.effects, count_restart)))


def forgotten(_wiring: Wiring, _agent: str, _node: str) -> Input:
    """Whether the original home agent is up again and without bindings."""
    original = of("O")
    return Input(
        (original.state, original.forgot), lambda view: view[original.state] == "serving" and view[original.forgot]
    )


RESTART_NOTICED = Amendment[Wiring](
    name="restart-noticed",
    cites="R5",
    changes="a home agent that restarted without its bindings is taken for a failed one",
    words=(
        "Home agents of one group exchange heartbeats with a restart counter (RFC 5847, section 3.2). One that has "
        "restarted without its binding cache is a Failed HA for every mobile node that it served before."
    ),
    cannot="Until the next heartbeat the mobile node believes in a binding that is gone; no message can be earlier.",
    edits={DETECTOR.name: _notices, FAILED_AGENT.name: _restarts},
    sees={DETECTOR.name: {"original has forgotten": forgotten}},
    prompt=("notices the restart",),
)
