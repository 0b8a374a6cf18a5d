"""Alarms rise at their limit, do not flicker, and are raised once, whatever two clocks do."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from calls import alarms_store
from calls.alarms import CLEARED_BELOW, Alarm, Kind, Reading, to_clear, to_raise
from config.columns import metadata
from config.database import Database

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
LIMITS = {"longest_wait": 180.0, "no_cover": 1.0}
WAIT = Kind.LONGEST_WAIT


def alarm(kind: Kind = WAIT, subject: str = "therapy") -> Alarm:
    return Alarm(1, kind, subject, 200.0, NOW)


def test_one_rises_at_its_limit_and_is_over_only_well_below_it() -> None:
    assert to_raise([Reading(WAIT, "therapy", 179.9)], LIMITS, set()) == []
    high = Reading(WAIT, "therapy", 180.0)
    assert to_raise([high], LIMITS, set()) == [high]
    assert to_raise([high], LIMITS, {("longest_wait", "therapy")}) == []
    assert to_clear([Reading(WAIT, "therapy", 144.0)], LIMITS, [alarm()], {WAIT}) == []
    assert to_clear([Reading(WAIT, "therapy", 143.9)], LIMITS, [alarm()], {WAIT}) == [alarm()]


def test_nobody_waits_any_more_and_the_alarm_is_over() -> None:
    assert to_clear([], LIMITS, [alarm(), alarm(Kind.LATE_SHARE)], {WAIT}) == [alarm()], "what was not read stays"


@given(st.lists(st.floats(0, 400), max_size=60))
def test_an_alarm_changes_only_when_the_reading_crosses_both_limits(values: list[float]) -> None:
    is_open, changes = False, 0
    for value in values:
        readings = [Reading(WAIT, "therapy", value)]
        rising = to_raise(readings, LIMITS, {("longest_wait", "therapy")} if is_open else set())
        over = to_clear(readings, LIMITS, [alarm()] if is_open else [], {WAIT})
        assert not (rising and over)
        changes += bool(rising or over)
        is_open = (is_open or bool(rising)) and not over
        assert is_open or value < 180
        assert not is_open or value >= 180 * CLEARED_BELOW
    crossed = sum(value >= 180 for value in values)
    assert changes <= 2 * crossed


def test_two_clocks_raise_it_once_and_one_person_sees_to_it(database_url: str) -> None:
    database = Database(database_url)
    metadata.create_all(database.engine)
    high = [Reading(WAIT, "therapy", 200.0)]
    with database.transaction() as tx:
        assert alarms_store.raise_(tx, high, NOW) == 1
    with database.transaction() as tx:
        assert alarms_store.raise_(tx, high, NOW) == 0
        (known,) = alarms_store.open_alarms(tx)
        assert alarms_store.acknowledge(tx, known.id, "sam", NOW)
        assert not alarms_store.acknowledge(tx, known.id, "root", NOW)
        assert alarms_store.clear(tx, [known], NOW + timedelta(minutes=1)) == 1
        assert alarms_store.open_alarms(tx) == []
        assert alarms_store.raise_(tx, high, NOW + timedelta(minutes=2)) == 1, "a new one, not the old one again"
    database.close()
