"""A ticket lock whose tickets are used again (Mellor-Crummey and Scott, ACM TOCS 1991).

https://github.com/wilcoxjay/mypyvy/blob/8f2ec7c7bb0fd42e8bbc78f93ce545e493a5a95b/examples/fol/ticket.pyv

A thread takes the next ticket and enters once it is served; who leaves has the next one served. Where that is published
tickets are without end. Here there are a few, which follow one another in a ring, and a thread takes one while another
one is left free. ``careless`` takes the last one as well, so that with more threads than tickets two hold the same.
"""

from haboot import Among, Copies, Rule, Slot, View, Writes

OUT, WAITS, INSIDE = "out", "waits", "inside"


def ticket_lock(tickets: int = 4, *, careless: bool = False) -> Copies:
    """Return the lock with a number of tickets."""
    at, ticket = Slot("at", (OUT, WAITS, INSIDE)), Slot("ticket", range(tickets))
    given, served = Slot("next", range(tickets)), Slot("served", range(tickets))

    def takes(me: View) -> Writes | None:
        following = (me[given] + 1) % tickets
        free = careless or following != me[served]
        return {at: WAITS, ticket: me[given], given: following} if me[at] == OUT and free else None

    def enters(me: View) -> Writes | None:
        return {at: INSIDE} if me[at] == WAITS and me[ticket] == me[served] else None

    def leaves(me: View) -> Writes | None:
        return {at: OUT, ticket: 0, served: (me[served] + 1) % tickets} if me[at] == INSIDE else None

    def exclusive(one: View, other: View) -> bool:
        return not one[at] == other[at] == INSIDE

    def unlike(one: View, other: View) -> bool:
        return OUT in (one[at], other[at]) or one[ticket] != other[ticket]

    broken = dict.fromkeys(("one inside", "no ticket twice"), ("VIOLATED", "tickets come round"))
    return Copies(
        "ticket lock, careless" if careless else "ticket lock",
        own=(at, ticket),
        shared=(given, served),
        rules=(Rule("takes a ticket", takes), Rule("enters", enters), Rule("leaves", leaves)),
        properties=(Among("one inside", 2, exclusive), Among("no ticket twice", 2, unlike)),
        noun="thread",
        expected=broken if careless else None,
    )


MODEL = (ticket_lock(), ticket_lock(careless=True))
