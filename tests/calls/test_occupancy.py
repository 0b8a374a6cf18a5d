"""Where clinicians' time went, counted by hand and by the fold."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.intervals import Interval
from calls.occupancy import Change, occupancy, seconds_in

NINE = datetime(2026, 3, 2, 15, tzinfo=UTC)
STATES = ("ready", "offered", "talking", "wrapping_up", "away", "in_visit", "offline")


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_a_morning_by_hand() -> None:
    changes = [
        Change("ana", at(-30), "ready"),
        Change("ana", at(10), "offered"),
        Change("ana", at(11), "talking"),
        Change("ana", at(17), "wrapping_up"),
        Change("ana", at(18), "ready"),
        Change("luis", at(5), "in_visit"),
    ]
    spent = seconds_in(changes, Interval(at(0), at(60)), now=at(30))
    assert spent["ana"] == {"ready": 22 * 60, "offered": 60, "talking": 360, "wrapping_up": 60}
    assert spent["luis"] == {"in_visit": 25 * 60}
    assert occupancy(spent.values()) == pytest.approx(8 / 30)
    assert occupancy([]) is None


@given(
    st.lists(st.tuples(st.integers(0, 7200), st.sampled_from(STATES)), min_size=1, max_size=30), st.integers(1, 7199)
)
def test_two_halves_are_the_whole(moves: list[tuple[int, str]], cut: int) -> None:
    changes = [Change("ana", NINE + timedelta(seconds=second), state) for second, state in moves]
    end, middle = NINE + timedelta(seconds=7200), NINE + timedelta(seconds=cut)
    whole = seconds_in(changes, Interval(NINE, end), end)
    parts = [seconds_in(changes, Interval(*span), end) for span in ((NINE, middle), (middle, end))]
    for state in STATES:
        summed = sum(part.get("ana", {}).get(state, 0) for part in parts)
        assert summed == pytest.approx(whole.get("ana", {}).get(state, 0))
    known = 7200 - min(second for second, _ in moves)
    assert sum(whole.get("ana", {}).values()) == pytest.approx(known)
