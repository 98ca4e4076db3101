"""What a rule does where a copy sees this and the others see that: the one meaning of rules, for members and proofs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from haboot.checker.boundary import ModelError, authored, shown
from haboot.checker.copies.declared import Copies, Rule, require_bool
from haboot.checker.core import Value, View

Seen = Mapping[str, Value]
DUE = "a mapping from slots' names to new values, several of these, or None"


def results(model: Copies, rule: Rule, me: Seen) -> tuple[dict[str, Value], ...]:
    """Return what the step of who sees this may write; nothing where it cannot be taken."""
    given = _asked(rule.label, rule.effect, me)
    if given is None:
        return ()
    every = (given,) if isinstance(given, Mapping) else given
    if isinstance(every, (str, bytes)) or not isinstance(every, Iterable):
        raise ModelError(f"{rule.label} returned {shown(given)}; {DUE} is due")
    with authored(rule.label):
        found = tuple(every)
    for one in found:
        if not isinstance(one, Mapping):
            raise ModelError(f"{rule.label} returned {shown(one)}; {DUE} is due")
    return tuple(model.allowed(rule, one) for one in found)


def admits(rule: Rule, me: Seen, other: Seen) -> bool:
    """Whether another copy that sees that lets the step be taken."""
    place = f"{rule.label}, every,"
    return rule.every is None or require_bool(place, _asked(place, rule.every, me, other))


def done(model: Copies, rule: Rule, me: Seen, other: Seen) -> dict[str, Value]:
    """Return what the step writes of what another copy has."""
    place = f"{rule.label}, others,"
    given = None if rule.others is None else _asked(place, rule.others, me, other)
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ModelError(f"{place} returned {shown(given)}; a mapping of what a copy has, or None, is due")
    return model.allowed(rule, given, of_other=True)


def _asked(place: str, asked: object, *seen: Seen) -> object:
    views = [View(one, place, whole=True) for one in seen]
    with authored(place):
        answer = asked(*views)  # type: ignore[operator]
    for one in views:
        one.require_declared()
    return answer
