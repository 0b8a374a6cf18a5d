"""Opening hours, nights on which the clocks change included: the instants are compared with the clinic's wall clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from config.content import Exception_, Hours, Span
from directory import store
from directory.hours import Override, is_open, next_opening, open_state, service_state, with_days

Days = tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
CHICAGO = ZoneInfo("America/Chicago")
WEEKDAYS: Days = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Hours(zone="America/Chicago", weekly=(Span(days=WEEKDAYS, opens="08:00", closes="17:00"),))
ALL_DAYS: Days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)  # 02:00 becomes 03:00; 02:00 becomes 01:00


def local(year: int, month: int, day: int, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CHICAGO, fold=fold).astimezone(UTC)


def nightly(opens: str, closes: str) -> Hours:
    return Hours(zone="America/Chicago", weekly=(Span(days=ALL_DAYS, opens=opens, closes=closes),))


def test_open_from_the_opening_minute_to_the_closing_minute():
    assert not is_open(OFFICE, local(2026, 11, 23, 7, 59))
    assert is_open(OFFICE, local(2026, 11, 23, 8))
    assert is_open(OFFICE, local(2026, 11, 23, 16, 59))
    assert not is_open(OFFICE, local(2026, 11, 23, 17))


def test_on_friday_evening_the_next_opening_is_monday_morning():
    assert next_opening(OFFICE, local(2026, 11, 20, 18)) == local(2026, 11, 23, 8)


def test_the_next_opening_while_open_is_tomorrows():
    assert next_opening(OFFICE, local(2026, 11, 23, 9)) == local(2026, 11, 24, 8)


def test_without_hours_nobody_can_say_when_we_open():
    never = Hours(zone="America/Chicago", weekly=())
    assert open_state(never, local(2026, 11, 23, 9)).opens_at is None


def test_round_the_clock_is_always_open_and_never_opens_again():
    for closes in ("24:00", "00:00"):
        hours = nightly("00:00", closes)
        assert is_open(hours, local(2026, 11, 23, 0))
        assert is_open(hours, local(2026, 11, 23, 23, 59))
        assert next_opening(hours, local(2026, 11, 23, 9)) is None


def test_a_span_past_midnight_belongs_to_the_day_it_begins_on():
    night = Hours(zone="America/Chicago", weekly=(Span(days=("fri",), opens="20:00", closes="02:00"),))
    assert is_open(night, local(2026, 11, 21, 1, 59))
    assert not is_open(night, local(2026, 11, 21, 2))
    assert not is_open(night, local(2026, 11, 20, 1))


def test_a_time_that_the_clocks_skip_is_taken_an_hour_later():
    assert next_opening(nightly("02:30", "05:00"), local(2026, 3, 8, 1)) == local(2026, 3, 8, 3, 30)
    assert is_open(nightly("00:30", "02:30"), local(2026, 3, 8, 3, 29))
    assert not is_open(nightly("00:30", "02:30"), local(2026, 3, 8, 3, 30))


def test_a_span_that_ends_in_the_repeated_hour_ends_with_the_second():
    hours = nightly("00:30", "01:30")
    assert is_open(hours, local(2026, 11, 1, 1, 29, fold=1))
    assert not is_open(hours, local(2026, 11, 1, 1, 30, fold=1))


def test_an_exception_replaces_the_day_and_a_holiday_closes_it():
    hours = OFFICE.model_copy(
        update={
            "holidays": "US-IL",
            "exceptions": (
                Exception_(date="2026-11-24"),
                Exception_(date="2026-11-25", opens="10:00", closes="12:00"),
                Exception_(date="2026-12-25", opens="09:00", closes="11:00"),
            ),
        }
    )
    assert open_state(hours, local(2026, 11, 24, 9)).why == "exception"
    assert next_opening(hours, local(2026, 11, 24, 9)) == local(2026, 11, 25, 10)
    thanksgiving = open_state(hours, local(2026, 11, 26, 9))
    assert (thanksgiving.open, thanksgiving.why, thanksgiving.opens_at) == (False, "holiday", local(2026, 11, 27, 8))
    assert is_open(hours, local(2026, 12, 25, 9, 30))


def test_forced_closed_lasts_until_its_end_and_tells_when_we_open():
    until = local(2026, 11, 23, 12)
    forced = Override("closed", until)
    state = open_state(OFFICE, local(2026, 11, 23, 9), forced)
    assert (state.open, state.opens_at, state.why) == (False, until, "forced")
    assert open_state(OFFICE, until, forced).open
    evening = Override("closed", local(2026, 11, 23, 20))
    assert open_state(OFFICE, local(2026, 11, 23, 9), evening).opens_at == local(2026, 11, 24, 8)
    assert open_state(OFFICE, local(2026, 11, 23, 9), Override("closed", None)).opens_at is None


def test_forced_open_holds_at_night_until_it_is_over():
    night = local(2026, 11, 23, 23)
    assert open_state(OFFICE, night, Override("open", None)).open
    assert not open_state(OFFICE, night, Override("open", night)).open
    assert not open_state(OFFICE, night, Override("normal", None)).open


def test_the_latest_override_stands_and_lifting_it_brings_the_hours_back(tx):
    night = local(2026, 11, 23, 23)
    assert not store.open_state(tx, OFFICE, night).open
    store.set_override(tx, state="closed", until=None, by="sam", now=night)
    store.set_override(tx, state="open", until=None, by="sam", now=night)
    assert store.open_state(tx, OFFICE, night).why == "forced"
    store.set_override(tx, state="normal", until=None, by="sam", now=night)
    assert not store.open_state(tx, OFFICE, night).open


wall_times = st.integers(0, 23 * 4 + 3).map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
spans = st.builds(Span, days=st.just(ALL_DAYS), opens=wall_times, closes=wall_times)
offices = st.lists(spans, min_size=1, max_size=3).map(lambda some: Hours(zone="America/Chicago", weekly=tuple(some)))
nights = st.sampled_from((SPRING, AUTUMN))
minutes = st.integers(-24 * 60, 48 * 60)


def _instant(night: date, minute: int) -> datetime:
    return datetime(night.year, night.month, night.day, 6, tzinfo=UTC) + timedelta(minutes=minute)


@settings(max_examples=80, deadline=None)
@given(hours=offices, night=nights, minute=minutes)
def test_around_nights_of_change_nothing_lies_between_now_and_the_next_opening(hours, night, minute):
    now = _instant(night, minute)
    opens = next_opening(hours, now)
    if opens is None:
        assert is_open(hours, now)
        return
    assert opens > now
    assert is_open(hours, opens)
    assert not is_open(hours, opens - timedelta(seconds=1))
    if not is_open(hours, now):
        quarters = range(0, int((opens - now).total_seconds()), 900)
        assert not any(is_open(hours, now + timedelta(seconds=passed)) for passed in quarters)


@settings(max_examples=80, deadline=None)
@given(hours=offices, night=nights, minute=minutes)
def test_outside_the_changed_hours_the_wall_clock_decides(hours, night, minute):
    now = _instant(night, minute)
    wall = now.astimezone(CHICAGO)
    if wall.date() != night or not 1 <= wall.hour < 4:
        assert is_open(hours, now) == any(_covers(span, f"{wall:%H:%M}") for span in hours.weekly)


def _covers(span: Span, clock: str) -> bool:
    if span.opens < span.closes:
        return span.opens <= clock < span.closes
    return clock >= span.opens or clock < span.closes


MORNING, AFTERNOON, LATE = local(2026, 11, 24, 9), local(2026, 11, 24, 15), local(2026, 11, 24, 22)


def test_a_service_closed_by_itself_opens_when_the_center_is_open_too():
    def stands(until: datetime | None, center: Override | None = None) -> tuple[object, ...]:
        found = service_state(OFFICE, MORNING, center, Override("closed", until))
        return found.open, found.opens_at, found.why

    assert stands(AFTERNOON) == (False, AFTERNOON, "forced")
    assert stands(LATE) == (False, local(2026, 11, 25, 8), "forced"), "by then the center is closed for the night"
    assert stands(None) == (False, None, "forced")
    assert stands(LATE, Override("open", None)) == (False, LATE, "forced"), "somebody keeps the center open"
    assert stands(AFTERNOON, Override("closed", None)) == (False, None, "forced")
    assert stands(MORNING) == (True, None, "hours"), "it is over"
    assert service_state(OFFICE, MORNING, None, None).open


def test_the_days_of_the_site_stand_above_those_of_the_content():
    closed = with_days(OFFICE, [Exception_(date="2026-11-24")])
    assert not is_open(closed, MORNING)
    assert is_open(with_days(closed, [Exception_(date="2026-11-24", opens="08:00", closes="18:00")]), MORNING)
    assert with_days(OFFICE, []) is OFFICE


def test_one_service_is_forced_beside_the_whole_center(tx):
    store.set_override(tx, state="closed", until=AFTERNOON, by="sam", now=MORNING, service="nurse")
    assert store.closed_services(tx, MORNING) == {"nurse": AFTERNOON}
    assert not store.open_state(tx, OFFICE, MORNING, "nurse").open
    assert store.open_state(tx, OFFICE, MORNING, "therapy").open
    assert store.open_state(tx, OFFICE, MORNING).open
    store.set_override(tx, state="normal", until=None, by="sam", now=MORNING)
    assert not store.open_state(tx, OFFICE, MORNING, "nurse").open, "that is another matter"
    assert store.closed_services(tx, AFTERNOON) == {}
