"""What pytest calls: ``--haboot``, the ini key ``haboot``, and how xdist keeps a scenario on one worker.

Nothing of the checker is loaded until it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from haboot.plugin.ids import ROOT

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
        help="Collect this instead: a scenario, a suite ('standard', 'full') or a scenario file; may be repeated.",
    )
    parser.addini(ROOT, "Scenarios, suites or scenario files to collect in every run.", type="args", default=[])


class Asked(NamedTuple):
    """What a run is asked to collect: names, the ids of items among the paths, and whether nothing else."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    alone: bool


ASKED = pytest.StashKey[Asked]()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Find out what is asked for, and take ids of items out of the paths; workers of xdist get the same arguments."""
    given = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    ids = tuple(one for one in given if one.startswith(f"{ROOT}::"))
    paths = [one for one in given if one not in ids]
    if ids:
        config.args[:] = paths or [str(config.rootpath)]
    named = tuple(config.getoption("--haboot-scenario"))
    asked = bool(named or ids or config.getoption("--haboot"))
    config.stash[ASKED] = Asked(_names(config, named, ids), ids, asked and not paths)


def _names(config: pytest.Config, named: tuple[str, ...], ids: tuple[str, ...]) -> tuple[str, ...]:
    always = tuple(config.getini(ROOT))
    if named or config.getoption("--haboot"):
        return named or always or ("standard",)
    return always or tuple(dict.fromkeys(one.split("::")[1] for one in ids))


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the ordinary tests alone where only scenarios are wanted."""
    return True if config.stash[ASKED].alone and collection_path != config.rootpath else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the items, before ``-k`` and the like choose among them."""
    names, ids, _ = config.stash[ASKED]
    if names:
        from haboot.plugin.items import Suite  # noqa: PLC0415 - loads the checker

        starts = tuple(f"{one}::" for one in ids)
        made = session.genitems(Suite.named(session, names))
        items += [one for one in made if not starts or f"{one.nodeid}::".startswith(starts)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Keep the items of a scenario on one worker, which explores it once, under the default way to distribute."""
    if not config.stash[ASKED].names or config.getvalue("dist") != "load":
        return None
    from haboot.plugin.schedule import ByScenario  # noqa: PLC0415 - loads xdist

    return ByScenario(config, log)
