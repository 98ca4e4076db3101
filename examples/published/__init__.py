"""Published specifications, each written with what ``import haboot`` offers, with the figures that others found."""
