"""The reference engine: the state space as a networkx graph, for small spaces and for pictures."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
