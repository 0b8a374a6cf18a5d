"""What many boards read at the same time is read once a wave, and nobody gets what is older than his question."""

import itertools
import threading

import pytest

from desk.sharing import Shared


def test_who_asks_later_gets_a_reading_of_his_own() -> None:
    shared, readings = Shared[int](), iter(range(9))
    assert [shared.get(lambda: next(readings)) for _ in range(3)] == [0, 1, 2]


def test_all_who_asked_before_a_reading_began_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, moments = threading.Semaphore(0), itertools.count()

    def moment() -> float:
        asked.release()
        return float(next(moments))

    monkeypatch.setattr("desk.sharing.time.monotonic", moment)
    shared, readings = Shared[int](), iter(range(99))
    reading, go_on = threading.Event(), threading.Event()
    found: list[int] = []

    def slowly() -> int:
        reading.set()
        go_on.wait(10)
        return next(readings)

    first = threading.Thread(target=lambda: found.append(shared.get(slowly)))
    first.start()
    reading.wait(10)
    for _ in range(2):  # his question, and the beginning of his reading
        asked.acquire(timeout=10)
    others = [threading.Thread(target=lambda: found.append(shared.get(slowly))) for _ in range(8)]
    for each in others:
        each.start()
    for _ in others:
        asked.acquire(timeout=10)
    go_on.set()
    for each in (first, *others):
        each.join(10)
    assert sorted(found) == [0, *[1] * 8]


def test_a_reading_that_failed_is_nobodys() -> None:
    shared = Shared[int]()
    with pytest.raises(ZeroDivisionError):
        shared.get(lambda: 1 // 0)
    assert shared.get(lambda: 7) == 7
