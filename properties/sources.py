"""Where answers go, what is refused to a mobile node that starts IKE itself, and which DNS entries are touched."""

from __future__ import annotations

from haboot.checker import Fired, Move, Received, Sent, accepted, sent
from haboot.model import (
    BindingAck,
    BindingUpdate,
    DnsAnswer,
    DnsUpdate,
    IkeAuthRequest,
    IkeAuthResponse,
    IkeSaInitRequest,
    acceptor_of,
    binding_at,
    dns_of,
    of,
    own_of,
)
from haboot.properties.claims import Claim, Setting, assumes, is_idle, new_prefix
from haboot.properties.clauses import all_bindings_of, binding_slots, bindings_of, each_message, when_fires
from haboot.properties.repetition import dns_idle
from haboot.properties.steps import said


def _from_node(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    """Requests of a mobile node that a home agent takes where it has no other word of where it is."""
    requests = accepted(move.events, IkeSaInitRequest, IkeAuthRequest, source=node)
    updates = [
        one
        for one in accepted(move.events, BindingUpdate, source=node)
        if one.target in scenario.agents and move.before[binding_at(one.target, node).state] == "empty"
    ]
    return [*requests, *updates]


def _source_noted(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    message = one.message
    if isinstance(message, BindingUpdate):
        return bool(move.after[binding_at(one.target, node).care_of] == message.care_of)
    own = isinstance(message, IkeSaInitRequest | IkeAuthRequest) and message.care_of
    return bool(move.after[acceptor_of(node).care_of] == own)


def _source_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    own = (acceptor_of(node).care_of,) if scenario.bootstraps_itself else ()
    return (*binding_slots("state", "care_of")(scenario, node), *own)


def _own_answers(_: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    return [one for one in sent(move.events, IkeAuthResponse, target=node) if _is_own(one, node)]


def _own_taken(_: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    return [one for one in accepted(move.events, IkeAuthResponse, target=node) if _is_own(one, node)]


def _is_own(one: Sent | Received, node: str) -> bool:
    return isinstance(one.message, IkeAuthResponse) and one.message.initiator == node


def _authorised(_: Setting, move: Move, __: str, one: Sent | Received) -> bool:
    answer = one.message
    refuses = isinstance(answer, IkeAuthResponse) and bool(answer.error)
    keeps = isinstance(answer, IkeAuthResponse) and not answer.address
    unknown = bool(move.before["lacks authorisation"]) and keeps
    return refuses == (unknown or move.before["authorizer"] == "refuses")


def _refusal_ends_it(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    refused = isinstance(one.message, IkeAuthResponse) and bool(one.message.error)
    return (move.after[own_of(node).state], bool(move.after[own_of(node).selector])) == (
        ("refused", False) if refused else ("done", True)
    )


def _given_up_in_silence(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    without = [m.status == 0 and not m.dns_updated for m in said(move, BindingAck, target=node)] == [True]
    return without and is_idle(move.before, dns_idle(scenario, node, instance))


def _clears(_: Setting, move: Move, __: str, instance: str) -> bool:
    address = move.before[of(instance).home_address]
    return [(m.remove, m.address) for m in said(move, DnsUpdate, target="DNS")] == [(True, address)]


def _may_clear(scenario: Setting) -> bool:
    """Whether the failed home agent may live to see a binding expire, and then clears the DNS."""
    return scenario.assumes("dns-cleanup") and scenario.assumes("return-kept", "false-suspicion")


def _updates_taken(_: Setting, move: Move, node: str) -> list[Received]:
    acting = any(isinstance(event, Fired) and event.instance == dns_of(node) for event in move.events)
    return accepted(move.events, DnsUpdate, target="DNS") if acting else []


def _removals(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    """Removals that reach the server's record of a mobile node, where it does not refuse them."""
    taken = [] if move.before["DNS refuses"] else _updates_taken(scenario, move, node)
    return [one for one in taken if isinstance(one.message, DnsUpdate) and one.message.remove]


def _answered_by_dns(_: Setting, move: Move, __: str, one: Sent | Received) -> bool:
    asked = one.message
    told = said(move, DnsAnswer, source="DNS", target=one.source)
    return [m.address for m in told] == ([asked.address] if isinstance(asked, DnsUpdate) else [])


def _spares_others(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    record = dns_of(node).record
    named = isinstance(one.message, DnsUpdate) and one.message.address == move.before[record]
    return bool(move.after[record] == ("" if named else move.before[record]))


SOURCES: tuple[Claim, ...] = (
    Claim(
        "answers-go-to-the-source",
        "a home agent that knows no better answers to the address from which it last heard",
        ("RFC 4306 2.11", "RFC 3775 9.5.4"),
        each_message(_from_node, _source_noted, _source_slots),
        lambda scenario: scenario.assumes("movement", "at-home"),
    ),
    Claim(
        "own-exchange-authorised",
        "a mobile node that starts IKE is refused where its authorizer does, or where no entry links it to its address",
        ("RFC 4877 4.2",),
        each_message(_own_answers, _authorised, lambda *_: ("lacks authorisation", "authorizer")),
        assumes("own-detection"),
    ),
    Claim(
        "own-refusal-ends-it",
        "a mobile node has an association of its own where IKE_AUTH succeeds, and none where it is refused",
        ("RFC 4306 2.21",),
        each_message(_own_taken, _refusal_ends_it, lambda _, node: (own_of(node).state, own_of(node).selector)),
        assumes("own-detection"),
    ),
    Claim(
        "dns-given-up-in-silence",
        "a DNS update is given up when nothing is under way any more, and the acknowledgement says so",
        ("RFC 5026 8.1",),
        when_fires(
            "gives up the DNS update", bindings_of, _given_up_in_silence, lambda *where: tuple(dns_idle(*where))
        ),
        lambda scenario: (
            new_prefix(scenario)
            and scenario.assumes("loss", "dns-down")
            and not scenario.assumes("early-timers", "dns-waits")
        ),
    ),
    Claim(
        "expiry-clears-record",
        "a home agent that cleans up after a binding asks the DNS to remove the entry of its address",
        ("RFC 5026 6",),
        when_fires(
            "lets the binding expire and clears the DNS",
            all_bindings_of,
            _clears,
            lambda _, __, one: (of(one).home_address,),
        ),
        _may_clear,
    ),
    Claim(
        "dns-update-answered",
        "the DNS answers each update, also one that it refuses, and each removal",
        ("RFC 5026 6",),
        each_message(_updates_taken, _answered_by_dns),
        lambda scenario: new_prefix(scenario) or _may_clear(scenario),
    ),
    Claim(
        "removal-spares-later-entry",
        "a removal takes the entry away that it names, and leaves a later one of the same name",
        ("RFC 5026 6",),
        each_message(_removals, _spares_others, lambda _, node: (dns_of(node).record, "DNS refuses")),
        _may_clear,
    ),
)
