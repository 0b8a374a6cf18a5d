"""Somebody waits too long: the supervisor is called, once, and the alarm is over when the wait is."""

import pytest

from calls import alarms_store
from calls.alarms import Kind
from tests.scenarios.test_joe_routing import joe_asks_for_therapy
from tests.scenarios.world import ANA, World

pytestmark = pytest.mark.scenario


def test_a_long_wait_calls_the_supervisor_until_it_is_over(world: World) -> None:
    world.only_on_duty("ana")
    world.presence("ana", "in_visit", None, 30)
    joe = joe_asks_for_therapy(world)
    world.passes(170)
    assert _open(world) == []
    world.passes(20)
    assert _open(world) == [Kind.LONGEST_WAIT]
    world.presence("ana", "ready")
    ana = world.phone(ANA).rings().answers().hears("press 1")
    ana.presses("1")
    joe.talks_with(ana)
    world.passes(2)
    assert _open(world) == []


def _open(world: World) -> list[Kind]:
    with world.tools.database.reading() as tx:
        return [alarm.kind for alarm in alarms_store.open_alarms(tx)]
