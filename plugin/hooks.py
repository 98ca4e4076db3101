"""What pytest calls: ``--haboot``, the ini key ``haboot``, and how xdist keeps a scenario on one worker.

Nothing of the checker is loaded until it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler.protocol import Scheduling  # type: ignore[import-untyped]

ROOT = "haboot"  # what the ids of the items begin with


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


def wanted(config: pytest.Config) -> tuple[str, ...]:
    """Return the names of what is to be collected, none when the plugin is not asked for."""
    always = tuple(config.getini(ROOT))
    if not (config.getoption("--haboot") or config.getoption("--haboot-scenario")):
        return always
    return tuple(config.getoption("--haboot-scenario")) or always or ("standard",)


def is_alone(config: pytest.Config) -> bool:
    """Whether the run is of scenarios only: asked for on the command line, without any path."""
    asked = config.getoption("--haboot") or config.getoption("--haboot-scenario")
    return bool(asked) and config.args_source is not pytest.Config.ArgsSource.ARGS


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the ordinary tests alone where only scenarios are wanted."""
    return True if is_alone(config) and collection_path != config.rootpath else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the items, before ``-k`` and the like choose among them."""
    names = wanted(config)
    if names:
        from haboot.plugin.items import Suite  # noqa: PLC0415 - loads the checker

        items += session.genitems(Suite.named(session, names))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Keep the items of a scenario on one worker, which explores it once, under the default way to distribute."""
    if not wanted(config) or config.getvalue("dist") != "load":
        return None
    from haboot.plugin.schedule import ByScenario  # noqa: PLC0415 - loads xdist

    return ByScenario(config, log)
