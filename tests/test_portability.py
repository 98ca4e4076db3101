"""Other systems and places: what only Linux has is not needed, containers have limits, and nothing need be writable."""

import ast
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import haboot.checker
import pytest
from haboot.checker import Limits, check
from haboot.checker.host import machine
from haboot.checker.packed import kept
from haboot.checker.packed.kept import KEPT, SOURCES
from haboot.checker.packed.partitions import reserved
from haboot.cli.main import COMMANDS, run

from examples.two_phase_commit import two_phase_commit

HERE = Path(haboot.checker.__file__).parent
LESS = """
import mmap, multiprocessing, os, signal, sys
GONE = {
    os: "sched_getaffinity sysconf killpg getpgid setsid getuid geteuid O_NONBLOCK O_CLOEXEC sched_yield",
    signal: "setitimer getitimer pthread_sigmask pthread_kill SIGALRM ITIMER_REAL SIG_BLOCK SIG_SETMASK alarm",
    mmap: "MAP_PRIVATE MAP_ANONYMOUS MAP_ANON MAP_NORESERVE MAP_SHARED MADV_NOHUGEPAGE",
}
for module, names in GONE.items():
    for name in names.split():
        vars(module).pop(name, None)
sys.modules |= dict.fromkeys(("resource", "fcntl", "termios", "pwd", "grp"))
"""
RUN = """
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    from haboot.cli.start import main
    main()
"""


def elsewhere(folder: Path, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process that lacks what other systems lack."""
    file = folder / "elsewhere.py"
    file.write_text(LESS + script)
    command = [sys.executable, str(file), *arguments]
    return subprocess.run(  # noqa: S603 - this interpreter
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        "check same-prefix --engine packed",
        "check same-prefix --engine packed --checkpoint saved",
        "fuzz same-prefix --examples 5",
        "findings --document found.md",
        "throttle --nodes 1,2 --slots 1",
        "trace lost-switch-is-final",
        "scenarios",
    ],
)
def test_a_command_needs_nothing_that_only_some_systems_have(tmp_path: Path, arguments: str) -> None:
    done = elsewhere(tmp_path, RUN, *arguments.split())
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[-2000:]


def test_every_command_can_be_loaded_without_it(tmp_path: Path) -> None:
    names = [*COMMANDS]
    script = f"from haboot.cli.main import run\nfor name in {names}:\n    assert run((name, '--help')) == 0\n"
    done = elsewhere(tmp_path, script)
    assert (done.returncode, done.stderr) == (0, "")


def test_progress_is_told_without_a_figure_for_memory(tmp_path: Path) -> None:
    script = """
from pathlib import Path
from haboot.checker.host import machine
from haboot.cli import progress
machine.STATUS = Path("nowhere")
meter, told = progress.Meter(), []
meter.tell = told.append
meter(1, 2, 3, 4)
print(told)
"""
    assert "depth 4']" in elsewhere(tmp_path, script).stdout


@pytest.mark.parametrize("ignored", ["", "signal.signal(signal.SIGINT, signal.SIG_IGN)"])
def test_the_grace_of_an_interrupt_ends_without_timers_of_the_system(ignored: str, tmp_path: Path) -> None:
    script = f"""
{ignored}
import time
from haboot.cli import interrupts
interrupts.listen()
try:
    with interrupts.gently() as stopped:
        signal.raise_signal(signal.SIGTERM)
        print(stopped())
        while True:
            time.sleep(0.01)
except interrupts.Interrupted as error:
    print(error.status)
"""
    assert elsewhere(tmp_path, script).stdout == "True\n143\n"


def groups(root: Path, cgroup: str, mountinfo: str, **limits: str) -> list[int]:
    """The limits that a process has by the files of a system in a folder; limits are given by path with dots."""
    process = root / "proc" / "self"
    process.mkdir(parents=True)
    (process / "cgroup").write_text(cgroup)
    (process / "mountinfo").write_text(mountinfo)
    for path, limit in limits.items():
        file = root / "sys/fs/cgroup" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{limit}\n")
    return sorted(machine.container_limits(root))


V2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "31 25 0:28 {top} /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"
NO_LIMIT = str(0x7FFFFFFFFFFFF000)


@pytest.mark.parametrize(
    ("cgroup", "mountinfo", "limits", "expected"),
    [
        ("0::/a/b\n", V2, {"a/b/memory.max": "max", "a/memory.max": "1000", "a/b/memory.high": "900"}, [900, 1000]),
        ("0::/\n", V2, {"memory.max": "500"}, [500]),
        ("0::/../elsewhere\n", V2, {"memory.max": "500"}, [500]),
        ("5:cpu:/x\n4:memory:/docker/abc\n", V1.format(top="/docker/abc"), {"memory/memory.limit_in_bytes": "7"}, [7]),
        ("4:memory:/x\n", V1.format(top="/"), {"memory/x/memory.limit_in_bytes": "8"}, [8]),
        ("4:memory:/x\n", V1.format(top="/"), {"memory/x/memory.limit_in_bytes": NO_LIMIT}, [int(NO_LIMIT)]),
        ("4:memory:/x\n0::/y\n", V1.format(top="/") + V2, {"memory/x/memory.limit_in_bytes": "9"}, [9]),
        ("", "", {}, []),
        ("", V2, {"memory.max": "9"}, []),  # mounted, and this process is in no group of it
        ("nonsense\n", "nonsense - \n", {}, []),
    ],
)
def test_the_limits_of_a_container_are_read(
    tmp_path: Path, cgroup: str, mountinfo: str, limits: dict[str, str], expected: list[int]
) -> None:
    assert groups(tmp_path, cgroup, mountinfo, **limits) == expected


def test_a_system_without_such_files_sets_no_limit(tmp_path: Path) -> None:
    assert machine.container_limits(tmp_path) == []


@pytest.mark.parametrize(("found", "told"), [(1, 7 << 30), (0, machine.UNKNOWN)])
def test_windows_is_asked_for_its_memory_where_nothing_else_tells(
    found: int, told: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(status: Any) -> int:
        status._obj.sizes[0] = 7 << 30
        assert status._obj.length == 64
        return found

    calls = SimpleNamespace(kernel32=SimpleNamespace(GlobalMemoryStatusEx=fill))
    monkeypatch.setattr(ctypes, "windll", calls, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "sysconf", lambda _: -1)
    machine.physical_memory.cache_clear()
    try:
        assert machine.physical_memory() == told
    finally:
        machine.physical_memory.cache_clear()


def test_a_folder_is_left_alone_where_the_system_has_no_way_to_sync_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[object]()
    real = os.open

    def noted(path: Path, flags: int) -> int:
        opened.append(path)
        return real(path, flags)

    monkeypatch.setattr(os, "open", noted)
    machine.synced_folder(tmp_path)
    assert opened == [tmp_path]
    monkeypatch.setattr(sys, "platform", "win32")
    machine.synced_folder(tmp_path)
    assert opened == [tmp_path]


def test_work_in_a_thread_of_its_own_is_shielded_without_touching_signals() -> None:
    with ThreadPoolExecutor(1) as pool:

        def work() -> list[Any]:
            with machine.shielded():
                return [signal.getsignal(number) for number in machine.SIGNALS]

        assert pool.submit(work).result() == [signal.getsignal(number) for number in machine.SIGNALS]
    with machine.shielded():
        assert signal.getsignal(signal.SIGTERM) not in {signal.SIG_DFL, signal.SIG_IGN}


def test_signals_are_neither_held_back_nor_let_go_where_the_system_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    known = signal.pthread_sigmask
    monkeypatch.delattr(signal, "pthread_sigmask")
    before = known(signal.SIG_BLOCK, ())
    with machine.blocked():
        assert known(signal.SIG_BLOCK, ()) == before
        machine.unblock()
        assert known(signal.SIG_BLOCK, ()) == before


def test_the_smallest_limit_is_the_memory_that_an_engine_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "container_limits", lambda: [1 << 20, 1 << 30])
    machine.memory.cache_clear()
    try:
        assert machine.memory() == 1 << 20
        assert Limits().memory == 3 << 18
        assert Limits(max_memory=5).memory == 5
    finally:
        machine.memory.cache_clear()


@pytest.mark.parametrize("engine", ["graph", "packed"])
def test_a_limit_on_memory_ends_a_search_on_every_engine(engine: str) -> None:
    report = check(two_phase_commit(7), [], Limits(max_memory=2 << 20), engine=engine)
    assert report.space.bounds_hit == (f"max-memory {2 << 20:,} bytes",)
    assert 0 < report.space.distinct < 296_448


def test_a_small_search_stays_below_the_limit_that_ends_a_large_one() -> None:
    report = check(two_phase_commit(3), [], Limits(max_memory=2 << 20), engine="graph")
    assert (report.space.bounds_hit, report.space.distinct) == ((), 288)


def test_address_space_is_halved_until_the_system_grants_it() -> None:
    assert (1 << 20) < len(reserved(1 << 60)) < (1 << 60)


# where compiled code is kept


def copied(folder: Path) -> Path:
    shutil.copytree(HERE.parent, folder / "haboot", ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "haboot" / "checker" / "packed"


def kept_in(folder: Path, **environment: str) -> str:
    """Compile a function with a copy of the checker, and return where its code is kept."""
    script = (
        "from haboot.checker.packed import kept\nfrom later import plus\n"
        "assert plus(1) == 2\nprint(kept.folder() or '')\n"
    )
    (folder / "later.py").write_text(
        "from haboot.checker.packed import loops\n@loops.bare\ndef plus(x):\n    return x + 1\n"
    )
    own = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    kept = {name: value for name, value in os.environ.items() if name not in {"XDG_CACHE_HOME", "NUMBA_CACHE_DIR"}}
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", script], cwd=folder, env={**kept, **own}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_without_a_writable_place_loops_are_compiled_all_the_same(tmp_path: Path) -> None:
    target = copied(tmp_path)
    (target / "__pycache__").write_text("a file, where a folder would have to be")
    assert kept_in(tmp_path, HOME="/dev/null") == ""


def test_a_place_of_the_users_own_serves_where_the_package_cannot_be_written(tmp_path: Path) -> None:
    target = copied(tmp_path)
    (target / "__pycache__").write_text("")
    kept = Path(kept_in(tmp_path, HOME=str(tmp_path / "home")))
    assert kept.is_relative_to(tmp_path / "home")
    assert list(kept.glob("*.loop"))


def test_damaged_compiled_code_is_compiled_again(tmp_path: Path) -> None:
    copied(tmp_path)
    kept = Path(kept_in(tmp_path))
    for damage in (b"", b"nonsense", bytes(100)):
        for file in kept.glob("*.loop"):
            file.write_bytes(damage)
        assert Path(kept_in(tmp_path)) == kept


def test_a_change_in_any_source_of_compiled_code_changes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = copied(tmp_path)
    monkeypatch.setattr(kept, "__file__", str(target / "kept.py"))
    seen = set()
    for name in (*SOURCES, SOURCES[0]):
        kept.digest.cache_clear()
        seen.add(kept.digest())
        file, dates = target / name, os.stat(target / name)
        file.write_bytes(file.read_bytes() + b"# changed\n")
        os.utime(file, ns=(dates.st_atime_ns, dates.st_mtime_ns))
    (target / SOURCES[0]).unlink()
    kept.digest.cache_clear()
    assert kept.digest() == ""
    monkeypatch.undo()
    kept.digest.cache_clear()
    assert len(seen) == len(SOURCES) + 1


def test_what_has_no_sources_to_go_by_keeps_no_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "digest", lambda: "")
    assert kept.folder.__wrapped__() is None


def test_compiled_code_is_kept_where_numba_is_told_to_keep_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert kept.folder.__wrapped__() == tmp_path / f"haboot-{kept.digest()}"


def test_whether_compiled_code_is_at_hand_is_known_without_the_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "folder", lambda: None)
    assert not kept.are_loops_kept()
    monkeypatch.setattr(kept, "folder", lambda: tmp_path)
    assert not kept.are_loops_kept()
    (tmp_path / "kernel.loop").touch()
    assert kept.are_loops_kept()
    monkeypatch.setattr(kept, "COMPILERS", ("no such compiler",))
    assert kept.digest.__wrapped__() == ""


def test_old_compiled_code_does_not_pile_up(tmp_path: Path) -> None:
    target = copied(tmp_path)
    for number in range(KEPT + 3):
        (target / "__pycache__" / f"haboot-{number}").mkdir(parents=True)
    kept = Path(kept_in(tmp_path))
    assert kept.is_dir()
    assert len(list((target / "__pycache__").glob("haboot-*"))) == KEPT


def test_all_files_with_compiled_loops_are_among_those_they_are_kept_by() -> None:
    for path in (HERE / "packed").rglob("*.py"):
        loops = [
            node.name
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.FunctionDef)
            and {one.id for one in node.decorator_list if isinstance(one, ast.Name)} & {"bare", "inlined", "merged"}
        ]
        assert not loops or path.name in SOURCES, (path, loops)


def test_compiled_loops_take_nothing_from_other_modules_than_those_they_are_kept_by() -> None:
    for name in SOURCES:
        if name in {"calling.py", "compiling.py", "loops.py"}:
            continue
        tree = ast.parse((HERE / "packed" / name).read_text())
        ours = {
            alias.asname or alias.name: node.module.rsplit(".", 1)[1]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("haboot.checker.")
            for alias in node.names
            if node.module
        }
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        constants = [node for node in tree.body if isinstance(node, ast.Assign)]
        used = {one.id for part in (*functions, *constants) for one in ast.walk(part) if isinstance(one, ast.Name)}
        assert {f"{ours[one]}.py" for one in used & set(ours)} <= set(SOURCES), name


# terminals of other kinds


@pytest.mark.parametrize("columns", ["0", "1", "-1", "²", "x", "", "9" * 30])
def test_a_width_that_is_none_still_prints(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", columns)
    assert run(("check", "same-prefix")) == 0
    assert "verdicts in 1 scenario as expected" in capsys.readouterr().out
    assert run(("scenarios",)) == 0
    assert "two mobile nodes contend for one IKE slot" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    ["trace lost-switch-is-final", "fuzz b-bit-is-invisible --examples 10", "trace ha-initiated fewest-messages"],
)
def test_a_terminal_without_unicode_shows_charts_in_ascii(tmp_path: Path, arguments: str) -> None:
    plain_c = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "haboot.cli", *arguments.split()],
        cwd=tmp_path, env={**os.environ, **plain_c}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.isascii()
    assert "\\u" not in done.stdout, done.stderr
    assert " | " in done.stdout
