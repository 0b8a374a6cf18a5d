"""The pages in a real browser: signing in, live changes that disturb nobody, the keyboard, and who can use them."""

import re
from datetime import date, timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, ViewportSize, expect

from calls.tables import AlarmRow, SiteOutcome, TalkNote, WorkItem
from desk import stream
from desk.stream import hub_of
from directory.tables import Clinician, ClinicianSkill, HoursOverride, SpecialDay
from routing.tables import Offer, Presence
from tests.browsers import served
from tests.desk.test_talk import guest
from tests.desk.world import NOON, PASSWORD, Done, World, crowd

pytestmark = pytest.mark.browser


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()  # a form that is sent before its script is there brings a new page


def changed(world: World, clinician: str, state: str, **more: str) -> None:
    world.change(Presence, clinician, state=state, **more)
    hub_of(world.app).hint()


def asked_to_do(response: Response) -> bool:
    """Whether this answers what somebody asked to be done. Whoever waits for it need not guess from the page."""
    return response.request.method == "POST"


def test_one_signs_in_and_out(page: Page) -> None:
    sign_in(page, "ana", "wrong")
    expect(page.get_by_role("alert")).to_have_text("That login and password do not match.")
    sign_in(page, "ana")
    expect(page.get_by_role("heading", name="Ana Ruiz")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/me")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_change_appears_on_the_board_without_a_reload(page: Page, world: World) -> None:
    sign_in(page, "sam")
    expect(page.locator("#tile-5 .value")).to_have_text("1 of 2")
    changed(world, "mei", "ready")
    expect(page.locator("#tile-5 .value")).to_have_text("2 of 3")


def test_a_board_of_200_who_wait_and_100_clinicians_shows_what_changes(page: Page, world: World) -> None:
    crowd(world, waiting=200, clinicians=100)
    sign_in(page, "sam")
    expect(page.locator("#tile-1 .value")).to_have_text("202")
    expect(page.locator("#tile-5 .value")).to_have_text("21 of 62")
    changed(world, "mei", "ready")
    expect(page.locator("#tile-5 .value")).to_have_text("22 of 63")
    assert page.locator(".people > li").count() == 105


def test_what_one_is_typing_and_where_survive_a_change(page: Page, world: World) -> None:
    sign_in(page, "luis")
    minutes = page.get_by_label("Minutes", exact=True)
    minutes.fill("77")
    changed(world, "luis", "away", reason="lunch")
    expect(page.locator("#presence-title")).to_have_text("Away")
    expect(minutes).to_be_focused()
    expect(minutes).to_have_value("77")


def test_a_start_is_suggested_until_somebody_enters_one(page: Page, world: World) -> None:
    sign_in(page, "luis")
    begins = page.get_by_label("Free from, today")
    expect(begins).to_have_value("12:10")
    world.clock.move(minutes=6)
    changed(world, "luis", "away", reason="lunch")
    expect(begins).to_have_value("12:20")
    begins.fill("12:45")
    page.get_by_label("Minutes from then").focus()
    world.clock.move(minutes=8)
    changed(world, "luis", "offline")
    expect(page.locator("#presence-title")).to_have_text("Offline")
    expect(begins).to_have_value("12:45")
    with page.expect_response(asked_to_do):
        page.get_by_role("button", name="Free later").click()
    expect(page.locator(".state-note").first).to_contain_text("free from 12:45 PM to 12:55 PM")
    assert world.act.done == [("set_presence", "luis", "ready", None, 10, NOON + timedelta(minutes=45))]


def test_a_button_works_by_keyboard_and_without_a_new_page(page: Page, world: World) -> None:
    sign_in(page, "luis")
    page.evaluate("window.samePage = true")
    away = page.get_by_role("button", name="Away")
    expect(page.locator("form", has=away)).to_have_attribute("data-htmx-powered", "true")
    page.get_by_label("Reason").focus()
    page.keyboard.press("Tab")
    expect(away).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#presence-title")).to_have_text("Away")
    expect(away).to_be_focused()
    expect(away).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("window.samePage")
    assert world.act.done == [("set_presence", "luis", "away", "break", None)]


def test_a_refusal_stays_on_the_page_when_its_live_part_is_drawn_anew(page: Page, world: World) -> None:
    world.call_out.sentence = "Press Ready first: your phone rings for this call."
    sign_in(page, "luis")
    with page.expect_response(asked_to_do):
        page.get_by_role("button", name="Call: Message").first.click()
    told = page.get_by_role("alert").filter(has_text=world.call_out.sentence)
    expect(told).to_be_visible()
    changed(world, "luis", "away", reason="lunch")
    expect(page.locator("#presence-title")).to_have_text("Away")
    expect(told).to_be_visible()
    world.call_out.sentence = ""
    with page.expect_response(asked_to_do):
        page.get_by_role("button", name="Ready").first.click()
    expect(told).to_have_count(0)


def test_a_running_time_runs_between_two_fragments(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LOOK_AGAIN", 60.0)
    sign_in(page, "sam")
    expect(page.locator("#tile-2 .value")).to_have_text(re.compile("1:2[5-9]"))
    expect(page.locator("#fresh")).to_have_text(re.compile(r"As of 12:00:00 PM, \d s old"))


def test_a_button_that_comes_too_late_is_answered_and_the_running_times_run_on(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOK_AGAIN", 60.0)
    sign_in(page, "sam")
    expect(page.locator("#fresh")).to_have_text(re.compile(r", [2-4] s old"))
    form = page.locator("#live form[hx-post]").first
    form.evaluate("form => form.setAttribute('hx-post', '/nowhere')")
    with page.expect_response(asked_to_do) as answered:
        form.get_by_role("button").first.click()
    assert answered.value.status == 404
    expect(page.get_by_role("alert").filter(has_text="That is gone")).to_be_visible()
    expect(page.locator("#fresh")).not_to_have_text(re.compile(r", [01] s old"), timeout=300)


def test_the_patient_leaves_the_screen_with_the_sign_in(page: Page, world: World) -> None:
    sign_in(page, "ana")
    expect(page.locator("#call-title")).to_have_text("Joe S.")
    world.clock.move(minutes=16)
    hub_of(world.app).hint()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert "Joe" not in page.content()
    assert_usable(page, 1280)


def test_a_hidden_page_that_comes_back_too_late_asks_to_sign_in(page: Page, world: World) -> None:
    sign_in(page, "ana")
    expect(page.locator("#fresh")).to_contain_text(" s old")
    hide = "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(hide, True)
    world.clock.move(minutes=16)
    page.evaluate(hide, False)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_without_script_the_pages_work_by_reload(browser: Browser, world: World) -> None:
    with served(world.app) as url:
        page = browser.new_page(base_url=url, java_script_enabled=False)
        sign_in(page, "luis")
        page.get_by_role("button", name="Offline").click()
        expect(page.locator("#presence-title")).to_have_text("Offline")
        page.context.clear_cookies()
        sign_in(page, "sam")
        page.get_by_role("button", name="Close for today").click()
        page.get_by_role("button", name="Close for today").click()
        expect(page.get_by_text("Forced closed")).to_be_visible()
        page.close()


SUPERVISORS_PAGES = [
    "/board",
    "/owed",
    "/people/mei",
    "/people/ana",
    "/calls/es-1",
    "/calls/joe",
    "/calls",
    "/history",
    "/figures/answered",
    "/figures/waiting",
    "/figures/ready",
    "/figures/at_risk",
    "/figures/calls",
    "/figures/promises_due",
    "/board/closing?state=close_now",
    "/nothing",
]
MORE_PAGES = [
    "/owed?give=vm-ana",
    "/figures/line_waiting?service=therapist&language=es",
    "/figures/line_ready?service=therapist&language=en",
    "/figures/kept_in_time",
    "/figures/lost",
    "/figures/occupancy",
    "/figures/noted",
    "/promises",
]
LOOKS = [(320, "light"), (390, "dark"), (768, "light"), (1280, "light"), (1440, "dark")]
ADMINS_PAGES = ["/admin/people", "/admin/people/ana", "/admin/days", "/admin/outcomes"]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_everybody_can_use_every_page(page: Page, world: World, width: int, scheme: Literal["light", "dark"]) -> None:
    guest(world, "colleague", "in_room", clinician_id="luis")
    world.change(Offer, 1, held_at=NOON)
    world.add(AlarmRow, kind="longest_wait", subject="therapist", value=200.0, raised_at=NOON)
    page.set_viewport_size(ViewportSize(width=width, height=844))
    page.emulate_media(color_scheme=scheme)
    page.goto("/sign-in")
    assert_usable(page, width)
    furnish(world)
    pages = {"ana": ["/me", "/account", "/owed"], "luis": ["/me"], "sam": SUPERVISORS_PAGES, "root": ADMINS_PAGES}
    pages |= {"olga": ["/audit", "/audit/proof"]}
    for login, paths in pages.items():
        sign_in(page, login)
        for path in paths:
            page.goto(path)
            unfold(page)
            assert_usable(page, width)
        page.context.clear_cookies()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_everybody_can_use_what_opens_a_figure(
    page: Page, world: World, width: int, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size(ViewportSize(width=width, height=844))
    page.emulate_media(color_scheme=scheme)
    furnish(world)
    sign_in(page, "sam")
    for path in MORE_PAGES:
        page.goto(path)
        assert_usable(page, width)


def furnish(world: World) -> None:
    """Something to see on every page: long names, notes, work of each kind, a closed service, the site's own words."""
    world.clinician("mara", "María de los Ángeles Guadalupe", "Fernández-Villaseñor y Montenegro", "wrapping_up")
    world.change(Clinician, "mara", title="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamte")
    note = {"clinician_id": "luis", "patient_id": "p-joe", "service": "therapist", "outcome": "answered"}
    for offer, call in ((1, "joe"), (77, "earlier")):
        sealed = world.vault.seal("The knee bends well.")
        world.add(TalkNote, offer_id=offer, call_id=call, **note, note_sealed=sealed, talked_at=NOON, written_at=NOON)
    world.owed("gone", "luis", hours=-1, kind="gave_up", subject="call-gone")
    closed = {"state": "closed", "until": NOON + timedelta(hours=2), "set_at": NOON, "set_by": "sam"}
    world.add(HoursOverride, service="nurse", **closed)
    world.add(ClinicianSkill, clinician_id="mei", skill="nurse", level=4, today_level=4, today_until=NOON)
    world.add(SpecialDay, calendar="center", day=date(2031, 12, 24), opens="08:00", closes="12:00")
    world.add(SiteOutcome, service="therapist", key="brace", label="Brace ordered", active=False)
    world.call("rung", patient="p-rosa")
    world.wait("rung", "offered", own="luis")
    world.offer("rung", "luis", "offered", accepted_at=None)
    world.change(Presence, "luis", state="offered")


def unfold(page: Page) -> None:
    """Everything that can be opened is open."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def test_a_wrap_up_and_a_tried_sheet_can_be_used_by_everybody(page: Page, world: World) -> None:
    world.change(Offer, 1, state="finished", ended_at=NOON)
    world.change(Presence, "ana", state="wrapping_up", until=NOON + timedelta(seconds=90))
    for width, scheme in ((390, "light"), (1440, "dark")):
        page.set_viewport_size(ViewportSize(width=width, height=844))
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        sign_in(page, "ana")
        page.goto("/me")
        assert_usable(page, width)
        page.context.clear_cookies()
        sign_in(page, "root")
        for answer in (Done(("ana: phone",), dry=True), Done(refused=("line 2: skills: accepted",))):
            world.administer.answer = answer
            page.goto("/admin/people")
            page.get_by_label("File").set_input_files({"name": "s.csv", "mimeType": "text/csv", "buffer": b"clinician"})
            page.get_by_role("button", name="Try it").click()
            expect(page.get_by_label("Result")).to_be_visible()
            assert_usable(page, width)
            page.goto("/admin/people/ana")
            page.get_by_role("button", name="Change").first.click()
            expect(page.locator(".notice")).to_be_visible()
            assert_usable(page, width)
        page.context.clear_cookies()


def test_a_note_that_is_being_written_survives_what_happens_meanwhile(page: Page, world: World) -> None:
    world.change(Offer, 1, state="finished", ended_at=NOON)
    changed(world, "ana", "wrapping_up")
    sign_in(page, "ana")
    words = page.get_by_label("Note, for whoever")
    words.fill("Walks ten minutes")
    page.get_by_label("Patient not reached").check()
    changed(world, "ana", "ready")
    expect(page.locator("#presence-title")).to_have_text("Ready")
    expect(words).to_have_value("Walks ten minutes")
    expect(page.get_by_label("Patient not reached")).to_be_checked()
    with page.expect_response(asked_to_do):
        page.get_by_role("button", name="Save", exact=True).press("Enter")
    assert world.note.done == [("note_talk", "ana", 1, "not_reached", "Walks ten minutes", "user:ana")]


def test_work_is_given_away_by_keyboard_alone(page: Page, world: World) -> None:
    sign_in(page, "sam")
    page.goto("/owed?kind=message")
    page.locator("#line-vm-ana").get_by_role("link", name="Give").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#to-vm-ana")).to_be_focused()
    page.keyboard.type("Luis")
    page.keyboard.press("Tab")
    page.keyboard.type("Shift")
    page.keyboard.press("Tab")
    with page.expect_response(asked_to_do):
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("kind=message"))
    assert world.owe.done == [("give_work", "vm-ana", "luis", "shift_ends", None, "user:sam")]


def test_the_list_of_work_is_live_and_keeps_what_one_is_about_to_do(page: Page, world: World) -> None:
    sign_in(page, "sam")
    page.goto("/owed")
    page.locator("#line-vm-ana").get_by_role("link", name="Give").click()
    to = page.locator("#to-vm-ana")
    to.select_option("luis")
    page.locator("#why-vm-ana").select_option("shift_ends")
    page.locator("#done-vm-team").select_option("arranged")
    to.focus()
    page.evaluate("window.sound = document.getElementById('sound-vm-ana')")
    world.owed("gone", "luis", hours=-1, kind="gave_up", subject="call-gone")
    world.change(WorkItem, "vm-nurse", state="done", done_at=NOON)
    hub_of(world.app).hint()
    expect(page.locator("#line-gone")).to_be_visible()
    expect(page.locator("#line-vm-nurse")).to_have_count(0)
    expect(page.get_by_role("link", name="Gave up waiting 1")).to_be_visible()
    expect(to).to_be_visible()
    expect(to).to_be_focused()
    expect(to).to_have_value("luis")
    expect(page.locator("#why-vm-ana")).to_have_value("shift_ends")
    expect(page.locator("#done-vm-team")).to_have_value("arranged")
    assert page.evaluate("window.sound === document.getElementById('sound-vm-ana')"), "a message goes on being heard"
    with page.expect_response(asked_to_do):
        page.get_by_role("button", name="Give: Message: Therapist, a patient").click()
    assert world.owe.done == [("give_work", "vm-ana", "luis", "shift_ends", None, "user:sam")]


def test_a_list_of_work_in_which_nothing_changes_tells_that_it_is_of_now(page: Page, world: World) -> None:
    sign_in(page, "sam")
    with page.expect_response(re.compile("/owed/stream")):  # it comes with what is drawn first
        page.goto("/owed")
    world.clock.move(seconds=7)
    hub_of(world.app).hint()
    expect(page.locator("#fresh")).to_have_text(re.compile(r"As of 12:00:07 PM, \d s old"))


def test_a_clinicians_page_is_live_and_keeps_what_one_is_about_to_change(page: Page, world: World) -> None:
    sign_in(page, "sam")
    page.goto("/people/luis")
    page.locator("#state").select_option("away")
    page.locator("#reason").select_option("meeting")
    page.locator("#level-pt").select_option("2")
    minutes = page.get_by_label("Minutes, if any")
    minutes.fill("45")
    changed(world, "luis", "talking")
    expect(page.locator("#state-title")).to_have_text("Talking")
    world.add(ClinicianSkill, clinician_id="luis", skill="nurse", level=1)
    hub_of(world.app).hint()
    expect(page.locator("#level-nurse")).to_have_value("1")
    world.change(ClinicianSkill, "luis", level=4)
    changed(world, "luis", "wrapping_up")
    expect(page.locator("#state-title")).to_have_text("Wrapping up")
    expect(page.get_by_role("button", name="End wrap-up: ready now")).to_be_visible()
    expect(page.get_by_text("Level 4")).to_have_count(2)
    expect(page.locator("#level-nurse")).to_have_value("4")
    expect(minutes).to_be_focused()
    expect(minutes).to_have_value("45")
    expect(page.locator("#state")).to_have_value("away")
    expect(page.locator("#reason")).to_have_value("meeting")
    expect(page.locator("#level-pt")).to_have_value("2")
    with page.expect_response(asked_to_do):
        page.get_by_role("button", name="Change", exact=True).click()
    assert world.oversee.done == [("set_presence", "luis", "away", "meeting", 45, "user:sam")]


def assert_usable(page: Page, width: int) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    running = page.locator(":is([role=status], [role=alert]) :is([data-seconds], [data-down])")
    assert running.count() == 0, "a screen reader would say it every second"


def test_what_one_has_opened_and_chosen_stays_when_the_board_is_drawn_anew(page: Page, world: World) -> None:
    sign_in(page, "sam")
    page.get_by_text("Close one service now").click()
    until = page.locator("#at-nurse")
    until.fill("15:30")
    page.locator("#hours-minutes").select_option("240")
    until.focus()
    changed(world, "mei", "ready")
    expect(page.locator("#tile-5 .value")).to_have_text("2 of 3")
    expect(until).to_be_visible()
    expect(until).to_be_focused()
    expect(until).to_have_value("15:30")
    expect(page.locator("#hours-minutes")).to_have_value("240")


def test_a_call_comes_first_and_takes_no_half_typed_word_away(page: Page, world: World) -> None:
    sign_in(page, "luis")
    minutes = page.get_by_label("Minutes", exact=True)
    minutes.fill("77")
    world.call("rung")
    world.wait("rung", "offered")
    world.offer("rung", "luis", "offered", accepted_at=None)
    changed(world, "luis", "offered")
    expect(page.get_by_role("heading", name="Your phone is ringing")).to_be_visible()
    headings = page.locator("#live h2")
    expect(headings.nth(0)).to_have_text("Your phone is ringing")
    expect(headings.nth(1)).to_have_text("Ringing")
    expect(minutes).to_be_focused()
    expect(minutes).to_have_value("77")
    world.change(Offer, 2, state="no_answer", ended_at=NOON)
    changed(world, "luis", "ready")
    expect(headings.nth(0)).to_have_text("Ready")
    expect(minutes).to_be_focused()
    expect(minutes).to_have_value("77")


def test_what_was_told_is_seen_wherever_one_is_and_can_be_put_away(page: Page, world: World) -> None:
    world.call_out.sentence = "Press Ready first: your phone rings for this call."
    page.set_viewport_size(ViewportSize(width=390, height=500))
    sign_in(page, "luis")
    page.get_by_role("button", name="Call: Message").first.click()
    told = page.get_by_role("alert").filter(has_text=world.call_out.sentence)
    expect(told).to_be_in_viewport()
    page.get_by_role("button", name="Put this message away").press("Enter")
    expect(told).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()


def test_who_mistypes_his_password_types_no_more_than_that_again(page: Page) -> None:
    sign_in(page, "ana", "wrong")
    expect(page.get_by_label("Login")).to_have_value("ana")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ana Ruiz")).to_be_visible()
