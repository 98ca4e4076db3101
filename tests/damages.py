"""Certificates damaged in drawn ways, each laid down again so that all digests fit, where these are not the damage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from haboot.certify import HEAD, read
from haboot.checker.certificates import save

Head = dict[str, Any]


class Draft:
    """A certificate that may be changed."""

    def __init__(self, folder: Path) -> None:
        content = read(folder)
        self.folder, self.head = folder, deepcopy(content.head)
        self.states, self.columns = list(content.states), [list(column) for column in content.columns]

    def save(self, folder: Path) -> Path:
        """Write it, with digests of its own, and return where."""
        words = [
            np.array([one >> 63 * place & (1 << 63) - 1 for one in self.states], np.int64)
            for place in reversed(range(self.head["words"]))
        ]
        save(folder, self.head, words, [np.array(column, np.int64) for column in self.columns])
        return folder

    def drop(self, at: int) -> None:
        """Leave a state out."""
        for some in (self.states, *self.columns):
            del some[at]


def state_left_out(draft: Draft, dice: Random) -> bool:
    if not draft.states:
        return False
    draft.drop(dice.randrange(len(draft.states)))
    return True


def initial_state_missing(draft: Draft, dice: Random) -> bool:
    first = [number for before, _, number in draft.head["tree"] if before < 0 and number in draft.states]
    if first:
        draft.drop(draft.states.index(dice.choice(first)))
    return bool(first)


def number_changed(draft: Draft, dice: Random) -> bool:
    column = dice.choice(draft.columns) if draft.columns else []
    if not column:
        return False
    at, before = dice.randrange(len(column)), max(column)
    column[at] = dice.choice([one for one in range(before + 2) if one != column[at]])
    return True


def states_swapped_numbers(draft: Draft, dice: Random) -> bool:
    column = dice.choice(draft.columns) if draft.columns else []
    places = [at for at, value in enumerate(column) if value != column[0]]
    if not places:
        return False
    at = dice.choice(places)
    column[0], column[at] = column[at], column[0]
    return True


def step_dropped(draft: Draft, dice: Random) -> bool:
    """Let a run skip a state, or begin later."""
    inner = [at for at, (before, _, _) in enumerate(draft.head["tree"]) if before >= 0]
    if not inner:
        return False
    at = dice.choice(inner)
    node = draft.head["tree"][at]
    node[0] = draft.head["tree"][node[0]][0]
    return True


def run_elsewhere(draft: Draft, dice: Random) -> bool:
    some = [one for one in draft.head["verdicts"] if {"run", "premise"} & one.keys()]
    if not some or len(draft.head["tree"]) < 2:
        return False
    one = dice.choice(some)
    key = "run" if "run" in one else "premise"
    one[key] = dice.choice([at for at in range(len(draft.head["tree"])) if at != one[key]])
    return True


def action_swapped(draft: Draft, dice: Random) -> bool:
    some = [node for node in draft.head["tree"] if node[0] >= 0]
    some += [step for one in draft.head["verdicts"] for step in one.get("loop", ())]
    if not some or len(draft.head["actions"]) < 2:
        return False
    step = dice.choice(some)
    step[-2] = dice.choice([at for at in range(len(draft.head["actions"])) if at != step[-2]])
    return True


def loop_cut(draft: Draft, dice: Random) -> bool:
    some = [one for one in draft.head["verdicts"] if one.get("loop")]
    if not some:
        return False
    one = dice.choice(some)
    del one["loop"][dice.randrange(len(one["loop"]))]
    return True


def answer_flipped(draft: Draft, dice: Random) -> bool:
    one = dice.choice(draft.head["verdicts"])
    one["answer"] = dice.choice([it for it in ("HOLDS", "VIOLATED", "UNREACHED") if it != one["answer"]])
    return True


def property_renamed(draft: Draft, dice: Random) -> bool:
    """Let a verdict be one of another property, or of none."""
    one = dice.choice(draft.head["verdicts"])
    names = [other["property"] for other in draft.head["verdicts"] if other is not one]
    one["property"] = dice.choice([*names, one["property"] + "'"])
    return True


def properties_swapped(draft: Draft, dice: Random) -> bool:
    if len(draft.head["verdicts"]) < 2:
        return False
    one, other = dice.sample(draft.head["verdicts"], 2)
    one["property"], other["property"] = other["property"], one["property"]
    return True


def promise_swapped(draft: Draft, dice: Random) -> bool:
    """Let a class name another promise, or the promises be others."""
    some = [one for one in draft.head["verdicts"] if one.get("promises")]
    if not some:
        return False
    one = dice.choice(some)
    classes = [it for column in one.get("classes", ()) for it in column]
    if classes and dice.random() < 0.7:
        it = dice.choice(classes)
        it[1] = dice.choice([at for at in range(-1, len(one["promises"]) + 1) if at != it[1]])
    else:
        at = dice.randrange(len(one["promises"]))
        one["promises"][at] = dice.choice([*(n for n in one["promises"] if n != one["promises"][at]), "another"])
    return True


def class_moved(draft: Draft, dice: Random) -> bool:
    some = [classes for one in draft.head["verdicts"] for classes in one.get("classes", ()) if classes]
    if not some:
        return False
    classes = dice.choice(some)
    at = dice.randrange(len(classes))
    classes[at][0] = dice.choice([it for it in range(-1, len(classes)) if it != classes[at][0]] or [len(classes)])
    return True


def column_swapped(draft: Draft, dice: Random) -> bool:
    some = [one for one in draft.head["verdicts"] if {"ranks", "distances"} & one.keys()]
    if not some or len(draft.columns) < 2:
        return False
    one = dice.choice(some)
    told = one["ranks"] if "ranks" in one else one["distances"]
    at = dice.randrange(len(told))
    told[at] = dice.choice([it for it in range(len(draft.columns)) if it != told[at]])
    return True


def action_forgotten(draft: Draft, dice: Random) -> bool:
    """Rename an action, so that it is none of the model's."""
    at = dice.randrange(len(draft.head["actions"]))
    draft.head["actions"][at] += "'"
    return True


def row_changed(draft: Draft, dice: Random) -> bool:
    """Let a row of a table stand for another value."""
    rows = dice.choice([one["rows"] for one in draft.head["pieces"] if one["rows"]])
    row = dice.choice(rows)
    row[0] = row[0] + dice.choice((-1, 1)) if isinstance(row[0], int) else row[0] + "'"
    return True


def weight_changed(draft: Draft, dice: Random) -> bool:
    piece = dice.choice(draft.head["pieces"])
    piece["weight"] = max(0, piece["weight"] + dice.choice((-1, 1)))
    return True


def told_whole(draft: Draft, dice: Random) -> bool:
    del dice
    draft.head["whole"] = not draft.head["whole"]
    return True


DAMAGES: Mapping[str, Callable[[Draft, Random], bool]] = {
    one.__name__: one
    for one in (
        *(state_left_out, initial_state_missing, number_changed, states_swapped_numbers, step_dropped, run_elsewhere),
        *(action_swapped, loop_cut, answer_flipped, property_renamed, properties_swapped, promise_swapped, class_moved),
        *(column_swapped, action_forgotten, row_changed, weight_changed, told_whole),
    )
}


def bytes_changed(folder: Path, dice: Random) -> None:
    """Change a part, its digest, its size or its name, and nothing else."""
    head = json.loads((folder / HEAD).read_text())
    part = dice.choice(head["parts"])
    match dice.choice(("part", "digest", "states", "file")):
        case "part":
            data = bytearray((folder / part["file"]).read_bytes())
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            (folder / part["file"]).write_bytes(data)
        case "digest":
            part["sha256"] = part["sha256"][::-1]
        case "states":
            part["states"] += dice.choice((-1, 1))
        case _:
            part["file"] = dice.choice(("00001.part", "../00000.part", ""))
    (folder / HEAD).write_text(json.dumps(head))
