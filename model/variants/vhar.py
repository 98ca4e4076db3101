"""One shared home agent address, bindings and associations synchronised, failover without a signal to the mobile node.

It follows draft-jfaizan-mipv6-vhar-02; what lacking synchronisation does to ESP is listed in RFC 6311 section 3. The
data path shows whether the mobile node is served: packets carry a key and a sequence number, and the mobile node drops
what is under another key or not newer than the last (RFC 4303 3.4.3). Numbers are told apart up to the last one that
the original home agent uses; the one beyond stands for all later ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from haboot.checker import Input, Instance, Local, Participant, Row, Silence, View
from haboot.model.failed_agent import RETIRING_AGENT
from haboot.model.forms import Form
from haboot.model.messages import CreateChildSaRequest, CreateChildSaResponse
from haboot.model.observations import shows
from haboot.model.parts import binding_at, detector_at, of
from haboot.model.variants import switching
from haboot.model.variants.variant import RECOVERY, Variant, held_to, on_one
from haboot.model.wiring import Wiring
from haboot.model.words import flags, is_silent

KEYS = (0, 1)
NUMBERS = (0, 1, 2, 3)
LAST, BEYOND = 2, 3


@dataclass(frozen=True, slots=True)
class Packet:
    """A data packet of a home agent to a mobile node, under a key and with a sequence number."""

    sender: str
    key: int
    number: int

    def __str__(self) -> str:
        return f"packet (key {self.key}, number {self.number if self.number <= LAST else f'beyond {LAST}'})"

    def form(self) -> Form:
        """See OnWire."""
        return Form("ESP packet", {"key": self.key, "ESP number": self.number, "beyond": BEYOND})


@dataclass(frozen=True, slots=True)
class Synchronisation:
    """What the active home agent tells the standby of a mobile node: its binding, the key and the sequence number."""

    key: int
    number: int

    def __str__(self) -> str:
        return f"synchronisation (binding, key {self.key}, number {self.number})"

    def form(self) -> Form:
        """See OnWire."""
        return Form("synchronisation", {"key": self.key, "number": self.number}, stand_in=True)


def is_under_another_key(me: Local) -> bool:
    return bool(me.message.key != me.key)


def is_not_newer(me: Local) -> bool:
    return bool(me.message.number != BEYOND and me.message.number <= me.highest)


def has_new_key(me: Local) -> bool:
    return bool(me.key)


def note_packet(me: Local) -> None:
    me.home_agent, me.highest = me.message.sender, me.message.number


def install_key(me: Local) -> None:
    me.key, me.highest = 1, 0


def answer_rekeying(me: Local) -> None:
    me.home_agent = "O"
    me.send("O", CreateChildSaResponse("O"))


SHARED_ADDRESS_NODE = Participant(
    name="mobile node behind a shared address",
    states=("bound",),
    initial="bound",
    terminal=frozenset({"bound"}),
    variables={"home_agent": ("O", "H"), "home_address": ("old",), "key": KEYS, "highest": NUMBERS},
    rows=(
        Row(Packet, ("bound",), "=", (is_under_another_key,), (), "RFC 4301 5.2", discards=True),
        Row(Packet, ("bound",), "=", (is_not_newer,), (), "RFC 4303 3.4.3", discards=True),
        Row(Packet, ("bound",), "=", (), (note_packet,), "RFC 4303 3.4.3"),
        Row(CreateChildSaRequest, ("bound",), "=", (has_new_key,), (answer_rekeying,), "RFC 4306 2.1"),
        Row(CreateChildSaRequest, ("bound",), "=", (), (install_key, answer_rekeying), "RFC 4306 2.8"),
    ),
    unexpected="discard",
)


def has_numbers_left(me: Local) -> bool:
    return bool(me.number < LAST)


def is_at_rest(me: Local) -> bool:
    return not me.rekeying


def is_rekeying(me: Local) -> bool:
    return bool(me.rekeying)


def has_old_key(me: Local) -> bool:
    return not me.key


def has_news(me: Local) -> bool:
    return not me.told


def send_packet(me: Local) -> None:
    number = min(me.number + 1, BEYOND)
    me.number = number
    me.send(me.node, Packet(me.agent, me.key, number))


def line_is_free(me: Local) -> bool:
    return bool(me.see("line is free"))


def note_news(me: Local) -> None:
    me.told = False


def tell_standby(me: Local) -> None:
    me.told = True
    me.send("H", Synchronisation(me.key, me.number))


def ask_for_new_key(me: Local) -> None:
    me.rekeying = True
    me.send(me.node, CreateChildSaRequest("O", tsr="old"))


def use_new_key(me: Local) -> None:
    me.rekeying, me.key, me.number, me.told = False, 1, 0, False


ACTIVE = Participant(
    name="active home agent",
    states=("bound",),
    initial="bound",
    terminal=frozenset({"bound"}),
    variables={
        "home_address": ("old",),
        "key": KEYS,
        "number": NUMBERS,
        "told": (False, True),
        "rekeying": (False, True),
    },
    inputs=flags("silence", "line is free"),
    rows=(
        Row(
            "forwards a packet",
            ("bound",),
            "=",
            (is_at_rest, has_numbers_left, is_silent),
            (send_packet, note_news),
            "RFC 4303 3.3.3",
        ),
        Row("synchronises", ("bound",), "=", (has_news, line_is_free), (tell_standby,), "vhar-02"),
        Row("rekeys", ("bound",), "=", (is_at_rest, has_old_key, is_silent), (ask_for_new_key,), "RFC 4306 2.8"),
        Row("retransmits", ("bound",), "=", (is_rekeying, is_silent), (ask_for_new_key,), "RFC 4306 2.1"),
        Row(CreateChildSaResponse, ("bound",), "=", (is_rekeying,), (use_new_key,), "RFC 4306 2.8"),
    ),
    unexpected="discard",
)


def suspects_failure(me: Local) -> bool:
    return bool(me.see("suspects failure"))


def is_unheard(me: Local) -> bool:
    return not me.see("heard")


def copy_state(me: Local) -> None:
    me.key, me.base, me.number = me.message.key, me.message.number, me.message.number


STANDBY = Participant(
    name="standby home agent",
    states=("empty", "copied", "bound"),
    initial="empty",
    terminal=frozenset({"bound"}),
    variables={"home_address": ("old",), "key": KEYS, "base": NUMBERS, "number": NUMBERS},
    inputs=flags("suspects failure", "heard", "silence"),
    rows=(
        Row(Synchronisation, ("empty", "copied"), "copied", (), (copy_state,), "vhar-02"),
        Row(Synchronisation, ("bound",), "=", (), (), "vhar-02", discards=True),
        Row("takes over", ("copied",), "bound", (suspects_failure,), (), "vhar-02"),
        Row("forwards a packet", ("bound",), "=", (is_silent, is_unheard), (send_packet,), "RFC 4303 3.3.3"),
    ),
    unexpected="discard",
)


def shared(wiring: Wiring) -> Iterator[Instance]:
    """The active home agent, which fails when all is synchronised, and the standby."""
    slots = tuple(binding_at("O", node).slot(part) for node in wiring.scenario.nodes for part in ("told", "rekeying"))

    def told(view: View) -> bool:
        return all(view[slot] == slot.endswith("told") for slot in slots)

    yield switching.retiring(wiring, Input(slots, told), "H")
    yield from wiring.helpers()


def session(wiring: Wiring, node: str) -> Iterator[Instance]:
    """A mobile node that knows the shared address alone, and the two home agents behind it."""
    yield wiring.instance(node, SHARED_ADDRESS_NODE, node, session=node)
    yield wiring.link(node)
    yield wiring.instance(
        binding_at("O", node),
        ACTIVE,
        "O",
        session=node,
        constants={"agent": "O", "node": node},
        inputs={"silence": Silence("O", (node,)), "line is free": Silence("O", ("H",))},
    )
    yield wiring.instance(
        binding_at("H", node),
        STANDBY,
        "H",
        session=node,
        constants={"agent": "H", "node": node},
        inputs={
            "suspects failure": shows(detector_at("H").state, "suspecting"),
            "heard": shows(of(node).home_agent, "H"),
            "silence": Silence("H", (node,)),
        },
    )


VHAR = Variant(
    name="vhar",
    summary="home agents share one address and synchronise bindings and associations (vhar-02)",
    source="draft-jfaizan-mipv6-vhar-02",
    shared=shared,
    session=session,
    assumptions=(
        *switching.NETWORK,
        *("crash", "return-kept", "false-suspicion", "initiator-crash", "unreachable", "rekeying"),
    ),
    readings=(
        "What changes is synchronised once, without an answer, and again after the next change; one at a time.",
        "Without a crash the active home agent fails only when it has told all and nothing is under way.",
        "A home agent that returns serves the shared address again; the memo says that one is active, not which.",
        "The mobile node does not notice: it neither probes its home agent nor starts an exchange.",
        "The slot home_agent of the mobile node is whom it last heard through the shared address.",
    ),
    participants=(SHARED_ADDRESS_NODE, ACTIVE, STANDBY, RETIRING_AGENT),
    claims=held_to(
        *RECOVERY,
        *("goes-down-settled", "state-told", "state-copied", "packets-numbered", "packets-checked"),
        *("standby-waits-for-suspicion", "standby-has-key", "standby-counter-ahead", "numbers-used-once"),
        *("rekeying-asked", "rekeying-agreed", "rekeying-answered"),
    ),
    gated={"rekeys": "rekeying"},
    shares_address=True,
    tried=on_one(
        *("", "false-suspicion", "loss", "rekeying", "duplication", "duplication rekeying", "loss rekeying", "crash")
    ),
)
