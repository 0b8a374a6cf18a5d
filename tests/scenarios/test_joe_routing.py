"""Joe's variants that the router decides, as whole calls. The numbers are those of the acceptance pack."""

from dataclasses import replace

import pytest
from sqlalchemy import insert

import routing.store
import telling
from calls import store as calls_store
from directory.tables import Avoidance
from tests.phone import Phone
from tests.scenarios.world import ANA, CENTER, JOE, LUIS, World

pytestmark = pytest.mark.scenario


def joe_asks_for_therapy(world: World) -> Phone:
    """Joe dials, chooses English and therapy, and proves who he is."""
    joe = world.phone(JOE)
    joe.dials(CENTER).hears("English").presses("1").hears("press 1").presses("1")
    joe.hears("birth").presses("03141957").hears("PIN").presses("4821#")
    return joe


def decisions(world: World) -> str:
    """What `explain` says of the only call."""
    with world.tools.database.reading() as tx:
        (call_id,) = calls_store.call_ids(tx)
        return "\n".join(telling.decisions_of(tx, call_id, world.tools))


def offered(world: World) -> list[str]:
    """Whom the only call was offered to, in order."""
    with world.tools.database.reading() as tx:
        (call_id,) = calls_store.call_ids(tx)
        return [offer.clinician_id for offer in routing.store.offers_of_call(tx, call_id)]


def test_2_ana_is_busy_for_a_moment_and_joe_waits_and_gets_her(world: World) -> None:
    world.only_on_duty("ana")
    world.presence("ana", "in_visit", None, 1)
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    joe.hears("press 2")
    ana.rings(within=90).answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert "The patient's own clinician became free" in decisions(world)


def test_4_ana_is_away_today_and_luis_is_offered_with_the_reason(world: World) -> None:
    world.presence("ana", "away")
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert offered(world) == ["luis"]
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


def test_30_joe_asked_never_to_speak_with_luis(world: World) -> None:
    with world.tools.database.transaction() as tx:
        tx.execute(insert(Avoidance).values(patient_id="patient-101", clinician_id="luis"))
    world.presence("ana", "away")
    luis, _joe = world.phone(LUIS), joe_asks_for_therapy(world)
    world.passes(5)
    assert not luis.is_ringing
    assert "luis" not in offered(world)
