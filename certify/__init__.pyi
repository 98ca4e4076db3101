from .checking import Certificate as Certificate
from .reading import HEAD as HEAD
from .reading import Content as Content
from .reading import RefusedError as RefusedError
from .reading import head_of as head_of
from .reading import read as read
