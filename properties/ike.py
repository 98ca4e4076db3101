"""The draft's sentences on IKEv2 and on the home address, sections 4.2 and 4.4."""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Clause, Move, Received, Sent, accepted, sent
from haboot.model import (
    CreateChildSaRequest,
    IkeAuthRequest,
    IkeAuthResponse,
    IkeSaInitRequest,
    IkeSaInitResponse,
    of,
    responder_at,
    session_at,
)
from haboot.properties.claims import Claim, Setting, new_prefix
from haboot.properties.clauses import (
    each_message,
    from_node,
    responder_slots,
    session_states,
    taken_from_node,
    to_node,
    with_home,
)
from haboot.properties.steps import heard


def _initiated_by_agent(scenario: Setting) -> Iterator[Clause]:
    """Of the exchanges of this procedure: one that a mobile node is permitted by RFC 5026 is its own affair."""
    allowed = scenario.nodes if scenario.bootstraps_itself else ()

    def begun(move: Move) -> list[Sent]:
        return [one for one in sent(move.events, IkeSaInitRequest) if one.source not in allowed]

    def by_agent(move: Move) -> bool:
        return all(
            one.source in scenario.initiators
            and isinstance(one.message, IkeSaInitRequest)
            and one.message.initiator == one.source
            for one in begun(move)
        )

    yield Clause((), by_agent, lambda move: bool(begun(move)))


def _identity_in_idi(_: Setting, __: Move, ___: str, one: Sent | Received) -> bool:
    return isinstance(one.message, IkeAuthRequest) and (
        one.message.idi.name == one.source and one.message.idi.id_type in {"ID_IPV6_ADDR", "ID_FQDN", "ID_RFC822_ADDR"}
    )


def _identity_in_idr(_: Setting, __: Move, node: str, one: Sent | Received) -> bool:
    return isinstance(one.message, IkeAuthResponse) and (
        bool(one.message.error)
        or (one.message.idr.name == node and one.message.idr.id_type in {"ID_FQDN", "ID_RFC822_ADDR"})
    )


def _auth_follows(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    return bool(sent(move.events, IkeAuthRequest, source=one.target, target=node))


def _child_follows(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    """An answer with an error completes nothing, nor one of a mobile node that its authorizer does not vouch for."""
    failed = isinstance(one.message, IkeAuthResponse) and bool(one.message.error)
    unvouched = move.before["authorizer"] != "grants"
    return bool(failed or unvouched or sent(move.events, CreateChildSaRequest, source=one.target, target=node))


def _child_only_after_auth(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    completed = any(not m.error for m in heard(move, IkeAuthResponse, source=node, target=one.source))
    return completed or move.before[session_at(one.source, node).state] == "child_sent"


def _associating(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    """What a home agent sends once it takes the mobile node for authorised, whoever started the exchange."""
    asked = [one for one in sent(move.events, CreateChildSaRequest, target=node) if one.source in scenario.initiators]
    answers = sent(move.events, IkeAuthResponse, target=node)
    return asked + [one for one in answers if isinstance(one.message, IkeAuthResponse) and not one.message.error]


def _is_authorised(_: Setting, move: Move, __: str, ___: Sent | Received) -> bool:
    return bool(move.before["authorizer"] == "grants")


def _selector_is_home_address(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    """Where the mobile node is authenticated: of one that has rebooted since, the home agent cannot know."""
    responder = responder_at(node, one.source)
    if move.before[responder.state] == "none":
        return True
    home = move.before[responder.assigned] or move.before[of(node).home_address]
    return isinstance(one.message, CreateChildSaRequest) and one.message.tsr == home


def _pushes_iff_differ(_: Setting, move: Move, __: str, one: Sent | Received) -> bool:
    return isinstance(one.message, IkeAuthRequest) and bool(one.message.address) == (
        move.before["prefixes"] == "different"
    )


def _pushes_unless_shared(_: Setting, move: Move, __: str, one: Sent | Received) -> bool:
    shared = move.before["one link"] and move.before["prefixes"] != "different"
    return isinstance(one.message, IkeAuthRequest) and bool(one.message.address) != shared


def _assigned_in_ike_auth(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        for agent in scenario.initiators:
            slot = responder_at(node, agent).assigned

            def assigns(move: Move, slot: str = slot) -> bool:
                return bool(move.after[slot] and move.after[slot] != move.before[slot])

            def by_push(move: Move, slot: str = slot, node: str = node, agent: str = agent) -> bool:
                taken = heard(move, IkeAuthRequest, source=agent, target=node)
                return any(m.address == move.after[slot] for m in taken)

            yield Clause((slot,), by_push, assigns, f"{node}, {agent}")


def _pushed(_: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    taken = accepted(move.events, IkeAuthRequest, target=node)
    return [one for one in taken if isinstance(one.message, IkeAuthRequest) and one.message.address]


def _adopts(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    stem = responder_at(node, one.source)
    return isinstance(one.message, IkeAuthRequest) and move.after[of(stem).assigned] == one.message.address


IKE: tuple[Claim, ...] = (
    Claim(
        "exchange-initiated-by-agent",
        "every IKEv2 exchange of the procedure is started by a home agent",
        ("R11",),
        _initiated_by_agent,
    ),
    Claim(
        "identity-in-idi",
        "a home agent identifies itself in IDi by address, FQDN or RFC 822 name",
        ("R12",),
        each_message(to_node(IkeAuthRequest), _identity_in_idi),
    ),
    Claim(
        "identity-in-idr",
        "the mobile node identifies itself in IDr by FQDN or RFC 822 name",
        ("R13",),
        each_message(from_node(IkeAuthResponse), _identity_in_idr),
    ),
    Claim(
        "auth-follows-init",
        "when IKE_SA_INIT is answered the home agent sends the IKE_AUTH request",
        ("R11", "R29"),
        each_message(taken_from_node(IkeSaInitResponse), _auth_follows),
    ),
    Claim(
        "child-sa-follows-auth",
        "when IKE_AUTH completes the home agent starts CREATE_CHILD_SA",
        ("R14", "R3"),
        each_message(taken_from_node(IkeAuthResponse), _child_follows, lambda *_: ("authorizer",)),
    ),
    Claim(
        "child-sa-only-after-auth",
        "CREATE_CHILD_SA is asked of an authenticated mobile node only",
        ("R6", "R14"),
        each_message(to_node(CreateChildSaRequest), _child_only_after_auth, session_states),
    ),
    Claim(
        "served-only-when-authorised",
        "no association is set up with a mobile node that its service authorizer does not vouch for",
        ("R6", "R10"),
        each_message(_associating, _is_authorised, lambda *_: ("authorizer",)),
    ),
    Claim(
        "selector-is-home-address",
        "TSr of the CREATE_CHILD_SA request is the mobile node's home address",
        ("R15",),
        each_message(to_node(CreateChildSaRequest), _selector_is_home_address, with_home("state", "assigned")),
    ),
    Claim(
        "address-pushed-iff-prefixes-differ",
        "the IKE_AUTH request carries an address just where the prefixes differ",
        ("R22", "R23", "R24", "R27"),
        each_message(to_node(IkeAuthRequest), _pushes_iff_differ, lambda *_: ("prefixes",)),
    ),
    Claim(
        "address-pushed-unless-link-is-shared",
        "the IKE_AUTH request carries an address unless link and prefix are both the same",
        ("R9",),
        each_message(to_node(IkeAuthRequest), _pushes_unless_shared, lambda *_: ("prefixes", "one link")),
    ),
    Claim(
        "assigned-in-ike-auth",
        "an address is assigned by an unsolicited CFG_REPLY in IKE_AUTH only",
        ("R24", "R26", "R27"),
        _assigned_in_ike_auth,
        new_prefix,
    ),
    Claim(
        "pushed-address-adopted",
        "the mobile node takes a pushed address as its home address",
        ("R25",),
        each_message(_pushed, _adopts, responder_slots("assigned")),
        new_prefix,
    ),
)
