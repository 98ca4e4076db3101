"""Philosophers who take their forks in the order of the forks' numbers, and put them down in the other one.

https://github.com/Smattr/rumur/blob/master/doc/intro-to-murphi.rst
intro-to-murphi.rst: success, 3,216 distinct states, 16,160 rules fired.
"""

from functools import partial

from haboot import Action, Model, System, View, Writes, always, array, for_each, no_deadlock, recoverable

N = 5
SEATS = range(N)
mood = array("mood", SEATS, ("hungry", "eating", "thinking"))
left, right = array("left", SEATS, (False, True)), array("right", SEATS, (False, True))
fork = array("fork", SEATS, (False, True))
ALL = (*mood, *left, *right, *fork)
LEFT_FIRST = {i: i < (i + 1) % N for i in SEATS}


def take_left(v: View, i: int) -> Writes | None:
    may = v[mood[i]] == "hungry" and not v[left[i]] and (v[right[i]] or LEFT_FIRST[i])
    return {left[i]: True, fork[i]: True} if may and not v[fork[i]] else None


def take_right(v: View, i: int) -> Writes | None:
    may = v[mood[i]] == "hungry" and not v[right[i]] and (v[left[i]] or not LEFT_FIRST[i])
    return {right[i]: True, fork[(i + 1) % N]: True} if may and not v[fork[(i + 1) % N]] else None


def eat(v: View, i: int) -> Writes | None:
    return {mood[i]: "eating"} if v[mood[i]] == "hungry" and v[left[i]] and v[right[i]] else None


def think(v: View, i: int) -> Writes | None:
    return {mood[i]: "thinking"} if v[mood[i]] == "eating" else None


def get_hungry(v: View, i: int) -> Writes | None:
    return {mood[i]: "hungry"} if v[mood[i]] == "thinking" else None


def drop_left(v: View, i: int) -> Writes | None:
    may = v[mood[i]] == "thinking" and v[left[i]] and not (v[right[i]] and LEFT_FIRST[i])
    return {left[i]: False, fork[i]: False} if may else None


def drop_right(v: View, i: int) -> Writes | None:
    may = v[mood[i]] == "thinking" and v[right[i]] and (not v[left[i]] or LEFT_FIRST[i])
    return {right[i]: False, fork[(i + 1) % N]: False} if may else None


RULES = (take_left, take_right, eat, think, get_hungry, drop_left, drop_right)
system = System(
    "ordered philosophers",
    slots=ALL,
    initial=({slot: slot.domain[0] for slot in ALL},),
    actions=[Action(f"{i} {rule.__name__}", ALL, ALL, partial(rule, i=i)) for i in SEATS for rule in RULES],
)


def taken(v: View, i: int) -> bool:
    return (v[fork[i]] or not v[left[i]]) and (v[fork[(i + 1) % N]] or not v[right[i]])


model = Model(
    system.name,
    system,
    [
        for_each(SEATS, lambda i: always("no fork sharing", ALL, lambda v: not (v[right[i]] and v[left[(i + 1) % N]]))),
        for_each(SEATS, lambda i: always("a fork that is held is taken", ALL, partial(taken, i=i))),
        for_each(SEATS, lambda i: recoverable("can eventually eat", mood, lambda v: v[mood[i]] == "eating")),
        no_deadlock("no deadlock", ALL, lambda _: False),
    ],
)
