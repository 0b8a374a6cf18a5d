"""Joe's variant 16: he asks in Spanish, which Ana does not speak. The ladder is the policy that says who comes.

Ana with an interpreter (own before language, as shipped), or a colleague who speaks it; both are in the record.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from calls import store as calls_store
from gatherings import Gatherings
from tests.scenarios.test_beside_the_talk import joe_asks_in_spanish
from tests.scenarios.test_care_team import INTERPRETER, hear_each_other, joins
from tests.scenarios.test_joe_routing import decisions, offered
from tests.scenarios.world import ANA, LUIS, ROOT, EmulatorProcess, World

pytestmark = pytest.mark.scenario
BY_OWN = "    skill: physical_therapy\n    ladder: shipped\n"
BY_LANGUAGE = "    skill: physical_therapy\n    ladder: plain\n"
OWN_OFFER = "    own_offer: {wait: for_own, next: next_available}\n"


def story(world: World) -> list[tuple[str, object]]:
    """What the journal says of guests of the only call."""
    with world.tools.database.reading() as tx:
        (call,) = calls_store.call_ids(tx)
        facts = calls_store.story(tx, call)
    return [(fact.fact, fact.details.get("kind")) for fact in facts if fact.fact.startswith("guest_")]


def test_16_ana_takes_him_with_an_interpreter_whom_he_and_she_hear(world: World) -> None:
    ana, joe = world.phone(ANA), joe_asks_in_spanish(world)
    ana.rings().answers().hears("press 1").presses("1").hears("The caller speaks Spanish")
    joe.talks_with(ana)
    assert Gatherings(world.tools).ask_interpreter("ana", "es") == ""
    interpreter = joins(world, INTERPRETER, "needs an interpreter")
    assert hear_each_other(world, joe, ana, interpreter)
    interpreter.hangs_up()
    world.passes(2)
    assert hear_each_other(world, joe, ana), "the talk outlives the interpreter's leg"
    assert offered(world) == ["ana"]
    assert "The patient's own clinician" in decisions(world)
    assert story(world) == [("guest_asked", "interpreter"), ("guest_came", None), ("guest_gone", None)]


@pytest.fixture
def by_language(
    emulator_process: EmulatorProcess, database_url: str, valkey_url: str, tmp_path: Path
) -> Iterator[World]:
    """The same center, whose therapy asks for the language and for nobody in particular."""
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "config", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    services = (folder / "services.yaml").read_text("utf-8")
    assert BY_OWN in services
    changed = services.replace(BY_OWN, BY_LANGUAGE).replace(OWN_OFFER, "", 1)
    (folder / "services.yaml").write_text(changed, "utf-8")
    made = tmp_path / "var"
    made.mkdir()
    center = World(emulator_process, database_url=database_url, redis_url=valkey_url, folder=made, content=folder)
    yield center
    center.stop()


def test_16_by_another_policy_luis_takes_him_who_speaks_spanish(by_language: World) -> None:
    world = by_language
    world.act.set_presence("elena", "offline", None, None)
    world.settle()
    luis, joe = world.phone(LUIS), joe_asks_in_spanish(world)
    luis.rings().answers().hears("press 1").presses("1").hears("The caller speaks Spanish")
    joe.talks_with(luis)
    assert not world.phone(ANA).is_ringing
    assert offered(world) == ["luis"]
    assert "Mia was free but does not speak the language." in decisions(world)
    assert story(world) == []
