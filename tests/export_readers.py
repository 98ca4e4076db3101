"""Murphi, DVE, TLA+ and Aldebaran as they are exported, read again: just enough to count states and see signals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import CodeType

State = Mapping[str, int]
Steps = list[tuple[CodeType, dict[str, int]]]
SPELT = {"&&": " and ", "||": " or ", "/\\": " and ", "\\/": " or ", "&": " and ", "|": " or ", "~": " not ", "#": "!="}


def tested(text: str) -> CodeType:
    """Return a test as Python code over the variables."""
    for theirs, ours in SPELT.items():
        text = text.replace(theirs, ours)
    text = re.sub(r"!(?!=)", " not ", text)
    text = re.sub(r"(?<![=!<>])=(?!=)", "==", text)
    text = re.sub(r"\b(true|TRUE)\b", "True", re.sub(r"\b(false|FALSE)\b", "False", text))
    return compile(text.strip(), "<exported>", "eval")


def holds(test: CodeType, state: State) -> bool:
    return bool(eval(test, {}, state))  # noqa: S307 - of what was exported just now


def written(pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    return {name: int(value) for name, value in pairs}


def reachable(initial: Iterable[State], steps: Steps, visit: Callable[[State], None] = lambda _: None) -> int:
    """Return how many states there are."""
    frontier = list({tuple(sorted(one.items())): dict(one) for one in initial}.values())
    known = {tuple(sorted(one.items())) for one in frontier}
    while frontier:
        found = list[dict[str, int]]()
        for state in frontier:
            visit(state)
            for test, writes in steps:
                if holds(test, state):
                    after = {**state, **writes}
                    if (key := tuple(sorted(after.items()))) not in known:
                        known.add(key)
                        found.append(after)
        frontier = found
    return len(known)


def murphi(text: str) -> tuple[int, set[int]]:
    """Return the states of a model and the covers that are hit."""
    starts = [written(re.findall(r"(\w+) := (\d+);", one)) for one in re.findall(r"startstate begin (.*) end;", text)]
    covers = [(tested(test), int(n)) for test, n in re.findall(r'^cover (.*) "(\d+)";$', text, re.MULTILINE)]
    steps, by_rule = Steps(), list[tuple[CodeType, CodeType, int]]()
    for guard, body in re.findall(r'^rule "[^"]*" (.*) ==> begin (.*?)end;$', text, re.MULTILINE):
        test = tested(guard)
        by_rule += [(test, tested(cover), int(n)) for cover, n in re.findall(r'cover (.*?) "(\d+)";', body)]
        steps.append((test, written(re.findall(r"(\w+) := (\d+);", body))))
    hit = set[int]()

    def visit(state: State) -> None:
        hit.update(n for test, n in covers if holds(test, state))
        hit.update(n for guard, test, n in by_rule if n not in hit and holds(guard, state) and holds(test, state))

    return reachable(starts, steps, visit), hit


def dve(text: str) -> int:
    """Return the states of a model."""
    text = re.sub(r"/\*.*?\*/", "", text)
    first = written(re.findall(r"^(?:byte|int) (\w+) = (\d+);", text, re.MULTILINE))
    chosen = re.findall(r"start -> run \{ effect (.*); \}", text)
    starts = [written(re.findall(r"(\w+) = (\d+)", one)) for one in chosen]
    moves = re.findall(r"^  run -> run \{ guard (.*?); (?:effect (.*); )?\}", text, re.MULTILINE)
    steps = [(tested(guard), written(re.findall(r"(\w+) = (\d+)", effect))) for guard, effect in moves]
    return reachable(starts or [first], steps)


def tla(text: str) -> int:
    """Return the states of a module."""
    text = re.sub(r" \\\*.*", "", text)
    names = re.findall(r"^VARIABLE (\w+)", text, re.MULTILINE)
    ((init,),) = [re.findall(r"^Init == (.*)$", text, re.MULTILINE)]
    starts = [written(re.findall(r"(\w+) = (\d+)", one)) for one in init.split(" \\/ ")]
    steps = Steps()
    for body in re.findall(r"^A\d+ == (.*)$", text, re.MULTILINE):
        parts = body.split(" /\\ ")
        writes = dict(part.split("' = ") for part in parts if "' = " in part)
        kept = set(re.findall(r"\w+", parts[-1].removeprefix("UNCHANGED"))) if "UNCHANGED" in parts[-1] else set()
        assert kept | set(writes) == set(names)
        tests = [part for part in parts if "'" not in part and "UNCHANGED" not in part]
        steps.append((tested(" and ".join(tests)), written(writes.items())))
    return reachable(starts, steps)


def aut(text: str) -> tuple[int, int]:
    """Return the states and the steps that a file has, from what stands in its lines."""
    head, *lines = text.splitlines()
    first, count, states = map(int, re.findall(r"\d+", head))
    edges = [(int(a), int(b)) for a, b in (re.findall(r'^\((\d+),"[^"]*",(\d+)\)$', line)[0] for line in lines)]
    assert (first, count) == (0, len(edges))
    assert {0, *(node for edge in edges for node in edge)} == set(range(states))
    return states, len(edges)
