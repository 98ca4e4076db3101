"""Checkpoints: whatever stops a search, the resumed one ends with the same counts and verdicts."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from haboot.checker import Action, Answer, EngineError, Limits, ModelError, Slot, System, always, check
from haboot.checker.packed.checkpoint import NAME
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from examples.two_phase_commit import agreement, two_phase_commit

ROOT = Path(__file__).parent.parent
RUN = """
import sys
from pathlib import Path
from haboot.checker import Limits, check
from examples.two_phase_commit import two_phase_commit
check(two_phase_commit(8), [], Limits(checkpoint=Path(sys.argv[1]), interval=0.0), engine="packed")
"""
COUNTS = (1_745_408, 18_507_778, 26)


def resumed(directory: Path, managers: int = 8) -> tuple[int, int, int]:
    space = check(two_phase_commit(managers), [], Limits(checkpoint=directory, resume=True), engine="packed").space
    return space.distinct, space.generated, space.depth


def stopped(directory: Path, delay: float, how: signal.Signals, run: str = RUN, name: str = NAME) -> int:
    """Start a search, wait for its first checkpoint, or a file of another name, and a while more, and end it."""
    process = subprocess.Popen([sys.executable, "-c", run, str(directory)], cwd=ROOT)  # noqa: S603 - this interpreter
    while not (directory / name).exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(delay)
    process.send_signal(how)
    return process.wait()


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 30))])
def test_a_search_killed_at_any_moment_resumes_to_the_same_counts(tmp_path: Path, seed: int) -> None:
    moment = Random(seed).uniform(0, 0.8)  # noqa: S311 - no secret
    stopped(tmp_path, moment, signal.SIGKILL)
    assert resumed(tmp_path) == COUNTS


def test_sigterm_writes_before_it_ends(tmp_path: Path) -> None:
    assert stopped(tmp_path, 0.1, signal.SIGTERM) in {-signal.SIGTERM, 0}
    assert resumed(tmp_path) == COUNTS


def test_a_search_that_is_asked_to_end_writes_and_leaves_the_signal_to_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = iter(range(20))

    def ask() -> bool:
        if next(asked) == 10:
            os.kill(os.getpid(), signal.SIGTERM)
        return False

    def ended(number: int) -> None:
        raise SystemExit(f"ended by {number}, handled by {signal.getsignal(number)!r}")

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    monkeypatch.setattr(signal, "raise_signal", ended)
    limits = Limits(checkpoint=tmp_path, interval=3600.0, stopped=ask)
    with pytest.raises(SystemExit, match=f"ended by {signal.SIGTERM:d}, handled by {signal.SIG_DFL!r}"):
        check(two_phase_commit(5), [], limits, engine="packed")
    assert json.loads((tmp_path / NAME).read_bytes().partition(b"\n")[0])["generated"] > 1
    assert resumed(tmp_path, 5) == (8_832, 58_146, 17)


def test_a_search_cut_by_a_limit_goes_on_with_a_larger_one(tmp_path: Path) -> None:
    claims = [agreement(6)]
    cut = check(two_phase_commit(6), claims, Limits(max_states=9_000, checkpoint=tmp_path), engine="packed")
    assert cut.verdicts[0].answer is Answer.INCOMPLETE
    whole = check(two_phase_commit(6), claims, Limits(checkpoint=tmp_path, resume=True), engine="packed")
    assert whole.verdicts[0].answer is Answer.HOLDS
    assert (whole.space.distinct, whole.space.generated, whole.space.depth) == (50_816, 402_306, 20)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda plain: plain[:-1], "damaged or cut short"),
        (lambda plain: plain + b"x", "damaged or cut short"),
        (lambda plain: plain[: len(plain) // 2], "damaged or cut short"),
        (lambda plain: plain[:-9] + bytes([plain[-9] ^ 1]) + plain[-8:], "damaged or cut short"),
        (lambda _: b"something else", "is no checkpoint"),
        (lambda _: b"", "is no checkpoint"),
    ],
)
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, spoil: object, says: str) -> None:
    check(two_phase_commit(4), [], Limits(checkpoint=tmp_path), engine="packed")
    file = tmp_path / NAME
    file.write_bytes(spoil(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ModelError, match=says):
        resumed(tmp_path, 4)


def test_a_checkpoint_that_is_cut_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(two_phase_commit(4), [], Limits(checkpoint=tmp_path), engine="packed")
    measured = os.fstat

    def cut(handle: int) -> os.stat_result:
        before = measured(handle)
        os.truncate(tmp_path / NAME, before.st_size // 2)
        return before

    monkeypatch.setattr(os, "fstat", cut)
    with pytest.raises(ModelError, match="damaged or cut short"):
        resumed(tmp_path, 4)


@pytest.mark.parametrize("resume", [True, False])
def test_a_checkpoint_that_cannot_be_read_is_told_with_the_system_s_reason(tmp_path: Path, resume: bool) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(ModelError, match=rf"{tmp_path / NAME} cannot be read: Is a directory"):
        check(two_phase_commit(3), [], Limits(checkpoint=tmp_path, resume=resume))


def test_a_checkpoint_of_another_model_or_property_set_is_refused(tmp_path: Path) -> None:
    check(two_phase_commit(4), [], Limits(checkpoint=tmp_path), engine="packed")
    with pytest.raises(ModelError, match="another model"):
        resumed(tmp_path, 5)
    with pytest.raises(ModelError, match="another model"):
        check(two_phase_commit(4), [agreement(4)], Limits(checkpoint=tmp_path, resume=True), engine="packed")


def test_an_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no checkpoint"):
        resumed(tmp_path / "nothing", 3)


def sealed(plain: bytes) -> bytes:
    """Return a checkpoint's content with a checksum that fits."""
    return plain[:-4] + zlib.crc32(plain[:-4]).to_bytes(4, "little")


@given(data=some.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_forged_checkpoint_with_a_fitting_checksum_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: some.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("forged")
    system = two_phase_commit(3)
    check(system, [agreement(3)], Limits(checkpoint=folder, max_states=data.draw(some.sampled_from((20, 90, 999)))))
    plain = bytearray((folder / NAME).read_bytes())
    line = plain.index(b"\n") + 1
    if data.draw(some.booleans()):
        at = line + 8 * data.draw(some.integers(0, (len(plain) - line - 4) // 8 - 1))
        plain[at : at + 8] = data.draw(some.integers(-(2**63), 2**63 - 1) | some.integers(-3, 300)).to_bytes(
            8, "little", signed=True
        )
    else:
        head = json.loads(plain[:line])
        key = data.draw(some.sampled_from(sorted(head)))
        odd = (
            some.none()
            | some.integers(-3, 2**70)
            | some.text(max_size=3)
            | some.lists(some.text(max_size=2))
            | some.floats()
        )
        head[key] = data.draw(odd)
        plain[:line] = json.dumps(head).encode() + b"\n"
    (folder / NAME).write_bytes(sealed(bytes(plain)))
    with suppress(ModelError, EngineError):
        report = check(system, [agreement(3)], Limits(checkpoint=folder, resume=True))
        assert report.space.distinct <= 288


def stairs(height: int) -> System:
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + height} if v["n"] + height < 10 else None)  # type: ignore[operator,dict-item]
    return System("stairs", (Slot("n", range(10)),), ({"n": 0},), (up,))


def test_a_state_that_a_forged_checkpoint_makes_up_is_no_violation(tmp_path: Path) -> None:
    claims = [always("never three", ("n",), lambda v: v["n"] != 3)]
    files = []
    for height in (1, 2):
        check(stairs(height), claims, Limits(checkpoint=tmp_path / str(height)), engine="packed")
        files.append(tmp_path / str(height) / NAME)
    (made_up, rest), own = (files[0].read_bytes().split(b"\n", 1), files[1].read_bytes().split(b"\n", 1)[0])
    head = {**json.loads(made_up), "identity": json.loads(own)["identity"]}
    files[1].write_bytes(sealed(json.dumps(head).encode() + b"\n" + rest))
    with pytest.raises(EngineError, match="a state found has no way to it, as after a checkpoint that was changed"):
        check(stairs(2), claims, Limits(checkpoint=tmp_path / "2", resume=True), engine="packed")


def test_another_search_s_checkpoint_is_not_overwritten(tmp_path: Path) -> None:
    check(two_phase_commit(3), [], Limits(checkpoint=tmp_path))
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(ModelError, match="is of another search"):
        check(two_phase_commit(4), [], Limits(checkpoint=tmp_path))
    (tmp_path / NAME).write_text("my notes")
    with pytest.raises(ModelError, match="is no checkpoint"):
        check(two_phase_commit(3), [], Limits(checkpoint=tmp_path))
    (tmp_path / NAME).write_bytes(before)
    check(two_phase_commit(3), [], Limits(checkpoint=tmp_path))


def test_a_full_disk_is_told_by_the_checkpoint_s_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelError, match=rf"the checkpoint {tmp_path}.*cannot be written: No space left"):
        check(two_phase_commit(3), [], Limits(checkpoint=tmp_path))
    assert not list(tmp_path.iterdir())


def test_the_depth_of_a_search_stopped_between_levels_is_the_same_once_it_is_resumed(tmp_path: Path) -> None:
    whole = check(two_phase_commit(4), [], engine="packed").space
    for most in (1, 2, 6, 30, 200, whole.distinct):
        folder = tmp_path / str(most)
        check(two_phase_commit(4), [], Limits(checkpoint=folder, max_states=most))
        again = check(two_phase_commit(4), [], Limits(checkpoint=folder, resume=True)).space
        assert (again.distinct, again.generated, again.depth) == (whole.distinct, whole.generated, whole.depth)
        assert again.fired == whole.fired
