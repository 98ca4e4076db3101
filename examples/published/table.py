"""The page that shows what was published beside what is found here, and how long each model is on either side."""

from __future__ import annotations

from collections.abc import Iterator

from examples.published.counting import python_lines
from examples.published.figures import HERE, Size, Specification, specifications

HEAD = """# Published specifications

Each of these models was written from a specification that others published, with nothing but what `import haboot`
offers. A test explores each with both engines, and holds it to the published counts and verdicts.
`python -m examples.published` writes this page from [figures.toml](../examples/published/figures.toml).

*Lines* are lines of code, without blank ones, comments and docstrings: of the model here, with its imports; and of the
specification in its own language, without its configuration, its theorems and proofs, what its configuration does not
use, and, of an algorithm in PlusCal, its translation. `python -m examples.published FILE [NAME…]` counts those of a
specification, without the definitions of such names. None needs more than half as many again.

| model | properties | distinct | generated | depth | lines | specification | its lines | ratio |
| --- | --- | --: | --: | --: | --: | --- | --: | --: |
"""
TAIL = """
Of a count of generated states in two parts the first is what haboot counts, and both make what is published: ᵉ are
steps to states that the constraint excludes, which TLC counts; ʳ are steps that TLC counts again for each other way in
which their guard is true; and ⁱ are initial states, which are no rules that fire, as Rumur counts them. Of two depths
the first is that of TLC with several workers, which [varies](https://github.com/tlaplus/tlaplus/issues/883). A dash
stands where nothing is published.
"""


def page() -> str:
    """Return the page, in Markdown."""
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for one in specifications() for row in _rows(one)) + TAIL


def _rows(one: Specification) -> Iterator[tuple[str, ...]]:
    lines = python_lines(one.file.read_text(encoding="utf-8"))
    name = f"[{one.file.stem}](../{one.file.relative_to(HERE.parent.parent).as_posix()})"
    verdict = f"VIOLATED: {', '.join(one.violated)}" if one.violated else "all hold"
    there = (str(lines), f"[{one.path.rsplit('/')[-1]}]({one.link()})", str(one.lines), f"{lines / one.lines:.2f}")
    first, *others = one.sizes
    yield (name, verdict, *_counts(first), *there)
    for size in others:
        yield ("", "", *_counts(size), *("" for _ in there))


def _counts(size: Size) -> tuple[str, str, str]:
    _, generated, levels = size.counted
    told = _number(generated)
    for more, mark in ((size.excluded, "+ {:,}ᵉ"), (size.repeated, "+ {:,}ʳ"), (size.begun, "- {:,}ⁱ")):
        told += f" {mark.format(more)}" if more else ""
    depth = _number(size.depth) + (f", {levels}" if levels != size.depth else "")
    return _number(size.distinct), told, depth


def _number(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"
