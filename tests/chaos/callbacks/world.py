"""A center in this process for one promise after another: real SQL, real Valkey, a carrier with its own record.

The worker is a list of nudges, as RQ's queue is: it may be wiped, or worked off twice. Time moves to whatever is due
next. The clinician's and the patient's phones answer by themselves.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import sqlalchemy
from redis import Redis

import callbacks.store
import calls.store
import clock as clock_door
import errands
import estimating
import seeding
import switchboard
import watching
from callbacks.requests import RequestState, Wish
from config.columns import new_id
from config.content import Content
from config.database import Database
from config.settings import load_settings
from ivr.prompts import Speaker
from migrations import upgrade
from routing.lines import Lines
from telephony.inbound import Fetch, Notice
from telephony.pace import Pace
from telephony.urls import Urls
from tests.chaos.callbacks.carrier import HardCarrier
from tests.chaos.callbacks.killing import Killed, Watch
from tests.scenarios.orders import ACCOUNT, JOE, KEY, TOKEN, OpenVault, StandingClock
from tools import Tools

# Ten in the morning where the patient is, and a minute before his evening.
STARTS = (datetime(2026, 11, 23, 16, tzinfo=UTC), datetime(2026, 11, 24, 1, 58, 50, tzinfo=UTC))
BUSY_STEP, LONGEST_STEP = timedelta(seconds=10), timedelta(hours=1)
# What the clock does beside promises is left out: it costs most of a story, and no promise rests on it.
BESIDE = (
    clock_door.lapse_skills, estimating.estimate_waits, watching.watch, clock_door.adopt_recordings, clock_door.retain,
)  # fmt: skip
PARTS = tuple(part for part in clock_door.PARTS if part not in BESIDE)
HORIZON = timedelta(hours=40)  # a promise of the evening is kept next morning
MOST_ROUNDS = 400  # a story has about thirty
PAUSE = timedelta(minutes=4)  # how long a process sleeps that is stopped and not killed
NEXT_DUE = sqlalchemy.text(
    """
    SELECT min(at) FROM (
        SELECT min(due_at) AS at FROM outbox WHERE done_at IS NULL AND due_at > :now
        UNION ALL SELECT min(deadline) FROM callback_attempts
            WHERE state IN ('intended', 'placed', 'unknown', 'answered') AND deadline > :now
        UNION ALL SELECT min(due_at) FROM callback_requests WHERE state = 'booked' AND due_at > :now
        UNION ALL SELECT min(expires_at) FROM offers WHERE state = 'offered' AND expires_at > :now
        UNION ALL SELECT min(until) FROM presences WHERE until > :now
    )
    """
)
LEFT = sqlalchemy.text(
    "SELECT EXISTS (SELECT 1 FROM callback_requests WHERE state IN ('booked', 'waiting', 'calling'))"
    " OR EXISTS (SELECT 1 FROM outbox WHERE done_at IS NULL) OR EXISTS (SELECT 1 FROM legs WHERE ended_at IS NULL)"
    " OR EXISTS (SELECT 1 FROM presences WHERE state IN ('offered', 'talking', 'wrapping_up'))"
)


class World:
    """One center. `reset` brings it back to the beginning."""

    def __init__(self, folder: Path, content: Content, redis: Redis) -> None:
        url = f"sqlite:///{folder}/promises.db"
        upgrade(url)
        environ = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "VAR_DIR": str(folder)}
        self.clock, self.redis = StandingClock(), redis
        self.nudged: list[tuple[int, int]] = []
        self.database = Database(url)
        self.carrier = HardCarrier(self.clock.now, self.clock.sleep, self._fetch, self._hear)
        self.tools = Tools(
            settings=load_settings({**environ, "DATABASE_URL": url}, root=folder),
            clock=self.clock,
            database=self.database,
            vault=OpenVault((KEY,)),
            content=content,
            speaker=Speaker(content),
            urls=Urls("http://127.0.0.1:1", None),
            carrier=self.carrier,
            pace=Pace(redis, 0, self.clock.now),
            lines=Lines(redis),
            nudge=lambda entry, tries, _urgent: self.nudged.append((entry, tries)),
            hint=lambda: None,
        )
        seeding.seed(self.tools)
        with self._file() as file:
            file.execute("PRAGMA synchronous=OFF")
            file.execute("UPDATE presences SET state = 'offline' WHERE clinician_id NOT IN ('ana', 'luis')")
            file.execute("DELETE FROM outbox")
            self._kept = sqlite3.connect(":memory:")
            file.backup(self._kept)
        self.web_failed: list[str] = []
        self.job_watch: Watch | None = None
        self.clock_watch: Watch | None = None

    def reset(self, start: datetime, fault: str, habits: tuple[str, ...]) -> str:
        """One promise, due now, and nothing else; its id."""
        self.nudged.clear()
        self.web_failed.clear()
        self.job_watch = self.clock_watch = None
        with self._file() as file:
            self._kept.backup(file)
        self.redis.flushall()
        self.clock.at = start
        self.carrier.begin(JOE, fault, habits)
        with self.database.transaction() as tx:
            tx.execute(sqlalchemy.text("UPDATE presences SET since = :now"), {"now": start.replace(tzinfo=None)})
            return self.books(tx, start)

    def books(self, tx: sqlalchemy.Connection, start: datetime) -> str:
        """Joe's promise."""
        call = new_id()
        calls.store.open_call(
            tx, call_id=call, dialled="", caller_hash=None, caller_sealed=None, language="en", now=start
        )
        booked = callbacks.store.book(
            tx,
            self.tools.vault,
            request_id=new_id(),
            call_id=call,
            number=JOE,
            service="therapy",
            language="en",
            wish=Wish(
                patient_id=None,
                own_id="ana",
                team=("luis",),
                place_ms=int(start.timestamp() * 1000),
                due_at=start,
                promised_from=start,
                promise_by=start + timedelta(hours=2),
                zones=("America/Chicago",),
            ),
            now=start,
        )
        return booked.request.id

    # --- time

    def lives(self, until: Callable[[], bool], horizon: timedelta = HORIZON) -> None:
        """Let time pass until something holds, or the horizon is reached, or so much happened that it never ends."""
        end = self.clock.at + horizon
        for _ in range(MOST_ROUNDS):
            if self.clock.at >= end or until():
                return
            self._round()
            self.clock.at = self._next(end)

    def _round(self) -> None:
        """All that is due at this instant."""
        self.carrier.happens()
        self._works()
        self._ticks()
        self._works()

    def _works(self) -> None:
        """The worker does what it was nudged to do. If it dies, the nudge dies with it."""
        while self.nudged:
            entry, tries = self.nudged.pop(0)
            watch = self.job_watch if self._dials(entry) else None
            with _dying(), watch or _unwatched():
                errands.perform_by_id(entry, tries, self.tools)

    def _dials(self, entry: int) -> bool:
        kind = sqlalchemy.text("SELECT kind FROM outbox WHERE id = :entry")
        with self.database.reading() as tx:
            return bool(tx.scalar(kind, {"entry": entry}) == "dial_patient")

    def _ticks(self) -> None:
        with _dying(), self.clock_watch or _unwatched(), patch.object(clock_door, "PARTS", PARTS):
            clock_door.tick(self.tools)

    def _next(self, end: datetime) -> datetime:
        """The next instant at which something may happen."""
        with self.database.reading() as tx:
            due = tx.scalar(NEXT_DUE, {"now": self.clock.at.replace(tzinfo=None)})
            busy = tx.scalar(sqlalchemy.text("SELECT count(*) FROM legs WHERE ended_at IS NULL"))
        known = [end, self.clock.at + (BUSY_STEP if busy else LONGEST_STEP)]
        known += [datetime.fromisoformat(due).replace(tzinfo=end.tzinfo)] if due else []
        known += [at] if (at := self.carrier.next_at()) else []
        return max(min(known), self.clock.at + timedelta(milliseconds=250))

    def pauses(self) -> None:
        """What runs now sleeps, and the others live on; unless it holds the database, which would be let go of."""
        if self._holds_the_database():
            return
        job, tick = self.job_watch, self.clock_watch
        self.job_watch = self.clock_watch = None
        self.lives(lambda: False, PAUSE)
        self.job_watch, self.clock_watch = job, tick

    def _holds_the_database(self) -> bool:
        line = cast(Any, self.database._writing)._lock
        return bool(line.locked())

    def wipes(self) -> None:
        """Redis loses everything: the lines, and the nudges in its queue."""
        self.redis.flushall()
        self.nudged.clear()

    # --- what the web does

    def _fetch(self, fetch: Fetch) -> str:
        try:
            return switchboard.take_turn(fetch, self.tools)
        except Exception as error:
            self.web_failed.append(f"{fetch.request}: {error!r}")
            return "<Response><Hangup/></Response>"

    def _hear(self, notice: Notice) -> None:
        try:
            switchboard.hear(notice, self.tools)
        except Exception as error:
            self.web_failed.append(f"{notice}: {error!r}")

    # --- looking

    def is_over(self) -> bool:
        """Whether no promise is open, nothing is left to do and nobody is on the phone."""
        if self.carrier.next_at() is not None:
            return False
        with self.database.reading() as tx:
            return not tx.scalar(LEFT)

    def state(self, promise: str) -> RequestState | None:
        """How the promise stands."""
        with self.database.reading() as tx:
            found = callbacks.store.request(tx, promise)
        return found.state if found else None

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        pooled = self.database.engine.raw_connection()
        yield cast(sqlite3.Connection, pooled.driver_connection)
        pooled.close()


@contextmanager
def _dying() -> Iterator[None]:
    """What dies in here is started anew by its supervisor."""
    with suppress(Killed):
        yield


@contextmanager
def _unwatched() -> Iterator[None]:
    yield
