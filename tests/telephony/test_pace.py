"""The pace of created calls, with a clock that stands and sleeps that are only written down."""

from datetime import UTC, datetime, timedelta

from redis import Redis

from telephony.pace import Pace

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Hands:
    """A clock moved by hand; sleeping is written down."""

    def __init__(self) -> None:
        self.time = NOON
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def pace(url: str, per_second: float, hands: Hands) -> Pace:
    return Pace(Redis.from_url(url), per_second, hands.now, hands.sleep)


def test_two_workers_share_one_pace(valkey_url: str):
    hands = Hands()
    one, other = pace(valkey_url, 2, hands), pace(valkey_url, 2, hands)
    assert [one.wait(), other.wait(), one.wait()] == [0.0, 0.5, 1.0]
    assert hands.slept == [0.5, 1.0]


def test_a_free_slot_is_taken_at_once(valkey_url: str):
    hands = Hands()
    worker = pace(valkey_url, 1, hands)
    worker.wait()
    hands.time += timedelta(seconds=2)
    assert worker.wait() == 0.0


def test_no_limit_asks_nobody(valkey_url: str):
    hands = Hands()
    worker = pace("redis://127.0.0.1:1", 0, hands)
    assert worker.wait() == 0.0
    assert hands.slept == []


def test_a_clock_set_back_does_not_stop_the_dialling(valkey_url: str):
    hands = Hands()
    worker = pace(valkey_url, 1, hands)
    worker.wait()
    hands.time -= timedelta(hours=1)
    assert worker.wait() == 0.0


def test_without_redis_a_worker_keeps_the_pace_for_itself():
    hands = Hands()
    assert pace("redis://127.0.0.1:1", 4, hands).wait() == 0.25
