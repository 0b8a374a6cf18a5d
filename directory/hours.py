"""Opening hours: whether the center is open at an instant, and when it opens next.

A clinic writes wall-clock times of its zone. They are turned into UTC intervals first and compared there, so nights
on which clocks change need no rule of their own: a time that does not exist is taken an hour later, a span that ends
in a repeated hour ends with the second of the two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from config.content import Exception_, Hours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 400  # closed for longer than that: nobody can say when we open
ONE_DAY = timedelta(days=1)

Interval = tuple[datetime, datetime]  # from (included) to (excluded), aware UTC


@dataclass(frozen=True)
class Override:
    """Somebody forced the center "open" or "closed", until an instant or (None) until he lifts it."""

    state: str
    until: datetime | None


@dataclass(frozen=True)
class OpenState:
    """Open or closed; when closed, the instant (UTC) we open next, None if nobody can say; and the reason.

    `why`: hours | after_hours | holiday | exception | forced. `says`: prompt key that the exception wants said.
    """

    open: bool
    opens_at: datetime | None
    why: str
    says: str = ""


def open_state(hours: Hours, now: datetime, override: Override | None = None) -> OpenState:
    """How the center stands at `now`: what somebody forced, as long as it is in force, else its hours."""
    if override is None or not _in_force(override, now):
        return _by_hours(hours, now)
    if override.state == "open":
        return OpenState(open=True, opens_at=None, why="forced")
    return OpenState(open=False, opens_at=_after_forced_closing(hours, override.until), why="forced")


def service_state(hours: Hours, now: datetime, center: Override | None, closed: Override | None) -> OpenState:
    """How one service stands that somebody may have closed by itself, beside what he forced for the whole center."""
    standing = open_state(hours, now, center)
    if closed is None or closed.state != "closed" or not _in_force(closed, now):
        return standing
    then = open_state(hours, closed.until, center) if closed.until else None
    opens = closed.until if then and then.open else then.opens_at if then else None
    return OpenState(open=False, opens_at=opens, why="forced" if standing.open else standing.why, says=standing.says)


def with_days(hours: Hours, days: Sequence[Exception_]) -> Hours:
    """The hours with these days kept otherwise, whatever the hours themselves say of those days."""
    named = {day.date for day in days}
    others = (day for day in hours.exceptions if day.date not in named)
    return hours.model_copy(update={"exceptions": (*others, *days)}) if days else hours


def is_open(hours: Hours, now: datetime) -> bool:
    """Whether the hours say open at this instant."""
    return any(start <= now < end for start, end in _intervals(hours, now, days=2))


def span_at(hours: Hours, now: datetime) -> tuple[date, str, str] | None:
    """The day, and its wall-clock times, of the span in which an instant lies; None when the hours say closed."""
    zone = ZoneInfo(hours.zone)
    today = now.astimezone(zone).date()
    for day in (today, today - ONE_DAY):
        for opens, closes in _spans(hours, day):
            start, end = _interval(day, opens, closes, zone)
            if start <= now < end:
                return day, opens, closes
    return None


def next_opening(hours: Hours, now: datetime) -> datetime | None:
    """The next instant after `now` at which closed turns to open, aware UTC; None within 400 days."""
    reached = now if is_open(hours, now) else datetime.min.replace(tzinfo=UTC)
    for start, end in _intervals(hours, now, days=HORIZON_DAYS):
        if start > now and start > reached:
            return start
        reached = max(reached, end)
    return None


def closes_at(hours: Hours, now: datetime) -> datetime | None:
    """When the hours that are kept at `now` end, as aware UTC; None when they say closed, or never end."""
    if not is_open(hours, now):
        return None
    end = now
    for _ in range(HORIZON_DAYS):
        later = max((ends for start, ends in _intervals(hours, end, days=3) if start <= end < ends), default=end)
        if later == end:
            return end
        end = later
    return None


def _in_force(override: Override, now: datetime) -> bool:
    return override.state in ("open", "closed") and (override.until is None or now < override.until)


def _after_forced_closing(hours: Hours, until: datetime | None) -> datetime | None:
    if until is None:
        return None
    return until if is_open(hours, until) else next_opening(hours, until)


def _by_hours(hours: Hours, now: datetime) -> OpenState:
    if is_open(hours, now):
        return OpenState(open=True, opens_at=None, why="hours")
    today = now.astimezone(ZoneInfo(hours.zone)).date()
    special = _exception(hours, today)
    says = special.says if special and special.says else ""
    return OpenState(open=False, opens_at=next_opening(hours, now), why=_why_closed(hours, today), says=says)


def _why_closed(hours: Hours, day: date) -> str:
    if _exception(hours, day) is not None:
        return "exception"
    return "holiday" if _is_holiday(hours, day) else "after_hours"


def _intervals(hours: Hours, now: datetime, *, days: int) -> Iterator[Interval]:
    """The opening intervals that begin between yesterday and `days` after it, sorted by their start.

    A span that the clocks skip whole is none: nobody is told that we open for it.
    """
    zone = ZoneInfo(hours.zone)
    yesterday = now.astimezone(zone).date() - ONE_DAY
    for offset in range(days):
        day = yesterday + offset * ONE_DAY
        found = (_interval(day, opens, closes, zone) for opens, closes in _spans(hours, day))
        yield from sorted((start, end) for start, end in found if start < end)


def _spans(hours: Hours, day: date) -> list[tuple[str, str]]:
    """The wall-clock spans that begin on this day: the exception's, none on a holiday, else the weekday's."""
    special = _exception(hours, day)
    if special is not None:
        return [(special.opens, special.closes)] if special.opens and special.closes else []
    if _is_holiday(hours, day):
        return []
    weekday = WEEKDAYS[day.weekday()]
    return [(span.opens, span.closes) for span in hours.weekly if weekday in span.days]


@lru_cache(maxsize=4096)  # the same few days are asked about at every call
def _interval(day: date, opens: str, closes: str, zone: ZoneInfo) -> Interval:
    last_day = day + ONE_DAY if _wraps(opens, closes) else day
    return _instant(day, opens, zone, fold=0), _instant(last_day, closes, zone, fold=1)


def _wraps(opens: str, closes: str) -> bool:
    return closes in ("24:00", "00:00") or closes <= opens


def _instant(day: date, wall: str, zone: ZoneInfo, *, fold: int) -> datetime:
    clock = time(0) if wall == "24:00" else time.fromisoformat(wall)
    return _existing(datetime.combine(day, clock.replace(fold=fold), zone)).astimezone(UTC)


def _existing(local: datetime) -> datetime:
    """The same instant, or for a time that the clocks skip the one an hour later, whatever the fold."""
    early = local.replace(fold=0)
    skipped = early.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != early.replace(tzinfo=None)
    return early if skipped else local


def _exception(hours: Hours, day: date) -> Exception_ | None:
    return next((special for special in hours.exceptions if special.date == day.isoformat()), None)


def _is_holiday(hours: Hours, day: date) -> bool:
    return hours.holidays is not None and day in _holidays_of(hours.holidays, day.year)


@lru_cache(maxsize=64)
def _holidays_of(code: str, year: int) -> frozenset[date]:
    country, _, part = code.partition("-")
    return frozenset(country_holidays(country, subdiv=part or None, years=year))
