"""The scenarios on which mutants are tried, in this order: each is explored once a mutant until a property notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from haboot.model import DRAFT, Scenario

DRAFTS = (
    ("same", 1, ""),
    ("different", 1, ""),
    ("same", 2, ""),
    ("same", 1, "forger"),
    ("same", 1, "crash refresh"),
    ("same", 1, "crash refresh false-suspicion"),
    ("different", 1, "loss switch-retransmission"),
    ("same", 1, "loss switch-retransmission"),
    ("same", 1, "duplication refresh"),
    ("same", 2, "unreachable give-up"),
    ("different", 1, "unreachable give-up"),
    ("same", 1, "eap-only"),
    ("different", 1, "ignores-push"),
    ("different", 1, "rejects-push"),
    ("same", 1, "at-home"),
    ("same", 1, "multi-prefix"),
    ("same", 1, "false-suspicion"),
    ("different", 1, "false-suspicion"),
    ("different", 1, "dns-cleanup false-suspicion"),
    ("same", 1, "reboot"),
    ("different", 1, "reboot"),
    ("same", 1, "movement"),
    ("same", 1, "no-b-bit"),
    ("different", 1, "no-b-bit"),
    ("same", 1, "no-b-bit false-suspicion"),
    ("same", 1, "no-b-bit false-suspicion duplication"),
    ("same", 1, "movement false-suspicion"),
    ("same", 1, "lists-none"),
    ("same", 1, "lists-other second-initiator"),
    ("same", 1, "lists-other no-b-bit second-initiator"),
    ("same", 1, "expiry second-initiator"),
    ("different", 1, "expiry second-initiator"),
    ("same", 1, "return-kept"),
    ("same", 1, "return-lost"),
    ("different", 1, "own-detection loss"),
    ("same", 1, "own-detection"),
    ("different", 1, "own-detection reboot"),
    ("same", 1, "home-routed"),
    ("same", 1, "no-authorisation"),
    ("different", 1, "dns-authorisation"),
    ("same", 1, "dns-cleanup return-kept"),
    ("different", 1, "dns-down"),
    ("same", 1, "planned-switch"),
    ("same", 1, "reclaim return-kept"),
    ("same", 1, "no-switch-support"),
    ("different", 1, "replay"),
    ("same", 1, "expiry second-initiator switch-retransmission"),
)
VARIED = (
    ("mn-initiated", "same", 1, ""),
    ("mn-initiated", "same", 1, "own-detection"),
    ("mn-initiated", "same", 1, "own-detection loss crash"),
    ("mn-initiated", "same", 1, "own-detection crash return-kept"),
    ("mn-initiated", "same", 1, "false-suspicion own-detection"),
    ("switch-current", "same", 1, ""),
    ("switch-current", "different", 1, ""),
    ("switch-current", "same", 1, "loss"),
    ("switch-current", "same", 1, "forger"),
    ("switch-current", "same", 1, "movement"),
    ("switch-current", "same", 1, "refresh"),
    ("switch-current", "same", 2, ""),
    ("switch-preestablished", "same", 1, ""),
    ("switch-preestablished", "same", 1, "loss"),
    ("switch-preestablished", "same", 1, "no-deregistration"),
    ("switch-preestablished", "same", 1, "false-suspicion refresh"),
    ("switch-preestablished", "same", 1, "movement"),
    ("switch-preestablished", "same", 1, "crash"),
    ("haha", "same", 1, ""),
    ("haha", "same", 1, "movement crash"),
    ("haha", "same", 1, "loss"),
    ("haha", "same", 1, "refresh"),
    ("vhar", "same", 1, ""),
    ("vhar", "same", 1, "false-suspicion"),
    ("vhar", "same", 1, "loss"),
    ("vhar", "same", 1, "rekeying"),
    ("vhar", "same", 1, "duplication"),
    ("vhar", "same", 1, "duplication rekeying"),
    ("vhar", "same", 1, "loss rekeying"),
    ("vhar", "same", 1, "crash"),
)


def _named() -> Iterator[Scenario]:
    for prefixes, nodes, assumptions in DRAFTS:
        yield _tried(DRAFT, prefixes, nodes, assumptions.split(), prefixes)
    for variant, prefixes, nodes, assumptions in VARIED:
        yield _tried(variant, prefixes, nodes, assumptions.split(), f"{variant}+{prefixes}")


def _tried(variant: str, prefixes: str, nodes: int, assumptions: list[str], stem: str) -> Scenario:
    name = "+".join((stem, str(nodes), *assumptions))
    return Scenario(name, "tried on mutants", prefixes, nodes, 1, frozenset(assumptions), variant=variant)


SCENARIOS: Mapping[str, Scenario] = {one.name: one for one in _named()}
