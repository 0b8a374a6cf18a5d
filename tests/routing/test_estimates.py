"""Estimates against closed forms and a walk through the queue."""

import random
from itertools import pairwise

import pytest

from routing.estimates import expected_wait_seconds


def test_the_first_in_line_of_one_server() -> None:
    assert expected_wait_seconds(0, 1, 300, 300) == pytest.approx(150)


def test_with_endless_patience_it_is_the_place_times_the_pace() -> None:
    assert expected_wait_seconds(4, 10, 300, 1e12) == pytest.approx(5 * 30)


def test_each_caller_ahead_adds_less_than_the_one_before() -> None:
    waits = [expected_wait_seconds(ahead, 8, 300, 300) for ahead in range(6)]
    steps = [late - early for early, late in pairwise(waits)]
    assert steps == sorted(steps, reverse=True)
    assert all(step > 0 for step in steps)


def test_it_is_the_mean_of_those_who_are_served() -> None:
    """Those ahead and the caller himself give up at random; only waits that end in a talk are averaged."""
    chance = random.Random(7)
    waits = [wait for _ in range(20_000) if (wait := one_wait(chance, ahead=3, serving=4)) is not None]
    assert sum(waits) / len(waits) == pytest.approx(expected_wait_seconds(3, 4, 300, 200), rel=0.03)


def one_wait(chance: random.Random, ahead: int, serving: int) -> float | None:
    waited, patience = 0.0, chance.expovariate(1 / 200)
    for before_him in range(ahead, -1, -1):
        waited += chance.expovariate(serving / 300 + before_him / 200)
    return waited if waited <= patience else None


def test_without_servers_there_is_no_estimate() -> None:
    with pytest.raises(ValueError, match="nobody serves"):
        expected_wait_seconds(0, 0, 300, 300)
