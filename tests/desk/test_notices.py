"""What a page tells whoever pressed a button: done and refused look and sound different, whatever page it is."""

import pytest

from tests.desk.test_pages import text_of
from tests.desk.world import Done, World, token

PROBLEM, DONE = '<div class="notice problem"><p role="alert">', '<div class="notice done"><p role="status">'
PHONE = {"phone": "312 555 0164"}


def pressed(world: World, login: str, path: str, **form: str) -> str:
    client = world.browser(login)
    answer = client.post(path, data={"csrf_token": token(client), **form}, follow_redirects=True)
    return answer.get_data(as_text=True)


def test_what_was_done_is_no_problem(world: World) -> None:
    assert f"{DONE}The caller counts as if he had come 10 minutes earlier." in pressed(
        world, "sam", "/calls/es-1/hurry", minutes="10"
    )
    assert f"{DONE}Your phone is saved." in pressed(world, "sam", "/account/phone", **PHONE)
    assert f"{DONE}Changed: phone." in pressed(world, "root", "/admin/people/ana", **PHONE)


def test_what_was_refused_is_one(world: World) -> None:
    world.oversee.refusal = "He waits no more."
    assert f"{PROBLEM}He waits no more." in pressed(world, "sam", "/calls/es-1/hurry", minutes="10")
    assert f"{PROBLEM}We may not ring that number." in pressed(world, "sam", "/account/phone", phone="12")
    world.administer.answer = Done(refused=("phone: found 12",))
    assert f"{PROBLEM}Phone: found 12." in pressed(world, "root", "/admin/people/ana", phone="12")
    world.administer.answer = Done()
    assert f"{DONE}Nothing changed." in pressed(world, "root", "/admin/people/ana")


def test_a_button_that_comes_too_late_is_answered_beside_the_live_part(world: World) -> None:
    client = world.browser("ana")
    form = {"csrf_token": token(client), "outcome": "reached"}
    answer = client.post("/me/owed/gone/done", data=form, headers={"HX-Request": "true"})
    told = answer.get_data(as_text=True)
    goes = [answer.headers[name] for name in ("HX-Retarget", "HX-Reswap")]
    assert (answer.status_code, goes) == (404, ["#notices", "outerHTML"])
    assert f"{PROBLEM}That is gone: somebody else may have dealt with it." in told and "<html" not in told
    whole = client.post("/me/owed/gone/done", data=form)
    assert whole.status_code == 404 and "<html" in whole.get_data(as_text=True)


def test_a_live_part_that_cannot_be_given_is_no_page_within_the_page(world: World) -> None:
    told = world.browser("sam").get("/people/nobody/stream").get_data(as_text=True)
    assert "There is no such page" in told and "<html" not in told


@pytest.mark.parametrize(
    ("path", "place", "how"),
    [
        ("/board", "/board", "page"),
        ("/people/mei", "/board", "true"),
        ("/calls/joe", "/calls", "true"),
        ("/figures/answered", "/history", "true"),
        ("/figures/waiting", "/board", "true"),
        ("/figures/messages", "/board", "true"),
        ("/board/closing?state=closed", "/board", "true"),
        ("/promises/cb-rosa", "/promises", "true"),
    ],
)
def test_the_way_back_is_marked(world: World, path: str, place: str, how: str) -> None:
    assert text_of(world, "sam", path).count(f'<a href="{place}" aria-current="{how}">') == 1


def test_a_question_that_cannot_be_is_told_in_a_sentence(world: World) -> None:
    answer = world.browser("sam").get("/history?from=2031-03-05&to=2031-03-01")
    told = "To: found Saturday, March 1, 2031; accepted: Wednesday, March 5, 2031 or later, as From comes first."
    assert answer.status_code == 400
    assert f'role="alert">{told}</p>' in answer.get_data(as_text=True)
