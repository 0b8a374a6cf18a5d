"""The ledger of promises: what was promised, when, to be kept by whom, what was tried, and whether it was kept. Pure.

Counted twice: `totals` from the rows as they stand, `recount` from the journal alone. The two must agree to the last
promise; a test and `access-center promises` hold them together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Any

from callbacks import policy
from callbacks.requests import REQUEST_MOVES, Attempt, AttemptState, Request, RequestState
from calls.metrics import Entry

PRESSING = 0.8  # of its time gone, a promise that nobody has kept yet is at risk
PROMISE, ATTEMPT = "promise", "attempt"  # the journal's facts that a recount reads


class Standing(StrEnum):
    """How a promise stands, or how it ended."""

    OPEN = "open"
    AT_RISK = "at_risk"  # may be broken: somebody should look
    LATE = "late"  # open, and its time is over
    KEPT = "kept"
    KEPT_LATE = "kept_late"
    CANCELLED = "cancelled"  # by the patient
    TO_PERSON = "to_person"  # handed to somebody, in time or not


STILL_OPEN = frozenset({Standing.OPEN, Standing.AT_RISK, Standing.LATE})


@dataclass(frozen=True)
class Kept:
    """One promise with all that was tried for it. `by` is the clinician who talked with the patient."""

    promise: Request
    attempts: tuple[Attempt, ...] = ()
    by: str | None = None


@dataclass(frozen=True)
class Totals:
    """What a ledger comes to. `reached_after` are the seconds from promise to talk, in order."""

    promised: int = 0
    open: int = 0
    late: int = 0
    kept: int = 0
    kept_late: int = 0
    cancelled: int = 0
    to_person: int = 0
    attempts: int = 0
    rang: int = 0
    reached_after: tuple[int, ...] = ()

    @property
    def kept_share(self) -> float | None:
        """Promises kept in time, of those that were to be kept by now and were not taken back; None without any."""
        owed = self.kept + self.kept_late + self.to_person + self.late
        return self.kept / owed if owed else None

    @property
    def usual_seconds(self) -> float | None:
        """The median time from promise to talk; None when there was no talk."""
        return median(self.reached_after) if self.reached_after else None


def standing(promise: Request, now: datetime) -> Standing:
    """How a promise stands at this moment."""
    match promise.state:
        case RequestState.REACHED:
            return Standing.KEPT if (promise.ended_at or now) <= promise.promise_by else Standing.KEPT_LATE
        case RequestState.CANCELLED:
            return Standing.CANCELLED
        case RequestState.TO_PERSON:
            return Standing.TO_PERSON
    if promise.promise_by < now:
        return Standing.LATE
    return Standing.AT_RISK if risk(promise, now) else Standing.OPEN


def decided_at(promise: Request, now: datetime) -> datetime | None:
    """Since when it is known whether a promise was kept in time: it ended, or its time was over, whichever came first.

    None: it is not known yet, or the patient took it back.
    """
    if standing(promise, now) in (Standing.OPEN, Standing.AT_RISK, Standing.CANCELLED):
        return None
    return min(promise.ended_at or promise.promise_by, promise.promise_by)


def risk(promise: Request, now: datetime) -> str | None:
    """Why an open promise may be broken though its time is not over; None when nothing speaks for that."""
    if promise.due_at > promise.promise_by:
        return "the next try comes too late"
    if promise.attempts >= policy.MAX_ATTEMPTS - 1:
        return "one try is left"
    time = promise.promise_by - promise.promised_from
    if now >= promise.promised_from + PRESSING * time:
        return "most of its time is gone"
    return None


def why(kept: Kept, now: datetime) -> str:
    """Why a promise stands so, in plain words."""
    last = kept.attempts[-1] if kept.attempts else None
    match standing(kept.promise, now):
        case Standing.KEPT | Standing.KEPT_LATE:
            return "they talked" if last and last.state is AttemptState.REACHED else "they talked otherwise"
        case Standing.CANCELLED:
            return "taken back by the patient"
        case Standing.TO_PERSON:
            return f"a person decides; last try: {_said(last)}" if last else "a person decides; never tried"
        case Standing.AT_RISK:
            return risk(kept.promise, now) or ""
        case Standing.LATE:
            return f"its time is over; last try: {_said(last)}" if last else "its time is over; nobody was free"
        case _:
            return f"last try: {_said(last)}" if last else "not yet tried"


def _said(attempt: Attempt | None) -> str:
    return (attempt.outcome or attempt.state.value).replace("_", " ") if attempt else ""


def in_order(ledger: Iterable[Kept], now: datetime) -> list[Kept]:
    """Late ones first, then those at risk, then the open, then the ended; within each the earliest promise first."""
    first = (Standing.LATE, Standing.AT_RISK, Standing.OPEN)

    def place(kept: Kept) -> tuple[int, datetime, str]:
        found = standing(kept.promise, now)
        return (first.index(found) if found in first else len(first), kept.promise.promise_by, kept.promise.id)

    return sorted(ledger, key=place)


# --- counted from the rows -------------------------------------------------------------------------------------------


def totals(ledger: Sequence[Kept], now: datetime) -> Totals:
    """What the rows come to."""
    stand = Counter(standing(kept.promise, now) for kept in ledger)
    reached = (kept.promise for kept in ledger if kept.promise.state is RequestState.REACHED)
    tries = [attempt for kept in ledger for attempt in kept.attempts]
    return Totals(
        promised=len(ledger),
        open=stand[Standing.OPEN] + stand[Standing.AT_RISK],
        late=stand[Standing.LATE],
        kept=stand[Standing.KEPT],
        kept_late=stand[Standing.KEPT_LATE],
        cancelled=stand[Standing.CANCELLED],
        to_person=stand[Standing.TO_PERSON],
        attempts=len(tries),
        rang=sum(attempt.sid is not None for attempt in tries),
        reached_after=_in_order(_seconds(each.booked_at, each.ended_at) for each in reached if each.ended_at),
    )


def _in_order(seconds: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(seconds))


def _seconds(begins: datetime, ends: datetime | None) -> int:
    return int((ends - begins).total_seconds()) if ends else 0


# --- counted once more, from the journal -----------------------------------------------------------------------------


@dataclass
class _Told:
    """What the journal has told of one promise so far."""

    booked_at: datetime
    state: str = RequestState.BOOKED
    by: datetime | None = None
    ended_at: datetime | None = None


@dataclass
class _Count:
    promises: dict[str, _Told] = field(default_factory=dict)
    tries: set[int] = field(default_factory=set)
    rang: set[int] = field(default_factory=set)


def recount(facts: Iterable[Entry], now: datetime) -> Totals:
    """What the journal comes to, told fact by fact in order; it looks at no row."""
    count = _Count()
    for fact in facts:
        if fact.fact == PROMISE:
            _hear_promise(count, fact.at, fact.details)
        elif fact.fact == ATTEMPT:
            _hear_attempt(count, fact.details)
    return _summed(count, now)


def _hear_promise(count: _Count, at: datetime, details: Mapping[str, Any]) -> None:
    told = count.promises.setdefault(str(details["promise"]), _Told(at))
    told.state, told.by = str(details["state"]), datetime.fromisoformat(str(details["by"]))
    if not REQUEST_MOVES[RequestState(told.state)]:
        told.ended_at = at


def _hear_attempt(count: _Count, details: Mapping[str, Any]) -> None:
    number, state = int(details["attempt"]), AttemptState(str(details["state"]))
    count.tries.add(number)
    if state in (AttemptState.PLACED, AttemptState.ANSWERED, AttemptState.REACHED):
        count.rang.add(number)


def _summed(count: _Count, now: datetime) -> Totals:
    told = list(count.promises.values())
    states = Counter(each.state for each in told)
    still = [each for each in told if each.ended_at is None]
    talked = [each for each in told if each.state == RequestState.REACHED]
    in_time = sum(each.ended_at is not None and each.by is not None and each.ended_at <= each.by for each in talked)
    late = sum(each.by is not None and each.by < now for each in still)
    return Totals(
        promised=len(told),
        open=len(still) - late,
        late=late,
        kept=in_time,
        kept_late=len(talked) - in_time,
        cancelled=states[RequestState.CANCELLED],
        to_person=states[RequestState.TO_PERSON],
        attempts=len(count.tries),
        rang=len(count.rang),
        reached_after=_in_order(_seconds(each.booked_at, each.ended_at) for each in talked),
    )
