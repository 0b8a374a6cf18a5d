"""The ledger on the supervisor's pages: what is late comes first, nobody is named, and each look is written down."""

import csv
import io
from datetime import timedelta

import sqlalchemy

from tests.desk.world import World

ROSA = "cb-rosa"


def page(world: World, path: str = "/promises") -> str:
    answer = world.browser("sam").get(path)
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).split())


def audited(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as tx:
        return [tuple(row) for row in tx.execute(sqlalchemy.text("SELECT action, subject FROM audit ORDER BY id"))]


def test_the_alarm_is_on_the_board_before_a_promise_breaks(world: World) -> None:
    tile = '>Promises at risk</a></dt> <dd class="value">{}</dd>'
    calm = page(world, "/board")
    world.clock.move(days=30)
    alarmed = page(world, "/board")
    assert tile.format(0) in calm or tile.format(1) in calm
    assert tile.format(0) not in alarmed


def test_late_promises_come_first_and_nobody_is_named(world: World) -> None:
    with world.database.transaction() as tx:
        tx.execute(
            sqlalchemy.text("UPDATE callback_requests SET promise_by = :past WHERE id = :rosa"),
            {"past": (world.clock.now() - timedelta(days=9)).replace(tzinfo=None), "rosa": ROSA},
        )
    listed = page(world)
    assert listed.index(f'id="promise-{ROSA}"') == listed.index('id="promise-')
    assert "Late" in listed
    assert "Rosa" not in listed


def test_one_promise_is_told_whole_and_the_look_is_written_down(world: World) -> None:
    assert "None yet" in page(world, f"/promises/{ROSA}")
    assert ("saw_promise", "p-rosa") in audited(world)
    told = page(world, f"/promises/{ROSA}")
    assert "<h1>Promise: Therapist, for Ana Ruiz</h1>" in told
    assert '<a href="/promises">Back to the promises</a>' in told
    assert world.browser("sam").get("/promises/nothing").status_code == 404


def test_the_sheet_has_one_row_a_promise_and_runs_no_formula(world: World) -> None:
    with world.database.transaction() as tx:
        tx.execute(sqlalchemy.text("UPDATE callback_requests SET service = '=HYPERLINK(1)' WHERE id = 'cb-rosa'"))
    answer = world.browser("sam").get("/promises.csv")
    rows = {row["promise"]: row for row in csv.DictReader(io.StringIO(answer.get_data(as_text=True)))}
    assert rows[ROSA]["service"] == "'=HYPERLINK(1)"
    with world.database.reading() as tx:
        assert len(rows) == tx.scalar(sqlalchemy.text("SELECT count(*) FROM callback_requests"))
    assert "Rosa" not in answer.get_data(as_text=True)
    assert audited(world)[-1][0] == "exported_promises"
