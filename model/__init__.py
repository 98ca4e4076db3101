"""The protocol: participants, messages, assumptions and scenarios."""
