"""Which property of a model of one's own notices which mutant: one guard or one effect less, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from haboot.checker import Answer, Composition, Limits, Model, ModelError, check, compose
from haboot.checker.machines import Mutant, removals
from haboot.studies.mutation import MOST, Fate, answers


def _machines(model: Model) -> Composition:
    if model.composition is None:
        raise ModelError(f"model '{model.name}' has no machines to weaken: it is a System, not a Composition")
    return model.composition


def mutants_of(model: Model) -> Iterator[tuple[Mutant, Composition]]:
    """Return every removal in every participant, each with the composition that has the mutant in its place.

    Raises ModelError for a model that is not of machines.
    """
    composition = _machines(model)
    for old in {id(one.participant): one.participant for one in composition.instances}.values():
        for mutant in removals(old):
            changed = (
                replace(one, participant=mutant.participant) if one.participant is old else one
                for one in composition.instances
            )
            yield mutant, replace(composition, instances=tuple(changed))


def own_fates(model: Model) -> Iterator[Fate]:
    """Return the fate of every mutant of a model, in order.

    A property notices a mutant when it holds of the model and not of the mutant, where *sometimes* without a witness
    counts as such. So does the checker when it refuses the mutant.
    """
    sound = _answers(model, _machines(model))
    for mutant, changed in mutants_of(model):
        try:
            found = _answers(model, changed)
            noticed = [name for name in found if (sound[name], found[name]) == (Answer.HOLDS, Answer.VIOLATED)]
        except ModelError as error:
            noticed = [f"refused: {error}"]
        yield Fate(mutant.name, model.name, tuple((name, model.name) for name in noticed))


def _answers(model: Model, composition: Composition) -> dict[str, Answer]:
    return answers(check(compose(composition), model.properties, Limits(MOST)))
