"""Models with published counts, written with the public API."""
