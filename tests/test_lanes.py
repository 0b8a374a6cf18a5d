"""The clock's lanes: a carrier that never answers delays nothing that our own rows say is due."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import clock
import seeding
from callbacks.rows_store import REQUESTS
from calls.store import OUTBOX, Todo, write_outbox
from config.reading import read_content
from config.settings import ROOT
from telephony.carrier import CarrierError
from tests.callbacks.desk import Desk
from tests.phone import real_pause
from tests.resources import migrated_sqlite
from tests.scenarios.orders import Center
from tools import Tools

LONG = 1  # real seconds after which something is taken to hang for good


class HangingCarrier:
    """Whatever it is asked, it answers when it is let go, and then with a refusal."""

    def __init__(self) -> None:
        self.asked, self.let_go = threading.Semaphore(0), threading.Event()

    def hang_up(self, _sid: str) -> None:
        self.asked.release()
        self._hang()

    def __getattr__(self, _request: str) -> Any:
        return self._hang

    def _hang(self, *_what: Any, **_more: Any) -> None:
        assert self.let_go.wait(LONG)
        raise CarrierError("not now", permanent=True, maybe_done=False)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    migrated_sqlite(tmp_path / "orders.db")
    made = Center(tmp_path, read_content(ROOT / "config"))
    seeding.seed(made.tools)
    yield made
    made.database.close()


def hang_ups(center: Center, many: int) -> None:
    """Requests to the carrier that nobody made in time."""
    long_ago = center.clock.at - timedelta(minutes=1)
    with center.database.transaction() as tx:
        write_outbox(tx, [Todo(f"hang_up:{each}", "hang_up", f"CA{each}", 0, None, long_ago) for each in range(many)])


def states(center: Center) -> list[str]:
    with center.database.reading() as tx:
        return list(tx.execute(select(REQUESTS.c.state).order_by(REQUESTS.c.due_at)).scalars())


def hung_up(tools: Tools) -> int:
    with tools.database.reading() as tx:
        done = (OUTBOX.c.kind == "hang_up") & OUTBOX.c.done_at.is_not(None)
        return len(tx.execute(select(OUTBOX.c.id).where(done)).all())


def test_what_is_due_is_found_at_the_next_tick_though_the_carrier_hangs(center: Center) -> None:
    hangs, desk = HangingCarrier(), Desk(center.database)
    tools = replace(center.tools, carrier=hangs)
    for number, seconds in (("+13125550171", 1), ("+13125550172", 2)):
        due = center.clock.at + timedelta(seconds=seconds)
        desk.book(number=number, now=center.clock.at, due_at=due, promised_from=due, promise_by=due)
    hang_ups(center, clock.SWEEPERS + 2)
    lanes = clock.lanes_to_carrier(tools)

    clock.beat(tools, lanes)
    for _ in range(clock.SWEEPERS):
        assert hangs.asked.acquire(timeout=LONG), "each sweeper asks the carrier for one of them"
    assert (states(center), hung_up(tools)) == (["booked", "booked"], 0)

    for found in (["waiting", "booked"], ["waiting", "waiting"]):
        center.clock.sleep(1)
        clock.beat(tools, lanes)
        assert states(center) == found
    assert hung_up(tools) == 0, "the carrier hangs still"

    hangs.let_go.set()
    for _ in range(2):
        assert hangs.asked.acquire(timeout=LONG), "who waited behind those is asked for, once"
    deadline = time.monotonic() + LONG
    while hung_up(tools) < clock.SWEEPERS + 2:
        assert time.monotonic() < deadline, "the lanes do not go on"
        real_pause()
    assert not hangs.asked.acquire(blocking=False), "no request is made twice"
