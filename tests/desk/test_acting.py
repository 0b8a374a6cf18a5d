"""What a supervisor's pages offer, and what their buttons ask for."""

from datetime import timedelta
from typing import Any

import pytest
from markupsafe import escape

from directory.tables import ClinicianSkill, HoursOverride
from routing.tables import Wait
from tests.desk.test_pages import press, text_of
from tests.desk.world import NOON, World

ASKS: list[tuple[str, dict[str, str], tuple[Any, ...]]] = [
    ("/people/mei/presence", {"state": "ready"}, ("set_presence", "mei", "ready", None, None, "user:sam")),
    (
        "/people/mei/presence",
        {"state": "away", "reason": "lunch", "minutes": "30"},
        ("set_presence", "mei", "away", "lunch", 30, "user:sam"),
    ),
    ("/people/mei/wrap-up/end", {}, ("end_wrap_up", "mei", "user:sam")),
    ("/people/mei/today", {"skill": "nurse", "level": "4"}, ("set_today", "mei", "nurse", 4, "user:sam")),
    ("/people/mei/today", {"skill": "pt", "level": "0"}, ("set_today", "mei", "pt", 0, "user:sam")),
    ("/people/mei/today", {"skill": "pt", "level": ""}, ("set_today", "mei", "pt", None, "user:sam")),
    ("/calls/es-1/hurry", {"minutes": "10"}, ("hurry", "es-1", 600, "user:sam")),
    ("/calls/es-1/move", {"service": "nurse"}, ("move", "es-1", "nurse", "user:sam")),
    ("/board/services/nurse/open", {}, ("open_service", "nurse", "user:sam")),
]


@pytest.mark.parametrize(("path", "form", "asked"), ASKS)
def test_each_button_asks_for_what_it_says(
    world: World, path: str, form: dict[str, str], asked: tuple[Any, ...]
) -> None:
    assert press(world, "sam", path, **form).status_code == 303
    assert world.oversee.done == [asked]


@pytest.mark.parametrize(
    ("form", "until"),
    [
        ({"for": "60"}, NOON + timedelta(hours=1)),
        ({"for": ""}, None),
        ({"for": "60", "at": "15:30"}, NOON + timedelta(hours=3, minutes=30)),  # noon in Chicago
        ({"for": "opening"}, None),  # the hours of these tests never open
    ],
)
def test_a_service_is_closed_until_a_time_that_is_named_in_several_ways(
    world: World, form: dict[str, str], until: Any
) -> None:
    assert press(world, "sam", "/board/services/nurse/close", **form).headers["Location"] == "/board"
    assert world.oversee.done == [("close_service", "nurse", until, "user:sam")]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/people/mei/presence", {"state": "talking"}),
        ("/people/mei/presence", {"state": "away", "reason": "revenge"}),
        ("/people/mei/presence", {"state": "away", "minutes": "0"}),
        ("/people/mei/today", {"skill": "pt", "level": "6"}),
        ("/calls/es-1/hurry", {"minutes": "999"}),
        ("/board/services/nurse/close", {"for": "7"}),
        ("/board/services/nurse/close", {"for": "60", "at": "25:99"}),
    ],
)
def test_what_no_button_asks_for_is_refused(world: World, path: str, form: dict[str, str]) -> None:
    assert press(world, "sam", path, **form).status_code == 400
    assert world.oversee.done == []


def test_the_board_leads_to_each_who_waits_and_to_everybody_who_works(world: World) -> None:
    page = text_of(world, "sam", "/board")
    assert '<a class="title" href="/calls/es-1">Therapist, Spanish</a>' in page
    assert '<a class="title" href="/people/mei">Mei Chen</a>' in page
    assert "waiting-joe" not in page, "he talks"


def test_of_many_who_wait_the_board_shows_the_next_and_counts_the_rest(world: World) -> None:
    for number in range(14):
        world.call(f"more-{number}")
        world.wait(f"more-{number}", place_ms=10 + number)
    page = text_of(world, "sam", "/board")
    assert page.count('id="waiting-') == 12
    assert '<a href="/figures/longest">And 4 more</a>' in page


def test_a_call_is_hurried_and_moved_only_while_it_waits(world: World) -> None:
    page = text_of(world, "sam", "/calls/es-1")
    assert "This caller waits" in page
    assert '<option value="nurse">' in page
    assert '<option value="therapist">' not in page, "he waits for it already"
    assert "This caller waits" not in text_of(world, "sam", "/calls/joe")
    world.change(Wait, "w-es-1", state="offered")
    assert "A phone rings for this caller" in text_of(world, "sam", "/calls/es-1")


def test_a_persons_page_shows_what_he_does_and_can_do_today(world: World) -> None:
    world.add(ClinicianSkill, clinician_id="mei", skill="nurse", level=4, today_level=4, today_until=NOON)
    page = text_of(world, "sam", "/people/mei")
    assert "Level 4, today; usually not at all" in page
    assert "As usual" in page
    assert "End wrap-up" not in page
    assert world.browser("sam").get("/people/nobody").status_code == 404


def test_the_board_says_which_service_is_closed_and_until_when(world: World) -> None:
    row = {"state": "closed", "set_at": NOON, "set_by": "sam"}
    world.add(HoursOverride, service="nurse", until=NOON + timedelta(hours=2), **row)
    page = text_of(world, "sam", "/board")
    assert "<strong>Nurse</strong> is closed until 2:00 PM." in page
    assert 'action="/board/services/nurse/open"' in page
    assert 'action="/board/services/nurse/close"' not in page
    assert "Force" in page
    assert "by sam" not in page, "nothing is forced for the whole center"
    world.clock.move(hours=2)
    assert "<strong>Nurse</strong> is closed" not in text_of(world, "sam", "/board")


def test_a_refusal_is_told(world: World) -> None:
    world.oversee.refusal = "He does not wrap up any more."
    client = world.browser("sam")
    page = client.get("/people/mei").get_data(as_text=True)
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    answer = client.post("/people/mei/wrap-up/end", data={"csrf_token": token}, follow_redirects=True)
    assert escape("He does not wrap up any more.") in answer.get_data(as_text=True)


def test_what_was_entered_of_a_state_that_is_refused_stands_in_the_form_again(world: World) -> None:
    form = {"state": "ready", "minutes": "700", "begins": "13:30", "reason": "lunch"}
    answer = press(world, "sam", "/people/mei/presence", **form)
    assert answer.headers["Location"] == "/people/mei?state=ready&reason=lunch&minutes=700&begins=13:30"
    page = text_of(world, "sam", answer.headers["Location"])
    assert '<option value="ready" selected>' in page
    assert '<option value="lunch" selected>' in page
    assert 'inputmode="numeric" value="700"' in page
    assert 'type="time" value="13:30"' in page
    assert "/people/mei/stream?state=ready" in page, "and stays there while the page is drawn anew"


def test_what_was_done_leaves_the_form_as_it_was(world: World) -> None:
    answer = press(world, "sam", "/people/mei/presence", state="away", reason="lunch", minutes="30")
    assert answer.headers["Location"] == "/people/mei"
