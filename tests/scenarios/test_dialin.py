"""A clinician's day by phone alone: who she is, her state, the next call, her messages, the phone she uses today."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from calls import audit_store
from tests.phone import Phone
from tests.scenarios.test_joe_routing import joe_asks_for_therapy
from tests.scenarios.test_messages import leaves_a_message, messages, owed
from tests.scenarios.world import ANA, CLINICIANS, LUIS, World

pytestmark = pytest.mark.scenario
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where both databases do the same
ELSEWHERE = "+13125550170"
STAFF_NUMBER, PIN = "1001#", "274916#"


def dials_in(world: World, number: str = ANA, staff_number: str = STAFF_NUMBER) -> Phone:
    """Somebody calls the line for clinicians and signs in as Ana, or whoever has this staff number."""
    phone = world.phone(number).dials(CLINICIANS).hears("staff number").presses(staff_number)
    return phone.hears("Enter your PIN").presses(PIN)


def nobody_on_duty(world: World) -> None:
    """Everybody is at home."""
    for person in ("ana", "luis", "dana", "grace", "mia", "elena"):
        world.act.set_presence(person, "offline", None, None)
    world.settle()


def later(world: World, seconds: float) -> None:
    """Time passes in which nothing is said."""
    world.emulator.post("/control/clock", {"advance_s": seconds})
    world.settle()


def done(world: World) -> list[tuple[str, str]]:
    """Who did what, by the audit trail, oldest first."""
    now = world.tools.now()
    with world.tools.database.reading() as tx:
        rows = audit_store.search(tx, audit_store.Sought(now - timedelta(days=1), now + timedelta(days=1)), None)
    return [(row.actor, row.action) for row in reversed(rows)]


def test_a_whole_day_works_without_a_page(world: World) -> None:
    leaves_a_message(world).presses("#").is_over()
    world.passes(10)
    world.act.set_hours("open", None, "test")
    nobody_on_duty(world)

    ana = dials_in(world)  # the morning: she goes on duty
    ana.hears("Hello, Ana. You are off duty. No one is waiting for you. You have 1 message.")
    ana.presses("2").hears("To be ready").presses("1").hears("You are ready").hangs_up()
    assert world.presence_of("ana") == "ready"
    joe = joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    joe.hangs_up()
    ana.is_over()

    ana = dials_in(world).hears("finishing your last call").presses("2").hears("To be away").presses("2")
    ana.hears("For a visit").presses("1").hears("how many minutes").presses("30#").hears("in a visit until 10:")
    ana.hangs_up()
    assert world.presence_of("ana") == "in_visit"
    joe = joe_asks_for_therapy(world)
    joe.hears("Please stay on the line")

    ana = dials_in(world)  # back early: she takes who waits, on the call she is in
    ana.hears("1 caller is waiting for you").presses("1").hears("The access center has a call for you").presses("1")
    ana.hears("Joe S.")
    joe.talks_with(ana)
    assert len(ana.legs) == 1 or not ana.is_ringing, "nothing else rang her"
    joe.hangs_up()
    ana.is_over()
    assert world.presence_of("ana") == "wrapping_up"

    ana = dials_in(world).hears("1 message").presses("3").hears("A message about").hears("/media/message/")
    ana.presses("1").hears("no more messages").presses("2").hears("To be away").presses("2").hears("For lunch")
    ana.presses("3").hears("how many minutes").presses("0#").hears("You are away.")
    assert (world.presence_of("ana"), world.presence_reason("ana")) == ("away", "lunch")
    ana.presses("2").hears("go off duty").presses("4").hears("You are off duty")
    ana.hangs_up()
    assert world.presence_of("ana") == "offline"
    (message,), (item,) = messages(world), owed(world)
    assert (item.subject, item.state, item.done_by) == (message.id, "done", "ana")
    trail = done(world)
    for action in ("signed_in_by_phone", "heard_message", "finish_work", "set_presence"):
        assert ("user:ana", action) in trail


def test_who_is_ready_and_on_the_line_takes_the_next_there_and_else_her_phone_rings(world: World) -> None:
    nobody_on_duty(world)
    ana = dials_in(world)
    ana.hears("No one is waiting").presses("1").hears("Stay on the line")
    joe = joe_asks_for_therapy(world)
    ana.hears("has a call for you").presses("2").is_over()
    assert world.presence_of("ana") == "away"
    world.passes(12)
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)


@ON_SQLITE
def test_who_waits_long_on_the_line_is_told_that_her_phone_will_ring(world: World) -> None:
    nobody_on_duty(world)
    ana = dials_in(world)
    ana.hears("Hello").presses("1").hears("Stay on the line").hears("still ready")
    ana.hears("will call your phone", within=120).is_over()
    joe = joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)


def test_free_for_some_minutes_and_then_nothing_rings(world: World) -> None:
    nobody_on_duty(world)
    ana = dials_in(world).hears("Hello").presses("2").hears("ready for a limited time")
    ana.presses("3").hears("will you be ready").presses("10#")
    ana.hears("You are ready until 10:").hangs_up()
    later(world, 540)
    joe = joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    later(world, 120)
    assert world.presence_of("ana") == "talking", "no talk is cut off by it"
    joe.hangs_up()
    ana.is_over()
    world.passes(2)
    assert world.presence_of("ana") == "offline"
    again = joe_asks_for_therapy(world)
    again.hears("call back")
    assert not ana.is_ringing


def test_the_phone_of_this_shift_rings_and_another_clinicians_never(world: World) -> None:
    nobody_on_duty(world)
    ana = dials_in(world, ELSEWHERE)
    ana.hears("Hello").presses("4").hears("ending in 0, 1, 6, 1. For the phone you are calling from")
    ana.presses("1").hears("ending in 0, 1, 7, 0")
    ana.presses("2").hears("To be ready").presses("1").hears("You are ready").hangs_up()
    joe = joe_asks_for_therapy(world)
    here = world.phone(ELSEWHERE).rings().answers().hears("press 1").presses("1")
    joe.talks_with(here)
    assert not world.phone(ANA).is_ringing
    joe.hangs_up()
    here.is_over()
    ana = dials_in(world, ELSEWHERE).hears("Hello").presses("4").hears("another phone").presses("2").hears("10 digits")
    ana.presses(LUIS.removeprefix("+1")).hears("Enter the number").presses("#").hears("next call")
    ana.presses("4").hears("usual phone").presses("3").hears("usual phone again").hangs_up()
    world.presence("ana", "ready")
    joe = joe_asks_for_therapy(world)
    world.phone(ANA).rings()


def test_a_lock_out_is_counted_per_staff_number_and_outlives_redis(world: World) -> None:
    for _ in range(2):
        stranger = world.phone(ELSEWHERE).dials(CLINICIANS)
        for _ in range(3):
            if stranger.status != "in-progress":
                break
            stranger.hears("staff number").presses("1001#").hears("PIN").presses("999999#")
        stranger.is_over().never_heard("Ana")
    world._redis.flushall()
    ana = world.phone(ANA).dials(CLINICIANS).hears("staff number").presses(STAFF_NUMBER).hears("PIN").presses(PIN)
    ana.hears("cannot sign you in").is_over().never_heard("Hello")
    assert done(world).count(("phone", "dial_in_failed")) == 5
    later(world, 3601)
    dials_in(world).hears("Hello, Ana").hangs_up()


@ON_SQLITE
def test_an_unknown_number_and_a_wrong_pin_sound_alike_and_a_stopped_account_is_out(world: World) -> None:
    def heard(staff_number: str, pin: str) -> str:
        caller = world.phone(ELSEWHERE).dials(CLINICIANS).hears("staff number").presses(staff_number)
        caller.hears("PIN").presses(pin).hears("did not match").hangs_up()
        return "\n".join(said["text"] for said in caller.captions if said["kind"] == "say")

    with world.tools.database.transaction() as tx:
        tx.execute(text("UPDATE users SET active = false WHERE login = 'luis'"))
    said = heard("7777#", PIN)
    assert said == heard(STAFF_NUMBER, "274917#") == heard("1002#", PIN)


@ON_SQLITE
def test_in_spanish_and_four_ways_out_of_each_question(world: World) -> None:
    ana = dials_in(world)
    ana.hears("oprima el 8").presses("8").hears("próxima llamada").presses("2")
    ana.hears("Para estar disponible").presses("7").hears("Para estar disponible").presses("#").hears("próxima llamada")
    ana.presses("3").hears("No tiene más mensajes").presses("4").hears("0, 1, 6, 1").presses("#").hears("oprima el 1")
    world.passes(40)
    ana.is_over()


@ON_SQLITE
def test_the_sound_of_a_message_is_not_to_be_had_without_its_clinician_on_the_line(world: World) -> None:
    leaves_a_message(world).presses("#").is_over()
    world.passes(10)
    ana = dials_in(world).hears("Hello").presses("3").hears("/media/message/")
    address = next(said["text"] for said in ana.captions if "/media/message/" in said["text"])
    client = world.web.test_client()
    path = address.split(" ")[0].partition("/media/")[2]
    assert client.get(f"/media/{path}").data.startswith(b"RIFF")
    assert client.get(f"/media/{path[:-4]}AAA=").status_code == 404
    ana.hangs_up()
    assert client.get(f"/media/{path}").status_code == 404
