"""What can happen in a composition, and who runs its machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from haboot.checker.boundary import NOTHING, Needs
from haboot.checker.branches import See
from haboot.checker.core import Outcome, View
from haboot.checker.machines.events import Message, Trigger
from haboot.checker.machines.participants import Reaction
from haboot.checker.machines.rows import Config


class Machines(Protocol):
    """How the machines are run: from tables while exploring, live while replaying."""

    def react(self, instance: str, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        """Return what one instance does."""

    def back(self, instance: str, config: Config) -> None:
        """Undo what one instance did, because the step is not taken."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can happen: the action's name, what it does, and whether it is the environment's.

    Where it may happen a number of times, ``counter`` is the slot that holds how often it still may. What must be
    assumed for it it ``assumes``.
    """

    name: str
    effect: Callable[[View], Outcome | None]
    environment: bool
    loses: bool = False
    counter: str = ""
    assumes: Needs = NOTHING
