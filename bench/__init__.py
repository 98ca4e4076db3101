"""Timed side by side with other checkers, in one run."""
