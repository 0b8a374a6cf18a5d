"""A caller who is cut off while he waits, as whole calls (Joe variant 21)."""

import pytest
from sqlalchemy import text

from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.world import ANA, CENTER, JOE, World

pytestmark = pytest.mark.scenario
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where both databases do the same
MARIA = "+13125550143"


def places(world: World) -> list[int]:
    """The places of all waits, in the order in which they began."""
    with world.tools.database.reading() as tx:
        return [row.place_ms for row in tx.execute(text("SELECT place_ms FROM waits ORDER BY joined_at"))]


def test_21_joe_drops_in_a_tunnel_and_has_his_old_place_three_minutes_later(world: World) -> None:
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    joe.hears("press 2")
    joe.hangs_up()
    world.passes(60)
    maria = world.phone(MARIA)  # comes in between, and must stand behind him
    maria.dials(CENTER).hears("English").presses("1").hears("press 1").presses("1")
    maria.hears("birth").presses("08301962").hears("PIN").presses("7305#").hears("press 2")
    world.passes(100)
    again = joe_asks_for_therapy(world)
    again.hears("We kept your place in line.").hears("press 2")
    dropped, marias, resumed = places(world)
    assert resumed == dropped < marias
    ana = world.phone(ANA)
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").presses("1").hears("Joe S.")
    again.talks_with(ana)


@ON_SQLITE
def test_21_in_spanish_and_for_a_service_that_asks_for_no_name(world: World) -> None:
    world.nobody_free()
    for expected in (False, True):
        joe = world.phone(JOE)
        joe.dials(CENTER).hears("emergencia").hears("oprima").presses("2").hears("oprima el 1").presses("1")
        joe.hears("nacimiento").presses("03141957").hears("PIN").presses("4821#").hears("oprima el 2")
        assert ("Le guardamos su lugar en la fila." in joe.transcript) is expected
        joe.hangs_up()


@ON_SQLITE
def test_21_who_comes_late_stands_at_the_end_and_who_chose_a_callback_has_the_place_of_that(world: World) -> None:
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    joe.hears("press 2").hangs_up()
    world.passes(11 * 60)
    late = joe_asks_for_therapy(world)
    late.hears("press 2").never_heard("kept your place")
    late.presses("2").hears("0, 1, 4, 2").presses("1").is_over()
    after = joe_asks_for_therapy(world)
    after.hears("We promised you a call").never_heard("kept your place")
    first, second, third = places(world)
    assert first != second
    assert third == second
