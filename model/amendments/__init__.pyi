from .amendment import Amendment as Amendment
from .changes import Change as Change
from .changes import changed as changed
from .registry import amended as amended
from .registry import amendments as amendments
from .registry import chosen as chosen
