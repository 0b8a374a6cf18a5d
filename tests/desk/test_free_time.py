"""Free for some minutes from a time of today on: what is read from the form, what is refused, what the pages tell."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from markupsafe import escape

import routing.store
from desk import free_time
from desk.free_time import FreeTime
from desk.words import Moment
from routing.tables import Presence
from tests.desk.test_pages import press, text_of
from tests.desk.world import NOON, World, token

CHICAGO = ZoneInfo("America/Chicago")
MORNING = datetime(2026, 11, 23, 10, 32, tzinfo=CHICAGO)


def at(now: datetime) -> Moment:
    return Moment(now.astimezone(UTC), CHICAGO)


def local(found: FreeTime | str) -> str:
    assert isinstance(found, FreeTime), found
    return found.begins.astimezone(CHICAGO).strftime("%H:%M %Z")


@pytest.mark.parametrize(("clock", "begins"), [("10:40", "10:40 CST"), (" 15:05 ", "15:05 CST"), ("9:59", None)])
def test_a_time_of_today_that_is_to_come(clock: str, begins: str | None) -> None:
    found = free_time.read(clock, "10", at(MORNING))
    if begins is None:
        assert isinstance(found, str) and found.startswith("9:59 AM for 10 minutes is over: it is 10:32 AM now.")
    else:
        assert local(found) == begins


@pytest.mark.parametrize(
    ("shown", "begins"),
    [("10:40 AM", "10:40"), ("3:05 pm", "15:05"), ("03:05PM", "15:05"), ("12:00 PM", "12:00"), ("11:59 PM", "23:59")],
)
def test_a_time_as_the_pages_show_it_is_read_too(shown: str, begins: str) -> None:
    assert free_time.read(shown, "10", at(MORNING)) == free_time.read(begins, "10", at(MORNING))
    night = at(MORNING.replace(hour=0, minute=1))
    assert local(free_time.read("12:10 AM", "10", night)) == "00:10 CST"


def test_a_time_that_has_gone_by_counts_while_some_of_its_minutes_are_left() -> None:
    assert free_time.read("10:30", "10", at(MORNING)) == FreeTime(MORNING.replace(minute=30).astimezone(UTC), 10)
    assert isinstance(free_time.read("10:30", "2", at(MORNING)), str)


@pytest.mark.parametrize(
    "clock", ["", "soon", "24:00", "10:60", "10", "13:40 PM", "0:40 AM", "١٠:٤٠", "10:40:00+02:00"]
)
def test_what_is_no_time_is_refused_in_a_sentence_that_says_what_is(clock: str) -> None:
    said = free_time.read(clock, "10", at(MORNING))
    assert isinstance(said, str)
    assert said.startswith(f'"{clock}"' if clock else "What was left empty")
    assert "such as 10:40 AM or 3:05 PM" in said and "try again" in said


@pytest.mark.parametrize("minutes", ["", "0", "481", "ten", "1.5", "-3", "²", "9" * 50])
def test_what_is_no_number_of_minutes_is_refused_too(minutes: str) -> None:
    said = free_time.read("10:40", minutes, at(MORNING))
    assert isinstance(said, str)
    assert said.startswith(f'"{minutes[:20]}"' if minutes else "What was left empty")
    assert "from 1 to 480" in said and "try again" in said


def test_a_time_shown_twice_is_the_one_to_come_and_a_skipped_one_is_later() -> None:
    autumn = datetime(2026, 11, 1, 0, 30, tzinfo=CHICAGO)
    assert local(free_time.read("01:30", "10", at(autumn))) == "01:30 CDT"
    assert local(free_time.read("01:30", "10", at(datetime(2026, 11, 1, 7, tzinfo=UTC)))) == "01:30 CST"
    spring = datetime(2026, 3, 8, 0, 30, tzinfo=CHICAGO)
    assert local(free_time.read("02:30", "10", at(spring))) == "03:30 CDT"


@pytest.mark.parametrize(("minute", "suggested"), [(32, "10:40"), (35, "10:40"), (36, "10:50"), (59, "11:10")])
def test_the_next_full_ten_minutes_are_suggested(minute: int, suggested: str) -> None:
    assert free_time.suggested(at(MORNING.replace(minute=minute))) == suggested
    assert free_time.suggested(at(MORNING.replace(minute=35, second=1))) == "10:50"


# --- on the pages ---


def presence(world: World) -> dict[str, object]:
    (row,) = (row for row in world.rows(Presence) if row["clinician_id"] == "luis")
    return row


def passes(world: World, minutes: int) -> None:
    world.clock.move(minutes=minutes)
    with world.database.transaction() as tx:
        routing.store.due_presences(tx, world.clock.now(), 20)


def test_one_tap_makes_her_free_later_and_her_page_tells_each_step(world: World) -> None:
    page = text_of(world, "luis", "/me")
    assert 'data-suggested="12:10"' in page and "Free later" in page
    press(world, "luis", "/me/presence", state="ready", begins="12:40", minutes="10")
    assert world.act.done == [("set_presence", "luis", "ready", None, 10, NOON + timedelta(minutes=40))]
    assert (presence(world)["state"], presence(world)["reason"]) == ("away", "free_later")
    assert "free from 12:40 PM to 12:50 PM" in text_of(world, "luis", "/me")
    assert "free from 12:40 PM to 12:50 PM" in text_of(world, "sam", "/board")
    passes(world, 40)
    assert presence(world)["state"] == "ready"
    assert "takes calls until 12:50 PM" in text_of(world, "luis", "/me")
    passes(world, 10)
    assert presence(world)["state"] == "offline"
    assert "the time for taking calls is over" in text_of(world, "luis", "/me")


def test_in_a_talk_it_is_told_as_what_comes_after_it(world: World) -> None:
    press(world, "ana", "/me/presence", state="ready", begins="12:40", minutes="10")
    assert "then free from 12:40 PM to 12:50 PM" in text_of(world, "ana", "/me")


@pytest.mark.parametrize("form", [{"begins": "11:00"}, {"begins": "noon"}, {"begins": ""}, {"minutes": "0"}])
def test_a_wrong_entry_is_answered_by_a_sentence_and_changes_nothing(world: World, form: dict[str, str]) -> None:
    luis, before = world.browser("luis"), presence(world)
    entered = {"state": "ready", "begins": "12:40", "minutes": "10", **form}
    answer = luis.post("/me/presence", data={"csrf_token": token(luis), **entered}, follow_redirects=True)
    said = free_time.read(entered["begins"], entered["minutes"], Moment(NOON, CHICAGO))
    assert isinstance(said, str) and str(escape(said)) in answer.get_data(as_text=True)
    assert world.act.done == [] and presence(world) == before


def test_who_is_ready_until_working_hours_end_reads_so(world: World) -> None:
    world.change(Presence, "luis", state="ready", reason="hours_end", free_until=NOON + timedelta(hours=4))
    assert "takes calls until 4:00 PM, when working hours end" in text_of(world, "luis", "/me")


def test_a_supervisor_sets_the_same(world: World) -> None:
    assert "If ready: from, today" in text_of(world, "sam", "/people/mei")
    press(world, "sam", "/people/mei/presence", state="ready", begins="12:40", minutes="10")
    press(world, "sam", "/people/mei/presence", state="ready", begins="", minutes="30")
    later = NOON + timedelta(minutes=40)
    assert world.oversee.done == [
        ("set_presence", "mei", "ready", None, 10, "user:sam", later),
        ("set_presence", "mei", "ready", None, 30, "user:sam"),
    ]
    sam = world.browser("sam")
    form = {"csrf_token": token(sam), "state": "ready", "begins": "11:00", "minutes": "10"}
    answer = sam.post("/people/mei/presence", data=form, follow_redirects=True)
    assert "11:00 AM for 10 minutes is over" in answer.get_data(as_text=True)
    assert len(world.oversee.done) == 2
