"""``python -m haboot.cli`` is ``haboot``."""

from haboot.cli.main import main

main()
