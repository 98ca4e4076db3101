"""Runs the steps of a composite action as GitHub's runner would: expressions, files of a step, conditions and outputs.

Actions of others that a step uses are not run. ``python -m tests.runner FOLDER [INPUT=VALUE]...`` runs action.yml in a
repository, installing what it installs, and prints the outputs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_WORD = re.compile(r"'[^']*'|[\w.-]+(?:\(\))?|&&|\|\||[!=]=|[!()]")


@dataclass
class Job:
    """A run of an action in the root folder of a repository; ``given`` are the inputs."""

    folder: Path
    temp: Path
    given: Mapping[str, str]
    skipped: frozenset[str] = frozenset()
    env: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    failed: bool = False

    def run(self) -> dict[str, str]:
        """Run every step, and return the outputs of the action."""
        action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        unknown = set(self.given) - set(action["inputs"])
        assert not unknown, f"inputs that the action does not have: {unknown}"
        defaults = {name: str(one.get("default", "")) for name, one in action["inputs"].items()}
        self.outputs |= {f"inputs.{name}": value for name, value in (defaults | dict(self.given)).items()}
        self.outputs |= {"github.action_path": str(ROOT), "runner.os": "Linux", "runner.arch": "X64"}
        for number, step in enumerate(action["runs"]["steps"]):
            self._step(step, step.get("name", step.get("uses")), number)
        return {name: self.filled(one["value"]) for name, one in action["outputs"].items()}

    def _step(self, step: Mapping[str, Any], name: str, number: int) -> None:
        wanted = self.holds(step["if"]) if "if" in step else not self.failed
        outcome = "skipped"
        if wanted and "run" in step and name not in self.skipped:
            outcome = self._script(step, name, number)
        elif wanted and "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
            self.logs[name] = str({key: self.filled(value) for key, value in step.get("with", {}).items()})
        self.failed = self.failed or outcome == "failure"
        self.outcomes[name] = outcome
        if "id" in step:
            self.outputs[f"steps.{step['id']}.outcome"] = outcome

    def _script(self, step: Mapping[str, Any], name: str, number: int) -> str:
        assert step["shell"] == "bash"
        files = {one: self.temp / f"{one.lower()}-{number}" for one in ("GITHUB_OUTPUT", "GITHUB_PATH")}
        files["GITHUB_STEP_SUMMARY"] = self.temp / f"summary-{number}.md"
        for path in files.values():
            path.touch()
        runner = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.folder)}
        runner |= {"RUNNER_TEMP": str(self.temp)} | {key: str(path) for key, path in files.items()}
        given = {key: self.filled(value) for key, value in step.get("env", {}).items()}
        script = self.temp / f"step-{number}.sh"
        script.write_text(self.filled(step["run"]))
        done = subprocess.run(  # noqa: S603 - the action's own script
            ("/bin/bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)),
            cwd=self.folder,
            env={**os.environ, **self.env, **runner, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        self.logs[name] = done.stdout + done.stderr
        for line in files["GITHUB_OUTPUT"].read_text().splitlines():
            key, _, value = line.partition("=")
            self.outputs[f"steps.{step['id']}.outputs.{key}"] = value
        for line in files["GITHUB_PATH"].read_text().splitlines():
            self.env["PATH"] = f"{line}{os.pathsep}{self.env.get('PATH', os.environ['PATH'])}"
        return "failure" if done.returncode else "success"

    def filled(self, text: str) -> str:
        """Return a text with the values of its expressions."""
        return _EXPRESSION.sub(lambda found: str(self._value(found[1])), text)

    def holds(self, condition: str) -> bool:
        """Whether a condition holds; without a word on how the steps before ended, they must have gone well."""
        inner = _EXPRESSION.sub(r"\1", condition)
        return bool(self._value(inner)) and (not self.failed or "cancelled()" in inner or "always()" in inner)

    def _value(self, expression: str) -> Any:
        spelt = {"&&": "and", "||": "or", "!": "not"}
        words = [spelt.get(word) or self._word(word) for word in _WORD.findall(expression)]
        return eval(" ".join(words), {"__builtins__": {}})  # noqa: S307 - words of the action's own, each quoted

    def _word(self, word: str) -> str:
        if word in {"==", "!=", "(", ")"} or word.startswith("'"):
            return word
        return {"cancelled()": "False", "always()": "True"}.get(word) or repr(self.outputs.get(word, ""))

    def summaries(self) -> str:
        """Return what the steps added to the job's summary."""
        return "".join(path.read_text() for path in sorted(self.temp.glob("summary-*.md")))


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    with TemporaryDirectory() as temp:
        whole = Job(Path(sys.argv[1]).resolve(), Path(temp), dict(word.split("=", 1) for word in sys.argv[2:]))
        made = whole.run()
        for step, text in whole.logs.items():
            print(f"== {step}: {whole.outcomes[step]}\n{text}")  # noqa: T201 - is to be read
        for output in made.items():
            print("=".join(output))  # noqa: T201 - as above
