"""Tests, by purpose."""
