from .arrays import GraphArrays as GraphArrays
from .space import GraphSpace as GraphSpace
from .space import explore as explore
