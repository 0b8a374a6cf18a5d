"""Sixty days of callbacks across both changes of the clock, in five zones.

    python -m bench.callback_days [--days 30] [--a-day 4] [--seed 1]

Thirty days around each change; in each zone so many promises a day, asked for at any hour of day or night, some of them
for a window of the patient's choice. Booking, clock, errands, settling and ledger are the product's own. A carrier with
people at the other end answers, fails or keeps silent; clinicians take what stands in line after a while. Each midnight
the ledger counted from the rows must equal the one recounted from the journal. At the end every promise is kept or
accounted for, and no phone rang outside 8:00 to 20:00 where it was.

Exit code 1 if anything of that does not hold.

Longer than 300 lines because the people, the carrier and the judge of one run are read together.
"""

import argparse
import heapq
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy

import booking
import callbacks.store
import clock as clock_door
import deeds
import directory.store
import errands
import promising
import routing.store
import seeding
from callbacks import ledger, ledger_store
from callbacks.outside import Asked, NotAccepted
from callbacks.requests import AttemptState, RequestState
from callbacks.rows_store import REQUESTS
from config.reading import read_content
from config.settings import ROOT
from migrations import upgrade
from telephony.carrier import CarrierError
from tests.fakes import FakeCarrier
from tests.scenarios.orders import Center

AREAS = {
    "America/New_York": "212", "America/Chicago": "312", "America/Phoenix": "602", "Pacific/Honolulu": "808",
    "America/Indiana/Indianapolis": "317",
}  # fmt: skip
CHANGES = (date(2031, 3, 9), date(2031, 11, 2))
MORNING, EVENING = 8, 20  # in words of our own: the checker does not ask what it checks
DRAIN = timedelta(days=8)  # after the last booking: a window may be promised for a week ahead
ENDS = ("busy", "no_answer", "no_key", "failed", callbacks.policy.CLINICIAN_LOST)
TICK = timedelta(minutes=10)  # between two looks, where nothing is due before
NEXT_DUE = sqlalchemy.text(
    "SELECT min(at) FROM (SELECT min(due_at) AS at FROM callback_requests WHERE state = 'booked' AND due_at > :now"
    " UNION ALL SELECT min(deadline) FROM callback_attempts"
    " WHERE state IN ('intended', 'placed', 'unknown', 'answered') AND deadline > :now)"
)
STANDING = sqlalchemy.text(  # in line, or due while the center is closed
    "SELECT 1 FROM callback_requests WHERE state = 'waiting' OR state = 'booked' AND due_at <= :now LIMIT 1"
)


class People(FakeCarrier):
    """A carrier whose calls sometimes fail, or are placed and not told; `rang` holds whose phone rang and when."""

    def __init__(self, chance: random.Random, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._chance, self._now = chance, now
        self.rang: list[tuple[str, datetime]] = []

    def ring(self, *, to: str, url: str, **how: object) -> str:
        """Place a call, or go wrong: nine of ten are placed."""
        drawn = self._chance.random()
        if drawn < 0.05:
            raise CarrierError("429", permanent=False, maybe_done=False)
        if drawn < 0.06:
            raise CarrierError("refused", permanent=True, maybe_done=False)
        if drawn < 0.08:
            raise CarrierError("500", permanent=False, maybe_done=True)  # and there is no call
        self.rang.append((to, self._now()))
        sid = super().ring(to=to, url=url, **how)  # type: ignore[arg-type]
        if drawn < 0.11:
            raise CarrierError("500", permanent=False, maybe_done=True)  # and there is one
        return sid


@dataclass
class Found:
    """What one span came to."""

    promised: Counter[str] = field(default_factory=Counter)  # by zone
    ends: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # by zone
    refused: int = 0  # windows that are no time of the patient's day
    calls: int = 0
    midnights: int = 0
    wrong: list[str] = field(default_factory=list)


class Days:
    """One center, and time that moves to whatever is due next."""

    def __init__(self, center: Center, carrier: People, chance: random.Random) -> None:
        self.center, self.tools, self.carrier, self.chance = center, center.tools, carrier, chance
        self.found = Found()
        self._offers, self._keys, self._numbers = count(1), count(1), count(1)
        self._table: list[tuple[datetime, int, Callable[[], None]]] = []
        self._looked_after = set[tuple[str, int]]()

    @property
    def now(self) -> datetime:
        return self.center.clock.at

    def live(self, first: date, days: int, a_day: int) -> Found:
        """So many days of bookings, and what follows until the last promise has ended."""
        begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
        for day in range(days):
            for zone in AREAS:
                for _ in range(a_day):
                    at = begins + timedelta(days=day, seconds=self.chance.randrange(86_400))
                    self._at(at, partial(self._books, zone))
            self._at(begins + timedelta(days=day + 1), self._compares)
        end = begins + timedelta(days=days) + DRAIN
        self.center.clock.at = begins
        while self.now < end and (self._table or self._open()):
            self._round()
            self.center.clock.at = self._next(end)
        self._compares()
        self._judges()
        return self.found

    # --- time

    def _at(self, at: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self._table, (at, next(self._numbers), what))

    def _round(self) -> None:
        """All that is due at this instant."""
        while self._table and self._table[0][0] <= self.now:
            heapq.heappop(self._table)[2]()
        clock_door.settle_attempts(self.tools)
        clock_door.due_promises(self.tools)
        self.center.works()
        self._looks_after()

    def _next(self, end: datetime) -> datetime:
        with self.tools.database.reading() as tx:
            due = tx.scalar(NEXT_DUE, {"now": self.now.replace(tzinfo=None)})
            standing = tx.scalar(STANDING, {"now": self.now.replace(tzinfo=None)})
        known = [end, *([self.now + TICK] if standing else []), *([self._table[0][0]] if self._table else [])]
        known += [datetime.fromisoformat(due).replace(tzinfo=UTC)] if due else []
        return max(min(known), self.now + timedelta(seconds=1))

    def _open(self) -> bool:
        with self.tools.database.reading() as tx:
            return bool(callbacks.store.open_requests(tx))

    # --- what people do

    def _books(self, zone: str) -> None:
        number = f"+1{AREAS[zone]}{self.chance.randrange(2_200_000, 9_990_000)}"
        window = self._window(zone) if self.chance.random() < 0.4 else None
        asked = Asked(None, number, "therapy", False, window, "simulated", None)
        try:
            booking.book(self.tools, "days", f"booking-{next(self._keys)}", b"{}", asked)
        except NotAccepted as error:
            self.found.refused += 1
            self._must_be_night(error, window, zone)
            return
        self.found.promised[zone] += 1

    def _window(self, zone: str) -> tuple[datetime, datetime]:
        """A quarter of an hour or more of the next week, by the wall clock there: also one that is skipped or twice."""
        local = self.now.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0, tzinfo=None)
        wall = local.replace(minute=0) + timedelta(
            days=self.chance.randrange(1, 7), minutes=self.chance.randrange(1440)
        )
        begins = wall.replace(tzinfo=ZoneInfo(zone), fold=self.chance.randrange(2)).astimezone(UTC)
        return begins, begins + timedelta(minutes=self.chance.choice((15, 30, 60)))

    def _must_be_night(self, error: NotAccepted, window: tuple[datetime, datetime] | None, zone: str) -> None:
        at_night = window and not all(_is_day(at, zone) for at in (window[0], window[1] - timedelta(seconds=1)))
        if not at_night and error.wrong[0].field != "number":
            self.found.wrong.append(f"refused in the daytime: {error}")

    def _looks_after(self) -> None:
        """A clinician takes what stands in line, later; who was rung does something; some take it back, or call in."""
        with self.tools.database.reading() as tx:
            standing = [each for each in callbacks.store.open_requests(tx) if each.state is not RequestState.BOOKED]
            tries = {each.id: callbacks.store.attempts_of(tx, each.id) for each in standing}
        for promise in standing:
            attempt = next((each for each in tries[promise.id] if each.ended_at is None), None)
            mark = (promise.id, attempt.id if attempt else -promise.version)
            if mark in self._looked_after or (attempt and attempt.state is AttemptState.INTENDED):
                continue
            self._looked_after.add(mark)
            if attempt is None:
                later = self.now + timedelta(minutes=self.chance.choice((0, 1, 3, 8, 20, 50)))
                self._at(later, partial(self._taken, promise.id))
            else:
                later = self.now + timedelta(seconds=self.chance.randrange(5, 29))
                self._at(later, partial(self._rung, attempt.id))

    def _taken(self, promise_id: str) -> None:
        drawn = self.chance.random()
        with self.tools.database.transaction() as tx:
            promise = callbacks.store.request(tx, promise_id)
            if promise is None or promise.state is not RequestState.WAITING:
                return
            if drawn < 0.03:
                follows = promising.cancel(tx, promise_id, "by_patient", self.now)
            elif drawn < 0.05:
                digest = tx.scalar(sqlalchemy.select(REQUESTS.c.number_hash).where(REQUESTS.c.id == promise_id))
                callbacks.store.kept_by_call(
                    tx, number_hash=str(digest), patient_id=None, service=promise.service, now=self.now
                )
                follows = routing.store.leave(tx, call_id=promise.call_id, why="talked", now=self.now)
            else:
                follows = promising.dial(tx, promise_id, next(self._offers), self.tools, self.now)
            entries = deeds.outbox(tx, follows, promise.call_id, self.now)
        errands.after_commit(entries, self.tools)
        self.center.works()

    def _rung(self, attempt_id: int) -> None:
        """Somebody answers, or not; sometimes we are never told."""
        with self.tools.database.reading() as tx:
            attempt = callbacks.store.attempt(tx, attempt_id)
        call = next((sid for sid, url in self._calls() if url.split("#")[0].endswith(f"/return/{attempt_id}")), None)
        if attempt is None or call is None or attempt.ended_at is not None:
            return
        if attempt.sid is None:  # it introduces itself
            errands.returned_call(attempt_id, call, self.tools)
        drawn = self.chance.random()
        if drawn < 0.04:
            self.carrier.ends(call, "no-answer")  # and nobody tells us
        elif drawn < 0.6:
            self.carrier.answers(call)
            self._talks(attempt_id, attempt.offer_id)
            self.carrier.ends(call)
        else:
            self.carrier.ends(call, "no-answer")
            errands.not_reached(attempt_id, self.chance.choice(ENDS), self.tools)

    def _calls(self) -> Iterator[tuple[str, str]]:
        return ((leg.sid, leg.url) for leg in self.carrier._legs.values())

    def _talks(self, attempt_id: int, offer_id: int) -> None:
        with self.tools.database.transaction() as tx:
            callbacks.store.answered(tx, attempt_id, True, self.now)
            callbacks.store.reached_by_offer(tx, offer_id, self.now)
            attempt = callbacks.store.attempt(tx, attempt_id)
            promise = callbacks.store.request(tx, attempt.request_id) if attempt else None
            if promise:
                routing.store.leave(tx, call_id=promise.call_id, why="talked", now=self.now)

    # --- what must hold

    def _compares(self) -> None:
        self.found.midnights += 1
        with self.tools.database.reading() as tx:
            counted = ledger.totals(ledger_store.ledger(tx), self.now)
            recounted = ledger.recount(ledger_store.told(tx), self.now)
        if counted != recounted:
            self.found.wrong.append(f"{self.now}: the rows come to {counted}, the journal to {recounted}")

    def _judges(self) -> None:
        zone_of = {area: zone for zone, area in AREAS.items()}
        self.found.calls = len(self.carrier.rang)
        for number, at in self.carrier.rang:
            if not _is_day(at, zone_of[number[2:5]]):
                self.found.wrong.append(f"a phone of {zone_of[number[2:5]]} rang at {at}")
        with self.tools.database.reading() as tx:
            kept = ledger_store.ledger(tx)
        for each in kept:
            how = ledger.standing(each.promise, self.now)
            self.found.ends[self._zone(each)][how.value] += 1
            if how in ledger.STILL_OPEN:
                self.found.wrong.append(f"{each.promise.id} is {how.value} for ever: {ledger.why(each, self.now)}")
        if len(kept) != self.found.promised.total():
            self.found.wrong.append(f"{self.found.promised.total()} were promised, the ledger has {len(kept)}")

    def _zone(self, kept: ledger.Kept) -> str:
        return kept.promise.zones[0] if len(kept.promise.zones) == 1 else " ".join(kept.promise.zones)


def _is_day(at: datetime, zone: str) -> bool:
    return MORNING <= at.astimezone(ZoneInfo(zone)).hour < EVENING


@contextmanager
def opened(chance: random.Random, begins: datetime) -> Iterator[Days]:
    """A center on a database of its own, with the hours that ship."""
    with tempfile.TemporaryDirectory() as folder:
        upgrade(f"sqlite:///{folder}/orders.db")
        center = Center(Path(folder), read_content(ROOT / "config"))
        center.clock.at = begins
        carrier = People(chance, center.clock.now)
        center.carrier = carrier
        object.__setattr__(center.tools, "carrier", carrier)
        seeding.seed(center.tools)
        with center.database.transaction() as tx:
            directory.store.set_override(tx, state="normal", until=None, by="bench", now=begins)
            tx.exec_driver_sql("DELETE FROM outbox")
        yield Days(center, carrier, chance)
        center.database.close()


def span(change: date, days: int, a_day: int, seed: int) -> Found:
    """So many days, the change of the clock in their middle."""
    first = change - timedelta(days=days // 2)
    with opened(random.Random(seed), datetime(first.year, first.month, first.day, tzinfo=UTC)) as lived:
        return lived.live(first, days, a_day)


def main() -> int:
    """Both spans, and what they came to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--a-day", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = False
    for change in CHANGES:
        began = time.process_time()
        found = span(change, options.days, options.a_day, options.seed)
        wrong = wrong or bool(found.wrong)
        print(f"{options.days} days around {change}: {told(found)}; {time.process_time() - began:.0f} s", flush=True)
    return int(wrong)


def told(found: Found) -> str:
    """A line of totals, one for each zone, and everything that is wrong."""
    zones = [
        f"  {zone:<30} {', '.join(f'{how} {n}' for how, n in sorted(ends.items()))}"
        for zone, ends in found.ends.items()
    ]
    head = (
        f"{found.promised.total()} promises, {found.refused} windows at night refused, {found.calls} calls; rows and "
        f"journal compared {found.midnights} times; wrong: {len(found.wrong)}"
    )
    return "\n".join([head, *sorted(zones), *(f"  WRONG: {each}" for each in found.wrong[:20])])


if __name__ == "__main__":
    raise SystemExit(main())
