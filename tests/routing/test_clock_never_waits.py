"""The clock changes many rows in one transaction, so it waits for none that a turn holds: it comes again."""

import pytest

from config.columns import metadata
from config.database import Database
from routing import rows, store
from routing.presence import State
from routing.rows import CHANGES, OFFERS, PRESENCES, PROTECTIONS, WAITS
from tests.routing.world import Center, after

pytestmark = pytest.mark.postgres  # SQLite has one writer at a time and no row locks


@pytest.fixture
def center(postgres_url: str) -> Center:
    database = Database(postgres_url)
    metadata.create_all(database.engine, tables=[WAITS, PRESENCES, CHANGES, PROTECTIONS, OFFERS])
    return Center(database)


def test_a_caller_whom_a_turn_holds_climbs_at_the_next_tick(center: Center) -> None:
    center.joins("held")
    center.joins("free")
    with center.database.transaction() as turn:
        rows.wait_by_id(turn, "wait-held", lock=True)
        assert [each.subject for each in center.do(store.climb_all, after(31))] == ["wait-free"]
    assert [each.subject for each in center.do(store.climb_all, after(32))] == ["wait-held"]
    center.database.close()


def test_a_clinician_whom_a_turn_holds_is_ready_at_the_next_tick(center: Center) -> None:
    for person in ("ana", "ben"):
        center.sets(person, "away", until=after(60))
    with center.database.transaction() as turn:
        rows.presence_of(turn, "ana", lock=True)
        assert [each.subject for each in center.do(store.due_presences, after(61), 20)] == ["ben"]
    assert [each.subject for each in center.do(store.due_presences, after(62), 20)] == ["ana"]
    assert center.presence("ana").state is State.READY
    center.database.close()
