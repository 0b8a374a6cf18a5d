"""Two clinicians for one caller, two callers for one clinician: raced, and impossible on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from config.database import Database
from routing import offers, rows, store
from routing.needs import WaitState
from routing.tables import OPEN_OFFER, OPEN_WAIT
from tests.routing.world import NOON, Center, after

RACERS = 50
AT_A_TIME = 20  # as many connections as the pool keeps


def race(step: Callable[[int], object]) -> list[object]:
    """All racers, as many at once as there are connections, each round started together."""
    start = Barrier(AT_A_TIME)

    def run(number: int) -> object:
        if number < RACERS - RACERS % AT_A_TIME:
            start.wait(timeout=30)
        return step(number)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(run, range(RACERS)))


def test_of_fifty_offers_to_one_clinician_exactly_one_is_made(database: Database) -> None:
    center = Center(database)
    center.ready("ana")
    for number in range(RACERS):
        center.joins(f"call-{number}")
    made = race(lambda number: center.offers(f"call-{number}", "ana"))
    assert sum(one is not None for one in made) == 1
    assert len(center.do(rows.offers_where, rows.OPEN_OFFERS)) == 1


def test_of_fifty_offers_of_one_caller_exactly_one_is_made(database: Database) -> None:
    center = Center(database)
    center.joins("call-1")
    for number in range(RACERS):
        center.ready(f"person-{number}")
    made = race(lambda number: center.offers("call-1", f"person-{number}"))
    assert sum(one is not None for one in made) == 1
    offered = [each for each in center.do(rows.presences) if each.offer_id is not None]
    assert len(offered) == 1


def test_of_many_endings_of_one_offer_exactly_one_is_told(database: Database) -> None:
    center = Center(database)
    center.joins()
    center.ready("ana")
    made = center.rings()
    endings: list[Callable[[], object]] = [
        lambda: center.do(store.give_back, made.id, "declined", now=after(5)),
        lambda: center.do(store.give_back, made.id, "no_answer", now=after(5)),
        lambda: center.do(store.give_back, made.id, "expired", now=after(60)),
    ]
    told = race(lambda number: endings[number % 3]())
    assert sum(bool(follows) for follows in told) == 1
    assert center.offer(made).state in offers.GIVEN_BACK
    assert (center.wait().state, center.presence().offer_id) == (WaitState.WAITING, None)


def test_leaving_and_accepting_at_once_never_leaves_a_clinician_with_nobody(database: Database) -> None:
    center = Center(database)
    center.joins()
    center.ready("ana")
    made = center.rings()
    steps: list[Callable[[], object]] = [
        lambda: center.do(store.accept, made.id, now=after(5)),
        lambda: center.do(store.leave, call_id="call-1", why="hung_up", now=after(5)),
        lambda: center.sets("ana", "away", after(5)),
    ]
    race(lambda number: steps[number % 3]())
    assert center.offer(made).state in offers.TERMINAL
    assert (center.wait().state, center.presence().offer_id) == (WaitState.LEFT, None)


@pytest.mark.parametrize("shared", ["clinician_id", "wait_id"])
def test_the_index_alone_refuses_a_second_open_offer(database: Database, shared: str) -> None:
    def put(number: int) -> bool:
        values = plain_offer(number) | {shared: "same"}
        try:
            with database.transaction() as tx:
                tx.execute(insert(rows.OFFERS).values(values))
        except IntegrityError:
            return False
        return True

    assert sum(bool(won) for won in race(put)) == 1


def test_the_index_lets_ended_offers_be(database: Database) -> None:
    with database.transaction() as tx:
        for state in sorted(offers.TERMINAL) * 2:
            tx.execute(insert(rows.OFFERS).values(plain_offer(1) | {"state": state.value}))


def test_a_fence_is_never_used_again(database: Database) -> None:
    with database.transaction() as tx:
        first = rows.add_offer(tx, plain_offer(1))
        tx.execute(rows.OFFERS.delete())
        second = rows.add_offer(tx, plain_offer(1))
    assert first is not None
    assert second is not None
    assert second.id > first.id


@pytest.mark.parametrize(
    ("index", "predicate"),
    [
        ("uq_offers_open_clinician", OPEN_OFFER),
        ("uq_offers_open_wait", OPEN_OFFER),
        ("uq_waits_open_call", OPEN_WAIT),
    ],
)
def test_the_predicate_is_in_the_database(database: Database, index: str, predicate: str) -> None:
    written = definition(database, index)
    assert "UNIQUE" in written
    condition = written.partition(" WHERE ")[2]
    assert states_in(condition) == states_in(predicate)


def test_the_predicates_name_the_open_states() -> None:
    assert states_in(OPEN_OFFER) == {state.value for state in offers.OPEN}
    assert states_in(OPEN_WAIT) == {state.value for state in WaitState if state is not WaitState.LEFT}


def definition(database: Database, index: str) -> str:
    query = (
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = :name"
        if database.is_sqlite
        else "SELECT indexdef FROM pg_indexes WHERE indexname = :name"
    )
    with database.reading() as tx:
        return str(tx.execute(text(query), {"name": index}).scalar_one())


def states_in(predicate: str) -> set[str]:
    return set(predicate.split("'")[1::2])


def plain_offer(number: int) -> dict[str, object]:
    names = {"wait_id": f"w{number}", "call_id": f"c{number}", "clinician_id": f"p{number}", "room": f"r{number}"}
    times = {"created_at": NOON, "expires_at": after(20)}
    return {**names, **times, "state": "offered", "rung": 0, "why": {}, "dialling": "due"}
