"""Certificates: what lets a program that shares no code with the search check each verdict without searching."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
