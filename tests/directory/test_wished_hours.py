"""The hours of a patient's own choice: how they are written, and on which clock they are kept."""

from datetime import UTC, datetime

import pytest

from directory.hours import is_open
from directory.wished_hours import hours_in, read_hours


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("09:00-12:00", "mon,tue,wed,thu,fri,sat,sun 09:00-12:00"),
        (
            "Mon-Fri 09:00-12:00 17:00-19:00 Sat 10:00-11:30",
            "mon,tue,wed,thu,fri 09:00-12:00 17:00-19:00 sat 10:00-11:30",
        ),
        ("sat-mon 12:00-12:15", "mon,sat,sun 12:00-12:15"),
        ("wed,mon 22:00-24:00", "mon,wed 22:00-24:00"),
    ],
)
def test_days_hold_for_the_times_after_them(written: str, kept: str) -> None:
    assert read_hours(written) == kept
    assert read_hours(kept) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "mon",
        "09:00-12:00 mon",
        "9-12",
        "12:00-09:00",
        "09:00-09:10",
        "09:00-25:00",
        "mo 09:00-12:00",
        "mon- 09:00-12:00x",
    ],
)
def test_what_is_no_hour_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(ValueError, match="15 minutes or more"):
        read_hours(written)


def test_they_are_told_by_the_clock_on_his_wall() -> None:
    hours = hours_in(read_hours("09:00-10:00"), "America/New_York")
    assert is_open(hours, datetime(2026, 3, 6, 14, tzinfo=UTC)) and is_open(hours, datetime(2026, 3, 9, 13, tzinfo=UTC))
    assert not is_open(hours, datetime(2026, 3, 9, 14, tzinfo=UTC))
