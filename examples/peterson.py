"""Peterson's mutual exclusion for n processes, as the Murphi example n_peterson counts it.

Each process climbs n - 1 gates; ``j`` is its gate, ``q`` the gate announced, ``turn j`` who came last to a gate.
"""

from haboot import Action, Model, Property, Slot, System, View, always


def peterson(n: int = 3) -> System:
    """Return the system for n processes."""
    pids = range(n)
    slots = [Slot(f"turn {gate}", (None, *pids)) for gate in range(1, n)]
    for i in pids:
        slots += [Slot(f"at {i}", range(5)), Slot(f"q {i}", range(n)), Slot(f"j {i}", range(n + 1))]
    return System(
        f"Peterson {n}",
        tuple(slots),
        ({slot.name: slot.domain[0] for slot in slots},),
        tuple(_process(i, n) for i in pids),
    )


def _process(i: int, n: int) -> Action:
    at, q, j = f"at {i}", f"q {i}", f"j {i}"
    turns = tuple(f"turn {gate}" for gate in range(1, n))
    others = tuple(f"q {k}" for k in range(n) if k != i)

    def run(v: View) -> dict[str, object]:
        gate = v[j]
        match v[at]:
            case 0:
                return {j: 1, at: 1}
            case 1:
                return {q: gate, at: 2}
            case 2:
                return {f"turn {gate}": i, at: 3}
            case 3 if all(v[other] < gate for other in others) or v[f"turn {gate}"] != i:
                return {j: gate + 1, at: 1 if gate + 1 < n else 4}
            case 4:
                return {q: 1, at: 0}
        return {}

    return Action(f"process {i}", (at, q, j, *turns, *others), (at, q, j, *turns), run)


def exclusion(n: int) -> Property:
    """No two processes are in the critical section."""
    names = tuple(f"at {i}" for i in range(n))
    return always("mutual exclusion", names, lambda v: sum(v[name] == 4 for name in names) <= 1)


def model(n: int = 3) -> Model:
    """Return the system with its property."""
    return Model(f"Peterson {n}", peterson(n), (exclusion(n),))
