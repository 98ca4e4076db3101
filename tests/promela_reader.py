"""The Promela that is exported, read again and run: as much of the language as is written, and none of the exporter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from haboot.exports import Seen

State: TypeAlias = dict[str, int]
Expression: TypeAlias = Callable[[State], int]
TOKEN = re.compile(r"\s*(->|::|&&|\|\||==|!=|<=|>=|\w+(?:\[\d+\])?|[-+<>!=(){};:,])")
BINARY: tuple[dict[str, Callable[[int, int], int]], ...] = (
    {"||": lambda a, b: int(bool(a or b))},
    {"&&": lambda a, b: int(bool(a and b))},
    {"==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b)},
    {
        "<": lambda a, b: int(a < b),
        "<=": lambda a, b: int(a <= b),
        ">": lambda a, b: int(a > b),
        ">=": lambda a, b: int(a >= b),
    },
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b},
)


@dataclass
class Run:
    """A state while a step is taken, and the signals that the step gives, with how much they add to its depth."""

    state: State
    seen: list[tuple[int, int]] = field(default_factory=list)


Statement: TypeAlias = Callable[[Run], None]


class Reader:
    """Tokens of one step, read by descent."""

    def __init__(self, text: str) -> None:
        self.words = TOKEN.findall(text)
        self.at = 0

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self, due: str = "") -> str:
        word = self.peek()
        assert due in {"", word}, (due, self.words[self.at : self.at + 8])
        self.at += 1
        return word

    def expression(self, level: int = 0) -> Expression:
        if level == len(BINARY):
            return self.unary()
        left = self.expression(level + 1)
        while self.peek() in BINARY[level]:
            does, right = BINARY[level][self.take()], self.expression(level + 1)
            left = _joined(does, left, right)
        return left

    def unary(self) -> Expression:
        word = self.take()
        if word == "!":
            inner = self.unary()
            return lambda state: int(not inner(state))
        if word == "(":
            first = self.expression()
            if self.peek() == "->":
                self.take()
                yes = self.expression()
                self.take(":")
                no = self.expression()
                self.take(")")
                return lambda state: yes(state) if first(state) else no(state)
            self.take(")")
            return first
        if word in {"true", "false"}:
            return lambda _: int(word == "true")
        return (lambda _: int(word)) if word.isdigit() else (lambda state: state[word])

    def statements(self, ends: set[str]) -> Statement:
        every = [self.statement()]
        while self.peek() not in ends:
            self.take(";")
            every.append(self.statement())

        def run(one: Run) -> None:
            for each in every:
                each(one)

        return run

    def statement(self) -> Statement:
        word = self.peek()
        if word == "if":
            return self.choice()
        if word == "skip":
            self.take()
            return lambda _: None
        if word in {"SEEN", "BROKEN"}:
            return self.signal()
        name = self.take()
        self.take("=")
        value = self.expression()
        return lambda run: run.state.__setitem__(name, value(run.state))

    def signal(self) -> Statement:
        self.take()
        self.take("(")
        number = int(self.take())
        self.take(",")
        more = int(self.take())
        self.take(")")
        return lambda run: run.seen.append((number, more))

    def choice(self) -> Statement:
        self.take("if")
        options = []
        while self.peek() == "::":
            self.take()
            test: Expression | None = None
            if self.peek() == "else":
                self.take()
            else:
                test = self.expression()
            does = lambda _: None  # noqa: E731 - an option without statements
            if self.peek() == "->":
                self.take()
                does = self.statements({"::", "fi"})
            options.append((test, does))
        self.take("fi")

        def run(one: Run) -> None:
            open_ = [does for test, does in options if test is not None and test(one.state)]
            others = [does for test, does in options if test is None]
            (does,) = open_[:1] or others  # a step that could not go on would end SPIN's search
            does(one)

        return run


def _joined(does: Callable[[int, int], int], left: Expression, right: Expression) -> Expression:
    return lambda state: does(left(state), right(state))


def _steps(text: str) -> Iterator[tuple[Expression, Statement]]:
    for body in re.findall(r"d_step \{ (.*) \}$", text, re.MULTILINE):
        reader = Reader(body)
        guard = reader.expression()
        reader.take("->")
        yield guard, reader.statements({""})


def _initial(text: str) -> State:
    declared = re.findall(r"^(?:bit|unsigned|byte) (\w+)(?: : \d+)?(\[\d+\])?(?: = (\d+))?;", text, re.MULTILINE)
    state: State = {}
    for name, size, start in declared:
        names = [f"{name}[{n}]" for n in range(int(size[1:-1]))] if size else [name]
        state |= dict.fromkeys(names, int(start or 0))
    return state


def explored(text: str, *, chosen: bool) -> Seen:
    """Return what a breadth-first search of a model counts and sees; see ``by_spin``."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    leave = re.search(r"^#define LEAVE (.*)$", text, re.MULTILINE)
    body = text.replace("; LEAVE", f"; {leave[1]}") if leave else text
    once = re.search(r"^  if\n(.*?)\n  fi;$", body, re.MULTILINE | re.DOTALL)
    first, every = list(_steps(once[1] if once else "")), list(_steps(body.replace(once[0], "") if once else body))
    begun = _initial(text)
    frontier, signals, depth = [begun], dict[int, int | None](), 0
    known, at_start = {tuple(begun.values())}, bool(once)
    if at_start:
        known = set()
    while frontier:
        found = list[State]()
        for state in frontier:
            for guard, does in first if at_start else every:
                if not guard(state):
                    continue
                run = Run(dict(state))
                does(run)
                for number, more in run.seen:
                    signals.setdefault(number, depth + more - chosen)
                key = tuple(run.state.values())
                if key not in known:
                    known.add(key)
                    found.append(run.state)
        frontier, depth, at_start = found, depth + 1, False
    return Seen(len(known) - (chosen and not once), signals)
