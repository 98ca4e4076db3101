from .arrays import GraphArrays as GraphArrays
from .search import explore as explore
from .space import GraphSpace as GraphSpace
