"""Two days in a real browser: a clinician's shift by keyboard, a supervisor's morning. One browser, one world each."""

import csv
import io

import pytest
from playwright.sync_api import Page, expect

from calls.tables import AlarmRow
from desk.stream import hub_of
from routing.tables import Offer, Presence
from tests.desk.test_browser import sign_in
from tests.desk.world import NOON, World

pytestmark = pytest.mark.browser
FOCUSED = "document.activeElement.ariaLabel || document.activeElement.textContent.trim()"


def by_keyboard(page: Page, name: str) -> None:
    """Reach a button by Tab, from wherever one is, and press Enter."""
    expect(page.get_by_role("button", name=name).first).to_be_visible()
    for _ in range(80):
        page.keyboard.press("Tab")
        if str(page.evaluate(FOCUSED)).startswith(name):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no way by Tab to {name!r}")


def happens(world: World, state: str, /, **offer: object) -> None:
    """Luis's phone did something: his state, and the one offer of the world is his."""
    world.change(Presence, "luis", state=state, since=world.clock.now(), reason=None)
    world.change(Offer, 1, clinician_id="luis", **offer)
    hub_of(world.app).hint()


def shown(page: Page, state: str) -> None:
    expect(page.locator("#presence-title")).to_have_text(state)


def test_a_clinicians_whole_shift_by_keyboard_alone(page: Page, world: World) -> None:
    world.change(Offer, 1, state="finished", ended_at=NOON)
    world.change(Presence, "luis", state="offline")
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    page.get_by_label("Login").focus()
    page.keyboard.type("luis")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    shown(page, "Offline")
    by_keyboard(page, "Ready")
    shown(page, "Ready")

    happens(world, "offered", state="offered", accepted_at=None, talk_started_at=None, ended_at=None)
    expect(page.locator("#call-title")).to_have_text("Your phone is ringing")
    assert "Joe" not in page.content(), "nothing of the patient before he takes the call"
    by_keyboard(page, "Decline")
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
    assert world.answer.done == [("decline", "luis", 1, "in_a_session", "user:luis")]
    talk = {"state": "accepted", "accepted_at": NOON, "talk_started_at": NOON, "ended_at": None}
    happens(world, "talking", **talk)
    expect(page.locator("#call-title")).to_have_text("Joe S.")
    expect(page.locator(".sure")).to_have_text("Level 2: identity proved")
    for label, asked in (
        ("Hold: music for the patient", ("hold", "luis", True)),
        ("Mute: nobody hears you", ("mute", "luis", True)),
    ):
        by_keyboard(page, label)
        expect(page.locator("#call-title")).to_be_visible()
        page.wait_for_function("() => !document.querySelector('.htmx-request')")
        assert world.gather.done[-1] == asked
    happens(world, "talking", held_at=NOON, muted_at=NOON)
    expect(page.get_by_text("Nobody hears you")).to_be_visible()
    by_keyboard(page, "Be heard again")
    by_keyboard(page, "Back to the patient")

    happens(world, "wrapping_up", state="finished", ended_at=NOON, held_at=None, muted_at=None)
    expect(page.locator("#call-title")).to_have_text("No call now")
    expect(page.get_by_role("heading", name="How it ended: Joe S.")).to_be_visible()
    by_keyboard(page, "Save")
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
    assert [request[0] for request in world.note.done] != [], "how the talk ended is noted"
    done = page.get_by_role("button", name="Done: ").first
    title = str(done.get_attribute("aria-label"))
    by_keyboard(page, title)
    ending = page.get_by_label(title.replace("Done", "How it ended"), exact=True)
    expect(ending).to_be_focused()
    expect(ending).to_have_value("")
    page.keyboard.type("Reached")
    by_keyboard(page, title)
    expect(page.get_by_role("button", name=title, exact=True)).to_have_count(0)
    for button, state in (("In a visit", "In a visit"), ("Away", "Away"), ("Offline", "Offline")):
        by_keyboard(page, button)
        shown(page, state)
    assert [row[0] for row in world.gather.done] == ["hold", "mute", "mute", "hold"]
    by_keyboard(page, "Sign out")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_supervisors_morning(page: Page, world: World) -> None:
    world.add(AlarmRow, kind="longest_wait", subject="therapist", value=200.0, raised_at=NOON)
    sign_in(page, "sam")
    expect(page.get_by_role("heading", name="The center now")).to_be_visible()
    assert "Joe" not in page.content() and "Rosa" not in page.content(), "no names on the wall"
    page.get_by_role("button", name="I see to it").click()
    expect(page.locator(".alarm.seen")).to_be_visible()
    page.locator("#hours-minutes").select_option("240")
    page.get_by_role("button", name="Force closed").click()
    expect(page.get_by_role("heading", name="Force closed?")).to_be_visible()
    assert world.act.done == [], "it was asked first"
    expect(page.get_by_text("closes now, until 4:00 PM.")).to_be_visible()
    page.get_by_role("button", name="Force closed").press("Enter")
    expect(page.get_by_role("button", name="Force closed")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Follow hours").click()

    page.goto("/people/luis")
    page.get_by_label("Change to").select_option("away")
    page.get_by_role("button", name="Change", exact=True).click()
    page.goto("/calls/es-1")
    page.get_by_role("button", name="Hurry").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    assert [request[:3] for request in world.oversee.done] == [("set_presence", "luis", "away"), ("hurry", "es-1", 600)]

    page.goto("/account")
    page.get_by_label("Number with area code").fill("312 555 0164")
    page.get_by_role("button", name="Save").click()
    for part in ("Listen", "Coach", "Join"):
        page.goto("/calls/joe")
        expect(page.get_by_role("heading", name="What happened")).to_be_visible()
        page.get_by_role("button", name=part).click()
        expect(page.get_by_text("Your phone rings. Press 1 to come in.")).to_be_visible()
    assert [row[2] for row in world.gather.done] == ["listen", "coach", "talk"]
    expect(page.get_by_text("The patient's own clinician").first).to_be_visible()

    page.goto("/history")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    with page.expect_download() as loading:
        page.get_by_role("link", name="CSV").first.click()
    with open(loading.value.path(), newline="", encoding="utf-8") as file:
        rows = list(csv.reader(io.StringIO(file.read())))
    assert len(rows) > 1
    assert "Joe" not in str(rows)
