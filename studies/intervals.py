"""Which combinations of faults break a property that others mend, where more faults need not break more.

A fault more gives a deadlock a way out, or a goal a way back, so minimal sets do not say it all. Each set up to an
order is explored by itself, and what was found is told in intervals: a property breaks under some faults and under
more, unless they hold one of the sets that mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from haboot.checker import STOPPED, Answer, Limits
from haboot.checker.boundary import Needs, minimal
from haboot.studies.faulty import Faulty, Judged, sets_up_to


@dataclass(frozen=True, slots=True)
class Interval:
    """A property breaks under some faults, and under all that hold them but none of ``unless`` (each without these).

    ``length`` and ``step`` are of the shortest trace under exactly these faults.
    """

    faults: tuple[str, ...]
    unless: tuple[tuple[str, ...], ...]
    length: int
    step: str


@dataclass(frozen=True, slots=True)
class Intervals:
    """The intervals in which properties break, and by property the sets that a bound left open.

    ``order`` is that to which all sets were explored whole, -1 for none; ``cut`` says which limits were in the way.
    """

    found: dict[str, tuple[Interval, ...]]
    open: dict[str, Needs]
    order: int
    cut: str


def intervals(
    breaking: Collection[frozenset[str]], spared: Collection[frozenset[str]]
) -> list[tuple[frozenset[str], Needs]]:
    """Return sets under which something breaks, each with the least that mends it; these say of all what is given.

    >>> a, b, c = (frozenset({name}) for name in "abc")
    >>> [(sorted(one), [sorted(more) for more in unless]) for one, unless in intervals([a, a | c], [b, a | b])]
    [(['a'], [['b']])]
    """
    left, told = minimal_first(breaking), list[tuple[frozenset[str], Needs]]()
    while left:
        least = left[0]
        mended = minimal(one for one in spared if least < one)
        told.append((least, tuple(one - least for one in mended)))
        left = [one for one in left if not least <= one or any(more <= one for more in mended)]
    return told


def minimal_first(sets: Collection[frozenset[str]]) -> list[frozenset[str]]:
    """Return sets by their sizes and names."""
    return sorted(set(sets), key=lambda one: (len(one), sorted(one)))


def fault_intervals(
    whole: Faulty,
    most: int,
    names: Sequence[str],
    limits: Limits,
    done: Callable[[int, int], None] = lambda _, __: None,
) -> Intervals:
    """Explore each set of up to ``most`` faults; return in which intervals properties break. ``done`` hears of sets."""
    every = list(sets_up_to(whole.names, most)) if names else []
    known: dict[str, dict[frozenset[str], Judged]] = {name: {} for name in names}
    cuts = dict[str, int]()  # by what cut it, up to which order it did not
    for number, one in enumerate(every, start=1):
        answers = whole.judged(one, names, limits)
        if limits.stopped():
            cuts.setdefault(STOPPED, len(one) - 1)
            break
        for name, judged in answers.items():
            known[name][one] = judged
            if judged.cut:
                cuts.setdefault(judged.cut, len(one) - 1)
        done(number, len(every))
    return Intervals(
        {name: told for name, answers in known.items() if (told := _told(answers))},
        {name: some for name, answers in known.items() if (some := tuple(_of(answers, Answer.INCOMPLETE)))},
        min(cuts.values(), default=most),
        "; ".join(cuts),
    )


def _of(answers: dict[frozenset[str], Judged], *wanted: Answer) -> list[frozenset[str]]:
    return [one for one, judged in answers.items() if judged.answer in wanted]


def _told(answers: dict[frozenset[str], Judged]) -> tuple[Interval, ...]:
    found = intervals(_of(answers, Answer.VIOLATED), _of(answers, Answer.HOLDS, Answer.UNREACHED))
    return tuple(
        Interval(
            tuple(sorted(one)),
            tuple(tuple(sorted(more)) for more in unless),
            answers[one].length,
            answers[one].step,
        )
        for one, unless in found
    )
