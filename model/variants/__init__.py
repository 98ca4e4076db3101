"""The ways to recover a mobile node: the draft's, and those that it argues against."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
