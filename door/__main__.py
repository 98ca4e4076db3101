"""``python -m haboot`` is ``haboot``."""

from haboot.cli.start import main

if __name__ == "__main__":
    main()
