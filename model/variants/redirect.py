"""The current home agent redirects the mobile node in IKEv2 before it goes down (RFC 5685).

The redirect is an INFORMATIONAL request under the association that exists (section 6). The mobile node answers it,
drops that association and runs IKEv2 with the home agent named; its binding update must follow there (section 9).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from haboot.checker import Input, Instance, Local, Participant, Row, Silence
from haboot.model.failed_agent import RETIRING_AGENT
from haboot.model.forms import Form, agent
from haboot.model.mobile_node import MOBILE_NODE, REGISTERING, adopt_own, change_care_of, is_elsewhere, register
from haboot.model.observations import shows
from haboot.model.parts import of, session_at
from haboot.model.variants import switching
from haboot.model.variants.variant import RECOVERY, Variant, held_to
from haboot.model.wiring import Wiring
from haboot.model.words import flags, is_silent


@dataclass(frozen=True, slots=True)
class Redirect:
    """An INFORMATIONAL request with a REDIRECT notification that names another home agent."""

    agent: str
    sa: str

    def __str__(self) -> str:
        return f"INFORMATIONAL request (REDIRECT {self.agent})"

    def form(self) -> Form:
        """See OnWire."""
        return Form("INFORMATIONAL request", {"redirected to": agent(self.agent), "SA": self.sa})


@dataclass(frozen=True, slots=True)
class RedirectAnswer:
    """The empty INFORMATIONAL response."""

    sa: str

    def __str__(self) -> str:
        return "INFORMATIONAL response"

    def form(self) -> Form:
        """See OnWire."""
        return Form("INFORMATIONAL response", {"SA": self.sa})


def has_own_association(me: Local) -> bool:
    return bool(me.see("own selector H"))


def answer_redirect(me: Local) -> None:
    me.send("O", RedirectAnswer("O"))


REDIRECTED_NODE = replace(
    MOBILE_NODE,
    name="mobile node that follows RFC 5685",
    states=(*MOBILE_NODE.states, "moving"),
    rows=(
        Row(Redirect, ("bound", "refreshing"), "moving", (), (answer_redirect,), "RFC 5685 5"),
        Row(Redirect, ("moving", "switching", "unserved"), "=", (), (answer_redirect,), "RFC 4306 2.1"),
        Row("registers there", ("moving",), "switching", (has_own_association,), (adopt_own, register), "RFC 5685 8"),
        Row("moves", ("moving",), "=", (is_elsewhere,), (change_care_of,), "RFC 3775 11.7.1", environment=True),
        *REGISTERING,
    ),
)


def redirect(me: Local) -> None:
    me.send(me.node, Redirect("H", sa="O"))


REDIRECTOR = Participant(
    name="home agent that redirects",
    states=("idle", "redirected", "answered"),
    initial="idle",
    terminal=frozenset({"answered"}),
    inputs=flags("silence"),
    rows=(
        Row("redirects", ("idle",), "redirected", (), (redirect,), "RFC 5685 5"),
        Row("retransmits", ("redirected",), "=", (is_silent,), (redirect,), "RFC 4306 2.1"),
        Row(RedirectAnswer, ("redirected",), "answered", (), (), "RFC 5685 5"),
    ),
    unexpected="discard",
)


def shared(wiring: Wiring) -> Iterator[Instance]:
    """The original home agent, which goes down when all mobile nodes have answered, and H."""
    sessions = tuple(session_at("O", node).state for node in wiring.scenario.nodes)
    answered = Input(sessions, lambda view: all(view[slot] == "answered" for slot in sessions))
    yield switching.retiring(wiring, answered, *wiring.scenario.nodes)
    yield from wiring.helpers()


def session(wiring: Wiring, node: str) -> Iterator[Instance]:
    """A mobile node that bootstraps once it is redirected, and the original home agent that redirects it."""
    yield wiring.mobile_node(node, REDIRECTED_NODE, ("O",), own=True)
    yield from switching.around(wiring, node)
    yield from wiring.own_bootstrap(node, shows(of(node).state, "moving"))
    yield wiring.instance(
        session_at("O", node),
        REDIRECTOR,
        "O",
        session=node,
        constants={"node": node},
        inputs={"silence": Silence("O", (node,))},
    )


REDIRECT = Variant(
    name="redirect",
    summary="the current home agent redirects the mobile node in IKEv2 before it goes down (RFC 5685)",
    source="RFC 5685",
    shared=shared,
    session=session,
    misses=switching.missing("O"),
    assumptions=(
        *switching.NETWORK,
        *switching.FAILURES,
        *("refresh", "unreachable", "movement", "expiry", "initiator-crash", "dad-lost", "eap-only"),
    ),
    prefixes=("same", "different"),
    readings=(
        "A redirect says nothing of the binding at the home agent that is left: it stays until it expires.",
        "The original home agent goes down only when every mobile node has answered, unless it crashes.",
    ),
    participants=(REDIRECTED_NODE, REDIRECTOR, RETIRING_AGENT),
    claims=held_to(
        *RECOVERY,
        *switching.CLAIMS,
        *("requests-answered", "dns-current", "bootstrap-when-told"),
        *("redirect-answered", "redirect-repeated-when-silent", "registration-follows-redirect"),
    ),
    tried=(
        ("same", 1, ""),
        ("different", 1, ""),
        ("same", 1, "loss"),
        ("different", 1, "loss"),
        ("same", 1, "movement"),
        ("different", 1, "refresh"),
        ("same", 1, "crash"),
    ),
    broken={"": ("no-deadlock", "recovery-possible", "every-node-recovers")},
)
