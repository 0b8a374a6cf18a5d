"""What many boards read at the same time is read once a wave, and nobody gets what is older than his question."""

import threading
from time import monotonic

import pytest

from desk.sharing import Shared


def test_who_asks_later_gets_a_reading_of_his_own() -> None:
    shared, readings = Shared[int](), iter(range(9))
    assert [shared.get("", monotonic(), lambda: next(readings)) for _ in range(3)] == [0, 1, 2]


def test_all_who_draw_for_one_wave_share_a_reading() -> None:
    shared, readings = Shared[int](), iter(range(99))
    wave = monotonic()
    found: list[int] = []
    boards = [
        threading.Thread(target=lambda: found.append(shared.get("", wave, lambda: next(readings)))) for _ in range(8)
    ]
    for each in boards:
        each.start()
    for each in boards:
        each.join(10)
    assert found == [0] * 8


def test_what_is_being_read_when_a_wave_begins_is_too_old_for_it() -> None:
    shared = Shared[int]()
    reading, go_on = threading.Event(), threading.Event()

    def slowly() -> int:
        reading.set()
        go_on.wait(10)
        return 1

    first = threading.Thread(target=lambda: shared.get("", monotonic(), slowly))
    first.start()
    reading.wait(10)
    wave = monotonic()
    go_on.set()
    assert shared.get("", wave, lambda: 2) == 2
    first.join(10)


def test_what_is_drawn_late_is_as_old_as_what_it_is_drawn_of() -> None:
    rows, drawn = Shared[str](), Shared[str]()
    first = monotonic()
    old = rows.reading("", first, lambda: "before")
    second = monotonic()
    assert drawn.made_of(old, "", first, lambda: f"drawn: {old.found}") == "drawn: before"
    new = rows.reading("", second, lambda: "after")
    assert drawn.made_of(new, "", second, lambda: f"drawn: {new.found}") == "drawn: after"
    assert drawn.made_of(old, "", first, lambda: "older again") == "drawn: after", "newer serves the late one as well"


def test_different_things_are_read_each_for_itself() -> None:
    shared, wave = Shared[str](), monotonic()
    assert [shared.get(who, wave, lambda who=who: f"for {who}") for who in ("sam", "eva", "sam")] == [  # type: ignore[misc]
        "for sam",
        "for eva",
        "for sam",
    ]


def test_a_reading_that_failed_is_nobodys() -> None:
    shared, wave = Shared[int](), monotonic()
    with pytest.raises(ZeroDivisionError):
        shared.get("", wave, lambda: 1 // 0)
    assert shared.get("", wave, lambda: 7) == 7
