"""Two things in the same second: what one side does while the other is just being spoken to, moved or rung."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from callbacks.requests import Wish
from gatherings import Gatherings
from routing import guests_store
from routing.guests import State as GuestState
from tests.phone import Phone
from tests.scenarios.test_care_team import MIA, heard_now
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.test_joe_callbacks import joe_wants_to_be_called
from tests.scenarios.test_patient_first import joe_is_rung
from tests.scenarios.world import ANA, DANA, JOE, LUIS, OPERATOR, World

pytestmark = [pytest.mark.scenario, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


def promised_twice(world: World) -> None:
    """Joe's number is to be rung for two services, now."""
    now = world.tools.now()
    wish = Wish("patient-101", None, (), 1, now, now, now + timedelta(hours=2))
    for service in ("therapy", "nurse"):
        world.promise(service, JOE, service, wish, slot=service)
    world.settle()


def joe_talks_with_ana(world: World) -> tuple[Phone, Phone]:
    joe, ana = joe_asks_for_therapy(world), world.phone(ANA)
    ana.rings().answers().hears("press 1").presses("1")
    return joe.talks_with(ana), ana


def joe_is_rung_back_by_ana(world: World) -> tuple[Phone, Phone]:
    """He was promised a call, Ana took it, and his phone rings."""
    world.nobody_free()
    joe_wants_to_be_called(world).is_over(within=30)
    world.presence("ana", "ready")
    joe, ana = world.phone(JOE), world.phone(ANA)
    ana.rings().answers().hears("press 1").presses("1")
    return joe.rings(), ana


def test_who_takes_a_callback_while_another_rings_that_phone_hears_so_and_is_free(world: World) -> None:
    world.nobody_free()
    promised_twice(world)
    world.presence("ana", "ready")
    ana, dana, joe = world.phone(ANA), world.phone(DANA), world.phone(JOE)
    ana.rings().answers().hears("press 1").presses("1")
    joe.rings()
    world.presence("dana", "ready")
    dana.rings().answers().hears("press 1").presses("1").hears("could not reach").is_over()
    assert world.presence_of("dana") == "ready"
    joe.answers().hears("press 1").presses("1")
    joe.talks_with(ana)


def test_ana_is_lost_while_joe_is_on_his_way_to_her_and_he_is_not_left_in_the_room(world: World) -> None:
    joe, ana = joe_is_rung_back_by_ana(world)
    joe.answers().hears("press 1")
    ana.hangs_up()
    world.passes(2)
    joe.presses("1").hears("connecting you now").hears("One moment", within=30)
    joe.hears("You are first in line", within=60).is_over()
    assert world.promises() == ["booked"]


def test_rung_first_he_is_brought_out_of_the_room_of_who_was_lost_while_the_next_one_rings(world: World) -> None:
    joe, ana, luis = joe_is_rung(world), world.phone(ANA), world.phone(LUIS)
    world.presence("luis", "ready")
    joe.answers().hears("press 1").presses("1").hears("One moment")
    ana.rings().answers().hears("press 1").presses("1")
    world.passes(1)
    ana.hangs_up()
    luis.rings()
    joe.hears("One moment", within=10)
    luis.answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert world.promises() == ["reached"]


def test_whom_ana_rang_back_and_hands_to_one_who_does_not_come_waits_like_any_caller(world: World) -> None:
    joe, ana = joe_is_rung_back_by_ana(world)
    luis, gatherings = world.phone(LUIS), Gatherings(world.tools)
    joe.answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert gatherings.ask_colleague("ana", "luis") == ""
    luis.rings()
    assert gatherings.hand_over("ana") == ""
    ana.is_over()
    luis.declines()
    joe.hears("sorry", within=30)
    world.presence("dana", "ready")
    world.presence("luis", "ready")
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    joe.never_heard("call you again").never_heard("first in line")


def test_ana_drops_out_while_joe_hears_music_and_the_guest_in_the_room_hears_him(world: World) -> None:
    joe, ana = joe_talks_with_ana(world)
    luis, gatherings = world.phone(LUIS), Gatherings(world.tools)
    assert gatherings.ask_colleague("ana", "luis") == ""
    luis.rings().answers().hears("press 1").presses("1")
    luis.talks_with(ana)
    assert gatherings.hold("ana", held=True) == ""
    world.passes(3)
    ana.hangs_up()
    joe.talks_with(luis)


def sam_sits_in(world: World, part: str) -> Phone:
    """A supervisor listens to the talk of Joe and Ana, or coaches her."""
    with world.tools.database.reading() as tx:
        talk = guests_store.talk_of(tx, "ana")
    assert talk is not None
    assert Gatherings(world.tools).sit_in(talk.id, part, MIA, "sam") == ""
    sam = world.phone(MIA).rings().answers().hears("press 1")
    sam.presses("1").hears("hear", within=10)
    world.passes(8)
    return sam


@pytest.mark.parametrize("part", ["listen", "coach"])
def test_ana_drops_out_while_a_supervisor_listens_and_joe_is_not_left_with_one_who_is_silent(
    world: World, part: str
) -> None:
    joe, ana = joe_talks_with_ana(world)
    sam = sam_sits_in(world, part)
    ana.hangs_up()
    joe.is_over(within=30)
    sam.is_over(within=30)


def test_whom_ana_handed_over_hears_music_and_waits_again_though_a_supervisor_listens(world: World) -> None:
    joe, ana = joe_talks_with_ana(world)
    luis, gatherings = world.phone(LUIS), Gatherings(world.tools)
    sam = sam_sits_in(world, "listen")
    assert gatherings.ask_colleague("ana", "luis") == ""
    luis.rings()
    assert gatherings.hand_over("ana") == ""
    ana.is_over()
    world.passes(2)
    assert held(world), "he hears music until somebody comes whom he hears"
    luis.declines()
    joe.hears("sorry", within=30)
    sam.is_over(within=30)
    world.presence("dana", "ready")
    world.presence("luis", "ready")
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)


def held(world: World) -> bool:
    """Whether the patient of the only talk hears music, as SQL has it."""
    with world.tools.database.reading() as tx:
        return tx.scalar(text("SELECT held_at FROM offers")) is not None


def test_a_guest_is_not_let_into_a_room_that_everybody_has_left(world: World) -> None:
    joe, ana = joe_talks_with_ana(world)
    luis, gatherings = world.phone(LUIS), Gatherings(world.tools)
    assert gatherings.ask_colleague("ana", "luis") == ""
    luis.rings().answers().hears("press 1")
    assert gatherings.hand_over("ana") == ""
    ana.is_over()
    joe.hangs_up()
    luis.presses("1").hears("no longer needed").is_over()
    assert world.presence_of("luis") != "talking"


def test_a_guests_phone_rings_no_more_when_everybody_has_left(world: World) -> None:
    joe, _ana = joe_talks_with_ana(world)
    luis, gatherings = world.phone(LUIS), Gatherings(world.tools)
    assert gatherings.ask_colleague("ana", "luis") == ""
    luis.rings()
    assert gatherings.hand_over("ana") == ""
    joe.hangs_up()
    world.wait_until(lambda: not luis.is_ringing, 10, lambda: "it rings on")


def test_ana_hands_over_to_a_second_colleague_when_the_first_declined_in_that_second(world: World) -> None:
    joe, ana = joe_talks_with_ana(world)
    luis, dana, gatherings = world.phone(LUIS), world.phone(DANA), Gatherings(world.tools)
    assert gatherings.ask_colleague("ana", "luis") == ""
    luis.rings()
    assert gatherings.hand_over("ana") == ""
    with world.tools.database.transaction() as tx:  # his refusal is heard before the worker comes to the handing over
        (guest,) = tx.scalars(text("SELECT id FROM guests"))
        guests_store.move(tx, guest, GuestState.NOT_COME, ended_at=world.tools.now(), outcome="declined")
    world.passes(1)
    assert ana.status == "in-progress"
    assert held(world) and not heard_now(world), "her page says that he hears music, and so it is"
    assert gatherings.ask_colleague("ana", "dana") == ""
    dana.rings()
    assert gatherings.hand_over("ana") == ""
    ana.is_over()
    dana.answers().hears("press 1").presses("1")
    joe.talks_with(dana)


def test_who_was_rung_back_and_presses_9_while_he_waits_is_brought_to_the_nurse(world: World) -> None:
    joe, ana, dana = joe_is_rung(world), world.phone(ANA), world.phone(DANA)
    world.presence("dana", "ready")
    joe.answers().hears("press 1").presses("1").hears("One moment")
    ana.rings()
    world.passes(3)
    joe.presses("9").hears("9 1 1")
    dana.rings(within=5).answers().hears("press 1").presses("1")
    joe.talks_with(dana)
    assert not ana.is_ringing
    world.passes(150)
    assert world.promises() == ["booked"], "what he was promised stands"


def test_who_was_rung_back_and_presses_0_while_he_waits_is_not_offered_to_a_clinician_beside(world: World) -> None:
    joe, ana, luis = joe_is_rung(world), world.phone(ANA), world.phone(LUIS)
    joe.answers().hears("press 1").presses("1").hears("One moment")
    ana.rings()
    world.passes(3)
    joe.presses("0")
    world.phone(OPERATOR).rings(within=5).answers()
    world.presence("luis", "ready")
    world.passes(20)
    assert not ana.is_ringing and not luis.is_ringing
    world.passes(150)
    assert world.promises() == ["booked"], "what he was promised stands"
