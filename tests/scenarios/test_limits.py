"""A service has limits: whole calls that meet one, at the entry and in the carrier's queue."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.settings import ROOT
from tests.resources import migrated_sqlite
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.world import DANA, EmulatorProcess, World

pytestmark = pytest.mark.scenario


@pytest.fixture
def world_with(emulator_process: EmulatorProcess, tmp_path: Path, valkey_url: str) -> Iterator[Callable[[str], World]]:
    """A center whose therapy has these limits: Luis is in a visit, Dana the nurse is ready, nobody else is there."""
    with ExitStack() as stack:

        def make(limits: str) -> World:
            content = shutil.copytree(ROOT / "config", tmp_path / "content")
            sheet = content / "services.yaml"
            skill = "skill: physical_therapy\n"
            assert skill in sheet.read_text()
            sheet.write_text(sheet.read_text().replace(skill, f"{skill}    limits: {limits}\n", 1))
            url = migrated_sqlite(tmp_path / "center.db")
            world = World(emulator_process, database_url=url, redis_url=valkey_url, folder=tmp_path, content=content)
            stack.callback(world.stop)
            world.only_on_duty("dana")
            world.presence("luis", "in_visit", minutes=60)
            return world

        yield make


def test_who_comes_when_nobody_is_ready_is_promised_a_call(world_with: Callable[[str], World]) -> None:
    world = world_with("{nobody_ready: callback}")
    joe = joe_asks_for_therapy(world)
    joe.hears("busy right now. Should we call you back").presses("1").hears("will call the number")
    assert world.outcome() == "callback"
    assert "limit_reached" in world.facts() and "joined_line" not in world.facts()


def test_who_waits_too_long_goes_from_the_carriers_queue_to_another_team(world_with: Callable[[str], World]) -> None:
    world = world_with("{wait_seconds: {most: 60, exit: 'service:nurse'}}")
    dana, joe = world.phone(DANA), joe_asks_for_therapy(world)
    joe.hears("too long right now. I will look for another team", within=120)
    dana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(dana)
    assert world.outcome() == "person"


def test_who_waits_too_long_leaves_the_carriers_queue_for_a_message(world_with: Callable[[str], World]) -> None:
    world = world_with("{wait_seconds: {most: 60, exit: message}}")
    joe = joe_asks_for_therapy(world)
    joe.hears("too long", within=120).hears("after the tone")
    joe.hangs_up()
    assert "left_line" in world.facts()
