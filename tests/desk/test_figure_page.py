"""A figure opened: its definition, and behind it the calls, promises or people it rests on; never a patient's name."""

import re
from datetime import timedelta

import pytest

from callbacks import ledger, ledger_store
from callbacks.tables import CallbackRequest
from calls.board_dictionary import COUNTS, NOW
from calls.dictionary import METRICS
from calls.tables import Call
from routing.tables import Presence, Wait
from tests.desk.test_history import sheet, told
from tests.desk.test_pages import text_of
from tests.desk.world import NOON, World

OF_THE_BOARD = [count.key for count in COUNTS] + [sight.key for sight in NOW]


def links(page: str, place: str) -> list[str]:
    """What the table leads to, in its order."""
    return re.findall(rf'<th scope="row"[^>]*><a href="/{place}/([^"]+)">', page)


def test_no_two_figures_have_one_key() -> None:
    keys = [metric.key for metric in METRICS] + OF_THE_BOARD
    assert len(keys) == len(set(keys))


def test_behind_a_count_of_today_are_its_calls_and_no_others(world: World) -> None:
    told(world, "gone", (0, "call_arrived", {}), (5, "joined_line", {}), (40, "left_line", {"why": "hung_up"}))
    promised: dict[str, object] = {"service": "therapist"}
    told(world, "twice", (0, "call_arrived", {}), (9, "callback_booked", promised), (99, "callback_booked", promised))
    told(world, "early", (0, "call_arrived", {}), (9, "message_kept", {}), minutes_ago=13 * 60)
    assert links(text_of(world, "sam", "/figures/calls"), "calls") == ["joe", "twice", "gone"]
    assert links(text_of(world, "sam", "/figures/hung_up"), "calls") == ["gone"]
    assert links(text_of(world, "sam", "/figures/reached"), "calls") == ["joe"]
    page = text_of(world, "sam", "/figures/callbacks_promised")
    assert "<h1>Callbacks promised: 2</h1>" in page
    assert links(page, "calls") == ["twice"] and "<td>2</td>" in page
    page = text_of(world, "sam", "/figures/messages")
    assert "<h1>Messages: 0</h1>" in page and "None." in page, "it was left yesterday"


def test_behind_those_who_wait_are_their_calls_in_the_order_they_are_served(world: World) -> None:
    world.change(Wait, "w-es-1", place_ms=2)
    assert links(text_of(world, "sam", "/figures/waiting"), "calls") == ["en-2", "es-1"]
    world.change(Wait, "w-en-2", state="offered")
    page = text_of(world, "sam", "/figures/waiting")
    assert "<h1>Waiting: 1</h1>" in page and links(page, "calls") == ["es-1"]
    assert "<td>Therapist, Spanish</td><td>1:23</td><td>Waiting</td>" in page
    page = text_of(world, "sam", "/figures/longest")
    assert "<h1>Longest wait: 1:23</h1>" in page and links(page, "calls") == ["es-1", "en-2"]


def test_behind_a_number_of_clinicians_are_they(world: World) -> None:
    world.change(Presence, "mei", state="offered")
    assert links(text_of(world, "sam", "/figures/ringing"), "people") == ["mei"]
    assert links(text_of(world, "sam", "/figures/talking"), "people") == ["ana"]
    page = text_of(world, "sam", "/figures/ready")
    assert "<h1>Ready: 1 of 3</h1>" in page
    assert links(page, "people") == ["luis", "ana", "mei"], "who is ready stands first"


def test_behind_the_promises_at_risk_they_stand_with_the_reason(world: World) -> None:
    page = text_of(world, "sam", "/figures/at_risk")
    assert "<h1>Promises at risk: 1</h1>" in page
    assert links(page, "promises") == ["cb-late"]
    assert "<td>Therapist, for Luis Ortega</td><td>Late: its time is over; nobody was free</td>" in page


def test_no_patient_is_named_behind_a_figure_and_no_look_is_noted(world: World) -> None:
    world.change(Call, "en-2", patient_id="p-rosa", level=2)
    for key in OF_THE_BOARD:
        page = text_of(world, "sam", f"/figures/{key}")
        assert not [name for name in ("Joe", "Stone", "Rosa", "Vega", "p-joe", "555") if name in page]
    assert not [audit for audit in world.audits() if audit[1].startswith("saw_")]


@pytest.fixture
def promised(world: World) -> World:
    """One of Ana's was kept in time, one late, one went to a person; Luis's is late; the team's: open, taken back."""
    for key, own, hours in (("kept", "ana", 2), ("late", "ana", 1), ("open", None, 5), ("back", None, 1)):
        world.callback(key, own, hours=hours, booked_at=NOON - timedelta(hours=9))
    world.change(CallbackRequest, "kept", state="reached", ended_at=NOON + timedelta(minutes=50))
    world.change(CallbackRequest, "late", state="reached", ended_at=NOON + timedelta(hours=2))
    world.change(CallbackRequest, "back", state="cancelled", ended_at=NOON)
    world.change(CallbackRequest, "cb-rosa", state="to_person", ended_at=NOON + timedelta(minutes=10), service="nurse")
    world.clock.move(minutes=194)
    return world


def test_callbacks_kept_are_counted_when_it_was_decided(promised: World) -> None:
    (day,) = sheet(promised, "width=day")
    assert (day["promises_due"], day["promises_kept"]) == ("4", "0.25")
    by_hour = {row["interval_start"][11:13]: row for row in sheet(promised, "width=hour")}
    assert [by_hour[at]["promises_due"] for at in ("17", "18", "19", "20", "23")] == ["1", "2", "1", "0", "0"]
    kept = [by_hour[at]["promises_kept"] for at in ("17", "18", "19", "20")]
    assert kept == ["0", "0.5", "0", ""], "late is decided when its time was over, an hour before the talk"
    by_person = {row["value"]: row["promises_due"] for row in sheet(promised, "width=day&axis=person")}
    assert (by_person["ana"], by_person["luis"]) == ("3", "1")
    by_service = {row["value"]: row["promises_kept"] for row in sheet(promised, "width=day&axis=service")}
    assert by_service["nurse"] == "0"
    assert float(by_service["therapist"]) == pytest.approx(1 / 3, abs=1e-5)


def test_callbacks_kept_are_those_of_the_ledger(promised: World) -> None:
    with promised.database.reading() as tx:
        totals = ledger.totals(ledger_store.ledger(tx), promised.clock.now())
    (day,) = sheet(promised, "width=day")
    assert float(day["promises_kept"]) == totals.kept_share


def test_callbacks_kept_have_a_chart_and_the_promises_behind_them(promised: World) -> None:
    page = text_of(promised, "sam", "/history?width=hour")
    assert 'aria-label="Callbacks kept in time: from 0% to 50%."' in page
    due = text_of(promised, "sam", "/figures/promises_due")
    assert links(due, "promises") == ["cb-late", "cb-rosa", "kept", "late"]
    opened = text_of(promised, "sam", "/figures/promises_kept")
    assert "<h1>Callbacks kept in time: 25.0%</h1>" in opened
    assert links(opened, "promises") == ["cb-late", "cb-rosa", "late"], "those that were not"
    assert "Rosa" not in opened
