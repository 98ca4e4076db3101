"""What holds for every number of copies: one copy in full detail among others of which only the shared part is kept."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
