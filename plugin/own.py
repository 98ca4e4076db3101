"""Properties of a system of one's own as tests: a function that returns both becomes one test a property."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from haboot.checker import Composition, Limits, Property, StateSpace, System

Made: TypeAlias = "tuple[System | Composition, Iterable[Property]]"


def checked(
    function: Callable[[], Made] | None = None,
    *,
    expected: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    engine: str = "auto",
) -> Any:
    """Turn a function that returns a system, or a composition, and its properties into one test a property.

    The system is explored once, when the first of the tests runs. ``expected`` gives, by name, the reason why a
    property is violated: it is then a strict xfail. Raises UsageError for a name that no property has.

        @checked(expected={"never 4 gallons": "that is how the puzzle is solved"})
        def test_jugs():
            return jugs, [always("never 4 gallons", ("big",), lambda v: v["big"] != 4)]
    """

    def decorated(maker: Callable[[], Made]) -> Callable[..., None]:
        return _expanded(maker, dict(expected or {}), limits, engine)

    return decorated if function is None else decorated(function)


def _expanded(
    maker: Callable[[], Made], reasons: dict[str, str], limits: Limits | None, engine: str
) -> Callable[..., None]:
    from haboot.checker import (  # noqa: PLC0415 - loads the checker
        Composition,
        Limits,
        compose,
        explore,
        judge,
        nearest,
        quiet,
        required,
    )
    from haboot.plugin.telling import own_alert, tell  # noqa: PLC0415
    from haboot.plugin.verdicts import Violated, require  # noqa: PLC0415

    model, given = maker()
    system = compose(model) if isinstance(model, Composition) else model
    parts = {one.name: one.participant for one in model.instances} if isinstance(model, Composition) else {}
    claims = required(system, given)
    names = [one.name for one in claims]
    for name in reasons:
        if name not in names:
            raise pytest.UsageError(f"{maker.__name__}: no property is named '{name}'{nearest(name, names)}")

    @cache
    def space() -> StateSpace:
        return explore(system, limits or Limits(), quiet, engine, claims)

    def case(one: Property) -> Any:
        why = reasons.get(one.name)
        marks = () if why is None else (pytest.mark.xfail(raises=Violated, reason=why, strict=True),)
        return pytest.param(one, id=one.name, marks=marks)

    @pytest.mark.parametrize("claim", [case(one) for one in claims])
    def test(claim: Property, request: pytest.FixtureRequest) -> None:
        verdict = judge(space(), claim)
        tell(request.node, own_alert(request.node.nodeid, verdict, system, parts, maker, reasons.get(claim.name)))
        require(verdict)

    test.__name__, test.__doc__, test.__module__ = maker.__name__, maker.__doc__, maker.__module__
    test.place_as = maker  # type: ignore[attr-defined]  # where pytest says that it is
    return test
