"""Promises of fairness by the names of actions, all of them or those that a pattern matches, or by a test of steps."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from haboot.checker.boundary import ModelError, nearest, spelled, wrong
from haboot.checker.core import Action, System
from haboot.checker.properties import Fairness, StepTest
from haboot.checker.slots import Named


@spelled
def matching(system: System, *patterns: str) -> tuple[str, ...]:
    """Return the names of a system's actions that match a pattern, in its order; without one, those of its own.

    A pattern is a name, or one with ``*`` for any text and ``?`` for any character, or ``#`` and a tag. Raises
    ModelError for one that matches nothing. An action of the environment is among them only if matched: that a fault
    happens is rarely meant.

    >>> from haboot.checker import Action
    >>> two = (Action("hear a", (), (), lambda _: None), Action("say", (), (), lambda _: None))
    >>> matching(System("talk", (), ({},), two), "hear *")
    ('hear a',)
    """
    if not isinstance(system, System):
        raise wrong("a promise of fairness", "the system", system, "a System")
    names = [action.name for action in system.actions]
    tagged = {f"#{tag}" for action in system.actions for tag in action.tags}
    if not patterns:
        return tuple(action.name for action in system.actions if not action.environment)
    met = set[str]()
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise wrong("a promise of fairness", "a pattern", pattern, "a text")
        some = {one.name for one in system.actions if _matches(one, pattern)}
        if not some:
            raise ModelError(f"no action of '{system.name}' matches '{pattern}'{nearest(pattern, (*names, *tagged))}")
        met |= {pattern} if pattern in some else some
    return tuple(name for name in names if name in met)


def _matches(action: Action, pattern: str) -> bool:
    return action.name == pattern or fnmatchcase(action.name, pattern) or pattern in {f"#{tag}" for tag in action.tags}


@spelled
def weak(
    system: System, *patterns: str, name: str = "", where: StepTest | None = None, reads: Iterable[Named] = ()
) -> Fairness:
    """Promise that some actions, enabled for ever without pause, are taken again and again; see ``matching``.

    They count together: one of them taken is enough. ``where`` counts only steps that it is true of.
    """
    actions = matching(system, *patterns)
    told = name or f"weak: {', '.join(patterns) or 'all'}"
    return Fairness(told, actions, strong=False, where=where, reads=reads)


@spelled
def strong(
    system: System, *patterns: str, name: str = "", where: StepTest | None = None, reads: Iterable[Named] = ()
) -> Fairness:
    """Promise that some actions, enabled again and again, are taken again and again; see ``weak``."""
    actions = matching(system, *patterns)
    told = name or f"strong: {', '.join(patterns) or 'all'}"
    return Fairness(told, actions, strong=True, where=where, reads=reads)
