from .abstraction import others_of as others_of
from .concluding import for_every_number as for_every_number
from .replicated import Replicated as Replicated
