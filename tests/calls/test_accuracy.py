"""Estimates against what came true."""

from datetime import UTC, datetime, timedelta

import pytest

from calls.accuracy import ESTIMATED, accuracy
from calls.metrics import Entry

NOON = datetime(2031, 3, 3, 12, tzinfo=UTC)
TOLD = {"mean_s": 60, "median_s": 50, "p80_s": 90}


def entry(call: str, fact: str, second: float, **details: float) -> Entry:
    return Entry(NOON + timedelta(seconds=second), call, fact, details)


def test_where_nothing_came_true_there_is_no_accuracy():
    assert accuracy([]) is None
    assert (
        accuracy([entry("a", ESTIMATED, 0, **TOLD), entry("a", "left_line", 9), entry("a", "talk_started", 99)]) is None
    )


def test_errors_are_shares_of_the_mean_wait():
    seen = accuracy(
        [
            *(entry("b", "talk_started", 130), entry("b", ESTIMATED, 10, **TOLD)),
            *(entry("a", ESTIMATED, 0, **TOLD), entry("a", "talk_started", 40)),
            *(entry("c", ESTIMATED, 0, **TOLD), entry("c", "call_ended", 40)),
        ]
    )
    assert seen is not None
    assert (seen.estimates, seen.mean_wait_s, seen.p80_coverage) == (2, 80, 0.5)
    assert seen.bias == pytest.approx((60 - 20) / 2 / 80)
    assert seen.error == pytest.approx(((60**2 + 20**2) / 2) ** 0.5 / 80, abs=1e-3)
    assert seen.off == pytest.approx((70 + 10) / 2 / 80)


def test_a_second_talk_is_nobodys_estimate():
    seen = accuracy([entry("a", ESTIMATED, 0, **TOLD), entry("a", "talk_started", 40), entry("a", "talk_started", 400)])
    assert seen is not None
    assert seen.estimates == 1
