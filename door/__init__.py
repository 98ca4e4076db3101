"""haboot checks protocols that are written as state machines; this is what the author of a model imports."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
