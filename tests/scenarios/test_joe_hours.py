"""Joe's variants about opening hours, as whole calls; the numbers are those of the acceptance pack."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.phone import Phone
from tests.scenarios.world import ANA, CENTER, JOE, ROOT, EmulatorProcess, World

pytestmark = pytest.mark.scenario
LIZ = "+13125550141"
EVERY_DAY = """
hours:
  center:
    zone: America/Chicago
    weekly:
      - {{days: [mon, tue, wed, thu, fri, sat, sun], opens: "07:00", closes: "19:00"}}
    exceptions:
      - {{date: "{date}", says: closed-holiday}}
"""
SATURDAY_NIGHT = """
hours:
  center:
    zone: America/Chicago
    weekly:
      - {days: [mon, tue, wed, thu, fri, sun], opens: "07:00", closes: "19:00"}
      - {days: [sat], opens: "22:00", closes: "03:00"}
"""


def content_with(hours: str, folder: Path) -> Path:
    """The content that ships, with other hours."""
    shutil.copytree(ROOT / "config", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "hours.yaml").write_text(hours, encoding="utf-8")
    return folder


def calls_in(world: World, number: str, key: str = "1") -> Phone:
    """Somebody calls and chooses his language."""
    phone = world.phone(number)
    return phone.dials(CENTER).presses(key)


def joe_takes_a_callback(joe: Phone) -> None:
    """From the closed center, about his exercises."""
    joe.presses("1").hears("call you about").presses("1").hears("birth").presses("03141957")
    joe.hears("PIN").presses("4821#").hears("0, 1, 4, 2").presses("1")


def ana_keeps_it(world: World, joe: Phone) -> None:
    """Her phone rings, then his, and they talk."""
    ana = world.phone(ANA)
    ana.rings(within=240).answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.promises() == ["reached"]


def test_19_the_holiday_that_was_set_yesterday_is_told_and_the_call_is_kept_the_day_after(
    world: World, tmp_path: Path
) -> None:
    world.act.set_hours("normal", None, "test")
    today = world.tools.now()
    holiday, after = today + timedelta(days=1), today + timedelta(days=2)
    world.publishes(content_with(EVERY_DAY.format(date=f"{holiday:%Y-%m-%d}"), tmp_path / "content"))
    calls_in(world, LIZ).hears("exercises or therapy").never_heard("closed").hangs_up()
    world.goes_to(holiday)
    joe = calls_in(world, JOE).hears("We are closed today for the holiday")
    joe.hears("when we open tomorrow at 7:00 a.m.")
    joe_takes_a_callback(joe)
    joe.hears("after we open tomorrow at 7:00 a.m.").is_over(within=30)
    calls_in(world, LIZ, "2").hears("día festivo").hangs_up()
    world.goes_to(after.replace(hour=13, minute=59))
    assert not world.phone(ANA).is_ringing, "it is not day yet where Joe is"
    world.goes_to(after.replace(hour=14, minute=1))
    ana_keeps_it(world, joe)


class Night(NamedTuple):
    """A night on which clocks change, in UTC. The center closes at 3:00 and opens at 7:00 by the clock on the wall."""

    starts: str  # of the emulator's clock
    still_open: str
    just_closed: str
    still_closed: str
    just_open: str
    before_eight: str
    after_eight: str


NIGHTS = {
    "spring": Night(
        starts="2026-03-05T15:00:00+00:00",
        still_open="2026-03-08T07:50",
        just_closed="2026-03-08T08:05",  # 3:05: the hour from 2:00 was left out
        still_closed="2026-03-08T11:55",
        just_open="2026-03-08T12:05",
        before_eight="2026-03-08T12:58",
        after_eight="2026-03-08T13:01",
    ),
    "fall": Night(
        starts="2026-10-29T14:00:00+00:00",
        still_open="2026-11-01T08:50",  # 2:50: the hour from 1:00 came twice
        just_closed="2026-11-01T09:05",
        still_closed="2026-11-01T12:55",
        just_open="2026-11-01T13:05",
        before_eight="2026-11-01T13:58",
        after_eight="2026-11-01T14:01",
    ),
}


@pytest.fixture(params=NIGHTS)
def night(request: pytest.FixtureRequest) -> Night:
    return NIGHTS[request.param]


@pytest.fixture
def center(night: Night, database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[World]:
    """A center that is open through Saturday night, with a carrier whose clock stands before the change."""
    emulator = EmulatorProcess(start=night.starts)
    try:
        content = content_with(SATURDAY_NIGHT, tmp_path / "content")
        opened = World(emulator, database_url=database_url, redis_url=valkey_url, folder=tmp_path, content=content)
        yield opened
        opened.stop()
    finally:
        emulator.stop()


def test_20_in_the_night_on_which_clocks_change_the_hours_are_those_on_the_wall(center: World, night: Night) -> None:
    center.act.set_hours("normal", None, "test")
    center.goes_to(utc(night.still_open))
    calls_in(center, LIZ).hears("exercises or therapy").never_heard("closed").hangs_up()
    center.goes_to(utc(night.just_closed))
    joe = calls_in(center, JOE).hears("closed").hears("when we open today at 7:00 a.m.")
    joe_takes_a_callback(joe)
    joe.hears("after we open today at 7:00 a.m.").is_over(within=30)
    center.goes_to(utc(night.still_closed))
    calls_in(center, LIZ).hears("closed").hangs_up()
    center.goes_to(utc(night.just_open))
    calls_in(center, LIZ).hears("exercises or therapy").never_heard("closed").hangs_up()
    center.goes_to(utc(night.before_eight))
    assert not center.phone(ANA).is_ringing, "it is not eight yet where Joe is"
    center.goes_to(utc(night.after_eight))
    ana_keeps_it(center, joe)


def utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)
