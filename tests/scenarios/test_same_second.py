"""Two things in the same second: what one side does while the other is just being spoken to, moved or rung."""

from datetime import timedelta

import pytest

import callbacks.store
import calls.store
from callbacks.requests import Wish
from tests.scenarios.world import ANA, CENTER, DANA, JOE, World

pytestmark = [pytest.mark.scenario, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


def promised_twice(world: World) -> None:
    """Joe's number is to be rung for two services, now."""
    now = world.tools.now()
    with world.tools.database.transaction() as tx:
        for service in ("therapy", "nurse"):
            calls.store.open_call(
                tx, call_id=service, dialled=CENTER, caller_hash=None, caller_sealed=None, language="en", now=now
            )
            callbacks.store.book(
                tx,
                world.tools.vault,
                request_id=service,
                call_id=service,
                number=JOE,
                slot=service,
                service=service,
                language="en",
                wish=Wish("patient-101", None, (), 1, now, now, now + timedelta(hours=2)),
                now=now,
            )
    world.settle()


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
