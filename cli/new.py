"""``haboot new``: a small model of two machines, with its test, to start from."""

from __future__ import annotations

import keyword
import sys
from importlib.resources import files
from pathlib import Path
from shlex import quote

import click
from haboot.cli.console import echo
from haboot.cli.output import save, writable

FILES = {"{}.py": "model.txt", "test_{}.py": "test.txt"}  # a file, and the template of it


@click.command()
@click.argument("name")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=".",
    show_default=True,
    help="A folder.",
)
def new(name: str, output: Path) -> None:
    """Write NAME.py, a model of a client and a server, and test_NAME.py, its test.

    Both run as they are: haboot check NAME.py, pytest test_NAME.py. Nothing is overwritten.
    """
    if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
        raise click.UsageError(f"'{name}' cannot be the name of a Python module: letters, digits and _ are allowed")
    if name in sys.stdlib_module_names or name == "haboot":
        raise click.UsageError(f"'{name}' is the name of a module that others import: choose another")
    made = {output / target.format(name): template for target, template in FILES.items()}
    for path in made:
        if path.exists():
            raise click.UsageError(f"'{path}' exists already, and nothing is overwritten")
    writable(*made)
    for path, template in made.items():
        text = files("haboot.cli").joinpath("templates", template).read_text(encoding="utf-8")
        save(path, text.replace("NAME", name))
        echo(str(path))
    model, test = made
    echo("", f"haboot check {quote(str(model))}", f"pytest {quote(str(test))}")
