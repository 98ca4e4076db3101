"""Drawn models of one's own: a small one whose parts are replaced by odd ones, or whose text is damaged.

It is code that runs in the process that draws it, so nothing drawn into it leads out of its folder or goes on for ever.
"""

from __future__ import annotations

from functools import cache
from string import Template
from typing import Any

from haboot import Action, Model, Slot, System, always, as_itf, check
from haboot.ledger.saved import OURS
from hypothesis import strategies as st

from tests.bending import HOSTILE, as_json, bent, restructured

SOURCE = Template("""from haboot import *

slot = Slot($slot, $domain)
up = Action($action, $reads, $writes, lambda v: $result$more)
system = System($system, [slot], [{$slot: $start}], [up])
small = $kind($claim, $reads, lambda v: $holds)
MODEL = Model($model, system, [small], $expected)
""")
USUAL = {
    "slot": "'n'", "domain": "range(4)", "action": "'up'", "reads": "('n',)", "writes": "('n',)", "more": "",
    "result": "{'n': v['n'] + 1} if v['n'] < 3 else None", "system": "'count'", "start": "0", "kind": "always",
    "claim": "'small'", "holds": "v['n'] < 2", "model": "'counter'", "expected": "None",
}  # fmt: skip
NAMES = tuple(map(repr, ("n", "m", "a b", *(one for one in HOSTILE if len(one) < 100))))
ODD = (
    "None", "3", "()", "[]", "{}", "object()", "float('nan')", "10**30", "1/0", "[].pop()", "quit(0)", "slot", "up",
    "'n'",
)  # fmt: skip
PARTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("slot", "action", "system", "claim", "model"), (*NAMES, *ODD)),
    "domain": ("('a', 0)", "(0, 1, 2, frozenset())", "(True, 1, 2, 3)", "[[]]", *ODD),
    "reads": ("('m',)", "('n', 'n')", "(slot,)", "('N',)", *ODD),
    "writes": ("('m',)", "('n', 'n')", "(slot,)", *ODD),
    "more": (", environment=True", ", environment=3", ", tags=('a',)", ", tags=3", ", nothing=1"),
    "result": (
        "{'n': 9}",
        "{'m': 1}",
        "[{'n': 1}, {'n': 2}]",
        "v['m']",
        "v.n",
        "{'n': v['n'] + 1}",
        "Outcome({}, bound='full')",
        "Outcome({'n': 1}, ('seen', '\\x1b[31m'))",
        *ODD,
    ),
    "start": ("7", "'a'", "True", *ODD),
    "kind": (
        "sometimes", "eventually", "recoverable", "no_deadlock", "infinitely_often", "step", "leads_to", "print", "odd",
    ),
    "holds": ("v['n']", "v['m']", "True", "1/0", "None", "v['n'] == 'a'", "quit(0)"),
    "expected": (
        "{}",
        "{'small': 'VIOLATED'}",
        "{'small': ('VIOLATED', '\\x1b[31m')}",
        "{'smal': 'HOLDS'}",
        "{'small': 'BROKEN'}",
        *ODD,
    ),
}  # fmt: skip
LINES = (
    "1/0", "quit(0)", "raise SystemExit(3)", "import no_such_module", "from haboot import no_such", "MODEL = None",
    "MODEL = [MODEL, MODEL]", "MODEL = MODEL, small", "del MODEL", "def model(): return MODEL", "   indented",
    "MODEL = system", "MODEL = lambda: 1/0", "class MODEL: pass", "PROPERTIES = [small]", "PROPERTIES = 3", "(", "\x00",
)  # fmt: skip
EXPECTED = '["counter"]\n"small" = "VIOLATED"\n'
WORDS = ("given.py", "given.py:MODEL", "given.py:system", "given.py:nothing", "given:MODEL", "given.py:")


@st.composite
def sources(draw: st.DrawFn) -> bytes:
    """A model's text: mostly with a part or two replaced, some with a line added, left out, or bytes bent."""
    odd = draw(st.lists(st.sampled_from(sorted(PARTS)), max_size=2, unique=True))
    parts = USUAL | {name: draw(st.sampled_from(PARTS[name])) for name in odd}
    rows = SOURCE.substitute(parts).splitlines()
    match draw(st.sampled_from(("whole",) * 5 + ("added", "left out", "cut", "bent"))):
        case "added":
            rows.insert(draw(st.integers(1, len(rows))), draw(st.sampled_from(LINES)))
        case "left out":
            del rows[draw(st.integers(0, len(rows) - 1))]
        case "cut":
            return "\n".join(rows).encode(errors="replace")[: draw(st.integers(0, 300))]
        case "bent":
            return b'"""' + draw(bent("\n".join(rows).encode(errors="replace"))) + b'"""'  # as text, which runs nothing
        case _:
            pass
    return ("\n".join(rows) + "\n").encode(errors="surrogatepass")


@cache
def trace() -> dict[str, Any]:
    """A saved run of the usual model."""
    up = Action("up", ("n",), ("n",), lambda v: {"n": v["n"] + 1} if v["n"] < 3 else None)
    system = System("count", [Slot("n", range(4))], [{"n": 0}], [up])
    model = Model("counter", system, [always("small", ("n",), lambda v: v["n"] < 2)])
    found = check(system, model.properties)["small"].trace
    assert found is not None
    return as_itf(found, {OURS: {"version": "0", "property": "small", "about": "", "model": "counter"}})


@st.composite
def beside(draw: st.DrawFn) -> dict[str, bytes]:
    """Files that stand with a model: what is expected of it, and a run of it, some of them bent."""
    found = {}
    if draw(st.integers(0, 3)) == 0:
        text = EXPECTED.replace("VIOLATED", draw(st.sampled_from(("VIOLATED", "HOLDS", "broken", "\\u001b"))))
        found["given.expected.toml"] = draw(st.one_of(st.just(text.encode()), bent(text.encode())))
    data = draw(st.one_of(st.just(trace()), restructured(trace())))
    found["given.json"] = as_json(data)
    return found
