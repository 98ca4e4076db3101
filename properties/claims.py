"""How a claim about the protocol is stated: once, and instantiated for each scenario and mobile node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

from haboot.checker import Clause, Fairness, Homes, Kind, Property, System, Value, View, homes
from haboot.checker.boundary import written
from haboot.checker.machines import Pair
from haboot.model import DRAFT, VARIANTS, Scenario, binding_at, of, own_of, responder_at
from haboot.model.amendments import chosen

EXCHANGE = ("init_sent", "auth_sent", "child_sent")


@dataclass(frozen=True)
class Setting(Scenario):
    """A scenario together with the slots of its model, each with its first value, for claims about channels."""

    first: Mapping[str, Value] = field(default_factory=dict, compare=False)
    homes: Homes = field(default=Homes(), compare=False)

    def idle(self, source: str, target: str, session: str = "") -> dict[str, Value]:
        """Return the slots that show that a channel is empty, with the values that show it."""
        found = self._channels.get(Pair(source, target, session).name, ())
        queue = any(self.first[name] is None for name in found)  # its first place shows it for all
        return {name: self.first[name] for name in (found[:1] if queue else found)}

    def between(self, one: str, other: str, session: str = "") -> dict[str, Value]:
        """Return the same for both channels between two hosts."""
        return {**self.idle(one, other, session), **self.idle(other, one, session)}

    @cached_property
    def _channels(self) -> Mapping[str, list[str]]:
        """The places of each channel, in order."""
        found: dict[str, list[str]] = {}
        for name, ends in self.homes.channels.items():
            found.setdefault(Pair(*ends).name, []).append(name)
        return found


def is_idle(view: View, idle: Mapping[str, Value]) -> bool:
    """Whether nothing is under way, by the slots that show it with the values that show it."""
    return all(view[slot] == value for slot, value in idle.items())


def setting(scenario: Scenario, system: System | None = None) -> Setting:
    """Return a scenario with the slots of its system, each with its first value."""
    slots = () if system is None else system.slots
    return setting_of(scenario, {slot.name: slot.domain[0] for slot in slots}, homes(slots))


def setting_of(scenario: Scenario, first: Mapping[str, Value], places: Homes) -> Setting:
    """Return a scenario with the slots of its model."""
    given = {field.name: getattr(scenario, field.name) for field in fields(Scenario)}
    return Setting(**given, first=first, homes=places)


@dataclass(frozen=True, slots=True)
class Claim:
    """A property of every scenario: name, statement, and the rows of the requirements ledger or sources that it cites.

    Most speak of steps, and so ``kind`` is STEP where nothing is said.
    ``clauses`` instantiates it. It means something in the scenarios that ``applies`` picks, of the draft where it is
    ``of_draft``, and of the variants that say they are held to it.
    ``place`` is the file and line where it is written.
    """

    name: str
    statement: str
    cites: tuple[str, ...]
    clauses: Callable[[Setting], Iterable[Clause]]
    applies: Callable[[Setting], bool] = lambda _: True
    fairness: Callable[[Setting, tuple[str, ...]], tuple[Fairness, ...]] | None = None
    kind: Kind = Kind.STEP
    of_draft: bool = True
    place: tuple[str, int] = field(default=("", 0), compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.place[0]:
            object.__setattr__(self, "place", written())

    def has_subject(self, scenario: Setting) -> bool:
        """Whether a scenario has what the claim speaks of."""
        return self._is_held(scenario) and self.applies(scenario)

    def _is_held(self, scenario: Scenario) -> bool:
        """Whether a scenario's variant is held to it, by what the variant says."""
        if scenario.variant == DRAFT:
            return self.of_draft and not any(self.name in one.retired for one in chosen(scenario.amendments))
        under = VARIANTS[scenario.variant].claims.get(self.name)
        return under is not None and (not under or scenario.assumes(*under))

    def speaks_of_draft(self, scenario: Scenario) -> bool:
        """Whether its verdict in a scenario counts for a sentence of the draft: in the draft as it is, or its own."""
        return (scenario.variant == DRAFT and not scenario.amendments) or not self.of_draft

    def instance(self, scenario: Setting, actions: tuple[str, ...]) -> Property:
        """Return the property for one scenario; ``actions`` are the names of its system's actions."""
        fair = self.fairness(scenario, actions) if self.fairness else ()
        return Property(self.name, self.kind, tuple(self.clauses(scenario)), self.statement, self.cites, fair)


def of_variants(*claims: Claim) -> tuple[Claim, ...]:
    """Return claims as those of which the draft says nothing."""
    return tuple(replace(claim, of_draft=False) for claim in claims)


def same_prefix(scenario: Setting) -> bool:
    """Whether the flow without home address configuration is meant."""
    return scenario.prefixes == "same"


def new_prefix(scenario: Setting) -> bool:
    """Whether the flow with home address configuration is meant."""
    return scenario.prefixes == "different"


def assumes(name: str) -> Callable[[Setting], bool]:
    """Apply a claim where an assumption is made."""
    return lambda scenario: scenario.assumes(name)


def own_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    """Slots of a mobile node's own bootstrap, where a scenario has it."""
    return (own_of(node).selector,) if scenario.bootstraps_itself else ()


def assigned_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    """Slots that hold addresses assigned to a mobile node."""
    return (*(responder_at(node, agent).assigned for agent in scenario.initiators), *own_slots(scenario, node))


def serving_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    """Slots that tell whether a mobile node is served."""
    agents = scenario.agents
    away = (of(node).care_of,) if scenario.assumes("at-home") else ()
    return (
        *away,
        of(node).state,
        of(node).home_agent,
        of(node).home_address,
        *(of(agent).state for agent in agents),
        *(binding_at(agent, node).slot(part) for agent in agents for part in ("state", "home_address")),
    )


def holds_binding(view: View, agent: str, node: str, address: Value) -> bool:
    """Whether a home agent is up and has a binding of a mobile node for an address."""
    stem = binding_at(agent, node)
    live = view[of(agent).state] == "serving" and view[of(stem).state] in {"bound", "updating_dns"}
    return live and view[of(stem).home_address] == address


def is_served(view: View, scenario: Setting, node: str) -> bool:
    """Whether a mobile node is bound at a home agent that is up and agrees, or at home, where it needs none."""
    if scenario.assumes("at-home") and view[of(node).care_of] == "home":
        return True
    if view[of(node).state] != "bound":
        return False
    agent = view[of(node).home_agent]
    honest = agent in scenario.agents and agent != "M"
    return honest and holds_binding(view, str(agent), node, view[of(node).home_address])


def is_settled(view: View, scenario: Setting, node: str) -> bool:
    """Whether a mobile node is served, or its authorizer refuses it, so that nothing is owed to it."""
    return is_served(view, scenario, node) or view["authorizer"] == "refuses"


def settled_slots(scenario: Setting, node: str) -> tuple[str, ...]:
    """Slots that tell whether a mobile node is served, or owed nothing."""
    return ("authorizer", *serving_slots(scenario, node))


def honest(scenario: Scenario) -> tuple[str, ...]:
    """Names of the initiators that act on a suspicion only."""
    return tuple(agent for agent in scenario.initiators if agent != "M")


def any_helper(view: View, scenario: Scenario) -> bool:
    """Whether an honest initiator is up."""
    return any(view[of(agent).state] == "serving" for agent in honest(scenario))
