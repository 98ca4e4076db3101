"""Two-phase commit (TwoPhase of the TLA+ examples; Gray and Lamport, Consensus on Transaction Commit, 2006).

A transaction manager collects a Prepared message from each resource manager, then commits; it may abort before. Sent
messages stay on the wire, so receiving one again changes nothing and still counts as a step.
"""

from haboot import Action, Fairness, Model, Property, Slot, System, View, always, leads_to, refines

from examples.transaction_commit import transaction_commit


def two_phase_commit(managers: int = 3) -> System:
    """Return the system for a number of resource managers."""
    rms = range(managers)
    everyone = tuple(f"counted {r}" for r in rms)
    slots = [
        *(Slot(f"rm {r}", ("working", "prepared", "committed", "aborted")) for r in rms),
        Slot("tm", ("init", "committed", "aborted")),
        *(Slot(name, (False, True)) for name in (*everyone, *(f"prepared {r}" for r in rms), "commit", "abort")),
    ]
    actions = [
        Action(
            "commit",
            ("tm", *everyone),
            ("tm", "commit"),
            lambda v: (
                {"tm": "committed", "commit": True} if v["tm"] == "init" and all(v[name] for name in everyone) else None
            ),
        ),
        Action(
            "abort",
            ("tm",),
            ("tm", "abort"),
            lambda v: {"tm": "aborted", "abort": True} if v["tm"] == "init" else None,
        ),
        *(action for r in rms for action in _resource_manager(r)),
    ]
    return System(f"2PC {managers}", tuple(slots), ({slot.name: slot.domain[0] for slot in slots},), tuple(actions))


def _resource_manager(r: int) -> tuple[Action, ...]:
    mine, counted, prepared = f"rm {r}", f"counted {r}", f"prepared {r}"

    def count(v: View) -> dict[str, bool] | None:
        return {counted: True} if v["tm"] == "init" and v[prepared] else None

    def prepare(v: View) -> dict[str, object] | None:
        return {mine: "prepared", prepared: True} if v[mine] == "working" else None

    return (
        Action(f"count {r}", ("tm", prepared), (counted,), count),
        Action(f"prepare {r}", (mine,), (mine, prepared), prepare),
        Action(f"give up {r}", (mine,), (mine,), lambda v: {mine: "aborted"} if v[mine] == "working" else None),
        Action(f"hear commit {r}", ("commit",), (mine,), lambda v: {mine: "committed"} if v["commit"] else None),
        Action(f"hear abort {r}", ("abort",), (mine,), lambda v: {mine: "aborted"} if v["abort"] else None),
    )


def agreement(managers: int) -> Property:
    """No resource manager commits where another one aborts."""
    names = tuple(f"rm {r}" for r in range(managers))
    return always("agreement", names, lambda v: not {"committed", "aborted"} <= {v[name] for name in names})


def implements(managers: int) -> tuple[Property, ...]:
    """Whatever it does, transaction commit allows it: each step is one of that, or changes no resource manager."""
    names = tuple(f"rm {r}" for r in range(managers))
    concrete, abstract = two_phase_commit(managers), transaction_commit(managers)
    return refines("implements transaction commit", concrete, abstract, names, lambda v: {name: v[name] for name in v})


def decided(managers: int) -> Property:
    """Where no step is neglected for ever each resource manager commits or aborts."""
    names = tuple(f"rm {r}" for r in range(managers))
    steps = (Fairness(one.name, frozenset({one.name})) for one in two_phase_commit(managers).actions)
    ended = {"committed", "aborted"}
    return leads_to("decided", names, lambda _: True, lambda v: {v[name] for name in names} <= ended, tuple(steps))


def model(managers: int = 3) -> Model:
    """Return the system with its properties."""
    return Model(f"2PC {managers}", two_phase_commit(managers), (agreement(managers), decided(managers)))
