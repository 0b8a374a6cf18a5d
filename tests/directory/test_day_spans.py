"""Spans of days: which days are meant, every flaw with what to do, the sentence, and days told as few spans."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.day_spans import AHEAD, MOST_DAYS, SpanAsked, clock_time, read_span, spans, spelled, told
from directory.local_csv import SheetUnusable
from directory.site_csv import DayLine

TODAY = date(2026, 11, 27)
SATURDAYS = SpanAsked("center", "2026-12-05", "2027-02-27", ("sat",), "open", "09:00", "12:00")
HOLIDAYS = SpanAsked("center", "2026-12-24", "2026-12-26")


def flaws(asked: SpanAsked) -> list[str]:
    with pytest.raises(SheetUnusable) as found:
        read_span(asked, ("center", "nurse"), TODAY)
    return str(found.value).splitlines()


def test_every_saturday_of_a_winter_and_three_days_closed_and_one_day_alone() -> None:
    saturdays = read_span(SATURDAYS, ("center",), TODAY).lines()
    assert len(saturdays) == 13
    assert {line.day.weekday() for line in saturdays} == {5}
    assert {(line.opens, line.closes, line.back) for line in saturdays} == {("09:00", "12:00", False)}
    assert read_span(HOLIDAYS, ("center",), TODAY).lines() == [
        DayLine("center", date(2026, 12, day)) for day in (24, 25, 26)
    ]
    alone = read_span(SpanAsked("center", "2026-12-24", kept="usual", opens="09:00"), ("center",), TODAY).lines()
    assert alone == [DayLine("center", date(2026, 12, 24), back=True)], "its hours are those of other days"


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"calendar": "bakery"}, "Calendar: found 'bakery'; accepted: center, nurse. Choose one of the list."),
        ({"kept": "maybe"}, "Hours: found 'maybe'; accepted: open, closed, usual. Choose one of the list."),
        ({"weekdays": ("mon", "x")}, "On: found 'x'; accepted: mon, tue, wed, thu, fri, sat, sun. Choose among"),
        ({"first": ""}, "From: found ''; accepted: a date like December 24, 2026. Enter the first day."),
        ({"last": "soon"}, "To: found 'soon'; accepted: a date like December 24, 2026. Enter the last day"),
        (
            {"first": "2026-11-26"},
            "From: found Thursday, November 26, 2026, which is over; accepted: Friday, November 27, 2026 or later.",
        ),
        ({"last": "2026-12-04"}, "To: found Friday, December 4, 2026; accepted: Saturday, December 5, 2026 or later."),
        (
            {"last": "2027-11-28"},
            "To: found Sunday, November 28, 2027; accepted: until Saturday, November 27, 2027, a year ahead.",
        ),
        ({"last": "2027-12-06", "kept": "usual"}, "To: found 367 days; accepted: at most 366. Do it in two spans."),
        ({"opens": ""}, "Opens: found ''; accepted: a time like 9:00 AM. Enter it, or choose closed all day."),
        ({"closes": "24:00"}, "Closes: found '24:00'; accepted: a time like 9:00 AM."),
        (
            {"last": "2026-12-10", "weekdays": ("fri",)},
            "On: found no Friday from Saturday, December 5, 2026 to Thursday, December 10, 2026; accepted",
        ),
    ],
)
def test_each_flaw_says_what_was_found_what_is_accepted_and_what_to_do(changes: dict[str, Any], flaw: str) -> None:
    (line,) = flaws(replace(SATURDAYS, **changes))
    assert line.startswith(flaw)


def test_all_flaws_are_told_at_once() -> None:
    assert len(flaws(SpanAsked("bakery", "x", "y", ("z",), "open"))) == 6


def test_what_was_kept_long_ahead_can_be_taken_back() -> None:
    late = SpanAsked("center", "2028-12-24", kept="usual")
    assert read_span(late, ("center",), TODAY).lines()
    assert flaws(replace(late, kept="closed"))
    edge = replace(HOLIDAYS, first=TODAY.isoformat(), last=(TODAY + AHEAD).isoformat())
    assert len(read_span(edge, ("center",), TODAY).lines()) == MOST_DAYS


@pytest.mark.parametrize(
    ("asked", "changed", "dry", "sentence"),
    [
        (
            SATURDAYS,
            13,
            True,
            "13 days change: center is open from 9:00 AM to 12:00 PM, every Saturday from Saturday, December 5, 2026 "
            "to Saturday, February 27, 2027.",
        ),
        (
            HOLIDAYS,
            3,
            False,
            "3 days changed: center is closed all day, every day from Thursday, December 24, 2026 to Saturday, "
            "December 26, 2026.",
        ),
        (
            SpanAsked("center", "2026-12-24", "", (), "open", "22:00", "06:00"),
            1,
            True,
            "1 day changes: center is open from 10:00 PM to 6:00 AM of the next day, on Thursday, December 24, 2026.",
        ),
        (
            SpanAsked("center", "2026-12-24", kept="usual"),
            1,
            False,
            "1 day changed: center is kept as on other days again, on Thursday, December 24, 2026.",
        ),
        (
            replace(HOLIDAYS, weekdays=("fri", "thu", "sat")),
            0,
            True,
            "Nothing changes: center is kept so already, every Thursday, Friday and Saturday from Thursday, "
            "December 24, 2026 to Saturday, December 26, 2026.",
        ),
    ],
)
def test_what_becomes_of_it_is_one_sentence(asked: SpanAsked, changed: int, dry: bool, sentence: str) -> None:
    assert told(read_span(asked, ("center",), TODAY), changed, dry=dry) == sentence


def test_days_kept_alike_are_told_as_one_span() -> None:
    winter = read_span(SATURDAYS, ("center",), TODAY)
    holidays = read_span(HOLIDAYS, ("center",), TODAY)
    closed = {line.day for line in holidays.lines()}
    kept = [*(line for line in winter.lines() if line.day not in closed), *holidays.lines()]
    found = spans(kept)
    assert [(str(span.first), str(span.last), span.weekdays, span.kept) for span in found] == [
        ("2026-12-05", "2026-12-19", ("sat",), "open"),
        ("2026-12-24", "2026-12-26", (), "closed"),
        ("2027-01-02", "2027-02-27", ("sat",), "open"),
    ]


def test_a_line_is_never_longer_than_what_can_be_taken_back_in_one_go() -> None:
    found = spans(DayLine("center", TODAY + timedelta(days=number)) for number in range(400))
    assert [len(span.lines()) for span in found] == [MOST_DAYS, 34]


NUMBERS = st.sets(st.integers(0, 900), max_size=60)


@given(NUMBERS, NUMBERS)
def test_spans_are_the_days_they_were_made_of_and_can_be_taken_back(open_on: set[int], closed_on: set[int]) -> None:
    kept = [
        *(DayLine("center", TODAY + timedelta(days=number), "09:00", "12:00") for number in open_on),
        *(DayLine("center", TODAY + timedelta(days=number)) for number in closed_on - open_on),
    ]
    found = spans(kept)
    every = [line for span in found for line in span.lines()]
    assert sorted(every, key=lambda line: line.day) == sorted(kept, key=lambda line: line.day)
    for span in found:
        asked = SpanAsked("center", str(span.first), str(span.last), span.weekdays, "usual")
        assert read_span(asked, ("center",), TODAY).lines()
        assert spelled(span.first)


def test_times_of_day_are_said_as_people_say_them() -> None:
    said = [clock_time(entry) for entry in ("00:30", "09:00", "12:00", "13:05", "24:00")]
    assert said == ["12:30 AM", "9:00 AM", "12:00 PM", "1:05 PM", "midnight"]
