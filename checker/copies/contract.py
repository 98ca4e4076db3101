"""What a copy may do to what is shared: found in its own tables, and the contract that they keep.

The contract of an instance with a resource: it takes one unit when it holds none, and gives one back when it holds one.
It is proven on the instance's table, closed over every message that can reach it, so it rests on nothing that others
do. What the table takes and gives, and what of the shared part it looks at then, is what the others may do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from haboot.checker.boundary import ModelError
from haboot.checker.branches import Part, branches
from haboot.checker.core import System, Value
from haboot.checker.machines import SHARED, Closure, Composition, Config, Input, Instance, Reaction, Trigger, title
from haboot.checker.slots import View

Guard = tuple[tuple[Input, Value], ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """What others may do to a resource: take a unit or give one back, where one of some guards is met.

    A guard is of what is shared; an empty one is always met.
    """

    resource: str
    taken: int
    guards: tuple[Guard, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The shared slots that its guards look at."""
        return tuple(dict.fromkeys(slot for guard in self.guards for source, _ in guard for slot in source.reads))

    def is_met(self, view: View) -> bool:
        """Whether the shared part lets some copy do it."""
        place = "a guard of the others"
        return any(all(source.seen(place, view) == due for source, due in guard) for guard in self.guards)


def looked_at(composition: Composition) -> frozenset[str]:
    """Return the resources of which somebody looks at the count; of others no step depends on it."""
    inputs = [source for one in composition.instances for source in one.inputs.values() if isinstance(source, Input)]
    slots = {slot for source in (*inputs, *composition.down.values()) for slot in source.reads}
    return frozenset(one.name for one in composition.resources if one.name in slots)


def require_alike_beyond(composition: Composition, system: System, top: int) -> None:
    """Raise ModelError where somebody tells counts of a resource apart from the top on, as far as it is counted."""
    domains = {slot.name: slot.domain for slot in system.slots}
    looks = [
        (f"instance '{one.name}', input '{name}'", source)
        for one in composition.instances
        for name, source in one.inputs.items()
        if isinstance(source, Input)
    ]
    looks += [(f"down of {host!r}", source) for host, source in composition.down.items()]
    for place, source in looks:
        for name in looked_at(composition).intersection(source.reads):
            high = range(top, len(domains[name]))
            tables = [_table(source, {**domains, name: (one,)}) for one in high]
            if any(one != tables[0] for one in tables):
                raise ModelError(f"{place} tells counts of '{name}' apart from {top} on; let `most` be higher")


def _table(source: Input, domains: Mapping[str, Sequence[Value]]) -> list[tuple[list[Value], Value]]:
    """Return what an observation sees, by all values that it looks at where there is a choice."""
    told = branches(lambda see: source.seen("an input", Part(source.reads, see)), domains)
    return [([read[name] for name in read if len(domains[name]) > 1], value) for read, value in told]


def deeds(closure: Closure, owner: Mapping[str, str], family: str) -> tuple[Deed, ...]:
    """Return what a copy may do to the resources; raise ModelError where one does not keep the contract."""
    found: dict[tuple[str, int], dict[Guard, None]] = {}
    composition, takers = closure.composition, set[str]()
    for one in composition.instances:
        takes = False
        for _, trigger, seen, reaction in _cells(closure, one):
            if reaction.taken and one.resource:
                takes = True
                guard = (*_up(composition, one, trigger, owner), *_seen(one, seen, owner))
                found.setdefault((one.resource, reaction.taken), {})[guard] = None
        if takes:
            _require_kept(closure, one, family)
            if closure.met and one.session in takers:
                fault = "another one of its copy does so too, and in a step that several take part in both might"
                raise ModelError(f"family '{family}': instance '{one.name}' takes '{one.resource}', but {fault}")
            takers.add(one.session)
    return tuple(Deed(*what, tuple(guards)) for what, guards in found.items())


def _cells(closure: Closure, one: Instance) -> Iterator[tuple[Config, Trigger, Mapping[str, Value], Reaction]]:
    """Yield all that an instance may do, in each of its configurations."""
    for trigger, message in closure.triggers(one):
        for config in tuple(closure.configs[one.name]):
            for seen, reaction in closure.tables.of[one.name].cell(config, trigger, message):
                yield config, trigger, seen, reaction


def _seen(one: Instance, seen: Mapping[str, Value], owner: Mapping[str, str]) -> Iterator[tuple[Input, Value]]:
    """What of the shared part alone an instance looks at, with what it sees there."""
    for name, value in seen.items():
        source = one.inputs.get(name)
        if isinstance(source, Input) and all(owner[slot] == SHARED for slot in source.reads):
            yield source, value


def _up(
    composition: Composition, one: Instance, trigger: Trigger, owner: Mapping[str, str]
) -> Iterator[tuple[Input, Value]]:
    """That its host is up, where what is shared tells; who undergoes a trigger does so wherever its leader is."""
    undergone = any(one.name in joint.followers and joint.trigger == trigger for joint in composition.joint)
    when = composition.down.get(one.host)
    needs = isinstance(trigger, type) or not (one.outside or undergone)
    if needs and when is not None and all(owner[slot] == SHARED for slot in when.reads):
        yield when, False


def _require_kept(closure: Closure, one: Instance, family: str) -> None:
    """Raise ModelError unless what an instance holds is always none or one, along every path through its table."""
    place = f"family '{family}': instance '{one.name}'"
    if one.session == SHARED:
        raise ModelError(f"{place} takes '{one.resource}', and no copy owns it: what it holds is nobody's share")
    for joint in closure.composition.joint:
        if one.name in {joint.leader, *joint.followers} and _takes(closure, one, joint.trigger):
            raise ModelError(f"{place} takes or gives '{one.resource}' in '{joint.trigger}', which others undergo")
    steps: dict[Config, list[tuple[Config, int, str]]] = {}
    for config, trigger, _, reaction in _cells(closure, one):
        steps.setdefault(config, []).append((reaction.after, reaction.taken, title(trigger)))
    waiting = [(config, 0) for config in one.beginning({})]
    met = set(waiting)
    while waiting:
        config, holds = waiting.pop()
        for after, taken, what in steps.get(config, ()):
            if holds + taken not in {0, 1}:
                deed = "gives back what it does not hold" if taken < 0 else "takes more than one unit"
                raise ModelError(f"{place} {deed} of '{one.resource}': '{what}' in {config} when it holds {holds}")
            if (after, holds + taken) not in met:
                met.add((after, holds + taken))
                waiting.append((after, holds + taken))


def _takes(closure: Closure, one: Instance, trigger: str) -> bool:
    return any(reaction.taken for _, fired, _, reaction in _cells(closure, one) if fired == trigger)
