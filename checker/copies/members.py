"""The model of a number of copies, exactly: a system with the slots of each, its properties, and its symmetry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any

from haboot.checker.boundary import given
from haboot.checker.copies.declared import Among, Copies, Count, Rule, Who, require_bool
from haboot.checker.copies.firing import admits, done, results
from haboot.checker.copies.replicated import Replicated
from haboot.checker.core import Action, Slot, System, Value, View
from haboot.checker.domains import Array, array
from haboot.checker.interchange import Interchangeable
from haboot.checker.models import Model
from haboot.checker.properties import Clause, Kind, Property, anything

NOBODY = None  # what a slot that names a copy holds where it names none


def member(family: Copies | Replicated, number: int) -> Model:
    """Return the model of so many copies, named 1, 2 and so on; properties of more copies than there are left out."""
    given.count(f"'{family.name}'", "the number of copies", number)
    if isinstance(family, Copies):
        return _Member(family, tuple(range(1, number + 1))).made()
    return Model(f"{family.name} {number}", family.of(number), family.claims(number, family.system(number)))


@dataclass(frozen=True)
class _Seen(Mapping[str, Value]):
    """What a copy sees of a state, looked up when it is asked; of nobody, what is shared."""

    model: Copies
    view: Mapping[str, Value]
    key: int | None

    def __getitem__(self, name: str) -> Value:
        if self.key is not None and name in self.model.own_names:
            return self.view[f"{name} {self.key}"]
        if name in self.model.naming:
            named = self.view[name]
            return Who.NOBODY if named is NOBODY else Who.ME if named == self.key else Who.OTHER
        if name in self.model.shared_names:
            return self.view[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        own = () if self.key is None else tuple(one.name for one in self.model.own)
        return iter((*own, *(one.name for one in self.model.shared), *self.model.naming))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class _Member:
    model: Copies
    keys: tuple[int, ...]

    def made(self) -> Model:
        name = f"{self.model.name} {len(self.keys)}"
        properties = tuple(self._properties())
        return Model(name, self._system(name), properties, summary=self.model.summary)

    @property
    def _arrays(self) -> tuple[Array[int, Any], ...]:
        return tuple(array(one.name, self.keys, one.domain) for one in self.model.own)

    def _system(self, name: str) -> System:
        arrays, model = self._arrays, self.model
        naming = tuple(Slot(one, (NOBODY, *self.keys)) for one in model.naming)
        initial: dict[str, Value] = {one.name: model.start[one.name] for one in model.shared}
        initial |= {slot.name: model.start[one.name] for one in arrays for slot in one}
        initial |= {slot.name: NOBODY for slot in naming}
        slots = (*(slot for one in arrays for slot in one), *model.shared, *naming)
        symmetry = (Interchangeable(self.keys, arrays, naming),) if len(self.keys) > 1 else ()
        return System(name, slots, (initial,), tuple(self._actions()), symmetry=symmetry)

    def _actions(self) -> Iterator[Action]:
        for rule in self.model.rules:
            for key in (None,) if rule.shared else self.keys:
                name = rule.name if key is None else f"{self.model.noun} {key} {rule.name}"
                yield Action(name, effect=partial(self._effect, rule, key))

    def _effect(self, rule: Rule, key: int | None, view: View) -> list[dict[str, Value]]:
        me = _Seen(self.model, view, key)
        found = results(self.model, rule, me)
        others = {other: _Seen(self.model, view, other) for other in self.keys if other != key} if found else {}
        if not all(admits(rule, me, other) for other in others.values()):
            return []
        changed = ((one, done(self.model, rule, me, other)) for one, other in others.items())
        more = {f"{name} {one}": value for one, writes in changed for name, value in writes.items()}
        return [{**self._written(one, key), **more} for one in found]

    def _written(self, writes: Mapping[str, Value], key: int | None) -> dict[str, Value]:
        made: dict[str, Value] = {}
        for name, value in writes.items():
            if name in self.model.own_names:
                made[f"{name} {key}"] = value
            else:
                made[name] = (key if value is Who.ME else NOBODY) if name in self.model.naming else value
        return made

    def _properties(self) -> Iterator[Property]:
        for one in self.model.properties:
            if isinstance(one, Count):
                clauses: tuple[Clause, ...] = (Clause(self._reads(self.keys), self._counting(one)),)
            else:
                clauses = tuple(self._clause(one, keys) for keys in permutations(self.keys, one.copies))
            if clauses:
                yield Property(one.name, Kind.ALWAYS, clauses, one.statement, one.cites)

    def _reads(self, keys: tuple[int, ...]) -> tuple[str, ...]:
        shared = (*(one.name for one in self.model.shared), *self.model.naming)
        return (*(f"{one.name} {key}" for key in keys for one in self.model.own), *shared)

    def _clause(self, claim: Among, keys: tuple[int, ...]) -> Clause:
        def asks(what: str, test: Callable[..., bool]) -> Callable[[View], bool]:
            def ask(view: View) -> bool:
                seen = (View(_Seen(self.model, view, key), claim.label, whole=True) for key in keys)
                return require_bool(f"{claim.label}, {what},", test(*seen))

            return ask

        premise = anything if claim.premise is None else asks("premise", claim.premise)
        about = " and ".join(f"{self.model.noun} {key}" for key in keys)
        return Clause(self._reads(keys), asks("holds", claim.holds), premise, about)

    def _counting(self, claim: Count) -> Callable[[View], bool]:
        def holds(view: View) -> bool:
            seen = (View(_Seen(self.model, view, key), claim.label, whole=True) for key in self.keys)
            number = sum(require_bool(f"{claim.label}, of,", claim.of(one)) for one in seen)
            shared = View(_Seen(self.model, view, None), claim.label, whole=True)
            return require_bool(f"{claim.label}, holds,", claim.holds(shared, min(number, claim.most + 1)))

        return holds
