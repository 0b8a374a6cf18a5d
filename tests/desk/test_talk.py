"""What a clinician's page offers in a talk, and what its buttons ask for; a supervisor who sits in."""

from datetime import timedelta
from typing import Any

import pytest

from calls.tables import AlarmRow
from directory.tables import User
from routing.tables import Guest, Offer
from tests.desk.test_pages import press, text_of
from tests.desk.world import NOON, World

ASKS = [
    ("/me/talk/hold", {"held": "yes"}, ("hold", "ana", True)),
    ("/me/talk/hold", {"held": "no"}, ("hold", "ana", False)),
    ("/me/talk/mute", {"muted": "yes"}, ("mute", "ana", True)),
    ("/me/talk/mute", {"muted": "no"}, ("mute", "ana", False)),
    ("/me/talk/colleague", {"colleague": "luis"}, ("ask_colleague", "ana", "luis")),
    ("/me/talk/interpreter", {"language": "es"}, ("ask_interpreter", "ana", "es")),
    ("/me/talk/guests/3/out", {}, ("send_out", "ana", 3)),
    ("/me/talk/help", {"wanted": "yes"}, ("help", "ana", True)),
    ("/me/talk/help", {"wanted": "no"}, ("help", "ana", False)),
    ("/me/talk/hand-over", {}, ("hand_over", "ana")),
]


def guest(world: World, kind: str, state: str, **more: Any) -> None:
    values = {"offer_id": 1, "call_id": "joe", "kind": kind, "part": "talk", "asked_by": "Ana Ruiz", "state": state}
    world.add(Guest, **values, asked_at=NOON, deadline=NOON + timedelta(minutes=1), **more)


@pytest.mark.parametrize(("path", "form", "asked"), ASKS)
def test_each_button_asks_for_what_it_says(
    world: World, path: str, form: dict[str, str], asked: tuple[Any, ...]
) -> None:
    assert press(world, "ana", path, **form).headers["Location"] == "/me"
    assert world.gather.done == [asked]


def test_a_refusal_is_told_on_the_page(world: World) -> None:
    world.gather.refusal = "Luis Ortega has no phone that we may ring."
    client = world.browser("ana")
    page = client.get("/me").get_data(as_text=True)
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": token, "colleague": "luis"}
    answer = client.post("/me/talk/colleague", data=form, follow_redirects=True).get_data(as_text=True)
    assert "Luis Ortega has no phone that we may ring." in answer


def test_who_asks_for_help_sees_that_he_does_and_who_sees_to_it(world: World) -> None:
    assert "Ask a supervisor for help" in text_of(world, "ana", "/me")
    alarm = world.add(AlarmRow, kind="help", subject="1", value=1.0, raised_at=NOON)
    assert "You asked for help at 12:00 PM; nobody has seen it yet" in text_of(world, "ana", "/me")
    board = text_of(world, "sam", "/board")
    assert "Ana Ruiz asks for help in a call" in board and '"/calls/joe">Open the call' in board
    press(world, "sam", f"/board/alarms/{alarm}/seen")
    page = text_of(world, "ana", "/me")
    assert "sam sees to it" in page and "No help is needed" in page


def test_the_card_lists_guests_and_offers_only_those_who_are_not_there(world: World) -> None:
    guest(world, "colleague", "in_room", clinician_id="luis")
    guest(world, "interpreter", "placed", language="es")
    guest(world, "supervisor", "in_room")
    guest(world, "colleague", "left", clinician_id="tom", ended_at=NOON)
    page = text_of(world, "ana", "/me")
    assert 'id="guest-1"' in page
    assert 'Luis Ortega</span><span class="note">In the call' in page
    assert 'Interpreter, Spanish</span><span class="note">Being rung' in page
    assert '<option value="luis">' not in page
    assert '<option value="tom">' in page
    assert '<option value="ana">' not in page
    assert "Hand over and leave" in page


def test_nothing_can_be_done_in_a_talk_that_has_not_begun(world: World) -> None:
    world.change(Offer, 1, talk_started_at=None)
    page = text_of(world, "ana", "/me")
    assert "Ask colleague in" not in page
    assert "Hold" not in page


def test_a_held_patient_is_seen_to_be_held(world: World) -> None:
    assert "Hand over" not in text_of(world, "ana", "/me"), "nobody is there to hand over to"
    world.change(Offer, 1, held_at=NOON - timedelta(seconds=75))
    page = text_of(world, "ana", "/me")
    assert "The patient hears music" in page
    assert "1:15" in page
    assert "Back to the patient" in page


def test_a_supervisor_sits_in_from_his_own_phone(world: World) -> None:
    assert "Listen" in text_of(world, "sam", "/calls/joe")
    press(world, "sam", "/calls/joe/sit-in", part="coach")
    assert world.gather.done == [], "no phone of his is known"
    press(world, "sam", "/account/phone", phone="312 555 0177")
    press(world, "sam", "/calls/joe/sit-in", part="coach")
    assert world.gather.done == [("sit_in", 1, "coach", "+13125550177", "sam")]
    assert "5550177" not in str(world.rows(User))
    assert ("user:sam", "own_phone_set", None) in world.audits()


def test_nobody_sits_in_on_a_talk_that_is_over(world: World) -> None:
    world.change(Offer, 1, state="finished")
    assert "Sit in" not in text_of(world, "sam", "/calls/joe")
    press(world, "sam", "/calls/joe/sit-in", part="listen")
    assert world.gather.done == []


@pytest.mark.parametrize("phone", ["911", "1 900 555 0100", "hello", "+44 20 7946 0000"])
def test_no_phone_is_noted_that_may_not_be_rung(world: World, phone: str) -> None:
    client = world.browser("sam")
    page = client.get("/account").get_data(as_text=True)
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    answer = client.post("/account/phone", data={"csrf_token": token, "phone": phone}, follow_redirects=True)
    assert "We may not ring that number." in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "form"),
    [("/me/talk/hold", {"held": "maybe"}), ("/me/talk/mute", {}), ("/calls/joe/sit-in", {"part": "spy"})],
)
def test_what_no_button_asks_for_is_refused(world: World, path: str, form: dict[str, str]) -> None:
    assert press(world, "ana" if path.startswith("/me") else "sam", path, **form).status_code == 400
    assert world.gather.done == []
