"""Published protocols of any number of processes, each proven safe for every number and broken by a slip."""
