"""A center in one process whose clock and carrier stand still, and a walk through every order of what it is told.

The walk goes one notice further at a time. Orders that have left the very same rows behind go on as one, and are
counted: so all 720 orders of six notices are walked in some hundred steps. Longer than 300 lines because the
people, the carrier and the walk of one standing center belong together.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy
from cryptography.fernet import Fernet
from redis import Redis

import calls.store
import clock as clock_door
import errands
import routing.rows
import routing.store
import seeding
import switchboard
from config.content import Content
from config.database import Database
from config.settings import load_settings
from config.vault import Vault
from ivr.prompts import Speaker
from migrations import upgrade
from routing.policy import DutyEntry, Match, WaitEntry
from routing.rows import OFFERS, OPEN_OFFERS
from telephony import inbound
from telephony.inbound import Fetch, Notice
from telephony.pace import Pace
from telephony.urls import Urls
from tests.fakes import FakeCarrier
from tools import Tools

ACCOUNT, TOKEN, KEY = "AC" + "0" * 32, "orders-token-000001", Fernet.generate_key().decode()
CENTER, JOE = "+13125550100", "+13125550142"
MONDAY_MORNING = datetime(2031, 3, 3, 16, 0, tzinfo=UTC)  # ten o'clock where the clinic is
MINTED = frozenset({"journal", "outbox", "voicemails"})
COUNTERS = frozenset({"sqlite_sequence"})
RESTS_WITHIN = timedelta(seconds=5)
State = frozenset[str]

# What an order may not change. Left out: ids minted on the way, instants, versions, and the journal's order.
LOOKS = (
    "SELECT 'offer', id, state, talk_started_at IS NOT NULL FROM offers",
    "SELECT 'wait', call_id, kind, state, ended_why FROM waits",
    "SELECT 'presence', clinician_id, state, reason, misses FROM presences",
    "SELECT 'call', id, outcome, ended_at IS NOT NULL FROM calls",
    "SELECT 'leg', sid, stage, ended_at IS NOT NULL FROM legs",
    "SELECT 'promise', id, state, attempts FROM callback_requests",
    "SELECT 'attempt', id, state, outcome FROM callback_attempts",
    "SELECT 'message', recording, seconds, service, patient_id, sound FROM voicemails",
    "SELECT DISTINCT 'fact', call_id, sid, fact, details FROM journal",
)


class StandingClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = MONDAY_MORNING

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Proposing:
    """Lines that propose `next_clinician` to the next caller who stands in them, once, and nobody else ever."""

    next_clinician: str | None = None

    def server(self) -> str:
        return "the only run"

    def built(self, server: str) -> bool:
        return True

    def apply_wait(self, entry: WaitEntry, now_ms: int) -> Match | None:
        if not entry.stands or self.next_clinician is None:
            return None
        chosen, self.next_clinician = self.next_clinician, None
        return Match(entry.wait_id, entry.version, chosen, 1, f"clinician:{chosen}", 0, "wait", ())

    def apply_duty(self, entry: DutyEntry, now_ms: int) -> Match | None:
        return None


class Center:
    """Switchboard, stores and errands over one SQLite file; a person of the test holds each phone."""

    def __init__(self, folder: Path, content: Content) -> None:
        url = f"sqlite:///{folder}/orders.db"
        environ = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "VAR_DIR": str(folder)}
        self.clock, self.carrier, self.lines = StandingClock(), FakeCarrier(), Proposing()
        self.nudged: list[tuple[int, int]] = []
        self.database = Database(url)
        self.tools = Tools(
            settings=load_settings({**environ, "DATABASE_URL": url}, root=folder),
            clock=self.clock,
            database=self.database,
            vault=OpenVault((KEY,)),
            content=content,
            speaker=Speaker(content),
            urls=Urls("http://127.0.0.1:1", None),
            carrier=self.carrier,
            pace=Pace(Redis(), 0, self.clock.now),
            lines=cast(Any, self.lines),
            nudge=lambda entry, tries, _urgent: self.nudged.append((entry, tries)),
            hint=lambda: None,
        )

    # --- what people and the carrier do

    def joe_calls(self) -> str:
        """Joe's phone reaches the center; his leg."""
        sid = self.carrier.ring(to=JOE, url="http://127.0.0.1:1", status_url="http://127.0.0.1:1", fallback_url=None,
                                seconds=1)  # fmt: skip
        self.carrier.answers(sid)
        self.asks(inbound.incoming({"CallSid": sid, "From": JOE, "To": CENTER}))
        return sid

    def joe_waits(self, *, for_whom: str | None) -> str:
        """He has said who he is, and waits: for this clinician's phone to ring, or in vain."""
        self.lines.next_clinician = for_whom
        sid = self.joe_calls()
        for digits in ("1", "1", "03141957", "4821"):
            self.presses(sid, digits)
        return sid

    def somebody_is_free(self) -> None:
        """The lines are looked at once more, where a promised callback kept its place."""
        clock_door.rebuild(self.tools)
        self.works()

    def hears(self, notice: Notice) -> None:
        """We are told something; what follows from it is done."""
        switchboard.hear(notice, self.tools)
        self.works()

    def presses(self, sid: str, digits: str, *, waiting: bool = False) -> None:
        """Keys on a phone that was asked something."""
        with self.database.reading() as tx:
            leg = calls.store.leg(tx, sid)
        assert leg is not None
        self.asks(inbound.next_turn({"CallSid": sid, "Digits": digits}, leg.turn + 1, "keys", waiting=waiting))

    def asks(self, fetch: Fetch) -> None:
        """The carrier fetches a document; what follows from it is done."""
        switchboard.take_turn(fetch, self.tools)
        self.works()

    def works(self) -> None:
        """A worker does what it was nudged to do."""
        while self.nudged:
            errands.perform_by_id(*self.nudged.pop(0), self.tools)

    def rung(self, clinician_id: str = "ana") -> tuple[int, str, str]:
        """The offer that this clinician's phone rings for: its number, its room and his leg."""
        with self.database.reading() as tx:
            offer = routing.rows.offer(tx, OFFERS.c.clinician_id == clinician_id, OPEN_OFFERS)
        assert offer is not None and offer.sid is not None
        return offer.id, offer.room, offer.sid

    def takes(self, offer: int, sid: str) -> None:
        """The clinician answers and presses the key."""
        self.carrier.answers(sid)
        self.asks(inbound.offer_answered({"CallSid": sid}, offer))
        self.presses(sid, "1")

    def all_over(self, *sids: str) -> None:
        """At the carrier these legs have ended, whatever we were told yet."""
        for sid in sids:
            self.carrier.ends(sid)

    def told_in_short(self) -> str:
        """How the one offer, Ana, the last wait, the call and its promise stand, a word each."""
        words = (
            "SELECT state FROM offers",
            "SELECT state FROM presences WHERE clinician_id = 'ana'",
            "SELECT coalesce(ended_why, state) FROM waits ORDER BY kind = 'callback' DESC",
            "SELECT coalesce(outcome, '-') FROM calls",
            "SELECT state FROM callback_requests",
        )
        with self.database.reading() as tx:
            found = [tx.execute(sqlalchemy.text(word)).scalar() for word in words]
        return " ".join(str(word or "-") for word in found)

    # --- the walk

    def comes_to_rest(self) -> None:
        """Some seconds later: what waited for more to be known is decided."""
        self.clock.sleep(RESTS_WITHIN.total_seconds())
        clock_door.reconcile(self.tools)

    def state(self) -> State:
        """What is true now, as far as no order may change it."""
        with self.database.reading() as tx:
            return frozenset(repr(tuple(row)) for look in LOOKS for row in tx.execute(sqlalchemy.text(look)))

    def every_order(self, notices: Sequence[Notice]) -> "list[Reached]":
        """The places in which the orders of these notices end, each with how many orders end there and one of them.

        On the way every notice that was heard may come again, any number of times: where that leads to another place,
        orders with repetitions go on from there. They are not counted.
        """
        with self._file() as file:
            file.execute("PRAGMA synchronous=OFF")
        standing = [Reached((), 1, self._kept())]
        for _ in notices:
            standing = self._one_further(standing, notices)
        return standing

    def _one_further(self, standing: "list[Reached]", notices: Sequence[Notice]) -> "list[Reached]":
        """From each place to all places one notice further; orders that meet in one place go on together."""
        places: Places = {}
        repeats: list[Reached] = []
        for place in standing:
            for position in set(range(len(notices))) - set(place.order):
                repeats += self._reach(places, place, position, notices, place.orders)
        while repeats:
            place = repeats.pop()
            for position in set(place.order):
                repeats += self._reach(places, place, position, notices, 0)
        return list(places.values())

    def _reach(
        self, places: "Places", place: "Reached", position: int, notices: Sequence[Notice], orders: int
    ) -> "list[Reached]":
        """Hear one notice in a place; the place this leads to, if nobody was there before."""
        self._put_back(place.kept)
        switchboard.hear(notices[position], self.tools)
        order = (*place.order, position)
        where = frozenset(order), self.rows()
        if where in places:
            places[where].orders += orders
            return []
        places[where] = Reached(order, orders, self._kept())
        return [places[where]]

    def rests_in(self, place: "Reached") -> State:
        """What is true when nothing more is told, and the center came to rest."""
        self._put_back(place.kept)
        at = self.clock.at
        self.comes_to_rest()
        self.clock.at = at
        return self.state()

    def rows(self) -> str:
        """Every row of every table. Of the tables in `MINTED` without the id, which tells only who came first."""
        with self._file() as file:
            names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            tables = [(name, file.execute(f"SELECT * FROM {name}").fetchall()) for name in set(names) - COUNTERS]
        return repr([(name, sorted(repr(row[name in MINTED :]) for row in rows)) for name, rows in sorted(tables)])

    def _kept(self) -> sqlite3.Connection:
        kept = sqlite3.connect(":memory:")
        with self._file() as file:
            file.backup(kept)
        return kept

    def _put_back(self, kept: sqlite3.Connection) -> None:
        self.nudged.clear()
        with self._file() as file:
            kept.backup(file)

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        pooled = self.database.engine.raw_connection()
        yield cast(sqlite3.Connection, pooled.driver_connection)
        pooled.close()


@dataclass
class Reached:
    """A place that orders lead to: one of them, how many, and the database there."""

    order: tuple[int, ...]
    orders: int
    kept: sqlite3.Connection


Places = dict[tuple[frozenset[int], str], Reached]


class OpenVault(Vault):
    """Seals nothing, so that equal values are equal in the database too."""

    def seal(self, plain: str | bytes) -> str:
        return plain if isinstance(plain, str) else plain.decode()

    def open(self, sealed: str) -> str:
        return sealed


def told(center: Center, question: str) -> list[tuple[object, ...]]:
    """What the rows say."""
    with center.database.reading() as tx:
        return [tuple(row) for row in tx.execute(sqlalchemy.text(question))]


def change(center: Center, statement: str) -> None:
    """Let the rows be otherwise."""
    with center.database.transaction() as tx:
        tx.execute(sqlalchemy.text(statement))


def prepared(folder: Path, content: Content) -> None:
    """A database with the demo world in it."""
    upgrade(f"sqlite:///{folder}/orders.db")
    center = Center(folder, content)
    seeding.seed(center.tools)
    center.database.close()
