"""The machine that runs this: processors, memory, signals, and processes of our own."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
