from .conjuncts import Conjunct as Conjunct
from .conjuncts import Never as Never
from .finding import Invariant as Invariant
from .finding import Search as Search
from .obligations import refusal as refusal
from .tabled import NoInvariantError as NoInvariantError
