"""The file beside a model that says which answers are expected: ``mine.expected.toml`` beside ``mine.py``.

A table a model, by its name, of properties and answers. Without the file nothing is expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from haboot.checker import Answer, Expected, ModelError, Place, nearest
from haboot.checker.boundary import plain
from haboot.checker.boundary import told as shown
from haboot.ledger.positions import Node, Spot
from haboot.ledger.toml_files import toml_file

Answers = Mapping[str, Mapping[str, Answer]]  # by model and property


@dataclass(frozen=True)
class Beside:
    """What a file expects, with the line of each entry."""

    path: Path
    answers: Answers = field(default_factory=dict)
    at: Node = field(default_factory=lambda: Node(Spot(1, 1)))

    @property
    def file(self) -> str:
        """The file as places name it."""
        return plain(Place(self.path, 1).file)

    def holds(self, model: str) -> bool:
        """Whether it says something of a model."""
        return model in self.answers

    def wanted(self, model: str, claim: str) -> Expected | None:
        """Return what it expects of a property."""
        answer = self.answers.get(model, {}).get(claim)
        return None if answer is None else Expected(answer, f"{self.place(model, claim)} expects it")

    def place(self, model: str, claim: str) -> Place | None:
        """Return the line that expects something of a property."""
        found = self.at.below.get(model)
        node = found and found.below.get(claim)
        return None if node is None else Place(self.path, node.spot.line)

    def updated(self, model: str, found: Mapping[str, Answer], *, whole: bool) -> str:
        """Return the file's text with what a model came to; ``whole`` as it has no other property.

        An answer that a bound left open says nothing: what was expected stays.
        """
        from haboot.ledger.writing import document, named, table  # noqa: PLC0415 - few write ledgers

        old = self.answers.get(model, {})
        kept = {claim: answer for claim, answer in old.items() if not whole or claim in found}
        told = {claim: answer for claim, answer in found.items() if answer is not Answer.INCOMPLETE}
        parts = {
            named(name): table({named(claim): str(answer) for claim, answer in answers.items()})
            for name, answers in {**self.answers, model: kept | told}.items()
        }
        return document("Written by `haboot check --update-expected`; a check fails where an answer differs.", parts)


def beside(model_file: Path) -> Beside:
    """Return what the file beside a model expects; raises ModelError, in a line, for one that cannot be read."""
    path = model_file.with_suffix(".expected.toml")
    return _read(path) if path.exists() else Beside(path)


def _read(path: Path) -> Beside:
    file = toml_file(path, "file of expected answers")
    for model, answers in file.data.items():
        if not isinstance(answers, dict):
            raise ModelError(f"{file.at([model])}: a table of properties is needed for {shown(model)}")
        for claim, answer in answers.items():
            if answer not in [*Answer]:
                near, allowed = nearest(str(answer), Answer), ", ".join(Answer)
                raise ModelError(f"{file.at([model, claim])}: {shown(answer)} is no answer{near} (allowed: {allowed})")
    known = {one: {name: Answer(said) for name, said in some.items()} for one, some in file.data.items()}
    return Beside(path, known, file.tree)
