"""Transaction commit (TCommit of the TLA+ examples): what a commit protocol is to achieve, without its messages."""

from functools import partial

from haboot import Action, Slot, System, View


def transaction_commit(managers: int = 3) -> System:
    """Return the system for a number of resource managers."""
    names = tuple(f"rm {r}" for r in range(managers))
    slots = tuple(Slot(name, ("working", "prepared", "committed", "aborted")) for name in names)

    def prepare(v: View, mine: str) -> dict[str, object] | None:
        return {mine: "prepared"} if v[mine] == "working" else None

    def commit(v: View, mine: str) -> dict[str, object] | None:
        agreed = all(v[name] in {"prepared", "committed"} for name in names)
        return {mine: "committed"} if v[mine] == "prepared" and agreed else None

    def abort(v: View, mine: str) -> dict[str, object] | None:
        open_still = v[mine] in {"working", "prepared"} and all(v[name] != "committed" for name in names)
        return {mine: "aborted"} if open_still else None

    actions = tuple(
        Action(f"{effect.__name__} {mine}", names, (mine,), partial(effect, mine=mine))
        for mine in names
        for effect in (prepare, commit, abort)
    )
    return System(f"TCommit {managers}", slots, (dict.fromkeys(names, "working"),), actions)
