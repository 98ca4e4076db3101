"""What is timed: two-phase commit of a size, or a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from haboot.checker import ModelError, System

from examples.two_phase_commit import two_phase_commit

if TYPE_CHECKING:
    from haboot.model import Scenario

README = Path(__file__).parent.parent / "README.md"
USUAL = ("7", "8", "9", "10", "reordered-duplicates", "two-initiators-bad-network")


def system_of(subject: str) -> System:
    """Return the system of a subject; raise ModelError for an unknown scenario."""
    if subject.isdecimal():
        return two_phase_commit(int(subject))
    from haboot.model import system  # noqa: PLC0415 - two-phase commit is timed without the protocol

    return system(scenario_of(subject))


def scenario_of(subject: str) -> Scenario:
    """Return the one scenario of a name; raise ModelError for a name that says nothing or means several."""
    from haboot.ledger import scenarios_of  # noqa: PLC0415 - the same

    found, *more = scenarios_of(subject)
    if more:
        raise ModelError(f"'{subject}' holds {1 + len(more)} scenarios: name one")
    return found


def toy() -> str:
    """Return the model of states with which the README begins, as code to run."""
    blocks = README.read_text(encoding="utf-8").split("```python\n")
    (found,) = (block.split("```")[0] for block in blocks[1:] if block.startswith("from haboot import Action"))
    return found


def titled(subject: str) -> str:
    """Return a subject's title."""
    return f"two-phase commit, {subject} resource managers" if subject.isdecimal() else f"scenario {subject}"
