"""The examples in docstrings do what they say."""

import doctest
import pkgutil
from importlib import import_module

import haboot.checker
import haboot.cli
import haboot.diagrams
import haboot.model
import haboot.plugin
import haboot.properties
import pytest

PACKAGES = (haboot.checker, haboot.model, haboot.properties, haboot.diagrams, haboot.cli, haboot.plugin)
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
