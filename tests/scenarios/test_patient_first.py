"""Callbacks that ring the patient first, as whole calls: he waits for a clinician, and none for his machine."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import update

from routing.rows import OFFERS
from tests.phone import Phone
from tests.scenarios.test_joe_callbacks import joe_wants_to_be_called, later, minutes_past_ten
from tests.scenarios.world import ANA, JOE, LUIS, World

pytestmark = pytest.mark.scenario
MACHINE = {"answer_after_s": 8, "greeting": "You have reached Joe. Leave a message.", "greeting_s": 5}


def rung_first(world: World) -> None:
    """This center's therapy rings patients before clinicians, and holds them for 20 seconds."""
    content = world.tools.content
    therapy = content.services["therapy"].model_copy(update={"callback_first": "patient", "callback_hold_seconds": 20})
    services = {**content.services, "therapy": therapy}
    object.__setattr__(world.tools, "content", content.model_copy(update={"services": services}))


def texts_to(world: World, number: str) -> list[str]:
    """The text messages that a phone got, in order."""
    return [message["text"] for message in world.emulator.get(f"/control/phones/{quote(number)}")["messages"]]


def joe_is_rung(world: World) -> Phone:
    """He was promised a call; Ana becomes free, and it is his phone that rings."""
    rung_first(world)
    world.nobody_free()
    joe_wants_to_be_called(world).is_over(within=30)
    world.presence("ana", "ready")
    return world.phone(JOE).rings()


def test_joe_is_rung_before_ana_and_hears_nothing_personal_before_his_key(world: World) -> None:
    joe = joe_is_rung(world)
    ana = world.phone(ANA)
    assert not ana.legs, "her phone rings when he is there"
    assert world.presence_of("ana") == "offered", "she is kept free for him"
    joe.answers().hears("press 1").never_heard("Ana").never_heard("therap").presses("1").hears("One moment")
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.promises() == ["reached"]


def test_no_clinician_is_rung_for_a_machine_which_hears_one_neutral_message(world: World) -> None:
    world.script(JOE, voicemail=MACHINE)
    joe_is_rung(world)
    world.wait_until(lambda: world.promises() == ["booked"], 120, lambda: str(world.promises()))
    assert world.heard_on(JOE).count("Please call us when you can") == 1
    assert not world.phone(ANA).legs
    assert world.presence_of("ana") == "ready"


def test_ana_does_not_come_and_luis_takes_joe_who_waits(world: World) -> None:
    joe = joe_is_rung(world)
    ana, luis = world.phone(ANA), world.phone(LUIS)
    joe.answers().hears("press 1").presses("1").hears("One moment")
    ana.rings().answers().hears("press 2").presses("2")
    world.presence("luis", "ready")
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert world.promises() == ["reached"]


def test_joe_listens_for_long_and_ana_is_kept_free_for_him_whatever_the_pace_took(world: World) -> None:
    joe = joe_is_rung(world)
    ana = world.phone(ANA)
    with world.tools.database.transaction() as tx:  # the carrier's pace held his call back for a minute
        earlier = world.tools.now() - timedelta(seconds=60)
        tx.execute(update(OFFERS).values(created_at=earlier))
    world.passes(20)
    joe.answers()
    for _ in range(5):
        world.passes(12)
        joe.presses("*")
    assert world.presence_of("ana") == "offered", "what never rang is not missed"
    joe.presses("1").hears("One moment")
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.promises() == ["reached"]


def test_who_has_it_said_again_for_ever_hears_that_he_may_call_and_ana_is_free_again(world: World) -> None:
    joe = joe_is_rung(world)
    joe.answers()
    for _ in range(8):
        world.passes(12)
        joe.presses("*")
    joe.hears("Please call us when you can").is_over(within=30)
    assert world.promises() == ["booked"], "and we ring again"
    assert world.presence_of("ana") == "ready"
    assert not world.phone(ANA).legs


def test_nobody_comes_and_joe_hears_when_he_is_rung_again(world: World) -> None:
    joe = joe_is_rung(world)
    ana = world.phone(ANA)
    joe.answers().hears("press 1").presses("1").hears("One moment")
    began = minutes_past_ten(world)
    ana.rings()
    joe.hears("no one is free at this moment. You are first in line", within=40).is_over()
    assert (minutes_past_ten(world) - began) * 60 <= 35, "held for 20 seconds, and told why"
    assert world.promises() == ["booked"]
    world.presence("ana", "ready")
    later(world, 16)
    joe.rings(within=60).answers().hears("press 1").presses("1")
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.promises() == ["reached"]


@pytest.mark.parametrize("first", [JOE, ANA])
def test_joe_wanted_texts_and_reads_that_we_are_about_to_call(world: World, first: str) -> None:
    if first == JOE:
        rung_first(world)
    world.nobody_free()
    joe = joe_wants_to_be_called(world)
    joe.hears("text message before we call", within=60).presses("1").is_over(within=30)
    assert len([said for said in texts_to(world, JOE) if "as soon as we can" in said]) == 1
    assert not [said for said in texts_to(world, JOE) if "in a few minutes" in said]
    world.presence("ana", "ready")
    world.phone(first).rings()
    assert len([said for said in texts_to(world, JOE) if "in a few minutes" in said]) == 1
