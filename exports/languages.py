"""How other checkers spell tests of variables, and decision trees spelled in their languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from haboot.checker import Query
from haboot.checker.packed import Path, Tree, is_node
from haboot.exports.compiled import Compiled, Guarded
from haboot.exports.signals import Decided, Signal, Subject


@dataclass(frozen=True, slots=True)
class Language:
    """The operators of a language, by what they mean."""

    equal: str
    unlike: str
    both: str
    either: str
    no: str
    true: str
    false: str

    def every(self, parts: Sequence[str]) -> str:
        """Return the conjunction of some tests."""
        return f" {self.both} ".join(parts) or self.true

    def some(self, parts: Sequence[str]) -> str:
        """Return the disjunction of some tests, in parentheses where they are several."""
        text = f" {self.either} ".join(parts) or self.false
        return f"({text})" if len(parts) > 1 else text

    def negated(self, test: str) -> str:
        """Return the negation of a test."""
        return f"{self.no}({test})"


C_LIKE = Language("==", "!=", "&&", "||", "!", "true", "false")
DVE = Language("==", "!=", "and", "or", "not ", "1 == 1", "1 == 0")
MURPHI = Language("=", "!=", "&", "|", "!", "true", "false")
TLA = Language("=", "#", "/\\", "\\/", "~", "TRUE", "FALSE")


@dataclass(frozen=True, slots=True)
class Speech:
    """What is asked of a system, in the words of a language; a slot is a variable over the places of its values."""

    language: Language
    decided: Decided

    @property
    def compiled(self) -> Compiled:
        """The system that is spoken of."""
        return self.decided.compiled

    def state(self, query: Query) -> str:
        """Return the test whether a state meets a query."""
        return self.tree(self.decided.state(query))

    def step(self, query: Query, step: Guarded) -> str:
        """Return the test whether a step that a state has meets a query."""
        return self.tree(self.decided.step(query, step))

    def signal(self, one: Signal) -> str:
        """Return the test whether a state gives a signal of states or ends."""
        test = self.state(one.query)
        if one.subject is not Subject.END:
            return test
        stuck = [self.language.negated(self.tree(tree)) for tree in self.compiled.enabled()]
        return self.language.every([f"({test})", *stuck])

    def path(self, path: Path) -> str:
        """Return the test whether a state takes some decisions."""
        equal = self.language.equal
        return self.language.every([f"{self.compiled.names[place]} {equal} {index}" for place, index in path])

    def among(self, place: int, indices: Sequence[int]) -> str:
        """Return the test whether a slot holds one of some values, some and not all of its own."""
        name, size, say = self.compiled.names[place], self.compiled.sizes[place], self.language
        if 2 * len(indices) <= size:
            return say.some([f"{name} {say.equal} {index}" for index in indices])
        others = [index for index in range(size) if index not in set(indices)]
        return say.every([f"{name} {say.unlike} {index}" for index in others])

    def tree(self, tree: Tree) -> str:
        """Return the test whether a state's decisions lead to the leaf True; any other leaf is False."""
        say = self.language
        if not is_node(tree):
            return say.true if tree is True else say.false
        place, children = tree
        by_text: dict[str, list[int]] = {}
        for index, child in enumerate(children):
            by_text.setdefault(self.tree(child), []).append(index)
        by_text.pop(say.false, None)
        parts = []
        for text, indices in by_text.items():
            test = self.among(place, indices) if len(indices) < self.compiled.sizes[place] else say.true
            some = [one for one in (test, text) if one != say.true]
            parts.append(f"({say.every(some)})" if len(some) > 1 else say.every(some))
        return say.some(parts)
