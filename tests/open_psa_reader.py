"""What a file in Open-PSA's Model Exchange Format says, read from the file alone; for tests of what is written.

The grammar is the part of the published one (2.0d, fault tree layer) that a tree of minimal sets needs, in our own
words: the schema's repository names no licence, and SCRAM's copy of it is under the GPL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from xml.etree import ElementTree as Xml

from haboot.checker.boundary import minimal

FORMULA = "(?:basic-event|constant|and|or) "
GRAMMAR: Mapping[str, tuple[frozenset[str], str]] = {  # of what is written: attributes, and children in their order
    "opsa-mef": (frozenset({"name"}), "(?:define-fault-tree )*(?:model-data )?"),
    "define-fault-tree": (frozenset({"name"}), "(?:label )?(?:define-gate )*"),
    "define-gate": (frozenset({"name"}), f"(?:label )?{FORMULA}"),
    "and": (frozenset(), f"(?:{FORMULA})+"),
    "or": (frozenset(), f"(?:{FORMULA})+"),
    "basic-event": (frozenset({"name"}), ""),
    "constant": (frozenset({"value"}), ""),
    "model-data": (frozenset(), "(?:define-basic-event )*"),
    "define-basic-event": (frozenset({"name"}), "(?:label )?(?:float )?"),
    "float": (frozenset({"value"}), ""),
    "label": (frozenset(), ""),
}
NAME = re.compile(r"[A-Za-z]\w*(?:-\w+)*", re.ASCII)
TOLD = {("constant", "value"): re.compile("true|false"), ("float", "value"): re.compile(r"[-+.e\d]+")}


def slips(root: Xml.Element) -> list[str]:
    """What the published grammar (Model Exchange Format 2.0d, fault tree layer) does not allow of what is written."""
    found = []
    for one in root.iter():
        attributes, children = GRAMMAR.get(one.tag, (frozenset(), "nothing"))
        if {*one.attrib} != attributes:
            found.append(f"{one.tag} has {sorted(one.attrib)}")
        if not re.fullmatch(children, "".join(f"{child.tag} " for child in one)):
            found.append(f"{one.tag} holds {[child.tag for child in one]}")
        odd = (name for name, text in one.attrib.items() if not TOLD.get((one.tag, name), NAME).fullmatch(text))
        found += [f"{one.tag} {name}" for name in odd]
    for kind in ("define-fault-tree", "define-gate", "define-basic-event"):
        names = [one.attrib.get("name") for one in root.iter(kind)]
        found += [f"{kind} {name} twice" for name in {*names} if names.count(name) > 1]
    gates, events, named = (
        {one.attrib.get("name") for one in root.iter(kind)}
        for kind in ("define-gate", "define-basic-event", "basic-event")
    )
    found += [f"{name} is a gate and an event" for name in gates & events]
    return found + [f"{name} is not defined" for name in named - events]


def read(text: str) -> Xml.Element:
    return Xml.fromstring(text)  # noqa: S314 - our own


def told(root: Xml.Element) -> dict[str, set[frozenset[str]]]:
    """The minimal sets by property, recomputed from a file alone, under the names that labels tell."""
    labels = {one.attrib["name"]: one.findtext("label", one.attrib["name"]) for one in root.iter("define-basic-event")}

    def sets(formula: Xml.Element) -> set[frozenset[str]]:
        if formula.tag == "basic-event":
            return {frozenset({labels[formula.attrib["name"]]})}
        if formula.tag == "constant":
            return {frozenset()} if formula.attrib["value"] == "true" else set()
        inner = [sets(one) for one in formula]
        if formula.tag == "and":
            return set(minimal(frozenset().union(*some) for some in product(*inner)))
        return set(minimal(one for some in inner for one in some))

    return {str(gate.findtext("label")).removesuffix(" breaks"): sets(gate[-1]) for gate in root.iter("define-gate")}


def likelihood(root: Xml.Element) -> dict[str, float]:
    """The probability of each property's breaking, by all that may happen, recomputed from a file alone."""
    chances: dict[str, float] = {}
    for one in root.iter("define-basic-event"):
        (given_,) = one.iter("float")
        chances[str(one.findtext("label", one.attrib["name"]))] = float(given_.attrib["value"])
    found = {}
    for top, sets in told(root).items():
        names, total = sorted(frozenset().union(*sets)), 0.0
        for happens in product((False, True), repeat=len(names)):
            there = {name for name, does in zip(names, happens, strict=True) if does}
            share = 1.0
            for name in names:
                share *= chances[name] if name in there else 1 - chances[name]
            total += share * any(one <= there for one in sets)
        found[top] = total
    return found
