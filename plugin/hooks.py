"""What pytest calls: ``--haboot``, the ini key ``haboot``, and how xdist keeps a scenario on one worker.

Nothing of the checker is loaded until it is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from haboot.plugin.gathering import Gathered
from haboot.plugin.ids import ROOT, TOLD, as_collected, is_scenario_file

if TYPE_CHECKING:
    from xdist.scheduler.protocol import Scheduling  # type: ignore[import-untyped]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the ini key."""
    group = parser.getgroup(ROOT, "haboot: a test for each property of each scenario")
    group.addoption(
        "--haboot",
        action="store_true",
        help="Collect the standard suite, and nothing else unless paths are given.",
    )
    group.addoption(
        "--haboot-scenario",
        action="append",
        default=[],
        metavar="NAME",
        help="Collect this instead: a scenario, a suite ('standard', 'full'), a scenario file, or FILE.py[:NAME], a "
        "model of your own; may be repeated.",
    )
    group.addoption(
        "--haboot-sarif", metavar="FILE", help="Write what does not hold as SARIF 2.1.0, each trace as a code flow."
    )
    parser.addini(ROOT, "Scenarios, suites, scenario files or models to collect in every run.", type="args", default=[])


class Asked(NamedTuple):
    """What a run is asked to collect: names, the ids of items among the paths, whether files, whether nothing else."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    files: bool
    alone: bool


ASKED = pytest.StashKey[Asked]()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Find out what is asked for, and take ids of items out of the paths; workers of xdist get the same arguments."""
    given = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    ids = tuple(meant for one in given if (meant := as_collected(one)))
    paths = [one for one in given if not as_collected(one)]
    if ids:
        config.args[:] = paths or [str(config.rootpath)]
    named = tuple(config.getoption("--haboot-scenario"))
    asked = bool(named or ids or config.getoption("--haboot"))
    files = any(map(is_scenario_file, paths))
    config.stash[ASKED] = Asked(_names(config, named, ids, files=files), ids, files, asked and not paths)


def pytest_configure(config: pytest.Config) -> None:
    """Gather what is told, but for a worker, which sends it."""
    target = config.getoption("--haboot-sarif")
    if target is not None and not Path(target).absolute().parent.is_dir():
        raise pytest.UsageError(f"--haboot-sarif: there is no directory '{Path(target).parent}'")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Gathered(target))


def _names(config: pytest.Config, named: tuple[str, ...], ids: tuple[str, ...], *, files: bool) -> tuple[str, ...]:
    folder = config.rootpath if config.inipath is None else config.inipath.parent
    always = tuple(_found_in(folder, one) for one in config.getini(ROOT))
    if named or config.getoption("--haboot"):
        return named or always or ("standard",)
    return (() if files else always) or tuple(dict.fromkeys(one.split("::")[1] for one in ids))


def _found_in(folder: Path, name: str) -> str:
    """Return a name as that of a file beside the settings, where there is one."""
    file, colon, inner = name.partition(":")
    if not (folder / file).is_file():
        return name
    return f"{os.path.relpath(folder / file)}{colon}{inner}"  # as an id is given back from where one stands


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a scenario file that is named as a path."""
    if file_path.suffix != ".toml" or not parent.session.isinitpath(file_path):
        return None
    from haboot.plugin.items import ScenarioFile  # noqa: PLC0415 - loads the checker

    made: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the ordinary tests alone where only scenarios are wanted."""
    return True if config.stash[ASKED].alone and collection_path != config.rootpath else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the items, before ``-k`` and the like choose among them."""
    asked = config.stash[ASKED]
    if asked.names:
        items += _items(session, asked)


def _items(session: pytest.Session, asked: Asked) -> list[pytest.Item]:
    """Return the items that are asked for; raises UsageError for a name or an id that means none."""
    from haboot.plugin.items import collectors, unknown  # noqa: PLC0415 - loads the checker

    made = [item for one in collectors(session, asked.names) for item in session.genitems(one)]
    for one in asked.ids:
        if not any(f"{item.nodeid}::".startswith(f"{one}::") for item in made):
            raise pytest.UsageError(unknown(one, made))
    starts = tuple(f"{one}::" for one in asked.ids)
    return [one for one in made if not starts or f"{one.nodeid}::".startswith(starts)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what is to be told of an item, and let the summary say the verdict in place of the exception's class."""
    report = yield
    told = item.stash.get(TOLD, None)
    if told is None or report.when != "call":
        return report
    report.__dict__["haboot"] = told
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.path, crash.lineno = told["place"]
        crash.message = told["text"]
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Keep the items of a scenario on one worker, which explores it once, under the default way to distribute.

    Workers say nothing of a name that means no item, so it is refused here.
    """
    asked = config.stash[ASKED]
    session = config.pluginmanager.get_plugin("session")
    if asked.names and isinstance(session, pytest.Session):
        _items(session, asked)
    if not (asked.names or asked.files) or config.getvalue("dist") != "load":
        return None
    from haboot.plugin.schedule import ByScenario  # noqa: PLC0415 - loads xdist

    return ByScenario(config, log)
