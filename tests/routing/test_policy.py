"""The pure rules: places, choices and climbing."""

from datetime import timedelta

import pytest

from config.content import Ladder, Rung
from routing.needs import Need
from routing.policy import (
    OWN_BONUS_MS,
    Candidate,
    choose_clinician,
    choose_wait,
    first_rung,
    next_rung,
    place_ms,
    rung_until,
    standing_ms,
)
from tests.routing.world import JOE, LADDER, NOON, after

FOUR = Ladder(
    rungs=(
        Rung(serve=("own",), seconds=15),
        Rung(serve=("team",), seconds=15),
        Rung(serve=("site",), seconds=30),
        Rung(serve=("any",)),
    )
)


def test_a_head_start_counts_as_an_earlier_arrival() -> None:
    assert place_ms(NOON, 90) == place_ms(NOON - timedelta(seconds=90))


def test_a_caller_is_never_passed_by_one_who_comes_later_by_more_than_the_head_start() -> None:
    assert place_ms(NOON) < place_ms(after(91), 90)


def test_own_callers_count_earlier_in_the_line_of_their_clinician_alone() -> None:
    assert standing_ms(100_000, "clinician:ana", "ana") == 100_000 - OWN_BONUS_MS
    assert standing_ms(100_000, "clinician:ana", "ben") == 100_000
    assert standing_ms(100_000, "pt+en", "ana") == 100_000
    assert standing_ms(100_000, "clinician:ana", None) == 100_000


def test_the_first_group_with_anyone_decides_however_long_others_are_idle() -> None:
    near, far = Candidate("clinician:ben", "ben", 9), Candidate("pt+en", "cy", 1)
    assert choose_clinician([[], [near], [far]]) == (1, near)
    assert choose_clinician([[], []]) is None


def test_within_a_group_the_longest_idle_is_chosen_then_the_id() -> None:
    group = [Candidate("l1", "cy", 5), Candidate("l2", "ben", 5), Candidate("l3", "ana", 6)]
    assert choose_clinician([group]) == (0, group[1])


def test_among_heads_the_smallest_key_is_chosen_then_the_id_then_the_line_named_first() -> None:
    heads = [Candidate("l1", "w2", 5), Candidate("l2", "w1", 5), Candidate("l3", "w1", 5)]
    assert choose_wait(heads) == heads[1]
    assert choose_wait([]) is None


@pytest.mark.parametrize(
    ("need", "on_duty", "rung"),
    [
        (JOE, None, 0),
        (JOE, {"ana"}, 0),
        (JOE, {"ben"}, 1),
        (JOE, set(), 3),
        (Need("pt"), None, 3),
        (Need("pt", site="north"), None, 2),
        (Need("pt", own="ana", avoid=("ana",)), None, 3),
    ],
)
def test_a_caller_starts_on_the_first_rung_that_names_somebody_who_may_come(need, on_duty, rung) -> None:
    assert first_rung(need, FOUR, on_duty) == rung


@pytest.mark.parametrize(
    ("rung", "time_over", "on_duty", "to"),
    [
        (0, False, {"ana"}, None),
        (0, True, {"ana", "ben"}, 1),
        (0, True, {"ana"}, 3),  # the team's rung would add nobody
        (0, False, {"ben"}, 1),
        (0, False, set(), 3),
        (1, False, {"ana"}, None),  # the lower rung is kept
        (1, True, set(), 3),
        (3, True, set(), None),
    ],
)
def test_when_a_caller_climbs(rung, time_over, on_duty, to) -> None:
    assert next_rung(JOE, FOUR, rung, time_over=time_over, on_duty=on_duty) == to


def test_a_rung_ends_only_if_a_higher_one_names_somebody() -> None:
    assert rung_until(JOE, LADDER, 0, NOON) == after(30)
    assert rung_until(JOE, LADDER, 1, NOON) is None
    own_then_team = Ladder(rungs=(Rung(serve=("own",), seconds=15), Rung(serve=("team",))))
    assert rung_until(Need("pt", own="ana"), own_then_team, 0, NOON) is None
