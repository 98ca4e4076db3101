"""A scenario of the protocol as what a check is about: the ledger says what to expect of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields, replace
from inspect import getfile
from itertools import count
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, NoReturn

from haboot.checker import (
    Answer,
    Composition,
    Kind,
    Limits,
    ModelError,
    Place,
    Progress,
    Property,
    Trace,
    step_place,
)
from haboot.ledger.findings import BY_NAME
from haboot.ledger.origins import expects, places, source
from haboot.ledger.promise import needed
from haboot.ledger.reasons import reason
from haboot.ledger.subject import Stated
from haboot.ledger.suites import SUITES
from haboot.ledger.violation import expected, violations
from haboot.model import ANY, Scenario, composition, name_of, of, session_at
from haboot.properties import (
    CLAIMS,
    REQUIREMENTS,
    Claim,
    Explored,
    Setting,
    Slots,
    explored,
    participants_of,
    properties_over,
    run_properties,
)

if TYPE_CHECKING:
    from haboot.checker.fuzzing import World


@dataclass(frozen=True, slots=True)
class OfProtocol:
    """See Subject."""

    scenario: Scenario

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name

    @property
    def noun(self) -> str:
        """It is a scenario."""
        return "scenario"

    @property
    def summary(self) -> str:
        """The scenario's summary."""
        return self.scenario.summary

    @property
    def of_protocol(self) -> bool:
        """It is the protocol's."""
        return True

    @property
    def about(self) -> str:
        """The scenario's summary, where its prefixes are, and what amends it."""
        amended = f"; with {', '.join(sorted(self.scenario.amendments))}" if self.scenario.amendments else ""
        return f"{self.summary}; {self.scenario.prefixes} prefix{amended}"

    @property
    def asked_as(self) -> str:
        """The scenario's name, or for one of a file all that it is."""
        return self.name if self.scenario in SUITES["full"] else name_of(self.scenario)

    @property
    def assumed(self) -> tuple[str, ...]:
        """Its assumptions."""
        return self.scenario.assumed

    @property
    def facts(self) -> Mapping[str, Any]:
        """Variant, sizes and assumptions."""
        one = self.scenario
        sizes = {"mobile_nodes": ANY if one.any_number else one.mobile_nodes, "slots": one.slots}
        amended = {"amendments": sorted(one.amendments)} if one.amendments else {}
        return {"variant": one.variant, "prefixes": one.prefixes, **sizes, "assumptions": list(one.assumed), **amended}

    @property
    def strict(self) -> bool:
        """Under assumptions that no suite has, properties may break."""
        return False

    def reading(self, file: str) -> str:
        """See Subject; the file says itself what it is of."""
        return f"haboot trace {quote(file)}"

    @property
    def source(self) -> str:
        """The ledger, or the scenario's author."""
        return source(self.scenario)

    @property
    def sought(self) -> str | None:
        """The property that a finding breaks."""
        finding = BY_NAME.get(self.name)
        return finding.claim if finding and finding.scenario == self.scenario else None

    @property
    def catalogue(self) -> tuple[Claim, ...]:
        """Every claim."""
        return CLAIMS

    @property
    def seen_by(self) -> tuple[str, ...]:
        """How far the home agent and the first mobile node are."""
        return session_at("H", "MN1").state, of("MN1").state

    def asked(self) -> Iterator[Claim]:
        """See Subject."""
        given: dict[str, Any] = {one.name: getattr(self.scenario, one.name) for one in fields(Scenario)}
        here = Setting(**given)
        return (claim for claim in CLAIMS if claim.has_subject(here))

    def cited(self, claim: Stated) -> tuple[str, ...]:
        """Sentences of the draft, then what else is cited."""
        rows = {row.id: f"{row.id}, section {row.section}: {row.paraphrase}" for row in REQUIREMENTS}
        ours = [rows[cite] for cite in claim.cites if cite in rows]
        return (*ours, *(cite for cite in claim.cites if cite not in rows))

    def renamed(self, name: str) -> OfProtocol:
        """See Subject."""
        return OfProtocol(replace(self.scenario, name=name))

    def explored(self, limits: Limits, progress: Progress, engine: str, only: Collection[str]) -> Explored:
        """See Subject."""
        return explored(self.scenario, limits, progress, engine, only=only)

    @property
    def kept_in(self) -> None:
        """The ledger is the package's."""

    @property
    def kept_as(self) -> str:
        """The scenario's name."""
        return self.name

    def noting(self, answers: Mapping[str, Answer], *, whole: bool) -> NoReturn:  # noqa: ARG002 - as it is
        """There is no such file; raises ModelError."""
        raise ModelError(f"'{self.name}' is a scenario: 'haboot findings --search' writes what is expected of it")

    def read_again(self) -> OfProtocol:
        """It is as it was."""
        return self

    def blamed(self) -> AbstractContextManager[None]:
        """Nobody is: the code is the package's."""
        return nullcontext()

    def composition(self) -> Composition:
        """See Subject."""
        return composition(self.scenario)

    def world(self) -> World:
        """See Subject."""
        from haboot.checker.fuzzing import Unfolded  # noqa: PLC0415 - loads hypothesis, which few need

        return Unfolded(self.composition())

    def run_properties(self, world: World) -> tuple[Property, ...]:
        """See Subject."""
        return run_properties(self.scenario, world)

    def properties_over(self, slots: Slots, actions: Sequence[str]) -> tuple[Property, ...]:
        """See Subject."""
        return properties_over(self.scenario, slots, actions)

    @property
    def sources(self) -> tuple[Path, ...]:
        """All of the model and of its properties."""
        folders = (Path(getfile(one)).parent for one in (Scenario, Claim))
        return tuple(path for folder in folders for path in sorted(folder.rglob("*.py")))

    def expected(self, claim: str, kind: Kind) -> Answer | None:
        """See Subject."""
        return expected(self.scenario, claim, kind)

    def may_break(self, claim: Property) -> bool:
        """Whether the ledger has it: by the scenario's own entry, or by a known one within it."""
        if self.expected(claim.name, claim.kind) is Answer.VIOLATED:
            return True
        return any(one.claim == claim.name and one.within(self.scenario) for one in violations())

    def reason(self, claim: str) -> str:
        """See Subject."""
        return reason(self.scenario, claim)

    def expects(self, claim: str, wanted: Answer | None) -> str:
        """See Subject."""
        return expects(self.scenario, claim, wanted)

    def rests(self, claim: Property) -> str:
        """See Subject."""
        return str(needed(self.scenario, claim.name) or "")

    def places(self, claim: str) -> tuple[Place, ...]:
        """See Subject."""
        return places(self.scenario, claim)

    def steps(self, trace: Trace) -> Iterator[Place | None]:
        """See Subject."""
        parts = participants_of(self.of_run(trace).scenario)
        return (step_place(step, parts) for step in trace)

    def of_run(self, trace: Trace) -> OfProtocol:
        """The scenario with the number of mobile nodes that the trace has."""
        if not self.scenario.any_number:
            return self
        number = next(few for few in count(1) if of(f"MN{few + 1}").state not in trace.initial)
        made = replace(self.scenario, any_number=False, mobile_nodes=number)
        return OfProtocol(replace(made, name=name_of(made)))

    def record(self, claim: str, trace: Trace, about: str) -> dict[str, Any]:
        """See Subject."""
        from haboot.ledger.saved import as_data, recorded  # noqa: PLC0415 - as above

        return as_data(recorded(self.of_run(trace).scenario, claim, trace, about))
