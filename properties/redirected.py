"""What holds of an IKEv2 redirect from the current home agent (RFC 5685)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from haboot.checker import Clause, Move, Received, Sent, Value, fired, sent
from haboot.model import BindingUpdate, of, own_of, session_at
from haboot.model.variants import Redirect, RedirectAnswer
from haboot.properties.claims import Claim, Setting, is_idle, of_variants
from haboot.properties.clauses import each_message, only_node, taken_by_node, when_fires


def _answered(_: Setting, move: Move, node: str, __: Sent | Received) -> bool:
    return bool(sent(move.events, RedirectAnswer, source=node, target="O"))


def _redirects(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        idle, session = scenario.between("O", node), session_at("O", node)

        def acts(move: Move, session: str = session) -> bool:
            return bool(fired(move.events, "redirects", session) or fired(move.events, "retransmits", session))

        def as_due(move: Move, node: str = node, session: str = session, idle: Mapping[str, Value] = idle) -> bool:
            again = bool(fired(move.events, "retransmits", session))
            due = is_idle(move.before, idle) or not again
            return due and bool(sent(move.events, Redirect, source="O", target=node))

        yield Clause(tuple(idle), as_due, acts, session)


def _registers(_: Setting, move: Move, node: str, __: str) -> bool:
    told = bool(sent(move.events, BindingUpdate, source=node, target="H"))
    return told and bool(move.before[own_of(node).selector]) and move.after[of(node).home_agent] == "H"


REDIRECTED = of_variants(
    Claim(
        "redirect-answered",
        "each redirect that the mobile node takes is answered at once, a repeated one as well",
        ("RFC 5685 5",),
        each_message(taken_by_node(Redirect), _answered),
    ),
    Claim(
        "redirect-repeated-when-silent",
        "the home agent sends its redirect, and again only when nothing is under way any more",
        ("RFC 5685 5", "RFC 4306 2.1"),
        _redirects,
    ),
    Claim(
        "registration-follows-redirect",
        "a redirected mobile node registers at the home agent named, under its new association",
        ("RFC 5685 8",),
        when_fires(
            "registers there", only_node, _registers, lambda _, node, __: (of(node).home_agent, own_of(node).selector)
        ),
    ),
)
