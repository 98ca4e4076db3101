"""``python -m haboot.cli`` is ``haboot``."""

from haboot.cli.start import main

main()
