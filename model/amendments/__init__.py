"""What the draft would have to say instead: each amendment a changed rule, with the words that it takes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
