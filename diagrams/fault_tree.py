"""A fault tree: the minimal sets that break a property, as gates over faults (IEC 61025), drawn and as Open-PSA.

The top event is an OR gate over the sets, each an AND gate over its faults; a fault alone stands under the top.
The exchange format is Open-PSA's (Model Exchange Format 2.0d).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from xml.etree import ElementTree as Xml

from haboot.diagrams import palette, render


def fault_tree_dot(
    top: str, sets: Sequence[Sequence[str]], shares: Mapping[str, str] | None = None, *, prefix: str = ""
) -> str:
    """Return a fault tree as DOT; ``shares`` says of each fault what stands below its name.

    ``prefix`` makes ids unique in a page.
    """
    graph = render.blank(top, rankdir="TB", nodesep="0.2", ranksep="0.5", id=f"{prefix}graph")
    graph.attr("node", id=f"{prefix}\\N")
    graph.attr("edge", id=f"{prefix}\\T-\\H")
    graph.node("top", render.plain(top), fillcolor=palette.BAD_FILL, color=palette.BAD)
    graph.node("or", "OR", shape="invhouse", fillcolor=palette.WARN_FILL)
    graph.edge("top", "or", dir="none")
    names = sorted({name for one in sets for name in one})
    for number, one in enumerate(names):
        told = f"{one}\n{shares[one]}" if shares and one in shares else one
        graph.node(f"f{number}", render.plain(told), shape="ellipse")
    place = {name: f"f{number}" for number, name in enumerate(names)}
    for number, some in enumerate(sets):
        if len(some) == 1:
            graph.edge("or", place[some[0]], dir="none")
            continue
        gate = f"g{number}"
        graph.node(gate, "AND" if some else "always", shape="house")
        graph.edge("or", gate, dir="none")
        for name in some:
            graph.edge(gate, place[name], dir="none")
    return str(graph.source)


def open_psa(name: str, trees: Mapping[str, Sequence[Sequence[str]]], chances: Mapping[str, float]) -> str:
    """Return fault trees by property as an Open-PSA model; faults without a probability have none there.

    What is no identifier is told in a label beside the one that it becomes.
    """
    model = Xml.Element("opsa-mef", name=identifier(name))
    faults = _faults(trees.values())
    known = identifiers((*faults, *(f"{top} breaks" for top in trees)))
    for (top, sets), tree in zip(trees.items(), identifiers(trees).values(), strict=True):
        root = Xml.SubElement(Xml.SubElement(model, "define-fault-tree", name=tree), "define-gate")
        root.set("name", known[f"{top} breaks"])
        Xml.SubElement(root, "label").text = f"{top} breaks"
        whole = Xml.SubElement(root, "or") if len(sets) > 1 else root
        for some in sets:
            inner = Xml.SubElement(whole, "and") if len(some) > 1 else whole
            for one in some:
                Xml.SubElement(inner, "basic-event", name=known[one])
            if not some:
                Xml.SubElement(inner, "constant", value="true")
        if not sets:
            Xml.SubElement(root, "constant", value="false")
    data = Xml.SubElement(model, "model-data")
    for one in faults:
        event = Xml.SubElement(data, "define-basic-event", name=known[one])
        if known[one] != one:
            Xml.SubElement(event, "label").text = one
        if one in chances:
            Xml.SubElement(event, "float", value=repr(float(chances[one])))
    Xml.indent(model)
    return Xml.tostring(model, encoding="unicode", xml_declaration=True) + "\n"


def _faults(every: Iterable[Sequence[Sequence[str]]]) -> list[str]:
    return sorted({name for sets in every for one in sets for name in one})


def identifiers(texts: Iterable[str]) -> dict[str, str]:
    """Return texts as identifiers, no two the same: a number tells those apart that would be.

    >>> identifiers(["a b", "a-b", "c"])
    {'a b': 'a-b', 'a-b': 'a-b-2', 'c': 'c'}
    """
    found: dict[str, str] = {}
    for text in texts:
        made = identifier(text)
        spare = (f"{made}-{number}" for number in count(2))
        while made in found.values():
            made = next(spare)
        found[text] = made
    return found


def identifier(text: str) -> str:
    """Return a text as an identifier of the format: letters, digits, underscores and single hyphens.

    >>> identifier("n stays < 3"), identifier("3 -- x")
    ('n-stays-3', 'x3-x')
    """
    words = "".join(one if one.isascii() and (one.isalnum() or one == "_") else " " for one in text).split()
    made = "-".join(words)
    return made if made[:1].isalpha() else f"x{made}"
