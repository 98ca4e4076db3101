"""The pytest plugin: each property of each scenario is a test; ``checked`` does that for a system of your own."""

from haboot.plugin.own import checked

__all__ = ["checked"]
