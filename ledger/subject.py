"""What a check is about: a scenario of the protocol, or a model of one's own, told by the same means.

Whoever prints, draws or writes results reads them here and asks nothing else of what was checked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from haboot.checker import Answer, Composition, Kind, Limits, Place, Progress, Property, Trace
from haboot.ledger.suites import numbered
from haboot.model import Scenario
from haboot.properties import Explored, Slots

if TYPE_CHECKING:
    from haboot.checker.fuzzing import World


class Stated(Protocol):
    """A property as lists of them tell it, whether it is of one system or of every scenario."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kind(self) -> Kind:
        """Its kind."""

    @property
    def statement(self) -> str:
        """What it says, in words."""

    @property
    def cites(self) -> tuple[str, ...]:
        """What it rests on."""


class Subject(Protocol):
    """What is explored, what is expected of it, and where it is written."""

    @property
    def name(self) -> str:
        """What it is called in results."""

    @property
    def scenario(self) -> Scenario:
        """The scenario; raises ModelError for a model of one's own, which is none."""

    @property
    def noun(self) -> str:
        """What one of its like is called: a scenario, a model."""

    @property
    def summary(self) -> str:
        """A line about it."""

    @property
    def of_protocol(self) -> bool:
        """Whether the draft has a say in it."""

    @property
    def about(self) -> str:
        """A line about it as pages have it, which may say more."""

    @property
    def asked_as(self) -> str:
        """What the command understands as this."""

    @property
    def assumed(self) -> tuple[str, ...] | None:
        """The assumptions that it makes; None where nothing can be assumed."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What more it is, for machines."""

    @property
    def strict(self) -> bool:
        """Whether what does not hold fails also where nothing was expected of it."""

    def reading(self, file: str) -> str:
        """Return the command that shows a trace of it that was saved in a file."""

    @property
    def source(self) -> str:
        """Who says what to expect."""

    @property
    def sought(self) -> str | None:
        """The property that it is there to show, if any."""

    @property
    def catalogue(self) -> Sequence[Stated]:
        """The properties that it may be asked."""

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The slots by which its states are merged in a picture, where they are many; none: by what pictures choose."""

    def asked(self) -> Iterable[Stated]:
        """Return the properties that mean something here, which takes no exploring."""

    def cited(self, claim: Stated) -> tuple[str, ...]:
        """Return the texts that a property cites, as whole as they are known."""

    def renamed(self, name: str) -> Subject:
        """Return the same under another name."""

    def explored(self, limits: Limits, progress: Progress, engine: str, only: Collection[str]) -> Explored:
        """Explore it; ``only`` names the properties that it is asked, all where it is empty."""

    @property
    def kept_in(self) -> Path | None:
        """The file beside it that says what to expect; None where the package has the say."""

    @property
    def kept_as(self) -> str:
        """The name under which that file has it, whatever results call it."""

    def noting(self, answers: Mapping[str, Answer], *, whole: bool) -> str:
        """Return that file's text with answers that were found; ``whole`` as these are all that there are."""

    def read_again(self) -> Subject:
        """Return the same with that file as it is by then."""

    def blamed(self) -> AbstractContextManager[None]:
        """Let what its author's code raises inside be told with the line to blame."""

    def composition(self) -> Composition | None:
        """Return its machines; None where it is none of machines."""

    def world(self) -> World:
        """Return what drawn runs of it go through."""

    def run_properties(self, world: World) -> tuple[Property, ...]:
        """Return the properties that its runs can be asked."""

    def properties_over(self, slots: Slots, actions: Sequence[str]) -> tuple[Property, ...]:
        """Return the properties of a state space, by its slots and the names of its actions; see the package's own.

        A model of one's own says them itself.
        """

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files in which it is written."""

    def expected(self, claim: str, kind: Kind) -> Answer | None:
        """Return the answer that is expected of a property, None where nothing is."""

    def may_break(self, claim: Property) -> bool:
        """Whether a run that violates a property is nothing that was not to be expected."""

    def reason(self, claim: str) -> str:
        """Return why a property need not hold."""

    def expects(self, claim: str, wanted: Answer | None) -> str:
        """Return who expects what of a property, with the line that does."""

    def rests(self, claim: Property) -> str:
        """Return what is known of the fairness that a property needs; empty where nothing is."""

    def places(self, claim: str) -> tuple[Place, ...]:
        """Return where the answer to a property belongs, the author's own file first."""

    def steps(self, trace: Trace) -> Iterable[Place | None]:
        """Return where each step of a trace is written, None where nobody wrote one."""

    def of_run(self, trace: Trace) -> Subject:
        """Return what a trace is a run of: this, or the one member of a family."""

    def record(self, claim: str, trace: Trace, about: str) -> dict[str, Any]:
        """Return a trace of it as data, in ITF."""


def told_apart(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """Return all subjects, each under a name of its own."""
    every = tuple(subjects)
    names = numbered(one.name for one in every)
    return tuple(one if one.name == name else one.renamed(name) for one, name in zip(every, names, strict=True))
