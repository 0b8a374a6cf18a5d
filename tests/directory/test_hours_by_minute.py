"""Opening hours against a slow rule written from the wall clock: every minute of two years, in five zones.

The short form compares both rules on every minute of the nights on which clocks change and around every place where
either rule changes its mind. HOURS_EVERY_MINUTE=1 compares all minutes: about five million, some minutes long.
"""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays

from config.content import Exception_, Hours, Span
from config.reading import read_content
from config.settings import ROOT
from directory.hours import is_open, next_opening, open_state
from directory.standing import standing
from facts import calendar_now
from ivr.knowledge import ClinicNow

ZONES = ("America/Chicago", "America/St_Johns", "America/Phoenix", "Europe/Berlin", "Australia/Lord_Howe")
FIRST, LAST = date(2026, 1, 1), date(2028, 1, 1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_MINUTE = bool(os.environ.get("HOURS_EVERY_MINUTE"))
pytestmark = pytest.mark.timeout(3600 if EVERY_MINUTE else 120)

CONTENT = read_content(ROOT / "config")

Interval = tuple[datetime, datetime]


def calendar(zone: str) -> Hours:
    """Hours that meet every change of clocks: a day's, one over midnight, and one that begins in the lost hour."""
    return Hours(
        zone=zone,
        weekly=(
            Span(days=("mon", "tue", "wed", "thu", "fri"), opens="07:00", closes="19:00"),
            Span(days=("sat",), opens="22:00", closes="01:30"),
            Span(days=("sun",), opens="02:15", closes="02:45"),
            Span(days=("sun",), opens="08:00", closes="00:00"),
        ),
        exceptions=(Exception_(date="2026-12-24", opens="08:00", closes="12:00"), Exception_(date="2027-07-05")),
        holidays="US-IL",
    )


def shown(zone: ZoneInfo, day: date) -> dict[int, list[datetime]]:
    """Every instant of a local day, by the minute that the wall clock shows then: none, one, or two."""
    found: dict[int, list[datetime]] = {}
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) - 15 * HOUR
    for _ in range(54 * 60):
        wall = now.astimezone(zone)
        if wall.date() == day:
            found.setdefault(wall.hour * 60 + wall.minute, []).append(now)
        now += MINUTE
    return found


def changes(zone: ZoneInfo, day: date) -> bool:
    """Whether the clocks may change on that day, or close to it."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return (noon - 40 * HOUR).astimezone(zone).utcoffset() != (noon + 40 * HOUR).astimezone(zone).utcoffset()


def at_wall(zone: ZoneInfo, day: date, text: str, *, last: bool) -> datetime:
    """The instant at which the clock shows it: the first or the second time. If it never does, as long after the last
    minute it showed as if it had gone on."""
    minute = int(text[:2]) * 60 + int(text[3:])
    if not changes(zone, day):
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return midnight + minute * MINUTE - (midnight.astimezone(zone).utcoffset() or timedelta())
    clock = shown(zone, day)
    if found := clock.get(minute):
        return found[-1] if last else found[0]
    before = next(length for length in range(1, 181) if minute - length in clock)
    return clock[minute - before][-1] + before * MINUTE


def slow_spans(hours: Hours) -> Iterator[Interval]:
    """From when to when it is open, day by day."""
    zone, free = ZoneInfo(hours.zone), country_holidays("US", subdiv="IL", years=(2025, 2026, 2027, 2028))
    special = {exception.date: exception for exception in hours.exceptions}
    day = FIRST - 2 * DAY
    while day < LAST:
        if found := special.get(day.isoformat()):
            spans = [(found.opens, found.closes)] if found.opens and found.closes else []
        else:
            spans = [] if day in free else [(s.opens, s.closes) for s in hours.weekly if WEEK[day.weekday()] in s.days]
        for opens, closes in spans:
            until = day + DAY if closes <= opens else day
            yield at_wall(zone, day, opens, last=False), at_wall(zone, until, closes, last=True)
        day += DAY


@pytest.mark.parametrize("zone", ZONES)
def test_both_rules_agree_by_the_minute(zone: str):
    hours = calendar(zone)
    spans = sorted(slow_spans(hours))
    asked = {edge + offset * MINUTE for span in spans for edge in span for offset in (-1, 0)}
    asked |= set(minutes_asked(zone))
    assert [now for now in sorted(asked) if is_open(hours, now) != slowly_open(spans, now)] == []


@pytest.mark.parametrize("zone", ZONES)
def test_the_next_opening_is_that_of_the_slow_rule(zone: str):
    hours = calendar(zone)
    spans = sorted(slow_spans(hours))
    for start, _ in spans[3::41]:
        before = start - MINUTE
        if not slowly_open(spans, before):
            assert next_opening(hours, before) == start


@pytest.mark.parametrize("zone", ZONES)
def test_a_preview_is_what_the_conversation_is_told_and_names_the_next_change(zone: str):
    hours = calendar(zone)
    spans = sorted(slow_spans(hours))
    asked = sorted({edge + offset * MINUTE for span in spans[3::17] for edge in span for offset in (-1, 0)})
    asked += list(minutes_asked(zone))[:: 1 if EVERY_MINUTE else 31]
    for now in asked:
        shown = standing(hours, now)
        told = ClinicNow(now, CONTENT, hours={"here": calendar_now(open_state(hours, now), zone)}).by("here")
        state = shown.state
        assert (state.open, state.opens_at, state.why) == (told.open, told.opens_at, told.standing.why)
        assert state.open == slowly_open(spans, now)
        assert shown.changes_at is not None
        if shown.changes_at > spans[-1][1]:
            continue  # beyond what the slow rule was asked for
        assert slowly_open(spans, shown.changes_at) != shown.state.open
        assert not changes_between(spans, now, shown.changes_at, is_open_now=shown.state.open)


def changes_between(spans: Sequence[Interval], begin: datetime, end: datetime, *, is_open_now: bool) -> bool:
    """Whether the slow rule changes its mind between two instants, the second excluded."""
    near = bisect_right(spans, (begin, begin + 1000 * DAY))
    edges = {edge for span in spans[max(0, near - 8) : near + 8] for edge in span if begin < edge < end}
    return any(slowly_open(spans, edge) != is_open_now for edge in edges)


def slowly_open(spans: Sequence[Interval], now: datetime) -> bool:
    """Whether any of the spans that begin before it holds the instant; none is longer than a day or two."""
    at = bisect_right(spans, (now, now + 1000 * DAY))
    return any(start <= now < end for start, end in spans[max(0, at - 8) : at])


def minutes_asked(zone: str) -> Iterator[datetime]:
    """Every minute of the days on which clocks change; of all days, when asked."""
    place, now = ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC)
    while now.date() < LAST:
        if EVERY_MINUTE or now.astimezone(place).utcoffset() != (now + DAY).astimezone(place).utcoffset():
            yield from (now + minute * MINUTE for minute in range(1440))
        now += DAY
