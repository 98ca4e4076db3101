"""The life of a voucher, as BYIHive has it: it is issued, handed on, and redeemed or cancelled.

https://github.com/tlaplus/Examples/blob/master/specifications/byihive/VoucherLifeCycle.tla
VoucherLifeCycle.cfg: success, 64 distinct states, 193 generated, depth 7.
"""

from haboot import Action, Model, System, View, Writes, always, array, for_each

VOUCHERS = ("v1", "v2", "v3")
state = array("state", VOUCHERS, ("phantom", "valid", "redeemed", "cancelled"))
cycle = array("cycle", VOUCHERS, ("init", "working", "done"))
ALL = (*state, *cycle)
STAGES = {"phantom": "init", "valid": "working", "redeemed": "done", "cancelled": "done"}


def changes(voucher: str) -> tuple[Action, ...]:
    def change(name: str, before: str, after: str) -> Action:
        def effect(v: View) -> Writes | None:
            fits = (v[state[voucher]], v[cycle[voucher]]) == (before, STAGES[before])
            return {state[voucher]: after, cycle[voucher]: STAGES[after]} if fits else None

        return Action(f"{name} {voucher}", ALL, ALL, effect)

    return (
        change("issue", "phantom", "valid"),
        change("transfer", "valid", "valid"),
        change("redeem", "valid", "redeemed"),
        change("cancel", "valid", "cancelled"),
    )


system = System(
    "VoucherLifeCycle",
    slots=ALL,
    initial=({**state.filled("phantom"), **cycle.filled("init")},),
    actions=(action for voucher in VOUCHERS for action in changes(voucher)),
)
consistent = for_each(VOUCHERS, lambda one: always("consistent", ALL, lambda v: v[cycle[one]] == STAGES[v[state[one]]]))
model = Model(system.name, system, [consistent])
