"""A scripted application on loopback: serves what a test wrote, and keeps every request it gets.

Each request's signature is judged by Twilio's own validator, on the address as it was sent.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

XML = "text/xml"


@dataclass(frozen=True)
class Answer:
    """What the application answers."""

    body: str | bytes = ""
    status: int = 200
    kind: str | None = XML
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Asked:
    """One request the application got."""

    method: str
    path: str
    query: str
    pairs: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    url: str
    form: dict[str, Any]
    signed: bool

    @property
    def signature(self) -> str:
        return self.headers.get("x-twilio-signature", "")

    @property
    def params(self) -> dict[str, str]:
        """The parameters by name, of body and query together."""
        return dict(self.pairs)

    def __getitem__(self, name: str) -> str:
        return self.params[name]

    def get(self, name: str) -> str | None:
        return self.params.get(name)

    def __repr__(self) -> str:
        shown = {name: value for name, value in self.pairs if not name.endswith(("City", "State", "Zip", "Country"))}
        return f"{self.method} {self.path} {shown}"


Page = str | Answer | Callable[[Asked], "str | Answer"]


@dataclass
class Application:
    """Pages by path, and what was asked of them."""

    token: str
    pages: dict[str, list[Page]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    base: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, path: str, *pages: Page) -> str:
        """Answer this path with these, in turn; the last one for ever. The address of the path."""
        self.pages[path] = list(pages)
        return self.base + path

    def says(self, path: str, *documents: str) -> str:
        """Answer this path with these insides of a Response, in turn; the last one for ever."""
        return self.serve(path, *(f"<Response>{document}</Response>" for document in documents))

    def visits(self, *paths: str) -> list[Asked]:
        """What was asked of these paths (of all, without any), in order."""
        return [one for one in self.asked if not paths or one.path in paths]

    def only(self, path: str) -> Asked:
        """The one request to this path."""
        visits = self.visits(path)
        assert len(visits) == 1, f"{len(visits)} requests to {path}; all: {self.asked}"
        return visits[0]

    def paths(self) -> list[str]:
        """The paths asked for, in order, without callbacks."""
        return [one.path for one in self.asked if not one.path.startswith("/told")]

    def forget(self) -> None:
        """Forget what was asked, not the pages."""
        with self._lock:
            self.asked.clear()

    def answer(self, asked: Asked) -> Answer:
        """What the script says now; 404 for a path it does not name. `/told...` is always a good listener."""
        with self._lock:
            self.asked.append(asked)
            pages = self.pages.get(asked.path)
            page = (pages.pop(0) if len(pages) > 1 else pages[0]) if pages else None
        if page is None:
            return Answer("", 204, None) if asked.path.startswith("/told") else Answer("not here", 404, "text/plain")
        made = page(asked) if callable(page) else page
        return made if isinstance(made, Answer) else Answer(made)


class Handler(BaseHTTPRequestHandler):
    """HTTP to Asked and Answer to HTTP."""

    protocol_version = "HTTP/1.1"
    application: Application

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _handle(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        form = parse_qsl(body.decode(), keep_blank_values=True)
        pairs = tuple(parse_qsl(query, keep_blank_values=True) + form)
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = f"{self.application.base.partition('/')[0]}//{self.headers['Host']}{self.path}"
        validator, signature = RequestValidator(self.application.token), headers.get("x-twilio-signature", "")
        valid = validator.validate(url, many(form), signature)
        self._send(self.application.answer(Asked(self.command, path, query, pairs, headers, url, many(form), valid)))

    def _send(self, answer: Answer) -> None:
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        self.send_response(answer.status)
        if answer.kind is not None:
            self.send_header("Content-Type", answer.kind)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def many(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A form as the validator takes it: a list where a name is repeated."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def start(token: str, tls: SSLContext | None = None) -> tuple[Application, ThreadingHTTPServer]:
    """A running application on a free port, over TLS if a context is given."""
    application = Application(token)
    handler = type("Bound", (Handler,), {"application": application})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    application.base = f"http://127.0.0.1:{server.server_port}"
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        application.base = f"https://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return application, server
