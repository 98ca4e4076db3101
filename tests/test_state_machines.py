"""A model as a test of hypothesis: what a failure says, and that the test in it can be pasted and does as it says."""

import re
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from haboot import Action, Property, Slot, System, View, always, state_machine
from haboot.checker.fuzzing import literal
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

MODEL = """
from dataclasses import dataclass
from enum import Enum

class Colour(Enum):
    RED = 1

@dataclass(frozen=True)
class Ping:
    colour: Colour
"""
TEST = """
from haboot import Composition, Fact, Instance, Network, Participant, Row, always, state_machine
from model import Colour, Ping

def ping(me): me.send("server", Ping(Colour.RED))
def count(me): me.seen = min(me.seen + 1, 3)

CLIENT = Participant("client", ("idle",), "idle", rows=(Row("pings", ("idle",), "=", (), (ping,)),))
ROW = Row(Ping, ("up",), "=", (), (count,))
SERVER = Participant("server", ("up",), "up", variables={"seen": range(4)}, rows=(ROW,))
BOTH = Composition(
    "mine",
    (Instance("A", CLIENT, "client"), Instance("B", SERVER, "server")),
    Network(loss=True, capacity=1, full="lose"),
    facts=(Fact("mood", (1, 2)),),
)
FEW = always("few", ("B.seen",), lambda v: v["B.seen"] < 3, statement="B sees less than three pings")
TestMine = state_machine(BOTH, [FEW]).TestCase
"""


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mine")
    (made / "model.py").write_text(MODEL)
    (made / "test_mine.py").write_text(TEST)
    return made


@pytest.fixture(scope="module")
def failure(folder: Path) -> str:
    status, shown = run(folder, "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py")
    assert status == 1
    return shown


def test_a_failure_shows_property_chart_and_test_and_no_line_of_the_checker(failure: str) -> None:
    assert re.search(r"^few: VIOLATED; (shrunk from \d+ to )?6 steps: none is shorter$", failure, re.MULTILINE)
    assert "\nB sees less than three pings\n" in failure
    assert "\n   6 ✗ B receives" in failure
    assert "Paste into test_mine: " in failure
    assert not re.search(r"Traceback|haboot/|\.py:\d|aim=", failure)


def pasted(failure: str) -> str:
    found = re.search(r"^from model .*?^    assert run\.breaks\('few'\)$", failure, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("", ""), "1 passed"),
        (('v["B.seen"] < 3', 'v["B.seen"] < 4'), "assert run.breaks('few')"),
        (("me.seen + 1", "me.seen + 2"), "RerunError: step 2, 'B receives "),
    ],
)
def test_the_test_in_it_passes_on_the_model_and_fails_on_another(
    change: tuple[str, str], says: str, folder: Path, failure: str
) -> None:
    text = f"{TEST.replace(*change) if change[0] else TEST}\n\n{pasted(failure)}\n"
    (folder / "test_pasted.py").write_text(text)
    status, shown = run(folder, "pytest", "-q", "-p", "no:cacheprovider", "-k", "few", "test_pasted.py")
    assert status == int(bool(change[0]))
    assert says in shown
    assert "rerun.py:" not in shown


def test_unittest_shows_the_same(folder: Path) -> None:
    status, shown = run(folder, "unittest", "test_mine")
    assert status == 1
    assert "\nBroken: few: VIOLATED; " in shown
    assert "FAILED (failures=1)" in shown
    assert ".py" not in shown


def counter(most: int = 9) -> System:
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < most else None)
    down = Action("down", ("n",), ("n",), lambda v: {"n": v["n"] - 1} if v["n"] else None)
    return System("counter", (Slot("n", range(most + 1)),), ({"n": 0},), (up, down))


QUICK = settings(max_examples=20, stateful_step_count=20, database=None)


def small(most: int) -> Property:
    return always("small", ("n",), lambda v: v["n"] < most)


def told(system: System, claim: Property) -> str:
    """What a test of a counter says; nothing where it passes."""
    case: Any = state_machine(system, [claim]).TestCase
    case.settings = QUICK
    try:
        case("runTest").debug()
    except pytest.fail.Exception as failed:
        return str(failed)
    return ""


def test_a_property_that_no_run_breaks_passes() -> None:
    assert told(counter(), small(10)) == ""
    first, *_ = told(counter(), small(3)).splitlines()
    assert first.startswith("small: VIOLATED; ")
    assert first.endswith("3 steps: none is shorter")


def test_machines_that_part_from_their_tables_are_told_with_the_run() -> None:
    broken = System("counter", counter().slots, counter().initial, counter().actions, live=lambda: counter(3))
    lines = told(broken, small(10)).splitlines()
    assert lines[0].startswith("machines and tables part: 'up': the tables give n=4, the machines ")
    assert lines[1].endswith("3 steps: no single step can go")


def test_a_slip_of_the_model_is_one_line() -> None:
    def slips(v: View) -> dict[str, int]:
        raise ValueError(f"n is {v['n']}")

    wrong = System("wrong", counter().slots, counter().initial, (Action("up", ("n",), ("n",), slips),))
    assert told(wrong, small(10)) == "action 'up' raised ValueError: n is 0 (given n=0)"


def test_a_property_that_changes_its_mind_is_told_in_one_line() -> None:
    asked = count()
    moody = always("moody", ("n",), lambda v: v["n"] != 2 or next(asked) > 0)
    assert told(counter(), moody).startswith("counter: a run went differently when it was repeated: ")
    asked = count()
    moodier = always("moody", ("n",), lambda v: v["n"] != 2 or next(asked) > 1)
    assert told(counter(), moodier) == "counter: a run went differently when it was repeated: moody"


def test_the_machine_runs_as_any_machine_of_hypothesis() -> None:
    with pytest.raises(AssertionError, match=r"^small: broken after \['up', 'up', 'up'\]"):
        run_state_machine_as_test(state_machine(counter(), [small(3)]), settings=QUICK)


class Colour(Enum):
    RED = 1


@dataclass(frozen=True)
class Light:
    colour: Colour
    at: frozenset[int]


@pytest.mark.parametrize("value", [Colour.RED, Light(Colour.RED, frozenset({1})), (Colour.RED, None), 1.5, b"x", ""])
def test_a_literal_is_the_value(value: object) -> None:
    assert eval(literal(value)) == value  # noqa: S307 - that is the question
