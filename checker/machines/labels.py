"""Names of message types and messages in a composition, by which events, actions and slots are told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from haboot.checker.boundary import ModelError, authored
from haboot.checker.machines.channels import Pair
from haboot.checker.machines.events import Message, Trigger, title
from haboot.checker.machines.parts import Instance


class Labels:
    """A message type has its bare name where no other trigger of the composition has it, else a longer one."""

    def __init__(self, instances: Iterable[Instance]) -> None:
        participants = list({id(one.participant): one.participant for one in instances}.values())
        kinds = tuple(dict.fromkeys(kind for one in participants for kind in one.heard))
        taken = Counter(dict.fromkeys((name for one in participants for name in one.internal), 1))
        taken.update(map(title, kinds))
        whole = Counter(map(described, kinds))
        self._of: dict[Trigger, str] = {}
        for number, kind in enumerate(kinds, start=1):
            if taken[kind.__name__] > 1:
                self._of[kind] = described(kind) if whole[described(kind)] == 1 else f"{described(kind)} #{number}"
        self._alike: dict[tuple[Pair, str], Message] = {}
        self._equal: dict[tuple[Pair, Message], Message] = {}

    def trigger(self, trigger: Trigger) -> str:
        """Return the name of a trigger."""
        return self._of.get(trigger) or title(trigger)

    def text(self, message: Message) -> str:
        """Return a message's text; the name of its type is in it where the type's bare name does not tell it apart."""
        kind = type(message)
        with authored(f"the text of a message of type {kind.__name__}"):
            found = str(message)
        own = kind.__str__ is not object.__str__
        return found if own or kind not in self._of else f"{self._of[kind]}: {found}"

    def require_alone(self, pair: Pair, message: Message) -> None:
        """Raise ModelError where another message of a channel has the same text, or equals this one but is another."""
        text = self.text(message)
        with authored(f"{pair.name}: comparing {text}"):
            alike = self._alike.setdefault((pair, text), message)
            if alike is message:
                equal = self._equal.setdefault((pair, message), message)
                if equal is not message:
                    raise ModelError(
                        f"{pair.name}: the message '{self.text(equal)}', a {described(type(equal))}, equals "
                        f"'{text}', a {described(type(message))}; messages that differ must not be equal"
                    )
            elif type(alike) is not type(message) or alike != message:
                raise ModelError(
                    f"{pair.name}: two messages are called '{text}', one a {described(type(alike))}, one a "
                    f"{described(type(message))}; actions are named by them, so each needs a text of its own (__str__)"
                )


def described(kind: type) -> str:
    """Return a class's name with its module's."""
    return f"{kind.__module__}.{kind.__qualname__}"
