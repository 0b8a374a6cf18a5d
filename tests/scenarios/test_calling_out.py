"""Clinicians ring patients through the center: out of work, to keep a promise now, and again after a talk."""

from datetime import UTC, datetime

import pytest

from calling_out import AT_NIGHT, CLOSED, NO_NUMBER, NOT_YET, NOT_YOUR_TALK, ONCE_READY, CallingOut
from owing import BEING_RUNG, CHANGED
from tests.phone import Phone
from tests.scenarios.test_answering import rings_at
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.test_joe_callbacks import joe_wants_ana_to_call, later, promised
from tests.scenarios.test_messages import leaves_a_message, owed
from tests.scenarios.world import ANA, CENTER, JOE, World

pytestmark = pytest.mark.scenario
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where both databases do the same


def joes_message(world: World) -> str:
    """Joe has left a message, and the center has opened; the work that it is."""
    leaves_a_message(world).presses("#").is_over()
    world.passes(10)
    world.act.set_hours("open", None, "test")
    (item,) = owed(world)
    return item.id


def moment(stored: object) -> datetime:
    """An instant, as one of the databases gives it."""
    return (stored if isinstance(stored, datetime) else datetime.fromisoformat(str(stored))).replace(tzinfo=UTC)


def rung_by(world: World, ana: Phone) -> Phone:
    """Ana's phone rings for it, she takes it, and Joe does; they talk."""
    joe = world.phone(JOE)
    ana.rings().answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    return joe


def test_ana_rings_joe_out_of_his_message_and_that_deals_with_it(world: World) -> None:
    item, ana = joes_message(world), world.phone(ANA)
    assert CallingOut(world.tools).for_work(item, "ana", "user:ana") == ""
    world.settle()
    joe = rung_by(world, ana)
    (done,) = owed(world)
    assert (done.state, done.outcome, done.done_by) == ("done", "reached", "ana")
    assert promised(world)["asked_by"] == "clinician"
    assert world.promises() == ["reached"]
    assert "called_out" in world.facts()
    joe.hangs_up()
    assert CallingOut(world.tools).for_work(item, "ana", "user:ana") == CHANGED


@ON_SQLITE
def test_it_waits_until_she_is_ready_and_then_comes_before_all_who_wait(world: World) -> None:
    item, ana = joes_message(world), world.phone(ANA)
    world.nobody_free()
    liz = world.phone("+13125550141")
    liz.dials(CENTER)
    assert CallingOut(world.tools).for_work(item, "ana", "user:ana") == ONCE_READY
    world.settle()
    assert not ana.is_ringing
    world.presence("ana", "ready")
    rung_by(world, ana)


@ON_SQLITE
def test_whom_she_does_not_reach_she_has_on_her_list_still(world: World) -> None:
    item, ana = joes_message(world), world.phone(ANA)
    for _ in range(3):
        CallingOut(world.tools).for_work(item, "ana", "user:ana")
        world.settle()
        ana.rings(within=7200).answers().hears("press 1").presses("1")
        world.phone(JOE).rings().declines()
        world.settle()
        world.presence("ana", "ready")
    (left,) = owed(world)
    assert (left.state, left.claimed_by) == ("claimed", "ana"), "her work, and nobody's second one"
    assert world.promises() == ["to_person"]


@ON_SQLITE
def test_a_promise_of_hers_is_kept_now(world: World) -> None:
    world.nobody_free()
    joe_wants_ana_to_call(world).is_over(within=60)
    promise, ana = str(promised(world)["id"]), world.phone(ANA)
    assert CallingOut(world.tools).for_callback(promise, "ana", "user:ana") == NOT_YET
    world.only_on_duty("nobody")
    world.goes_to(moment(promised(world)["promised_from"]))
    assert CallingOut(world.tools).for_callback(promise, "ana", "user:ana") == ONCE_READY
    world.presence("ana", "ready")
    world.settle()
    ana.rings()
    assert CallingOut(world.tools).for_callback(promise, "ana", "user:ana") == BEING_RUNG
    rung_by(world, ana).hangs_up()
    assert world.promises() == ["reached"]


def test_after_a_talk_she_rings_him_again_in_half_an_hour(world: World) -> None:
    joe, ana = joe_asks_for_therapy(world), world.phone(ANA)
    ana.rings()
    offer = rings_at(world)
    ana.answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    joe.hangs_up()
    world.settle()
    assert CallingOut(world.tools).after_talk(offer, 30, "luis", "user:luis") == NOT_YOUR_TALK
    assert CallingOut(world.tools).after_talk(offer, 30, "ana", "user:ana") == ""
    world.presence("ana", "ready")
    later(world, 20)
    assert not ana.is_ringing
    later(world, 11)
    rung_by(world, ana)


@ON_SQLITE
def test_nobody_is_rung_at_night_nor_while_it_is_closed_nor_who_withheld_his_number(world: World) -> None:
    item, rings = joes_message(world), CallingOut(world.tools)
    world.act.set_hours("closed", None, "test")
    assert rings.for_work(item, "ana", "user:ana") == CLOSED
    world.act.set_hours("open", None, "test")
    later(world, 12 * 60)
    assert rings.for_work(item, "ana", "user:ana") == AT_NIGHT
    with world.tools.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE work_items SET number_sealed = NULL, patient_id = NULL")
    assert rings.for_work(item, "ana", "user:ana") == NO_NUMBER
    (still,) = owed(world)
    assert still.claimed_by is None, "a refusal changes nothing"
