"""Pages: the report of any model with its explorer, the explorer that is served, and the plot of the throttle."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
