"""A hand for tests: books promises and takes them to where a test begins. Its clock stands at noon in Chicago."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import Connection

from callbacks import store
from callbacks.requests import Attempt, BookedOrExisting, Request, Wish
from config.columns import new_id
from config.database import Database
from config.vault import Vault

ZONE = "America/Chicago"
NOON = datetime(2026, 3, 3, 18, tzinfo=UTC)
JOE = "+13125550142"
RING = 20


class Desk:
    """Each method is one transaction; `now` moves only by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.vault = Vault([Fernet.generate_key().decode()])
        self.now = NOON
        self.offers = 0

    def book(self, **wish: Any) -> BookedOrExisting:
        values: dict[str, Any] = {
            "request_id": new_id(),
            "call_id": new_id(),
            "number": JOE,
            "service": "therapy",
            "slot": wish.get("service", "therapy"),
            "language": "en",
            "now": self.now,
        }
        asked: dict[str, Any] = {
            "patient_id": "joe" if wish.get("number", JOE) == JOE else f"of {wish['number']}",
            "own_id": "ana",
            "team": ("luis", "mia"),
            "place_ms": 1000,
            "due_at": self.now,
            "promised_from": self.now,
            "promise_by": self.now + timedelta(hours=2),
            "zones": (ZONE,),
        }
        of_wish = {field.name for field in fields(Wish)}
        asked |= {name: value for name, value in wish.items() if name in of_wish}
        values |= {name: value for name, value in wish.items() if name not in of_wish}
        with self.database.transaction() as tx:
            return store.book(tx, self.vault, wish=Wish(**asked), **values)

    def due(self) -> list[Request]:
        with self.database.transaction() as tx:
            moved = [store.stand_in_line(tx, due, self.now) for due in store.due_ids(tx, self.now, 100)]
        return [promise for promise in moved if promise]

    def intend(self, request_id: str) -> Attempt | None:
        self.offers += 1
        with self.database.transaction() as tx:
            return store.intend(tx, request_id=request_id, offer_id=self.offers, now=self.now, ring_seconds=RING)

    def intended(self, **wish: Any) -> Attempt:
        """A new promise, in line, with its first attempt written down."""
        promise = self.book(**wish).request
        self.due()
        attempt = self.intend(promise.id)
        assert attempt is not None
        return attempt

    def tried_again(self, request_id: str) -> Attempt:
        """The next attempt, at the instant the promise is due again."""
        self.now = max(self.now, self.request(request_id).due_at)
        self.due()
        attempt = self.intend(request_id)
        assert attempt is not None
        return attempt

    def placed(self, attempt: Attempt, sid: str = "CA1") -> Attempt:
        """The carrier was asked and named the call."""
        with self.database.transaction() as tx:
            assert store.start_dialling(tx, attempt.id, self.now)
            assert self.adopt(tx, attempt, sid)
        return self.attempt(attempt.id)

    def adopt(self, tx: Connection, attempt: Attempt, sid: str) -> bool:
        return store.adopt(tx, attempt.id, sid, now=self.now, ring_seconds=RING)

    def missed(self, attempt: Attempt, why: str = "no_answer") -> Request | None:
        with self.database.transaction() as tx:
            return store.missed(tx, attempt.id, why, self.now)

    def request(self, request_id: str) -> Request:
        with self.database.reading() as tx:
            found = store.request(tx, request_id)
        assert found is not None
        return found

    def attempt(self, attempt_id: int) -> Attempt:
        with self.database.reading() as tx:
            found = store.attempt(tx, attempt_id)
        assert found is not None
        return found
