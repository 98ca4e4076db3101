"""What liveness rests on: of each property that holds, the promises of fairness that it needs, and its weak verdict.

``promises.toml`` is written by ``haboot promises --write``, for the scenarios of the standard suite.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from haboot.checker import amount
from haboot.ledger.violation import signature
from haboot.model import Scenario


@dataclass(frozen=True, slots=True)
class Needed:
    """The promises that a property needs, weak and strong ones, out of how many; and its answer if all were weak."""

    claim: str
    answer: str
    weak: tuple[str, ...]
    strong: tuple[str, ...]
    promised: int

    def __str__(self) -> str:
        count = len(self.weak) + len(self.strong)
        if not count:
            return f"needs none of {amount(self.promised, 'promise')}"
        strong = f"{len(self.strong)} of them strong" if self.strong else "all weak"
        return f"needs {count} of {amount(self.promised, 'promise')}, {strong}"


def needed(scenario: Scenario, claim: str) -> Needed | None:
    """Return what a property needs in a scenario, as far as the ledger knows."""
    return _known().get(signature(scenario), {}).get(claim)


@cache
def _known() -> Mapping[str, Mapping[str, Needed]]:
    data = tomllib.loads(files("haboot.ledger").joinpath("promises.toml").read_text(encoding="utf-8"))
    return {
        one["is"]: {
            claim: Needed(claim, row["answer"], tuple(row["weak"]), tuple(row["strong"]), row["of"])
            for claim, row in one["needs"].items()
        }
        for one in data.values()
    }


def needed_as_toml(found: Iterable[tuple[Scenario, Iterable[Needed]]]) -> str:
    """Return a ledger as TOML: by scenario and property the answer under weak promises, and what is needed."""
    from haboot.ledger.writing import document, inline, named, table  # noqa: PLC0415 - few write ledgers

    parts = {
        named(scenario.name): table(
            {"is": signature(scenario), "needs": table({one.claim: inline(_row(one)) for one in some})}
        )
        for scenario, some in found
    }
    title = "Written by `haboot promises --write`: of each liveness property that holds, the promises it needs."
    return document(title, parts)


def _row(one: Needed) -> dict[str, Any]:
    return {"answer": one.answer, "of": one.promised, "weak": list(one.weak), "strong": list(one.strong)}
