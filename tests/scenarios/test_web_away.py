"""The web processes are away while a caller waits: the carrier's own fallback brings him to a person, who keeps him."""

import pytest

from tests.phone import Phone
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.world import ANA, OPERATOR, World

pytestmark = pytest.mark.scenario


def joe_waits_and_is_brought_to_the_operator(world: World) -> tuple[Phone, Phone]:
    """Everybody is busy; the next round of music gets no answer from us."""
    world.nobody_free()
    joe, operator = joe_asks_for_therapy(world), world.phone(OPERATOR)
    joe.hears("line", within=30)
    world.web_is_away = True
    operator.rings(within=30).answers()
    joe.talks_with(operator)
    world.web_is_away = False
    return joe, operator


def test_ana_who_is_free_again_does_not_pull_him_away(world: World) -> None:
    joe, operator = joe_waits_and_is_brought_to_the_operator(world)
    world.presence("ana", "ready")
    ana = world.phone(ANA)
    ana.rings().answers().hears("press 1").presses("1").is_over()
    joe.talks_with(operator)
    assert world.outcome() == "operator"
    world.wait_until(lambda: world.presence_of("ana") != "talking", 60, lambda: world.presence_of("ana"))
    joe.hangs_up()
    world.settle()


def test_the_record_learns_of_it_by_itself(world: World) -> None:
    joe, operator = joe_waits_and_is_brought_to_the_operator(world)
    assert "operator_tried" not in world.facts()
    world.passes(90)
    joe.talks_with(operator)
    assert world.facts().count("operator_tried") == 1
    assert world.outcome() == "operator"
    world.presence("ana", "ready")
    world.passes(5)
    assert world.presence_of("ana") == "ready"


def test_who_still_waits_is_not_taken_for_one_who_talks(world: World) -> None:
    """Away for less than a round of music: nobody noticed, and nothing is lost."""
    world.nobody_free()
    joe, ana = joe_asks_for_therapy(world), world.phone(ANA)
    world.passes(70)
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert "operator_tried" not in world.facts()
