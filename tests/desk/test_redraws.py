"""A redraw of the pages reads what is open, never all that there ever was: seen by the plans of its statements."""

from typing import Any

import pytest
from sqlalchemy import event

from tests.desk.test_browser import furnish
from tests.desk.world import World

# What grows with the years. People, skills, hours and accounts do not.
GROWING = {"waits", "offers", "calls", "journal", "callback_requests", "callback_attempts", "work_items", "talk_notes"}
GROWING |= {"voicemails", "presence_changes", "audit", "outbox", "legs", "patients", "alarms", "guests"}
OPEN = ("uq_waits_open_call", "uq_callback_requests_open_number", "uq_alarms_open", "ix_work_items_undone")
NEWEST = ("ix_calls_arrived_at",)  # read from its end, as far as the limit


def plans(world: World, login: str, path: str) -> list[str]:
    """How SQLite answers each statement of this page; the steps that read a table that grows from end to end."""
    asked: list[tuple[str, Any]] = []
    client = world.browser(login)

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    event.listen(world.database.engine, "before_cursor_execute", note)
    assert client.get(path).status_code == 200
    event.remove(world.database.engine, "before_cursor_execute", note)
    raw = world.database.engine.raw_connection()
    steps = [
        (str(row[3]), statement)
        for statement, values in asked
        if statement.lstrip().upper().startswith(("SELECT", "WITH"))
        for row in raw.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values or ())
    ]
    raw.close()
    return [f"{step}: {statement[:300]}" for step, statement in steps if reads_all(step)]


def reads_all(step: str) -> bool:
    words = step.split()
    if words[0] != "SCAN" or words[1] not in GROWING:
        return False
    return not any(index in step for index in (*OPEN, *NEWEST))


@pytest.mark.parametrize(
    ("login", "path"),
    [("sam", "/board"), ("ana", "/me"), ("luis", "/me"), ("sam", "/owed"), ("ana", "/owed"), ("sam", "/people/luis")],
)
def test_no_redraw_reads_the_past(world: World, login: str, path: str) -> None:
    furnish(world)
    assert plans(world, login, path) == []
