"""What was found, and what is expected: findings, minimal violations, suites, and files of both."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
