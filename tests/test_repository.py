"""What is true of the repository as a whole: files that must agree do, and nothing of anybody's machine is in it."""

import ast
import re
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from config.processes import product_processes
from config.settings import load_settings, variables
from tests.resources import ROOT

MADE_HERE = {".git", ".venv", "var", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
BINARY = {".wav", ".png", ".ico", ".woff2", ".gz"}
# Written in pieces, so that this file does not find itself.
MACHINE_PATHS = re.compile("|".join(("/ho" + "me/[a-z]", "/Us" + "ers/", "/ro" + "ot/", "/wo" + "rk/", "/o" + "pt/")))
REGISTRIES = re.compile("|".join(("py" + r"pi\.org", "python" + r"hosted\.", "registry" + r"\.npmjs")))


def files() -> list[Path]:
    """Every file somebody wrote."""
    return list(_below(ROOT))


def _below(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name not in MADE_HERE:
            yield from _below(entry) if entry.is_dir() else (entry,) if entry.is_file() else ()


@cache
def texts() -> list[tuple[str, str]]:
    """Every text file, by its path."""
    return [
        (path.relative_to(ROOT).as_posix(), path.read_text("utf-8", errors="replace"))
        for path in files()
        if path.suffix not in BINARY and path.name != ".env"
    ]


def test_the_example_environment_names_every_setting_once_with_a_sentence():
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    named = [(line[1:].split("=", 1)[0], before) for before, line in pairwise(lines) if is_setting(line)]
    assert sorted(name for name, _ in named) == sorted(variables())
    without_sentence = [name for name, before in named if not re.fullmatch(r"# .+\.", before)]
    assert without_sentence == []


def is_setting(line: str) -> bool:
    return bool(re.match(r"#[A-Z_]+=", line))


def test_the_values_of_the_example_environment_are_accepted(tmp_path):
    lines = [line[1:] for line in (ROOT / ".env.example").read_text("utf-8").splitlines() if is_setting(line)]
    (tmp_path / ".env").write_text("\n".join(lines))
    assert load_settings({}, root=tmp_path).port == 8000


def test_the_procfile_lists_what_the_supervisor_starts(tmp_path):
    rows = [line.split(": ", 1) for line in (ROOT / "Procfile").read_text("utf-8").splitlines()]
    procfile = {name: tuple(shlex.split(command)) for name, command in rows}
    listed = product_processes(load_settings({}, root=tmp_path))
    assert procfile == {process.name: ("python", *process.argv[1:]) for process in listed}
    assert {process.argv[0] for process in listed} == {sys.executable}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_lock_files_name_no_address_and_pin_every_package_by_hash(lock):
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    packages = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text).strip())
    loose = [package.split()[0] for package in packages if "==" not in package or "--hash=sha256:" not in package]
    assert loose == []


def test_the_lock_of_the_tests_pins_what_the_product_runs_on():
    product, tests = (
        set(re.findall(r"(?m)^\S+==\S+", (ROOT / lock).read_text("utf-8")))
        for lock in ("requirements.lock", "requirements-test.lock")
    )
    assert product <= tests


def test_no_file_holds_a_path_of_somebodys_machine_or_a_registry():
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATHS.search(line) or REGISTRIES.search(line)
    ]
    assert found == []


def test_every_module_says_first_what_it_is_for():
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in files()
        if path.suffix == ".py" and path.read_text("utf-8").strip() and not first_sentence(path)
    ]
    assert silent == []


def first_sentence(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").strip()


def test_private_and_generated_files_are_ignored():
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    assert {".venv/", "var/", ".env"} <= set(ignored)


def test_the_script_and_the_checks_can_be_run():
    assert all((ROOT / name).stat().st_mode & 0o111 for name in ("run", ".ci/run"))


def test_no_calendar_is_taken_for_being_the_first_of_its_sheet():
    first = re.compile(r"next\(iter\([\w.]*hours\.values\(\)\)\)|list\([\w.]*hours\.values\(\)\)\[0\]")
    found = [
        f"{name}:{number}: take `content.home`, or the calendar of the service, line or promise"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if name.endswith(".py") and not name.startswith("tests/") and first.search(line)
    ]
    assert found == []
