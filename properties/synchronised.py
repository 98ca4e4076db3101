"""What holds where home agents synchronise bindings and associations (haha, vhar); packets stand in ``data_path``."""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Clause, Kind, Move, Received, Sent, View, accepted, fired, sent
from haboot.model.variants import BindingInformation, Synchronisation
from haboot.properties.claims import Claim, Setting
from haboot.properties.clauses import each_message, when_fires
from haboot.properties.data_path import DATA_PATH, VHAR, line, quiet

HAHA = frozenset({"haha"})


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
        *(f"O.{node}.binding.{part}" for part in ("state", "care_of", "told", "rekeying")),
        f"O.{node}.source.told",
    )
    return tuple(name for name in names if name in scenario.first)


def _is_settled(scenario: Setting, view: View, node: str) -> bool:
    binding = f"O.{node}.binding"
    match scenario.variant:
        case "vhar":
            return view[f"{binding}.told"] is True and view[f"{binding}.rekeying"] is False
        case "haha":
            told = view[f"{binding}.care_of"] == view[f"O.{node}.source.told"]
            return told or view[f"{binding}.state"] != "bound"
        case _:
            return view[f"{binding}.state"] == "empty"


def _tells_binding(_: Setting, move: Move, node: str, instance: str) -> bool:
    told = [one.message for one in sent(move.events, BindingInformation, source="O", target="H")]
    now = move.before[f"O.{node}.binding.care_of"]
    live = move.before[f"O.{node}.binding.state"] == "bound"
    fresh = move.before[f"{instance}.told"] != now == move.after[f"{instance}.told"]
    return live and fresh and [m.care_of for m in told if isinstance(m, BindingInformation)] == [now]


def _copies_binding(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    message = one.message
    return isinstance(message, BindingInformation) and move.after[f"H.{node}.copy.care_of"] == message.care_of


def _tells_state(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    told = [one.message for one in sent(move.events, Synchronisation, source="O", target="H")]
    now = (move.before[f"{instance}.key"], move.before[f"{instance}.number"])
    said = [(m.key, m.number) for m in told if isinstance(m, Synchronisation)]
    due = move.before[f"{instance}.told"] is False and move.after[f"{instance}.told"] is True
    return due and said == [now] and quiet(scenario, move.before, node, *SYNC)


def _copies_state(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    message, stem = one.message, f"H.{node}.binding"
    held = tuple(move.after[f"{stem}.{part}"] for part in ("key", "base", "number"))
    return isinstance(message, Synchronisation) and held == (message.key, message.number, message.number)


def _takes_over(_: Setting, move: Move, __: str, ___: str) -> bool:
    return move.before["H.detector.state"] == "suspecting"


def _at(part: str) -> tuple[str, ...]:
    return (part,)


SYNCHRONISED: tuple[Claim, ...] = (
    Claim(
        "goes-down-settled",
        Kind.STEP,
        "without a crash the original home agent goes down only when all is settled",
        ("RFC 5142 1",),
        _goes_down_settled,
        variants=frozenset({"switch-current", "haha", "vhar"}),
    ),
    Claim(
        "binding-told",
        Kind.STEP,
        "a home agent tells its peer the care-of address of a binding when it is new",
        ("haha-spec-00",),
        when_fires(
            "synchronises",
            lambda _, node: (f"O.{node}.source",),
            _tells_binding,
            lambda _, node, one: (f"{one}.told", f"O.{node}.binding.care_of", f"O.{node}.binding.state"),
        ),
        variants=HAHA,
    ),
    Claim(
        "binding-copied",
        Kind.STEP,
        "a home agent keeps what its peer told it of a binding",
        ("haha-spec-00",),
        each_message(
            lambda *where: list(accepted(where[1].events, BindingInformation, target="H")),
            _copies_binding,
            lambda _, node: (f"H.{node}.copy.care_of",),
        ),
        lambda scenario: scenario.mobile_nodes == 1,
        variants=HAHA,
    ),
    Claim(
        "state-told",
        Kind.STEP,
        "the active home agent tells the standby the key and the number that it uses, one message at a time",
        ("vhar-02",),
        when_fires(
            "synchronises",
            lambda _, node: (f"O.{node}.binding",),
            _tells_state,
            lambda scenario, node, one: (
                *(f"{one}.{part}" for part in ("key", "number", "told")),
                *line(scenario, node, *SYNC),
            ),
        ),
        variants=VHAR,
    ),
    Claim(
        "state-copied",
        Kind.STEP,
        "the standby keeps the key and the number that it was told last",
        ("vhar-02",),
        each_message(
            lambda *where: list(accepted(where[1].events, Synchronisation, target="H")),
            _copies_state,
            lambda _, node: tuple(f"H.{node}.binding.{part}" for part in ("key", "base", "number")),
        ),
        lambda scenario: scenario.mobile_nodes == 1,
        variants=VHAR,
    ),
    Claim(
        "standby-waits-for-suspicion",
        Kind.STEP,
        "the standby takes over only when it suspects the active home agent",
        ("vhar-02",),
        when_fires(
            "takes over",
            lambda _, node: (f"H.{node}.binding",),
            _takes_over,
            lambda *_: _at("H.detector.state"),
        ),
        variants=VHAR,
    ),
    *DATA_PATH,
)
