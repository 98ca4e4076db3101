"""Compiled loops take all that the engine gives them, are kept as machine code, and load without the compiler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from haboot.checker import EngineError
from haboot.checker.packed import calling, compiling, kept
from haboot.checker.packed.layout import Room, Sizes
from haboot.checker.packed.loops import Loop, interpreted

ROOT = Path(__file__).parents[1]
compiled_only = pytest.mark.skipif(interpreted(), reason="nothing is compiled")
WHOLE = np.arange(12, dtype=np.uint64).reshape(3, 4)


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "folder", lambda: tmp_path)


def everything(number: Any, word: Any, flag: Any, nothing: Any, table: Any, room: Any) -> Any:
    total = word
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            total ^= table[i, j] << np.uint64(j)
    room.picks[0] = number
    return number + room.picks.size, total, not flag and nothing is None


def room() -> Room:
    return Room(*np.zeros((2, 1), np.uint64), np.zeros(5, np.int64), np.zeros(0, np.uint64))


@compiled_only
@pytest.mark.parametrize("table", [WHOLE, WHOLE[:, ::2], WHOLE.T, WHOLE[:0], WHOLE[::-1]])
@pytest.mark.parametrize("flag", [False, np.True_])
def test_a_loop_takes_all_kinds_of_arguments_and_says_what_python_says(table: Any, flag: Any) -> None:
    own, other = room(), room()
    given = -7, np.uint64(2**64 - 200), flag, None, table
    assert Loop(everything)(*given, own) == everything(*given, other)
    assert own.picks[0] == other.picks[0] == -7


def halved(number: int) -> None:
    number // (number - number)


@compiled_only
def test_a_loop_that_fails_says_so() -> None:
    with pytest.raises(EngineError, match=r"test_loops\.halved failed with status 1"):
        Loop(halved)(4)


@compiled_only
def test_a_convention_that_numba_has_changed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "types_of", lambda _: [])
    with pytest.raises(EngineError, match="takes 3 arguments, not 2: numba has changed"):
        compiling.machine_code(Loop(halved), ("q",))


@compiled_only
@pytest.mark.parametrize("place", [True, False])
def test_a_loop_is_compiled_once_where_there_is_a_place(
    place: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, whole = list[str](), compiling.machine_code

    def counted(loop: Loop, kinds: Any) -> bytes:
        made.append(loop.name)
        return whole(loop, kinds)

    monkeypatch.setattr(compiling, "machine_code", counted)
    monkeypatch.setattr(kept, "folder", lambda: tmp_path if place else None)
    for _ in range(2):
        loop = Loop(everything)
        assert loop(1, np.uint64(0), False, None, WHOLE, room()) == loop(1, np.uint64(0), False, None, WHOLE, room())
    assert len(made) == (1 if place else 2)
    assert len(list(tmp_path.glob(f"*{kept.SUFFIX}"))) == place  # a helper of the process may have claimed it as well


def test_what_is_kept_is_read_as_it_was_written_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept.read("one") is None
    kept.write("one", b"content")
    assert kept.read("one") == b"content"
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert kept.read("one") is None
        file.write_bytes(whole[:place])
        assert kept.read("one") is None
    monkeypatch.setattr(kept, "folder", lambda: tmp_path / "gone")
    kept.write("two", b"")
    assert list(tmp_path.iterdir()) == [file]


@compiled_only
def test_kept_loops_run_without_the_compiler() -> None:
    script = (
        "import sys\nfrom examples.two_phase_commit import two_phase_commit\nfrom haboot.checker import Limits, quiet\n"
        "from haboot.checker.packed import explore\n"
        "print(explore(two_phase_commit(3), Limits(workers=1), quiet).distinct, 'numba' in sys.modules)\n"
    )
    told = [
        subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert told[1].stdout == "288 False\n"


@compiled_only
def test_what_many_calls_are_given_is_taken_apart_as_what_one_is() -> None:
    shapes = [Sizes(1, 20 + number).shape(1 << 20) for number in range(2 * calling.MOST)]
    for shape in (*shapes, *shapes[::-1], *[shapes[0]] * 2):
        once, again = list[object](), list[object]()
        assert calling.taken_apart(shape, once) == calling._parts(shape, again)
        assert once == again
        assert len(calling._known) <= calling.MOST


@pytest.mark.parametrize("lacking", ["no_such_package", "json"])
def test_without_compilers_nothing_is_kept(lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is found and is of no installed package."""
    assert kept.digest.__wrapped__() == kept.digest()
    monkeypatch.setattr(kept, "COMPILERS", ("numpy", lacking))
    assert not kept.digest.__wrapped__()
