"""What holds of an IKEv2 redirect from the current home agent (RFC 5685)."""

from __future__ import annotations

from haboot.checker import Move, Received, Sent, fired, sent
from haboot.model import BindingUpdate, of, own_of, session_at
from haboot.model.variants import Redirect, RedirectAnswer
from haboot.properties.claims import Claim, Setting, is_idle, of_variants
from haboot.properties.clauses import each_instance, each_message, only_node, taken_by_node, when_fires


def _answered(_: Setting, move: Move, node: str, __: Sent | Received) -> bool:
    return bool(sent(move.events, RedirectAnswer, source=node, target="O"))


def _acts(_: Setting, move: Move, __: str, session: str) -> bool:
    return any(fired(move.events, what, session) for what in ("redirects", "retransmits"))


def _redirects(scenario: Setting, move: Move, node: str, session: str) -> bool:
    due = not fired(move.events, "retransmits", session) or is_idle(move.before, scenario.between("O", node))
    return due and bool(sent(move.events, Redirect, source="O", target=node))


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
        each_instance(
            lambda _, node: (session_at("O", node),),
            lambda scenario, node, _: tuple(scenario.between("O", node)),
            _redirects,
            _acts,
        ),
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
