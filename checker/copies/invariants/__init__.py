"""Inductive invariants of a model of copies, in a few readable conjuncts, and the obligations that make one."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
