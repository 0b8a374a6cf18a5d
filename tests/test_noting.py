"""What a clinician notes of a talk: sealed, counted, never in the journal or the audit trail; and his time for it."""

from datetime import timedelta

import clock as clock_door
import messages
import routing.store
from calls import notes_store
from noting import LONGEST_NOTE, Noting
from tests.scenarios.orders import Center, change, told

WORDS = "Her scar is red; she is to send a picture."


def talks(center: Center) -> int:
    """Joe and Ana talk; the offer."""
    center.joe_waits(for_whom="ana")
    offer, _room, sid = center.rung()
    center.takes(offer, sid)
    change(center, f"UPDATE offers SET talk_started_at = created_at WHERE id = {offer}")
    return offer


def ends(center: Center, offer: int) -> None:
    """The talk is over."""
    with center.database.transaction() as tx:
        routing.store.finish_talk(tx, offer, now=center.clock.at, wrap_up_seconds=30)


def test_a_note_is_sealed_and_only_its_outcome_is_told(center: Center) -> None:
    offer = talks(center)
    ends(center, offer)
    assert Noting(center.tools).note_talk("ana", offer, "exercises", f" {WORDS} ", "user:ana") == ""
    with center.database.reading() as tx:
        note = notes_store.of_talk(tx, offer)
    assert note is not None
    assert (note.outcome, note.service, note.patient_id) == ("exercises", "therapy", "patient-101")
    assert note.note_sealed == WORDS, "the vault of these tests seals nothing"
    everywhere = str(told(center, "SELECT details FROM journal")) + str(told(center, "SELECT details FROM audit"))
    assert WORDS not in everywhere
    (journal,) = told(center, "SELECT details FROM journal WHERE fact = 'talk_noted'")
    assert '"exercises"' in str(journal[0])
    (audit,) = told(center, "SELECT actor, subject FROM audit WHERE action = 'note_talk'")
    assert audit == ("user:ana", "patient-101")


def test_noted_again_it_stands_in_place_of_what_was_noted(center: Center) -> None:
    noting, offer = Noting(center.tools), talks(center)
    assert noting.note_talk("ana", offer, "answered", WORDS, "user:ana") == "", "already while they talk"
    ends(center, offer)
    assert noting.note_talk("ana", offer, "", "", "user:ana") == ""
    with center.database.reading() as tx:
        (note,) = notes_store.of_call(tx, str(told(center, "SELECT id FROM calls")[0][0]))
    assert (note.outcome, note.note_sealed, note.version) == ("", None, 2)
    assert len(told(center, "SELECT 1 FROM journal WHERE fact = 'talk_noted'")) == 2


def test_what_cannot_be_noted_is_told_and_changes_nothing(center: Center) -> None:
    noting, offer = Noting(center.tools), talks(center)
    assert "offered no more" in noting.note_talk("ana", offer, "self_care", "", "user:ana"), "the nurse's, not hers"
    assert "Only who talked" in noting.note_talk("luis", offer, "answered", "", "user:luis")
    assert "Only who talked" in noting.note_talk("ana", 999, "answered", "", "user:ana")
    assert "at most 2000" in noting.note_talk("ana", offer, "answered", "x" * (LONGEST_NOTE + 1), "user:ana")
    ends(center, offer)
    center.clock.sleep(13 * 3600)
    assert "too long ago" in noting.note_talk("ana", offer, "answered", "", "user:ana")
    assert told(center, "SELECT 1 FROM talk_notes") == []


def test_the_server_counts_the_time_to_wrap_up_and_it_can_be_made_longer(center: Center) -> None:
    noting, offer = Noting(center.tools), talks(center)
    assert noting.longer("ana") != "", "she talks"
    ends(center, offer)
    assert noting.longer("ana") == ""
    center.clock.sleep(149)
    clock_door.expire(center.tools)
    assert told(center, "SELECT state FROM presences WHERE clinician_id = 'ana'") == [("wrapping_up",)]
    center.clock.sleep(2)
    clock_door.expire(center.tools)
    assert told(center, "SELECT state FROM presences WHERE clinician_id = 'ana'") == [("ready",)]


def test_the_words_go_when_their_time_is_over_and_the_outcome_stays(center: Center) -> None:
    offer = talks(center)
    ends(center, offer)
    Noting(center.tools).note_talk("ana", offer, "answered", WORDS, "user:ana")
    center.clock.at += timedelta(days=center.tools.settings.content_days, seconds=1)
    messages.retain(center.tools)
    assert told(center, "SELECT outcome, note_sealed FROM talk_notes") == [("answered", None)]
    (audit,) = told(center, "SELECT actor, subject FROM audit WHERE action = 'erased_note'")
    assert audit == ("clock", "patient-101")
