"""Messages from the caller's voice to the owner's ear, and what becomes of those that went astray, as whole calls."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

import calls.store
import clock
import messages as messages_door
from calls import messages_store, work_store
from calls.messages_store import Message
from calls.work import Item
from tests.phone import Phone
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.world import CENTER, JOE, OPERATOR, World

pytestmark = pytest.mark.scenario
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where both databases do the same
STRANGER = "+12175550177"


@pytest.fixture(autouse=True)
def no_fault_outlives_its_test(world: World) -> Iterator[None]:
    yield
    world.emulator.ask("DELETE", "/control/faults")


def owed(world: World) -> list[Item]:
    """What is owed to patients, done or not."""
    with world.tools.database.reading() as tx:
        ids = [row.id for row in tx.execute(text("SELECT id FROM work_items ORDER BY opened_at, id"))]
        return [item for key in ids if (item := work_store.item(tx, key))]


def messages(world: World) -> list[Message]:
    with world.tools.database.reading() as tx:
        ids = [row.id for row in tx.execute(text("SELECT id FROM voicemails ORDER BY left_at"))]
        return [message for key in ids if (message := messages_store.message(tx, key))]


def at_the_carrier(world: World) -> int:
    """How many recordings the carrier still holds."""
    return len(world.tools.carrier.recordings_since(world.tools.now() - timedelta(days=3)))


def sound(world: World, message: Message) -> bytes:
    with world.tools.database.reading() as tx:
        sealed = messages_store.sound(tx, message.id)
    assert sealed is not None and "RIFF" not in sealed
    return world.tools.vault.open_bytes(sealed)


def _written(instant: datetime) -> str:
    """An instant as both databases take it from a text."""
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")


def leaves_a_message(world: World, language: str = "1") -> Phone:
    """After hours somebody leaves a message about therapy."""
    world.act.set_hours("closed", None, "test")
    joe = world.phone(JOE)
    joe.dials(CENTER).hears("emergency").hears("oprima" if language == "2" else "English").presses(language)
    joe.hears("oprima el 2" if language == "2" else "press 2").presses("2")
    joe.hears("su mensaje" if language == "2" else "about").presses("1").hears("beep")
    world.passes(1.5)
    joe.says("My hip hurts when I climb stairs, and I would like to hear from my therapist before the weekend, please.")
    world.passes(8)
    return joe


@pytest.mark.parametrize("language", ["1", "2"])
def test_a_message_is_fetched_sealed_deleted_at_the_carrier_and_owned_until_a_time(world: World, language: str) -> None:
    leaves_a_message(world, language).presses("#").is_over()
    world.passes(10)
    (message,), (item,) = messages(world), owed(world)
    assert message.sound == "kept" and sound(world, message).startswith(b"RIFF")
    assert at_the_carrier(world) == 0
    assert (item.kind, item.subject, item.service, item.state) == ("message", message.id, "therapy", "open")
    assert item.language == {"1": "en", "2": "es"}[language]
    assert item.due_at > message.left_at and item.number_sealed
    for fact in ("message_kept", "work_opened", "message_fetched", "recording_deleted"):
        assert world.facts().count(fact) == 1, world.facts()


@ON_SQLITE
def test_a_notice_that_never_comes_costs_no_message(world: World) -> None:
    world.emulator.post("/control/faults", {"name": "F40", "how": "missing"})
    joe = leaves_a_message(world)
    world.web_is_away = True  # nor does the turn that follows his hanging up reach us
    joe.hangs_up()
    world.passes(5)
    world.web_is_away = False
    assert messages(world) == []
    world.passes(200)
    (message,) = messages(world)
    assert (message.sound, message.seconds > 5, at_the_carrier(world)) == ("kept", True, 0)
    assert [item.subject for item in owed(world)] == [message.id]


@ON_SQLITE
def test_a_message_that_the_fallback_document_took_is_found(world: World) -> None:
    world.script(OPERATOR, no_answer=True)
    world.web_is_away = True
    stranger = world.phone(STRANGER)
    stranger.dials(CENTER).hears("emergency").hears("beep", within=120)
    world.passes(1.5)
    stranger.says("This is Maria. Nobody answered. Please call me about my appointment on Monday morning.")
    world.passes(8)
    stranger.presses("#").hears("We have your message").is_over()
    world.web_is_away = False
    world.passes(200)
    (message,), (item,) = messages(world), owed(world)
    assert (message.service, message.sound) == ("clinic", "kept")
    assert world.tools.vault.open(item.number_sealed or "") == STRANGER


@ON_SQLITE
def test_a_file_that_comes_late_is_waited_for_and_the_message_is_there_at_once(world: World) -> None:
    world.emulator.post("/control/faults", {"name": "F40", "how": "late", "delay_s": 90})
    leaves_a_message(world).presses("#").is_over()
    world.passes(5)
    assert [message.sound for message in messages(world)] == ["wanted"]
    assert len(owed(world)) == 1
    world.passes(180)
    assert [message.sound for message in messages(world)] == ["kept"]


@ON_SQLITE
def test_a_recording_of_nothing_is_dropped_and_the_record_says_so(world: World) -> None:
    world.emulator.post("/control/faults", {"name": "F40", "how": "empty"})
    leaves_a_message(world).presses("#").hears("did not hear a message").hangs_up()
    world.passes(15)
    assert (messages(world), owed(world), at_the_carrier(world)) == ([], [], 0)
    assert "message_dropped" in world.facts() and "recording_deleted" in world.facts()


@ON_SQLITE
def test_the_sound_is_erased_on_day_31_and_the_row_and_the_audit_stay(world: World) -> None:
    leaves_a_message(world).presses("#").is_over()
    world.passes(10)
    (message,) = messages(world)
    for age, sound_is in ((timedelta(days=30, hours=-1), "kept"), (timedelta(days=30, hours=1), "erased")):
        then = {"then": _written(world.tools.now() - age)}
        with world.tools.database.transaction() as tx:
            tx.execute(text("UPDATE voicemails SET left_at = :then"), then)
            tx.execute(text("UPDATE legs SET ended_at = :then"), then)
        messages_door.retain(world.tools)
        assert messages(world)[0].sound == sound_is
    (after,) = messages(world)
    assert (after.id, after.sound, after.seconds) == (message.id, "erased", message.seconds)
    with world.tools.database.reading() as tx:
        assert tx.execute(text("SELECT count(*) FROM stored_sounds")).scalar() == 0
        assert tx.execute(text("SELECT count(*) FROM audit WHERE action = 'erased_message'")).scalar() == 1
        assert tx.execute(text("SELECT count(*) FROM answered")).scalar() == 0


@ON_SQLITE
def test_the_documents_of_many_legs_are_erased_round_by_round(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages_store, "LEGS_AT_ONCE", 1)
    now = world.tools.now()
    with world.tools.database.transaction() as tx:
        calls.store.open_call(
            tx, call_id="c1", dialled=CENTER, caller_hash=None, caller_sealed=None, language="en", now=now
        )
        for sid in ("CA1", "CA2", "CA3"):
            calls.store.open_leg(tx, sid=sid, call_id="c1", party="patient", stage="ended", session="", now=now)
            given = text("INSERT INTO answered (sid, request, turn, document) VALUES (:sid, 'r', 1, 'd')")
            tx.execute(given, {"sid": sid})
        tx.execute(text("UPDATE legs SET ended_at = :then WHERE sid <> 'CA3'"), {"then": _written(now)})
        later = now + timedelta(days=31)
        assert [messages_store.erase_documents(tx, later) for _ in range(3)] == [1, 1, 0]


def test_what_is_not_answered_in_time_goes_to_the_team_and_no_item_is_without_owner_and_due(world: World) -> None:
    world.script(OPERATOR, no_answer=True)
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    joe.hears("press 2").presses("0").hears("To leave a message", within=60).presses("2").hears("beep")
    world.passes(4)
    joe.presses("#").hears("within 4 hours").is_over()
    (item,) = owed(world)
    assert item.owner_id == "ana"
    world.emulator.post("/control/clock", {"advance_s": 4 * 3600 + 1})
    clock.tick(world.tools)
    (late,) = owed(world)
    assert (late.owner_id, late.state, late.escalated_at is not None) == (None, "open", True)
    assert world.facts().count("work_escalated") == 1
    clock.tick(world.tools)
    assert owed(world) == [late]


def test_who_gives_up_is_on_the_list_and_off_it_when_he_is_back(world: World) -> None:
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    joe.hears("press 2")
    world.passes(30)
    joe.hangs_up()
    (item,) = owed(world)
    assert (item.kind, item.patient_id, item.owner_id, item.state) == ("gave_up", "patient-101", "ana", "open")
    assert item.due_at - item.opened_at == timedelta(minutes=60)
    joe_asks_for_therapy(world).hears("kept your place")
    (back,) = owed(world)
    assert (back.state, back.outcome) == ("done", "came_back")


@ON_SQLITE
def test_who_is_gone_at_once_or_is_unknown_or_chose_a_callback_is_no_work(world: World) -> None:
    world.nobody_free()
    short = joe_asks_for_therapy(world)
    world.passes(4)
    short.hangs_up()
    stranger = world.phone(STRANGER)
    stranger.dials(CENTER).hears("English").presses("1").hears("press 3").presses("3")
    promised = joe_asks_for_therapy(world)
    promised.hears("press 2").presses("2").hears("0, 1, 4, 2").presses("1").is_over()
    again = joe_asks_for_therapy(world)
    again.hears("press 2")
    world.passes(30)
    again.hangs_up()
    stranger.hangs_up()
    assert owed(world) == []


@ON_SQLITE
def test_a_promise_that_nobody_could_keep_is_a_persons(world: World) -> None:
    world.act.set_hours("closed", None, "test")
    joe = world.phone(JOE)
    joe.dials(CENTER).hears("English").presses("1").hears("closed").presses("1").hears("about").presses("1")
    joe.hears("birth").presses("03141957").hears("PIN").presses("4821#").hears("0, 1, 4, 2").presses("1").is_over()
    with world.tools.database.transaction() as tx:  # as if every try had failed
        tx.execute(
            text("UPDATE callback_requests SET state = 'to_person', ended_at = :now"),
            {"now": _written(world.tools.now())},
        )
    world.passes(61)
    (item,) = owed(world)
    assert (item.kind, item.owner_id, item.service) == ("promise", "ana", "therapy")
    assert world.tools.vault.open(item.number_sealed or "") == JOE
