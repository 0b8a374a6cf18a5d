"""The list of work: whose it is, by when, in which order; who sees what of it, and what the buttons ask for."""

import re

import pytest

from callbacks.tables import CallbackRequest
from calls.tables import WorkItem
from calls.work import GIVEN_FOR
from desk import store, worklist
from tests.desk.test_pages import press, text_of
from tests.desk.world import NOON, World


def order_of(page: str) -> list[str]:
    """The ids of the lines, as they stand."""
    return re.findall(r'id="line-([^"]+)"', page)


def test_a_supervisor_sees_all_of_it_what_is_due_first_in_front_and_no_patients_name(world: World) -> None:
    world.owed("gone", "luis", hours=1, kind="gave_up", subject="call-gone")
    page = text_of(world, "sam", "/owed")
    assert order_of(page) == ["cb-late", "gone", "cb-rosa", "vm-ana", "vm-nurse", "vm-team"]
    assert "Gave up waiting 1" in page
    assert "Messages 3" in page
    assert "Callbacks 2" in page
    assert "Rosa" not in page
    assert page.count("2:00 PM") == 1 and "due by" not in page, "the due time is said once"
    assert "<dd>Luis Ortega</dd>" in page
    assert "<dd>the team</dd>" in page


def test_it_is_sorted_and_filtered_as_one_asks(world: World) -> None:
    world.owed("gone", "luis", hours=1, kind="gave_up", subject="call-gone")
    by_owner = order_of(text_of(world, "sam", "/owed?sort=owner"))
    assert by_owner == ["cb-rosa", "vm-ana", "cb-late", "gone", "vm-nurse", "vm-team"]
    assert order_of(text_of(world, "sam", "/owed?kind=callback")) == ["cb-late", "cb-rosa"]
    assert order_of(text_of(world, "sam", "/owed?sort=nonsense"))[0] == "cb-late"


def test_a_clinician_sees_his_own_and_his_teams_and_every_look_is_audited(world: World) -> None:
    page = text_of(world, "ana", "/owed")
    assert order_of(page) == ["cb-rosa", "vm-ana", "vm-team"], "the nurses' and Luis's are not hers"
    assert "Rosa V." in page
    assert "<dd>you</dd>" in page
    seen = {row[1:] for row in world.audits() if row[0] == "user:ana"}
    assert {("saw_work", "p-rosa"), ("saw_callback", "p-rosa")} <= seen


def test_what_a_number_of_it_counts_is_said_where_it_leads(world: World) -> None:
    page = text_of(world, "sam", "/owed")
    for kind, label, number in re.findall(r'kind=(\w+)">(.+?) (\d+)</a>', page):
        opened = text_of(world, "sam", f"/owed?kind={kind}")
        assert len(order_of(opened)) == int(number), label
        assert re.search(rf'<h2 id="all-work-title">{label}</h2> <p class="note">[A-Z][^<]+\.</p>', opened), label
    assert len(order_of(page)) == 5 and ">All 5</a>" in page


def test_sorted_by_kind_the_kinds_stand_as_their_numbers_do(world: World) -> None:
    world.owed("gone", None, kind="gave_up", subject="call-gone")
    world.owed("broken", None, kind="promise", subject="cb-x")
    page = text_of(world, "sam", "/owed?sort=kind")
    kinds = [key for key in order_of(page) if key in ("vm-ana", "gone", "broken", "cb-rosa")]
    assert kinds == ["vm-ana", "gone", "broken", "cb-rosa"]


def test_why_work_is_given_away_is_asked_in_words(world: World) -> None:
    page = text_of(world, "sam", "/owed?give=vm-ana")
    assert '<option value="knows_patient">Knows the patient</option>' in page
    assert tuple(worklist.GIVEN) == GIVEN_FOR


def test_where_more_is_owed_than_is_listed_it_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    more = "There is more: what is most urgent is listed and counted."
    assert more not in text_of(world, "sam", "/owed")
    monkeypatch.setattr(store, "MOST_WORK", 3)
    assert more in text_of(world, "sam", "/owed")


GIVEN = {"to": "luis", "reason": "shift_ends"}


def test_each_button_asks_for_what_it_says(world: World) -> None:
    assert press(world, "ana", "/owed/items/vm-ana/give?sort=owner", **GIVEN).headers["Location"] == "/owed?sort=owner"
    press(world, "sam", "/owed/items/vm-nurse/give", to="", reason="right_skill")
    press(world, "ana", "/owed/callbacks/cb-rosa/give", **GIVEN)
    press(world, "sam", "/owed/callbacks/cb-late/done", outcome="arranged")
    assert world.owe.done == [
        ("give_work", "vm-ana", "luis", "shift_ends", "ana", "user:ana"),
        ("give_work", "vm-nurse", "", "right_skill", None, "user:sam"),
        ("give_callback", "cb-rosa", "luis", "shift_ends", "user:ana"),
        ("end_callback", "cb-late", "arranged", "user:sam"),
    ]
    press(world, "luis", "/owed/items/vm-team/claim")
    assert world.act.done == [("claim_work", "vm-team", "luis", "user:luis")]
    assert "<dd>Luis Ortega</dd>" in text_of(world, "ana", "/owed")


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/owed/items/vm-ana/give", {"to": "luis", "reason": "bored"}, 400),
        ("/owed/callbacks/cb-rosa/done", {"outcome": "whatever"}, 400),
        ("/owed/callbacks/cb-rosa/claim", {}, 404),
        ("/owed/items/vm-nurse/give", GIVEN, 404),
        ("/owed/callbacks/cb-late/give", GIVEN, 404),
        ("/owed/items/none/claim", {}, 404),
    ],
)
def test_nothing_else_is_done(world: World, path: str, form: dict[str, str], status: int) -> None:
    assert press(world, "ana", path, **form).status_code == status
    assert world.done() == []


def test_what_another_has_taken_a_clinician_cannot_change_but_a_supervisor_can(world: World) -> None:
    world.change(WorkItem, "vm-team", state="claimed", claimed_by="luis", claimed_at=NOON)
    assert 'aria-label="Give: Message: Therapist, caller not verified"' not in text_of(
        world, "ana", "/owed?kind=message"
    )
    assert 'aria-label="Give: Message: Therapist, caller not verified"' in text_of(world, "sam", "/owed?kind=message")


def test_a_promise_that_is_being_kept_now_has_no_buttons(world: World) -> None:
    world.change(CallbackRequest, "cb-rosa", state="calling")
    page = text_of(world, "ana", "/owed?kind=callback")
    assert "Calling now" in page
    assert "/owed/callbacks/cb-rosa" not in page


def test_a_refusal_is_told_on_the_page(world: World) -> None:
    world.owe.refusal = "Somebody else has changed this meanwhile."
    client = world.browser("ana")
    page = client.get("/owed").get_data(as_text=True)
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": token, **GIVEN}
    answer = client.post("/owed/items/vm-ana/give", data=form, follow_redirects=True).get_data(as_text=True)
    assert "Somebody else has changed this meanwhile." in answer


def test_a_clinician_rings_whom_her_work_and_her_promises_are_about(world: World) -> None:
    page = text_of(world, "ana", "/owed")
    assert '/me/call/owed/vm-ana"' in page
    assert '/me/call/callbacks/cb-rosa"' in page
    answer = press(world, "ana", "/me/call/owed/vm-team", **{"from": "owed"})
    assert answer.headers["Location"] == "/owed"
    assert press(world, "ana", "/me/call/callbacks/cb-rosa").headers["Location"] == "/me"
    assert world.call_out.done == [
        ("call_for_work", "vm-team", "ana", "user:ana"),
        ("call_for_callback", "cb-rosa", "ana", "user:ana"),
    ]


def test_nobody_rings_from_a_page_whom_he_owes_nothing(world: World) -> None:
    assert press(world, "ana", "/me/call/owed/vm-nurse").status_code == 404
    assert press(world, "ana", "/me/call/callbacks/cb-late").status_code == 404
    assert press(world, "ana", "/me/call/talks/1", minutes="7").status_code == 400
    assert world.done() == []
    assert "/me/call/" not in text_of(world, "sam", "/owed"), (
        "a supervisor gives work, and has no phone of the center's"
    )


def test_what_she_should_know_of_a_call_stands_on_the_page_that_she_came_from(world: World) -> None:
    world.call_out.sentence = "Press Ready first: your phone rings for this call."
    client = world.browser("ana")
    page = client.get("/owed").get_data(as_text=True)
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": token, "from": "owed"}
    answer = client.post("/me/call/owed/vm-ana", data=form, follow_redirects=True).get_data(as_text=True)
    assert "Owed to patients" in answer
    assert world.call_out.sentence in answer
