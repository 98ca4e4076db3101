"""How xdist distributes: all items of a scenario to one worker, any other test by itself."""

from __future__ import annotations

from haboot.plugin.ids import ROOT
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]


class ByScenario(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """Scopes are scenarios; see LoadScopeScheduling."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.rsplit("::", 1)[0] if nodeid.startswith(f"{ROOT}::") else nodeid
