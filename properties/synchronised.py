"""What holds where home agents synchronise bindings and associations (haha, vhar); packets stand in ``data_path``."""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Clause, Move, Received, Sent, View, fired
from haboot.model import binding_at, copy_at, detector_at, of, source_at
from haboot.model.variants import BindingInformation, Synchronisation
from haboot.properties.claims import Claim, Setting, of_variants
from haboot.properties.clauses import each_message, taken_by, when_fires
from haboot.properties.data_path import DATA_PATH, line, quiet
from haboot.properties.steps import said

SYNC = (("O", "H"), ("H", "O"))


def _goes_down_settled(scenario: Setting) -> Iterator[Clause]:
    slots = {node: _unsettled(scenario, node) for node in scenario.nodes}
    between = tuple(slot for node in scenario.nodes for slot in line(scenario, node, *SYNC))

    def settled(move: Move) -> bool:
        rested = all(_is_settled(scenario, move.before, node) for node in scenario.nodes)
        return rested and all(quiet(scenario, move.before, node, *SYNC) for node in scenario.nodes)

    reads = (*(slot for names in slots.values() for slot in names), *between)
    yield Clause(tuple(dict.fromkeys(reads)), settled, lambda move: bool(fired(move.events, "goes down", "O")))


def _unsettled(scenario: Setting, node: str) -> tuple[str, ...]:
    names = (
        *(binding_at("O", node).slot(part) for part in ("state", "care_of", "told", "rekeying")),
        source_at("O", node).told,
    )
    return tuple(name for name in names if name in scenario.first)


def _is_settled(scenario: Setting, view: View, node: str) -> bool:
    binding = binding_at("O", node)
    if of(binding).rekeying in scenario.first:
        return view[of(binding).told] is True and view[of(binding).rekeying] is False
    if source_at("O", node).told in scenario.first:
        told = view[of(binding).care_of] == view[source_at("O", node).told]
        return told or bool(view[of(binding).state] != "bound")
    return bool(view[of(binding).state] == "empty")


def _tells_binding(_: Setting, move: Move, node: str, instance: str) -> bool:
    told = [m.care_of for m in said(move, BindingInformation, source="O", target="H")]
    now = move.before[binding_at("O", node).care_of]
    live = move.before[binding_at("O", node).state] == "bound"
    fresh = move.before[of(instance).told] != now == move.after[of(instance).told]
    return live and fresh and told == [now]


def _copies_binding(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    message = one.message
    return isinstance(message, BindingInformation) and move.after[copy_at("H", node).care_of] == message.care_of


def _tells_state(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    now = (move.before[of(instance).key], move.before[of(instance).number])
    told = [(m.key, m.number) for m in said(move, Synchronisation, source="O", target="H")]
    due = move.before[of(instance).told] is False and move.after[of(instance).told] is True
    return due and told == [now] and quiet(scenario, move.before, node, *SYNC)


def _copies_state(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    message, stem = one.message, binding_at("H", node)
    held = tuple(move.after[of(stem).slot(part)] for part in ("key", "base", "number"))
    return isinstance(message, Synchronisation) and held == (message.key, message.number, message.number)


def _takes_over(_: Setting, move: Move, __: str, ___: str) -> bool:
    return bool(move.before[detector_at("H").state] == "suspecting")


SYNCHRONISED = of_variants(
    Claim(
        "goes-down-settled",
        "without a crash the original home agent goes down only when all is settled",
        ("RFC 5142 1",),
        _goes_down_settled,
    ),
    Claim(
        "binding-told",
        "a home agent tells its peer the care-of address of a binding when it is new",
        ("haha-spec-00",),
        when_fires(
            "synchronises",
            lambda _, node: (source_at("O", node),),
            _tells_binding,
            lambda _, node, one: (of(one).told, binding_at("O", node).care_of, binding_at("O", node).state),
        ),
    ),
    Claim(
        "binding-copied",
        "a home agent keeps what its peer told it of a binding",
        ("haha-spec-00",),
        each_message(taken_by("H", BindingInformation), _copies_binding, lambda _, node: (copy_at("H", node).care_of,)),
        lambda scenario: scenario.mobile_nodes == 1,
    ),
    Claim(
        "state-told",
        "the active home agent tells the standby the key and the number that it uses, one message at a time",
        ("vhar-02",),
        when_fires(
            "synchronises",
            lambda _, node: (binding_at("O", node),),
            _tells_state,
            lambda scenario, node, one: (
                *(of(one).slot(part) for part in ("key", "number", "told")),
                *line(scenario, node, *SYNC),
            ),
        ),
    ),
    Claim(
        "state-copied",
        "the standby keeps the key and the number that it was told last",
        ("vhar-02",),
        each_message(
            taken_by("H", Synchronisation),
            _copies_state,
            lambda _, node: tuple(binding_at("H", node).slot(part) for part in ("key", "base", "number")),
        ),
        lambda scenario: scenario.mobile_nodes == 1,
    ),
    Claim(
        "standby-waits-for-suspicion",
        "the standby takes over only when it suspects the active home agent",
        ("vhar-02",),
        when_fires(
            "takes over", lambda _, node: (binding_at("H", node),), _takes_over, lambda *_: (detector_at("H").state,)
        ),
    ),
    *DATA_PATH,
)
