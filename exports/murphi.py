"""A system in Murphi's language, for Rumur and its like: a rule a step, a slot a variable over the places of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haboot.checker import Asked, Kind, Property
from haboot.exports.compiled import Compiled
from haboot.exports.languages import MURPHI, Speech
from haboot.exports.promela import valued
from haboot.exports.signals import Decided, Role, Signal, Subject, signals_of


def as_murphi(compiled: Compiled, claims: Sequence[Property] = (), *, counted: bool = False) -> str:
    """Return a system in Murphi's language, with what single states, steps and ends say of some properties.

    What breaks one is an error there. If ``counted``, every signal is a ``cover`` instead, told by its number, which
    Rumur counts and goes on.
    """
    asked, decided, say = signals_of(claims), Decided(compiled), Speech(MURPHI, compiled.names, compiled.sizes)
    lines = [f"-- {line(compiled.system.name)}, made by haboot from its compiled tables.", "var"]
    lines += [
        f"  {name}: 0 .. {size - 1}; -- {line(slot.name)}: {line(valued(slot.domain))}"
        for slot, name, size in zip(compiled.system.slots, compiled.names, compiled.sizes, strict=True)
    ]
    for state in compiled.initial:
        lines.append(f"startstate begin {_assigned(compiled, tuple(enumerate(state)))} end;")
    lines += _rules(compiled, say, decided, asked, counted=counted)
    lines += _properties(compiled, say, decided, asked, counted=counted)
    if not counted:
        lines += _recoverable(say, decided, claims)
    return "\n".join(lines) + "\n"


def line(text: str) -> str:
    """Return a text in one line, as a comment or a name in quotes has it."""
    return text.replace("\n", " ").replace('"', "'")


def _assigned(compiled: Compiled, patch: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{compiled.names[place]} := {index};" for place, index in patch)


def _rules(
    compiled: Compiled, say: Speech, decided: Decided, asked: Sequence[Signal], *, counted: bool
) -> Iterator[str]:
    of_steps = [one for one in asked if one.subject is Subject.STEP]
    for number, step in enumerate(compiled.steps):
        if step.patch is None:
            continue
        told = list[str]()
        for one in of_steps:
            test = say.tree(decided.step(one.query, step))
            if test != say.language.false:
                told += _told(say, one, test, counted=counted)
        name = f'"{number}: {line(compiled.action(step))}"'
        does = f"{''.join(f'{each}; ' for each in told)}{_assigned(compiled, step.patch)}"
        yield f"rule {name} {say.path(step.path)} ==> begin {does} end;"


def _properties(
    compiled: Compiled, say: Speech, decided: Decided, asked: Sequence[Signal], *, counted: bool
) -> Iterator[str]:
    for one in asked:
        if one.subject is Subject.STEP:
            continue
        test = say.tree(decided.state(one.query))
        if one.subject is Subject.END:
            stuck = [say.language.negated(say.tree(tree)) for tree in compiled.enabled()]
            test = say.language.every([f"({test})", *stuck])
        yield from (f"{each};" for each in _told(say, one, test, counted=counted))


def _told(say: Speech, one: Signal, test: str, *, counted: bool) -> Iterator[str]:
    """Yield how a signal is told: counted, or as an error where it breaks a property."""
    if counted:
        yield f'cover {test} "{one.number}"'
    elif one.role is Role.BROKEN:
        word = "assert" if one.subject is Subject.STEP else "invariant"
        yield f'{word} {say.language.negated(test)} "{line(one.claim.name)}"'
    else:
        yield f'cover {test} "{one.role}: {line(one.claim.name)}"'


def _recoverable(say: Speech, decided: Decided, claims: Sequence[Property]) -> Iterator[str]:
    """Yield what Rumur calls liveness, for what may be reached from everywhere by any step, which means the same."""
    for claim in claims:
        if claim.kind is Kind.RECOVERABLE and claim.with_environment:
            for clause in claim.clauses:
                if not clause.conditional:
                    goal = say.tree(decided.state(Asked(claim, clause).goal))
                    yield f'liveness "{line(claim.name)}" {goal};'
