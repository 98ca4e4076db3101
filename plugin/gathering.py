"""What a run tells at its end: annotations of a GitHub workflow, and SARIF. Nothing here loads the checker in vain."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest


class Gathered:
    """Gathers what reports tell, those of workers as well; ``target`` is the file of ``--haboot-sarif``."""

    def __init__(self, target: str | None) -> None:
        self.target, self.told = target, list[dict[str, Any]]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a report tells."""
        told = getattr(report, "haboot", None)
        if told is not None:
            self.told.append(told)

    def pytest_sessionfinish(self) -> None:
        """Write the SARIF file."""
        if self.target is not None:
            from haboot.plugin.telling import log  # noqa: PLC0415 - loads the checker

            Path(self.target).write_text(json.dumps(log(self.told), indent=1) + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Annotate the lines concerned, in a workflow."""
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for note in filter(None, (one["note"] for one in self.told)):
                terminalreporter.write_line(note)
