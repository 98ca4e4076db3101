"""How xdist distributes: all items of a scenario to one worker, any other test by itself."""

from __future__ import annotations

from haboot.plugin.ids import ROOT, is_scenario_file
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]


class ByScenario(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """Scopes are scenarios; see LoadScopeScheduling."""

    def _split_scope(self, nodeid: str) -> str:
        ours = nodeid.startswith(f"{ROOT}::") or is_scenario_file(nodeid)
        return nodeid.rsplit("::", 1)[0] if ours else nodeid
