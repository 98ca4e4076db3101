"""The house: imports run one way, three packages have one door each, and the wheel holds the whole tree."""

import ast
import re
import tomllib
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import haboot.checker
import networkx as nx
import pytest

from tests.architecture import MAY_IMPORT, PICTURE, ROOT, drawn, floors, imported, loaded, module, packages, sources

FLOORS = 9  # of the checker: a file or a room stands above all that it imports
ONE_DOOR = ("transitions", "networkx", "numba", "ray")


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_run_one_way(folder: str) -> None:
    for path in sources(folder):
        ours = {name.split(".")[1] for name in imported(path) if name.startswith("haboot.")}
        assert ours - {folder} <= MAY_IMPORT[folder], path


def test_nobody_reaches_past_a_front_door() -> None:
    doors = {packages(path)[-1] for path in sources() if path.name == "__init__.py"}
    for path in sources():
        for name in imported(path):
            entered = [door for door in doors if name.startswith(f"{door}.") and name not in doors]
            entry = path.name == "__main__.py"  # names a file of the command, as the wheel's script does
            assert entry or set(entered) <= set(packages(path)), (path, name)


def test_no_circle_between_files() -> None:
    files = {module(path): path for path in sources()}
    graph = nx.DiGraph((name, other) for name, path in files.items() for other in loaded(path) if other in files)
    assert [sorted(one) for one in nx.strongly_connected_components(graph) if len(one) > 1] == []


@pytest.mark.parametrize("folder", ["checker", "checker/machines", "checker/packed", "checker/fuzzing"])
def test_a_folder_has_few_floors(folder: str) -> None:
    assert 1 < len(floors(folder)) <= FLOORS


def test_a_front_door_offers_what_it_lists() -> None:
    for path in sources():
        if path.with_suffix(".pyi").exists():
            door = import_module(packages(path)[-1].replace("haboot.door", "haboot"))
            assert set(door.__all__) == set(dir(door))
            for name in door.__all__:
                assert getattr(door, name) is not None
                inner = path.with_name(f"{name}.py").exists()  # an import of it would replace what the door offers
                assert isinstance(getattr(door, name), type(ast)) == inner, (path, name)


@pytest.mark.parametrize("package", ONE_DOOR)
def test_a_package_has_one_door(package: str) -> None:
    doors = [path for path in sources() if any(name.split(".")[0] == package for name in imported(path))]
    assert len(doors) <= 1


def test_a_line_that_is_not_measured_says_why() -> None:
    for path in sources():
        for line in path.read_text(encoding="utf-8").splitlines():
            assert "pragma:" not in line or re.search(r"# pragma: no (cover|branch) - \w+ \w+", line), (path, line)


def test_every_folder_with_code_is_in_the_wheel() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {packages(path)[-1] for path in sources() if path.name == "__init__.py"}
    found = {name.replace("haboot.door", "haboot") for name in found}
    assert listed == found


def test_the_installed_package_holds_each_file_of_the_tree() -> None:
    installed = Path(haboot.checker.__file__).parent.parent
    if installed == ROOT:
        pytest.skip("an editable install points into the tree itself")
    for folder in MAY_IMPORT:
        for path in (ROOT / folder).rglob("*"):
            if "pictures" in path.parts:
                continue  # what commands draw is no part of the package
            if path.suffix in {".py", ".pyi", ".toml", ".typed", ".html", ".css", ".js", ".txt"}:
                assert (installed / path.relative_to(ROOT / "door" if folder == "door" else ROOT)).is_file(), path


def test_only_one_file_of_the_model_spells_names_of_slots() -> None:
    for path in sources("model", "properties", "ledger", "studies", "diagrams", "pages", "plugin"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        pairs = [pair for text in texts for pair in pairwise(text.values) if isinstance(pair[0], ast.FormattedValue)]
        spelt = [after.value for _, after in pairs if isinstance(after, ast.Constant)]
        named = [text for text in spelt if re.match(r"\.(?!cross$)[a-z_]+", str(text))]
        assert not named or path.name == "parts.py", (path, named)


def called(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {ast.unparse(one) for one in calls}


def test_commands_print_through_one_kind_of_console() -> None:
    for path in sorted((ROOT / "cli").glob("*.py")):
        if path.name != "console.py":
            assert not called(path) & {"Console", "print", "rich.print"}, path


def test_the_picture_of_the_architecture_is_that_of_the_imports() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawn(), "draw it again: python -m tests.architecture"
