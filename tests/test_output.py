"""Files and streams that cannot be written: one line, exit code 2, and nothing half-written."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from haboot.cli.main import run
from haboot.cli.output import append, save, writable

HABOOT = f"{sys.executable} -m haboot.cli"
CLOSED = "haboot: standard output was closed before everything was written\n"
FULL = "haboot: cannot write to standard output: No space left on device\n"


def shell(script: str) -> tuple[int, str]:
    done = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("haboot check same-prefix >&-", CLOSED),
        ("haboot check >&- 2>&-", ""),
        ("haboot scenarios > /dev/full", FULL),
        ("haboot check same-prefix > /dev/full", FULL),
        ("haboot --help > /dev/full", FULL),
        ("haboot check same-prefix -q --json - > /dev/full", FULL),
        ("haboot check -v same-prefix lossy forger | head -1 > /dev/null; exit ${PIPESTATUS[0]}", CLOSED),
        ("haboot --help | true; exit ${PIPESTATUS[0]}", CLOSED),
        (
            "haboot check same-prefix --json /dev/full > /dev/null",
            "haboot: cannot write '/dev/full': No space left on device\n",
        ),
    ],
)
def test_a_stream_that_is_closed_or_full_is_one_line(script: str, says: str) -> None:
    assert shell(script.replace("haboot", HABOOT, 1)) == (2, says)


def test_a_closed_standard_error_changes_nothing() -> None:
    assert shell(f"{HABOOT} check same-prefix 2>&- > /dev/null")[0] == 0


def test_characters_that_a_stream_cannot_show_are_spelled_out() -> None:
    status, error = shell(f"PYTHONIOENCODING=ascii {HABOOT} trace lost-switch-is-final > /dev/null")
    assert (status, error) == (0, "")


@pytest.mark.parametrize("option", ["--json", "--junit", "--sarif"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere/out", "there is no directory"),
        (".", "it is a directory"),
        ("x" * 300, "File name too long"),
        ("/proc/out", "No such file or directory"),
        ("circle", "Too many levels of symbolic links"),
    ],
)
def test_a_file_is_tried_before_the_work_starts(
    option: str, name: str, says: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "circle").symlink_to("circle")
    monkeypatch.setattr("haboot.cli.check.all_results", lambda *_: pytest.fail("the work has started"))
    assert run(("check", "same-prefix", option, name)) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"haboot: cannot write '{name}': ")
    assert says in error
    assert error.count("\n") == 1
    assert [path.name for path in here.iterdir()] == ["circle"]


def test_a_file_is_replaced_whole_and_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    save(link, "new ✓")
    assert target.read_text(encoding="utf-8") == "new ✓"
    assert target.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_a_new_file_gets_the_mode_that_the_user_asks_for(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        save(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_stops_a_write_leaves_the_old_file_and_nothing_else(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    target.write_text("old")

    def fails(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises((click.ClickException, KeyboardInterrupt)):
        save(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_nobody_may_change_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "kept"
    target.write_text("old")
    target.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda path, _: path != target)  # else a superuser may
    with pytest.raises(click.UsageError, match="kept': permission denied"):
        writable(target)
    assert target.read_text() == "old"


def test_trying_a_file_leaves_nothing_behind(tmp_path: Path) -> None:
    writable(tmp_path / "new", None, Path("/dev/null"))
    assert not list(tmp_path.iterdir())


def test_text_is_added_to_a_file_that_others_write_to(tmp_path: Path) -> None:
    target = tmp_path / "summary"
    append(target, "one\n")
    append(target, "two\n")
    assert target.read_text() == "one\ntwo\n"


@pytest.mark.parametrize(
    ("name", "says"), [("nowhere/x", "No such file or directory"), ("/dev/full", "No space left on device")]
)
def test_a_file_that_takes_no_more_text_is_named(name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=f"cannot write '.*{name}': {says}"):
        append(tmp_path / name, "one")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "arguments",
    [
        "check --mobile-nodes 99999999999999999999",
        "check --mobile-nodes -1",
        "check --slots 0",
        "check --capacity 100000000",
        "check --workers -2",
        "check --max-states 0",
        "check --suite none",
        "check nothing",
        "check --resume nowhere",
        "check --checkpoint saved --resume saved",
        "check same-prefix lossy --checkpoint saved",
        "trace",
        "trace nothing",
        "trace same-prefix nothing",
        "trace same-prefix no-deadlock --width -1",
        "trace same-prefix no-deadlock -f json",
        "trace same-prefix fewest-messages -f svg",
        "draw nothing",
        "draw -m nothing",
        "draw space --by nothing -o drawn",
        "draw -o /dev/null/x",
        "report",
        "report -o nowhere/x",
        "mutants --write nowhere/x",
        "findings --search -1",
        "findings --document nowhere/x",
        "check --nothing",
        "nothing",
    ],
)
def test_nonsense_is_one_line_on_every_command(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith("haboot: ")
    assert error.count("\n") == 1


def test_a_command_without_a_word_is_shown_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(()) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Usage: haboot [OPTIONS] COMMAND" in shown.err


def test_numbers_beyond_any_machine_are_limits_that_are_not_reached() -> None:
    huge = str(10**30)
    assert run(("check", "same-prefix", "--max-states", huge, "--max-memory", huge, "--workers", "1000000")) == 0
    run(("check", "same-prefix", "--slots", huge))


def test_a_size_has_a_unit_or_is_in_mebibytes(capsys: pytest.CaptureFixture[str]) -> None:
    given = "check", "contention", "--engine", "packed", "--max-memory"
    assert {size: run((*given, size)) for size in ("1", "1MiB", "1 mib")} == dict.fromkeys(("1", "1MiB", "1 mib"), 3)
    assert {size: run((*given, size)) for size in ("1024", "1GiB", "1TiB")} == dict.fromkeys(
        ("1024", "1GiB", "1TiB"), 0
    )
    capsys.readouterr()
    for wrong in ("0", "0GiB", "2GB", "GiB", "-1GiB", "1.5GiB", "2²GiB"):
        assert run((*given, wrong)) == 2
        assert "nor one with MiB, GiB or TiB behind it" in capsys.readouterr().err
