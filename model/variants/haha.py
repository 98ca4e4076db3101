"""Bindings shared by home agents on different links, then a switch (draft-wakikawa-mip6-nemo-haha-spec-00)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from haboot.checker import Input, Instance, Local, Participant, Row, View
from haboot.model.failed_agent import RETIRING_AGENT
from haboot.model.forms import Form, care_of
from haboot.model.observations import shows, stale
from haboot.model.parts import binding_at, copy_at, of, source_at
from haboot.model.variants import switching
from haboot.model.variants.variant import RECOVERY, Variant, held_to, on_one
from haboot.model.wiring import Wiring
from haboot.model.words import CARE_OF_ADDRESSES


@dataclass(frozen=True, slots=True)
class BindingInformation:
    """What a home agent tells its peers of a binding."""

    care_of: str

    def __str__(self) -> str:
        return f"Binding Information Update (CoA {self.care_of})"

    def form(self) -> Form:
        """See OnWire."""
        return Form("Binding Information Update", {"care-of address": care_of(self.care_of)}, stand_in=True)


def has_news(me: Local) -> bool:
    return bool(me.see("binding") not in {"", me.told})


def tell_peer(me: Local) -> None:
    care_of = me.see("binding")
    me.told = care_of
    me.send("H", BindingInformation(care_of))


def copy_binding(me: Local) -> None:
    me.care_of = me.message.care_of


SOURCE = Participant(
    name="home agent that shares its bindings",
    states=("sharing",),
    initial="sharing",
    variables={"told": ("", *CARE_OF_ADDRESSES)},
    inputs={"binding": ("", *CARE_OF_ADDRESSES)},
    rows=(Row("synchronises", ("sharing",), "=", (has_news,), (tell_peer,), "haha-spec-00"),),
    unexpected="discard",
)
COPY = Participant(
    name="home agent's copy of a binding",
    states=("none", "copied"),
    initial="none",
    variables={"care_of": ("", *CARE_OF_ADDRESSES)},
    rows=(Row(BindingInformation, ("none", "copied"), "copied", (), (copy_binding,), "haha-spec-00"),),
    unexpected="discard",
)


def current(node: str) -> Input:
    """The care-of address of a mobile node's binding at the original home agent, empty without one."""
    state, care_of = binding_at("O", node).state, binding_at("O", node).care_of
    return Input((state, care_of), lambda view: view[care_of] if view[state] == "bound" else "")


def shared(wiring: Wiring) -> Iterator[Instance]:
    """The original home agent, which fails when its bindings are shared, and H."""
    known = {node: (current(node), source_at("O", node).told) for node in wiring.scenario.nodes}

    def told(view: View) -> bool:
        return all(one.value(view) in {"", view[slot]} for one, slot in known.values())

    reads = tuple(slot for one, told_slot in known.values() for slot in (*one.reads, told_slot))
    yield switching.retiring(wiring, Input(reads, told), "H")
    yield from wiring.helpers()


def session(wiring: Wiring, node: str) -> Iterator[Instance]:
    """A mobile node with associations, its bindings shared from O to H, and H, which tells it to switch."""
    copy = copy_at("H", node)
    yield from switching.associated(wiring, node, one_link=False)
    yield wiring.instance(source_at("O", node), SOURCE, "O", session=node, inputs={"binding": current(node)})
    yield wiring.instance(copy, COPY, "H", session=node)
    yield switching.successor(wiring, node, knows=shows(of(copy).state, "copied"))


def misses(_: Wiring, node: str) -> Mapping[str, Input]:
    """H knows the care-of address of its copy."""
    return {"O": stale(node, "O"), "H": stale(node, "H", copy_at("H", node).care_of)}


HAHA = Variant(
    name="haha",
    summary="home agents on different links share bindings, then one sends a switch (haha-spec-00)",
    source="draft-wakikawa-mip6-nemo-haha-spec-00",
    shared=shared,
    session=session,
    misses=misses,
    assumptions=(
        *switching.NETWORK,
        *switching.FAILURES,
        *switching.NODES,
        *("false-suspicion", "no-deregistration", "initiator-crash", "forger", "replay"),
    ),
    readings=(
        "A binding is told to the peers once, without an answer; a home agent sends a switch only for bindings that "
        "it was told of.",
        "Without a crash the original home agent fails only when it has told all and nothing is under way.",
        "The home agents are on different links, so a probe for a duplicate address finds nobody.",
    ),
    participants=(SOURCE, COPY, RETIRING_AGENT, *switching.PARTICIPANTS),
    claims=held_to(
        *RECOVERY,
        *switching.CLAIMS,
        *switching.OF_SWITCHES,
        *("deregistration-insisted-on", "goes-down-settled", "binding-told", "binding-copied"),
    ),
    tried=on_one("", "movement crash", "loss", "refresh"),
    foul=("loss movement",),
)
