"""How the project's files import each other: read from the sources, and drawn by ``python -m tests.architecture``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx as nx
from haboot.diagrams import render

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "architecture.dot"
MAY_IMPORT = {
    "checker": set[str](),
    "model": {"checker"},
    "properties": {"checker", "model"},
    "ledger": {"checker", "model", "properties"},
    "exports": {"checker"},
    "certify": {"checker"},
    "wire": {"checker", "model"},
    "studies": {"checker", "model", "properties", "ledger", "exports"},
    "diagrams": {"checker"},
    "pages": {"checker", "diagrams"},
    "cli": {"checker", "model", "properties", "ledger", "exports", "certify", "studies", "diagrams", "pages", "wire"},
    "plugin": {"checker", "model", "properties", "ledger", "studies", "diagrams"},
    "door": {"checker", "cli", "diagrams"},
}


@cache
def imported(path: Path) -> frozenset[str]:
    """The modules and packages that a file names in its imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return frozenset(names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)})


@cache
def loaded(path: Path) -> frozenset[str]:
    """The same, and the modules that a file takes out of a package by name."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    taken = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
    return imported(path) | (taken & {module(one) for one in sources()})


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders or MAY_IMPORT:
        yield from sorted((ROOT / folder).rglob("*.py"))


def packages(path: Path) -> tuple[str, ...]:
    """The packages that a file is in, the outermost first."""
    *folders, _ = path.relative_to(ROOT).parts
    return tuple(".".join(("haboot", *folders[:depth])) for depth in range(1, len(folders) + 1))


def module(path: Path) -> str:
    return ".".join(("haboot", *path.relative_to(ROOT).with_suffix("").parts))


def floors(folder: str) -> list[set[str]]:
    """The files and rooms of a folder by floor: each stands above all that it imports."""
    prefix = f"haboot.{folder.replace('/', '.')}."

    def inner(name: str) -> str:
        return name.removeprefix(prefix).split(".")[0]

    graph = nx.DiGraph()
    for path in sources(folder):
        own = path.relative_to(ROOT / folder).with_suffix("").parts[0]
        graph.add_node(own)
        names = {inner(name) for name in loaded(path) if name.startswith(prefix)}
        graph.add_edges_from((name, own) for name in names - {own})
    return [set(one) for one in nx.topological_generations(graph)]


def part(name: str) -> str:
    """The room or the package that a module belongs to; a file of the checker outside of its rooms by its own name."""
    _, folder, *inner = name.split(".")
    return f"{folder}/{inner[0]}" if folder == "checker" and inner else folder


def drawn() -> str:
    """The packages and rooms as DOT, each below what imports it; an arrow that another way implies is left out."""
    graph = nx.DiGraph()
    for path in sources():
        for name in imported(path):
            if name.startswith("haboot.") and part(name) != part(module(path)):
                graph.add_edge(part(module(path)), part(name))
    for line in (ROOT / "checker" / "__init__.pyi").read_text(encoding="utf-8").splitlines():
        graph.add_edge("checker", f"checker/{line.split()[1].split('.')[1]}")
    lines = ["digraph haboot {", '  rankdir="TB"; node [shape="box", style="rounded", fontname="Helvetica"];']
    inside = sorted(name for name in graph if name.startswith("checker/"))
    lines += ['  subgraph cluster_checker { label="checker/"; fontname="Helvetica"; color="#9aa5b1";']
    lines += [f'    "{name}" [label="{name.removeprefix("checker/")}"];' for name in inside]
    outside = sorted({*graph} - {*inside})
    lines += ["  }", *(f'  "{name}" [label="{name}/"];' for name in outside)]
    lines += [*(f'  "{one}" -> "{other}";' for one, other in sorted(nx.transitive_reduction(graph).edges)), "}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
    PICTURE.with_suffix(".svg").write_text(render.svg(drawn()), encoding="utf-8")
