"""Outside the time for which she takes calls a clinician's phone never rings; in it, it does."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from config.content import Hours
from directory.availability import Schedule, packed_schedule, span
from directory.hours import WEEKDAYS
from directory.staging_store import ROLES
from tests.phone import Phone
from tests.scenarios.test_dialin import dials_in, nobody_on_duty
from tests.scenarios.test_joe_routing import joe_asks_for_therapy
from tests.scenarios.world import ANA, World

pytestmark = pytest.mark.scenario


def nothing_rings(world: World, ana: Phone) -> None:
    """Joe calls, and is offered a callback instead."""
    joe = joe_asks_for_therapy(world).hears("call back")
    assert not ana.is_ringing
    joe.hangs_up()
    world.settle()


def rings_and_they_talk(world: World, ana: Phone) -> None:
    joe = joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    joe.hangs_up()
    ana.is_over()


def test_free_from_a_time_on_for_ten_minutes(world: World) -> None:
    nobody_on_duty(world)
    begins = world.tools.now() + timedelta(minutes=20)
    world.act.set_presence("ana", "ready", None, 10, begins=begins)
    world.settle()
    ana = world.phone(ANA)
    nothing_rings(world, ana)
    dials_in(world).hears("You are away. You will be ready from").hangs_up()
    assert (world.presence_of("ana"), world.presence_reason("ana")) == ("away", "free_later")

    world.goes_to(begins)
    assert world.presence_of("ana") == "ready"
    rings_and_they_talk(world, ana)
    assert world.presence_of("ana") == "wrapping_up"
    world.act.set_presence("ana", "ready", None, None)  # she is quick; the time that she named stands

    world.goes_to(begins + timedelta(minutes=10) - timedelta(seconds=world.tools.settings.ring_seconds))
    assert world.presence_of("ana") == "offline", "it would ring beyond the end"
    nothing_rings(world, ana)


def test_ready_until_the_hours_of_the_directory_end(world: World) -> None:
    nobody_on_duty(world)
    row = span(WEEKDAYS, "08:00", "16:00")
    assert row is not None
    with world.tools.database.transaction() as tx:
        schedule = packed_schedule(Schedule(Hours(zone="America/Chicago", weekly=(row,))))
        tx.execute(ROLES.update().where(ROLES.c.clinician_id == "ana").values(schedule=schedule, site_id=""))
    ana = dials_in(world).hears("off duty").presses("1")
    ana.hears("You are ready until 4:00 p.m., when your hours end").hears("Stay on the line").hangs_up()
    rings_and_they_talk(world, ana)
    world.goes_to(world.tools.now().astimezone(ZoneInfo("America/Chicago")).replace(hour=16, minute=0))
    assert world.presence_of("ana") == "offline"
    nothing_rings(world, ana)
