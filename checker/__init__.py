"""How anything is checked: slots, actions and properties in, verdicts and traces out. Knows no protocol."""

from haboot.checker.core import Action, Constraint, EngineError, ModelError, Outcome, Slot, System, Value, View, nearest
from haboot.checker.engines import ENGINES
from haboot.checker.judge import check, judge
from haboot.checker.limits import Limits, Progress, quiet
from haboot.checker.properties import (
    Clause,
    Fairness,
    Kind,
    Move,
    Property,
    always,
    finitely_often,
    leads_to,
    no_deadlock,
    recoverable,
    sometimes,
    step,
)
from haboot.checker.replay import replay
from haboot.checker.verdicts import Answer, Query, Report, StateSpace, Step, Trace, Verdict

__all__ = [
    "ENGINES",
    "Action",
    "Answer",
    "Clause",
    "Constraint",
    "EngineError",
    "Fairness",
    "Kind",
    "Limits",
    "ModelError",
    "Move",
    "Outcome",
    "Progress",
    "Property",
    "Query",
    "Report",
    "Slot",
    "StateSpace",
    "Step",
    "System",
    "Trace",
    "Value",
    "Verdict",
    "View",
    "always",
    "check",
    "finitely_often",
    "judge",
    "leads_to",
    "nearest",
    "no_deadlock",
    "quiet",
    "recoverable",
    "replay",
    "sometimes",
    "step",
]
