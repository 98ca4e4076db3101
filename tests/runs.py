"""What tests of the protocol ask of an explored scenario: its report, who sent what, and its states."""

from collections.abc import Mapping

from haboot.checker import Limits, Received, Report, Sent, System, Trace, Value, check
from haboot.checker.graph import GraphSpace
from haboot.cli.judging import judged
from haboot.cli.progress import Meter
from haboot.ledger import BY_NAME, Judged
from haboot.model import STANDARD, Scenario, system
from haboot.properties import properties

Messages = list[tuple[str, str, str]]

# the home agent starts the exchange: section 4.1 of the draft
PUSHED_IKE: Messages = [
    ("H", "MN1", "IkeSaInitRequest"),
    ("MN1", "H", "IkeSaInitResponse"),
    ("H", "MN1", "IkeAuthRequest"),
    ("MN1", "H", "IkeAuthResponse"),
    ("H", "MN1", "CreateChildSaRequest"),
    ("MN1", "H", "CreateChildSaResponse"),
]


def report(scenario: Scenario, limits: Limits | None = None) -> Report:
    """Judge a scenario by its own properties."""
    product = system(scenario)
    return check(product, properties(scenario, product), limits or Limits(20_000))


def shown(*findings: str) -> tuple[Judged, ...]:
    """Judge what pages are made of in tests: three scenarios of the suite, and those of some findings."""
    scenarios = (*STANDARD[:3], *(BY_NAME[name].scenario for name in findings))
    return tuple(judged(one, Limits(), Meter()) for one in scenarios)


def messages(trace: Trace, kind: type[Sent] | type[Received]) -> Messages:
    """Return the source, target and kind of all messages sent or received on a run."""
    return [
        (event.source, event.target, type(event.message).__name__)
        for step in trace
        for event in step.events
        if isinstance(event, kind)
    ]


def states(scenario: Scenario, base: Scenario) -> set[frozenset[tuple[str, object]]]:
    """Return the reachable states of a scenario, over the slots that a base has."""
    names = {slot.name for slot in system(base).slots}
    space = check(system(scenario), [], Limits(30_000), engine="graph").space
    assert isinstance(space, GraphSpace)
    decoded = (space.layout.decoded(state) for state in space.states)
    return {frozenset((name, str(value)) for name, value in state.items() if name in names) for state in decoded}


def space_of(scenario: Scenario) -> GraphSpace:
    """Explore a scenario as a graph."""
    space = check(system(scenario), ()).space
    assert isinstance(space, GraphSpace)
    return space


def closed(state: Mapping[str, Value], product: System) -> dict[str, Value]:
    """A state of a run as the exhaustive search has it: a channel that reorders is a slot a message there."""
    flat: dict[str, Value] = {}
    for name in state:
        if name.endswith(": under way"):
            held = state[name]
            assert isinstance(held, tuple)
            flat |= {f"{name.removesuffix('under way')}{message}": held.count(message) for message in held}
        else:
            flat[name] = state[name]
    return {slot.name: flat.get(slot.name, slot.domain[0]) for slot in product.slots}
