"""What is timed: two-phase commit of a size, or a scenario of the full suite."""

from __future__ import annotations

from haboot.checker import ModelError, System, nearest

from examples.two_phase_commit import two_phase_commit

USUAL = ("7", "8", "9", "10", "reordered-duplicates", "two-initiators-bad-network")


def system_of(subject: str) -> System:
    """Return the system of a subject; raise ModelError for an unknown scenario."""
    if subject.isdecimal():
        return two_phase_commit(int(subject))
    from haboot.ledger import SUITES  # noqa: PLC0415 - the same
    from haboot.model import system  # noqa: PLC0415 - two-phase commit is timed without the protocol

    scenarios = {one.name: one for one in SUITES["full"]}
    if subject not in scenarios:
        raise ModelError(f"unknown scenario '{subject}'{nearest(subject, scenarios)}")
    return system(scenarios[subject])


def titled(subject: str) -> str:
    """Return a subject's title."""
    return f"two-phase commit, {subject} resource managers" if subject.isdecimal() else f"scenario {subject}"
