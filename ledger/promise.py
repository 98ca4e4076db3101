"""What liveness rests on: of each property that holds, the promises of fairness that it needs, and its weak verdict.

``promises.toml`` is written by ``haboot promises --write``, for the scenarios of the standard suite.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

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
            return f"needs none of {self.promised} promises"
        strong = f"{len(self.strong)} of them strong" if self.strong else "all weak"
        return f"needs {count} of {self.promised} promises, {strong}"


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
    lines = ["# Written by `haboot promises --write`: of each liveness property that holds, the promises it needs.", ""]
    for scenario, some in found:
        lines += [f'["{scenario.name}"]', f'is = "{signature(scenario)}"', f'["{scenario.name}".needs]']
        for one in some:
            weak, strong = (", ".join(f'"{name}"' for name in names) for names in (one.weak, one.strong))
            rests = f"of = {one.promised}, weak = [{weak}], strong = [{strong}]"
            lines.append(f'{one.claim} = {{ answer = "{one.answer}", {rests} }}')
        lines.append("")
    return "\n".join(lines)
