"""A promised quarter of an hour lies in the patient's day and in her hours, and touches neither visit nor promise."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callbacks import policy, windows
from tests.callbacks.desk import NOON, ZONE

QUARTER = timedelta(minutes=15)
ZONES = st.lists(st.sampled_from(["America/New_York", ZONE, "America/Los_Angeles", "Pacific/Honolulu"]), max_size=2)
STARTS = st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001


def always(_instant: datetime) -> bool:
    return True


def test_the_window_begins_when_her_visit_ends() -> None:
    until = NOON + timedelta(minutes=40)
    assert windows.first_window(until, (ZONE,), always) == (until, until + QUARTER)


def test_an_odd_minute_is_rounded_up_to_five() -> None:
    found = windows.first_window(NOON + timedelta(minutes=41, seconds=3), (ZONE,), always)
    assert found is not None and found[0] == NOON + timedelta(minutes=45)


def test_a_window_that_is_taken_goes_to_the_next_free_one() -> None:
    taken = [(NOON, NOON + QUARTER), (NOON + timedelta(minutes=20), NOON + timedelta(hours=1))]
    an_hour_on = NOON + timedelta(hours=1)
    assert windows.first_window(NOON, (ZONE,), always, taken) == (an_hour_on, an_hour_on + QUARTER)


def test_who_never_works_is_promised_for_no_time() -> None:
    assert windows.first_window(NOON, (ZONE,), lambda _instant: False) is None
    assert windows.choices(NOON, (ZONE,), lambda _instant: False) == ()


@given(start=STARTS, zones=ZONES, busy=st.lists(st.integers(0, 600), max_size=6))
def test_every_window_is_fit_to_be_promised(start: datetime, zones: list[str], busy: list[int]) -> None:
    taken = [(start + timedelta(minutes=at), start + timedelta(minutes=at + 30)) for at in busy]
    where = tuple(zones)
    first = windows.first_window(start, where, always, taken)
    for found in (first, *windows.choices(start, where, always, taken)):
        assert found is not None
        begins, ends = found
        assert begins >= start and ends - begins == QUARTER and begins.minute % 5 == 0 and begins.second == 0
        assert policy.may_dial(begins, where) and policy.may_dial(ends - timedelta(seconds=61), where)
        assert not any(begin < ends and begins < end for begin, end in taken)
