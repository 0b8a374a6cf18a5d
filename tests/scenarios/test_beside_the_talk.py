"""Closing while somebody waits, guidance and questions afterwards, as whole calls in both languages."""

import pytest
from sqlalchemy import text

from tests.phone import Phone
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.world import ANA, CENTER, JOE, World

pytestmark = [pytest.mark.scenario, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


def joe_asks_in_spanish(world: World) -> Phone:
    joe = world.phone(JOE)
    joe.dials(CENTER).hears("emergencia").hears("oprima").presses("2").hears("oprima el 1").presses("1")
    return joe.hears("nacimiento").presses("03141957").hears("PIN").presses("4821#")


def close_now(world: World) -> None:
    world.act.set_hours("closed", None, "test")
    world.settle()


def test_who_waits_at_closing_keeps_his_place_for_the_morning(world: World) -> None:
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    joe.hears("press 2")
    close_now(world)
    joe.hears("We are closing for today").presses("1").hears("0, 1, 4, 2").presses("1").is_over()
    with world.tools.database.reading() as tx:
        (wait, promise) = (
            tx.execute(text("SELECT place_ms FROM waits ORDER BY joined_at")).scalars().first(),
            tx.execute(text("SELECT place_ms FROM callback_requests")).scalar(),
        )
    assert wait == promise
    assert world.outcome() == "callback"


def test_who_stays_is_connected_after_closing_and_a_silent_caller_is_promised_a_call(world: World) -> None:
    world.nobody_free()
    joe = joe_asks_in_spanish(world)
    joe.hears("oprima el 2")
    close_now(world)
    joe.hears("Vamos a cerrar por hoy").presses("3").hears("sigue en la fila")
    world.passes(60)
    joe.never_heard("termina en")
    ana = world.phone(ANA)
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)


def test_a_silent_caller_stays_in_line_when_we_close(world: World) -> None:
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    joe.hears("press 2")
    close_now(world)
    joe.hears("We are closing for today").hears("still in line")
    assert joe.status == "in-progress" and world.promises() == []


def test_guidance_while_waiting_never_costs_the_place(world: World) -> None:
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    joe.hears("press 4").presses("4").hears("short walk")
    ana = world.phone(ANA)
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)


def test_two_questions_after_the_talk(world: World) -> None:
    ana, joe = world.phone(ANA), joe_asks_in_spanish(world)
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    ana.hangs_up()
    joe.hears("preguntas cortas").presses("2").hears("ayuda").presses("5").hears("comunicarse").presses("4")
    joe.hears("Gracias por sus respuestas").is_over()
    assert world.facts().count("survey_answered") == 2
    assert world.outcome() == "person"
