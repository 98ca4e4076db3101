"""What a check answers: verdicts, and the report that holds them.

The answers keep apart what peers often blend: a search that was cut never counts as success, nor does a property whose
premise never came true.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from haboot.checker.boundary import ModelError, amount, nearest, plain
from haboot.checker.properties import Property
from haboot.checker.sheets import frame, html, lines
from haboot.checker.spaces import StateSpace, told
from haboot.checker.traces import Step, Trace

NO_INVARIANT = "no inductive invariant"  # what a basis says of where none is told, and why


class Answer(StrEnum):
    """The four answers; only HOLDS is a success."""

    HOLDS = "HOLDS"
    VIOLATED = "VIOLATED"
    UNREACHED = "UNREACHED"
    INCOMPLETE = "INCOMPLETE"


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The answer to one property, with what it rests on.

    ``note`` names the part that broke, or why there is no answer; ``basis`` what the answer rests on beside the model:
    a constraint, what counts as a step, what was only sampled. ``neglected`` are the actions enabled on a liveness loop
    that no fairness constraint covers: a promise of fairness to one of them may be what is missing. What is proven of
    every number of copies may tell the ``simulation`` that carries the proof, and the conjuncts of an inductive
    ``invariant``.
    """

    property: Property
    answer: Answer
    trace: Trace | None = None
    note: str = ""
    neglected: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    simulation: str = ""
    invariant: tuple[str, ...] = ()

    def lacks_invariant(self) -> bool:
        """Whether an inductive invariant was asked for and none is told; its basis says why."""
        return any(NO_INVARIANT in told for told in self.basis)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps of its trace, none where it has no trace."""
        return () if self.trace is None else self.trace.steps

    def row(self) -> dict[str, object]:
        """Return what it says as a row of a table: ``steps`` and ``loop`` are those of its trace."""
        length, loop = (None, None) if self.trace is None else (len(self.trace), self.trace.loop)
        about = {"property": self.property.name, "kind": str(self.property.kind), "answer": str(self.answer)}
        return {**about, "steps": length, "loop": loop, "facts": self.facts()}

    def told(self) -> tuple[str, str, str]:
        """Return its answer, its name, and what more there is to say, as cells of a line."""
        length = () if self.trace is None else (f"trace of {amount(len(self.trace), 'step')}",)
        return str(self.answer), self.property.name, "; ".join((*length, *self.facts()))

    def __repr__(self) -> str:
        return f"<Verdict '{plain(self.property.name)}': {self.answer}>"

    def __str__(self) -> str:
        """Its answer in a line, and the steps of its trace."""
        return lines([self.told()]).lstrip() + ("" if self.trace is None else f"\n{self.trace}")

    def _repr_html_(self) -> str:
        steps = [{"step": n, "action": one.action, "changes": one.told()} for n, one in enumerate(self.steps(), 1)]
        return html(f"{self.property.name}: {self.answer}", [self.row()]) + (html("its trace", steps) if steps else "")

    def facts(self) -> tuple[str, ...]:
        """Return its note, if any, and what it rests on."""
        return (*([self.note] if self.note else []), *self.basis)


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """All verdicts of one exploration, and the exploration itself."""

    space: StateSpace
    verdicts: tuple[Verdict, ...]
    seconds: float

    @property
    def dead_actions(self) -> tuple[str, ...]:
        """The actions that never produced a successor."""
        return tuple(action.name for action in self.space.system.actions if action.name not in self.space.alive)

    def rows(self) -> list[dict[str, object]]:
        """Return a row for each verdict."""
        return [one.row() for one in self.verdicts]

    def to_frame(self) -> Any:
        """Return its rows as a ``pandas.DataFrame`` by property; raises ModelError where pandas is not installed."""
        return frame(self.rows(), "property")

    def __repr__(self) -> str:
        return f"<Report on '{plain(self.space.system.name)}': {amount(len(self.verdicts), 'verdict')}>"

    def __str__(self) -> str:
        """What was explored in a line, and a line for each verdict."""
        head = f"{plain(self.space.system.name)}: {told(self.space)}"
        return "\n".join([head, *([lines(one.told() for one in self.verdicts)] if self.verdicts else [])])

    def _repr_html_(self) -> str:
        return html(f"{self.space.system.name}: {told(self.space)}", self.rows())

    def __getitem__(self, name: str) -> Verdict:
        for verdict in self.verdicts:
            if verdict.property.name == name:
                return verdict
        names = [verdict.property.name for verdict in self.verdicts]
        raise ModelError(f"no property '{name}' was asked{nearest(name, names)} (there are: {', '.join(names)})")
