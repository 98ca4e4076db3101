"""A system in Murphi's language, for Rumur and its like: a rule a step, a slot a variable over the places of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haboot.checker import Asked, Kind
from haboot.exports.compiled import Compiled
from haboot.exports.languages import MURPHI, Speech
from haboot.exports.promela import valued
from haboot.exports.signals import Decided, Role, Signal, Subject


def as_murphi(decided: Decided, *, counted: bool = False) -> str:
    """Return a system in Murphi's language, with what single states, steps and ends say of its properties.

    What breaks one is an error there. If ``counted``, every signal is a ``cover`` instead, told by its number, which
    Rumur counts and goes on.
    """
    compiled, say = decided.compiled, Speech(MURPHI, decided)
    lines = [f"-- {line(compiled.system.name)}, made by haboot from its compiled tables.", "var"]
    lines += [
        f"  {name}: 0 .. {size - 1}; -- {line(slot.name)}: {line(valued(slot.domain))}"
        for slot, name, size in zip(compiled.system.slots, compiled.names, compiled.sizes, strict=True)
    ]
    for state in compiled.initial:
        lines.append(f"startstate begin {_assigned(compiled, tuple(enumerate(state)))} end;")
    lines += _rules(say, counted=counted)
    for one in decided.about(Subject.STATE, Subject.END):
        lines += [f"{told};" for told in _told(say, one, say.signal(one), counted=counted)]
    if not counted:
        lines += _recoverable(say)
    return "\n".join(lines) + "\n"


def line(text: str) -> str:
    """Return a text in one line, as a comment or a name in quotes has it."""
    return text.replace("\n", " ").replace('"', "'")


def _assigned(compiled: Compiled, patch: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{compiled.names[place]} := {index};" for place, index in patch)


def _rules(say: Speech, *, counted: bool) -> Iterator[str]:
    for number, step in enumerate(say.compiled.steps):
        if step.patch is None:
            continue
        told = list[str]()
        for one in say.decided.about(Subject.STEP):
            test = say.step(one.query, step)
            if test != say.language.false:
                told += _told(say, one, test, counted=counted)
        name = f'"{number}: {line(say.compiled.action(step))}"'
        does = f"{''.join(f'{each}; ' for each in told)}{_assigned(say.compiled, step.patch)}"
        yield f"rule {name} {say.path(step.path)} ==> begin {does} end;"


def _told(say: Speech, one: Signal, test: str, *, counted: bool) -> Iterator[str]:
    """Yield how a signal is told: counted, or as an error where it breaks a property."""
    if counted:
        yield f'cover {test} "{one.number}"'
    elif one.role is Role.BROKEN:
        word = "assert" if one.subject is Subject.STEP else "invariant"
        yield f'{word} {say.language.negated(test)} "{line(one.claim.name)}"'
    else:
        yield f'cover {test} "{one.role}: {line(one.claim.name)}"'


def _recoverable(say: Speech) -> Iterator[str]:
    """Yield what Rumur calls liveness, for what may be reached from everywhere by any step, which means the same."""
    for claim in say.decided.claims:
        if claim.kind is Kind.RECOVERABLE and claim.with_environment:
            for clause in claim.clauses:
                if not clause.conditional:
                    yield f'liveness "{line(claim.name)}" {say.state(Asked(claim, clause).goal)};'
