"""When a promised callback may be tried, how often, and what becomes of it afterwards. Pure: now is an argument.

Bounds from healthcare calling practice: at most three attempts, ever further apart (30 minutes at least), and only from
08:00 to 20:00 where the patient is. What cannot be kept within them is handed to a person, never dropped.

`zones` are the IANA zones in which the patient may be. Where two are named it must be daytime in both; where none is,
11:00 to 20:00 Eastern is daytime from coast to coast. `wished` are the hours that he chose himself: he is rung within
the day and within all of them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callbacks.requests import ATTEMPT_MOVES, Attempt, AttemptState
from config.content import Hours
from directory.hours import closes_at, is_open, next_opening

MAX_ATTEMPTS = 3
MAX_UNPLACED = 5  # tries in a row that never rang, before a person looks at the number or the carrier
GAPS = (timedelta(minutes=30), timedelta(minutes=90))  # after the first try that counted, after the second
AT_FRONT = timedelta(minutes=15)  # after he answered and nobody of ours was there: no two calls are closer than that
FIRST_PAUSE = timedelta(minutes=1)  # after a try that never rang; doubles each time
WINDOW = timedelta(hours=2)  # how long after it is due a promise is to be kept
MORNING, EVENING = time(8), time(20)  # at the patient: from the first instant, until before the second
NOWHERE = ("America/New_York", time(11), EVENING)  # for one of whom nobody knows where he is
STEPS = 40  # to an hour that is day in all zones, and wished; if none is found, no instant may dial: a person decides
TO_SETTLE = timedelta(seconds=120)  # beyond ringing: for a call that exists to end. Then it is taken back.
DIAL_WITHIN = timedelta(seconds=10)  # from the claim to the request: who slept longer does not dial any more
LOOKS = (timedelta(seconds=20), timedelta(seconds=60))  # after the request: when a call of unknown outcome is sought
LOOK_AGAIN = timedelta(seconds=10)  # when the carrier could not be asked
NEVER_FOUND = timedelta(seconds=120)  # after the request: then a person looks at it
SAME_CLOCK = timedelta(minutes=5)  # how far the carrier's clock may be from ours
TO_MEET = timedelta(seconds=120)  # from somebody answering until both talk
REFUSED = "refused"  # the carrier, or our own rules, will never dial this number
CLINICIAN_LOST = "clinician_lost"  # he answered and waited, and nobody of ours came
OPERATOR = "operator"  # he answered, we did not, and the carrier's own document brought him to the operator


Zones = tuple[str, ...]
Wished = tuple[Hours, ...]
Day = tuple[str, time, time]  # a zone, and from when until before when it is day there


class Verdict(StrEnum):
    """What a try that came to nothing means for its promise."""

    AGAIN_SOON = "again_soon"  # never rang: does not count
    COUNTS = "counts"  # rang for nothing
    OURS = "ours"  # he answered, and we had nobody: counts, and he is at the front
    BY_PERSON = "by_person"  # a person had him before we knew
    NEVER_WILL = "never_will"  # never rang, and asking again cannot help: a person looks at the number
    NOBODY_KNOWS = "nobody_knows"  # it may have rung: never repeated blindly


def may_dial(now: datetime, zones: Zones, wished: Wished = ()) -> bool:
    """Is it daytime where the patient is, and an hour of his choice?"""
    return all(_is_day(now, *day) for day in _days(zones)) and all(is_open(hours, now) for hours in wished)


def next_allowed(instant: datetime, zones: Zones, wished: Wished = ()) -> datetime:
    """The first instant from this one on at which the patient may be rung, in UTC.

    If there is none, an instant at which he may not be rung either: who gets it asks `may_dial` of it.
    """
    for _ in range(STEPS):
        if may_dial(instant, zones, wished):
            break
        days = [_next_day(instant, *day) for day in _days(zones)]
        instant = max([*days, *(_next_wished(instant, hours) for hours in wished)])
    return instant.astimezone(UTC)


def _next_wished(instant: datetime, hours: Hours) -> datetime:
    return instant if is_open(hours, instant) else next_opening(hours, instant) or instant


def _days(zones: Zones) -> list[Day]:
    return [(zone, MORNING, EVENING) for zone in zones] or [NOWHERE]


def _is_day(now: datetime, zone: str, begins: time, ends: time) -> bool:
    return begins <= now.astimezone(ZoneInfo(zone)).time() < ends


def _next_day(instant: datetime, zone: str, begins: time, ends: time) -> datetime:
    """This instant if it is day, else the next beginning of one."""
    if _is_day(instant, zone, begins, ends):
        return instant
    local = instant.astimezone(ZoneInfo(zone))
    date = local.date() if local.time() < begins else local.date() + timedelta(days=1)
    return datetime.combine(date, begins, ZoneInfo(zone)).astimezone(UTC)


def evening_after(instant: datetime, zones: Zones, wished: Wished = ()) -> datetime:
    """The end of the day that this allowed instant lies in: from then on the patient may not be rung."""
    evenings = [
        datetime.combine(instant.astimezone(ZoneInfo(zone)).date(), ends, ZoneInfo(zone)).astimezone(UTC)
        for zone, _, ends in _days(zones)
    ]
    return min([*evenings, *(end for hours in wished if (end := closes_at(hours, instant)))])


def next_due(attempts: int, now: datetime, zones: Zones, wished: Wished = ()) -> datetime | None:
    """When to try again after `attempts` that counted; None when they were the last and a person decides."""
    return _again(now + GAPS[attempts - 1], zones, wished) if attempts < MAX_ATTEMPTS else None


def next_due_at_front(attempts: int, now: datetime, zones: Zones, wished: Wished = ()) -> datetime | None:
    """When to ring again one who answered and for whom we had nobody; None when a person decides."""
    return _again(now + AT_FRONT, zones, wished) if attempts < MAX_ATTEMPTS else None


def next_due_unplaced(unplaced: int, now: datetime, zones: Zones, wished: Wished = ()) -> datetime | None:
    """When to try again after `unplaced` tries that never rang; None when a person should look."""
    pause = FIRST_PAUSE * 2 ** (unplaced - 1)
    return _again(now + pause, zones, wished) if unplaced < MAX_UNPLACED else None


def _again(earliest: datetime, zones: Zones, wished: Wished) -> datetime | None:
    """The first allowed instant; None when there is none: a person decides."""
    again = next_allowed(earliest, zones, wished)
    return again if may_dial(again, zones, wished) else None


def verdict(attempt: Attempt, why: str) -> Verdict:
    """What it means that this open attempt ended for the cause `why` (a carrier's word, "expired", "not_placed")."""
    may_not_have_rung = AttemptState.NOT_PLACED in ATTEMPT_MOVES[attempt.state]
    if may_not_have_rung and why == REFUSED:
        return Verdict.NEVER_WILL
    if why == OPERATOR:
        return Verdict.BY_PERSON
    if attempt.state is AttemptState.INTENDED or (may_not_have_rung and why == AttemptState.NOT_PLACED):
        return Verdict.AGAIN_SOON
    if attempt.state is AttemptState.UNKNOWN and why == "expired":
        return Verdict.NOBODY_KNOWS
    return Verdict.OURS if why == CLINICIAN_LOST else Verdict.COUNTS


def rings_in_window(now: datetime, zones: Zones, ring_seconds: int, wished: Wished = ()) -> bool:
    """May a phone that begins to ring now ring for so long, all of it in daytime and in hours of his choice?"""
    over = now + timedelta(seconds=ring_seconds)
    return may_dial(now, zones, wished) and may_dial(over, zones, wished)


def next_look(asked_at: datetime, now: datetime) -> datetime | None:
    """When a call that was not found is sought again; None when it was sought often enough and never existed."""
    return next((asked_at + after for after in LOOKS if asked_at + after > now), None)


def nobody_can_tell(asked_at: datetime, now: datetime) -> bool:
    """Whether the carrier was silent about a call for so long that a person must look at it."""
    return now >= asked_at + NEVER_FOUND


def promise_by(due: datetime, zones: Zones, window: timedelta = WINDOW, wished: Wished = ()) -> datetime:
    """The instant by which a callback due at `due` is promised; what reaches past the evening goes on next morning."""
    begins, left = next_allowed(due, zones, wished), window
    for _ in range(STEPS):
        evening = evening_after(begins, zones, wished)
        if begins + left <= evening or not may_dial(begins, zones, wished):
            break
        begins, left = next_allowed(evening, zones, wished), left - (evening - begins)
    return begins + left


class Wording(StrEnum):
    """How a promise is spoken; the value names its prompt."""

    WITHIN = "promise-within"  # {$minutes}
    TODAY = "promise-today"  # {$clock}
    TOMORROW = "promise-tomorrow"  # {$clock}
    LATER = "promise-later"  # {$weekday} {$clock}


@dataclass(frozen=True)
class Spoken:
    """What the words of a promise are made of. The time is that of the patient's wall clock."""

    wording: Wording
    minutes: int  # from now, rounded up to five
    clock: time
    weekday: int  # Monday is 0


def spoken(now: datetime, by: datetime, zone: str) -> Spoken:
    """The promise "by `by`" as it is said now to a patient in `zone`."""
    here, there = now.astimezone(ZoneInfo(zone)), by.astimezone(ZoneInfo(zone))
    minutes = -(-max(by - now, timedelta()) // timedelta(minutes=5)) * 5
    days = (there.date() - here.date()).days
    distant = {0: Wording.TODAY, 1: Wording.TOMORROW}.get(days, Wording.LATER)
    wording = Wording.WITHIN if minutes <= 60 else distant
    return Spoken(wording, minutes, there.time().replace(second=0, microsecond=0), there.weekday())
