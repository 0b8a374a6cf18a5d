"""New content is published while somebody waits: his call goes on as it began; who comes later hears the new one."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from config.settings import ROOT
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.world import ANA, CENTER, World

pytestmark = pytest.mark.scenario
LIZ = "+13125550141"


def published(folder: Path, changes: dict[str, str]) -> Path:
    """The shipped content with sentences changed in English."""
    content = shutil.copytree(ROOT / "config", folder)
    sheet = content / "prompts" / "en.ftl"
    words = sheet.read_text()
    for before, after in changes.items():
        assert before in words
        words = words.replace(before, after)
    sheet.write_text(words)
    return content


def versions(world: World) -> list[str]:
    with world.tools.database.reading() as tx:
        return [row.content for row in tx.execute(text("SELECT content FROM calls ORDER BY arrived_at"))]


def test_a_waiting_caller_keeps_his_words_over_two_publications_and_who_comes_hears_the_new_ones(
    world: World, tmp_path: Path
) -> None:
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    joe.hears("press 2")
    first = world.tools.content.version
    label, offer = "exercises or therapy after a hospital stay", "For a call back without losing your place"
    second = published(tmp_path / "second", {label: "a question to your therapist", offer: "To be called back instead"})
    world.publishes(second)
    assert world.tools.content.version != first
    assert not world.tools.editions, "the processes know nothing of what was before"
    liz = world.phone(LIZ)
    liz.dials(CENTER).hears("English").presses("1").hears("a question to your therapist, press 1").never_heard(label)
    joe.presses("7").hears("For a call back without losing your place").never_heard("To be called back instead")
    world.publishes(published(tmp_path / "third", {label: "an exercise"}))
    liz.presses("6").hears("therapy").never_heard("an exercise").hangs_up()
    joe.presses("7").never_heard("To be called back instead").presses("2").hears("0, 1, 4, 2").presses("3")
    ana = world.phone(ANA)
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").presses("1").hears("Joe S.")
    joe.talks_with(ana)
    late = world.phone(LIZ)
    late.dials(CENTER).hears("English").presses("1").hears("For an exercise, press 1")
    assert versions(world)[0] == first and len(set(versions(world))) == 3
