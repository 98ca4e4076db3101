"""The files that a check writes beside what it prints, and what it says to the CI that runs it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from haboot.cli.console import echo
from haboot.cli.output import append, is_printed, save, writable
from haboot.cli.summary import as_data
from haboot.ledger import Gap, Results


@dataclass(frozen=True, slots=True)
class Files:
    """Where to write results: as JSON, as JUnit XML, as SARIF."""

    json: Path | None
    junit: Path | None
    sarif: Path | None

    def require(self) -> None:
        """Raise a usage error for a file that cannot be written."""
        from haboot.cli.github import output_file, summary_file  # noqa: PLC0415 - imports what imports this

        wanted = (one for one in (self.json, self.junit, self.sarif) if one is not None)
        given = [one if is_printed(one) else one.absolute() for one in wanted]
        if len(set(given)) != len(given):
            raise click.UsageError(f"'{given[0]}' is to hold two kinds of results: name a file for each")
        writable(self.json, self.junit, self.sarif, summary_file(), output_file())

    @property
    def are_printed(self) -> bool:
        """Whether one of them goes to standard output."""
        return is_printed(self.json, self.junit, self.sarif)

    def save(self, results: Sequence[Results], gaps: Sequence[Gap], verdict: str, status: int) -> None:
        """Write them all; in a GitHub workflow, annotate lines, and add to the job's summary and the step's outputs."""
        from haboot.cli import github  # noqa: PLC0415 - as above

        if self.json is not None:
            save(self.json, json.dumps(as_data(results, gaps), indent=2) + "\n")
        if self.junit is not None:
            from haboot.cli.junit import junit  # noqa: PLC0415 - loads what writes XML

            save(self.junit, junit(results, gaps))
        if self.sarif is not None:
            from haboot.cli.sarif import sarif  # noqa: PLC0415 - loads the sources

            save(self.sarif, json.dumps(sarif(results), indent=1) + "\n")
        if github.is_here():
            echo(*github.notes(results, gaps), err=self.are_printed)
        if (target := github.summary_file()) is not None:
            append(target, github.summary(results, gaps, verdict))
        if (target := github.output_file()) is not None:
            append(target, github.outputs(results, gaps, verdict, status))
