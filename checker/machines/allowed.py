"""The families of a composition: everything that it may assume at once, with what each step and each start needs.

What the network does when it duplicates has two sides: a copy may be received, and a message equal to the last one sent
is merged with it. So whether it does is a circumstance like any other, chosen by the first step that it makes a
difference to. Reordering changes what a channel is, so it has a family of its own in which all else happens as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from haboot.checker.boundary import NOTHING, Needs, authored, met, of_value, together
from haboot.checker.core import Action, Outcome, Slot, System, View
from haboot.checker.evaluating import as_steady, evaluate
from haboot.checker.families import Family, is_open, opened, under
from haboot.checker.machines.closing import Bounded, BoundedTables, close_up_to
from haboot.checker.machines.closure import Pool, close
from haboot.checker.machines.composition import Composition
from haboot.checker.machines.events import Sent
from haboot.checker.machines.product import Actions, laid_out
from haboot.checker.machines.starts import Fact

DUPLICATES = "network duplicates"


def assumptions(composition: Composition) -> frozenset[str]:
    """Return what its network needs for what it does to channels, which no action or initial value says."""
    network = composition.network
    deeds = ("duplication", "reordering")
    return frozenset().union(*(one for deed in deeds if getattr(network, deed) for one in network.needs(deed)))


def allowing(composition: Composition) -> Callable[[frozenset[str]], System]:
    """Return a function from assumptions to what is there of a composition under exactly these; see ``under``.

    Its channels are then those of a network that neither duplicates nor reorders where nobody assumed that it does.
    """
    closure, network = close(composition), composition.network

    @cache
    def wired(duplication: bool, reordering: bool) -> System:
        kept = replace(network, reordering=reordering)
        here = replace(closure, composition=replace(composition, network=kept), touched={})
        apart = kept if duplication else replace(kept, duplication=False, at_most={})
        channels = {pair: replace(one, network=apart) for pair, one in here.channels.items()}
        with authored(f"composition '{composition.name}'"):
            slots, initial = laid_out(here, here.composition, channels)
            return System(composition.name, slots, initial, tuple(Actions(here, here.tables, channels).all()))

    def allowed(assumed: frozenset[str]) -> System:
        does = (getattr(network, deed) and met(network.needs(deed), assumed) for deed in ("duplication", "reordering"))
        return under(wired(*does), assumed)

    return allowed


def families(
    composition: Composition, most: int, given: frozenset[str] = frozenset(), pool: Pool | None = None
) -> Iterator[Family]:
    """Return the families that together do all that a composition may under up to ``most`` assumptions at once.

    There are two where reordering is assumed, else one; what is ``given`` does not count.
    """
    closure = close_up_to(composition, most, given, pool)
    network = composition.network
    assumed = network.needs("reordering")
    if not network.reordering or assumed == NOTHING:
        yield _family(composition, closure)
        return
    if not met(assumed, given):
        yield _family(replace(composition, network=replace(network, reordering=False)), closure)
    reordered = _family(composition, closure)
    yield replace(reordered, starts=tuple(together((one, assumed)) for one in reordered.starts))


def _family(composition: Composition, closed: Bounded) -> Family:
    closure = replace(closed, composition=composition, touched={})
    tables, network = BoundedTables(closure), composition.network
    assumed = network.needs("duplication")
    apart = replace(network, duplication=False, at_most={}) if network.merges and assumed != NOTHING else network
    duplicates = Fact(DUPLICATES, (False, True), assumes={True: assumed}) if apart is not network else None
    facts = (*composition.facts, *([] if duplicates is None else [duplicates]))
    values = {one.name: tuple((value, of_value(one.assumes, value)) for value in one.values) for one in facts}
    fixed = {name for start in composition.starts for name in start.values}
    circumstances = {name: some for name, some in values.items() if is_open(some) and name not in fixed}
    narrow = replace(
        composition,
        facts=tuple(
            replace(one, values=one.values[:1], assumes=()) if one.name in circumstances else one
            for one in composition.facts
        ),
    )
    channels = {pair: replace(one, network=apart) for pair, one in closure.channels.items()}
    with authored(f"composition '{composition.name}'"):
        slots, initial = laid_out(closure, narrow, channels)
        if duplicates is None:
            actions = tuple(Actions(closure, tables).all())
        else:
            slots = (Slot(duplicates.name, duplicates.values, assumes=duplicates.assumes), *slots)
            initial = tuple({duplicates.name: False, **one} for one in initial)
            ways = Actions(closure, tables, channels).all(), Actions(closure, tables).all()
            actions = tuple(_either(*both, assumed) for both in zip(*ways, strict=True))
        return opened(System(composition.name, slots, initial, actions), circumstances)


def _either(apart: Action, merging: Action, assumed: Needs) -> Action:
    """Return an action that sends as a network does that duplicates, or that does not, where this makes a difference.

    What needs duplication, and perhaps more, is there where the network duplicates.
    """
    only = all(met(assumed, one) for one in apart.assumes)

    def effect(view: View) -> tuple[Outcome, ...]:
        if only:
            copied = evaluate(merging, view)
            return copied if copied and view[DUPLICATES] else ()
        usual = evaluate(apart, view)
        if usual and not any(isinstance(event, Sent) for one in usual for event in one.events) and not usual[0].bound:
            return usual
        merged = evaluate(merging, view)
        return merged if merged != usual and view[DUPLICATES] else usual

    return replace(apart, reads=(*apart.reads, DUPLICATES), effect=as_steady(effect, apart.effect, merging.effect))
