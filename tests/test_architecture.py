"""The house: imports run one way, three packages have one door each, and the wheel holds the whole tree."""

import ast
import re
import tomllib
from pathlib import Path

import haboot.checker
import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "checker": set[str](),
    "model": {"checker"},
    "properties": {"checker", "model"},
    "diagrams": {"checker"},
    "cli": {"checker", "model", "properties", "diagrams"},
    "plugin": {"checker", "model", "properties", "diagrams", "cli"},
}
ONE_DOOR = ("transitions", "networkx", "numba")


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_run_one_way(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        ours = {name.split(".")[1] for name in imported(path) if name.startswith("haboot.")}
        assert ours - {folder} <= MAY_IMPORT[folder], path


@pytest.mark.parametrize("package", ONE_DOOR)
def test_a_package_has_one_door(package: str) -> None:
    doors = [
        path
        for folder in MAY_IMPORT
        for path in sorted((ROOT / folder).rglob("*.py"))
        if any(name.split(".")[0] == package for name in imported(path))
    ]
    assert len(doors) <= 1


def test_a_line_that_is_not_measured_says_why() -> None:
    for folder in MAY_IMPORT:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for line in path.read_text(encoding="utf-8").splitlines():
                assert "pragma:" not in line or re.search(r"# pragma: no (cover|branch) - \w+ \w+", line), (path, line)


def test_every_folder_with_code_is_in_the_wheel() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        f"haboot.{path.parent.relative_to(ROOT).as_posix().replace('/', '.')}"
        for folder in MAY_IMPORT
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert listed == found


def test_the_installed_package_holds_each_file_of_the_tree() -> None:
    installed = Path(haboot.checker.__file__).parent.parent
    if installed == ROOT:
        pytest.skip("an editable install points into the tree itself")
    for folder in MAY_IMPORT:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".toml", ".typed", ".html", ".css", ".js"}:
                assert (installed / path.relative_to(ROOT)).is_file(), path


def called(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {ast.unparse(one) for one in calls}


def test_commands_print_through_one_kind_of_console() -> None:
    for path in sorted((ROOT / "cli").glob("*.py")):
        if path.name != "console.py":
            assert not called(path) & {"Console", "print", "rich.print"}, path
