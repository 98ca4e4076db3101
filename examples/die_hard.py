"""The water jugs of Die Hard 3: with a jug of 3 and one of 5 gallons, measure 4 (DieHard of the TLA+ examples)."""

from haboot import Action, Slot, System, View, always


def _pour(v: View) -> dict[str, int]:
    small, big = v["small"], v["big"]
    moved = min(small, 5 - big)
    return {"small": small - moved, "big": big + moved}


def _pour_back(v: View) -> dict[str, int]:
    small, big = v["small"], v["big"]
    moved = min(big, 3 - small)
    return {"small": small + moved, "big": big - moved}


BOTH = ("small", "big")
DIE_HARD = System(
    "DieHard",
    slots=(Slot("small", range(4)), Slot("big", range(6))),
    initial=({"small": 0, "big": 0},),
    actions=(
        Action("fill small", (), ("small",), lambda _: {"small": 3}),
        Action("fill big", (), ("big",), lambda _: {"big": 5}),
        Action("empty small", (), ("small",), lambda _: {"small": 0}),
        Action("empty big", (), ("big",), lambda _: {"big": 0}),
        Action("small to big", BOTH, BOTH, _pour),
        Action("big to small", BOTH, BOTH, _pour_back),
    ),
)
NOT_SOLVED = always("big is not 4", ("big",), lambda v: v["big"] != 4)
