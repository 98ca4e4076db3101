from . import answering as answering
from . import shard as shard
from .carriers import Carrier as Carrier
from .carriers import ClusterError as ClusterError
from .carriers import Within as Within
from .exploring import explore as explore
from .space import ClusterSpace as ClusterSpace
