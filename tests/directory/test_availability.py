"""Is somebody at work: every minute against a slow reference that looks clocks up in tables, and the order of rules.

In the suite the days around both changes of the clocks; AVAILABILITY_DAYS=731 makes it every minute of two years.
"""

import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.content import Hours, Span
from directory.availability import Schedule, availability, packed_schedule, span, unpacked_schedule
from directory.care_records import Role
from directory.fhir_people import schedule_of
from directory.fhir_resources import Absence, Period, WorkingHours

DAYS = int(os.environ.get("AVAILABILITY_DAYS", "0"))
FIRST = date(2026, 1, 1)
CHANGES = {  # zone -> days in 2026 and 2027 on which its clocks change
    "America/Chicago": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/St_Johns": (date(2026, 3, 8), date(2027, 11, 7)),
    "Europe/Berlin": (date(2027, 3, 28), date(2026, 10, 25)),
    "Pacific/Auckland": (date(2026, 9, 27), date(2026, 4, 5)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2027, 4, 4)),
}
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROWS = (  # by day, by night, through the hours that are skipped or repeated, over midnight
    (WEEK, "08:00:00", "12:00:00"),
    (("sat",), "22:00:00", "02:30:00"),
    (("sun", "wed"), "01:30:00", "03:15:00"),
    (("sun",), "02:15:00", "02:45:00"),
    (("fri",), "18:00:00", "06:00:00"),
)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Calendar:
    """Each local day of a zone: its wall minutes, with the instants at which the clock showed them."""

    days: dict[date, dict[str, list[datetime]]]

    def shows(self, day: date, wall: str, last: bool) -> datetime:
        """When the clock shows a time on a day; one that it skips is later by what is skipped."""
        shown = self.days[day]
        if wall in shown:
            return shown[wall][-1 if last else 0]
        hour, minute = map(int, wall.split(":"))
        skipped = 24 * 60 - len(shown)
        later = hour * 60 + minute + skipped
        return shown[f"{later // 60:02}:{later % 60:02}"][0]


def calendar(zone: str, first: date, days: int) -> Calendar:
    found: dict[date, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    instant = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=3)
    for _ in range((days + 6) * 1440):
        local = instant.astimezone(ZoneInfo(zone))
        found[local.date()][f"{local:%H:%M}"].append(instant)
        instant += MINUTE
    return Calendar(found)


def slowly_open(zone: str, first: date, days: int, absent: tuple[date, date]) -> set[datetime]:
    """All minutes at which the rows are open and the absence, whole days inclusive, does not hold."""
    table, found = calendar(zone, first, days), set[datetime]()
    for offset in range(-1, days):
        day = first + timedelta(days=offset)
        for listed, starts, ends in ROWS:
            if WEEK[day.weekday()] in listed:
                opens, closes = starts[:5], ends[:5]
                last_day = day + timedelta(days=1) if closes <= opens else day
                minute, end = table.shows(day, opens, last=False), table.shows(last_day, closes, last=True)
                while minute < end:
                    found.add(minute)
                    minute += MINUTE
    away = {
        instant
        for day in table.days
        if absent[0] <= day <= absent[1]
        for at in table.days[day].values()
        for instant in at
    }
    return found - away


def windows(zone: str) -> list[tuple[date, int]]:
    if DAYS:
        return [(FIRST, DAYS)]
    return [(day - timedelta(days=1), 3) for day in CHANGES[zone]]


@pytest.mark.timeout(3600 if DAYS else 120)
@pytest.mark.parametrize("zone", CHANGES)
def test_every_minute_agrees_with_the_slow_reference(zone):
    role = Role("r", "ana")
    for first, days in windows(zone):
        away = (first + timedelta(days=2), first + timedelta(days=2))
        rows = [
            WorkingHours(daysOfWeek=listed, availableStartTime=opens, availableEndTime=closes)
            for listed, opens, closes in ROWS
        ]
        absence = Absence(during=Period(start=away[0].isoformat(), end=away[1].isoformat()))
        own = unpacked_schedule(schedule_of(rows, [absence], zone))
        slow = slowly_open(zone, first, days, away)
        local_midnight = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        minutes = [local_midnight + number * MINUTE for number in range((days - 1) * 1440 + 600)]
        quick = {minute for minute in minutes if availability(role, own, minute).state == "open"}
        assert quick == slow & set(minutes), sorted(quick ^ (slow & set(minutes)))[:3]


def _row(days: tuple[str, ...], opens: str, closes: str) -> WorkingHours:
    return WorkingHours(daysOfWeek=days, availableStartTime=opens, availableEndTime=closes)


MONDAY = datetime(2026, 11, 23, 16, tzinfo=UTC)  # 10:00 in Chicago
NOTHING = unpacked_schedule("")


def open_on(*days: str, opens: str = "09:00", closes: str = "17:00") -> Schedule:
    row = span(days, opens, closes)
    assert row is not None
    return Schedule(Hours(zone="America/Chicago", weekly=(row,)))


def center(opens: str) -> Hours:
    return Hours(zone="America/Chicago", weekly=(Span(days=("mon",), opens=opens, closes="23:00"),))


def stands(role: Role, own: Schedule, **more: object) -> tuple[str, str]:
    found = availability(role, own, MONDAY, **more)  # type: ignore[arg-type]
    return found.state, found.by


def test_what_decides_in_which_order():
    role = Role("r", "ana")
    leave = Schedule(open_on("mon").hours, ((None, MONDAY + timedelta(days=1)),))
    assert stands(role, open_on("mon")) == ("open", "role")
    assert stands(role, open_on("tue")) == ("closed", "role")
    assert stands(role, leave) == ("closed", "absence")
    assert stands(role, open_on("mon"), site=open_on("tue")) == ("closed", "site")
    assert stands(role, open_on("mon"), site=NOTHING) == ("open", "role")
    assert stands(Role("r", "ana", active=False), open_on("mon")) == ("closed", "role")
    assert stands(Role("r", "ana", ends=MONDAY), open_on("mon")) == ("closed", "role")


def test_no_hours_are_unknown_and_fall_to_the_service_and_then_to_the_center():
    role = Role("r", "ana")
    assert stands(role, NOTHING) == ("unknown", "")
    assert stands(role, NOTHING, services=[open_on("mon")], center=center("20:00")) == ("open", "service")
    assert stands(role, NOTHING, services=[NOTHING], center=center("20:00")) == ("closed", "center")
    assert stands(role, NOTHING, center=center("08:00")) == ("open", "center")


def test_a_row_without_times_is_the_whole_day_and_nonsense_is_no_row():
    whole = unpacked_schedule(schedule_of([WorkingHours(daysOfWeek=("mon",), allDay=True)], [], "America/Chicago"))
    assert whole.at_work(MONDAY)
    nonsense = WorkingHours(daysOfWeek=("someday",), availableStartTime="25:00", availableEndTime="x")
    assert schedule_of([nonsense], [], "America/Chicago") == ""
    assert packed_schedule(unpacked_schedule(packed_schedule(whole))) == packed_schedule(whole)
