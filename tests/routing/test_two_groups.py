"""The published two groups without a router: by hand, and beside our router."""

from math import inf

import pytest

from bench.routing_msk import CALLS, PUBLISHED_CALLS, busynesses, by_recursion, by_router, calls_of, last_listed
from bench.two_groups import Call, Day, Fate
from routing.board import Board


def call(at: float, kind: int, handling: float = 100, patience: float = inf) -> Call:
    return Call(at, kind, 0, handling, patience)


def told(sizes: tuple[tuple[int, ...], tuple[int, ...]], *calls: Call, seconds: float = 1000) -> list[Fate]:
    return sorted(Day(sizes, seconds).run(calls))


def test_the_kind_between_goes_to_either_group_and_whoever_came_first_is_next():
    calls = [call(0, 0), call(1, 1), call(2, 1), call(3, 0), call(4, 2)]
    assert [wait for _, wait, _ in told(((1,), (1,)), *calls)] == [0, 0, 98, 197, 97]


def test_who_hangs_up_takes_nobodys_place():
    fates = told(((1,), (1,)), call(0, 0), call(1, 0, patience=20), call(2, 0))
    assert [(wait, answered) for _, wait, answered in fates] == [(0, True), (20, False), (98, True)]


def test_a_group_that_grows_takes_who_waits_and_one_that_shrinks_finishes_its_talks():
    grows = told(((1, 2), (1, 1)), call(0, 0), call(1, 0), seconds=50)
    assert [wait for _, wait, _ in grows] == [0, 49]
    shrinks = told(((2, 1), (1, 1)), call(0, 0), call(1, 0), call(2, 0), seconds=50)
    assert [wait for _, wait, _ in shrinks] == [0, 0, 99]


def test_our_router_serves_each_caller_as_the_recursion_does_and_another_rule_is_found_out():
    calls = calls_of(0, 1.2)[:700]
    expected = sorted(by_recursion(calls))

    def found(board: Board) -> list[tuple[Call, object, bool]]:
        return [
            (each, pytest.approx(wait), answered) for each, wait, answered in sorted(by_router(calls, "plain", board))
        ]

    assert expected == found(Board())
    assert expected != found(Board(last_listed))
    assert {answered for _, _, answered in expected} == {True, False}


def test_the_days_are_as_busy_as_those_published():
    factors = busynesses(400)
    assert sum(factors) / 400 == pytest.approx(PUBLISHED_CALLS / CALLS, rel=1e-3)
    assert factors == sorted(factors)
