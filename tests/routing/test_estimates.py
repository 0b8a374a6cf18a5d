"""Estimates against closed forms and a walk through the queue, and what may be said of them."""

import random
from itertools import pairwise
from math import inf, log

import pytest

from routing.estimates import Announcement, Law, announced, wait_law


def test_the_first_in_line_of_one_clinician():
    assert wait_law(0, 1 / 300, 300).mean == pytest.approx(150)


def test_with_endless_patience_it_is_the_place_times_the_pace():
    assert wait_law(4, 10 / 300, 1e12).mean == pytest.approx(5 * 30)


def test_each_caller_ahead_adds_less_than_the_one_before():
    waits = [wait_law(ahead, 8 / 300, 300).mean for ahead in range(6)]
    steps = [late - early for early, late in pairwise(waits)]
    assert steps == sorted(steps, reverse=True)
    assert all(step > 0 for step in steps)


def test_its_mean_and_its_p80_are_those_of_the_callers_who_are_served():
    """Those ahead and the caller himself give up at random; only waits that end in a talk are counted."""
    chance = random.Random(7)
    waits = [wait for _ in range(20_000) if (wait := one_wait(chance, ahead=3, serving=4)) is not None]
    law = wait_law(3, 4 / 300, 200)
    assert sum(waits) / len(waits) == pytest.approx(law.mean, rel=0.03)
    assert sum(wait <= law.p80 for wait in waits) / len(waits) == pytest.approx(0.8, abs=0.015)
    assert sum(wait <= law.median for wait in waits) / len(waits) == pytest.approx(0.5, abs=0.02)


def one_wait(chance: random.Random, ahead: int, serving: int) -> float | None:
    waited, patience = 0.0, chance.expovariate(1 / 200)
    for before_him in range(ahead, -1, -1):
        waited += chance.expovariate(serving / 300 + before_him / 200)
    return waited if waited <= patience else None


def test_one_stage_is_nearly_the_exponential_law():
    law = Law(100, 100**2)
    assert law.median == pytest.approx(100 * log(2), rel=0.014)
    assert law.p80 == pytest.approx(100 * log(5), rel=0.01)


def test_a_pace_of_few_starts_makes_the_law_wider_but_not_longer():
    sure, unsure = wait_law(5, 0.1, 300), wait_law(5, 0.1, 300, seen=4)
    assert unsure.mean == sure.mean
    assert unsure.p80 > sure.p80


def test_without_clinicians_there_is_no_estimate():
    with pytest.raises(ValueError, match="nobody serves"):
        wait_law(0, 0.0, 300)


def test_nothing_is_said_of_a_short_wait_nor_when_nobody_knows():
    assert announced(Law(30, 30**2)) is None  # its median is 21 s
    assert announced(Law(300, 600**2)) is None  # four in five: anything from seconds to a quarter hour
    assert announced(Law(120, 60**2)) is not None


def test_a_caller_is_never_told_more_than_before():
    first = announced(Law(120, 60**2))
    assert first is not None
    assert announced(Law(400, 100**2), first) == first
    later = announced(Law(60, 20**2), first)
    assert later is not None
    assert later.high < first.high
    assert announced(Law(100, 50**2), Announcement(40, 200)) == Announcement(40, Law(100, 50**2).p80)


def test_a_pace_known_for_certain_adds_nothing():
    assert wait_law(3, 0.1, 300, inf) == wait_law(3, 0.1, 300)
