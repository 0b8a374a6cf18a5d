"""Calls that the carrier's pace holds back: in their turn, in every slot, and nobody for ever."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from redis import Redis

import clock
from bench.paced import BEGINS, CALLBACK, OFFER, Dialled, dialled
from bench.prepared import prepared
from calls.store import Entry
from errands import first_to_dial
from telephony.pace import Pace
from tools import Tools


@pytest.fixture
def tools(tmp_path: Path, valkey_url: str) -> Tools:
    return prepared(f"sqlite:///{tmp_path}/paced.db", valkey_url, tmp_path)


def slots(calls: list[Dialled]) -> list[float]:
    return [round(each.at + each.held, 3) for each in calls]


def test_what_is_held_back_is_dialled_in_every_slot_and_offers_first(tools: Tools, valkey_url: str) -> None:
    at_once = [(0.5, CALLBACK)] * 4 + [(0.5, OFFER)] * 8
    found = dialled(tools, Redis.from_url(valkey_url), 5, iter([(0.1, OFFER), *at_once, (1.1, OFFER)]))
    assert len(found) == 14
    assert {round(later - earlier, 3) for earlier, later in pairwise(slots(found)[1:])} == {0.2}
    offers = [at for at, each in enumerate(found) if each.kind == OFFER]
    assert [found[at].at for at in offers] == sorted(found[at].at for at in offers), "nobody who came later is first"
    before_last_offer = [each.kind for each in found[: offers[-1]]]
    assert 2 <= before_last_offer.count(CALLBACK) <= 4, "callbacks have their share of the slots meanwhile"
    assert before_last_offer.count(OFFER) > 2 * before_last_offer.count(CALLBACK)


def test_who_finds_a_slot_free_waits_for_nobody(tools: Tools, valkey_url: str) -> None:
    found = dialled(tools, Redis.from_url(valkey_url), 1, iter([(0.0, OFFER), (3.0, CALLBACK), (6.0, OFFER)]))
    assert [each.held for each in found] == [0, 0, 0]


def entry(number: int, kind: str) -> Entry:
    return Entry(number, kind, "1", 0, None, 0)


def test_of_four_slots_one_is_first_for_callbacks() -> None:
    waiting = [entry(1, CALLBACK), entry(2, "ring_guest"), entry(3, OFFER)]
    assert [first_to_dial(waiting, slot).id for slot in range(8)] == [1, 2, 2, 2, 1, 2, 2, 2]
    assert first_to_dial(waiting[1:], 0).id == 2
    assert first_to_dial(waiting[:1], 1).id == 1


class StoppedClock:
    """A clock that stands, as the emulator's may."""

    def now(self) -> datetime:
        return BEGINS

    def sleep(self, seconds: float) -> None:
        """No time passes."""


@pytest.mark.parametrize("per_second", [0, 5])
def test_a_clock_that_stands_does_not_keep_the_tick_waiting(tools: Tools, valkey_url: str, per_second: float) -> None:
    stopped = StoppedClock()
    pace = Pace(Redis.from_url(valkey_url), per_second, stopped.now)
    clock.rest(replace(tools, clock=stopped, pace=pace), 1.0, lambda: None)
