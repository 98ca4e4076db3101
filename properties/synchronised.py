"""What holds, or should, where home agents synchronise bindings and associations (haha, vhar)."""

from __future__ import annotations

from collections.abc import Iterator

from haboot.checker import Clause, Kind, Move, Value, View
from haboot.checker.events import Received, Sent, accepted, fired, sent
from haboot.model.messages import CreateChildSaRequest, CreateChildSaResponse
from haboot.model.variants.haha import BindingInformation
from haboot.model.variants.vhar import BEYOND, LAST, Packet, Synchronisation
from haboot.properties.claims import Claim, Setting
from haboot.properties.clauses import agent_of, each_message, when_fires

VHAR = frozenset({"vhar"})
HAHA = frozenset({"haha"})


def _line(scenario: Setting, node: str, *ends: tuple[str, str]) -> dict[str, Value]:
    found = (scenario.idle(*pair, "" if node in pair else node) for pair in ends)
    return {slot: value for idle in found for slot, value in idle.items()}


def _quiet(scenario: Setting, view: View, node: str, *ends: tuple[str, str]) -> bool:
    return all(view[slot] == value for slot, value in _line(scenario, node, *ends).items())


SYNC = (("O", "H"), ("H", "O"))


def _both(node: str, agent: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (agent, node), (node, agent)


def _goes_down_settled(scenario: Setting) -> Iterator[Clause]:
    slots = {node: _unsettled(scenario, node) for node in scenario.nodes}
    quiet = tuple(slot for node in scenario.nodes for slot in _line(scenario, node, *SYNC))

    def settled(move: Move) -> bool:
        rested = all(_is_settled(scenario, move.before, node) for node in scenario.nodes)
        return rested and all(_quiet(scenario, move.before, node, *SYNC) for node in scenario.nodes)

    reads = (*(slot for names in slots.values() for slot in names), *quiet)
    yield Clause(tuple(dict.fromkeys(reads)), settled, lambda move: bool(fired(move.events, "goes down", "O")))


def _unsettled(scenario: Setting, node: str) -> tuple[str, ...]:
    names = (
        *(f"O.{node}.binding.{part}" for part in ("state", "care_of", "told", "rekeying")),
        f"O.{node}.source.told",
    )
    return tuple(name for name in names if name in scenario.slot_names)


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
    return due and said == [now] and _quiet(scenario, move.before, node, *SYNC)


def _copies_state(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    message, stem = one.message, f"H.{node}.binding"
    held = tuple(move.after[f"{stem}.{part}"] for part in ("key", "base", "number"))
    return isinstance(message, Synchronisation) and held == (message.key, message.number, message.number)


def _takes_over(_: Setting, move: Move, __: str, ___: str) -> bool:
    return move.before["H.detector.state"] == "suspecting"


def _forwards(scenario: Setting, move: Move, node: str, instance: str) -> bool:
    agent = agent_of(instance)
    found = [one.message for one in sent(move.events, Packet, source=agent, target=node)]
    before = move.before[f"{instance}.number"]
    number = min(before + 1, BEYOND) if isinstance(before, int) else None
    said = [(m.sender, m.key, m.number) for m in found if isinstance(m, Packet)]
    if agent == "H":
        due = move.before[f"{node}.home_agent"] != "H"
    else:
        due = move.before[f"{instance}.rekeying"] is False and before != LAST
        due = due and move.after[f"{instance}.told"] is False
    key = move.before[f"{instance}.key"]
    return due and said == [(agent, key, number)] and _quiet(scenario, move.before, node, *_both(node, agent))


def _forward_slots(scenario: Setting, node: str, instance: str) -> tuple[str, ...]:
    parts = ("key", "number") if instance.startswith("H") else ("key", "number", "told", "rekeying")
    line = _line(scenario, node, *_both(node, agent_of(instance)))
    return (f"{node}.home_agent", *(f"{instance}.{part}" for part in parts), *line)


def _is_newer(view: View, node: str, packet: Packet) -> bool:
    highest = view[f"{node}.highest"]
    return packet.number == BEYOND or (isinstance(highest, int) and packet.number > highest)


def _packet_taken(_: Setting, move: Move, node: str, one: Sent | Received) -> bool:
    packet = one.message
    if not isinstance(packet, Packet):
        return False
    noted = (move.after[f"{node}.home_agent"], move.after[f"{node}.highest"])
    fits = packet.key == move.before[f"{node}.key"] and _is_newer(move.before, node, packet)
    return fits and noted == (packet.sender, packet.number)


def _from_standby(move: Move, node: str) -> list[Packet]:
    got = (one.message for one in move.events if isinstance(one, Received) and (one.source, one.target) == ("H", node))
    return [message for message in got if isinstance(message, Packet)]


def _has_key(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        key = f"{node}.key"
        yield Clause(
            (key,),
            lambda move, node=node, key=key: all(one.key == move.before[key] for one in _from_standby(move, node)),
            lambda move, node=node: bool(_from_standby(move, node)),
            node,
        )


def _counter_ahead(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        key = f"{node}.key"

        def understood(move: Move, node: str = node, key: str = key) -> list[Packet]:
            return [one for one in _from_standby(move, node) if one.key == move.before[key]]

        yield Clause(
            (key, f"{node}.highest", f"{node}.home_agent"),
            lambda move, node=node, got=understood: all(
                _is_newer(move.before, node, one) or move.before[f"{node}.home_agent"] == "H" for one in got(move)
            ),
            lambda move, got=understood: bool(got(move)),
            node,
        )


def _numbers_used_once(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        active, standby = f"O.{node}.binding", f"H.{node}.binding"
        reads = (f"{active}.key", f"{active}.number", *(f"{standby}.{part}" for part in ("key", "number", "base")))

        def used_by_both(view: View, active: str = active, standby: str = standby) -> bool:
            numbers = (view[f"{active}.number"], view[f"{standby}.number"])
            both = all(isinstance(one, int) and one > _base(view, standby) for one in numbers)
            return both and view[f"{active}.key"] == view[f"{standby}.key"]

        yield Clause(reads, lambda view, both=used_by_both: not both(view), about=node)


def _base(view: View, standby: str) -> int:
    base = view[f"{standby}.base"]
    return base if isinstance(base, int) else 0


def _rekeys(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        stem = f"O.{node}.binding"
        parts = tuple(f"{stem}.{part}" for part in ("key", "number", "told", "rekeying"))

        def asks(move: Move, node: str = node) -> bool:
            return bool(sent(move.events, CreateChildSaRequest, source="O", target=node))

        def due(move: Move, node: str = node, stem: str = stem) -> bool:
            again = bool(fired(move.events, "retransmits", stem))
            fits = move.before[f"{stem}.rekeying"] is again and move.before[f"{stem}.key"] == 0
            return fits and _quiet(scenario, move.before, node, *_both(node, "O"))

        def triggered(move: Move, stem: str = stem) -> bool:
            return bool(fired(move.events, "rekeys", stem) or fired(move.events, "retransmits", stem))

        reads = (*parts, *_line(scenario, node, *_both(node, "O")))
        yield Clause(reads, lambda move, asks=asks, due=due: asks(move) and due(move), triggered, stem)


def _agree_on_key(scenario: Setting) -> Iterator[Clause]:
    for node in scenario.nodes:
        stem = f"O.{node}.binding"
        reads = (f"{node}.key", *(f"{stem}.{part}" for part in ("key", "number", "told", "rekeying")))

        def completes(move: Move, node: str = node, stem: str = stem) -> bool:
            return bool(
                accepted(move.events, CreateChildSaResponse, source=node, target="O")
                and fired(move.events, "CreateChildSaResponse", stem)
            )

        def agrees(move: Move, node: str = node, stem: str = stem) -> bool:
            now = tuple(move.after[f"{stem}.{part}"] for part in ("key", "number", "told", "rekeying"))
            return move.before[f"{stem}.rekeying"] is True and now == (move.before[f"{node}.key"], 0, False, False)

        yield Clause(reads, agrees, completes, stem)


def _answers_rekeying(_: Setting, move: Move, node: str, __: Sent | Received) -> bool:
    answered = bool(sent(move.events, CreateChildSaResponse, source=node, target="O"))
    fresh = move.before[f"{node}.key"] == 0
    kept = move.after[f"{node}.highest"] == (0 if fresh else move.before[f"{node}.highest"])
    heard = move.after[f"{node}.home_agent"] == "O"
    return answered and kept and heard and move.after[f"{node}.key"] == 1


def _vhar_node(_: Setting, node: str) -> tuple[str, ...]:
    return (f"{node}.key", f"{node}.highest", f"{node}.home_agent")


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
                *_line(scenario, node, *SYNC),
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
    Claim(
        "packets-numbered",
        Kind.STEP,
        "a home agent numbers its packets upward, under the key that it holds",
        ("RFC 4303 3.3.3",),
        when_fires(
            "forwards a packet",
            lambda _, node: (f"O.{node}.binding", f"H.{node}.binding"),
            _forwards,
            _forward_slots,
        ),
        variants=VHAR,
    ),
    Claim(
        "packets-checked",
        Kind.STEP,
        "the mobile node takes a packet only under its key and with a number that is newer",
        ("RFC 4303 3.4.3",),
        each_message(lambda _, move, node: list(accepted(move.events, Packet, target=node)), _packet_taken, _vhar_node),
        variants=VHAR,
    ),
    Claim(
        "standby-has-key",
        Kind.STEP,
        "what the standby sends after taking over is under a key that the mobile node has",
        ("RFC 6311 3",),
        _has_key,
        variants=VHAR,
    ),
    Claim(
        "standby-counter-ahead",
        Kind.STEP,
        "what the standby sends first after taking over is not taken for a replay",
        ("RFC 6311 3",),
        _counter_ahead,
        variants=VHAR,
    ),
    Claim(
        "numbers-used-once",
        Kind.ALWAYS,
        "no sequence number is used by two home agents under one key",
        ("RFC 6311 3", "RFC 4303 3.3.3"),
        _numbers_used_once,
        variants=VHAR,
    ),
    Claim(
        "rekeying-asked",
        Kind.STEP,
        "the active home agent asks for a new key once, and again only when nothing is under way",
        ("RFC 4306 2.8",),
        _rekeys,
        lambda scenario: scenario.assumes("rekeying"),
        variants=VHAR,
    ),
    Claim(
        "rekeying-agreed",
        Kind.STEP,
        "when rekeying completes both ends have the new key, and numbers begin again",
        ("RFC 4306 2.8",),
        _agree_on_key,
        lambda scenario: scenario.assumes("rekeying"),
        variants=VHAR,
    ),
    Claim(
        "rekeying-answered",
        Kind.STEP,
        "the mobile node installs a new key once, and answers each request",
        ("RFC 4306 2.8",),
        each_message(
            lambda _, move, node: list(accepted(move.events, CreateChildSaRequest, target=node)),
            _answers_rekeying,
            _vhar_node,
        ),
        lambda scenario: scenario.assumes("rekeying"),
        variants=VHAR,
    ),
)
