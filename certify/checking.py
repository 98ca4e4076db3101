"""Checks each verdict of a certificate against the model; docs/certificates.md says why that proves it.

The states told of contain the initial ones and every step from them, so whatever holds of each of them, and of each of
their steps, holds of all that can be reached. Runs are proven by numbers that steps never raise, witnesses by steps
that are taken again. Nothing is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from haboot.certify.declared import Declared
from haboot.certify.machines import Machines
from haboot.certify.numbers import Counts, Distances, Promises, Ranks, Stuck
from haboot.certify.reading import RefusedError, read, require
from haboot.certify.worlds import Fate, Memo, Outcome, World, is_true
from haboot.checker import RUNS, Answer, Clause, Composition, Kind, Property, System

Asked = Callable[[Any, Sequence[str]], Iterable[Property]]  # see Subject.properties_over
ALL = ""  # whatever rests on the states


@contextmanager
def proving() -> Iterator[None]:
    """Raise RefusedError for whatever the author's code raises inside: it proves nothing."""
    try:
        yield
    except RefusedError:
        raise
    except Exception as error:
        raise RefusedError(f"the model raised {type(error).__name__}: {error}") from error


class Certificate:
    """A certificate beside the model that it is of; ``why`` says by property why its verdict is refused."""

    def __init__(self, folder: Path, model: System | Composition, asked: Asked) -> None:
        self.content = read(folder)
        self.head = head = self.content.head
        self.actions, self.whole, self.tree = frozenset(head["actions"]), head["whole"], head["tree"]
        self.place = {number: at for at, number in enumerate(self.content.states)}
        self.of_states = list[tuple[str, str, Memo]]()  # property, where it is asked, what is wrong
        self.of_steps = list[tuple[str, Clause, Callable[[Any], bool]]]()
        self.numbered = list[tuple[str, Ranks | Distances]]()
        self.verdicts: dict[str, dict[str, Any]] = {one["property"]: one for one in head["verdicts"]}
        require(len(self.verdicts) == len(head["verdicts"]), "two of its verdicts are of one property")
        with proving():
            made = Machines if isinstance(model, Composition) else Declared
            self.world: World = made(model, head["pieces"])  # type: ignore[arg-type]
            self.initial = frozenset(self.world.initial())
            fine = self.initial and (not self.whole or self.initial <= self.place.keys())
            require(fine, "an initial state is left out")
            self._require_tree()
            self.claims = {one.name: one for one in asked(self.world.told, head["actions"])}
            self.why = {name: said for name, one in self.verdicts.items() if (said := self._refused(name, one))}
            tests = [(1 << at, None, odd, clause.reads) for at, (_, clause, odd) in enumerate(self.of_steps)]
            self.broken = Counts(self.world, tests, self)

    def rests(self, name: str) -> bool:
        """Whether a verdict rests on the states, and not on a run alone."""
        told = self.verdicts[name]
        if told["kind"] == Kind.SOMETIMES or told["answer"] == Answer.VIOLATED:
            return bool(told["answer"] == Answer.UNREACHED or told["kind"] == Kind.RECOVERABLE)
        return bool(told["answer"] != Answer.INCOMPLETE)

    def _require_tree(self) -> None:
        for at, (before, action, number) in enumerate(self.tree):
            if before < 0:
                known = number in self.initial
            else:
                known = before < at and any(self.taken(self.tree[before][2], self.name(action), number))
            require(known, f"run {at} ends with a step that the model does not take")

    def name(self, action: int) -> str:
        """Return the name of an action by its place."""
        told: list[str] = self.head["actions"]
        require(0 <= action < len(told), f"it has no action {action}")
        return told[action]

    def taken(self, number: int, action: str, after: int) -> list[Outcome]:
        """Return the steps of an action from one state to another."""
        found = self.world.steps(self.world.state(number))
        return [one for one in found if one.fate is Fate.TAKEN and (one.action, number + one.delta) == (action, after)]

    def way(self, node: int) -> list[int]:
        """Return the states of a run."""
        require(0 <= node < len(self.tree), f"it has no run {node}")
        found = list[int]()
        while node >= 0:
            node, _, number = self.tree[node]
            found.append(number)
        return found[::-1]

    # what each verdict has to show

    def _refused(self, name: str, told: dict[str, Any]) -> str:
        """Return why a verdict is refused, as far as runs tell; note what is asked of states and steps."""
        try:
            self._require(self.claims.get(name), told)
        except RefusedError as error:
            return str(error)
        except (LookupError, TypeError, ValueError) as error:
            return f"what it has to show is missing or does not fit ({type(error).__name__}: {error})"
        return ""

    def _require(self, claim: Property | None, told: dict[str, Any]) -> None:
        answer = told["answer"]
        if claim is None or claim.kind != told["kind"]:
            raise RefusedError("the model has no such property of this kind")
        if answer == Answer.INCOMPLETE:
            return
        spares = any(one.unless is not None for one in claim.clauses)
        require(not spares, "it spares some runs, which is not certified")
        fair = claim.kind not in RUNS or told["promises"] == [one.name for one in claim.fairness]
        require(fair, "its promises are not those of the property")
        shown = Answer.HOLDS if claim.kind is Kind.SOMETIMES else Answer.VIOLATED
        if answer == shown:
            require(self._is_shown(claim, told), "its run does not show it")
        else:
            require(answer in {Answer.HOLDS, Answer.UNREACHED}, "it is no answer to this")
            self._require_numbers(claim, told)

    def _require_numbers(self, claim: Property, told: dict[str, Any]) -> None:
        require(self.whole, "it says something of all states, which are not all told of")
        holds, premised = told["answer"] == Answer.HOLDS, all(one.conditional for one in claim.clauses)
        occurs = not (holds and premised) or self._occurs(claim, told["premise"])
        require(occurs, "its run does not show that its premise comes true")
        require(holds or premised or claim.kind is Kind.SOMETIMES, "a part of it has no premise")
        for number, clause in enumerate(claim.clauses):
            self._ask(claim, clause, holds=holds)
            columns = self.content.columns
            if claim.kind in RUNS:
                values, classes = columns[told["ranks"][number]], told["classes"][number]
                first = frozenset(self.place[one] for one in self.initial)
                self.numbered.append((claim.name, Ranks(self.world, claim, clause, values, classes, first)))
            elif claim.kind is Kind.RECOVERABLE and holds:
                values = columns[told["distances"][number]]
                self.numbered.append((claim.name, Distances(self.world, claim, clause, values)))

    def _ask(self, claim: Property, clause: Clause, *, holds: bool) -> None:
        """Note what no state, or no step, may be where a verdict holds."""
        odd, where = settling(claim, clause), ""
        if not holds and claim.kind is not Kind.SOMETIMES:
            odd, where = clause.premise, "at first" if claim.kind is Kind.EVENTUALLY else ""
        elif claim.kind is Kind.RECOVERABLE or claim.kind in RUNS:
            return
        elif claim.kind is Kind.NO_DEADLOCK:
            where = "at rest"
        if claim.of_steps:
            self.of_steps.append((claim.name, clause, odd))
        else:
            memo = Memo(lambda look: is_true(odd(self.world.seen(clause.reads, look))))
            self.of_states.append((claim.name, where, memo))

    def _meets(self, test: Callable[[Any], bool], clause: Clause, number: int) -> bool:
        return is_true(test(self.world.seen(clause.reads, self.world.state(number).__getitem__)))

    def _ends(self, claim: Property, node: int, test: Callable[[Clause], Callable[[Any], bool]]) -> bool:
        """Whether a run ends with a state, or a step in a way in which it may be taken, that meets a part's test."""
        before, action, number = self.tree[node]
        if not claim.of_steps or before < 0:
            return not claim.of_steps and any(self._meets(test(one), one, number) for one in claim.clauses)
        source = self.tree[before][2]
        look, some = self.world.state(source).__getitem__, self.taken(source, self.name(action), number)
        moves = ((part, self.world.move(one.made, part.reads, look)) for part in claim.clauses for one in some)
        return any(is_true(test(part)(move)) for part, move in moves)

    def _occurs(self, claim: Property, node: int) -> bool:
        early = len(self.way(node)) == 1 or claim.kind is not Kind.EVENTUALLY
        return early and self._ends(claim, node, lambda one: one.premise)

    def _is_shown(self, claim: Property, told: dict[str, Any]) -> bool:
        """Whether a run shows that a property is broken, or that what it asks for happens."""
        *_, last = way = self.way(node := told["run"])
        if claim.kind in RUNS:
            return any(self._is_lasso(claim, one, way, told["loop"]) for one in claim.clauses)
        if claim.kind is Kind.RECOVERABLE:
            clause, values = claim.clauses[told["clause"]], self.content.columns[told["stuck"]]
            self.numbered.append((claim.name, Stuck(self.world, claim, clause, values)))
            return self._meets(clause.premise, clause, last) and values[self.place[last]] == 1
        moves = claim.kind is Kind.NO_DEADLOCK and any(one.own for one in self.world.steps(self.world.state(last)))
        return not moves and self._ends(claim, node, partial(settling, claim))

    def _is_lasso(self, claim: Property, clause: Clause, way: list[int], told: Sequence[Sequence[int]]) -> bool:
        """Whether a run and a loop at its end are a fair run that breaks a part of a property."""
        loop = [way[-1], *(after for _, after in told)]
        taken = [
            self.taken(before, self.name(action), after) for before, (action, after) in zip(loop, told, strict=False)
        ]
        if loop[0] != loop[-1] or not all(taken):
            return False
        promises, states = Promises(self.world, claim, clause), [self.world.state(one) for one in loop]
        enabled = [promises.enabled(state, self.world.steps(state)) for state in states]
        met = 0
        for state, some in zip(states, taken, strict=False):
            for one in some:
                met |= promises.counted(one, state)
        if not promises.kept(enabled, met):
            return False
        if claim.kind is Kind.FINITELY_OFTEN:
            return True
        premise, goal = (
            [self._meets(test, clause, one) for one in (*way, *loop)] for test in (clause.premise, clause.holds)
        )
        loops = goal[len(way) :]
        broken = {
            Kind.EVENTUALLY: premise[0] and not any(goal),
            Kind.LEADS_TO: any(one and not any(goal[at:]) for at, one in enumerate(premise[: len(way)])),
            Kind.INFINITELY_OFTEN: any(premise) and not any(loops),
            Kind.STAYS: any(premise) and not all(loops),
        }
        return broken[claim.kind]

    # what is asked of states

    @property
    def places(self) -> range:
        """The states to go through, by place."""
        return range(len(self.content.states))

    def checked(self, places: Iterable[int]) -> dict[str, str]:
        """Go through some states; return by property why its verdict is refused, ALL for whatever rests on states."""
        why = dict[str, str]()
        try:
            with proving():
                for at in places:
                    self._check(at, why)
        except RefusedError as error:
            why.setdefault(ALL, str(error))
        return why

    def _check(self, at: int, why: dict[str, str]) -> None:
        number, place = self.content.states[at], self.place
        state = self.world.state(number)
        found = self.world.steps(state)
        steps = [(one, place.get(number + one.delta) if one.fate is Fate.TAKEN else None) for one in found]
        for one, target in steps:
            if one.action not in self.actions:
                raise RefusedError(f"'{one.action}' is no action that it names")
            if self.whole and target is None and one.fate is not Fate.OUTSIDE:
                told = "is cut by a bound" if one.fate is Fate.CUT else "leads to a state that is left out"
                raise RefusedError(f"a step of '{one.action}' {told}")
            broken = 0 if target is None else self.broken.counted(one, state)
            for bit, (name, _, _) in enumerate(self.of_steps if broken else ()):
                if broken >> bit & 1:
                    why.setdefault(name, f"a step of '{one.action}' breaks it")
        there = {"": True, "at first": number in self.initial, "at rest": not any(one.own for one in found)}
        for name, where, odd in self.of_states:
            if there[where] and odd(state):
                why.setdefault(name, f"a state {where} breaks it")
        for name, numbers in self.numbered:
            if name not in why and (fault := numbers.fault(at, state, steps)):
                why[name] = fault


def settling(claim: Property, clause: Clause) -> Callable[[Any], bool]:
    """Return the test of a state or a step whether it is what *sometimes* asks for, or what breaks any other kind."""
    good = claim.kind is Kind.SOMETIMES
    return lambda seen: is_true(clause.premise(seen)) and is_true(clause.holds(seen)) is good
