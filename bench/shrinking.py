"""How short fuzzing gets what it finds: ``python -m bench.shrinking`` lays it beside the shortest run there is.

Each fault is seeded in a model, or known of it. Runs are drawn until they break the property, the run is shrunk, and
the same model is explored exhaustively, which gives the length of a shortest run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from haboot import Action, Composition, Property, System, View, check, compose
from haboot.checker.fuzzing import Fuzzer, Sighting, world_of
from haboot.ledger import BY_NAME, SUITES
from haboot.model import Scenario, composition, named
from haboot.properties import properties
from haboot.studies import all_mutants

from examples.alternating_bit import PROPERTIES, alternating_bit, careless
from examples.die_hard import DIE_HARD, NOT_SOLVED
from examples.peterson import exclusion, peterson
from examples.two_phase_commit import agreement, two_phase_commit

EXAMPLES, STEPS = 40, 150
MOST = 1.2  # times a shortest run


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault by name: how to make the model that has it, and the property that it breaks."""

    name: str
    made: Callable[[], tuple[System | Composition, tuple[Property, ...]]]
    claim: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a fault: the run as it was met first, what it was shrunk to, and the length of a shortest run."""

    fault: Fault
    met: Sighting
    shrunk: Sighting
    shortest: int
    states: int

    @property
    def ratio(self) -> float:
        """How long the shrunk run is, measured by a shortest one."""
        return len(self.shrunk.trace) / self.shortest


def _known(scenario: str, claim: str) -> Fault:
    return Fault(f"known in {scenario}", lambda: _protocol(scenario, claim), claim)


def _mutant(name: str, scenario: str, claim: str) -> Fault:
    return Fault(f"{name}, in {scenario}", lambda: _protocol(scenario, claim, name), claim)


def _protocol(name: str, claim: str, mutant: str = "") -> tuple[Composition, tuple[Property, ...]]:
    scenario = _scenario(name)
    changed = {one.participant.name: one.participant for one in all_mutants() if one.name == mutant}
    made = composition(scenario, changed)
    return made, tuple(one for one in properties(scenario, compose(made)) if one.name == claim)


def _scenario(name: str) -> Scenario:
    known = {one.name: one for one in SUITES["full"]} | {one.name: one.scenario for one in BY_NAME.values()}
    made = known.get(name) or named(name)
    if made is None:
        raise ValueError(f"no scenario is named '{name}'")
    return made


def hasty(managers: int) -> System:
    """Return two-phase commit whose transaction manager waits for two resource managers only."""
    good = two_phase_commit(managers)
    counted = tuple(f"counted {r}" for r in range(2))

    def commit(v: View) -> dict[str, object] | None:
        ready = v["tm"] == "init" and all(v[name] for name in counted)
        return {"tm": "committed", "commit": True} if ready else None

    first, *others = good.actions
    return replace(good, actions=(replace(first, effect=commit), *others))


def impolite(n: int) -> System:
    """Return Peterson's algorithm with processes that never say who came last to a gate."""
    good = peterson(n)
    return replace(good, actions=tuple(replace(one, effect=_silent(one)) for one in good.actions))


def _silent(action: Action) -> Callable[[View], dict[str, object]]:
    def run(v: View) -> dict[str, object]:
        done = action.effect(v)
        return {name: value for name, value in done.items() if not name.startswith("turn")}  # type: ignore[union-attr]

    return run


FAULTS = (
    _known("two-initiators-race-in-dns", "dns-current"),
    _known("two-initiators-bad-network", "dns-current"),
    _known("two-initiators-bad-network", "healthy-agent-not-abandoned"),
    _known("same+3x2+crash+loss", "old-agent-told"),
    _known("same+3x2+crash+loss", "no-deadlock"),
    _known("same+2x1+crash+expiry+false-suspicion+loss+movement", "load-bounded"),
    _mutant(
        "initiator home agent, row 0 (starts IKE): without guard slot_is_free",
        "same+3x2+crash+loss",
        "exchanges-bounded",
    ),
    _mutant(
        "mobile node, row 4 (HomeAgentSwitch): without effect adopt_home_address",
        "different+2x1+crash+loss+reordering",
        "pushed-address-registered",
    ),
    _mutant("the mobile node keeps its home agent", "same+2x1+crash+loss", "binding-state-deleted"),
    _mutant(
        "an expired binding is announced to the DNS",
        "different+dns-cleanup+false-suspicion+loss",
        "dns-update-after-binding-update",
    ),
    Fault(
        "alternating bit: the receiver looks at no bit",
        lambda: (alternating_bit(careless()), PROPERTIES[:1]),
        "each item is delivered once",
    ),
    Fault("water jugs: 4 gallons", lambda: (DIE_HARD, (NOT_SOLVED,)), NOT_SOLVED.name),
    Fault("two-phase commit 5: the manager waits for two only", lambda: (hasty(5), (agreement(5),)), "agreement"),
    Fault("Peterson 4: nobody says that it came last", lambda: (impolite(4), (exclusion(4),)), "mutual exclusion"),
)


def measured(fault: Fault, examples: int = EXAMPLES) -> Measured:
    """Fuzz, shrink and explore a model with a fault; raise ValueError where no run breaks the property."""
    model, claims = fault.made()
    fuzzer = Fuzzer(world_of(model), claims, STEPS, 0)
    report = fuzzer.report(examples)
    if fault.claim not in report.sightings:
        raise ValueError(f"{fault.name}: no run broke '{fault.claim}'")
    met = report.sightings[fault.claim]
    explored = check(compose(model) if isinstance(model, Composition) else model, claims)
    trace = explored[fault.claim].trace
    if trace is None:
        raise ValueError(f"{fault.name}: '{fault.claim}' is {explored[fault.claim].answer}")
    return Measured(fault, met, fuzzer.shrunk(met), len(trace), explored.space.distinct)


HEAD = """| fault | property | states | as met | shrunk | shortest | ratio | how far |
| --- | --- | --: | --: | --: | --: | --: | --- |"""


def row(one: Measured) -> str:
    """Return the figures of a fault as a line of a Markdown table."""
    lengths = f"{len(one.met.trace)} | {len(one.shrunk.trace)} | {one.shortest} | {one.ratio:.2f}"
    return f"| {one.fault.name} | {one.fault.claim} | {one.states:,} | {lengths} | {one.shrunk.scope} |"


def main() -> int:
    """Print the table; 0 when every run is short enough."""
    print(HEAD)  # noqa: T201 - the command's output
    worst = 0.0
    for fault in FAULTS:
        one = measured(fault)
        worst = max(worst, one.ratio)
        print(row(one), flush=True)  # noqa: T201 - as above
    return int(worst > MOST)


if __name__ == "__main__":
    sys.exit(main())
