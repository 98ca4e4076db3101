"""The words of a command as they were given, which its context keeps."""

from __future__ import annotations

WORDS = "haboot.words"  # the key of them in what a context of click keeps
