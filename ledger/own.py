"""A model of one's own as what a check is about: its author, or the file beside it, says what to expect of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, NoReturn

from haboot.checker import (
    Answer,
    Composition,
    Expected,
    Kind,
    Limits,
    Model,
    ModelError,
    Place,
    Progress,
    Property,
    System,
    Trace,
    as_itf,
    required,
    stated_at,
    step_place,
)
from haboot.checker.boundary import plain
from haboot.checker.copies import Among, Copies, Replicated, member
from haboot.ledger.beside import Beside, beside
from haboot.ledger.modules import blamed
from haboot.ledger.subject import Stated
from haboot.properties import Explored, Slots, concluded, searched

if TYPE_CHECKING:
    from haboot.checker.fuzzing import World


def no_scenario(name: str) -> str:
    """Return what is told of a model of somebody's own where a scenario is due."""
    return f"'{name}' is a model of your own: this is for the scenarios that haboot has"


@dataclass(frozen=True, slots=True)
class Own:
    """See Subject.

    ``name`` is what results call it, which is the model's unless another has it too, and ``word`` what the command
    understands as it. ``written`` is where it stands, and ``beside`` the file of what is expected. Of a ``family`` it
    is the member of a ``number``; without one it is of every number, and ``model`` is a small member. With ``faults``
    it is what is there of the model under exactly these assumptions.
    """

    model: Model = field(compare=False)
    name: str
    word: str
    written: Place
    beside: Beside = field(compare=False)
    family: Copies | Replicated | None = field(default=None, compare=False)
    number: int | None = None
    faults: frozenset[str] | None = None

    @property
    def scenario(self) -> NoReturn:
        """There is none; raises ModelError."""
        raise ModelError(no_scenario(self.asked_as))

    @property
    def of_protocol(self) -> bool:
        """It is somebody else's."""
        return False

    @property
    def about(self) -> str:
        """The same line."""
        return self.summary

    @property
    def asked_as(self) -> str:
        """The word for it, as a shell takes it, with how many copies it has."""
        return quote(self.word) if self.number is None else f"{quote(self.word)} --copies {self.number}"

    @property
    def noun(self) -> str:
        """It is a model."""
        return "model"

    @property
    def summary(self) -> str:
        """The model's summary, and what its sizes are of where it is of every number."""
        if not self.is_open or self.family is None:
            return self.model.summary
        told = f"for every number of {self.family.nouns}; sizes of the largest explored"
        return f"{self.model.summary}; {told}" if self.model.summary else told

    @property
    def is_open(self) -> bool:
        """Whether it is of every number of copies."""
        return self.family is not None and self.number is None

    @property
    def assumed(self) -> None:
        """Nothing can be assumed: a model says itself what may happen."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Where it is written."""
        return {"file": self.written.file, "line": self.written.line}

    @property
    def strict(self) -> bool:
        """A property of one's own is meant to hold."""
        return True

    def reading(self, file: str) -> str:
        """See Subject; the file names no code of an author's, so that the word for it does."""
        return f"haboot trace {self.asked_as} --from {quote(file)}"

    @property
    def source(self) -> str:
        """The file beside it, or its author."""
        return self.beside.file if self.beside.holds(self.model.name) else "its author"

    @property
    def sought(self) -> None:
        """No property is singled out."""

    @property
    def catalogue(self) -> tuple[Property, ...]:
        """Its properties."""
        return tuple(self.model.properties)

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The states of its machines; none where it has no machines."""
        composition = self.composition()
        return () if composition is None else tuple(one.slots[0] for one in composition.instances)

    def asked(self) -> tuple[Property, ...]:
        """See Subject."""
        return self.catalogue

    def cited(self, claim: Stated) -> tuple[str, ...]:
        """See Subject."""
        return tuple(claim.cites)

    def renamed(self, name: str) -> Own:
        """See Subject."""
        return replace(self, name=name)

    def under(self, faults: Collection[str]) -> Own:
        """Return what is there of the model under exactly some faults; raise ModelError for one that nothing needs."""
        self.model.require_assumed(faults)
        return replace(self, name=f"{self.name} under {', '.join(faults) or 'nothing'}", faults=frozenset(faults))

    def explored(self, limits: Limits, progress: Progress, engine: str, only: Collection[str]) -> Explored:
        """See Subject."""
        if self.is_open and self.family is not None:
            return concluded(self.family, limits, progress, engine, only=only)

        def made() -> tuple[System, tuple[Property, ...]]:
            system = self.model.composed() if self.faults is None else self.model.allowing()(self.faults)
            return system, self.catalogue

        return searched(f"model '{self.name}'", made, limits, progress, engine, only=only)

    @property
    def kept_in(self) -> Path:
        """The file beside the model's."""
        return self.beside.path

    @property
    def kept_as(self) -> str:
        """The model's own name."""
        return self.model.name

    def noting(self, answers: Mapping[str, Answer], *, whole: bool) -> str:
        """See Subject; what the model says itself is left out."""
        rest = {name: one for name, one in answers.items() if self.model.wanted(name) is None}
        return self.beside.updated(self.model.name, rest, whole=whole)

    def read_again(self) -> Own:
        """See Subject."""
        return replace(self, beside=beside(self.written.path))

    def blamed(self) -> AbstractContextManager[None]:
        """See Subject."""
        return blamed(self.written.path)

    def composition(self) -> Composition | None:
        """See Subject."""
        return self.model.composition

    def world(self) -> World:
        """See Subject."""
        from haboot.checker.fuzzing import world_of  # noqa: PLC0415 - loads hypothesis, which few need

        return world_of(self.model.system)

    def run_properties(self, world: World) -> tuple[Property, ...]:  # noqa: ARG002 - the same in each
        """See Subject; raises ModelError for a name that its system does not have."""
        system = self.model.system
        return required(system, self.catalogue) if isinstance(system, System) else self.catalogue

    def properties_over(
        self,
        slots: Slots,  # noqa: ARG002 - the same over any
        actions: Sequence[str],  # noqa: ARG002 - as above
    ) -> tuple[Property, ...]:
        """See Subject."""
        return self.catalogue

    @property
    def sources(self) -> tuple[Path, ...]:
        """Its file."""
        return (self.written.path,)

    def expected(self, claim: str, kind: Kind) -> Answer | None:  # noqa: ARG002 - whatever its kind
        """See Subject."""
        wanted = self._wanted(claim)
        return wanted and wanted.answer

    def _wanted(self, claim: str) -> Expected | None:
        """What its author says, else what the file beside it does."""
        return self.model.wanted(claim) or self.beside.wanted(self.model.name, claim)

    def may_break(self, claim: Property) -> bool:
        """See Subject."""
        return self.expected(claim.name, claim.kind) is Answer.VIOLATED

    def reason(self, claim: str) -> str:
        """See Subject."""
        wanted = self._wanted(claim)
        return wanted.reason if wanted else ""

    def expects(self, claim: str, wanted: Answer | None) -> str:
        """See Subject.

        Who says nothing of a property says nothing at all, so that nobody is named.
        """
        if wanted is None:
            return "nothing was expected of it"
        return f"{self._expecting(claim) or 'its author'} expects {wanted}"

    def _expecting(self, claim: str) -> Place | None:
        """The line that says what to expect of a property, where it is one of the file beside the model."""
        return None if self.model.wanted(claim) else self.beside.place(self.model.name, claim)

    def rests(self, claim: Property) -> str:  # noqa: ARG002 - nothing is kept
        """See Subject."""
        return ""

    def places(self, claim: str) -> tuple[Place, ...]:
        """See Subject."""
        stated = (stated_at(one) for one in self.catalogue if one.name == claim)
        known = (self._expecting(claim), *stated, self.written)
        return tuple(dict.fromkeys(one for one in known if one is not None))

    def steps(self, trace: Trace) -> Iterator[Place | None]:
        """See Subject."""
        composition = self.composition()
        parts = {} if composition is None else {one.name: one.participant for one in composition.instances}
        system = self.model.system
        actions = {one.name: one for one in system.actions} if isinstance(system, System) else {}
        return (step_place(step, parts, actions) for step in trace)

    def of_run(self, trace: Trace) -> Own:
        """The one model, or the member of as many copies as the trace has."""
        if not self.is_open or self.family is None:
            return self
        made = (self.of_copies(number) for number in count(1))
        return next(one for one in made if trace.initial.keys() == {slot.name for slot in one.model.composed().slots})

    def of_copies(self, number: int | str) -> Own:
        """Return the member of a number of copies, or itself for any; raises ModelError for a model of no copies."""
        if self.family is None:
            raise ModelError(f"{self.asked_as} is no model of copies, so none can be counted (see haboot.Copies)")
        if isinstance(number, str):
            return self
        made = member(self.family, number)
        return replace(self, model=made, name=plain(made.name), number=number)

    def record(self, claim: str, trace: Trace, about: str) -> dict[str, Any]:
        """See Subject."""
        from importlib.metadata import version  # noqa: PLC0415 - takes a while

        from haboot.checker.fuzzing import walked  # noqa: PLC0415 - as above

        here = self.of_run(trace)
        walk = walked(here.world(), trace)
        ours = {"version": version("haboot"), "property": claim, "about": about, "model": here.model.name}
        return as_itf(replace(walk.trace, loop=trace.loop), {"haboot": ours})


def owned(given: Model | Copies | Replicated, word: str, written: Place, expected: Beside) -> Own:
    """Return a model under the word for it; of copies, for every number of them."""
    if isinstance(given, Model):
        return Own(given, plain(given.name), word, written, expected)
    among = (one.copies for one in given.properties if isinstance(one, Among)) if isinstance(given, Copies) else ()
    wanted = given.expected if isinstance(given, Copies) else None
    small = replace(member(given, max((*among, 2))), name=given.name, expected=wanted)
    return Own(small, plain(given.name), word, written, expected, given)
