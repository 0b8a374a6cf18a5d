"""What a clinician sees of the patient whom he talks with: only after the proof, and only while they talk."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calls.tables import Call
from desk import patient_card
from desk.rows import CallRow, CardRow
from desk.words import Moment
from tests.desk.test_pages import text_of
from tests.desk.world import World

NOW = datetime(2031, 3, 3, 18, tzinfo=UTC)
MOMENT = Moment(NOW, ZoneInfo("America/Chicago"))
PEOPLE = {"ana": "Ana Ruiz", "luis": "Luis Ortega"}
EARLIER = CallRow("c1", "p-joe", 2, "en", "therapist", "voicemail", NOW - timedelta(days=3, hours=2), NOW)


def card(**more: object) -> CardRow:
    told = {"language": "es", "discharged_at": NOW - timedelta(days=12), "own_id": "ana", "team": ("luis", "gone")}
    return CardRow(**{**told, "calls": [EARLIER], **more})  # type: ignore[arg-type]


def test_it_says_since_when_he_is_home_who_cares_for_him_what_he_speaks_and_when_he_called() -> None:
    assert patient_card.facts(card(), PEOPLE, MOMENT) == (
        ("Left hospital", "12 days ago"),
        ("Cared for by", "Ana Ruiz (own), Luis Ortega"),
        ("Speaks", "Spanish"),
        ("Called before", "Fri Feb 28, 10:00 AM about therapist, left a message"),
    )


@pytest.mark.parametrize(("days", "told"), [(0, "today"), (1, "1 day ago"), (2, "2 days ago")])
def test_days_are_told_as_people_do(days: int, told: str) -> None:
    facts = dict(patient_card.facts(card(discharged_at=NOW - timedelta(days=days, hours=1)), PEOPLE, MOMENT))
    assert facts["Left hospital"] == told


def test_what_is_not_known_is_not_told() -> None:
    nothing = card(language=None, discharged_at=None, own_id=None, team=(), calls=[])
    assert patient_card.facts(nothing, PEOPLE, MOMENT) == ()


def test_it_stands_on_the_page_of_who_talks_with_him_after_the_proof_alone(world: World) -> None:
    world.call("before", patient="p-joe", minutes_ago=60 * 26, outcome="callback")
    world.call("guessed", patient="p-joe", minutes_ago=60 * 30, outcome="voicemail", level=1)
    page = text_of(world, "ana", "/me")
    assert "Called before" in page and "callback promised" in page
    assert "left a message" not in page, "a call whose caller was not proved may have been another's"
    world.change(Call, "joe", level=1)
    assert "Called before" not in text_of(world, "ana", "/me")
