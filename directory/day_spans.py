"""A span of days that a calendar keeps alike: which days an administrator means, in words, and as few spans. Pure.

One day is the span from it to itself. A flaw says what was found, what is accepted, and what to do.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from config.difference import DAYS
from directory.local_csv import SheetUnusable
from directory.site_csv import TIME, DayLine

WEEKDAYS = tuple(DAYS)  # "mon" to "sun"
OPEN, CLOSED, USUAL = "open", "closed", "usual"  # how days are kept; usual: like others again
KEPT = (OPEN, CLOSED, USUAL)
AHEAD = timedelta(days=365)  # so far from today days are kept otherwise, at most
MOST_DAYS = 366  # from the first day to the last: from today, as far as that
LIKE = "a date like December 24, 2026"
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True)
class SpanAsked:
    """What was entered: days like "2026-12-24" (no last one: the first alone), weekdays (none: all), "09:00" or ""."""

    calendar: str = ""
    first: str = ""
    last: str = ""
    weekdays: tuple[str, ...] = ()
    kept: str = CLOSED
    opens: str = ""
    closes: str = ""


@dataclass(frozen=True)
class Span:
    """The days from the first to the last that fall on these weekdays (none: all), and how they are kept."""

    calendar: str
    first: date
    last: date
    weekdays: tuple[str, ...]
    kept: str
    opens: str | None = None
    closes: str | None = None

    def lines(self) -> list[DayLine]:
        """A line for each day."""
        return [self._line(day) for day in self._days()]

    def _days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            day = self.first + number * DAY
            if not self.weekdays or WEEKDAYS[day.weekday()] in self.weekdays:
                yield day

    def _line(self, day: date) -> DayLine:
        return DayLine(self.calendar, day, self.opens, self.closes, back=self.kept == USUAL)


# --- what was entered -------------------------------------------------------------------------------------------------


def read_span(asked: SpanAsked, calendars: Collection[str], today: date) -> Span:
    """The span that was entered; `SheetUnusable` with every flaw."""
    first, last = _date(asked.first), _date(asked.last or asked.first)
    flaws = [
        *_wrong_choices(asked, calendars),
        *_wrong_days(asked, first, last, today),
        *(_wrong_times(asked) if asked.kept == OPEN else ()),
    ]
    if flaws or first is None or last is None:
        raise SheetUnusable("\n".join(flaws))
    times = (asked.opens, asked.closes) if asked.kept == OPEN else (None, None)
    span = Span(asked.calendar, first, last, asked.weekdays, asked.kept, *times)
    if not span.lines():
        raise SheetUnusable(
            f"On: found no {_weekdays(span)} from {spelled(first)} to {spelled(last)}; accepted: a weekday of this "
            "span. Choose another weekday, or none for every day."
        )
    return span


def _date(entry: str) -> date | None:
    try:
        return date.fromisoformat(entry)
    except ValueError:
        return None


def _wrong_choices(asked: SpanAsked, calendars: Collection[str]) -> Iterator[str]:
    if asked.calendar not in calendars:
        yield f"Calendar: found {asked.calendar!r}; accepted: {', '.join(calendars)}. Choose one of the list."
    if asked.kept not in KEPT:
        yield f"Hours: found {asked.kept!r}; accepted: {', '.join(KEPT)}. Choose one of the list."
    if unknown := [each for each in asked.weekdays if each not in WEEKDAYS]:
        yield f"On: found {unknown[0]!r}; accepted: {', '.join(WEEKDAYS)}. Choose among these, or none for every day."


def _wrong_days(asked: SpanAsked, first: date | None, last: date | None, today: date) -> Iterator[str]:
    if first is None:
        yield f"From: found {asked.first!r}; accepted: {LIKE}. Enter the first day."
    if last is None and asked.last:
        yield f"To: found {asked.last!r}; accepted: {LIKE}. Enter the last day, or nothing for one day."
    if first is None or last is None:
        return
    if first < today:
        yield f"From: found {spelled(first)}, which is over; accepted: {spelled(today)} or later. Begin today."
    if last < first:
        accepted = f"{spelled(first)} or later"
        yield f"To: found {spelled(last)}; accepted: {accepted}. Enter a last day that is not before the first."
    if last - first >= MOST_DAYS * DAY:
        yield f"To: found {(last - first).days + 1} days; accepted: at most {MOST_DAYS}. Do it in two spans."
    if last > today + AHEAD and asked.kept != USUAL:
        latest = spelled(today + AHEAD)
        yield f"To: found {spelled(last)}; accepted: until {latest}, a year ahead. End earlier, and add the rest later."


def _wrong_times(asked: SpanAsked) -> Iterator[str]:
    for name, entry in (("Opens", asked.opens), ("Closes", asked.closes)):
        if not TIME.fullmatch(entry):
            yield f"{name}: found {entry!r}; accepted: a time like 9:00 AM. Enter it, or choose closed all day."


# --- in words ---------------------------------------------------------------------------------------------------------


def told(span: Span, changed: int, *, dry: bool) -> str:
    """What becomes of a span, of which so many days change."""
    if not changed:
        return f"Nothing changes: {span.calendar} is kept so already, {_when(span)}."
    days = "1 day" if changed == 1 else f"{changed} days"
    verb = ("changes" if changed == 1 else "change") if dry else "changed"
    return f"{days} {verb}: {span.calendar} is {_how(span)}, {_when(span)}."


def _how(span: Span) -> str:
    if span.kept == USUAL:
        return "kept as on other days again"
    if not span.opens or not span.closes:
        return "closed all day"
    overnight = " of the next day" if span.closes <= span.opens else ""
    return f"open from {clock_time(span.opens)} to {clock_time(span.closes)}{overnight}"


def _when(span: Span) -> str:
    if span.first == span.last:
        return f"on {spelled(span.first)}"
    every = f"every {_weekdays(span)}" if span.weekdays else "every day"
    return f"{every} from {spelled(span.first)} to {spelled(span.last)}"


def _weekdays(span: Span) -> str:
    names = [DAYS[each] for each in WEEKDAYS if each in span.weekdays]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def spelled(day: date) -> str:
    """A day in words: "Thursday, December 24, 2026"."""
    return f"{day:%A, %B} {day.day}, {day.year}"


def clock_time(entry: str) -> str:
    """A time of day as people here say it: "09:00" gives "9:00 AM"."""
    return "midnight" if entry == "24:00" else f"{time.fromisoformat(entry):%-I:%M %p}"


# --- as few spans -----------------------------------------------------------------------------------------------------


def spans(lines: Iterable[DayLine]) -> list[Span]:
    """Days as spans of days in a row, or of one weekday in weeks in a row, that are kept alike; by their first days."""
    alike: dict[tuple[str, str | None, str | None], list[date]] = {}
    for line in lines:
        alike.setdefault((line.calendar, line.opens, line.closes), []).append(line.day)
    found = [
        Span(calendar, first, last, weekdays, OPEN if opens else CLOSED, opens, closes)
        for (calendar, opens, closes), days in alike.items()
        for first, last, weekdays in _runs(days)
    ]
    return sorted(found, key=lambda span: (span.first, span.calendar))


def _runs(days: list[date]) -> Iterator[tuple[date, date, tuple[str, ...]]]:
    left = set(days)
    for day in sorted(days):
        if day not in left:
            continue
        in_a_row, weekly = _run(day, DAY, left), _run(day, WEEK, left)
        run = weekly if len(weekly) > len(in_a_row) else in_a_row
        left.difference_update(run)
        yield run[0], run[-1], (WEEKDAYS[day.weekday()],) if run is weekly else ()


def _run(first: date, step: timedelta, days: Collection[date]) -> list[date]:
    """The days from the first on, a step apart each, as far as one span reaches."""
    run = [first]
    while (following := run[-1] + step) in days and following - first < MOST_DAYS * DAY:
        run.append(following)
    return run
