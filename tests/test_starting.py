"""No process of the center waits for the libraries of another: what each has loaded once it is ready to work."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.ports import free_port
from tests.resources import ROOT

PROGRAM = """
import json, sys
{start}
unwanted = {unwanted!r}
print(json.dumps([name for name in unwanted if name in sys.modules]))
"""
STARTS = {
    "the supervisor": ("import cli, demo", "app desk flask redis rq sqlalchemy twilio switchboard"),
    "web": ("import app; app.create_web()", "desk alembic"),
    "worker and clock": (
        "import app, clock, cli; app.build_tools(app.settings_from_environment())",
        "desk flask alembic webhooks",
    ),
}


@pytest.mark.parametrize("process", STARTS)
def test_a_process_loads_only_what_it_works_with(process, tmp_path):
    start, unwanted = STARTS[process]
    environ = {**os.environ, "VAR_DIR": str(tmp_path)}
    program = PROGRAM.format(start=start, unwanted=unwanted.split())
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=100, check=True
    )
    assert json.loads(done.stdout) == []


def started(*command: str, **changes: str) -> tuple[int, str]:
    """What a command says on the terminal, and its exit code."""
    environ = {**os.environ, **changes}
    done = subprocess.run(
        [sys.executable, "-m", "cli", *command],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_wrong_content_is_told_once_before_anything_serves(command, tmp_path):
    content = tmp_path / "content"
    shutil.copytree(ROOT / "config", content, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    lines = content / "lines.yaml"
    lines.write_text(lines.read_text().replace("number:", "numbr:", 1))
    ports = {name: str(free_port()) for name in ("PORT", "DESK_PORT", "EMULATOR_PORT")}
    code, said = started(command, CLINIC_CONFIG=str(content), VAR_DIR=str(tmp_path / "var"), **ports)
    assert code == 1
    assert said.count("lines.center.numbr") == 1
    assert "Traceback" not in said


def test_a_database_that_is_away_is_told_in_a_sentence(tmp_path):
    code, said = started("stats", DATABASE_URL="postgresql://a:secret@127.0.0.1:1/b", VAR_DIR=str(tmp_path))
    assert code == 1
    assert said.startswith("the database of DATABASE_URL: ")
    assert "secret" not in said


def test_a_database_without_our_tables_is_told_with_what_makes_them(database_url, tmp_path):
    code, said = started("preview", DATABASE_URL=database_url, VAR_DIR=str(tmp_path))
    assert code == 1
    assert said.startswith("the database of DATABASE_URL: ")
    assert "access-center migrate" in said
    assert "Traceback" not in said


def test_a_carrier_that_is_away_is_told_with_its_address(tmp_path):
    code, said = started("number", TWILIO_API_BASE_URL="http://127.0.0.1:1", VAR_DIR=str(tmp_path))
    assert code == 1
    assert said.startswith("http://127.0.0.1:1: connection failed; TWILIO_API_BASE_URL")
