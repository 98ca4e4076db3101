"""Systems in the languages of other checkers, with what is asked of them, and these checkers asked."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
