"""Home agents tell their peers when they have restarted, so that one that forgot its bindings is taken for failed."""

from __future__ import annotations

from haboot.checker import Input, Local, Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import extended
from haboot.model.failed_agent import DETECTOR
from haboot.model.parts import binding_at, of
from haboot.model.wiring import Wiring
from haboot.model.words import flags


def original_has_forgotten(me: Local) -> bool:
    return bool(me.see("original has forgotten"))


def _notices(detector: Participant) -> Participant:
    return extended(
        detector,
        Row("notices the restart", ("trusting",), "suspecting", (original_has_forgotten,), (), "R5, RFC 5847 3.3"),
        inputs=flags("original has forgotten"),
    )


def forgotten(wiring: Wiring, _: str, __: str) -> Input:
    """Whether the original home agent is up again and without bindings."""
    bindings = tuple(binding_at("O", node).state for node in wiring.scenario.nodes)
    up = of("O").state
    return Input((up, *bindings), lambda view: view[up] == "serving" and "lost" in {view[one] for one in bindings})


RESTART_NOTICED = Amendment[Wiring](
    name="restart-noticed",
    cites="R5",
    changes="a home agent that restarted without its bindings is taken for a failed one",
    words=(
        "Home agents of one group exchange heartbeats with a restart counter (RFC 5847, section 3.3). One that has "
        "restarted without its binding cache is a Failed HA for every mobile node that it served before."
    ),
    cannot="Until the next heartbeat the mobile node believes in a binding that is gone; no message can be earlier.",
    edits={DETECTOR.name: _notices},
    sees={DETECTOR.name: {"original has forgotten": forgotten}},
    prompt=("notices the restart",),
)
