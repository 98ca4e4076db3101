"""What a search over an abstraction has reached, each with the step that led there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, NamedTuple, TypeAlias, TypeVar

At = TypeVar("At")
Enough: TypeAlias = Callable[[int], bool]  # whether a search is to be cut, so many steps being taken


class Origin(NamedTuple, Generic[At]):
    """A step: where it began, and the name of its rule."""

    before: At
    rule: str


def way(found: Mapping[At, Origin[At] | None], at: At) -> tuple[str, ...]:
    """Return the rules of the way to something that was reached."""
    rules, origin = list[str](), found[at]
    while origin is not None:
        rules.append(origin.rule)
        origin = found[origin.before]
    return tuple(reversed(rules))


def closed(
    starts: Iterable[At], steps: Callable[[At], Iterable[tuple[At, str]]], enough: Enough
) -> tuple[dict[At, Origin[At] | None], bool]:
    """Return all that is reached, in the order in which it was, and whether that is the whole of it."""
    found: dict[At, Origin[At] | None] = dict.fromkeys(starts)
    waiting, taken = list(found), 0
    for at in waiting:  # which grows
        for after, rule in steps(at):
            taken += 1
            if enough(taken):
                return found, False
            if after not in found:
                found[after] = Origin(at, rule)
                waiting.append(after)
    return found, True
