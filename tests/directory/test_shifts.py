"""Until when somebody is at work by the hours of his roles: against every minute, looked at one by one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.content import Hours
from directory.availability import Schedule, span
from directory.care_records import Role
from directory.shifts import LONGEST_SHIFT, Post, shift_ends

MINUTE = timedelta(minutes=1)
CHICAGO = ZoneInfo("America/Chicago")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONDAY = datetime(2026, 11, 23, 10, tzinfo=CHICAGO).astimezone(UTC)
NO_HOURS = Schedule(Hours(zone="UTC", weekly=()))
# The days around both changes of the clocks of 2026, and a plain week.
DAYS = (datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC), datetime(2026, 6, 8, tzinfo=UTC))


def open_on(*days: str, opens: str = "09:00", closes: str = "17:00", zone: str = "America/Chicago") -> Schedule:
    row = span(days, opens, closes)
    assert row is not None
    return Schedule(Hours(zone=zone, weekly=(row,)))


def away(schedule: Schedule, *absent: tuple[datetime | None, datetime | None]) -> Schedule:
    return Schedule(schedule.hours, absent)


def post(own: Schedule = NO_HOURS, site: Schedule | None = None, *services: Schedule, **role: datetime) -> Post:
    return Post(Role("r", "ana", **role), own, site, services)  # type: ignore[arg-type]


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHICAGO).astimezone(UTC)


def test_the_hours_of_her_role_end_her_shift() -> None:
    assert shift_ends([post(open_on("mon"))], MONDAY) == at(17)


@pytest.mark.parametrize(
    "posts",
    [
        [],
        [post()],
        [post(open_on("tue"))],
        [post(open_on("mon", opens="11:00"))],
        [post(NO_HOURS, open_on("mon"))],  # the hours of a place open nobody's shift
        [post(open_on("mon"), open_on("tue"))],
        [post(open_on("mon"), ends=MONDAY)],
        [post(away(open_on("mon"), (None, None)))],
    ],
    ids=["no_role", "no_hours", "other_day", "later", "place_alone", "place_closed", "role_over", "on_leave"],
)
def test_who_is_not_at_work_by_any_hours_has_no_end(posts: list[Post]) -> None:
    assert shift_ends(posts, MONDAY) is None


def test_the_first_of_place_absence_role_and_hours_ends_it() -> None:
    assert shift_ends([post(open_on("mon"), open_on("mon", closes="16:00"))], MONDAY) == at(16)
    assert shift_ends([post(away(open_on("mon"), (at(14), at(15))))], MONDAY) == at(14)
    assert shift_ends([post(away(open_on("mon"), (at(8), at(9)), (at(15), None)))], MONDAY) == at(15)
    assert shift_ends([post(open_on("mon"), ends=at(13))], MONDAY) == at(13)


def test_without_hours_of_her_own_the_longest_of_her_services_counts() -> None:
    services = (open_on("mon", closes="12:00"), open_on("mon", closes="15:00"), NO_HOURS)
    assert shift_ends([post(NO_HOURS, None, *services)], MONDAY) == at(15)
    assert shift_ends([post(away(NO_HOURS, (at(11), None)), None, *services)], MONDAY) == at(11)


def test_one_role_goes_on_where_another_ends_and_one_without_hours_says_nothing() -> None:
    early, late = open_on("mon", closes="12:00"), open_on("mon", opens="12:00", closes="18:00")
    assert shift_ends([post(early), post(late), post()], MONDAY) == at(18)
    assert shift_ends([post(early), post(open_on("mon", opens="12:01"))], MONDAY) == at(12)


def test_a_night_goes_over_midnight_and_hours_without_an_end_have_none() -> None:
    night = open_on("mon", opens="20:00", closes="06:00")
    assert shift_ends([post(night)], at(23)) == at(6, day=24)
    always = open_on(*WEEK, opens="00:00", closes="24:00")
    assert shift_ends([post(always)], MONDAY) is None
    assert shift_ends([post(away(always, (at(10, day=25), None)))], MONDAY) == at(10, day=25)


def test_a_night_on_which_clocks_change_is_as_long_as_it_is() -> None:
    night = open_on("sat", opens="22:00", closes="06:00")
    spring = datetime(2026, 3, 7, 22, tzinfo=CHICAGO).astimezone(UTC)
    autumn = datetime(2026, 10, 31, 22, tzinfo=CHICAGO).astimezone(UTC)
    assert shift_ends([post(night)], spring) == spring + timedelta(hours=7)
    assert shift_ends([post(night)], autumn) == autumn + timedelta(hours=9)


# --- any hours, against every minute ---

CLOCKS = st.sampled_from(("00:00", "01:30", "02:15", "02:45", "08:00", "12:00", "17:30", "22:00", "24:00"))
ZONES = st.sampled_from(("America/Chicago", "Europe/Berlin", "Australia/Lord_Howe"))


@st.composite
def schedules(draw: st.DrawFn, first: datetime) -> Schedule:
    zone = draw(ZONES)
    rows = draw(st.lists(st.tuples(st.sets(st.sampled_from(WEEK), min_size=1), CLOCKS, CLOCKS), max_size=3))
    found = (span(tuple(sorted(days)), opens, closes) for days, opens, closes in rows)
    edges = st.integers(0, 5 * 1440).map(lambda minute: first + minute * MINUTE) | st.none()
    absences = draw(st.lists(st.tuples(edges, edges), max_size=2))
    return Schedule(Hours(zone=zone, weekly=tuple(row for row in found if row)), tuple(absences))


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Post], datetime]:
    first = draw(st.sampled_from(DAYS))
    any_hours = schedules(first)
    posts = draw(
        st.lists(
            st.builds(
                Post,
                st.builds(
                    Role,
                    st.just("r"),
                    st.just("ana"),
                    ends=st.none() | st.integers(0, 4000).map(lambda minute: first + minute * MINUTE),
                    active=st.sampled_from((True, True, True, False)),
                ),
                any_hours,
                st.none() | any_hours,
                st.lists(any_hours, max_size=2),
            ),
            min_size=1,
            max_size=3,
        )
    )
    return posts, first + draw(st.integers(0, 4 * 1440)) * MINUTE


def slowly_ends(posts: list[Post], now: datetime) -> datetime | None:
    """The first minute at which no role is open by its hours."""
    instant = now
    while any(each.stands(instant).state == "open" for each in posts):
        instant += MINUTE
        if instant > now + timedelta(days=2):
            return NEVER_SOON
    return instant if instant > now else None


NEVER_SOON = datetime(1970, 1, 1, tzinfo=UTC)


@given(situations())
@settings(max_examples=150, deadline=None)
def test_every_minute_before_the_end_is_worked_and_the_end_is_not(situation: tuple[list[Post], datetime]) -> None:
    posts, now = situation
    slow, quick = slowly_ends(posts, now), shift_ends(posts, now)
    if slow is NEVER_SOON:
        assert quick is None or now + timedelta(days=2) < quick <= now + LONGEST_SHIFT
    else:
        assert quick == slow
