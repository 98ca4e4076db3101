"""What is loaded when, what only some uses need, and what is said where it is missing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Sequence

import pytest
from haboot.checker import Limits, check, quiet
from haboot.checker.boundary import EXTRAS, extras
from haboot.checker.engines import explore, served
from haboot.cli.main import run
from haboot.model import STANDARD, system

from bench.subjects import toy
from tests.architecture import ROOT

HEAVY = {"hypothesis", "jinja2", "junitparser", "matplotlib", "msgspec", "networkx", "numba", "numpy", "pygraphviz",
         "pytest", "rich", "scipy", "tomlkit", "transitions"}  # fmt: skip
USED = {"networkx", "numpy", "rich", "transitions"}


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without any extra."""
    names = {name for some in EXTRAS.values() for name in some}
    usual = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name in names else usual(name))


def loaded(words: Sequence[str]) -> set[str]:
    """The packages that a command loads."""
    code = (
        "import sys\nfrom haboot.cli.main import run\nrun(sys.argv[1:])\n"
        "print('', *{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    asked = [sys.executable, "-c", code, *words]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603 - words of this file
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "used"), [(("--version",), set()), (("--help",), set()), (("check", "contention"), USED)]
)
def test_a_command_loads_what_it_uses(words: tuple[str, ...], used: set[str]) -> None:
    assert loaded(words) & HEAVY == used


@pytest.mark.parametrize("code", ["import haboot", toy()], ids=["imported", "toy"])
def test_a_small_model_of_states_loads_nothing_large(code: str) -> None:
    told = f"{code}\nimport sys\nprint('', *{{name.split('.')[0] for name in sys.modules}}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)  # noqa: S603 - as above
    assert set(done.stderr.split()) & (HEAVY | {"click"}) == set()
    assert "haboot" in done.stderr.split()


@pytest.mark.slow
def test_the_standard_suite_needs_no_extra() -> None:
    assert loaded(("check", "-q", "--workers", "1")) & HEAVY == USED


def test_extras_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = {name: {one.split(">")[0] for one in some} for name, some in project["optional-dependencies"].items()}
    assert {name: found[name] for name in EXTRAS} == {name: {*some} for name, some in EXTRAS.items()}
    assert f"haboot[{','.join(sorted(EXTRAS))}]" in found["test"], "the tests need all of it"


@pytest.mark.usefixtures("bare", "here")
@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("check", "same-prefix", "--engine", "packed"), "fast"),
        (("check", "same-prefix", "--checkpoint", "saved"), "fast"),
        (("check", "same-prefix", "--engine", "cluster"), "cluster"),
        (("check", "same-prefix", "--engine", "cluster", "--carrier", "mpi"), "mpi"),
        (("draw", "participants"), "draw"),
        (("throttle", "--nodes", "1", "-o", "plot.svg"), "draw"),
        (("report", "-o", "report.html"), "draw"),
        (("explore", "same-prefix"), "draw"),
    ],
)
def test_what_is_not_installed_is_named_with_the_command_that_installs_it(
    words: tuple[str, ...], extra: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f"{' and '.join(EXTRAS[extra])}, not installed here: pip install 'haboot[{extra}]'")


@pytest.mark.usefixtures("bare")
def test_without_mpi_nobody_is_served() -> None:
    assert not served()


@pytest.mark.usefixtures("bare", "here")
def test_a_plain_installation_checks_and_writes_descriptions_of_pictures() -> None:
    assert run(("check", "same-prefix", "-q")) == 0
    assert run(("draw", "participants", "-f", "dot", "-f", "mermaid")) == 0


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("most", [50, 1000])
def test_without_compiled_loops_the_graph_engine_goes_as_far_as_it_reaches(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    contention = next(one for one in STANDARD if one.name == "contention")
    for small in ("SMALL", "COLD"):
        monkeypatch.setattr(f"haboot.checker.engines.{small}", 10)
    monkeypatch.setattr("haboot.checker.graph.search.MOST", most)
    space = explore(system(contention), Limits(), quiet)
    assert space.engine == "graph"
    assert (space.distinct == 86) == (most == 1000) == (not space.bounds_hit)
    assert not space.bounds_hit or space.bounds_hit[-1].endswith("pip install 'haboot[fast]'")
    assert check(system(contention), [], limits=Limits()).space.distinct == space.distinct
