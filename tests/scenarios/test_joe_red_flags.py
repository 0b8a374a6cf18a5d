"""Joe's variant 13 as whole calls: words of danger at any prompt lead to what to do, then to the nurse, before all."""

import pytest
from sqlalchemy import text

from tests.phone import Phone
from tests.scenarios.world import CENTER, DANA, JOE, OPERATOR, World

pytestmark = [pytest.mark.scenario, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

EMERGENCY = "may be a medical emergency"
BEFORE = {
    "language": [],
    "menu": ["1"],
    "birth date": ["1", "1"],
    "second proof": ["1", "1", "03141957"],
}


def joe_gets_to(world: World, keys: list[str]) -> Phone:
    joe = world.phone(JOE)
    joe.dials(CENTER).hears("English")
    for key in keys:
        joe.presses(key)
    return joe


def hits(world: World) -> list[dict[str, object]]:
    with world.tools.database.reading() as tx:
        rows = tx.execute(text("SELECT details FROM journal WHERE fact = 'red_flag_heard' ORDER BY id"))
        return [row.details for row in rows]


@pytest.mark.parametrize("stage", BEFORE)
def test_13_chest_pain_at_any_question_reaches_the_nurse_before_everybody(world: World, stage: str) -> None:
    dana, joe = world.phone(DANA), joe_gets_to(world, BEFORE[stage])
    joe.says("I have chest pain", confidence=0.3).hears(EMERGENCY)
    dana.rings().answers().hears("press 1").never_heard("Red flag").presses("1").hears("Red flag call")
    joe.talks_with(dana)
    (hit,) = hits(world)
    assert "heart" in str(hit) and "chest" not in str(hit)
    with world.tools.database.reading() as tx:
        waited = tx.execute(text("SELECT place_ms FROM waits")).scalar_one()
        flagged = tx.execute(text("SELECT red_flag FROM calls")).scalar_one()
    assert waited <= world.now_ms() - 86_000_000 and flagged == "emergency"


def test_13_in_spanish_whatever_language_the_words_have(world: World) -> None:
    joe = joe_gets_to(world, ["2"])
    joe.says("I can't breathe").hears("puede ser una emergencia")


def test_13_nine_is_an_emergency_while_waiting_and_in_the_middle_of_a_callback(world: World) -> None:
    world.nobody_free()
    dana, joe = world.phone(DANA), joe_gets_to(world, ["1", "1", "03141957"])
    joe.presses("4821#").hears("press 2", within=120).presses("2").hears("If yes").presses("9").hears(EMERGENCY)
    world.presence("dana", "ready")
    dana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(dana)
    assert world.promises() == []


def test_13_nobody_at_work_leads_to_the_operator_and_never_to_a_message(world: World) -> None:
    world.only_on_duty("nobody")
    world.script(OPERATOR, no_answer=True)
    joe = joe_gets_to(world, ["1"])
    joe.says("me duele el pecho").hears(EMERGENCY)
    world.wait_until(lambda: world.heard_on(JOE).count(EMERGENCY) >= 2, 120, lambda: world.heard_on(JOE))
    assert "message" not in world.heard_on(JOE).split(EMERGENCY, 1)[1]
    assert (world.promises(), world.voicemails()) == ([], [])


def test_13_a_nurse_who_does_not_answer_is_followed_by_the_operator(world: World) -> None:
    world.script(DANA, no_answer=True)
    operator = world.phone(OPERATOR)
    world.only_on_duty("dana")
    joe = joe_gets_to(world, ["1"])
    joe.says("I want to kill myself").hears("9 8 8")
    operator.rings(within=180).answers().hears("press 1").presses("1").hears("in crisis")
    joe.talks_with(operator)
