"""The whole life of promises under one random history: real rows, a carrier with its own record, and a second opinion.

Anybody may do anything at any time: book, join, take, dial (twice, late, after a pause), answer, miss, cancel, call in;
words come late, twice and out of order; the carrier loses answers. After every step: nothing that was promised is gone
(I5); no attempt has two calls, no telephone two at once, nobody is tried too often (I6); no telephone was rung outside
the patient's day, nor for a promise that had ended (I7).

Longer than 300 lines because what may happen and what must hold after it are one world.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from sqlalchemy import Connection

from callbacks import policy, store
from callbacks.requests import REQUEST_MOVES, Attempt, AttemptState, Request, RequestState, Wish
from callbacks.rows_store import ATTEMPTS, REQUESTS
from calls.store import CALLS, JOURNAL, LEGS
from config.database import Database
from config.vault import Vault
from directory import reaching_store

TABLES = [REQUESTS, ATTEMPTS, CALLS, LEGS, JOURNAL, reaching_store.NUMBERS]  # that a life of promises needs

BEGINS = datetime(2026, 3, 3, 15, tzinfo=UTC)
NUMBERS = tuple(f"+1312555014{digit}" for digit in range(6))
ZONES = {number: ("America/Chicago",) if at % 2 else ("America/New_York", "America/Denver")
         for at, number in enumerate(NUMBERS)}  # fmt: skip
SERVICES = ("therapy", "nurse")
RING, LIMIT = 30, 150
MOST_TRIES, MORNING, EVENING = 3, 8, 20  # in words of our own: the checker does not ask what it checks
ENDED = frozenset({"reached", "to_person", "cancelled"})
LATE = 12  # how many of the latest promises and calls are looked at after each step
# In SQL of our own, and not by the store that is on trial: everything open, and the latest of what has ended.
HOW = """
    SELECT id, state, ended_at, due_at,
           (SELECT count(*) FROM callback_attempts WHERE request_id = callback_requests.id AND ended_at IS NULL)
    FROM callback_requests
"""
STANDING = f"""{HOW}
    WHERE state IN ('booked', 'waiting', 'calling')
       OR rowid > (SELECT max(rowid) FROM callback_requests) - {LATE * 2}
"""
STEPS_AT_ONCE = 25  # in one transaction: a commit costs as much as a step


class Broken(AssertionError):
    """An invariant does not hold."""


@dataclass
class Call:
    """A call as the carrier knows it."""

    sid: str
    attempt: int
    number: str
    at: datetime
    live: bool = True


@dataclass
class Lives:
    """One history. `held` are dials that were claimed and whose worker sleeps."""

    database: Database
    chance: random.Random
    now: datetime = BEGINS
    vault: Vault = field(default_factory=lambda: Vault([Fernet.generate_key().decode()]))
    calls: dict[str, Call] = field(default_factory=dict)
    call_of: dict[int, Call] = field(default_factory=dict)  # by attempt
    numbers: dict[str, str] = field(default_factory=dict)  # by promise
    ended: dict[str, str] = field(default_factory=dict)  # promises that had ended, and how
    standing: set[str] = field(default_factory=set)  # promises that were open at the last look
    lived: dict[str, Call] = field(default_factory=dict)  # calls that lived at the last look
    looked_at: str = ""  # the call that was placed last, at the last look
    held: list[tuple[int, datetime]] = field(default_factory=list)
    known: list[int] = field(default_factory=list)  # attempts of which words may still come
    offers: int = 0
    ids: int = 0
    steps: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def step(self, tx: Connection) -> None:
        """One thing that happens, by chance, and what must hold after it."""
        self.steps += 1
        happening = self.chance.choices(HAPPENINGS, WEIGHTS)[0]
        happening(self, tx)
        self.done[happening.__name__] += 1
        self.check(tx)

    # --- what happens

    def books(self, tx: Connection) -> None:
        number, service = self.chance.choice(NUMBERS), self.chance.choice(SERVICES)
        due = policy.next_allowed(self.now + timedelta(minutes=self.chance.choice((0, 0, 20, 300))), ZONES[number])
        self.ids += 1
        wish = Wish(
            patient_id=None, own_id=None, team=(), place_ms=self.ids, due_at=due, promised_from=due,
            promise_by=due + timedelta(hours=2), zones=ZONES[number],
        )  # fmt: skip
        names = {"request_id": f"r{self.ids}", "call_id": f"c{self.ids}", "service": service, "language": "en"}
        booked = store.book(tx, self.vault, number=number, wish=wish, now=self.now, **names)
        self.numbers[booked.request.id] = number

    def time_passes(self, _tx: Connection) -> None:
        self.now += timedelta(seconds=self.chance.choice((1, 5, 20, 45, 130, 400, 1900, 7200)))

    def comes_due(self, tx: Connection) -> None:
        for promise in store.due_ids(tx, self.now, 3):
            store.stand_in_line(tx, promise, self.now)

    def is_taken(self, tx: Connection) -> None:
        """A clinician takes a promise, or anything that he believes to be one."""
        promise = self._any_promise(tx)
        if promise is None:
            return
        self.offers += 1
        made = store.intend(tx, request_id=promise.id, offer_id=self.offers, now=self.now, ring_seconds=20)
        if made:
            self.known.append(made.id)

    def is_dialled(self, tx: Connection) -> None:
        """A worker dials, as `errands.dial_patient` does; or falls asleep between the claim and the request."""
        attempt = self._any_attempt(tx)
        if attempt is None or attempt.state is not AttemptState.INTENDED:
            return
        number = self.numbers[attempt.request_id]
        if any(call.live for call in self.lived.values() if call.number == number) or not policy.rings_in_window(
            self.now, ZONES[number], LIMIT
        ):
            self._misses(tx, attempt.id, "not_placed")
        elif store.start_dialling(tx, attempt.id, self.now):
            if self.chance.random() < 0.2:
                self.held.append((attempt.id, self.now))
            else:
                self._asks_the_carrier(tx, attempt.id, number)

    def wakes(self, tx: Connection) -> None:
        """The worker that slept goes on where it was."""
        if not self.held:
            return
        attempt, claimed_at = self.held.pop(self.chance.randrange(len(self.held)))
        if self.now <= claimed_at + policy.DIAL_WITHIN:
            self._asks_the_carrier(tx, attempt, self._number_of(tx, attempt))

    def _asks_the_carrier(self, tx: Connection, attempt: int, number: str) -> None:
        outcome = self.chance.choice(("placed", "placed", "placed", "lost", "lost", "never", "refused", "busy line"))
        if outcome in ("placed", "lost"):
            sid = f"CA{len(self.calls)}"
            self.calls[sid] = self.call_of[attempt] = Call(sid, attempt, number, self.now)
            if outcome == "placed":
                self._introduced(tx, attempt, sid)
        elif outcome in ("refused", "busy line"):
            self._misses(tx, attempt, "refused" if outcome == "refused" else "not_placed")

    def introduces_itself(self, tx: Connection) -> None:
        """A call rings, and says whose it is: once, twice, or long after."""
        if self.calls:
            call = self._some_call()
            self._introduced(tx, call.attempt, call.sid)

    def _introduced(self, tx: Connection, attempt: int, sid: str) -> None:
        if not store.adopt(tx, attempt, sid, now=self.now, ring_seconds=RING):
            self.calls[sid].live = False  # it is hung up

    def is_answered(self, tx: Connection) -> None:
        call = self._some_call() if self.calls else None
        if call and call.live and store.adopt(tx, call.attempt, call.sid, now=self.now, ring_seconds=RING):
            accepted = self.chance.random() < 0.7
            store.answered(tx, call.attempt, accepted, self.now)
            if not accepted:
                self._misses(tx, call.attempt, "no_key")

    def they_talk(self, tx: Connection) -> None:
        attempt = self._any_attempt(tx)
        if attempt and attempt.state is AttemptState.ANSWERED and attempt.sid:
            store.reached_by_offer(tx, attempt.offer_id, self.now)
            self.calls[attempt.sid].live = False

    def is_not_reached(self, tx: Connection) -> None:
        """The carrier tells an end; perhaps of a call that had ended long ago."""
        if self.calls:
            call = self._some_call()
            call.live = False
            self._misses(tx, call.attempt, self.chance.choice(("busy", "no_answer", "failed", "hung_up")))

    def clinician_is_lost(self, tx: Connection) -> None:
        attempt = self._any_attempt(tx)
        if attempt:
            self._misses(tx, attempt.id, "clinician_lost")
            self._silenced(attempt.sid)

    def is_settled(self, tx: Connection) -> None:
        """The clock looks at what is overdue, as `settling.py` does."""
        for attempt in store.overdue(tx, self.now)[:2]:
            self._settles(tx, attempt)

    def _settles(self, tx: Connection, attempt: Attempt) -> None:
        mine = self.call_of.get(attempt.id)
        asked_at = attempt.asked_at or attempt.intended_at
        if attempt.state is AttemptState.UNKNOWN and self.chance.random() < 0.2:  # the carrier does not say
            if policy.nobody_can_tell(asked_at, self.now):
                self._misses(tx, attempt.id, "expired")
            else:
                store.look_again_at(tx, attempt.id, self.now + policy.LOOK_AGAIN)
        elif attempt.state is AttemptState.UNKNOWN and mine:
            self._introduced(tx, attempt.id, mine.sid)
        elif attempt.state is AttemptState.UNKNOWN and (again := policy.next_look(asked_at, self.now)):
            store.look_again_at(tx, attempt.id, again)
        else:
            self._misses(tx, attempt.id, "not_placed" if attempt.state is AttemptState.UNKNOWN else "expired")
            self._silenced(attempt.sid)

    def is_cancelled(self, tx: Connection) -> None:
        promise = self._any_promise(tx)
        if promise:
            over = store.cancel(tx, promise.id, "changed_mind", self.now)
            self._silenced(over.sid if over else None)

    def calls_in(self, tx: Connection) -> None:
        number = self.chance.choice(NUMBERS)
        store.kept_by_call(
            tx, number_hash=self.vault.digest("number", number), patient_id=None, service=SERVICES[0], now=self.now
        )

    def is_put_off(self, tx: Connection) -> None:
        promise = self._any_promise(tx)
        if promise:
            store.postpone(tx, promise.id, self.now + timedelta(minutes=30), self.now)

    def is_handed_over(self, tx: Connection) -> None:
        promise = self._any_promise(tx)
        if promise and promise.state is RequestState.BOOKED:
            store.hand_over(tx, promise.id, "broken", self.now)

    # --- hands

    def _misses(self, tx: Connection, attempt: int, why: str) -> None:
        store.missed(tx, attempt, why, self.now)

    def _silenced(self, sid: str | None) -> None:
        if sid in self.calls:
            self.calls[sid].live = False

    def _some_call(self) -> Call:
        """Most often a late one."""
        return self.calls[self.chance.choice(list(islice(reversed(self.calls), 8)))]

    def _any_promise(self, tx: Connection) -> Request | None:
        late = list(islice(reversed(self.numbers), 10))
        return store.request(tx, self.chance.choice(late)) if late else None

    def _any_attempt(self, tx: Connection) -> Attempt | None:
        return store.attempt(tx, self.chance.choice(self.known[-6:])) if self.known else None

    def _number_of(self, tx: Connection, attempt: int) -> str:
        found = store.attempt(tx, attempt)
        assert found is not None
        return self.numbers[found.request_id]

    # --- what must hold

    def check(self, tx: Connection) -> None:
        """I5, I6 and I7 at this instant; Broken says which does not hold."""
        self._nothing_is_gone(tx)
        self._nobody_is_rung_twice()
        self._nobody_is_rung_at_night()

    def _nothing_is_gone(self, tx: Connection) -> None:
        """I5: what is open has a way on; what is not has ended for good, and was ended by somebody."""
        late = islice(reversed(self.numbers), LATE)
        rows = {row[0]: row for row in tx.exec_driver_sql(STANDING).all()}
        for promise in {*self.standing, *late}:
            if promise not in rows:  # it ended just now, and is an old one; or it is gone
                found = tx.exec_driver_sql(f"{HOW} WHERE id = ?", (promise,)).first()
                if found is None:
                    raise Broken(f"{promise} is lost")
                rows[promise] = found
        self.standing = {promise for promise, row in rows.items() if row[1] not in ENDED}
        horizon = (self.now + timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S")
        for promise, state, ended_at, due_at, tries in rows.values():
            if state in ENDED:
                if ended_at is None or self.ended.setdefault(promise, state) != state or tries:
                    raise Broken(f"{promise} is {state} since {ended_at} with {tries} open tries")
            elif promise in self.ended:
                raise Broken(f"{promise} had ended ({self.ended[promise]}) and is open again")
            elif (state == "calling") != (tries == 1):
                raise Broken(f"{promise} is {state} with {tries} open tries")
            elif state == "booked" and due_at > horizon:
                raise Broken(f"{promise} is due at {due_at}, which nobody lives to see")

    def _nobody_is_rung_twice(self) -> None:
        """I6. A call that is over stays over, so that only those which lived at the last look can be two at once."""
        late = [self.calls[sid] for sid in islice(reversed(self.calls), LATE)]
        self.lived = {call.sid: call for call in (*self.lived.values(), *late) if call.live}
        attempts = Counter(call.attempt for call in late)
        if len(attempts) < len(late):
            raise Broken(f"an attempt was dialled twice: {attempts.most_common(1)}")
        if len({call.number for call in self.lived.values()}) < len(self.lived):
            raise Broken(f"two calls at once: {list(self.lived.values())}")

    def _nobody_is_rung_at_night(self) -> None:
        """I7, for the call that was placed last."""
        if not self.calls:
            return
        call = self.calls[next(reversed(self.calls))]
        if call.sid == self.looked_at:
            return
        self.looked_at = call.sid
        for zone in ZONES[call.number]:
            if not MORNING <= call.at.astimezone(ZoneInfo(zone)).hour < EVENING:
                raise Broken(f"{call} rang at night in {zone}")

    def check_whole(self) -> None:
        """What is looked at once in a while, over everything: nobody was tried too often, no promise is unheard of."""
        with self.database.reading() as tx:
            for promise in self.numbers:
                tries = store.attempts_of(tx, promise)
                rang = [each for each in tries if each.state in (AttemptState.MISSED, AttemptState.REACHED)]
                if len(rang) > MOST_TRIES:
                    raise Broken(f"{promise} was tried {len(rang)} times")
                found = store.request(tx, promise)
                if found is None or (not REQUEST_MOVES[found.state] and any(each.ended_at is None for each in tries)):
                    raise Broken(f"{promise} is {found and found.state} with an open try")


HAPPENINGS: tuple[Callable[[Lives, Connection], None], ...] = (
    Lives.books, Lives.time_passes, Lives.comes_due, Lives.is_taken, Lives.is_dialled, Lives.wakes,
    Lives.introduces_itself, Lives.is_answered, Lives.they_talk, Lives.is_not_reached, Lives.clinician_is_lost,
    Lives.is_settled, Lives.is_cancelled, Lives.calls_in, Lives.is_put_off, Lives.is_handed_over,
)  # fmt: skip
WEIGHTS = (6, 12, 10, 12, 14, 3, 6, 8, 6, 5, 1, 8, 1, 1, 1, 1)


def live(database: Database, seed: int, steps: int) -> Lives:
    """So many steps of one history; Broken names the seed and the step."""
    lives = Lives(database, random.Random(seed))
    try:
        while lives.steps < steps:
            with database.transaction() as tx:
                for _ in range(min(STEPS_AT_ONCE, steps - lives.steps)):
                    lives.step(tx)
        lives.check_whole()
    except Broken as broken:
        raise Broken(f"seed {seed}, step {lives.steps}: {broken}") from None
    return lives
