"""Writes revisions: `python -m migrations regenerate`, or `python -m migrations revise "what it changes"`."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import Script
from sqlalchemy import create_engine

from migrations import HERE, config, upgrade

INITIAL = HERE / "versions" / "0001_initial.py"


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the revision."""
    parser = argparse.ArgumentParser(prog="python -m migrations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("regenerate", help="write 0001_initial.py anew (only while nothing is released)")
    revise = commands.add_parser("revise", help="write the next revision, from what changed in the models")
    revise.add_argument("message")
    options = parser.parse_args(arguments)
    if options.command == "regenerate":
        regenerate()
    else:
        write(options.message)


def regenerate() -> Path:
    """Write the first revision anew from the models."""
    INITIAL.unlink(missing_ok=True)
    return write("initial", "0001")


def write(message: str, revision: str | None = None) -> Path:
    """Write a revision: the difference between a database at the newest revision and the models. Returns its file."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.db"
        upgrade(url)
        made = _compared(url, message, revision or _next_number())
    if not isinstance(made, Script):
        raise RuntimeError("Alembic wrote no revision, or several")
    path = Path(made.path)
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "# ###" not in line))
    for step in (("check", "--fix", "--quiet", "--select", "I,F401"), ("format", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(path)], check=True, cwd=HERE.parent)  # noqa: S603
    return path


def _compared(url: str, message: str, revision: str) -> object:
    with create_engine(url).connect() as connection:
        return command.revision(config(connection), message, autogenerate=True, rev_id=revision)


def _next_number() -> str:
    return f"{len(list((HERE / 'versions').glob('[0-9]*.py'))) + 1:04}"


if __name__ == "__main__":
    main()
