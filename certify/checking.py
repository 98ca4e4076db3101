"""Checks each verdict of a certificate against the model; docs/certificates.md says why that proves it.

The states told of contain the initial ones and every step from them, so whatever holds of each of them, and of each of
their steps, holds of all that can be reached. Runs are proven by numbers that steps never raise, witnesses by steps
that are taken again. Nothing is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from haboot.certify.declared import Declared
from haboot.certify.machines import Machines
from haboot.certify.numbers import Distances, Numbers, Promises, Ranks, Stuck
from haboot.certify.reading import RefusedError, read
from haboot.certify.worlds import Kind as Step
from haboot.certify.worlds import Look, Memo, Outcome, State, World, is_true
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
        self.numbered = list[tuple[str, Numbers]]()
        self.verdicts: dict[str, dict[str, Any]] = {one["property"]: one for one in head["verdicts"]}
        if len(self.verdicts) < len(head["verdicts"]):
            raise RefusedError("two of its verdicts are of one property")
        with proving():
            made = Machines if isinstance(model, Composition) else Declared
            self.world: World = made(model, head["pieces"])  # type: ignore[arg-type]
            self.initial = frozenset(self.world.initial())
            if not self.initial or (self.whole and not self.initial <= self.place.keys()):
                raise RefusedError("an initial state is left out")
            self._require_tree()
            self.claims = {one.name: one for one in asked(self.world.told, head["actions"])}
            self.why = {name: said for name, one in self.verdicts.items() if (said := self._refused(name, one))}

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
            if not known:
                raise RefusedError(f"run {at} ends with a step that the model does not take")

    def name(self, action: int) -> str:
        """Return the name of an action by its place."""
        told: list[str] = self.head["actions"]
        if not 0 <= action < len(told):
            raise RefusedError(f"it has no action {action}")
        return told[action]

    def taken(self, number: int, action: str, after: int) -> list[Outcome]:
        """Return the steps of an action from one state to another."""
        found = self.world.steps(self.world.state(number))
        return [one for one in found if one.kind is Step.TAKEN and (one.action, number + one.delta) == (action, after)]

    def way(self, node: int) -> list[int]:
        """Return the states of a run."""
        if not 0 <= node < len(self.tree):
            raise RefusedError(f"it has no run {node}")
        found = list[int]()
        while node >= 0:
            node, _, number = self.tree[node]
            found.append(number)
        return found[::-1]

    # what each verdict has to show

    def _refused(self, name: str, told: dict[str, Any]) -> str:
        """Return why a verdict is refused, as far as runs tell; note what is asked of states and steps."""
        claim, answer = self.claims.get(name), told["answer"]
        if claim is None or claim.kind != told["kind"]:
            return "the model has no such property of this kind"
        if any(one.unless is not None for one in claim.clauses):
            return "" if answer == Answer.INCOMPLETE else "it spares some runs, which is not certified"
        shown = Answer.HOLDS if claim.kind is Kind.SOMETIMES else Answer.VIOLATED
        said = "it is no answer to this"
        try:
            if answer == Answer.INCOMPLETE:
                said = ""
            elif claim.kind in RUNS and told["promises"] != [one.name for one in claim.fairness]:
                said = "its promises are not those of the property"
            elif answer == shown:
                said = "" if self._is_shown(claim, told) else "its run does not show it"
            elif answer == Answer.UNREACHED or (answer, shown) == (Answer.HOLDS, Answer.VIOLATED):
                said = self._require(claim, told)
        except RefusedError as error:
            return str(error)
        except (LookupError, TypeError, ValueError) as error:
            return f"what it has to show is missing or does not fit ({type(error).__name__}: {error})"
        return said

    def _require(self, claim: Property, told: dict[str, Any]) -> str:
        if not self.whole:
            return "it says something of all states, which are not all told of"
        holds, premised = told["answer"] == Answer.HOLDS, all(one.conditional for one in claim.clauses)
        if holds and premised and not self._occurs(claim, told["premise"]):
            return "its run does not show that its premise comes true"
        if not holds and not premised and claim.kind is not Kind.SOMETIMES:
            return "a part of it has no premise"
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
        return ""

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

    def _moves(self, node: int, clause: Clause) -> list[Any]:
        """Return the last step of a run as a property sees it, in each way in which it may have been taken."""
        before, action, number = self.tree[node]
        if before < 0:
            return []
        look = self.world.state(self.tree[before][2]).__getitem__
        some = self.taken(self.tree[before][2], self.name(action), number)
        return [self.world.move(one.made, clause.reads, look) for one in some]

    def _occurs(self, claim: Property, node: int) -> bool:
        *_, last = way = self.way(node)
        if claim.of_steps:
            return any(is_true(one.premise(move)) for one in claim.clauses for move in self._moves(node, one))
        early = claim.kind is not Kind.EVENTUALLY or len(way) == 1
        return early and any(self._meets(one.premise, one, last) for one in claim.clauses)

    def _is_shown(self, claim: Property, told: dict[str, Any]) -> bool:
        """Whether a run shows that a property is broken, or that what it asks for happens."""
        *_, last = way = self.way(node := told["run"])
        if claim.kind in RUNS:
            return any(self._is_lasso(claim, one, way, told["loop"]) for one in claim.clauses)
        if claim.kind is Kind.RECOVERABLE:
            clause, values = claim.clauses[told["clause"]], self.content.columns[told["stuck"]]
            self.numbered.append((claim.name, Stuck(self.world, claim, clause, values)))
            return self._meets(clause.premise, clause, last) and values[self.place[last]] == 1
        if claim.of_steps:
            return any(settling(claim, one)(move) for one in claim.clauses for move in self._moves(node, one))
        rests = not any(one.own for one in self.world.steps(self.world.state(last)))
        return (rests or claim.kind is not Kind.NO_DEADLOCK) and any(
            self._meets(settling(claim, one), one, last) for one in claim.clauses
        )

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
        steps = [(one, place.get(number + one.delta) if one.kind is Step.TAKEN else None) for one in found]
        rests = True
        for one, target in steps:
            rests &= not one.own
            if one.action not in self.actions:
                raise RefusedError(f"'{one.action}' is no action that it names")
            if self.whole and target is None and one.kind is not Step.OUTSIDE:
                told = "is cut by a bound" if one.kind is Step.CUT else "leads to a state that is left out"
                raise RefusedError(f"a step of '{one.action}' {told}")
            for name in self._failing(one, state) if target is not None else ():
                why.setdefault(name, f"a step of '{one.action}' breaks it")
        for name, where, odd in self.of_states:
            if odd(state) and (not where or (rests if where == "at rest" else number in self.initial)):
                why.setdefault(name, f"a state {where} breaks it")
        for name, numbers in self.numbered:
            if name not in why and (fault := numbers.fault(at, state, steps)):
                why[name] = fault

    def _failing(self, one: Outcome, state: State) -> list[str]:
        """Return the properties that a step breaks."""
        if one.fails is None:
            one.fails = Memo(
                lambda look: [name for name, part, odd in self.of_steps if self._breaks(one, part, odd, look)]
            )
        failing: list[str] = one.fails(state)
        return failing

    def _breaks(self, one: Outcome, clause: Clause, odd: Callable[[Any], bool], look: Look) -> bool:
        return is_true(odd(self.world.move(one.made, clause.reads, look)))


def settling(claim: Property, clause: Clause) -> Callable[[Any], bool]:
    """Return the test of a state or a step whether it is what *sometimes* asks for, or what breaks any other kind."""
    good = claim.kind is Kind.SOMETIMES
    return lambda seen: is_true(clause.premise(seen)) and is_true(clause.holds(seen)) is good
