"""A carrier's REST API that answers what a test tells it to, and remembers how it was asked."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLOSE, HANG = "close", "hang"


@dataclass(frozen=True)
class Asked:
    """One request: its method, path, and the fields of its query or body."""

    method: str
    path: str
    fields: dict[str, list[str]]
    login: str


@dataclass
class Stub:
    """The answers to come, in order: (status, body), or CLOSE or HANG. A body that is no text goes out as JSON."""

    base: str = ""
    answers: list[Any] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def will_answer(self, *answers: Any) -> None:
        """What the next requests get."""
        self.answers.extend(answers)

    def will_refuse(self, status: int, code: int, message: str = "no") -> None:
        """The next request gets an error in the carrier's form."""
        self.will_answer((status, {"code": code, "message": message, "more_info": "", "status": status}))


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            target = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            login = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
            fields = parse_qs(target.query or body, keep_blank_values=True)
            stub.asked.append(Asked(self.command, target.path, fields, login))
            answer = stub.answers.pop(0)
            if answer == HANG:
                stub.over.wait(30)
            elif answer != CLOSE:
                self._send(*answer)

        def _send(self, status: int, body: Any) -> None:
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _answer

        def log_message(self, *_: Any) -> None:
            """Tests need no access log."""

    return Handler


@contextmanager
def rest_stub() -> Iterator[Stub]:
    """A stub on a port of its own; hanging requests are let go at the end."""
    stub = Stub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    stub.base = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    try:
        yield stub
    finally:
        stub.over.set()
        server.shutdown()
        serving.join()
        server.server_close()
