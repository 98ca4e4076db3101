"""Channels: what was put in and not yet taken out is under way, in every form that a network may have."""

from __future__ import annotations

from collections import Counter

import pytest
from haboot.checker import ModelError, Network, Value
from haboot.checker.machines import Bag, Channel, Line, Pair
from hypothesis import given
from hypothesis import strategies as some

MESSAGES = ("a", "b", "c")
PAIR = Pair("A", "B", "")
NETWORKS = some.builds(
    lambda often, **more: Network(
        duplication=often is not None, at_most={"duplication": often} if often else {}, **more
    ),
    often=some.sampled_from((None, 0, 2)),
    reordering=some.booleans(),
    capacity=some.integers(1, 3),
)


class Reference:
    """A list: in order of arrival, at its head what may be received next, or anything where messages overtake."""

    def __init__(self, network: Network) -> None:
        self.network, self.held = network, list[str]()

    def put(self, message: str) -> bool:
        """Put a message in and return whether there was room; one that is copied without end takes none."""
        network, rivals = self.network, self.held
        known = message in rivals if network.reordering else rivals[-1:] == [message]
        if network.duplication and not network.at_most and known:
            return True
        if (rivals.count(message) if network.reordering else len(rivals)) >= network.capacity:
            return False
        self.held.append(message)
        return True

    def take(self, message: str) -> bool:
        """Take a message out and return whether it could be taken."""
        if message not in self.next():
            return False
        self.held.remove(message)
        return True

    def next(self) -> list[str]:
        """What may be received next."""
        return self.held if self.network.reordering else self.held[:1]


@given(
    network=NETWORKS,
    in_one_slot=some.booleans(),
    deeds=some.lists(some.tuples(some.booleans(), some.sampled_from(MESSAGES)), max_size=20),
)
def test_a_channel_holds_what_was_put_in_and_not_yet_taken_out(
    network: Network, in_one_slot: bool, deeds: list[tuple[bool, str]]
) -> None:
    closed = Channel(PAIR, network, MESSAGES)
    line: Line = Bag(PAIR, network) if in_one_slot and network.reordering else closed
    state: dict[str, Value] = dict(line.idle) if isinstance(line, Bag) else {s.name: s.domain[0] for s in closed.slots}
    reference = Reference(network)
    for puts, message in deeds:
        writes = (line.put if puts else line.take)(state.__getitem__, message)
        done = (reference.put if puts else reference.take)(message)
        assert (writes is not None) == done
        if isinstance(line, Channel):
            assert set(writes or ()) <= set(line.touched(message))
        state |= writes or {}
        assert set(line.first(state.__getitem__)) == set(reference.next())
        assert all(state[slot] == value for slot, value in line.idle.items()) == (not reference.held)
        if isinstance(line, Bag):
            assert Counter(line.first(state.__getitem__)) == Counter(reference.held)
        for most in range(3):
            seen = {slot: state[slot] for slot in line.shown(most)}
            assert line.held(seen.__getitem__, most) == min(len(reference.held), most + 1)


def test_whoever_counts_messages_looks_no_further_than_it_takes_to_see_too_many() -> None:
    line, looked = Channel(PAIR, Network(reordering=True), MESSAGES), list[str]()

    def look(slot: str) -> Value:
        looked.append(slot)
        return 1

    assert line.held(look, 0) == 1
    assert looked == ["A>B: a"]
    assert line.held(look, 1) == 2
    assert looked[1:] == ["A>B: a", "A>B: b"]


def test_a_channel_is_named_by_its_ends_and_by_the_session_of_a_third() -> None:
    assert [Pair("A", "B", session).name for session in ("", "A", "MN1")] == ["A>B", "A>B", "A>B[MN1]"]


def test_a_slot_that_holds_no_messages_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="slot 'A>B: under way' holds messages, not 3"):
        Bag(PAIR, Network(reordering=True)).first(lambda _: 3)
