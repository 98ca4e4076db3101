"""The ways to recover a mobile node: the draft's, and those that it argues against."""

from __future__ import annotations

from collections.abc import Mapping

from haboot.model.variants.ha_initiated import HA_INITIATED
from haboot.model.variants.haha import HAHA
from haboot.model.variants.mn_initiated import MN_INITIATED
from haboot.model.variants.switch_current import SWITCH_CURRENT
from haboot.model.variants.switch_preestablished import SWITCH_PREESTABLISHED
from haboot.model.variants.variant import Variant
from haboot.model.variants.vhar import VHAR

VARIANTS: Mapping[str, Variant] = {
    one.name: one for one in (HA_INITIATED, MN_INITIATED, SWITCH_CURRENT, SWITCH_PREESTABLISHED, VHAR, HAHA)
}

__all__ = ["VARIANTS", "Variant"]
