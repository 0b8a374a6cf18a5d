"""A clinician notes how his talk ended; who may read it, and where it is never written."""

from datetime import timedelta
from typing import Any

from calls import notes_store
from calls.notes_store import Note
from calls.store import Fact, write_journal
from calls.tables import SiteOutcome
from routing.tables import Offer, Presence
from tests.desk.test_pages import press, text_of
from tests.desk.world import NOON, World

WORDS = "Knee bends well; call again on Friday."
ASKED = 'id="end-title-1"'  # the heading of the question; work that is owed asks how it ended as well


def talked(world: World, minutes_ago: float = 0.5) -> None:
    """Ana's talk is over, and she wraps up."""
    ended = NOON - timedelta(minutes=minutes_ago)
    world.change(Offer, 1, state="finished", ended_at=ended)
    world.change(Presence, "ana", state="wrapping_up", since=ended, until=NOON + timedelta(seconds=30))


def noted(world: World, offer: int = 1, words: str = WORDS, **more: Any) -> None:
    values = {"offer_id": offer, "call_id": "joe", "clinician_id": "ana", "patient_id": "p-joe"}
    values |= {"service": "therapist", "outcome": "answered", "talked_at": NOON, "written_at": NOON}
    with world.database.transaction() as tx:
        notes_store.write(tx, Note(**{**values, "note_sealed": world.vault.seal(words) if words else None, **more}))


def test_the_wrap_up_asks_how_it_ended_and_says_how_much_time_is_left(world: World) -> None:
    talked(world)
    page = text_of(world, "ana", "/me")
    assert "How it ended: Joe S." in page
    assert 'data-down="30"' in page
    assert "Question answered" in page
    assert "Save and ready" in page
    assert "2 more minutes" in page


def test_what_is_entered_is_what_is_noted(world: World) -> None:
    talked(world)
    press(world, "ana", "/me/talks/1/note", outcome="answered", words="one\r\ntwo", then="ready")
    assert world.note.done == [("note_talk", "ana", 1, "answered", "one\ntwo", "user:ana")]
    assert world.act.done == [("set_presence", "ana", "ready", None, None)]
    press(world, "ana", "/me/wrap-up/longer")
    assert world.note.done[1:] == [("longer", "ana")]


def test_a_note_that_is_refused_makes_nobody_ready(world: World) -> None:
    talked(world)
    world.note.refusal = "That talk was too long ago."
    press(world, "ana", "/me/talks/1/note", outcome="answered", words="", then="ready")
    assert world.act.done == []


def test_a_talk_asks_to_be_noted_after_the_wrap_up_until_it_is(world: World) -> None:
    talked(world, minutes_ago=60)
    world.change(Presence, "ana", state="ready", until=None)
    page = text_of(world, "ana", "/me")
    assert ASKED in page
    assert "Save and ready" not in page
    noted(world)
    assert ASKED not in text_of(world, "ana", "/me")
    world.change(Presence, "ana", state="wrapping_up", until=NOON)
    page = text_of(world, "ana", "/me")
    assert WORDS in page
    assert 'value="answered" checked' in page


def test_nobody_is_asked_about_a_talk_of_long_ago_or_one_that_never_was(world: World) -> None:
    talked(world, minutes_ago=4 * 60 + 1)
    assert ASKED not in text_of(world, "ana", "/me")
    world.change(Offer, 1, ended_at=NOON, talk_started_at=None)
    assert ASKED not in text_of(world, "ana", "/me")


def test_the_sites_own_outcomes_stand_above_those_of_the_content(world: World) -> None:
    talked(world)
    own = {"service": "therapist", "active": True}
    world.add(SiteOutcome, **own, key="brace", label="Brace ordered")
    world.add(SiteOutcome, **{**own, "active": False}, key="not_reached", label="Nobody there")
    page = text_of(world, "ana", "/me")
    assert "Brace ordered" in page
    assert "not_reached" not in page


def test_who_talks_with_a_known_patient_reads_what_was_noted_before_and_it_is_audited(world: World) -> None:
    noted(world, offer=77, clinician_id="luis", call_id="earlier")
    page = text_of(world, "ana", "/me")
    assert WORDS in page
    assert "Luis Ortega" in page
    assert ("user:ana", "saw_note", "p-joe") in world.audits()
    world.change(Offer, 1, clinician_id="luis")
    world.change(Presence, "luis", state="talking")
    assert WORDS in text_of(world, "luis", "/me")


def test_nothing_of_a_patient_is_read_by_who_talks_with_somebody_unproved(world: World) -> None:
    noted(world, offer=77)
    world.change(Presence, "luis", state="talking")
    world.offer("en-2", "luis", "accepted", talk_started_at=NOON)
    assert WORDS not in text_of(world, "luis", "/me")
    assert "saw_note" not in {row[1] for row in world.audits()}


def test_a_supervisor_reads_it_with_the_calls_story_and_that_is_audited(world: World) -> None:
    noted(world)
    page = text_of(world, "sam", "/calls/joe")
    assert WORDS in page
    assert "Question answered" in page
    assert ("user:sam", "saw_note", "p-joe") in world.audits()
    assert world.browser("olga").get("/calls/joe").status_code == 403


def test_the_story_says_how_it_ended_in_the_words_of_the_clinic(world: World) -> None:
    noted(world)
    with world.database.transaction() as tx:
        told = {"offer": 1, "outcome": "answered"}
        write_journal(tx, [Fact("talk_noted:1:1", "joe", "talk_noted", NOON, details=told)])
    assert "Ana Ruiz noted how the talk ended: Question answered." in text_of(world, "sam", "/calls/joe")


def test_history_counts_outcomes(world: World) -> None:
    noted(world)
    noted(world, offer=2)
    noted(world, offer=3, outcome="not_reached")
    noted(world, offer=4, outcome="")
    noted(world, offer=5, talked_at=NOON - timedelta(days=2))
    page = text_of(world, "sam", "/history")
    row = page.split('Question answered<span class="note"> Therapist</span></th><td>', 1)[1].split("</td>", 1)[0]
    assert row.endswith(">2</a>"), "and leads to the two talks"
    assert "service=therapist&amp;outcome=answered" in row
    assert WORDS not in page
    sheet = world.browser("sam").get("/history/outcomes.csv").get_data(as_text=True)
    assert sheet.splitlines()[1:] == [
        "therapist,answered,Question answered,2",
        "therapist,not_reached,Patient not reached,1",
    ]
    told = world.browser("sam").get("/history.json").get_json()["outcomes"]
    assert [each["talks"] for each in told] == [2, 1]
