"""Lines of code on both sides: of a model here, and of the specification that it renders.

A line counts where it says something: not a blank one, a comment, a docstring or a ruler. Of a TLA+ module neither
theorems and proofs count, nor the translation of an algorithm in PlusCal, whose own lines do, nor its first line.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Collection, Iterator
from io import StringIO

SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
MODULE = re.compile(r"^-{4,} *MODULE[^\n]*\n(.*?)^={4,}", re.S | re.M)
TRANSLATION = re.compile(r"^\\\* BEGIN TRANSLATION.*?^\\\* END TRANSLATION.*?$", re.S | re.M)
ALGORITHM = re.compile(r"--(?:fair )?algorithm.*", re.S)
TOP = re.compile(r"(?P<name>\w+)(\[.*\])?(\(.*?\))? *==|(?P<word>[A-Z]+)\b|-{4,}")
PROVING = {"THEOREM", "LEMMA", "COROLLARY", "PROOF", "BY", "USE", "OBVIOUS"}


def python_lines(text: str) -> int:
    """Return how many lines of a Python file say something.

    >>> python_lines("count = 1  # and why")
    1
    """
    described = set[int]()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            described |= {*range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)}
    tokens = [one for one in tokenize.generate_tokens(StringIO(text).readline) if one.type not in SILENT]
    return len({line for one in tokens for line in range(one.start[0], one.end[0] + 1)} - described)


def tla_lines(text: str, without: Collection[str] = ()) -> int:
    """Return how many lines of a TLA+ module say something, but for some of its definitions.

    Raises ValueError for a name that it does not define.
    """
    (inner,) = MODULE.findall(text)
    units = list(_units(_bare(TRANSLATION.sub("", inner))))
    unknown = {*without} - {name for name, _ in units}
    if unknown:
        raise ValueError(f"no definition of {', '.join(sorted(unknown))}")
    kept = sum(lines for name, lines in units if name not in {*without, *PROVING})
    return kept + sum(map(_algorithm_lines, ALGORITHM.findall(inner)))


def program_lines(text: str, mark: str) -> int:
    """Return how many lines say something where a mark begins a comment; of a program in Rust up to its ``main``."""
    lines = map(str.strip, text.partition("\nfn main")[0].splitlines())
    return sum(bool(line) and not line.startswith(mark) for line in lines)


def _units(text: str) -> Iterator[tuple[str, int]]:
    """Return what stands at the top of a module, by name or first word, with how many lines it has."""
    name, lines = "", 0
    for line in text.splitlines():
        if top := TOP.match(line):
            yield name, lines
            name, lines = top["name"] or top["word"] or "", 0
        lines += bool(line.strip()) and not re.fullmatch(r"-{4,}\s*", line)
    yield name, lines


def _bare(text: str) -> str:
    """Return a text without its comments, which may be nested."""
    depth, kept = 0, list[str]()
    for part in re.split(r"(\(\*|\*\)|\n)", text):
        depth += (part == "(*") - (part == "*)")
        if part == "\n" or (depth == 0 and part != "*)"):
            kept.append(part)
    return re.sub(r"\\\*.*", "", "".join(kept))


def _algorithm_lines(rest: str) -> int:
    """Return how many lines an algorithm has, given all that follows the opening of the comment that it stands in."""
    depth, end = 1, len(rest)
    for one in re.finditer(r"\(\*|\*\)", rest):
        depth += 1 if one.group() == "(*" else -1
        if depth == 0:
            end = one.start()
            break
    return sum(bool(line.strip(" *")) for line in _bare(rest[:end]).splitlines())
