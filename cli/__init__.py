"""The haboot command, one file a subcommand."""
