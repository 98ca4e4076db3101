"""What a shell offers at the tab key: the names that mean something at a place, each with its line, or files.

click writes the scripts for bash, zsh and fish and asks the command itself. Nothing that explores is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module

import click
from click.shell_completion import CompletionItem
from haboot.cli.words import WORDS

Named = Iterable[tuple[str, str]]  # names, each with what it means
ASKED = "_HABOOT_COMPLETE"  # the variable by which a shell asks
Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _of(package: str, offered: str, *texts: str) -> Callable[[], Named]:
    """Return what reads a name and a text of each thing that a package offers."""

    def read() -> Named:
        held = getattr(import_module(f"haboot.{package}"), offered)
        some = held.values() if isinstance(held, dict) else held
        return [tuple(getattr(one, text) for text in texts) for one in some]

    return read


def _scenarios() -> Named:
    from haboot.ledger import SUITES  # noqa: PLC0415 - as the others, when a shell asks

    return [(one.name, one.summary) for one in SUITES["full"]]


def _faults() -> Named:
    from haboot.model import COUNTED  # noqa: PLC0415 - as above

    return COUNTED.items()


KINDS: dict[str, Callable[[], Named]] = {
    "scenarios": _scenarios,
    "findings": _of("ledger", "FINDINGS", "name", "headline"),
    "assumptions": _of("model", "ASSUMPTIONS", "name", "allows"),
    "amendments": _of("model", "AMENDMENTS", "name", "changes"),
    "variants": _of("model", "VARIANTS", "name", "summary"),
    "properties": _of("properties", "CLAIMS", "name", "statement"),
    "requirements": _of("properties", "REQUIREMENTS", "id", "paraphrase"),
    "faults": _faults,
}


def _is_of_own(context: click.Context) -> bool:
    """Whether a model of somebody's own is named already: what it has is known only by running its code."""
    from haboot.ledger import is_own  # noqa: PLC0415 - as above

    return any(map(is_own, context.meta.get(WORDS, ())))


def names(*kinds: str, files: bool = False, several: bool = False, after: str = "") -> Offer:
    """Return what completes a parameter with the names of some kinds, and with ``files``.

    ``several`` may stand in a word, with commas between; ``after`` is what follows a name.
    """

    def offer(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
        before, comma, begun = typed.rpartition(",") if several else ("", "", typed)
        meant = () if _is_of_own(context) else kinds
        known = dict(pair for kind in meant for pair in KINDS[kind]())
        found = [
            CompletionItem(f"{before}{comma}{name}{after}", help=" ".join(text.split()))
            for name, text in known.items()
            if name.startswith(begun)
        ]
        return [CompletionItem(typed, type="file"), *found] if files else found  # bash forgets what stands before it

    return offer
