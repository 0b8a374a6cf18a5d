"""Repeats what the carrier asks during a call: a layer before the application that asks each document again, at once.

The carrier asks twice when an answer was lost on its way. The layer keeps what was asked and answered, so that a test
can ask all of it once more when the call is over.
"""

import threading
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import sqlalchemy

from config.database import Database
from tests.scenarios.world import World

TIMES = 5
REPEATED = "X-Repeated"  # tells our own repetitions from the carrier's requests; the application never looks at it
Rows = dict[str, list[str]]
StartResponse = Callable[..., Any]


@dataclass(frozen=True)
class Asked:
    """One document fetch of the carrier, and what it was answered."""

    target: str
    form: bytes
    signature: str
    answer: bytes

    @property
    def kind(self) -> str:
        """The route without its numbers: "wait/tick", "move/in"."""
        parts = self.target.removeprefix("/voice/").split("/")
        return "/".join(part for part in parts if not part.isdigit() and not part.startswith("CA"))


def all_rows(database: Database) -> Rows:
    """Every row of every table, whatever the table is for."""
    names = sqlalchemy.inspect(database.engine).get_table_names()
    with database.reading() as tx:
        return {name: sorted(map(repr, tx.execute(sqlalchemy.text(f'SELECT * FROM "{name}"')))) for name in names}


def changed(before: Rows, after: Rows) -> str:
    """What two looks at the database differ in; "" when in nothing."""
    lines = [
        f"{name}: {sign} {row}"
        for name in sorted(before.keys() | after.keys())
        for sign, here, there in (("-", before, after), ("+", after, before))
        for row in here.get(name, [])
        if row not in there.get(name, [])
    ]
    counts = {name for name in before.keys() & after.keys() if len(before[name]) != len(after[name])}
    return "\n".join([*lines, *(f"{name}: another number of rows" for name in sorted(counts))])


class Repeating:
    """The layer. It lets one request in at a time, and none while the center works by itself, so that what changes
    between two looks at the database was changed by the repetition."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._server = world._server
        self._app = self._server.app
        self._alone = threading.Lock()
        self.documents: list[Asked] = []
        self.problems: list[str] = []
        self._server.app = self
        self._work = world._work
        setattr(world, "_work", self._work_alone)  # noqa: B010 - a method of this one world

    def _work_alone(self) -> bool:
        with self._alone:
            return self._work()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """One request of the carrier."""
        if "HTTP_X_REPEATED" in environ or environ["REQUEST_METHOD"] != "POST":
            return self._app(environ, start_response)
        with self._alone:
            return self._answered(environ, start_response)

    def _answered(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        kept: list[Any] = []

        def begin(*given: Any) -> Callable[[bytes], object]:
            kept.extend(given)
            return lambda _data: None

        answer = b"".join(self._app({**environ, "wsgi.input": BytesIO(form)}, begin))
        status, headers = kept[:2]
        if dict(headers)["Content-Type"].startswith("text/xml"):
            asked = Asked(environ["RAW_URI"], form, environ["HTTP_X_TWILIO_SIGNATURE"], answer)
            self.documents.append(asked)
            self.problems += self.again([asked], TIMES)
        start_response(status, headers)
        return [answer]

    def again(self, documents: Iterable[Asked], times: int) -> list[str]:
        """Ask each so many times more; every difference to the first time, in words."""
        problems, before = [], all_rows(self._world.tools.database)
        for asked in documents:
            answers = {self._ask(asked) for _ in range(times)}
            if answers != {asked.answer}:
                problems.append(f"{asked.target}: {asked.answer!r} became {answers!r}")
        difference = changed(before, all_rows(self._world.tools.database))
        return [*problems, difference] if difference else problems

    def _ask(self, asked: Asked) -> bytes:
        headers = {"X-Twilio-Signature": asked.signature, REPEATED: "1"}
        kind = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        url = self._world.settings.public_base_url + asked.target
        request = urllib.request.Request(url, data=asked.form, headers={**headers, **kind}, method="POST")
        with urllib.request.urlopen(request, timeout=10) as response:
            body: bytes = response.read()
        return body
