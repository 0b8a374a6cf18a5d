"""Clinicians ring patients through the center: out of work, to keep a promise now, and again after a talk."""

from datetime import UTC, datetime

import pytest

from calling_out import BE_READY, GOES_ON, NOT_YOUR_TALK, CallingOut
from calls import work, work_store
from calls.work import Item
from ringing_out import ANOTHERS, AT_NIGHT, BEING_RUNG, CHANGED, CLOSED, NO_NUMBER, NOT_YET
from routing.needs import epoch_ms
from tests.phone import Phone
from tests.scenarios.test_answering import rings_at
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.test_joe_callbacks import joe_wants_ana_to_call, later, promised
from tests.scenarios.test_messages import leaves_a_message, owed
from tests.scenarios.world import ANA, JOE, LUIS, World

pytestmark = pytest.mark.scenario
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where both databases do the same


def joes_message(world: World) -> str:
    """Joe has left a message, and the center has opened; the work that it is."""
    leaves_a_message(world).presses("#").is_over()
    world.passes(10)
    world.act.set_hours("open", None, "test")
    (item,) = owed(world)
    return item.id


def of_a_housemate(world: World, item: Item) -> str:
    """Ana has taken on a message too that somebody else left from the same phone."""
    now = world.tools.now()
    values = {name: getattr(item, name) for name in ("kind", "number_hash", "number_sealed", "service", "language")}
    with world.tools.database.transaction() as tx:
        work_store.open_item(
            tx,
            item_id="housemate",
            subject="another-message",
            call_id="another-call",
            patient_id=None,
            owner_id=None,
            discharged_at=None,
            due_at=item.due_at,
            now=now,
            **values,
        )
        work_store.change(tx, "housemate", lambda each: work.claimed(each, "ana", now))
    return "housemate"


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
    housemates = of_a_housemate(world, owed(world)[0])
    assert CallingOut(world.tools).for_work(item, "ana", "user:ana") == ""
    world.settle()
    joe = rung_by(world, ana)
    done, other = sorted(owed(world), key=lambda each: each.id == housemates)
    assert (other.state, other.claimed_by) == ("claimed", "ana"), "another message from this phone waits still"
    assert (done.state, done.outcome, done.done_by) == ("done", "reached", "ana")
    assert promised(world)["asked_by"] == "clinician"
    assert world.promises() == ["reached"]
    assert "called_out" in world.facts()
    joe.hangs_up()
    assert CallingOut(world.tools).for_work(item, "ana", "user:ana") == CHANGED


@ON_SQLITE
def test_she_rings_when_she_is_ready_and_before_all_who_wait(world: World) -> None:
    item, ana, rings = joes_message(world), world.phone(ANA), CallingOut(world.tools)
    world.presence("ana", "away", "lunch")
    assert rings.for_work(item, "ana", "user:ana") == BE_READY
    world.settle()
    assert not world.phone(LUIS).is_ringing, "it is her call, and nobody else's"
    assert owed(world)[0].claimed_by is None
    world.presence("ana", "ready")
    assert rings.for_work(item, "ana", "user:ana") == ""
    world.settle()
    rung_by(world, ana)


@ON_SQLITE
def test_a_caller_in_danger_comes_before_it_however_late(world: World) -> None:
    item = joes_message(world)
    head_start = world.tools.content.red_flags.head_start_seconds * 1000
    CallingOut(world.tools).for_work(item, "ana", "user:ana")
    in_danger = epoch_ms(world.tools.now()) - head_start
    assert in_danger < int(str(promised(world)["place_ms"])) < epoch_ms(world.tools.now())


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
    world.act.finish_work(item, "message_left", "ana", "user:ana")
    later(world, 10)
    assert [each.state for each in owed(world)] == ["done"], "and it does not come back when she ends it"


@ON_SQLITE
def test_a_promise_of_hers_is_kept_now_but_not_before_its_time(world: World) -> None:
    world.nobody_free()
    joe_wants_ana_to_call(world).is_over(within=60)
    promise, ana, rings = str(promised(world)["id"]), world.phone(ANA), CallingOut(world.tools)
    assert rings.for_callback(promise, "ana", "user:ana") == BE_READY
    with world.tools.database.transaction() as tx:  # she wraps a talk up, meanwhile
        tx.exec_driver_sql("UPDATE presences SET state = 'wrapping_up' WHERE clinician_id = 'ana'")
    assert rings.for_callback(promise, "ana", "user:ana") == NOT_YET
    world.only_on_duty("nobody")
    world.goes_to(moment(promised(world)["promised_from"]))
    world.presence("ana", "ready")
    world.settle()
    ana.rings()
    assert rings.for_callback(promise, "ana", "user:ana") == BEING_RUNG
    rung_by(world, ana).hangs_up()
    assert world.promises() == ["reached"]


@ON_SQLITE
def test_a_button_takes_over_no_promise_of_another_patient_nor_one_for_another_time(world: World) -> None:
    """What stands for the number is not Luis's to take: not Joe's window with Ana, out of a message of nobody's."""
    item = joes_message(world)
    world.nobody_free()
    joe_wants_ana_to_call(world).is_over(within=60)
    window, rings = promised(world), CallingOut(world.tools)
    world.presence("luis", "ready")
    assert rings.for_work(item, "luis", "user:luis") == ANOTHERS
    with world.tools.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE work_items SET patient_id = 'patient-101'")
    assert rings.for_work(item, "luis", "user:luis") == NOT_YET
    assert promised(world) == window
    assert owed(world)[0].claimed_by is None


def test_after_a_talk_she_rings_him_again_in_half_an_hour(world: World) -> None:
    joe, ana = joe_asks_for_therapy(world), world.phone(ANA)
    ana.rings()
    offer = rings_at(world)
    ana.answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert CallingOut(world.tools).after_talk(offer, 30, "ana", "user:ana") == GOES_ON
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
