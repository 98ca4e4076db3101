"""German's directory protocol for caches, with data (Chou, Mannava and Park, FMCAD 2004; Steven German's of 2000).

https://github.com/paraVerifier/paraVerifier/blob/41fe3a3f55e488b3234716ccfbb93504a8872caa/examples/n_german.m

A cache asks home for a line, to share it or alone; home lets one request in, has the copies that are in the way given
up, and grants. Of data it is kept whether they are what was stored last. ``careless`` grants a line alone while others
share it.
"""

from collections.abc import Callable
from dataclasses import replace

from haboot import Among, Copies, Rule, Slot, View, Who, Writes

Effect = Callable[[View], Writes | None]
EMPTY, TO_SHARE, ALONE, GIVE_UP, GIVEN_UP = "empty", "to share", "alone", "give up", "given up"
INVALID, SHARED, EXCLUSIVE = "invalid", "shared", "exclusive"
NO_OR_YES = (False, True)

cache = Slot("cache", (INVALID, SHARED, EXCLUSIVE))
request = Slot("request", (EMPTY, TO_SHARE, ALONE))
answer = Slot("answer", (EMPTY, GIVE_UP, SHARED, EXCLUSIVE))
back = Slot("back", (EMPTY, GIVEN_UP))
to_give_up, sharer = Slot("to give up", NO_OR_YES), Slot("sharer", NO_OR_YES)
cached, granted_with, given_back = (Slot(f"{one} is latest", NO_OR_YES) for one in ("cached", "granted", "given back"))
exclusive, command = Slot("exclusive granted", NO_OR_YES), Slot("command", (EMPTY, TO_SHARE, ALONE))
memory = Slot("memory is latest", (True, False))


def asks(what: str) -> Effect:
    wants = {TO_SHARE: (INVALID,), ALONE: (INVALID, SHARED)}[what]
    return lambda me: {request: what} if me[request] == EMPTY and me[cache] in wants else None


def lets_in(what: str) -> Effect:
    def effect(me: View) -> Writes | None:
        if me[command] != EMPTY or me[request] != what:
            return None
        return {command: what, "client": Who.ME, request: EMPTY, to_give_up: me[sharer]}

    return effect


def lists_sharers(_: View, other: View) -> Writes:
    return {to_give_up: other[sharer]}


def is_told_to_give_up(me: View) -> Writes | None:
    due = me[command] == ALONE or (me[command] == TO_SHARE and me[exclusive])
    return {answer: GIVE_UP, to_give_up: False} if due and me[to_give_up] and me[answer] == EMPTY else None


def gives_up(me: View) -> Writes | None:
    if me[answer] != GIVE_UP or me[back] != EMPTY:
        return None
    data = me[cached] if me[cache] == EXCLUSIVE else me[given_back]
    return {answer: EMPTY, back: GIVEN_UP, cache: INVALID, given_back: data}


def is_heard_to_give_up(me: View) -> Writes | None:
    if me[back] != GIVEN_UP or me[command] == EMPTY:
        return None
    return {back: EMPTY, sharer: False} | ({exclusive: False, memory: me[given_back]} if me[exclusive] else {})


def grants(what: str, state: str) -> Effect:
    def effect(me: View) -> Writes | None:
        mine = me[command] == what and me["client"] is Who.ME and me[answer] == EMPTY and not me[exclusive]
        if not mine or (what == ALONE and me[sharer]):
            return None
        return {answer: state, granted_with: me[memory], sharer: True, exclusive: what == ALONE, command: EMPTY}

    return effect


def gets(state: str) -> Effect:
    return lambda me: {answer: EMPTY, cache: state, cached: me[granted_with]} if me[answer] == state else None


def stores(me: View) -> Writes | None:
    return {cached: True, granted_with: False, given_back: False, memory: False} if me[cache] == EXCLUSIVE else None


def is_behind(_me: View, _other: View) -> Writes:
    return {cached: False, granted_with: False, given_back: False}


def shares_nothing(_: View, other: View) -> bool:
    return not other[sharer]


def coherent(one: View, other: View) -> bool:
    return one[cache] != EXCLUSIVE or other[cache] == INVALID


german = Copies(
    "German",
    own=(cache, request, answer, back, to_give_up, sharer, cached, granted_with, given_back),
    shared=(exclusive, command, memory),
    naming=("client",),
    rules=(
        Rule("stores", stores, others=is_behind),
        Rule("asks to share", asks(TO_SHARE)),
        Rule("asks for it alone", asks(ALONE)),
        Rule("is let in to share", lets_in(TO_SHARE), others=lists_sharers),
        Rule("is let in for it alone", lets_in(ALONE), others=lists_sharers),
        Rule("is told to give up", is_told_to_give_up),
        Rule("gives up", gives_up),
        Rule("is heard to give up", is_heard_to_give_up),
        Rule("is granted to share", grants(TO_SHARE, SHARED)),
        Rule("is granted it alone", grants(ALONE, EXCLUSIVE), every=shares_nothing),
        Rule("gets it to share", gets(SHARED)),
        Rule("gets it alone", gets(EXCLUSIVE)),
    ),
    properties=(
        Among("coherent", 2, coherent, statement="While a cache has a line alone no other one has it."),
        Among("memory is latest", 1, lambda me: me[memory], lambda me: not me[exclusive]),
        Among("what is cached is latest", 1, lambda me: me[cached], lambda me: me[cache] != INVALID),
    ),
    noun="cache",
)
careless = replace(
    german,
    name="German, careless",
    rules=tuple(replace(one, every=None) if one.name == "is granted it alone" else one for one in german.rules),
    expected={one.name: ("VIOLATED", "it is granted alone while others share it") for one in german.properties},
)
