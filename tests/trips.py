"""Counts round trips to PostgreSQL: a socket between us and the server, which passes on all that comes.

A round trip is whatever the client sends until the server says something again.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL, make_url


@dataclass
class Trips:
    """`url` goes to the server by way of the count."""

    url: str
    count: int = 0
    _asked: dict[int, bool] = field(default_factory=dict)

    def pass_on(self, client: socket.socket, server: socket.socket) -> None:
        """Pass on what the client says, until he hangs up."""
        with client, server, suppress(OSError):
            threading.Thread(target=self._answer, args=(client, server), daemon=True).start()
            while said := client.recv(1 << 16):
                if not self._asked.get(client.fileno()):
                    self._asked[client.fileno()] = True
                    self.count += 1
                server.sendall(said)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while said := server.recv(1 << 16):
                self._asked[client.fileno()] = False
                client.sendall(said)


@contextmanager
def counted(url: str, folder: Path) -> Iterator[Trips]:
    """Count the round trips of whoever uses the given URL."""
    there = make_url(url)
    where = str(there.query.get("host") or there.host)
    port = int(str(there.query.get("port") or there.port or 5432))
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / ".s.PGSQL.5432"))
        door.listen()
        by_way = URL.create(there.drivername, there.username, there.password, database=there.database)
        trips = Trips(by_way.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False))

        def open_door() -> None:
            with suppress(OSError):
                while True:
                    client = door.accept()[0]
                    threading.Thread(target=trips.pass_on, args=(client, _server(where, port)), daemon=True).start()

        threading.Thread(target=open_door, daemon=True).start()
        yield trips


def _server(where: str, port: int) -> socket.socket:
    if not where.startswith("/"):
        return socket.create_connection((where, port))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{where}/.s.PGSQL.{port}")
    return server
