"""Processes race for one caller or for one clinician, while Redis loses its data; SQL lets exactly one win.

Each racer tells Redis of one caller and one clinician, and makes an offer of what matches, as the product does.
"""

import multiprocessing
from multiprocessing.synchronize import Barrier, Semaphore

from redis import Redis
from sqlalchemy.exc import OperationalError

from config.database import Database
from routing import store
from routing.lines import Lines
from routing.needs import WaitState
from routing.policy import DutyEntry, Stand, WaitEntry
from routing.rows import OPEN_OFFERS, offers_where, presences
from tests.routing.world import NOON, Center

LINE = "pt+en"
NOW_MS = 1_930_000_000_000
SEATS = 4  # at a time with a connection: as patient as the product is with a database that is busy


def run(number: int, database_url: str, redis_url: str, caller: str, clinician: str, start: Barrier, seats: Semaphore,
        wipes: bool) -> None:  # fmt: skip
    """One racer: say both to Redis, wiping it first if asked, and let SQL decide on the match."""
    lines = Lines(Redis.from_url(redis_url))
    start.wait(120)
    with seats:
        if wipes:
            lines.clear()
        found = lines.apply_wait(WaitEntry(f"wait-{caller}", 1, (Stand(LINE, 0, NOW_MS),)), NOW_MS)
        found = found or lines.apply_duty(DutyEntry(clinician, 2, NOW_MS, (LINE,)), NOW_MS)
        if found is None:
            return
        database = Database(database_url)
        room = {"room": f"room-{number}", "why": lambda _wait: {}, "now": NOON, "ring_seconds": 20}
        for last_try in (False, False, True):
            try:
                with database.transaction() as tx:
                    store.make_offer(tx, wait_id=found.wait_id, clinician_id=found.clinician_id, **room)  # type: ignore[arg-type]
                break
            except OperationalError:  # SQLite kept busy by the others; in the product the sweep comes again
                if last_try:
                    raise
        database.close()


def race(processes: int, database: Database, database_url: str, redis_url: str, shared: str) -> None:
    """Race for one `shared` ("caller" or "clinician"); AssertionError unless exactly one won."""
    center = Center(database)
    callers = ["one"] if shared == "caller" else [f"c{number}" for number in range(processes)]
    people = ["ana"] if shared == "clinician" else [f"p{number}" for number in range(processes)]
    for caller in callers:
        center.joins(caller)
    for person in people:
        center.ready(person)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.routing.race"])
    start, seats = context.Barrier(processes), context.Semaphore(SEATS)
    racers = [
        context.Process(
            target=run,
            args=(each, database_url, redis_url, callers[each % len(callers)], people[each % len(people)], start, seats,
                  each % 10 == 5),
        )
        for each in range(processes)
    ]  # fmt: skip
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(180)
    assert [racer.exitcode for racer in racers] == [0] * processes
    (made,) = center.do(offers_where, OPEN_OFFERS)
    held = [each.clinician_id for each in center.do(presences) if each.offer_id is not None]
    assert held == [made.clinician_id]
    assert center.wait(made.call_id).state is WaitState.OFFERED
