"""The auditor's page: what it finds, what it exports, and that looking leaves its own row."""

import csv
import io

from calls.tables import AuditRow
from tests.desk.world import World


def rows_of(world: World, query: str) -> list[dict[str, str]]:
    answer = world.browser("olga").get(f"/audit/trail.csv?{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def test_all_accesses_to_one_patient_and_all_that_one_user_touched(world: World) -> None:
    world.browser("ana").get("/me")
    world.browser("sam").get("/calls/joe")
    of_joe = rows_of(world, "subject=p-joe")
    assert {(row["actor"], row["action"]) for row in of_joe} == {("user:ana", "saw_call"), ("user:sam", "saw_call")}
    by_ana = rows_of(world, "actor=ana")
    assert {row["actor"] for row in by_ana} == {"user:ana"}
    assert {"saw_call", "saw_callback", "saw_work", "signed_in"} <= {row["action"] for row in by_ana}
    assert ("user:olga", "exported_audit", "p-joe") in world.audits()


def test_the_page_finds_by_day(world: World) -> None:
    world.browser("sam").get("/calls/joe")
    olga = world.browser("olga")
    assert "Saw call" in olga.get("/audit?subject=p-joe").get_data(as_text=True)
    page = olga.get("/audit?subject=p-joe&from=2031-01-01&to=2031-01-31").get_data(as_text=True)
    assert "Nothing of these days matches." in page
    assert "Of: cb-rosa" in _told(world), "what a row holds, in words"
    assert "accepted: a day like" in olga.get("/audit?from=yesterday").get_data(as_text=True)
    assert olga.get("/audit/trail.csv?from=yesterday").status_code == 400


def _told(world: World) -> str:
    world.browser("ana").get("/me")
    return str(world.browser("olga").get("/audit?actor=ana").get_data(as_text=True))


def test_an_altered_row_is_named(world: World) -> None:
    world.browser("sam").get("/calls/joe")
    olga = world.browser("olga")
    assert "The trail is whole" in olga.get("/audit/proof").get_data(as_text=True)
    for altered in ("no longer JSON", "[1]"):
        world.change(AuditRow, 2, details=altered)
        assert altered in olga.get("/audit").get_data(as_text=True)
    world.change(AuditRow, 2, action="did_nothing")
    page = olga.get("/audit/proof").get_data(as_text=True)
    assert "audit row 2: its content is not what was recorded" in page
