from .search import explore as explore
from .space import GraphSpace as GraphSpace
