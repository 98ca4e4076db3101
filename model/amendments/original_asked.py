"""The initiator asks the home agent that it suspects before it acts, and trusts it again where that answers.

It settles a suspicion of its own making. An answer that is lost looks as one that was never sent, so under loss it only
makes a wrong suspicion rarer; what follows from that is the fence's affair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from haboot.checker import Instance, Local, Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import extended, preceded
from haboot.model.amendments.peers import NAME, NAMED, is_doubtful, keeps_the_rules
from haboot.model.failed_agent import DETECTOR
from haboot.model.forms import Form
from haboot.model.wiring import Wiring
from haboot.model.words import flags, is_silent


@dataclass(frozen=True, slots=True)
class AliveQuestion:
    """A home agent's question to the one that it suspects."""

    asker: str

    def __str__(self) -> str:
        return f"are you alive? ({self.asker})"

    def form(self) -> Form:
        """See OnWire."""
        return Form("question whether it is alive", {"asker": self.asker}, stand_in=True)


@dataclass(frozen=True, slots=True)
class AliveAnswer:
    """The answer of a home agent that is not down."""

    asker: str

    def __str__(self) -> str:
        return f"alive (to {self.asker})"

    def form(self) -> Form:
        """See OnWire."""
        return Form("answer that it is alive", {"asker": self.asker}, stand_in=True)


def ask_original(me: Local) -> None:
    me.send("O", AliveQuestion(me.see("name")))


def answer_asker(me: Local) -> None:
    me.send(me.message.asker, AliveAnswer(me.message.asker))


ANSWERER = Participant(
    name="original home agent's answer to its peers",
    states=("listening",),
    initial="listening",
    rows=(Row(AliveQuestion, ("listening",), "=", (), (answer_asker,), "R5"),),
    unexpected="discard",
)


def _asks(detector: Participant) -> Participant:
    def asking(row: Row) -> Row:
        return replace(row, dest="asking", guards=(*row.guards, keeps_the_rules), effects=(*row.effects, ask_original))

    more = extended(
        detector,
        Row(AliveAnswer, ("asking",), "trusting", (), (), "R5"),
        Row("retransmits the question", ("asking",), "=", (is_silent,), (ask_original,), "R5"),
        Row("gives up the original", ("asking",), "suspecting", (is_silent,), (), "R5"),
        states=("asking",),
        inputs={**NAME, **flags("silence")},
    )
    return preceded(more, lambda row: is_doubtful(row) and row.source == ("trusting",), asking)


def _answerer(wiring: Wiring) -> Iterator[Instance]:
    yield wiring.instance("O answers", ANSWERER, "O")


ORIGINAL_ASKED = Amendment[Wiring](
    name="original-asked",
    cites="R5, R7",
    changes="the initiator asks the home agent that it suspects, and acts only on its silence",
    words=(
        "Before a home agent initiates, it MUST ask the home agent that it suspects whether that is alive, and MUST "
        "NOT initiate if it hears an answer. It repeats the question as often as a binding update is repeated."
    ),
    cannot=(
        "Where question or answer is lost, or the two are parted from each other and not from the mobile node, the "
        "initiator cannot tell that from a crash, whoever else it asks."
    ),
    mends=("healthy-agent-strands-node", "split-brain-without-probe"),
    edits={DETECTOR.name: _asks},
    sees={
        DETECTOR.name: {
            **NAMED,
            "silence": lambda wiring, agent, _node: wiring.silence(agent, "O"),
        }
    },
    shares=_answerer,
    participants=(ANSWERER,),
)
