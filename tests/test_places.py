"""Where things are told to be: each key of a TOML text on its line, each file by its path in the repository."""

import string
import tomllib
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import haboot.checker
import pytest
from haboot.checker import (
    Action,
    Base,
    Fired,
    Participant,
    Place,
    Row,
    Step,
    always,
    defined_at,
    no_deadlock,
    place_of,
    stated_at,
    step_place,
)
from haboot.ledger.positions import Node, Spot, tree
from haboot.properties import claim_places
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
PACKAGE = Path(haboot.checker.__file__).parent.parent
Keys = tuple[str | int, ...]
DECOYS = ("[[scenario]]", "a = 1", "# none", "]", "}", "= [", "it's", '"', "\\")


class Writer:
    """Writes a TOML text in many styles, and notes on which line and in which column it puts each key."""

    def __init__(self, random: Random) -> None:
        self.random, self.text, self.noted = random, "", dict[Keys, Spot]()
        self.names, self.keys = 0, dict[str, str]()

    def put(self, text: str) -> None:
        self.text += text

    def note(self, path: Keys, spot: Spot | None = None) -> None:
        self.noted.setdefault(path, spot or self.spot())

    def spot(self) -> Spot:
        """Where what is put next begins."""
        *above, last = self.text.split("\n")
        return Spot(len(above) + 1, len(last) + 1)

    def indent(self) -> None:
        self.put(self.random.choice(("", "", "  ", "\t")))

    def key(self) -> tuple[str, str]:
        """A key that is no other's, and how it is spelt."""
        key, spelt = self.spelt()
        self.keys[key] = spelt
        return key, spelt

    def spelt(self) -> tuple[str, str]:
        self.names += 1
        kind = self.random.randrange(4)
        if kind == 0:
            return f"k{self.names}", f"k{self.names}"
        if kind == 1:
            return f"{self.names}", f"{self.names}"
        decoy = self.random.choice(DECOYS)
        if kind == 2 and "'" not in decoy:
            return f"{self.names}.{decoy}", f"'{self.names}.{decoy}'"
        escaped = decoy.replace("\\", "\\\\").replace('"', '\\"')
        return f"{self.names}é{decoy}", f'"{self.names}\\u00e9{escaped}"'

    def blank(self) -> None:
        self.put(self.random.choice(("\n", "\r\n", f"  # {self.random.choice(DECOYS)}\n", "\n\n\t\n")))

    def scalar(self) -> None:
        decoys = "\n".join(self.random.choices(DECOYS, k=3))
        escaped = decoys.replace("\\", "\\\\").replace('"', '\\"')
        flat = escaped.replace("\n", "\\n")
        some = ("1.5", "true", "1979-05-27 07:32:00", "-inf", "[]", "{}", '""', "''", f'"{flat}"')
        long = (f'"""\n{escaped}"""', '"""a""""', '""""b"""""', "'''x''''", "'''\n[[a]]\nb = 1\n'''", '"""\\\n  c"""')
        self.put(self.random.choice((*some, *long)))

    def value(self, path: Keys, depth: int) -> None:
        kind = self.random.randrange(4) if depth else 0
        if kind < 2:
            self.scalar()
        elif kind == 2:
            self.put("[")
            for number in range(self.random.randrange(1, 4)):
                self.put("," if number else "")
                if self.random.random() < 0.5:
                    self.blank()
                self.note((*path, number))
                self.value((*path, number), depth - 1)
            self.put("]")
        else:
            self.put("{ ")
            for number in range(self.random.randrange(1, 3)):
                self.put(", " if number else "")
                self.pair(path, depth - 1)
            self.put(" }")

    def pair(self, path: Keys, depth: int) -> None:
        keys = [self.key() for _ in range(self.random.choice((1, 1, 2)))]
        for number in range(len(keys)):
            self.note((*path, *(name for name, _ in keys[: number + 1])))
        self.put(self.random.choice((".", " . ")).join(spelt for _, spelt in keys) + self.random.choice(("=", " =  ")))
        self.value((*path, *(name for name, _ in keys)), depth)

    def body(self, path: Keys) -> None:
        for _ in range(self.random.randrange(3)):
            self.indent()
            self.pair(path, 2)
            self.blank()

    def document(self) -> None:
        self.body(())
        for _ in range(self.random.randrange(4)):
            name, spelt = self.key()
            self.indent()
            self.note((name,))
            if self.random.random() < 0.5:
                self.put(f"[ {spelt} ]")
                self.blank()
                self.body((name,))
                continue
            for number in range(self.random.randrange(1, 4)):
                self.note((name, number))
                self.put(f"[[{spelt}]]")
                self.blank()
                self.body((name, number))
                self.indent()
                inner, spelt_inner = self.key()
                self.note((name, number, inner))
                self.put(f"[{spelt}.{spelt_inner}]")
                self.blank()
                self.body((name, number, inner))
                self.indent()


def paths(data: Any, path: Keys = ()) -> Iterator[Keys]:
    """The path of each key and member."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from paths(value, (*path, key))


def nodes(node: Node, path: Keys = ()) -> Iterator[tuple[Keys, Node]]:
    """The path and the node of all that is below one."""
    for key, below in node.below.items():
        yield (*path, key), below
        yield from nodes(below, (*path, key))


@given(st.randoms(use_true_random=False))
@settings(deadline=None)
def test_each_key_of_a_text_is_found_where_it_stands(random: Random) -> None:
    writer = Writer(random)
    writer.document()
    root = tree(writer.text)
    found = dict(nodes(root))
    assert {path: node.spot for path, node in found.items()} == writer.noted
    assert set(found) == set(paths(tomllib.loads(writer.text.replace("\r\n", "\n"))))
    rows = writer.text.split("\n")
    for path, node in found.items():
        keyed = next(path[:length] for length in range(len(path), 0, -1) if found[path[:length]].has_key)
        spot = root.nearest(path)
        assert spot == found[keyed].spot == root.nearest((*path, "none such"))
        at = rows[spot.line - 1][spot.column - 1 :]
        assert at.startswith(("[", *(writer.keys[key] for key in path if isinstance(key, str))))
        assert node.has_key or isinstance(path[-1], int)


@given(
    tables=st.lists(
        st.dictionaries(
            st.text("ab-_é", min_size=1, max_size=3), st.sampled_from(["1", '"x"', "[1,\n 2]", "{ a = 1 }"])
        ),
        min_size=1,
        max_size=3,
    ),
    ends=st.sampled_from(["\n", "\r\n"]),
    indent=st.sampled_from(["", "  ", "\t"]),
)
@settings(deadline=None)
def test_a_key_is_found_with_either_stroke(tables: list[dict[str, str]], ends: str, indent: str) -> None:
    lines, keys = [], []
    for number, table in enumerate(tables):
        lines += ["# one more", "[[row]]"]
        keys.append((("row", number), len(lines), 1))
        written = {key.replace("_", "-"): (key, value) for key, value in table.items()}
        for path, (key, value) in written.items():
            keys.append((("row", number, path), len(lines) + 1, len(indent) + 1))
            lines += f'{indent}"{key}" = {value} # why'.split("\n")
    root = tree(ends.join(lines))
    assert [root.nearest(path) for path, *_ in keys] == [(line, column) for _, line, column in keys]


def test_what_is_not_there_is_at_the_nearest_around_it() -> None:
    assert tree("a = 1").nearest(()) is None
    assert tree("a = 1").nearest(("b", "a")) is None
    assert tree("a = 1\n[[b]]\nc = 1").nearest(("b", 7)) == (2, 1)
    assert tree("[a.b]\nc = 1\n[x]\n[a.d]\ne = 1").nearest(("a", "d", "e")) == (5, 1)
    assert tree("a_b.c = 1\na-b.d = 1").nearest(("a-b", "d")) == (2, 1)


def test_a_table_within_a_member_of_an_array_is_that_members() -> None:
    root = tree("[[a]]\n[[a.b]]\n[[a.b]]\nc.d=1\n[[a]]\n[a.e]\n[[a.b]]\n")
    assert {path: node.spot.line for path, node in nodes(root)} == {
        ("a",): 1,
        ("a", 0): 1,
        ("a", 0, "b"): 2,
        ("a", 0, "b", 0): 2,
        ("a", 0, "b", 1): 3,
        ("a", 0, "b", 1, "c"): 4,
        ("a", 0, "b", 1, "c", "d"): 4,
        ("a", 1): 5,
        ("a", 1, "e"): 6,
        ("a", 1, "b"): 7,
        ("a", 1, "b", 0): 7,
    }


def test_a_deep_text_takes_no_more_room_than_a_flat_one() -> None:
    """Neither does the depth of calls grow with it, so that no text that is read is too deep."""
    room = []
    for depth in (1, 5000):
        text = f"a = {'[' * depth}{'1,' * (6000 - depth)}{']' * depth}"
        tracemalloc.start()
        assert tree(text).nearest(("a", *[0] * depth)) == (1, 1)
        room.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert room[1] < 3 * room[0], room


def test_a_path_begins_at_the_root_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    place = Place(inner / "mine.toml", 3)
    monkeypatch.chdir(inner)
    assert (place.base, str(place)) == (Base.REPOSITORY, "mine.toml:3")
    (tmp_path / "a" / ".git").write_text("gitdir: elsewhere\n")
    assert (place.base, str(place)) == (Base.REPOSITORY, "b/mine.toml:3")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert (place.base, str(place)) == (Base.REPOSITORY, "a/b/mine.toml:3")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "other"))
    assert str(place) == "b/mine.toml:3"
    outside = Place(tmp_path / "mine\u202e.toml", 1)
    assert outside.base is Base.ELSEWHERE
    assert str(outside).startswith(f"{tmp_path.as_posix()}/mine")
    assert str(outside).isprintable()


def test_a_file_of_the_package_is_of_the_repository_that_holds_it(here: Path) -> None:
    place = claim_places()["no-deadlock"]
    (here / ".git").mkdir()
    assert (place.base, place.file) == (Base.PACKAGE, "haboot/properties/flows.py")
    twin = here / "properties" / "flows.py"
    twin.parent.mkdir()
    twin.write_text("another file of this name\n")
    assert place.base is Base.PACKAGE
    twin.write_bytes((PACKAGE / "properties" / "flows.py").read_bytes())
    assert (place.base, place.file) == (Base.REPOSITORY, "properties/flows.py")


def test_properties_and_actions_are_where_their_functions_are() -> None:
    here = Path(__file__).read_text(encoding="utf-8").splitlines()
    mine = always("mine", ("n",), lambda v: v["n"] == 0)
    stated = stated_at(mine)
    assert stated is not None
    assert stated.path == Path(__file__)
    assert "lambda v: v" in here[stated.line - 1]
    assert stated_at(always("partial", ("n",), partial(lambda _, v: v["n"] == 0, 1))) == Place(
        Path(__file__), stated.line + 5
    )
    assert stated_at(always("the package's", ("n",), haboot.checker.fired)) is None
    assert stated_at(no_deadlock("no code", ("n",), bool)) is None
    assert defined_at(len) is None


def test_a_step_is_at_its_row_or_else_at_its_action() -> None:
    row = Row("goes", ("idle",), "idle")
    parts = {"A": Participant("machine", ("idle",), "idle", (row,))}
    actions = {"tick": Action("tick", (), (), lambda _: {})}
    taken = Step("A goes", (Fired("A", "goes", 0),), {}, {})
    assert step_place(taken, parts) == place_of(row)
    assert step_place(taken, {}) is None
    ticked = step_place(Step("tick", (), {}, {}), parts, actions)
    assert ticked == defined_at(actions["tick"].effect)
    assert step_place(Step("tock", (), {}, {}), parts, actions) is None


def test_names_are_as_the_alphabet_of_bare_keys_has_them() -> None:
    name = string.ascii_letters + string.digits + "-_"
    assert [(key, node.spot) for key, node in tree(f"\n {name} = 1\n").below.items()] == [(name, (2, 2))]
