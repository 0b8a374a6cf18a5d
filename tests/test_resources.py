"""The test run itself: it reaches no other machine; what is missing is a named skip or a failure, never a pass."""

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, text

from tests.conftest import OutboundRefused
from tests.resources import ROOT

LACKING = '''"""A test that needs a browser."""
import pytest

@pytest.mark.browser
def test_a_page():
    assert True

def test_a_sum():
    assert 1 + 1 == 2
'''


def run_without_a_browser(folder: Path, require: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_lacking.py").write_text(LACKING)
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # installed plugins are of no interest here, and take their time
    environ = {**os.environ, **alone, "PATH": "/nowhere", "REQUIRE": require, "PYTHONPATH": str(ROOT)}
    chosen = ["-p", "no:cacheprovider", "-p", "tests.conftest"]
    options = ["-q", "-o", "addopts=", "-o", "markers=browser", "--rootdir", str(folder), str(folder)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *chosen, *options],
        env=environ, cwd=folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_another_machine_cannot_be_reached():
    with pytest.raises(OutboundRefused), socket.socket() as line:
        line.connect(("192.0.2.1", 80))
    with pytest.raises(OutboundRefused):
        urllib.request.urlopen("http://carrier.example.org/", timeout=1)


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as line:
        assert line.getpeername() == server.getsockname()


def test_what_a_machine_lacks_is_skipped_and_counted_by_name(tmp_path):
    run = run_without_a_browser(tmp_path, require="")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 - needs browser: no Chromium on PATH" in run.stdout
    assert "    test_lacking.py::test_a_page" in run.stdout
    assert run.stdout.strip().splitlines()[-1].startswith("1 passed, 1 skipped")


def test_what_is_required_but_lacking_fails(tmp_path):
    run = run_without_a_browser(tmp_path, require="browser,node")
    assert run.returncode == 1
    assert "needs browser, which REQUIRE demands here" in run.stdout


def test_a_misspelt_requirement_is_an_error(tmp_path):
    run = run_without_a_browser(tmp_path, require="browsers")
    assert run.returncode != 0
    assert "REQUIRE names browsers" in run.stdout + run.stderr


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_redis(valkey_url, turn):
    with redis.Redis.from_url(valkey_url) as client:
        assert client.dbsize() == 0
        client.set("left behind by", turn)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database(database_url, turn):
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("create table left_behind (id integer)"))
    engine.dispose()
