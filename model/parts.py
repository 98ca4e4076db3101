"""The parts of a scenario by what they are, and their slots by what they hold: no one else spells a name.

A part is the name of a participant's instance; its attributes are the slots of its variables, so that
``binding_at("H", "MN1").state`` is the slot with the state of H's binding of MN1.
"""

from __future__ import annotations

from haboot.checker.machines import slot_of


class Part(str):
    """The name of an instance; ``part.state`` is the slot of its state, as is any other variable's."""

    __slots__ = ()

    def __getattr__(self, variable: str) -> str:
        if variable.startswith("__"):
            raise AttributeError(variable)
        return self.slot(variable)

    def slot(self, variable: str) -> str:
        """Return the slot of a variable."""
        return slot_of(self, variable)


def of(name: str) -> Part:
    """A mobile node or a home agent as a host, or any instance by its name."""
    return Part(name)


def session_at(agent: str, node: str) -> Part:
    """What a home agent, or an adversary, runs for a mobile node."""
    return Part(f"{agent}.{node}")


def binding_of(session_name: str) -> Part:
    """The binding at the home agent of a session."""
    return Part(f"{session_name}.binding")


def binding_at(agent: str, node: str) -> Part:
    """A home agent's binding of a mobile node."""
    return binding_of(session_at(agent, node))


def copy_at(agent: str, node: str) -> Part:
    """A home agent's copy of another one's binding."""
    return Part(f"{agent}.{node}.copy")


def source_at(agent: str, node: str) -> Part:
    """What tells others of a home agent's binding."""
    return Part(f"{agent}.{node}.source")


def detector_at(agent: str) -> Part:
    """A home agent's failure detector."""
    return Part(f"{agent}.detector")


def slots_at(agent: str) -> str:
    """The counter of a home agent's IKE slots in use."""
    return f"{agent}.slots"


def responder_at(node: str, agent: str) -> Part:
    """A mobile node as IKE responder to a home agent."""
    return Part(f"{node}.ike.{agent}")


def own_of(node: str) -> Part:
    """A mobile node's own bootstrap."""
    return Part(f"{node}.own")


def acceptor_of(node: str) -> Part:
    """The home agent's side of a mobile node's own bootstrap."""
    return Part(f"{node}.own.acceptor")


def search_of(node: str) -> Part:
    """A mobile node's search for a home agent."""
    return Part(f"{node}.search")


def link_of(node: str) -> Part:
    """A mobile node's link."""
    return Part(f"{node}.link")


def dns_of(node: str) -> Part:
    """The DNS server's record of a mobile node."""
    return Part(f"DNS.{node}")


def agent_of(instance: str) -> str:
    """The home agent at which a session or a binding lives."""
    return instance.split(".", maxsplit=1)[0]
