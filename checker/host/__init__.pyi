from . import machine as machine
from .machine import SIGNALS as SIGNALS
from .machine import peak_memory as peak_memory
from .machine import physical_memory as physical_memory
from .machine import processors as processors
from .machine import rare_collections as rare_collections
from .processes import finished as finished
from .processes import mapped as mapped
