from .columns import MANY as MANY
from .columns import SAMPLE as SAMPLE
from .columns import Answers as Answers
from .columns import Symbols as Symbols
from .columns import WideAction as WideAction
from .columns import WideTest as WideTest
from .columns import distinct as distinct
from .lifting import lifted as lifted
