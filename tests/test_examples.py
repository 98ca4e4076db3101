"""The examples do what they say: those in docstrings, and the models to start from."""

import doctest
import pkgutil
from importlib import import_module

import haboot.checker
import haboot.cli
import haboot.diagrams
import haboot.ledger
import haboot.model
import haboot.pages
import haboot.plugin
import haboot.properties
import haboot.studies
import pytest
from haboot import check, compose

import examples.alternating_bit as alternating

PACKAGES = (
    haboot.checker,
    haboot.model,
    haboot.properties,
    haboot.ledger,
    haboot.studies,
    haboot.diagrams,
    haboot.pages,
    haboot.cli,
    haboot.plugin,
)
MODULES = [
    one.name
    for package in PACKAGES
    for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not one.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    assert doctest.testmod(import_module(name), report=False).failed == 0


def test_there_are_examples() -> None:
    assert sum(len(doctest.DocTestFinder().find(import_module(name))) > 0 for name in MODULES) > 20


def test_the_alternating_bit_delivers_each_item_once_and_answers_it() -> None:
    report = check(compose(alternating.alternating_bit()), alternating.PROPERTIES)
    assert [str(one.answer) for one in report.verdicts] == ["HOLDS", "HOLDS"]
    assert not report.dead_actions


def test_a_receiver_that_looks_at_no_bit_delivers_an_item_twice() -> None:
    report = check(compose(alternating.alternating_bit(alternating.careless())), alternating.PROPERTIES)
    once, answered = report.verdicts
    assert (str(once.answer), str(answered.answer)) == ("VIOLATED", "HOLDS")
    assert once.trace is not None
    assert [step.action.split(" receives ")[0] for step in once.trace] == ["S sends", "R", "S", "R"]
