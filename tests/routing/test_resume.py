"""A caller who was cut off keeps his place: the latest wait of his number decides, and old calls are not looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from calls.tables import Call
from config.database import Database
from routing import resume_store
from routing.resume_store import LONGEST_CALL, dropped
from routing.tables import Wait
from tests.desk.test_cost import plans
from tests.desk.world import table

NOON = datetime(2031, 3, 3, 18, tzinfo=UTC)
SINCE = NOON - timedelta(minutes=5)


def waited(
    database: Database, name: str, *, joined: float, ended: float | None, service: str = "therapist", **more: Any
) -> None:
    """A call and its wait, in minutes before noon; cut off unless told otherwise."""
    since = NOON - timedelta(minutes=joined)
    call: dict[str, Any] = {"id": name, "dialled": "1", "level": 0, "language": "en", "arrived_at": since}
    wait: dict[str, Any] = {"id": f"wait-{name}", "call_id": name, "kind": "call", "state": "waiting", "need": {}}
    wait |= {"ladder": "shipped", "rules": [], "rung": 0, "place_ms": int(joined), "version": 1, "joined_at": since}
    if ended:
        wait |= {"state": "left", "ended_why": "hung_up", "ended_at": NOON - timedelta(minutes=ended)}
    with database.transaction() as tx:
        tx.execute(insert(table(Call)), [{**call, "service": service, "caller_hash": "his"}])
        tx.execute(insert(table(Wait)), [{**wait, **more}])


def places(database: Database, who: str = "his") -> list[str]:
    with database.reading() as tx:
        return [call for _, _, call in dropped(tx, who, SINCE)]


def test_who_was_cut_off_a_moment_ago_has_his_place_in_each_service(database: Database) -> None:
    waited(database, "a", joined=20, ended=4)
    waited(database, "b", joined=9, ended=3, service="nurse")
    assert places(database) == ["b", "a"]
    assert places(database, "anothers") == []


@pytest.mark.parametrize(
    "instead",
    [{"ended_why": "operator"}, {"state": "served", "ended_why": "served"}, {"ended": 6}],
    ids=["he chose otherwise", "he was served", "too long ago"],
)
def test_who_was_not_cut_off_or_long_ago_has_none(database: Database, instead: dict[str, Any]) -> None:
    waited(database, "a", joined=20, **{"ended": 4, **instead})
    assert places(database) == []


def test_who_waits_again_or_was_helped_since_has_none(database: Database) -> None:
    waited(database, "a", joined=20, ended=4)
    waited(database, "b", joined=3, ended=None)
    assert places(database) == []


def test_a_caller_of_many_years_is_found_by_his_latest_calls(database: Database) -> None:
    waited(database, "a", joined=20, ended=4)
    with database.reading() as tx:
        asked = {"caller": "his", "since": SINCE, "earliest": SINCE - LONGEST_CALL}
        plan = plans(tx, lambda tx: tx.execute(resume_store._DROPPED.statement, asked))
    assert "ix_calls_caller" in plan
    assert "arrived_at" in plan, "by number and time, not by the number alone"
