"""How anything is checked: slots, actions and properties in, verdicts and traces out. Knows no protocol."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
