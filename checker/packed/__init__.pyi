from .decisions import Path as Path
from .kept import are_loops_kept as are_loops_kept
from .rules import Form as Form
from .rules import Rules as Rules
from .search import Search as Search
from .space import explore as explore
