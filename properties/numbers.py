"""Which answer belongs to which request: numbers and home addresses of updates, and SPIs of IKEv2 exchanges."""

from __future__ import annotations

from haboot.checker import Move, Received, Sent, accepted, sent
from haboot.model import (
    BindingAck,
    BindingUpdate,
    CreateChildSaRequest,
    CreateChildSaResponse,
    IkeAuthRequest,
    IkeAuthResponse,
    IkeSaInitRequest,
    IkeSaInitResponse,
    binding_at,
    number_of,
    of,
    responder_at,
    session_at,
)
from haboot.properties.claims import Claim, Setting, assumes
from haboot.properties.clauses import (
    binding_slots,
    each_message,
    each_node,
    initiators_of,
    node_slots,
    taken_from_node,
    when_fires,
)
from haboot.properties.steps import heard, said

REQUESTS = (IkeSaInitRequest, IkeAuthRequest, CreateChildSaRequest)
RESPONSES = (IkeSaInitResponse, IkeAuthResponse, CreateChildSaResponse)


def _acknowledgements(_: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    waiting = move.before[of(node).state] in {"switching", "refreshing"}
    return list(accepted(move.events, BindingAck, target=node)) if waiting else []


def _answers_last(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    answer = one.message
    return (
        isinstance(answer, BindingAck)
        and answer.home_address == move.before[of(node).home_address]
        and (answer.status == 135 or answer.number == number_of(str(move.before[of(node).care_of])))
    )


def _update_slots(_: Setting, node: str) -> tuple[str, ...]:
    return (of(node).state, of(node).home_address, of(node).care_of)


def _status(one: Sent | Received) -> int:
    return one.message.status if isinstance(one.message, BindingAck) else 0


def _keeps_number(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    """After an answer the number is known; one that was behind is sent anew."""
    if _status(one) != 135:
        return _status(one) != 0 or move.after[of(node).behind] is False
    again = said(move, BindingUpdate, source=node, target=one.source)
    return bool(again) and not any(m.behind for m in again)


def _old_updates(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    """Updates that an agent with a binding takes though their number is not after the one it holds."""
    found = []
    for one in accepted(move.events, BindingUpdate, source=node):
        stem, update = binding_at(one.target, node), one.message
        bound = one.target in scenario.agents and move.before[of(stem).state] in {"bound", "updating_dns"}
        if bound and isinstance(update, BindingUpdate):
            behind = update.number < number_of(str(move.before[of(stem).care_of]))
            found += [one] if behind or update.behind else []
    return found


def _refuses(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    stem = binding_at(one.target, node)
    kept = all(move.after[of(stem).slot(part)] == move.before[of(stem).slot(part)] for part in ("state", "care_of"))
    answers = said(move, BindingAck, source=one.target, target=node)
    held = number_of(str(move.before[of(stem).care_of]))
    return kept and [(m.status, m.number) for m in answers] == [(135, held)]


def _has_old_numbers(scenario: Setting) -> bool:
    """Whether updates overtake each other, or a mobile node goes back to an agent that remembers it."""
    needed = ({"movement", "reordering"}, {"stale-numbers", "reclaim", "return-kept"})
    return any(scenario.assumptions >= one for one in needed)


def _first_updates(_: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    now = move.after[of(node).home_agent]
    begins = now not in {move.before[of(node).home_agent], "none"}
    return list(sent(move.events, BindingUpdate, source=node, target=str(now))) if begins else []


def _begins_as_chosen(_: Setting, move: Move, __: str, one: Sent | Received) -> bool:
    return isinstance(one.message, BindingUpdate) and one.message.behind == move.before["numbers begin behind"]


def _of_this_exchange(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    return bool(getattr(one.message, "spi", None) == move.before[session_at(one.target, node).spi])


def _taken_requests(scenario: Setting, move: Move, node: str) -> list[Sent] | list[Received]:
    return [one for one in accepted(move.events, *REQUESTS, target=node) if one.source in scenario.initiators]


def _belongs(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    """A request is of the exchange that is known, unless it begins one; the answer says which."""
    stem, request = responder_at(node, one.source), one.message
    spi = getattr(request, "spi", None)
    begun = isinstance(request, IkeSaInitRequest) and move.after[of(stem).spi] == spi
    fresh = begun and move.before[of(stem).spi] != spi
    answers = [got.message for got in sent(move.events, *RESPONSES, source=node, target=one.source)]
    fits = all(getattr(answer, "spi", None) == spi for answer in answers)
    known = begun or move.before[of(stem).spi] == spi
    return fits and known and (not fresh or move.after[of(stem).state] == "half_open")


def _exchange_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    ends = (responder_at(node, agent).slot(part) for agent in scenario.initiators for part in ("spi", "state"))
    return (*ends, *(session_at(agent, node).spi for agent in scenario.initiators))


def _begins_anew(_: Setting, move: Move, __: str, instance: str) -> bool:
    return bool(move.after[of(instance).spi] != move.before[of(instance).spi])


def _hears_duplicate(_: Setting, move: Move, node: str) -> bool:
    waiting = move.before[of(node).state] in {"switching", "refreshing"}
    return waiting and any(m.status == 134 for m in heard(move, BindingAck, target=node))


def _leaves_alone(scenario: Setting, move: Move, node: str) -> bool:
    """What is refused as a duplicate is noted, and nothing else; and it is not registered again."""
    refused, address = of(node).refused, of(node).home_address
    asked = [m.home_address for m in said(move, BindingUpdate, source=node) if not m.deregister]
    if _hears_duplicate(scenario, move, node):
        return move.after[refused] == move.before[address] and move.before[refused] not in asked
    rebooted = move.after[refused] == "" and not asked
    return (rebooted or move.after[refused] == move.before[refused]) and move.before[refused] not in asked


def _hears_refusal(_: Setting, move: Move, node: str) -> bool:
    refusals = [m for m in heard(move, BindingAck, target=node) if m.status >= 128]
    return bool(move.before[of(node).refused] or refusals)


NUMBERS: tuple[Claim, ...] = (
    Claim(
        "acknowledgement-answers-last-update",
        "the mobile node takes an acknowledgement for its home address and its last update only, or status 135",
        ("RFC 3775 11.7.3",),
        each_message(_acknowledgements, _answers_last, _update_slots),
    ),
    Claim(
        "old-update-refused",
        "an update whose number is behind the one held changes nothing, and is answered with 135",
        ("RFC 3775 9.5.1",),
        each_message(_old_updates, _refuses, binding_slots("state", "care_of")),
        _has_old_numbers,
    ),
    Claim(
        "number-adopted",
        "an answer tells the mobile node the number held; refused with 135 it sends its update again",
        ("RFC 3775 11.7.3",),
        each_message(_acknowledgements, _keeps_number, lambda *who: (*_update_slots(*who), of(who[1]).behind)),
        _has_old_numbers,
    ),
    Claim(
        "number-begins-anew",
        "the first update to another home agent has a sequence number chosen anew",
        ("RFC 3775 11.7.1",),
        each_message(_first_updates, _begins_as_chosen, lambda _, node: (of(node).home_agent, "numbers begin behind")),
        assumes("stale-numbers"),
    ),
    Claim(
        "duplicate-address-left-alone",
        "a home address that was refused as a duplicate is not registered again",
        ("RFC 3775 11.7.1",),
        each_node(node_slots("state", "refused", "home_address"), _leaves_alone, _hears_refusal),
        lambda scenario: (
            scenario.prefixes == "same"
            and scenario.assumes(
                "false-suspicion", "second-initiator", "return-kept", "malicious-agent", "multi-prefix", "at-home"
            )
        ),
    ),
    Claim(
        "answers-belong-to-exchange",
        "a home agent takes answers of its present exchange only",
        ("RFC 4306 2.6",),
        each_message(taken_from_node(*RESPONSES), _of_this_exchange, _exchange_slots),
    ),
    Claim(
        "requests-belong-to-exchange",
        "a mobile node tells a new exchange from a repetition, and takes requests of the exchange that it knows",
        ("RFC 4306 2.6",),
        each_message(_taken_requests, _belongs, _exchange_slots),
    ),
    Claim(
        "exchange-begins-anew",
        "an exchange after one that was given up has an SPI of its own",
        ("RFC 4306 2.6",),
        when_fires("gives up", initiators_of, _begins_anew, lambda _, __, one: (of(one).spi,)),
        lambda scenario: scenario.assumes("loss", "unreachable"),
    ),
)
