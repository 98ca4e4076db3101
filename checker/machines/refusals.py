"""Why an internal trigger of a composition does not fire in a state: the guard that refuses it.

The answer comes from running machines in the state asked about, through the same actions that are explored, so it says
what the tables were made from.
"""

from __future__ import annotations

from collections.abc import Mapping

from haboot.checker.boundary import ModelError, called, nearest
from haboot.checker.branches import See
from haboot.checker.core import Action, Value
from haboot.checker.evaluating import evaluate
from haboot.checker.machines.closure import Pool, close
from haboot.checker.machines.composition import Composition
from haboot.checker.machines.events import Message, Trigger
from haboot.checker.machines.participants import LiveMachine, Reaction
from haboot.checker.machines.product import run_on
from haboot.checker.machines.rows import Config


class Refusals:
    """Asks the machines of a composition; ``actions`` are the internal ones, by name; for ``pool`` see ``close``."""

    def __init__(self, composition: Composition, pool: Pool | None = None) -> None:
        self._asked = _Asked(composition)
        system = run_on(close(composition, pool), self._asked)
        names = {f"{one.name} {trigger}" for one in composition.instances for trigger in one.participant.internal}
        self.actions: dict[str, Action] = {action.name: action for action in system.actions if action.name in names}

    def reason(self, name: str, state: Mapping[str, Value]) -> str:
        """Return why an action is not enabled in a state, empty when it is; raise ModelError for an unknown action."""
        action = self.actions.get(name)
        if action is None:
            raise ModelError(
                f"no internal action '{name}' (there are: {', '.join(self.actions)}){nearest(name, self.actions)}"
            )
        self._asked.refusal, self._asked.asked = "its host is down", False
        if evaluate(action, action.view(state)):
            return ""
        return self._asked.refusal


class _Asked:
    """Machines that are put where they are asked about, and note what refused the last trigger."""

    def __init__(self, composition: Composition) -> None:
        self.of = {one.name: LiveMachine(one.participant, one.name, one.constants) for one in composition.instances}
        self.refusal, self.asked = "", False

    def react(self, instance: str, config: Config, trigger: Trigger, message: Message | None, see: See) -> Reaction:
        """See Machines."""
        machine = self.of[instance]
        machine.put(config)
        reaction = machine.fire(trigger, message, see)
        others = f"waits for {instance}: " if self.asked else ""
        self.asked = True
        self.refusal = _stopping(reaction) if reaction.row is not None else others + _refusal(machine, trigger)
        return reaction

    def back(self, instance: str, config: Config) -> None:
        """Do nothing: a machine is put where it is asked about before each answer."""


def _stopping(reaction: Reaction) -> str:
    """Say what can still stop a row that is taken."""
    meets = any(handed.way == "meet" for handed in reaction.sent)
    return "a channel that it sends into is full" + (", or whom it meets does not hear it" if meets else "")


def _refusal(machine: LiveMachine, trigger: Trigger) -> str:
    """Say what keeps a machine, just asked, from taking a trigger: its state, or the first false guard of each row."""
    state = str(machine.config[0])
    rows = [row for row in machine.participant.rows if row.trigger == trigger]
    open_rows = [row for row in rows if state in row.source]
    if not open_rows:
        needed = dict.fromkeys(source for row in rows for source in row.source)
        return f"is {state}, not {' or '.join(needed)}"
    failing = (next(guard for guard in row.guards if machine.refuses(guard, row)) for row in open_rows)
    names = dict.fromkeys(called(guard).strip("_").replace("_", " ") for guard in failing)
    return f"guard is false: {', '.join(names)}"
