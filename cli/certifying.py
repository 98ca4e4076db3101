"""Certificates gone through by several processes, each a slice of their states at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

import click
from haboot.certify import HEAD, Certificate, RefusedError, head_of
from haboot.checker import Answer, ModelError, amount
from haboot.checker.host import mapped
from haboot.cli.progress import Meter
from haboot.cli.subjects import subjects
from haboot.ledger import Own, Subject, digest, is_own
from haboot.model import composition

LARGE = 100_000  # states of which a share may be drawn
SLICE = 1 << 14  # states that a process goes through at once
CERTIFIED, SAMPLED, NOTHING, REFUSED = "certified", "sampled", "claims nothing", "refused"
WHOLE = "*"  # under which a certificate is refused as a whole


class Verdict(NamedTuple):
    """A verdict of a certificate, and whether it rests on all of its states."""

    property: str
    kind: str
    answer: str
    rests: bool


class Task(NamedTuple):
    """Some states of a certificate, and the word for the model that it is of; ``share`` of them are gone through."""

    folder: Path
    word: str
    first: int
    last: int
    share: float


class Found(NamedTuple):
    """What came of a task: by property why its verdict is refused; all verdicts; and how many states there were."""

    why: dict[str, str]
    verdicts: tuple[Verdict, ...]
    states: int


@dataclass
class Checked:
    """A certificate with what came of it; of its states, ``met`` were gone through."""

    name: str
    states: int
    met: int = 0
    why: dict[str, str] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()

    def rows(self) -> Iterator[dict[str, str]]:
        """Return of each verdict what became of it, and why it is refused where it is."""
        for one in self.verdicts:
            why = self.why.get(WHOLE) or self.why.get(one.property) or (self.why.get("", "") if one.rests else "")
            status = SAMPLED if one.rests and self.met < self.states else CERTIFIED
            status = NOTHING if one.answer == Answer.INCOMPLETE else status
            said = {"property": one.property, "kind": one.kind, "answer": one.answer}
            yield {**said, "status": REFUSED if why else status, "why": why}


def named(names: Sequence[str]) -> dict[str, str]:
    """Return by name what words on the command line mean, each with its word."""
    return {one.name: name for name in names for one in subjects((name,), "full", {}, ())}


def certificates(folder: Path, given: Mapping[str, str], *, each: bool = True) -> dict[Path, str]:
    """Return the certificates in a folder with the words for their models; of what is given alone, if anything is.

    Raises a usage error where there is none, where one is lacking (if ``each`` that is given is due), and for one of a
    model of one's own that is not given: a certificate is data, and whose code is run is for the user to say.
    """
    found = sorted(one.parent for one in (*folder.glob(HEAD), *folder.glob(f"*/{HEAD}")))
    if not found:
        raise click.UsageError(f"'{folder}' holds no certificate ('haboot check --certificate {folder}' writes them)")
    known = [(place, *_names(place)) for place in found]
    for name in given if each else ():
        if name not in {one for _, one, _ in known}:
            there = ", ".join(one for _, one, _ in known)
            raise click.UsageError(f"'{folder}' holds no certificate of '{name}' (there are: {there})")
    for _, name, word in known if not given else ():
        if is_own(word):
            told = f"'{name}' is a model of your own, whose code is run only where it is named"
            raise click.UsageError(f"{told}: 'haboot certify {folder} {word}'")
    return {place: given.get(name, word) for place, name, word in known if not given or name in given}


def _names(folder: Path) -> tuple[str, str]:
    """Return the name of what a certificate is of, and the word for it."""
    try:
        head = head_of(folder)
    except RefusedError:
        return folder.name, ""
    return str(head.get("name")), str(head["model"])


def certified(asked: Mapping[Path, str], share: float, workers: int, meter: Meter) -> list[Checked]:
    """Go through certificates; of those with many states through a share of them."""
    tasks, every = list[Task](), dict[Path, Checked]()
    _opened.cache_clear()  # what was read before may have been changed since
    for folder, word in asked.items():
        try:
            head = head_of(folder)
        except RefusedError as error:
            every[folder] = Checked(folder.name, 0, why={WHOLE: str(error)})
            every[folder].verdicts = (Verdict("", "", "", rests=True),)
            continue
        states = sum(part["states"] for part in head["parts"])
        every[folder] = Checked(str(head.get("name")), states)
        told = (Verdict(one["property"], one["kind"], one["answer"], rests=True) for one in head["verdicts"])
        every[folder].verdicts = tuple(told)
        part = share if states > LARGE else 1.0
        begins = range(0, max(states, 1), SLICE)
        tasks += [Task(folder, word, first, min(first + SLICE, states), part) for first in begins]
    total, done = sum(task.last - task.first for task in tasks), 0
    meter.begin("certify")
    results = map(_done, tasks) if workers == 1 or len(tasks) == 1 else mapped(_done, tasks, workers)
    for task, found in zip(tasks, results, strict=True):
        one = every[task.folder]
        one.why = {**found.why, **one.why}
        one.verdicts, one.met = found.verdicts or one.verdicts, one.met + found.states
        done += task.last - task.first
        meter.tell(f"{done:,} of {amount(total, 'state')}")
    meter.end()
    return list(every.values())


def _done(task: Task) -> Found:
    """Go through some states of a certificate."""
    try:
        one = _opened(task.folder, task.word)
    except RefusedError as error:
        return Found({WHOLE: str(error)}, (), 0)
    except (ModelError, click.UsageError) as error:
        return Found({WHOLE: str(error)}, (), 0)
    dice = Random(f"{task.folder.name} {task.first}")  # noqa: S311 - no secret
    places = [at for at in range(task.first, task.last) if task.share == 1.0 or dice.random() < task.share]
    verdicts = (Verdict(name, told["kind"], told["answer"], one.rests(name)) for name, told in one.verdicts.items())
    return Found(one.why | one.checked(places), tuple(verdicts), len(places))


@lru_cache(maxsize=1)
def _opened(folder: Path, word: str) -> Certificate:
    head = head_of(folder)
    subject = _subject(head, word)
    if digest(subject) != head["sources"]:
        raise RefusedError(f"'{subject.name}' has been changed since: its sources are not those that were checked")
    model = subject.model.system if isinstance(subject, Own) else composition(subject.scenario)
    return Certificate(folder, model, subject.properties_over)


def _subject(head: Mapping[str, object], word: str) -> Subject:
    """Return what a certificate is of."""
    for one in subjects((word,), "full", {}, ()):
        if one.name == head["name"]:
            return one
    raise RefusedError(f"'{word}' has no '{head['name']}'")
