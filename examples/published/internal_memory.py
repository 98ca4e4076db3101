"""A linearizable memory, as Specifying Systems has it: a processor asks, the memory acts at one moment, and answers.

https://github.com/tlaplus/Examples/blob/master/specifications/SpecifyingSystems/CachingMemory/InternalMemory.tla
MCInternalMemory.cfg: success, 4,408 distinct states, 21,400 generated, depth 10.
"""

from collections.abc import Iterator
from functools import partial

from haboot import Action, Model, Slot, System, View, Writes, array, for_each, no_deadlock

PROCESSORS, ADDRESSES, VALUES = ("p1", "p2"), ("a1", "a2", "a3"), ("v1", "v2")
READS = tuple(("Rd", address, "") for address in ADDRESSES)
WRITES = tuple(("Wr", address, value) for address in ADDRESSES for value in VALUES)
CONTENTS = (*READS, *WRITES, *VALUES, None)
memory, control = array("memory", ADDRESSES, VALUES), array("control", PROCESSORS, ("rdy", "busy", "done"))
buffer = array("buffer", PROCESSORS, CONTENTS)
wire = Slot("wire", [(p, one) for p in PROCESSORS for one in CONTENTS])
ALL = (*memory, *control, *buffer, wire)


def ask(v: View, p: str) -> Iterator[Writes]:
    if v[control[p]] == "rdy":
        yield from ({wire: (p, one), buffer[p]: one, control[p]: "busy"} for one in (*READS, *WRITES))


def do(v: View, p: str) -> Writes | None:
    match v[buffer[p]] if v[control[p]] == "busy" else None:
        case ("Wr", address, value):
            return {memory[address]: value, buffer[p]: None, control[p]: "done"}
        case (_, address, _):
            return {buffer[p]: v[memory[address]], control[p]: "done"}
    return None


def answer(v: View, p: str) -> Writes | None:
    return {wire: (p, v[buffer[p]]), control[p]: "rdy"} if v[control[p]] == "done" else None


system = System(
    "InternalMemory",
    slots=ALL,
    initial=(
        {**held, **control.filled("rdy"), **buffer.filled(None), wire: ("p1", None)} for held in memory.assignments()
    ),
    actions=(
        *for_each(PROCESSORS, lambda p: Action(f"{p} asks", ALL, ALL, partial(ask, p=p))),
        *for_each(PROCESSORS, lambda p: Action(f"{p} is served", ALL, ALL, partial(do, p=p))),
        *for_each(PROCESSORS, lambda p: Action(f"{p} is answered", ALL, ALL, partial(answer, p=p))),
    ),
)
model = Model(system.name, system, [no_deadlock("it goes on", ALL, lambda _: False)])
