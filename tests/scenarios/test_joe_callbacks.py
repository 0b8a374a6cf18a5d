"""Joe's variants about callbacks, as whole calls; the numbers are those of the acceptance pack."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

import clock
import directory.store
from callbacks.requests import Wish
from config.content import Hours, Span
from directory import reaching_store
from directory.hours import WEEKDAYS
from directory.reaching_store import SiteWish
from directory.wished_hours import read_hours
from tests.phone import Phone
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.world import ANA, CENTER, JOE, LUIS, World

pytestmark = pytest.mark.scenario
LIZ, WALTER = "+13125550141", "+13125550144"


def promised(world: World) -> dict[str, object]:
    """The row of the only promise."""
    with world.tools.database.reading() as tx:
        (row,) = tx.execute(text("SELECT * FROM callback_requests")).mappings()
    return dict(row)


def cut_short(world: World) -> list[str]:
    """The calls to patients that were ended by a request of ours instead of by what they were told."""
    ended = "SELECT subject FROM outbox JOIN legs ON legs.sid = subject WHERE kind = 'hang_up' AND party = 'returned'"
    with world.tools.database.reading() as tx:
        return list(tx.scalars(text(ended)))


def later(world: World, minutes: float) -> None:
    """Time passes at once, and what is due then is done."""
    world.emulator.post("/control/clock", {"advance_s": minutes * 60})
    world.settle()


def minutes_past_ten(world: World) -> float:
    now = datetime.fromtimestamp(world.now_ms() / 1000, UTC)
    return (now.hour - 16) * 60 + now.minute + now.second / 60


def joe_wants_ana_to_call(world: World) -> Phone:
    joe = joe_asks_for_therapy(world)
    joe.hears("press 2").presses("2").hears("0, 1, 4, 2").presses("1")
    return joe


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_service_with_hours_of_its_own_keeps_its_promises_while_others_rest(world: World) -> None:
    world.nobody_free()
    now, content = world.tools.now(), world.tools.content
    night = Hours(zone="America/Chicago", weekly=(Span(days=("sun",), opens="03:00", closes="03:05"),))
    day_and_night = Hours(zone="America/Chicago", weekly=(Span(days=WEEKDAYS, opens="00:00", closes="24:00"),))
    nurse = content.services["nurse"].model_copy(update={"hours": "always"})
    hours, services = {"center": night, "always": day_and_night}, {**content.services, "nurse": nurse}
    at_night = replace(world.tools, content=content.model_copy(update={"hours": hours, "services": services}))
    for number, service in ((JOE, "therapy"), (LIZ, "nurse")):
        world.promise(service, number, service, Wish(None, None, (), 1, now, now, now + timedelta(hours=2)))
    clock.due_promises(world.tools)
    assert _states(world) == {"nurse": "waiting", "therapy": "waiting"}
    with world.tools.database.transaction() as tx:  # the demo is forced open, whatever its hours say
        directory.store.set_override(tx, state="normal", until=None, by="test", now=now)
    clock.due_promises(at_night)
    assert _states(world) == {"nurse": "waiting", "therapy": "booked"}


def _states(world: World) -> dict[str, str]:
    with world.tools.database.reading() as tx:
        return {row.id: row.state for row in tx.execute(text("SELECT id, state FROM callback_requests"))}


def test_3_ana_in_a_visit_until_1040_calls_joe_between_1040_and_1055(world: World) -> None:
    world.presence("ana", "in_visit", None, 40 - int(minutes_past_ten(world)))
    joe, ana, luis = joe_wants_ana_to_call(world), world.phone(ANA), world.phone(LUIS)
    joe.hears("today between 10:40 and 10:55 a.m. We will call the number ending in 0, 1, 4, 2").is_over(within=30)
    assert promised(world)["kind"] == "window"
    later(world, 38 - minutes_past_ten(world))
    assert not ana.is_ringing
    ana.rings(within=240).answers().hears("press 1").presses("1")
    assert 40 <= minutes_past_ten(world) <= 55
    assert not luis.legs, "a promise that is Ana's own is offered to nobody else"
    joe.rings().answers().hears("press 1").never_heard("Ana").presses("1")
    joe.talks_with(ana)
    assert minutes_past_ten(world) <= 55
    assert world.promises() == ["reached"]


def test_7_ana_passes_until_after_her_visit_and_joe_hears_the_promise(world: World) -> None:
    world.only_on_duty("ana")
    joe, ana = joe_asks_for_therapy(world), world.phone(ANA)
    ana.rings().answers().hears("press 3").presses("3").hears("30 minutes").presses("2").hears("30 minutes").is_over()
    assert world.presence_of("ana") == "in_visit"
    joe.hears("and can call you today between 10:3", within=60).presses("1")
    joe.hears("0, 1, 4, 2").presses("1").hears("Ana, your physical therapist, will call").is_over(within=30)
    later(world, 34 - minutes_past_ten(world))
    ana.rings(within=240).answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert 30 <= minutes_past_ten(world) <= 50


def test_22_who_was_promised_a_call_and_calls_again_has_one_place_and_one_promise(world: World) -> None:
    world.nobody_free()
    first = joe_wants_to_be_called(world)
    first.is_over(within=30)
    world.passes(60)
    again = joe_asks_for_therapy(world)
    again.hears("We promised you a call")
    with world.tools.database.reading() as tx:
        waits = tx.execute(text("SELECT kind, state, place_ms FROM waits ORDER BY joined_at")).all()
    assert [wait.state for wait in waits] == ["left", "waiting"]
    assert waits[0].place_ms == waits[1].place_ms, "the second call has the place of the promise"
    again.hangs_up()
    world.passes(3)
    assert world.promises() == ["waiting"], "who hangs up is still owed his call"
    world.presence("ana", "ready")
    ana = world.phone(ANA)
    ana.rings().answers().hears("press 1").presses("1")
    again.rings().answers().hears("press 1").presses("1")
    again.talks_with(ana)
    assert world.promises() == ["reached"]


def joe_wants_to_be_called(world: World) -> Phone:
    """He waits for anybody, and rather takes a callback at his place."""
    joe = joe_asks_for_therapy(world)
    joe.hears("press 3").presses("3").hears("press 2", within=200).presses("2").hears("0, 1, 4, 2").presses("1")
    return joe


def test_23_a_machine_hears_one_neutral_message_and_joe_is_called_again(world: World) -> None:
    world.nobody_free()
    joe_wants_to_be_called(world).is_over(within=30)
    machine = {"answer_after_s": 8, "greeting": "You have reached Joe. Leave a message.", "greeting_s": 5}
    world.script(JOE, voicemail=machine)
    world.presence("ana", "ready")
    ana, joe = world.phone(ANA), world.phone(JOE)
    ana.rings().answers().hears("press 1").presses("1")
    ana.is_over(within=120)
    heard = world.heard_on(JOE)
    assert heard.count("Please call us when you can") == 1
    assert "Ana" not in heard.split("returning your call")[-1]
    assert "therap" not in heard.split("returning your call")[-1]
    assert world.promises() == ["booked"]
    world.script(JOE)
    later(world, 29)
    ana.rings(within=120).answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.promises() == ["reached"]


def test_joe_moves_his_callback_and_then_cancels_it(world: World) -> None:
    world.nobody_free()
    joe_wants_to_be_called(world).is_over(within=30)
    joe = asks_about_his_callback(world, JOE)
    joe.never_heard("We have promised to call").presses("03141957").hears("PIN").presses("4821#")
    joe.hears("We have promised to call the number ending in 0, 1, 4, 2").presses("3")
    joe.hears("press 1").presses("1").hears("We will call you").is_over()
    assert promised(world)["kind"] == "window"
    joe = asks_about_his_callback(world, JOE).presses("03141957").hears("PIN").presses("4821#").hears("cancel it")
    joe.presses("2").hears("We will not call you").is_over()
    assert world.promises() == ["cancelled"]


def asks_about_his_callback(world: World, number: str) -> Phone:
    """Somebody calls and says that a call was promised him."""
    phone = world.phone(number)
    phone.dials(CENTER).hears("English").presses("1").hears("call back from us, press 4").presses("4")
    return phone.hears("a call that we already promised you, press 4").presses("4").hears("birth")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_no_proof_stands_behind_is_told_to_whose_phone_it_rings_if_it_is_his_alone(world: World) -> None:
    """Joe's is his own mobile. Walter shares his line with Irene: whose call it is, nobody knows."""
    now = world.tools.now()
    wish = Wish(None, None, (), 1, now + timedelta(hours=1), now, now + timedelta(hours=2))
    for number in (JOE, WALTER):
        world.promise(number, number, "clinic", wish)
    joe = asks_about_his_callback(world, JOE).presses("03141957").hears("PIN").presses("4821#")
    joe.hears("We have promised to call the number ending in 0, 1, 4, 2")
    walter = asks_about_his_callback(world, WALTER).presses("11021948").hears("PIN").presses("1194#")
    walter.hears("I do not see a call").never_heard("0, 1, 4, 4")
    elsewhere = asks_about_his_callback(world, LIZ).presses("03141957").hears("PIN").presses("4821#")
    elsewhere.hears("I do not see a call")


def test_who_wants_no_more_calls_presses_9_and_is_left_alone(world: World) -> None:
    world.nobody_free()
    joe_wants_to_be_called(world).is_over(within=30)
    world.presence("ana", "ready")
    ana, joe = world.phone(ANA), world.phone(JOE)
    ana.rings().answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 9").presses("9").hears("not call this number again").is_over()
    ana.is_over(within=30)
    assert world.promises() == ["cancelled"]
    assert not cut_short(world), "who was hung up on from outside may not have heard the last sentence"
    world.presence("ana", "in_visit", None, 200)
    joe = joe_asks_for_therapy(world)
    joe.hears("press 3").presses("3").hears("press 2", within=200).presses("2").hears("0, 1, 4, 2").presses("1")
    joe.hears("we cannot call that number")


def test_the_clinician_is_lost_while_joes_phone_rings_and_the_next_one_takes_him(world: World) -> None:
    world.nobody_free()
    joe_wants_to_be_called(world).is_over(within=30)
    world.presence("ana", "ready")
    ana, luis, joe = world.phone(ANA), world.phone(LUIS), world.phone(JOE)
    ana.rings().answers().hears("press 1").presses("1")
    joe.rings()
    ana.hangs_up()
    joe.answers().hears("press 1").presses("1").hears("One moment")
    world.presence("luis", "ready")
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert world.promises() == ["reached"]


def test_joe_chose_hours_and_is_offered_rung_and_reached_in_them_alone(world: World) -> None:
    with world.tools.database.transaction() as tx:
        wish = SiteWish(hours=read_hours("mon-fri 10:30-11:00"))
        reaching_store.set_site_wish(tx, world.tools.vault, "patient-101", wish)
    world.nobody_free()
    joe = joe_wants_to_be_called(world)
    joe.hears("today between 10:30 and 10:45").never_heard("You keep your place in line. Please keep").presses("1")
    joe.hears("call you today between 10:30 and 10:45 a.m. We will call the number ending in").is_over(within=30)
    world.presence("ana", "ready")
    ana = world.phone(ANA)
    later(world, 29 - minutes_past_ten(world))
    assert not ana.legs and world.promises() == ["booked"]
    ana.rings(within=120).answers().hears("press 1").presses("1")
    assert 30 <= minutes_past_ten(world) <= 32
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.promises() == ["reached"]


def test_joes_hours_end_while_he_stands_in_line_and_nobody_is_rung_before_the_next(world: World) -> None:
    world.nobody_free()
    joe_wants_to_be_called(world).is_over(within=30)
    assert world.promises() == ["waiting"]
    with world.tools.database.transaction() as tx:
        wish = SiteWish(hours=read_hours("mon-fri 08:00-09:00 16:00-17:00"))
        reaching_store.set_site_wish(tx, world.tools.vault, "patient-101", wish)
    world.presence("ana", "ready")
    world.passes(5)
    assert not world.phone(ANA).legs and world.promises() == ["booked"]
    assert world.presence_of("ana") == "ready"
    later(world, 6 * 60 - minutes_past_ten(world))
    world.phone(ANA).rings(within=60)
    assert 6 * 60 <= minutes_past_ten(world) <= 6 * 60 + 2
