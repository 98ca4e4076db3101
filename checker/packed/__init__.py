"""The fast engine: states packed into words, tables as rows, and compiled loops over them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
