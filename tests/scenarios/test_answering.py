"""Ana answers from her page while her phone rings: it falls silent, and Joe goes on as if she had pressed the key."""

import pytest
from sqlalchemy import text

from answering import WHY_NOT, Answering
from routing.offers import State
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.test_joe_callbacks import later, minutes_past_ten
from tests.scenarios.world import ANA, LUIS, World

pytestmark = pytest.mark.scenario


def rings_at(world: World) -> int:
    """The offer that rings."""
    with world.tools.database.reading() as tx:
        return int(tx.execute(text("SELECT id FROM offers WHERE state = 'offered'")).scalar_one())


def test_what_ana_declines_on_her_page_rings_no_more_and_luis_takes_joe(world: World) -> None:
    joe, ana, luis = joe_asks_for_therapy(world), world.phone(ANA), world.phone(LUIS)
    ana.rings()
    offer = rings_at(world)
    assert Answering(world.tools).decline("ana", offer, "in_a_session", "user:ana") == ""
    world.settle()
    assert not ana.is_ringing
    luis.rings(within=60).answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert world.presence_reason("ana") == "cool_down"
    assert Answering(world.tools).decline("ana", offer, "other", "user:ana") == WHY_NOT[State.DECLINED]


def test_what_ana_puts_off_on_her_page_becomes_a_promise_that_she_keeps(world: World) -> None:
    world.only_on_duty("ana")
    joe, ana = joe_asks_for_therapy(world), world.phone(ANA)
    ana.rings().answers().hears("press 1")
    offer = rings_at(world)
    assert Answering(world.tools).after_visit("ana", offer, 30, "user:ana") == ""
    world.settle()
    ana.hears("This call has been taken care of").is_over()
    assert world.presence_of("ana") == "in_visit"
    joe.hears("and can call you today between 10:3", within=60).presses("1")
    joe.hears("0, 1, 4, 2").presses("1").hears("Ana, your physical therapist, will call").is_over(within=30)
    later(world, 34 - minutes_past_ten(world))
    ana.rings(within=240).answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.promises() == ["reached"]
