"""Estimates against what came true."""

from datetime import UTC, datetime, timedelta

import pytest

from calls.accuracy import ESTIMATED, accuracy, accuracy_by, baselines, report, told
from calls.accuracy import TOLD as RANGE
from calls.metrics import Entry

NOON = datetime(2031, 3, 3, 12, tzinfo=UTC)
TOLD = {"mean_s": 60, "median_s": 50, "p80_s": 90}


def entry(call: str, fact: str, second: float, **details: object) -> Entry:
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
            *(entry("c", ESTIMATED, 0, **TOLD), entry("c", "call_ended", 40, party="patient")),
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


def estimated(call: str, second: float, waited: float, **more: object) -> list[Entry]:
    """A caller of whom 60 s were estimated, and how long he waited."""
    said = entry(call, ESTIMATED, second, **{**TOLD, "line": "pt+en", "position": 1, "serving": 2, **more})
    return [said, entry(call, "talk_started", second + waited), entry(call, "talk_ended", second + waited + 200)]


def test_accuracy_is_told_by_line_and_by_hour():
    entries = [*estimated("a", 0, 40), *estimated("b", 10, 80, line="ot+en"), *estimated("c", 3700, 60)]
    by_line = accuracy_by(entries, lambda came: came.line)
    assert {line: each.estimates for line, each in by_line.items()} == {"pt+en": 2, "ot+en": 1}
    assert by_line["ot+en"].bias == 0.25
    whole = report(entries, "UTC")["estimates_of_waits"]
    assert isinstance(whole, dict)
    assert {hour: each["estimates"] for hour, each in whole["by_hour"].items()} == {"12:00": 2, "13:00": 1}
    assert report([], "UTC") == {}


def test_what_was_told_is_held_against_what_came_true():
    def range_(call: str, low: int, high: int, waited: float) -> list[Entry]:
        return [entry(call, RANGE, 0, low_min=low, high_min=high), entry(call, "talk_started", waited)]

    entries = [*range_("a", 1, 3, 100), *range_("b", 1, 3, 200), *range_("c", 1, 3, 30), *range_("d", 0, 0, 30)]
    seen = told(entries)
    assert seen is not None
    assert (seen.ranges, seen.within, seen.longer) == (3, 0.333, 0.333)


def test_rules_of_thumb_know_only_what_came_before():
    entries = [*estimated("a", 0, 40), *estimated("b", 50, 40), *estimated("c", 1000, 40)]
    seen = baselines(entries)
    # The first was told 0 by those that average past waits; then 10, 40, 40 and so on.
    assert seen["last_5"] == pytest.approx((40**2 / 3) ** 0.5 / 40, abs=1e-3)
    assert seen["moving_average"] == pytest.approx(((40**2 + 30**2 + 22.5**2) / 3) ** 0.5 / 40, abs=1e-3)
    assert seen["last_5_minutes"] == pytest.approx(((40**2 + 40**2) / 3) ** 0.5 / 40, abs=1e-3), "long ago is forgotten"
    # 90 s for a talk until one is known: 45 s each; then 200 s by two clinicians.
    assert seen["talk_by_agents"] == pytest.approx(((5**2 + 5**2 + 60**2) / 3) ** 0.5 / 40, abs=1e-3)
    assert baselines([]) == {}
