"""One semantics: a composition's product, the run that finds it state by state, and the running machines agree."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest
from haboot.checker import Action, Composition, Limits, Outcome, System, Value, View, check, compose, replay
from haboot.checker.evaluating import evaluate
from haboot.checker.fuzzing import Unfolded
from haboot.checker.fuzzing.walk import Memory, Walk
from haboot.checker.graph import GraphSpace

from tests.random_compositions import random_composition
from tests.runs import closed

STEPS = 25
Shown = tuple[str, frozenset[tuple[str, Value]], tuple[object, ...], str | None]


def shown(action: str, outcome: Outcome, state: Mapping[str, Value], product: System) -> Shown:
    """One step as it can be compared: where it leads in the product's slots, and what an observer sees of it."""
    after = frozenset() if outcome.bound else frozenset(closed({**state, **outcome.writes}, product).items())
    return action, after, () if outcome.bound else outcome.events, outcome.bound


def steps_of(product: System, state: Mapping[str, Value]) -> Iterator[tuple[Action, Outcome]]:
    """All that the product's own actions give in a state, each asked about what it declares to read alone."""
    for action in product.actions:
        for outcome in evaluate(action, View({name: state[name] for name in action.reads}, action.name)):
            assert set(outcome.writes) <= set(action.writes)
            yield action, outcome


def require_same_runs(composition: Composition, seed: int) -> int:
    """Walk through the unfolded composition and compare all that is offered on the way with the product."""
    product, world, rng = compose(composition), Unfolded(composition), random.Random(seed)  # noqa: S311 - no secret
    marks = {action.name: action.environment for action in product.actions}
    initial = Counter(frozenset(state.items()) for state in product.initial)
    memory, met = Memory(), 0
    for _ in range(3):
        walk = Walk(world, memory, [rng.randrange(len(alternatives)) for alternatives in world.starts])
        walk.begin()  # the machines must refuse what the tables refuse, here and after every step
        assert frozenset(closed(walk.state, product).items()) in initial
        while len(walk.taken) < STEPS:
            here = closed(walk.state, product)
            due = Counter(shown(action.name, outcome, here, product) for action, outcome in steps_of(product, here))
            offered = Counter(
                shown(name, offer.outcome, walk.state, product)
                for name, offers in walk.results.items()
                for offer in offers
            )
            assert offered == due
            assert walk.stuck == all(marks[name] for name, *_ in due)
            met += sum(due.values())
            if not walk.offers:
                break
            walk.take(rng.choice(walk.offers))
    return met


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_what_a_run_is_offered_is_what_the_product_has_and_what_machines_do(first: int) -> None:
    assert sum(require_same_runs(random_composition(seed), seed) for seed in range(first, first + 50)) > 500


def test_every_state_found_is_reached_again_by_running_machines() -> None:
    lengths = []
    for seed in range(60):
        product = compose(random_composition(seed))
        space = check(product, [], Limits(max_states=400), engine="graph").space
        assert isinstance(space, GraphSpace)
        trace = space._trace_to(len(space.states) - 1)
        assert trace is not None
        replay(product, trace)
        lengths.append(len(trace))
    assert max(lengths) > 8


def test_random_compositions_use_every_feature_and_are_the_same_for_the_same_seed() -> None:
    met: Counter[str] = Counter()
    for seed in range(60):
        composition, again = random_composition(seed), random_composition(seed)
        product = compose(composition)
        assert [action.name for action in product.actions] == [action.name for action in compose(again).actions]
        network = composition.network
        met.update(
            name
            for name, used in {
                "loss": network.loss,
                "duplication": network.duplication,
                "multiset": network.reordering,
                "queue": not network.reordering,
                "under way": composition.under_way,
                "down": composition.down,
                "joint": composition.joint,
                "fact": composition.facts,
                "resource": composition.resources,
                "environment": any(action.environment for action in product.actions),
                f"full {network.full}": True,
                **{f"unexpected {one.participant.unexpected}": True for one in composition.instances},
            }.items()
            if used
        )
    assert len(met) == 15
    assert min(met.values()) >= 5
