from .arrays import arrays_of as arrays_of
from .files import HEAD as HEAD
from .files import save as save
from .ranks import Demand as Demand
from .ranks import ranked as ranked
from .writing import FORMAT as FORMAT
from .writing import certify as certify
