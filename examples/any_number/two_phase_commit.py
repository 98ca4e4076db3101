"""Two-phase commit with any number of resource managers (Gray and Lamport, Consensus on Transaction Commit, 2006).

https://github.com/tlaplus/Examples/blob/32a32c7b0b97562da2dd4b2e55b7f81cd6fea2b9/specifications/transaction_commit/TwoPhase.tla

It is ``examples.two_phase_commit``, said once for every number. ``careless`` managers may give up though prepared.
"""

from haboot import Among, Copies, Rule, Slot, View, Writes

manager = Slot("manager", ("working", "prepared", "committed", "aborted"))
sent, counted = Slot("sent prepared", (False, True)), Slot("counted", (False, True))
coordinator = Slot("coordinator", ("init", "committed", "aborted"))
commit, abort = Slot("commit", (False, True)), Slot("abort", (False, True))


def counts(me: View) -> Writes | None:
    return {counted: True} if me[coordinator] == "init" and me[sent] else None


def commits(home: View) -> Writes | None:
    return {coordinator: "committed", commit: True} if home[coordinator] == "init" else None


def is_counted(_: View, one: View) -> bool:
    return one[counted]


def aborts(home: View) -> Writes | None:
    return {coordinator: "aborted", abort: True} if home[coordinator] == "init" else None


def prepares(me: View) -> Writes | None:
    return {manager: "prepared", sent: True} if me[manager] == "working" else None


def hears_commit(me: View) -> Writes | None:
    return {manager: "committed"} if me[commit] else None


def hears_abort(me: View) -> Writes | None:
    return {manager: "aborted"} if me[abort] else None


def agree(one: View, other: View) -> bool:
    return {one[manager], other[manager]} != {"committed", "aborted"}


def two_phase_commit(*, careless: bool = False) -> Copies:
    """Return the protocol; ``careless`` as above."""
    may_give_up = ("working", "prepared") if careless else ("working",)

    def gives_up(me: View) -> Writes | None:
        return {manager: "aborted"} if me[manager] in may_give_up else None

    return Copies(
        "two-phase commit, careless" if careless else "two-phase commit",
        own=(manager, sent, counted),
        shared=(coordinator, commit, abort),
        rules=(
            Rule("commits", commits, every=is_counted, shared=True),
            Rule("aborts", aborts, shared=True),
            Rule("is counted", counts),
            Rule("prepares", prepares),
            Rule("gives up", gives_up),
            Rule("hears commit", hears_commit),
            Rule("hears abort", hears_abort),
        ),
        properties=(Among("agreement", 2, agree),),
        noun="manager",
        expected={"agreement": ("VIOLATED", "a prepared manager has no say")} if careless else None,
    )


MODEL = (two_phase_commit(), two_phase_commit(careless=True))
