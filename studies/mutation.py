"""Which property notices which mutant: the scenarios that are tried, the mutants written by hand, and those spared."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

from haboot.checker import Answer, Kind, Limits, Local, ModelError, Participant, Report, Row
from haboot.checker.host import mapped
from haboot.checker.machines import Mutant, exchanged, removals
from haboot.model import (
    PARTICIPANTS,
    BindingAck,
    BindingUpdate,
    CreateChildSaRequest,
    HomeAgentSwitch,
    Identity,
    IkeAuthRequest,
    IkeAuthResponse,
    IkeSaInitRequest,
    Scenario,
    binding_cache,
    composition,
    home_agent,
    is_denied,
    mobile_node,
    number_of,
    own_bootstrap,
    responder,
)
from haboot.properties import explored
from haboot.studies.tried import SCENARIOS

MOST = 20_000  # states of a mutant, which may have far more than the model


def _init_as_node(me: Local) -> None:
    me.send(me.node, IkeSaInitRequest(initiator=me.node))


def _auth_without_identity(me: Local) -> None:
    me.send(me.node, IkeAuthRequest(me.agent, Identity("ID_KEY_ID", me.agent)))


def _answer_with_address_identity(me: Local) -> None:
    me.send(me.agent, IkeAuthResponse(me.agent, Identity("ID_IPV6_ADDR", me.node)))


def _select_own_address(me: Local) -> None:
    me.send(me.node, CreateChildSaRequest(me.agent, tsr="H2"))


def _switch_without_b(me: Local) -> None:
    me.send(me.node, HomeAgentSwitch(me.agent, bootstrap=False, addresses=(me.agent,), sa=me.agent))


def _switch_with_stranger(me: Local) -> None:
    me.send(me.node, HomeAgentSwitch(me.agent, bootstrap=True, addresses=(me.agent, "X"), sa=me.agent))


def _switch_in_the_clear(me: Local) -> None:
    me.send(me.node, HomeAgentSwitch(me.agent, bootstrap=True, addresses=(me.agent,), sa=""))


def _register_always_with_dns(me: Local) -> None:
    me.send(me.home_agent, BindingUpdate(me.home_address, me.care_of, sa=me.home_agent, dns_update=True))


def _take_lease(me: Local) -> None:
    me.home_address = f"{me.home_agent}1"


def _use_other_address(me: Local) -> None:
    me.assigned = "H2"


def _send_update_at_once(me: Local) -> None:
    me.send(me.node, BindingAck(me.agent, 0, me.agent, me.home_address, number_of(me.care_of), dns_updated=True))
    binding_cache.send_dns_update(me)


def _register_before(me: Local) -> None:
    responder.answer_child(me)
    me.send(me.agent, BindingUpdate(me.selector, "a", sa=me.agent, dns_update=me.selector != "old"))


def _never(_: Local) -> bool:
    return False


def _always(_: Local) -> bool:
    return True


INITIATOR, CACHE = home_agent.INITIATOR, binding_cache.BINDING_CACHE
NODE, RESPONDER = mobile_node.MOBILE_NODE, responder.RESPONDER
WRITTEN: tuple[Mutant, ...] = (
    exchanged(
        "the initiator names the mobile node as initiator", INITIATOR, home_agent.send_ike_sa_init, _init_as_node
    ),
    exchanged("the initiator's IDi is a key id", INITIATOR, home_agent.send_ike_auth, _auth_without_identity),
    exchanged("the mobile node's IDr is an address", RESPONDER, responder.answer_auth, _answer_with_address_identity),
    exchanged("TSr is another address", INITIATOR, home_agent.send_create_child_sa, _select_own_address),
    exchanged("the switch has B=0", INITIATOR, home_agent.send_switch, _switch_without_b),
    exchanged("the switch lists another home agent as well", INITIATOR, home_agent.send_switch, _switch_with_stranger),
    exchanged("the switch is sent in the clear", INITIATOR, home_agent.send_switch, _switch_in_the_clear),
    exchanged("every binding update asks for a DNS update", NODE, mobile_node.register, _register_always_with_dns),
    exchanged("the mobile node always takes a new address", NODE, mobile_node.adopt_home_address, _take_lease),
    exchanged(
        "the mobile node takes another address than the one pushed",
        RESPONDER,
        responder.use_address,
        _use_other_address,
    ),
    exchanged(
        "the acknowledgement does not wait for the DNS", CACHE, binding_cache.send_dns_update, _send_update_at_once
    ),
    exchanged("the mobile node registers before the switch", RESPONDER, responder.answer_child, _register_before),
    exchanged("the mobile node keeps its home agent", NODE, mobile_node.leave_silently, mobile_node.register),
    exchanged("the mobile node adopts no home agent", NODE, mobile_node.adopt_home_agent, mobile_node.forget_binding),
    exchanged("answers of an older exchange are taken", INITIATOR, home_agent.is_of_another_exchange, _never),
    exchanged("answers to an older update are taken", NODE, mobile_node.answers_another, _never),
    exchanged("errors pass for success", INITIATOR, home_agent.is_refused, _never),
    exchanged("nobody asks the authorizer", INITIATOR, is_denied, _never),
    exchanged("unprotected updates are taken", CACHE, binding_cache.is_unprotected, _never),
    exchanged("foreign addresses are bound", CACHE, binding_cache.is_off_link, _never),
    exchanged("a node at home is bound", CACHE, binding_cache.is_at_home, _never),
    exchanged("duplicate addresses are bound", CACHE, binding_cache.is_defended, _never),
    exchanged(
        "the mobile node bootstraps unasked", own_bootstrap.OWN_BOOTSTRAP, own_bootstrap.home_agent_is_dead, _always
    ),
    exchanged(
        "an expired binding is announced to the DNS",
        CACHE,
        binding_cache.send_dns_removal,
        binding_cache.send_dns_update,
    ),
)
ITSELF = Mutant("none: the draft as it stands", INITIATOR)
_WITH_ITSELF = (ITSELF, *WRITTEN)


def all_mutants() -> tuple[Mutant, ...]:
    """Return every removal in every participant, and the mutants written by hand."""
    return (*_removals(), *WRITTEN)


def _removals() -> Iterator[Mutant]:
    """Removals in every participant; a row that several share is weakened where it stands first."""
    seen: list[Row] = []
    for participant in PARTICIPANTS.values():
        yield from removals(participant, seen)
        seen += participant.rows


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant: the properties that noticed it, and the first scenario in which one did."""

    mutant: str
    scenario: str
    killers: tuple[tuple[str, str], ...]  # property, scenario


@cache
def _sound(name: str) -> frozenset[str]:
    """The properties that hold of the unchanged model in a scenario."""
    return frozenset(claim for claim, answer in _answers(SCENARIOS[name], {}).items() if answer is Answer.HOLDS)


def _answers(scenario: Scenario, participants: Mapping[str, Participant]) -> dict[str, Answer]:
    return answers(explored(scenario, Limits(MOST), participants=participants).report())


def answers(report: Report) -> dict[str, Answer]:
    """Return the answer to each property, where *sometimes* without a witness counts as violated."""
    fails = {Kind.SOMETIMES: Answer.UNREACHED}
    return {
        one.property.name: Answer.VIOLATED if one.answer is fails.get(one.property.kind) else one.answer
        for one in report.verdicts
    }


@cache
def _present(name: str) -> frozenset[str]:
    """The participants of a scenario: a mutant of any other changes nothing there."""
    return frozenset(one.participant.name for one in composition(SCENARIOS[name]).instances)


def killers(mutant: Mutant, name: str) -> tuple[str, ...]:
    """Return the properties that hold of the model and not of a mutant, in one scenario."""
    if mutant is not ITSELF and mutant.participant.name not in _present(name):
        return ()
    try:
        found = _answers(SCENARIOS[name], {mutant.participant.name: mutant.participant})
    except ModelError as error:
        return (f"refused: {error}",)
    broken = (claim for claim in sorted(found) if found[claim] is Answer.VIOLATED)
    return tuple(claim for claim in broken if mutant is ITSELF or claim in _sound(name))


def fate(mutant: Mutant) -> Fate:
    """Try a mutant on the scenarios, up to the first that kills it."""
    for name in SCENARIOS:
        if noticed := killers(mutant, name):
            return Fate(mutant.name, name, tuple((claim, name) for claim in noticed))
    return Fate(mutant.name, "", ())


def _fate_of(number: int) -> Fate:
    return fate(all_mutants()[number])


def fates(workers: int = 2) -> Iterator[Fate]:
    """Return the fate of every mutant, in order; mutants are numbered, since functions do not travel to workers."""
    return mapped(_fate_of, range(len(all_mutants())), workers, chunksize=2)


def _noticed(trial: tuple[int, str]) -> tuple[str, ...]:
    number, name = trial
    return killers(_WITH_ITSELF[number], name)


def kills(known: Iterable[Fate], claims: Iterable[str], workers: int = 2) -> dict[str, list[tuple[str, str]]]:
    """Return, for each property, up to three mutants that it kills.

    One that the draft itself breaks needs no mutant; another that no fate names is tried on those written by hand.
    """
    found: dict[str, list[tuple[str, str]]] = {claim: [] for claim in claims}
    for one in known:
        for claim, scenario in one.killers:
            if claim in found and len(found[claim]) < 3:
                found[claim].append((one.mutant, scenario))
    missing = {claim for claim, rows in found.items() if not rows}
    if not missing:
        return found
    trials = list(product(range(len(_WITH_ITSELF)), SCENARIOS))
    for (number, name), noticed in zip(trials, mapped(_noticed, trials, workers, chunksize=4), strict=False):
        for claim in missing.intersection(noticed):
            found[claim].append((_WITH_ITSELF[number].name, name))
        missing.difference_update(noticed)
        if not missing:
            break
    return found


@cache
def killed_by() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return, for each property, mutants that it kills with the scenario of each, as written down."""
    data = tomllib.loads(files("haboot.ledger").joinpath("killed.toml").read_text(encoding="utf-8"))
    return {claim: tuple((mutant, name) for mutant, name in rows) for claim, rows in data.items()}
