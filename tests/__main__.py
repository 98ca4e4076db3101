"""``python -m tests`` feeds drawn inputs to the command; see ``tests/input_fuzzer.py``."""

import sys

from tests.input_fuzzer import hunting

sys.exit(hunting())
