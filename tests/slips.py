"""What an author writes wrong: by name what is tried, and what is told of it."""

import re
from collections.abc import Callable

import pytest
from haboot.checker import ModelError

Slips = dict[str, tuple[Callable[[], object], str]]


def require_told(slip: tuple[Callable[[], object], str]) -> None:
    """Require that what is tried raises a ModelError of one line that says what is told."""
    tried, said = slip
    with pytest.raises(ModelError, match=re.escape(said)) as error:
        tried()
    assert "\n" not in str(error.value)
