"""How tables, traces and state spaces are drawn. Knows no protocol."""
