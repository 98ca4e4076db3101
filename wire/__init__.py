"""On the wire: the protocol's messages as packets, and what was captured judged as a run of the model."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
