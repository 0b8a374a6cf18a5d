"""The figures against a second computation in plain SQL, and the identity that no caller is lost from."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.dictionary import METRICS, Metric
from calls.figures import (
    Belongs,
    Figures,
    Switches,
    abandonment,
    figures,
    mean,
    merged,
    quantile,
    series,
    service_level,
)
from calls.intervals import WIDTHS, Interval, intervals, midnight
from calls.metrics import Entry
from calls.stays import Counted, Ending, amounts
from tests.calls.made_up import PEOPLE, journal
from tests.calls.plain_sql import counted
from tests.calls.test_metrics import JOE_TALKS, MARY_HANGS_UP, PAUL_IS_RUNG_BACK, START
from tests.calls.test_metrics import journal as told

SWITCHES = Switches(short_seconds=10, target_seconds=30, targets=(("nurse", 120),))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHICAGO = "America/Chicago"


def ms(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def plain(made: list[Entry], over: list[Interval]) -> list[dict[str, int]]:
    rows = [(entry.call_id, ms(entry.at), entry.fact, dict(entry.details)) for entry in made]
    spans = [(ms(each.begins), ms(each.ends)) for each in over]
    return counted(rows, spans, short_ms=10_000, target_ms=30_000, nurse_ms=120_000)


def as_plain(each: Figures) -> dict[str, int]:
    named = ("carried_in", "offered", "answered", "abandoned", "short", "flowed_out", "carried_out", "in_time")
    whole = {name: getattr(each, name) for name in (*named, "with_own", "own_reached", "talks")}
    waited, effort, talked = sum(each.waits), sum(each.efforts), each.talk_seconds
    return whole | {
        "waited_ms": round(waited * 1000),
        "effort_ms": round(effort * 1000),
        "talk_ms": round(talked * 1000),
    }


@pytest.mark.parametrize(("calls", "days", "width"), [(2500, 2, "30min"), (17500, 9, "day")])
def test_folds_and_plain_sql_agree_to_the_last_unit(calls: int, days: int, width: str) -> None:
    made = journal(calls, seed=calls, days=days)
    over = intervals(date(2026, 2, 28), date(2026, 3, 12), width, CHICAGO)
    folded = series(amounts(made), over, SWITCHES)
    assert [as_plain(each) for each in folded] == plain(made, over)
    assert sum(each.offered for each in folded) > calls * 0.8
    assert all(sum(getattr(each, name) for each in folded) for name in ("short", "abandoned", "flowed_out", "in_time"))


@pytest.mark.parametrize(
    "zone", [CHICAGO, "America/New_York", "America/Havana", "Australia/Lord_Howe", "America/Phoenix"]
)
def test_nobody_is_lost_in_any_interval_of_a_year(zone: str) -> None:
    made = amounts(journal(2000, seed=7, days=365))
    for width in WIDTHS if zone == CHICAGO else ("hour", "day", "week"):
        over = intervals(date(2026, 2, 27), date(2027, 3, 2), width, zone)
        assert all(before.ends == after.begins for before, after in pairwise(over))
        parts = series(made, over, SWITCHES)
        assert [each.off_by for each in parts] == [0] * len(over)
        assert all(before.carried_out == after.carried_in for before, after in pairwise(parts))
        assert merged(parts).offered == len(made.stays)


def test_days_of_23_and_25_hours_have_as_many_intervals_as_they_have_time() -> None:
    def of(day: date, width: str) -> int:
        return len(intervals(day, day, width, CHICAGO))

    spring, autumn = date(2026, 3, 8), date(2026, 11, 1)
    assert [of(spring, width) for width in ("hour", "15min", "day")] == [23, 92, 1]
    assert [of(autumn, width) for width in ("hour", "15min", "day")] == [25, 100, 1]
    (whole,) = intervals(autumn, autumn, "day", CHICAGO)
    assert whole.ends - whole.begins == timedelta(hours=25)


def test_a_day_without_midnight_begins_when_the_gap_ends() -> None:
    assert midnight(date(2026, 3, 8), "America/Havana") == datetime(2026, 3, 8, 5, tzinfo=UTC)


def test_a_wrong_width_is_told_with_what_is_accepted() -> None:
    with pytest.raises(ValueError, match="found width 'month'; accepted: 15min, 30min, hour, day, week"):
        intervals(date(2026, 3, 1), date(2026, 3, 2), "month", CHICAGO)
    with pytest.raises(ValueError, match="is before the first"):
        intervals(date(2026, 3, 2), date(2026, 3, 1), "day", CHICAGO)


@given(st.integers(0, 10**6), st.integers(1, 25), st.lists(st.integers(0, 200_000), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_the_identity_holds_between_any_two_instants(seed: int, calls: int, cuts: list[int]) -> None:
    made = amounts(journal(calls, seed=seed, days=0.5))
    begins = datetime(2026, 3, 1, 6, tzinfo=UTC)
    instants = sorted({0, *cuts, 200_001})
    over = [
        Interval(begins + timedelta(seconds=first), begins + timedelta(seconds=last))
        for first, last in pairwise(instants)
    ]
    parts = series(made, over, SWITCHES)
    assert [each.off_by for each in parts] == [0] * len(over)
    assert parts == [figures(made, each, SWITCHES) for each in over]


def test_stays_of_known_calls() -> None:
    found = amounts([each for table in (JOE_TALKS, MARY_HANGS_UP, PAUL_IS_RUNG_BACK) for each in told(table)])
    joe, mary, paul = found.stays
    assert (joe.ending, joe.seconds, (joe.left_at - joe.arrived_at).seconds) == (Ending.ANSWERED, 21, 42)  # type: ignore[operator]
    assert (mary.ending, mary.seconds) == (Ending.GAVE_UP, 60)
    assert (paul.ending, paul.into, paul.seconds) == (Ending.FLOWED_OUT, "callback", 90)
    assert [(talk.call_id, talk.called_back) for talk in found.talks] == [("joe", False), ("paul", True)]


def test_a_clinician_who_did_not_take_his_own_patient_is_known() -> None:
    entries: list[tuple[str, dict[str, object]]] = [
        ("joined_line", {"service": "therapy", "language": "en", "own": "ana"}),
        ("offer_made", {"offer": 1, "clinician": "ana"}),
        ("offer_given_back", {"offer": 1, "cause": "no_answer"}),
        ("offer_made", {"offer": 2, "clinician": "luis"}),
        ("offer_accepted", {"offer": 2}),
        ("talk_started", {"offer": 2}),
    ]
    made = [Entry(START + timedelta(seconds=at), "joe", fact, details) for at, (fact, details) in enumerate(entries)]
    (stay,) = amounts(made).stays
    assert (stay.own_not_taken, stay.clinician) == (True, "luis")
    assert [ring.cause for ring in amounts(made).rings] == ["no_answer", "taken"]


def test_what_other_products_count_differently_is_a_switch() -> None:
    each = Figures(answered=6, abandoned=2, short=1, flowed_out=1, in_time=4)
    assert service_level(each, Switches()) == 4 / 8
    assert service_level(each, Switches(count_short=True)) == 4 / 9
    assert service_level(each, Switches(count_short=True, count_flow_out=True)) == 4 / 10
    assert abandonment(each, Switches()) == 2 / 9
    assert abandonment(each, Switches(count_short=True)) == 3 / 10
    assert service_level(Figures(), Switches()) is None


def test_a_short_abandon_is_told_by_the_threshold_also_of_the_past() -> None:
    mary = amounts(told(MARY_HANGS_UP))
    over = Interval(START, START + timedelta(hours=1))
    assert figures(mary, over, Switches(short_seconds=60)).abandoned == 1
    assert figures(mary, over, Switches(short_seconds=61)).short == 1


def test_quantiles_are_values_that_somebody_waited() -> None:
    assert [quantile((1, 2, 3, 4), at) for at in (0.0, 0.25, 0.5, 0.51, 0.9, 1.0)] == [1, 1, 2, 3, 4, 4]
    assert quantile((), 0.5) is None
    assert mean(()) is None


DAY = Interval(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_the_rows_behind_each_figure_are_as_many_as_it_says(metric: Metric) -> None:
    made = amounts(journal(800, seed=3, days=1))
    began = sorted(stay.entered_at for stay in made.stays)
    half = Interval(began[len(began) // 3], began[2 * len(began) // 3])
    for over in (DAY, half):
        counted_here = figures(made, over, SWITCHES)
        all_made: list[Counted] = [*made.stays, *made.talks, *made.rings, *made.promises]
        behind = [each for each in all_made if metric.rests(each, over, SWITCHES)]
        assert {type(each) for each in behind} <= {metric.of}
        if metric.unit == "count":
            assert len(behind) == metric.value(counted_here, SWITCHES)
    if metric.key == "talk_time":
        assert len(behind) == counted_here.talks > 0
    if metric.key in ("carried_in", "carried_out", "not_taken", "rescinded"):
        assert behind, "of nothing all is true"


def answered_by(who: str | None) -> Belongs:
    return lambda each: each.clinician == who


def test_an_axis_splits_the_whole() -> None:
    made = amounts(journal(600, seed=5, days=1))
    over = Interval(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    parts = [figures(made, over, SWITCHES, answered_by(who)) for who in (None, *PEOPLE)]
    whole = figures(made, over, SWITCHES)
    assert sum(part.offered for part in parts) == whole.offered
    assert sum(part.rings for part in parts) == whole.rings
    assert sum(part.talks for part in parts) == whole.talks
