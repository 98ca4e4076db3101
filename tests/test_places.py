"""Where things are told to be: each key of a TOML text on its line, each file by its path in the repository."""

import string
import tomllib
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
from haboot.ledger.positions import lines
from haboot.properties import claim_places
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
PACKAGE = Path(haboot.checker.__file__).parent.parent
DECOYS = ("[[scenario]]", "a = 1", "# none", "]", "}", "= [", "it's", '"', "\\")


class Writer:
    """Writes a TOML text in many styles, and notes on which line it puts each key."""

    def __init__(self, random: Random) -> None:
        self.random, self.text, self.noted = random, "", dict[tuple[str | int, ...], int]()
        self.names = 0

    def put(self, text: str) -> None:
        self.text += text

    def note(self, path: tuple[str | int, ...]) -> None:
        self.noted.setdefault(path, self.text.count("\n") + 1)

    def key(self) -> tuple[str, str]:
        """A key that is no other's, and how it is spelt."""
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

    def value(self, path: tuple[str | int, ...], depth: int) -> None:
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

    def pair(self, path: tuple[str | int, ...], depth: int) -> None:
        keys = [self.key() for _ in range(self.random.choice((1, 1, 2)))]
        for number in range(len(keys)):
            self.note((*path, *(name for name, _ in keys[: number + 1])))
        self.put(self.random.choice((".", " . ")).join(spelt for _, spelt in keys) + self.random.choice(("=", " =  ")))
        self.value((*path, *(name for name, _ in keys)), depth)

    def body(self, path: tuple[str | int, ...]) -> None:
        for _ in range(self.random.randrange(3)):
            self.pair(path, 2)
            self.blank()

    def document(self) -> None:
        self.body(())
        for _ in range(self.random.randrange(4)):
            name, spelt = self.key()
            if self.random.random() < 0.5:
                self.note((name,))
                self.put(f"[ {spelt} ]")
                self.blank()
                self.body((name,))
                continue
            for number in range(self.random.randrange(1, 4)):
                self.note((name, number))
                self.put(f"[[{spelt}]]")
                self.blank()
                self.body((name, number))
                inner, spelt_inner = self.key()
                self.note((name, number, inner))
                self.put(f"[{spelt}.{spelt_inner}]")
                self.blank()
                self.body((name, number, inner))


def paths(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of each key and member, but not of a list of tables, which has no line of its own."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from paths(value, (*path, key))


@given(st.randoms(use_true_random=False))
def test_each_key_of_a_text_has_its_line(random: Random) -> None:
    writer = Writer(random)
    writer.document()
    found = lines(writer.text)
    assert found == writer.noted
    known = set(paths(tomllib.loads(writer.text.replace("\r\n", "\n"))))
    assert set(found) <= known
    assert all((*path, 0) in found for path in known - set(found))


def test_a_table_within_a_member_of_an_array_is_that_members() -> None:
    assert lines("[[a]]\n[[a.b]]\n[[a.b]]\nc.d=1\n[[a]]\n[a.e]\n[[a.b]]\n") == {
        ("a", 0): 1,
        ("a", 0, "b", 0): 2,
        ("a", 0, "b", 1): 3,
        ("a", 0, "b", 1, "c"): 4,
        ("a", 0, "b", 1, "c", "d"): 4,
        ("a", 1): 5,
        ("a", 1, "e"): 6,
        ("a", 1, "b", 0): 7,
    }


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


def test_a_file_of_the_package_is_of_the_repository_that_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = claim_places()["no-deadlock"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    assert (place.base, place.file) == (Base.PACKAGE, "haboot/properties/flows.py")
    twin = tmp_path / "properties" / "flows.py"
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
    assert lines(f"{name} = 1\n") == {(name,): 1}
