"""An author's functions on columns: run once over terms, and evaluated for many states at once."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
