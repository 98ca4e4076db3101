"""A home agent serves only under a lease from its peers, and one that takes over waits until that has run out.

The lease is one of time: whoever would take over waits longer than it lasts, by clocks that run at nearly one rate, so
that the two never serve at once. That is why it runs out here in the step in which the wait ends. A home agent without
a lease is fenced: it hears its peers, and neither defends home addresses nor forwards. It asks them for a lease again
and again; one that has begun to take over refuses.

Each round of asking has a number, so that no old grant is taken for another one. Two numbers suffice, because who takes
over also waits until no answer of its own can be under way; numbers alone would wrap, and a grant that a home agent did
not hear before it failed would count after it has come back.

One that fails again before it has served would, by turns, be fenced and down for ever, each time too short for anybody
to tell. So a request says whether it is of such a one, and who hears that takes it for failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from haboot.checker import Joint, Local, Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import each, extended, preceded
from haboot.model.amendments.peers import NAME, NAMED, is_doubtful, keeps_the_rules
from haboot.model.failed_agent import DETECTOR, FAILED_AGENT
from haboot.model.forms import Form, Told
from haboot.model.observations import constant
from haboot.model.parts import detector_at, of
from haboot.model.wiring import Wiring
from haboot.model.words import flags, is_silent

RUNS_OUT = "waits the lease out"
TAKING_OVER = ("waiting", "suspecting")
PEERS = ("H", "X")  # those that keep the rules


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """A fenced home agent's question whether it may serve: the round, and whether it has failed since it served."""

    round: int
    again: bool

    def __str__(self) -> str:
        return f"lease request ({self.round}{', failed again' if self.again else ''})"

    def form(self) -> Form:
        """See OnWire."""
        return Form("lease request", {"round": self.round, "again": self.again}, stand_in=True)


@dataclass(frozen=True, slots=True)
class LeaseAnswer:
    """A peer's answer: whether the home agent may serve."""

    peer: str
    round: int
    granted: bool

    def __str__(self) -> str:
        return f"lease {'granted' if self.granted else 'refused'} by {self.peer} ({self.round})"

    def form(self) -> Form:
        """See OnWire."""
        told: dict[str, Told] = {"peer": self.peer, "round": self.round, "granted": self.granted}
        return Form("lease answer", told, stand_in=True)


def ask_peers(me: Local) -> None:
    for peer in me.see("peers"):
        me.send(peer, LeaseRequest(me.round, me.again))


def grant_lease(me: Local) -> None:
    me.send("O", LeaseAnswer(me.see("name"), me.message.round, granted=True))


def refuse_lease(me: Local) -> None:
    me.send("O", LeaseAnswer(me.see("name"), me.message.round, granted=False))


def has_failed_again(me: Local) -> bool:
    return bool(me.message.again)


def note_failure(me: Local) -> None:
    me.again = True


def note_service(me: Local) -> None:
    me.again = False


def is_of_another_round(me: Local) -> bool:
    return bool(me.message.round != me.round)


def is_refused(me: Local) -> bool:
    return not me.message.granted


def is_last_grant(me: Local) -> bool:
    return bool({*me.see("peers")} <= {me.granted, me.message.peer})


def note_grant(me: Local) -> None:
    me.granted = me.message.peer


def begin_round(me: Local) -> None:
    me.granted, me.round = "", 1 - me.round


def _leased(agent: Participant) -> Participant:
    """A home agent that fails, or is fenced: what it returns to is not service."""

    def returns(row: Row) -> bool:
        return row.trigger == "returns with its bindings"

    more = extended(
        agent,
        Row(RUNS_OUT, ("serving", "fenced"), "fenced", (), (begin_round,), "R5"),
        Row(RUNS_OUT, ("failed",), "=", (), (), "R5"),
        Row("retransmits its request", ("fenced",), "=", (is_silent,), (ask_peers,), "R5"),
        Row(LeaseAnswer, ("fenced",), "=", (is_of_another_round,), (), "R5", discards=True),
        Row(LeaseAnswer, ("fenced",), "=", (is_refused,), (begin_round,), "R5"),
        Row(LeaseAnswer, ("fenced",), "serving", (is_last_grant,), (note_service,), "R5"),
        Row(LeaseAnswer, ("fenced",), "=", (), (note_grant,), "R5"),
        Row("fails", ("fenced",), "failed", (), (note_failure,), "2", environment=True),
        states=("fenced",),
        variables={"round": (0, 1), "granted": ("", *PEERS), **flags("again")},
        inputs={"peers": (("H",), PEERS), **flags("silence")},
    )
    return each(more, returns, lambda row: replace(row, dest="fenced", effects=(*row.effects, begin_round)))


def _waits(detector: Participant) -> Participant:
    def waiting(row: Row) -> Row:
        return replace(row, dest="waiting", guards=(*row.guards, keeps_the_rules))

    others = tuple(state for state in detector.states if state not in TAKING_OVER)
    more = extended(
        detector,
        Row(RUNS_OUT, ("waiting",), "suspecting", (is_silent,), (), "R5"),
        Row(LeaseRequest, TAKING_OVER, "=", (), (refuse_lease,), "R5"),
        Row(LeaseRequest, others, "waiting", (has_failed_again,), (refuse_lease,), "R5"),
        Row(LeaseRequest, others, "=", (), (grant_lease,), "R5"),
        states=("waiting",),
        inputs={**NAME, **flags("silence")},
    )
    return preceded(more, lambda row: is_doubtful(row) and row.source != ("waiting",), waiting)


def _together(wiring: Wiring) -> Iterator[Joint]:
    """The end of the wait is that of the lease."""
    yield from (Joint(RUNS_OUT, detector_at(agent), (of("O"),)) for agent in peers(wiring))


def peers(wiring: Wiring) -> tuple[str, ...]:
    """The other home agents that keep the rules."""
    return tuple(agent for agent in wiring.scenario.initiators if agent in PEERS)


ORIGINAL_FENCED = Amendment[Wiring](
    name="original-fenced",
    cites="R5, R7",
    changes="a home agent serves under a lease from its peers, which runs out before another one takes over",
    words=(
        "A home agent serves only while it has a lease from every peer that may initiate, or from a majority of them. "
        "It MUST stop to defend home addresses and to forward when a lease runs out, and MUST ask for one before it "
        "serves again. A home agent that suspects another one MUST refuse it a lease, and MUST NOT initiate before the "
        "last one that it granted has run out by its own clock, and no answer of its own can be under way any more. A "
        "request says whether its sender has failed since it last served without having served again: such a one MUST "
        "be refused, and is a Failed HA."
    ),
    cannot=(
        "A home agent that is parted from its peers stops serving mobile nodes that it reaches: consistency is had for "
        "availability, and no protocol has both under a partition (Gilbert and Lynch 2002). It rests on clocks."
    ),
    mends=("healthy-agent-strands-node", "split-brain-without-probe", "returned-agent-splits-registration"),
    edits={FAILED_AGENT.name: _leased, DETECTOR.name: _waits},
    sees={
        DETECTOR.name: {**NAMED, "silence": lambda wiring, agent, _node: wiring.silence(agent, "O")},
        FAILED_AGENT.name: {
            "peers": lambda wiring, _agent, _node: constant(peers(wiring)),
            "silence": lambda wiring, agent, _node: (
                wiring.silence("O", *peers(wiring)) if agent == "O" else constant(value=False)
            ),
        },
    },
    joins=_together,
    undergone={FAILED_AGENT.name: frozenset({RUNS_OUT, "retransmits its request"})},
    prompt=(RUNS_OUT,),
)
