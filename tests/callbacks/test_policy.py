"""When a patient may be rung: never at night where he is, never a fourth time, never blindly again."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks import policy
from callbacks.policy import Verdict, Wording
from callbacks.requests import Attempt, AttemptState
from directory.wished_hours import hours_in, read_hours
from tests.callbacks.desk import NOON, ZONE

ZONES = ["America/New_York", "America/Chicago", "America/Phoenix", "Pacific/Honolulu", "America/Indiana/Indianapolis"]
WALL_CLOCK = datetime.fromisoformat  # hypothesis wants bounds without a zone
INSTANTS = st.datetimes(WALL_CLOCK("2025-01-01"), WALL_CLOCK("2028-01-01"), timezones=st.just(UTC))


def at(clock: str, zone: str = ZONE, day: str = "2026-03-03") -> datetime:
    """A wall-clock time at the patient, as a UTC instant."""
    local = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), ZoneInfo(zone))
    return local.astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "may"),
    [("07:59:59", False), ("08:00", True), ("12:00", True), ("19:59:59", True), ("20:00", False), ("00:00", False)],
)
def test_patients_are_rung_from_eight_until_before_eight(clock: str, may: bool) -> None:
    assert policy.may_dial(at(clock), (ZONE,)) is may


def test_the_day_is_the_patients_not_the_servers() -> None:
    breakfast_in_new_york = at("08:30", "America/New_York")
    assert policy.may_dial(breakfast_in_new_york, ("America/New_York",))
    assert not policy.may_dial(breakfast_in_new_york, ("America/Chicago",))


def test_too_early_waits_for_the_same_morning_and_too_late_for_the_next() -> None:
    assert policy.next_allowed(at("03:00"), (ZONE,)) == at("08:00")
    assert policy.next_allowed(at("20:00"), (ZONE,)) == at("08:00", day="2026-03-04")


def test_the_morning_after_the_clocks_change_is_eight_by_the_new_clock() -> None:
    assert policy.next_allowed(at("21:00", day="2026-03-07"), (ZONE,)) == datetime(2026, 3, 8, 13, tzinfo=UTC)
    assert policy.next_allowed(at("21:00", day="2026-10-31"), (ZONE,)) == datetime(2026, 11, 1, 14, tzinfo=UTC)


@given(instant=INSTANTS, zone=st.sampled_from(ZONES))
def test_the_next_allowed_instant_is_allowed_not_earlier_and_less_than_thirteen_hours_off(
    instant: datetime, zone: str
) -> None:
    allowed = policy.next_allowed(instant, (zone,))
    assert policy.may_dial(allowed, (zone,))
    assert instant <= allowed <= instant + timedelta(hours=13)


def chosen(text: str, zone: str = ZONE) -> policy.Wished:
    return (hours_in(read_hours(text), zone),)


def test_within_the_day_he_is_rung_in_the_hours_of_his_choice_alone() -> None:
    mornings = chosen("mon-fri 06:00-10:00 18:30-22:00")
    may = {
        clock: policy.may_dial(at(clock), (ZONE,), mornings) for clock in ("07:00", "08:00", "10:00", "19:59", "20:00")
    }
    assert may == {"07:00": False, "08:00": True, "10:00": False, "19:59": True, "20:00": False}
    assert policy.next_allowed(at("10:00"), (ZONE,), mornings) == at("18:30")
    friday_night = at("20:00", day="2026-03-06")
    assert policy.next_allowed(friday_night, (ZONE,), mornings) == at("08:00", day="2026-03-09")
    assert policy.evening_after(at("09:00"), (ZONE,), mornings) == at("10:00")
    assert not policy.rings_in_window(at("09:59"), (ZONE,), 120, mornings)


def test_the_hours_of_his_choice_are_those_of_the_wall_on_both_sides_of_a_change_of_the_clock() -> None:
    early = chosen("08:00-09:00")
    assert policy.next_allowed(at("21:00", day="2026-03-07"), (ZONE,), early) == datetime(2026, 3, 8, 13, tzinfo=UTC)
    assert policy.next_allowed(at("21:00", day="2026-10-31"), (ZONE,), early) == datetime(2026, 11, 1, 14, tzinfo=UTC)
    skipped = chosen("sun 02:00-02:59")  # an hour that this night lacks, and no day either
    assert not policy.may_dial(policy.next_allowed(NOON, (ZONE,), skipped), (ZONE,), skipped)


@given(instant=INSTANTS, zone=st.sampled_from(ZONES), begins=st.integers(8, 18), days=st.sampled_from(["", "tue,sat "]))
def test_the_next_allowed_instant_is_one_of_his_choice_and_of_the_day(
    instant: datetime, zone: str, begins: int, days: str
) -> None:
    wished = chosen(f"{days}{begins:02}:15-{begins + 1:02}:15", zone)
    allowed = policy.next_allowed(instant, (zone,), wished)
    local = allowed.astimezone(ZoneInfo(zone))
    assert instant <= allowed < instant + timedelta(days=8)
    assert policy.may_dial(allowed, (zone,), wished)
    assert time(begins, 15) <= local.time() < time(begins + 1, 15)


def test_where_no_hour_of_his_choice_is_daytime_no_try_is_made_and_a_person_decides() -> None:
    nights = chosen("21:00-23:00")
    assert policy.next_due(1, NOON, (ZONE,), nights) is None
    assert policy.next_due_at_front(1, NOON, (ZONE,), nights) is None
    assert policy.next_due_unplaced(1, NOON, (ZONE,), nights) is None


def test_a_promise_reaches_over_as_many_of_his_hours_as_it_needs() -> None:
    lunch = chosen("12:00-12:45")
    assert policy.promise_by(at("09:00"), (ZONE,), wished=lunch) == at("12:30", day="2026-03-05")


def test_the_pause_before_the_next_try_grows_until_the_third_was_the_last() -> None:
    assert policy.next_due(1, NOON, (ZONE,)) == NOON + timedelta(minutes=30)
    assert policy.next_due(2, NOON, (ZONE,)) == NOON + timedelta(minutes=90)
    assert policy.next_due(3, NOON, (ZONE,)) is None


@given(instant=INSTANTS, here=st.sampled_from(ZONES), there=st.sampled_from(ZONES))
def test_where_two_zones_are_named_it_is_day_in_both(instant: datetime, here: str, there: str) -> None:
    allowed = policy.next_allowed(instant, (here, there))
    assert policy.may_dial(allowed, (here,))
    assert policy.may_dial(allowed, (there,))
    assert instant <= allowed <= instant + timedelta(hours=20)


@given(instant=INSTANTS, zone=st.sampled_from(["America/New_York", "America/Chicago", "America/Los_Angeles"]))
def test_of_whom_nobody_knows_where_he_is_is_rung_only_while_it_is_day_from_coast_to_coast(
    instant: datetime, zone: str
) -> None:
    assert policy.may_dial(policy.next_allowed(instant, ()), (zone,))


def test_zones_whose_days_never_meet_are_never_dialled() -> None:
    apart = ("Pacific/Kiritimati", "America/Noronha", "Asia/Kolkata")
    assert not policy.may_dial(policy.next_allowed(NOON, apart), apart)


def test_a_try_in_the_last_half_hour_of_the_day_goes_on_next_morning() -> None:
    assert policy.next_due(1, at("19:45"), (ZONE,)) == at("08:00", day="2026-03-04")


def test_tries_that_never_rang_come_ever_slower_and_end_with_a_person() -> None:
    minutes = [policy.next_due_unplaced(tries, NOON, (ZONE,)) for tries in range(1, 6)]
    assert minutes == [*(NOON + timedelta(minutes=pause) for pause in (1, 2, 4, 8)), None]


def attempt(state: AttemptState) -> Attempt:
    return Attempt(1, "r1", 1, 1, state, None, NOON, NOON, NOON, None, None)


@pytest.mark.parametrize(
    ("state", "why", "means"),
    [
        (AttemptState.INTENDED, "expired", Verdict.AGAIN_SOON),
        (AttemptState.INTENDED, "not_placed", Verdict.AGAIN_SOON),
        (AttemptState.UNKNOWN, "not_placed", Verdict.AGAIN_SOON),
        (AttemptState.UNKNOWN, "expired", Verdict.NOBODY_KNOWS),
        (AttemptState.UNKNOWN, "refused", Verdict.NEVER_WILL),
        (AttemptState.INTENDED, "refused", Verdict.NEVER_WILL),
        (AttemptState.PLACED, "refused", Verdict.COUNTS),
        (AttemptState.PLACED, "operator", Verdict.BY_PERSON),
        (AttemptState.UNKNOWN, "no_answer", Verdict.COUNTS),
        (AttemptState.PLACED, "expired", Verdict.COUNTS),
        (AttemptState.PLACED, "busy", Verdict.COUNTS),
        (AttemptState.PLACED, "not_placed", Verdict.COUNTS),
        (AttemptState.ANSWERED, "no_key", Verdict.COUNTS),
    ],
)
def test_what_a_try_that_came_to_nothing_means(state: AttemptState, why: str, means: Verdict) -> None:
    assert policy.verdict(attempt(state), why) is means


def test_a_promise_that_reaches_past_the_evening_goes_on_next_morning() -> None:
    assert policy.promise_by(at("12:00"), (ZONE,)) == at("14:00")
    assert policy.promise_by(at("19:00"), (ZONE,)) == at("09:00", day="2026-03-04")
    assert policy.promise_by(at("23:00"), (ZONE,)) == at("10:00", day="2026-03-04")


@pytest.mark.parametrize(
    ("by", "wording", "minutes"),
    [
        (at("12:31"), Wording.WITHIN, 35),
        (at("13:00"), Wording.WITHIN, 60),
        (at("11:00"), Wording.WITHIN, 0),
        (at("14:00"), Wording.TODAY, 120),
        (at("09:00", day="2026-03-04"), Wording.TOMORROW, 1260),
        (at("09:00", day="2026-03-06"), Wording.LATER, 4140),
    ],
)
def test_a_promise_is_spoken_in_the_patients_own_time(by: datetime, wording: Wording, minutes: int) -> None:
    said = policy.spoken(at("12:00"), by, ZONE)
    assert (said.wording, said.minutes) == (wording, minutes)
    assert said.clock == by.astimezone(ZoneInfo(ZONE)).time()


def test_a_later_day_is_named() -> None:
    assert policy.spoken(at("12:00"), at("09:00", day="2026-03-06"), ZONE).weekday == 4
