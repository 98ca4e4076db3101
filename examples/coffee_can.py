"""Gries' coffee can: two beans are drawn, one is put back, and what is left tells what was in (TLA+ examples).

Of two beans of one colour a black one is put back, of two that differ the white one. So each step takes one bean, and
whether the last one is white was settled by the number of white ones at the start.
"""

from haboot import Action, Fairness, Property, Slot, System, View, always, leads_to, step

BEANS = ("black", "white")


def _two_black(v: View) -> dict[str, int] | None:
    return {"black": v["black"] - 1} if v["black"] > 1 else None


def _two_white(v: View) -> dict[str, int] | None:
    return {"black": v["black"] + 1, "white": v["white"] - 2} if v["white"] > 1 else None


def _one_of_each(v: View) -> dict[str, int] | None:
    return {"black": v["black"] - 1} if v["black"] and v["white"] else None


def coffee_can(most: int = 10) -> System:
    """Return the system that starts from any can of 1 to ``most`` beans."""
    return System(
        f"CoffeeCan {most}",
        slots=(Slot("black", range(most + 1)), Slot("white", range(most + 1))),
        initial=tuple({"black": n - white, "white": white} for n in range(1, most + 1) for white in range(n + 1)),
        actions=(
            Action("two black", BEANS, BEANS, _two_black),
            Action("two white", BEANS, BEANS, _two_white),
            Action("one of each", BEANS, BEANS, _one_of_each),
        ),
    )


DRAWING = (Fairness("beans are drawn", frozenset({"two black", "two white", "one of each"})),)


def _count(v: View) -> int:
    return int(v["black"] + v["white"])


PROPERTIES: tuple[Property, ...] = (
    always("a bean is left", BEANS, lambda v: _count(v) > 0),
    step("each step takes a bean", BEANS, lambda m: _count(m.after) == _count(m.before) - 1),
    step("white beans go in pairs", ("white",), lambda m: m.before["white"] % 2 == m.after["white"] % 2),
    leads_to("one bean is left", BEANS, lambda _: True, lambda v: _count(v) == 1, DRAWING),
    leads_to(
        "the last is black", BEANS, lambda v: v["white"] % 2 == 0, lambda v: v == {"black": 1, "white": 0}, DRAWING
    ),
    leads_to(
        "the last is white", BEANS, lambda v: v["white"] % 2 == 1, lambda v: v == {"black": 0, "white": 1}, DRAWING
    ),
)
