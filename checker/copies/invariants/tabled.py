"""What rules do and where properties break, by what they look at: each function run over all inputs that it reads.

An input is a slot as the one who takes the step sees it, as another copy does, or as it is shared. What is not reached
is asked as well, so that a function may raise there; its answer is then None, and an invariant has to leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from haboot.checker.boundary import ModelError
from haboot.checker.branches import Part, See, TooManyError, branches
from haboot.checker.copies.declared import Among, Copies, Rule, Who, require_bool
from haboot.checker.copies.firing import admits, done, results
from haboot.checker.core import Value, View

MOST = 20_000  # runs of a function beyond which its table is given up
ME, OTHER = "0", "1"  # who takes a step, and whom it is done to
T = TypeVar("T")


class Case(NamedTuple, Generic[T]):
    """What is seen, by who sees it (nobody for what is shared) and the slot; and the answer, None where one raises."""

    seen: Mapping[tuple[str, str], Value]
    answer: T | None


class NoInvariantError(Exception):
    """None was found, and why."""


class Tables:
    """The tables of a model's rules and properties."""

    def __init__(self, model: Copies) -> None:
        self.model, self.made = model, dict[tuple[str, str], list[Case[Any]]]()
        self.domains: dict[str, tuple[Value, ...]] = {one.name: tuple(one.domain) for one in model.shared}
        self.domains |= {one.name: tuple(one.domain) for one in model.own}
        self.domains |= dict.fromkeys(model.naming, tuple(Who))

    def effects(self, rule: Rule) -> list[Case[tuple[dict[str, Value], ...]]]:
        """What the step may write, by what who takes it sees."""
        return self._table("effect", rule.label, 1, lambda see: results(self.model, rule, self._seen(see, ME, rule)))

    def admitted(self, rule: Rule) -> list[Case[bool]]:
        """Whether another copy lets it be taken, by what both see."""
        return self._table("every", rule.label, 2, lambda see: admits(rule, *self._both(see, rule)))

    def done(self, rule: Rule) -> list[Case[dict[str, Value]]]:
        """What is written of another copy, by what both see."""
        return self._table("others", rule.label, 2, lambda see: done(self.model, rule, *self._both(see, rule)))

    def kept(self, claim: Among) -> list[Case[bool]]:
        """Whether a property is kept, by what its copies see."""

        def run(see: See) -> bool:
            seen = [View(self._seen(see, str(who), None), claim.label, whole=True) for who in range(claim.copies)]
            if claim.premise is not None and not require_bool(claim.label, claim.premise(*seen)):
                return True
            return require_bool(claim.label, claim.holds(*seen))

        return self._table("holds", claim.label, claim.copies, run)

    def _both(self, see: See, rule: Rule) -> tuple[Part, Part]:
        return self._seen(see, ME, rule), self._seen(see, OTHER, None)

    def _seen(self, see: See, who: str, rule: Rule | None) -> Part:
        """What somebody sees; nobody in particular has slots of his own."""
        alone = rule is not None and rule.shared
        names = [one for one in self.domains if not (alone and one in self.model.own_names)]
        return Part(names, lambda name: see(self._input(who, name)))

    def _input(self, who: str, name: str) -> str:
        return f":{name}" if name in self.model.shared_names else f"{who}:{name}"

    def _table(self, what: str, label: str, seeing: int, run: Callable[[See], T]) -> list[Case[T]]:
        """Return a table, which is made once."""
        if (what, label) not in self.made:
            self.made[what, label] = [*self._cases(label, seeing, run)]
        return self.made[what, label]

    def _cases(self, label: str, seeing: int, run: Callable[[See], T]) -> Iterator[Case[T]]:
        def tried(see: See) -> T | None:
            try:
                return run(see)
            except ModelError:
                return None

        inputs: dict[str, Sequence[Value]] = {
            self._input(str(who), name): domain for who in range(seeing) for name, domain in self.domains.items()
        }
        try:
            for seen, answer in branches(tried, inputs, MOST):
                yield Case(dict(map(_parted, seen.items())), answer)
        except TooManyError:
            raise NoInvariantError(f"{label} looks at more than {MOST:,} combinations of values") from None


def _parted(pair: tuple[str, Value]) -> tuple[tuple[str, str], Value]:
    who, _, name = pair[0].partition(":")
    return (who, name), pair[1]
