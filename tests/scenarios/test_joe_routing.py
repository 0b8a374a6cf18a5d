"""Joe's variants that the router decides, as whole calls. The numbers are those of the acceptance pack."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, text

import routing.store
import telling
from calls import store as calls_store
from directory.tables import Avoidance
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


def offered(world: World) -> list[str]:
    """Whom the only call was offered to, in order."""
    with world.tools.database.reading() as tx:
        (call_id,) = calls_store.call_ids(tx)
        return [offer.clinician_id for offer in routing.store.offers_of_call(tx, call_id)]


def test_2_ana_talks_with_another_patient_and_joe_waits_and_gets_her(world: World) -> None:
    world.only_on_duty("ana")
    ana, marcus = world.phone(ANA), asks_for_therapy(world, "+15745550148", "12011975", "2468")
    ana.rings().answers().hears("press 1").presses("1")
    marcus.talks_with(ana)
    joe = joe_asks_for_therapy(world)
    world.passes(3)
    assert world.facts().count("wait_estimated") == 1, "what he may expect is known (its words: the conversation)"
    marcus.hangs_up()
    ana.is_over()
    ana.rings(within=world.settings.wrap_up_seconds + 10).answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert "The patient's own clinician became free" in decisions(world)


def test_4_ana_is_away_today_and_luis_is_offered_with_the_reason(world: World) -> None:
    world.presence("ana", "away")
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert offered(world) == ["luis"]
    assert "A colleague of the patient's own clinician was ready" in decisions(world)
    assert "Ana was away." in decisions(world)


def test_8_joe_is_not_made_to_wait_for_ana_while_a_colleague_is_free(world: World) -> None:
    world.presence("ana", "in_visit", None, 120)
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    told = decisions(world)
    assert "A colleague of the patient's own clinician was ready" in told
    assert "Ana was in a visit." in told


def test_24_two_therapists_freed_in_the_same_instant_make_one_connection(world: World) -> None:
    world.nobody_free()
    ana, luis, joe = world.phone(ANA), world.phone(LUIS), joe_asks_for_therapy(world)
    joe.hears("press 2")
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
    joe.hears("press 2")
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
    elena, luis, joe = world.phone(ELENA), world.phone(LUIS), joe_asks_for_therapy(world)
    elena.rings(within=60).answers().hears("press 1").presses("1")
    joe.talks_with(elena)
    assert not luis.is_ringing
    assert offered(world) == ["elena"]
    assert "Luis was free but is not to be offered this patient." in decisions(world)


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
