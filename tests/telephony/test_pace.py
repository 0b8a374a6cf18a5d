"""The pace of created calls, with a clock that is moved by hand."""

from datetime import UTC, datetime, timedelta

from redis import Redis

from telephony.pace import Pace

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


def pace(url: str, per_second: float, clock: Clock) -> Pace:
    return Pace(Redis.from_url(url), per_second, clock.now)


def test_two_workers_share_one_pace_and_nobody_waits(valkey_url: str):
    clock = Clock()
    one, other = pace(valkey_url, 2, clock), pace(valkey_url, 2, clock)
    assert [one.take(), other.take(), one.take()] == [0, 500, 500]


def test_who_comes_again_when_the_slot_is_free_gets_it(valkey_url: str):
    clock = Clock()
    worker = pace(valkey_url, 1, clock)
    worker.take()
    clock.time += timedelta(milliseconds=400)
    assert worker.take() == 600
    clock.time += timedelta(milliseconds=600)
    assert worker.take() == 0


def test_no_limit_asks_nobody():
    assert [pace("redis://127.0.0.1:1", 0, Clock()).take() for _ in range(3)] == [0, 0, 0]


def test_a_clock_set_back_does_not_stop_the_dialling(valkey_url: str):
    clock = Clock()
    worker = pace(valkey_url, 1, clock)
    worker.take()
    clock.time -= timedelta(hours=1)
    assert worker.take() == 0


def test_without_redis_nothing_is_held_back():
    assert pace("redis://127.0.0.1:1", 4, Clock()).take() == 0


def test_who_is_held_back_looks_again_when_the_next_slot_is_free(valkey_url: str):
    clock = Clock()
    worker = pace(valkey_url, 2, clock)
    assert worker.seconds_to_look() == 0.125
    worker.take()
    clock.time += timedelta(milliseconds=100)
    assert worker.seconds_to_look() == 0.4
    assert pace(valkey_url, 0, clock).seconds_to_look() == 0
    assert pace("redis://127.0.0.1:1", 2, clock).seconds_to_look() == 0.125
