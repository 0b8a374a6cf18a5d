"""While a call rings: what the clinician's page shows of it, and what its buttons ask for."""

from datetime import timedelta
from typing import Any

import pytest
from markupsafe import escape

from routing.tables import Offer, Presence, Wait
from tests.desk.test_pages import press, text_of
from tests.desk.world import NOON, World, token

LATER = "After my visit: offer a call from me"


def rings(world: World) -> None:
    """Joe's call rings at Ana, whose patient he is."""
    world.change(Offer, 1, state="offered", accepted_at=None, talk_started_at=None)
    world.change(Presence, "ana", state="offered")


def test_what_rings_can_be_passed_on_from_the_page_and_taken_on_the_phone_alone(world: World) -> None:
    assert "Decline" not in text_of(world, "ana", "/me"), "she talks"
    rings(world)
    page = text_of(world, "ana", "/me")
    assert "Only your phone can take the call" in page
    assert 'action="/me/offers/1/decline"' in page
    assert '<option value="in_a_session">In a session</option>' in page
    assert LATER in page
    assert "Joe" not in page
    assert "Decline" not in text_of(world, "luis", "/me"), "it does not ring at him"


@pytest.mark.parametrize("change", [{"kind": "callback"}, {"need": {"skill": "pt", "language": "en", "own": "luis"}}])
def test_only_an_own_patient_on_the_line_can_be_called_after_the_visit(world: World, change: dict[str, Any]) -> None:
    rings(world)
    world.change(Wait, "w-joe", **change)
    page = text_of(world, "ana", "/me")
    assert "Decline" in page
    assert LATER not in page


def test_each_button_asks_for_what_it_says(world: World) -> None:
    rings(world)
    assert press(world, "ana", "/me/offers/1/decline", reason="phone_trouble").status_code == 303
    assert press(world, "ana", "/me/offers/1/after-visit", minutes="25").status_code == 303
    assert world.answer.done == [
        ("decline", "ana", 1, "phone_trouble", "user:ana"),
        ("after_visit", "ana", 1, 25, "user:ana"),
    ]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("decline", {}),
        ("decline", {"reason": "no wish"}),
        ("after-visit", {"minutes": ""}),
        ("after-visit", {"minutes": "0"}),
        ("after-visit", {"minutes": "481"}),
        ("after-visit", {"minutes": "soon"}),
    ],
)
def test_what_no_button_asks_for_is_refused(world: World, path: str, form: dict[str, str]) -> None:
    assert press(world, "ana", f"/me/offers/1/{path}", **form).status_code == 400
    assert world.answer.done == []


def test_an_answer_that_came_too_late_is_told(world: World) -> None:
    world.answer.refusal = "The caller has left meanwhile."
    ana = world.browser("ana")
    form = {"csrf_token": token(ana), "reason": "other"}
    answer = ana.post("/me/offers/1/decline", data=form, follow_redirects=True)
    assert escape("The caller has left meanwhile.") in answer.get_data(as_text=True)


def test_free_for_a_while_ends_by_itself_and_the_page_says_when(world: World) -> None:
    assert "Free for a while" in text_of(world, "luis", "/me")
    press(world, "luis", "/me/presence", state="ready", minutes="20")
    assert world.act.done == [("set_presence", "luis", "ready", None, 20)]
    assert "takes calls until 12:20 PM" in text_of(world, "luis", "/me")
    assert [row["free_until"] for row in world.rows(Presence) if row["clinician_id"] == "luis"] == [
        NOON + timedelta(minutes=20)
    ]
    press(world, "luis", "/me/presence", state="ready")
    assert "takes calls until" not in text_of(world, "luis", "/me")


def test_the_story_of_a_call_tells_why_it_was_declined(world: World) -> None:
    world.journal("en-2", ("offer_given_back", {"offer": 1, "cause": "declined", "reason": "phone_trouble"}))
    assert "passed the call on (phone trouble); the caller kept" in text_of(world, "sam", "/calls/en-2")
