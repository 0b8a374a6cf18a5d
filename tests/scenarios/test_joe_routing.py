"""Joe's variants that the router decides, as whole calls. The numbers are those of the acceptance pack."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

import routing.store
import telling
from calls import store as calls_store
from calls.metrics import stories, summed
from calls.stays import Ending, amounts
from desk import history_store
from directory import local_store
from directory.tables import Avoidance
from routing.rows import OFFERS
from tests.phone import Phone
from tests.scenarios.world import ANA, CENTER, JOE, LUIS, World

pytestmark = pytest.mark.scenario
ELENA = "+15745550168"


def asks_for_therapy(world: World, number: str, born: str, pin: str) -> Phone:
    """A patient dials, chooses English and therapy, and proves who he is."""
    phone = world.phone(number)
    phone.dials(CENTER).hears("English").presses("1").hears("press 1").presses("1")
    return phone.hears("birth").presses(born).hears("PIN").presses(f"{pin}#")


def joe_asks_for_therapy(world: World) -> Phone:
    """Joe does."""
    return asks_for_therapy(world, JOE, "03141957", "4821")


def decisions(world: World) -> str:
    """What `explain` says of the last call."""
    with world.tools.database.reading() as tx:
        call_id = calls_store.call_ids(tx)[-1]
        return "\n".join(telling.decisions_of(tx, call_id, world.tools))


def offered(world: World, call: int = 0) -> list[str]:
    """Whom a call (the first) was offered to, in order."""
    with world.tools.database.reading() as tx:
        call_id = calls_store.call_ids(tx)[call]
        return [offer.clinician_id for offer in routing.store.offers_of_call(tx, call_id)]


def ana_talks(world: World) -> tuple[Phone, Phone]:
    """Ana, in a talk with another patient of hers; of her talks enough is known to say how long they take."""
    with world.tools.database.transaction() as tx:
        for number in range(4):
            tx.execute(insert(OFFERS).values(**_past_talk(number, world.tools.now())))
    ana, marcus = world.phone(ANA), asks_for_therapy(world, "+15745550148", "12011975", "2468")
    ana.rings().answers().hears("press 1").presses("1")
    marcus.talks_with(ana)
    return ana, marcus


def _past_talk(number: int, now: datetime) -> dict[str, Any]:
    """A talk of five minutes that Ana had yesterday."""
    began = now - timedelta(days=1, hours=number)
    ended = began + timedelta(seconds=300)
    ids = {"wait_id": f"past-{number}", "call_id": f"past-{number}", "clinician_id": "ana", "room": f"past-{number}"}
    times = {
        "created_at": began,
        "expires_at": ended,
        "accepted_at": began,
        "talk_started_at": began,
        "ended_at": ended,
    }
    return {**ids, **times, "state": "finished", "rung": 0, "why": {}, "dialling": "placed"}


def test_2_ana_talks_and_joe_is_told_a_range_waits_for_her_by_choice_and_gets_her(world: World) -> None:
    ana, marcus = ana_talks(world)
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    joe.hears("Ana, your physical therapist, is with another patient. The wait is about 3 to 10 minutes.")
    joe.presses("1").hears("in line for Ana")
    joe.hears("You are next in line", within=60).hears("For the next available team member, press 3", within=60)
    assert not luis.is_ringing, "a colleague was free all the time: it was his choice"
    marcus.hangs_up()
    ana.is_over()
    ana.rings(within=world.settings.wrap_up_seconds + 10).answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    told = decisions(world)
    assert "The patient's own clinician became free" in told
    assert "The patient chose to wait for his own clinician." in told
    assert {"wait_estimated", "wait_told", "chose_whom"} <= set(world.facts())


def test_2_when_ana_does_not_answer_joe_is_told_and_a_colleague_comes(world: World) -> None:
    ana, marcus = ana_talks(world)
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    joe.hears("press 3").presses("1").hears("in line for Ana")
    world.script(ANA, no_answer=True)
    marcus.hangs_up()
    ana.is_over()
    luis.rings(within=180).answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert offered(world, -1) == ["ana", "luis"]


def test_4_ana_is_away_today_and_luis_is_offered_with_the_reason(world: World) -> None:
    world.presence("ana", "away")
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert offered(world) == ["luis"]
    assert "A colleague of the patient's own clinician was ready" in decisions(world)
    assert "Ana was away." in decisions(world)


def test_8_joe_prefers_the_next_who_is_free_and_that_ana_was_not_is_his_choice(world: World) -> None:
    world.presence("ana", "in_visit", None, 20)
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    joe.hears("is with a patient until about")
    assert not luis.is_ringing, "nobody is rung for a question that is not answered yet"
    joe.presses("3").hears("next available")
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    told = decisions(world)
    assert "A colleague of the patient's own clinician was ready" in told
    assert "The patient chose the next available clinician." in told
    assert "Ana was in a visit." in told


def test_8_who_says_nothing_is_not_made_to_wait_for_ana_while_a_colleague_is_free(world: World) -> None:
    world.presence("ana", "in_visit", None, 20)
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    joe.hears("Ana or a colleague will be with you as soon as possible")
    luis.rings(within=5).answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert "chose" not in decisions(world)


def test_24_two_therapists_freed_in_the_same_instant_make_one_connection(world: World) -> None:
    world.nobody_free()
    ana, luis, joe = world.phone(ANA), world.phone(LUIS), joe_asks_for_therapy(world)
    joe.hears("Ana or a colleague will be with you as soon as possible")
    world.act.set_presence("luis", "ready", None, None)
    world.act.set_presence("ana", "ready", None, None)
    assert world.since("ana") == world.since("luis"), "in the same millisecond"
    world.settle()
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert not ana.is_ringing
    assert offered(world) == ["luis"], "the first word decides, and it decides alone"


def test_25_content_published_while_joe_waits_is_for_those_who_come_after_him(world: World) -> None:
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    joe.hears("Ana or a colleague will be with you as soon as possible")
    before = world.tools.content
    published = before.model_copy(update={"ladders": {"other": before.ladders["plain"]}, "version": "f" * 64})
    world.tools = replace(world.tools, content=published)
    world.passes(3)
    with world.tools.database.reading() as tx:
        (wait,) = routing.store.waits_open(tx)
    assert wait.content == before.version[:12]
    assert wait.rung == 1, "he climbed the ladder that he joined with"
    ana = world.phone(ANA)
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.first_offer()["why"]["content"] == before.version[:12], "the record says which version applied"


def test_30_joe_asked_never_to_speak_with_luis_who_is_passed_over_with_the_reason(world: World) -> None:
    with world.tools.database.transaction() as tx:
        tx.execute(insert(Avoidance).values(patient_id="patient-101", clinician_id="luis"))
    world.presence("ana", "away")
    world.presence("mia", "away")  # idle as long as Elena: which of the two comes first is not the matter here
    elena, luis, joe = world.phone(ELENA), world.phone(LUIS), joe_asks_for_therapy(world)
    elena.rings(within=60).answers().hears("press 1").presses("1")
    joe.talks_with(elena)
    assert not luis.is_ringing
    assert offered(world) == ["elena"]
    assert "Luis was free but is not to be offered this patient." in decisions(world)


def test_a_skill_that_ran_out_overnight_is_not_asked_for_and_the_reason_says_when(world: World) -> None:
    yesterday = world.tools.now().date() - timedelta(days=1)
    with world.tools.database.transaction() as tx:
        local_store.set_expiry(tx, "luis", "physical_therapy", yesterday)
    world.settle()
    world.presence("ana", "away")
    world.presence("mia", "away")
    world.presence("elena", "in_visit", None, 20)
    elena, luis, joe = world.phone(ELENA), world.phone(LUIS), joe_asks_for_therapy(world)
    joe.hears("as soon as possible")
    world.passes(60)
    assert not luis.is_ringing
    world.presence("elena", "ready")
    elena.rings().answers().hears("press 1").presses("1")
    joe.talks_with(elena)
    assert offered(world) == ["elena"], "Luis, free all the time, was never asked"
    assert "Luis was free but had the skill physical therapy only until" in decisions(world)


def test_a_clinician_deleted_while_his_phone_rings_leaves_joe_at_the_front(world: World) -> None:
    world.script(ANA, no_answer=True)
    ana, luis, joe = world.phone(ANA), world.phone(LUIS), joe_asks_for_therapy(world)
    ana.rings()
    place = _place(world)
    with world.tools.database.transaction() as tx:
        tx.execute(text("UPDATE clinicians SET active = false WHERE id = 'ana'"))
    luis.rings(within=60)
    assert _place(world) == place, "in front, as before"
    luis.answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    world.passes(40)  # her cool-down is over: she is ready by her presence, and still not to be rung
    assert offered(world) == ["ana", "luis"]


def test_joe_whom_luis_answers_after_ana_did_not_is_answered_in_every_count(world: World) -> None:
    world.script(ANA, no_answer=True)
    ana, luis, joe = world.phone(ANA), world.phone(LUIS), joe_asks_for_therapy(world)
    ana.rings()
    luis.rings(within=60).answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    with world.tools.database.reading() as tx:
        now = world.tools.now()
        told = list(history_store.entries_touching(tx, now - timedelta(hours=1), now + timedelta(seconds=1)))
    (stay,) = amounts(told).stays
    assert (stay.ending, stay.clinician) == (Ending.ANSWERED, "luis")
    assert stay.seconds > 20, "and Ana's ringing is part of his wait"
    assert summed(stories(told)).longest_wait_s == int(stay.seconds)


def test_ana_hears_within_two_seconds_that_joe_hung_up(world: World) -> None:
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1")
    joe.hangs_up()
    ana.hears("hung up", within=2).is_over()
    assert world.presence_of("ana") == "ready"


def _place(world: World) -> int:
    with world.tools.database.reading() as tx:
        (wait,) = routing.store.waits_open(tx)
    return wait.place_ms
