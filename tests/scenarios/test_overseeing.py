"""A supervisor acts while calls wait: what he changes is seen by the router at once, and the caller hears of it."""

import pytest

from calls import store as calls_store
from overseeing import Overseeing
from tests.scenarios.test_joe_routing import joe_asks_for_therapy, offered
from tests.scenarios.world import DANA, World

pytestmark = pytest.mark.scenario
SAM = "user:sam"


def call_of(world: World) -> str:
    with world.tools.database.reading() as tx:
        return calls_store.call_ids(tx)[0]


def test_a_clinician_who_is_to_do_therapy_today_takes_him_who_waits_for_it(world: World) -> None:
    sees = Overseeing(world.tools)
    world.only_on_duty("dana")
    world.presence("luis", "in_visit", None, 240)  # somebody could still come, so he waits
    joe = joe_asks_for_therapy(world)
    world.passes(40)
    assert offered(world) == [], "a nurse does no therapy"
    assert sees.set_today("dana", "physical_therapy", 3, SAM) == ""
    world.settle()
    dana = world.phone(DANA).rings().answers().hears("press 1")
    dana.presses("1")
    joe.talks_with(dana)


def test_he_who_is_moved_to_another_service_hears_so_and_is_taken_by_it(world: World) -> None:
    sees = Overseeing(world.tools)
    world.only_on_duty("dana")
    world.presence("luis", "in_visit", None, 240)
    joe = joe_asks_for_therapy(world)
    world.passes(5)
    assert sees.move(call_of(world), "nurse", SAM) == ""
    world.settle()
    dana = world.phone(DANA).rings().answers().hears("press 1")
    dana.presses("1")
    joe.talks_with(dana)
