"""Clauses over amendments, and the solver for them: one door to ``pysat``."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from haboot.checker.boundary import require_extra

Clause = Collection[tuple[str, bool]]  # names, each with whether it is to be in


def smallest(names: Collection[str], clauses: Iterable[Clause]) -> frozenset[str] | None:
    """Return a smallest set of names that meets each clause, None where there is none.

    >>> sorted(smallest("abc", [[("a", True), ("b", True)], [("a", False)], [("c", True)]]))
    ['b', 'c']
    """
    require_extra("amend")
    from pysat.examples.rc2 import RC2  # type: ignore[import-untyped]  # noqa: PLC0415 - of an extra
    from pysat.formula import WCNF  # type: ignore[import-untyped]  # noqa: PLC0415 - of an extra

    number = {name: place for place, name in enumerate(sorted(names), start=1)}
    formula = WCNF()
    for clause in clauses:
        if any(name not in number and not wanted for name, wanted in clause):
            continue  # what is not to choose from is out
        literals = [number[name] if wanted else -number[name] for name, wanted in clause if name in number]
        if not literals:
            return None
        formula.append(literals)
    for one in number.values():
        formula.append([-one], weight=1)
    with RC2(formula) as solver:
        model = solver.compute()
    return None if model is None else frozenset(name for name, one in number.items() if one in model)
