"""The past run again: patience under censoring, pairs of days, staffing, and a replay that gives the past itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp, inf
from random import Random

import pytest

from bench.routing_whatif import FIRST_DAY, past_of, rules, simulated
from routing.erlang import erlang_a
from routing.needs import Need
from routing.patience import Patience, chance_of, estimated
from routing.staffing import Target, quick_answer, staffing
from routing.whatif import (
    Figures,
    PastCall,
    by_day,
    callers_of,
    compared,
    figures,
    outcomes_seen,
    replayed,
    shifts_recorded,
    shifts_seen,
    student,
)

# --- patience ---


def test_who_was_answered_counts_as_patient_until_then():
    seen = estimated([(10, True), (20, False), (30, True), (40, False)])
    assert seen.longer(9) == 1
    assert seen.longer(10) == pytest.approx(3 / 4)
    assert seen.longer(30) == pytest.approx(3 / 4 * 1 / 2)
    assert seen.mean == pytest.approx(100 / 2)


def test_censoring_does_not_make_callers_look_hasty():
    chance = Random(3)
    waits = []
    for _ in range(20_000):
        patience, answered = chance.expovariate(1 / 300), chance.expovariate(1 / 60)
        waits.append((min(patience, answered), patience < answered))
    seen = estimated(waits)
    assert seen.mean == pytest.approx(300, rel=0.05)
    assert seen.longer(100) == pytest.approx(exp(-100 / 300), abs=0.02)


def test_a_patience_that_is_drawn_is_longer_than_what_is_known_and_follows_the_law():
    seen = estimated([(float(n), n % 3 == 0) for n in range(1, 300)])
    drawn = [seen.drawn(chance_of(1, str(n)), beyond=50) for n in range(2000)]
    assert min(drawn) > 50
    share = sum(each > 120 for each in drawn) / len(drawn)
    assert share == pytest.approx(seen.longer(120) / seen.longer(50), abs=0.03)


def test_where_nobody_ever_gave_up_patience_has_no_end():
    assert estimated([(5, False)]).drawn(0.5, 5) == inf
    assert Patience((), 100).drawn(0.0, 10) == 10


def test_luck_depends_on_the_seed_and_the_call_alone():
    assert chance_of(1, "call") == chance_of(1, "call") != chance_of(2, "call")
    assert 0 <= chance_of(1, "call") < 1


# --- replay ---


@pytest.fixture(scope="module")
def history() -> list[PastCall]:
    return past_of(simulated(days=2, calls_a_day=400))


def test_the_rules_of_then_give_what_happened_then(history):
    seen = figures(outcomes_seen(history, rules(), FIRST_DAY), 30)
    again = figures(replayed(history, rules(), FIRST_DAY, seed=1), 30)
    assert again.speed_of_answer == pytest.approx(seen.speed_of_answer, rel=0.05)
    assert again.level == pytest.approx(seen.level, rel=0.05)
    assert again.abandoned == pytest.approx(seen.abandoned, rel=0.05)


def test_one_more_clinician_helps_and_the_callers_are_the_same(history):
    more = replace(rules(), workers=[*rules().workers, replace(rules().workers[0], on_duty=EXTRA)])
    assert callers_of(history, rules(), FIRST_DAY, 1) == callers_of(history, more, FIRST_DAY, 1)
    before, after = (by_day(replayed(history, each, FIRST_DAY, 1), 30) for each in (rules(), more))
    changes = {each.name: each for each in compared(before, after)}
    assert changes["level"].change > 0
    assert changes["abandoned"].change < 0


EXTRA = replace(rules().workers[0].on_duty, clinician_id="extra")


def test_calls_of_a_service_that_the_rules_lack_are_left_out(history):
    without = replace(rules(), services={})
    assert callers_of(history, without, FIRST_DAY, 1) == []
    assert figures([], 30) == Figures(0, 0, 0, 0, 0)


def test_days_are_compared_in_pairs():
    before = {0: Figures(10, 20, 0.5, 0.1, 0), 1: Figures(10, 60, 0.3, 0.3, 0)}
    after = {0: Figures(10, 18, 0.6, 0.1, 0), 1: Figures(10, 58, 0.4, 0.2, 0)}
    speed = compared(before, after)[0]
    assert (speed.name, speed.change, speed.give_or_take) == ("speed_of_answer", -2, 0)
    level = compared(before, after)[1]
    assert level.change == pytest.approx(0.1)


@pytest.mark.parametrize(("freedom", "exact"), [(4, 2.776), (9, 2.262), (29, 2.045)])
def test_students_law(freedom, exact):
    assert student(freedom) == pytest.approx(exact, rel=0.01)


def test_shifts_are_seen_from_the_first_ring_to_the_end_of_the_last_talk():
    day = datetime(2031, 3, 3, tzinfo=UTC)
    call = PastCall("a", day + timedelta(hours=9), "care", Need("care"), 30, "ana", 300, 10)
    late = replace(call, id="b", at=day + timedelta(hours=16))
    assert shifts_seen([call, late], day) == {"ana": [(9 * 3600 + 20, 16 * 3600 + 330)]}


# --- staffing ---


def test_each_half_hour_of_the_week_gets_who_it_needs():
    monday = datetime(2031, 3, 3, 10, 0, tzinfo=UTC)
    calls = [monday + timedelta(weeks=week, seconds=s) for week in range(4) for s in range(0, 1800, 30)]
    (advice,) = staffing(calls, UTC, talk=300, patience=300, target=Target(20, 0.8))
    assert (advice.weekday, advice.begins, advice.calls) == (0, "10:00", 60)
    assert erlang_a(120, 300, 300, advice.needed, 20).level >= 0.8
    assert advice.at_least < advice.needed < advice.at_most


def test_who_is_absent_must_be_on_the_roster_too():
    calls = [datetime(2031, 3, 3, 10, minute, tzinfo=UTC) for minute in range(30)]
    plain, more = (staffing(calls, UTC, 300, 300, Target(20, 0.8), absent)[0].needed for absent in (0.0, 0.3))
    assert more >= plain / 0.7


def test_the_quick_answer_weighs_half_hours_by_their_calls():
    quick = quick_answer({0: 120, 1: 50}, {0: 20.0, 1: 0.0}, talk=300, patience=300, seconds=20)
    alone = erlang_a(240, 300, 300, 20, 20)
    assert quick.abandoned == pytest.approx((120 * alone.abandoned + 50) / 170)
    assert quick.unstable == pytest.approx(1)


def test_when_somebody_was_on_duty_is_what_he_said_and_not_when_he_was_called():
    day = datetime(2031, 3, 3, tzinfo=UTC)

    def at(hours: float) -> datetime:
        return day + timedelta(hours=hours)

    changes = [
        ("ana", at(-2), True),  # she came the evening before
        ("ana", at(1), False),
        ("ben", at(2), False),
        ("ana", at(3), True),
        ("ana", at(3.5), True),  # rung, talking, wrapping up: on duty all the time
        ("ana", at(4), False),
        ("ben", at(5), True),
    ]
    shifts = shifts_recorded(changes, day, at(6))
    assert shifts == {"ana": [(0, 3600), (3 * 3600, 4 * 3600)], "ben": [(5 * 3600, 6 * 3600)]}
