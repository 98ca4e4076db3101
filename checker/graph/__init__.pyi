from .space import GraphSpace as GraphSpace
from .space import explore as explore
