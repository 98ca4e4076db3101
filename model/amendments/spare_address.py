"""A mobile node whose home address is refused as a duplicate is given another one, also where prefixes are the same."""

from __future__ import annotations

from dataclasses import replace

from haboot.checker import Local, Participant, Row
from haboot.model.amendments.amendment import Amendment
from haboot.model.amendments.editing import also, each, extended, widened
from haboot.model.binding_cache import BINDING_CACHE, refuse_duplicate, store_binding
from haboot.model.home_agent import (
    INITIATOR,
    count_exchange,
    prefixes_differ,
    send_ike_sa_init,
    slot_is_free,
    take_slot,
)
from haboot.model.mobile_node import MOBILE_NODE, adopt_home_address, is_current, may_use_address
from haboot.model.observations import shows
from haboot.model.parts import binding_at
from haboot.model.wiring import Wiring
from haboot.model.words import flags


def note_duplicate(me: Local) -> None:
    me.duplicate = True


def forget_duplicate(me: Local) -> None:
    me.duplicate = False


def address_is_taken(me: Local) -> bool:
    """Whether the address that the mobile node kept was refused as a duplicate."""
    return bool(me.see("address is taken"))


def has_no_lease(me: Local) -> bool:
    return not me.leased


def _notes(cache: Participant) -> Participant:
    noting = also(also(cache, refuse_duplicate, note_duplicate), store_binding, forget_duplicate)
    return extended(noting, variables=flags("duplicate"))


def _offers(initiator: Participant) -> Participant:
    again = Row(
        "starts IKE for another address",
        ("notified",),
        "init_sent",
        (address_is_taken, has_no_lease, slot_is_free),
        (take_slot, count_exchange, send_ike_sa_init),
        "R9, R22",
    )
    return extended(widened(initiator, prefixes_differ, address_is_taken), again, inputs=flags("address is taken"))


def _adopts(node: Participant) -> Participant:
    return each(
        node,
        lambda row: row.guards[-2:] == (is_current, may_use_address),
        lambda row: replace(row, effects=(adopt_home_address, *row.effects), cites=f"{row.cites}, R25"),
    )


SPARE_ADDRESS = Amendment[Wiring](
    name="spare-address",
    cites="R9, R28",
    changes="a mobile node whose kept address is refused with 134 is assigned another one",
    words=(
        "If the home agent refuses the kept home address with status 134, the initiator MUST begin IKE again and "
        "assign another home address, as if the prefixes were different. The mobile node MUST register that one, and "
        "give the old one up."
    ),
    cannot=(
        "Sessions that use the old address break, as they do when prefixes differ. Two registrations of the old "
        "address are not prevented where duplicate address detection misses one."
    ),
    mends=("healthy-agent-strands-node", "two-initiators-strand-node"),
    edits={BINDING_CACHE.name: _notes, INITIATOR.name: _offers, MOBILE_NODE.name: _adopts},
    sees={INITIATOR.name: {"address is taken": lambda _, agent, node: shows(binding_at(agent, node).duplicate, True)}},
    retired=(
        *("address-pushed-iff-prefixes-differ", "address-pushed-unless-link-is-shared"),
        *("address-iff-prefixes-differ", "home-address-kept"),
    ),
)
