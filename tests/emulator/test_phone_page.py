"""The page of phones in a real browser: calls, rings, keys, captions, the clock, and who can use it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Response, ViewportSize, expect, sync_playwright

from tests.emulator.fake_phones import CENTER, NOON_MS, FakePhones, heard, running

pytestmark = pytest.mark.browser

JOE, ANA = "+13125550142", "+13125550161"
CHROMIUM = next(filter(None, map(shutil.which, ("/usr/bin/chromium", "chromium", "google-chrome"))), None)
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NARROW, WIDE = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "no Chromium found on this machine: the page of phones was not tried in a browser"
        required = "browser" in os.environ.get("REQUIRE", "").split(",")
        pytest.fail(reason) if required else pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def phones() -> Iterator[FakePhones]:
    with running() as fake:
        yield fake


@pytest.fixture
def page(browser: Browser, phones: FakePhones) -> Iterator[Page]:
    opened = browser.new_page(viewport=WIDE, reduced_motion="reduce")
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
    visit(opened, phones)
    yield opened
    opened.close()
    assert complaints == []


def visit(page: Page, phones: FakePhones) -> None:
    page.goto(phones.url)
    expect(page.locator("#connection")).to_have_text("")


def card(page: Page, number: str) -> Locator:
    return page.locator(f'[data-number="{number}"]')


def press(where: Locator, name: str) -> None:
    where.get_by_role("button", name=name, exact=True).click()


def is_a_wish_for_the_clock(answer: Response) -> bool:
    return answer.request.method == "POST" and answer.url.endswith("/control/clock")


def call_from_joe(page: Page) -> Locator:
    joe = card(page, JOE)
    press(joe, "Call the center")
    expect(joe.locator(".word")).to_have_text("On a call")
    return joe


def test_joe_calls_and_reads_what_he_hears(page, phones):
    joe = call_from_joe(page)
    phones.hears(JOE, "say", "Your therapist is being called.")
    expect(joe.get_by_role("log").locator("p").last).to_have_text("Your therapist is being called.")
    assert phones.did == [("call", {"from": JOE, "to": CENTER})]


def test_keys_come_from_the_keypad_and_from_the_computers_keyboard(page, phones):
    joe = call_from_joe(page)
    press(joe, "5")
    expect(joe.get_by_role("log")).to_contain_text("Pressed 5")
    page.keyboard.press("#")
    expect(joe.get_by_role("log")).to_contain_text("Pressed #")
    assert phones.did[1:] == [("digits", {"digits": "5"}), ("digits", {"digits": "#"})]


def test_digits_written_into_the_speech_field_are_words_and_not_keys(page, phones):
    joe = call_from_joe(page)
    joe.get_by_label("Say something").press_sequentially("1 exercise")
    press(joe, "Send")
    expect(joe.get_by_role("log")).to_contain_text("Said: 1 exercise")
    expect(joe.get_by_label("Say something")).to_have_value("")
    assert phones.did[1:] == [("speech", {"text": "1 exercise"})]


def test_a_clinician_is_rung_answers_by_keyboard_alone_and_can_press_a_key_at_once(page, phones):
    phones.ring(ANA)
    ana = card(page, ANA)
    expect(ana.locator(".word")).to_have_text("Ringing")
    expect(page).to_have_title("Ringing: Ana Ruiz")
    page.get_by_role("button", name="Ana Ruiz's phone is ringing").press("Enter")
    expect(ana.get_by_role("button", name="Answer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(ana.locator(".word")).to_have_text("On a call")
    expect(page.locator("#ringing")).to_have_text("")
    page.keyboard.press("1")
    expect(ana.get_by_role("log")).to_contain_text("Pressed 1")
    assert phones.did == [("answer", {}), ("digits", {"digits": "1"})]


def test_a_call_still_queued_at_the_carrier_does_not_ring(page, phones):
    phones.ring(ANA, sid="CAqueued", status="queued")
    visit(page, phones)
    expect(card(page, ANA).locator(".word")).to_have_text("Idle")
    phones.ring(ANA)
    expect(card(page, ANA).locator(".word")).to_have_text("Ringing")


def test_a_declined_call_leaves_the_phone_idle_and_says_so(page, phones):
    phones.ring(ANA)
    press(card(page, ANA), "Decline")
    expect(card(page, ANA).locator(".word")).to_have_text("Idle")
    expect(card(page, ANA).locator(".detail")).to_contain_text("Declined")


def test_when_the_other_side_hangs_up_the_captions_stay_to_be_read(page, phones):
    joe = call_from_joe(page)
    phones.other_side_hangs_up(JOE)
    expect(joe.locator(".word")).to_have_text("Idle")
    expect(joe.locator(".detail")).to_contain_text("Call ended")
    expect(joe.get_by_role("log")).to_contain_text("Welcome.")
    expect(joe.get_by_role("button", name="Call the center")).to_be_visible()


def test_a_reload_in_the_middle_of_a_call_loses_nothing(page, phones):
    joe = call_from_joe(page)
    phones.hears(JOE, "hold", "music.wav")
    phones.hears(JOE, "hold", "music.wav")
    visit(page, phones)
    expect(joe.locator(".word")).to_have_text("On a call")
    expect(joe.get_by_role("log").locator("p")).to_have_text(["Welcome. For your exercises, press 1.", "(hold music)"])


def test_a_refused_call_is_explained_on_the_card(page, phones):
    phones.refusal = "the center is not connected yet"
    press(card(page, JOE), "Call the center")
    expect(card(page, JOE).get_by_role("alert")).to_have_text("the center is not connected yet")


def test_any_demo_number_can_be_added_and_is_still_there_after_a_reload(page, phones):
    field = page.get_by_label("Another phone")
    field.fill("312 867 5309")
    field.press("Enter")
    expect(page.locator("#another-problem")).to_contain_text("Only demo numbers work here")
    field.fill("(312) 555-0177")
    field.press("Enter")
    expect(card(page, "+13125550177")).to_be_visible()
    visit(page, phones)
    press(card(page, "+13125550177"), "Remove")
    expect(card(page, "+13125550177")).to_have_count(0)


def test_the_clock_has_a_slider_and_is_moved_by_hand(page, phones):
    expect(page.get_by_role("button", name="Advance 30 s")).to_be_hidden()
    slider = page.get_by_label("Speed of the clock")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "10 times as fast")
    expect(page.locator("#rate")).to_have_text("10 times as fast")
    phones.clock.update(mode="manual", rate=0)
    visit(page, phones)
    expect(slider).to_have_value("0")
    before = page.locator("#time").inner_text()
    with page.expect_response(is_a_wish_for_the_clock):
        press(page, "Advance 30 s")
    expect(page.locator("#time")).not_to_have_text(before)
    with page.expect_response(is_a_wish_for_the_clock):
        press(page, "Next event")
    assert phones.did[-3:] == [("clock", {"rate": 10}), ("clock", {"advance_s": 30}), ("clock", {"next": True})]


def test_the_sentence_being_said_is_marked(page, phones):
    phones.clock.update(mode="manual", rate=0)
    phones.greeting = [heard("say", "One two three. Four five six? Seven.")]
    visit(page, phones)
    joe = call_from_joe(page)
    said = joe.locator(".caption [aria-current]")
    expect(said).to_have_text("One two three. ")
    press(page, "Advance 30 s")
    expect(said).to_have_count(0)
    expect(joe.get_by_role("log")).to_contain_text("Four five six? Seven.")


def test_what_a_phone_hears_can_be_heard_until_the_next_thing(page, phones):
    joe = call_from_joe(page)
    expect(joe.locator(".here")).to_be_visible()
    for kind, text, sound in (("hold", "music.wav", "hold"), ("ring", "", "ring"), ("say", "Hello.", "voice"),
                              ("keys", "1", "")):
        phones.hears(JOE, kind, text)
        expect(joe).to_have_attribute("data-sounding", sound)
    phones.hears(JOE, "hold", "music.wav")
    expect(joe).to_have_attribute("data-sounding", "hold")
    press(page, "Sound: on")
    expect(page.get_by_role("button", name="Sound: off")).to_be_visible()
    phones.other_side_hangs_up(JOE)
    expect(joe).to_have_attribute("data-sounding", "")


def test_words_are_asked_for_in_the_language_they_are_said_in(page, phones):
    with page.expect_request(lambda request: "/control/voice" in request.url and "Hola" in request.url) as asked:
        joe = call_from_joe(page)
        phones.hears(JOE, "say", "Hola.", language="es-MX")
    assert "language=es-MX" in asked.value.url
    expect(joe.locator("p[lang='es-MX']")).to_have_text("Hola.")


def test_what_the_other_person_says_is_read_as_his_words(page, phones):
    joe = call_from_joe(page)
    phones.hears(JOE, "voice", "Hello Joe")
    expect(joe.locator(".caption.other")).to_have_text("Hello Joe")


def test_several_calls_on_one_phone_are_shown_one_at_a_time(page, phones):
    joe = call_from_joe(page)
    phones.ring(JOE, sid="CAsecond")
    second = joe.get_by_role("button", name="Call 2: ringing")
    second.click()
    expect(joe.locator(".word")).to_have_text("Ringing")
    press(joe, "Answer")
    expect(joe.get_by_role("button", name="Call 2: on a call")).to_have_attribute("aria-pressed", "true")
    joe.get_by_role("button", name="Call 1: on a call").click()
    expect(joe.get_by_role("log")).to_contain_text("Welcome.")


def test_any_number_can_be_dialled_and_ended_calls_are_logged(page, phones):
    joe = card(page, JOE)
    expect(joe.locator(".log")).to_be_hidden()
    joe.get_by_text("Dial a number").click()
    joe.get_by_label("Number to dial").fill("312 555 0100")
    joe.get_by_label("Number to dial").press("Enter")
    expect(joe.locator(".word")).to_have_text("On a call")
    assert phones.did == [("call", {"from": JOE, "to": "312 555 0100"})]
    phones.log = [{"sid": "CA1", "direction": "inbound", "peer": CENTER, "status": "completed",
                   "created_ms": NOON_MS, "answered_ms": NOON_MS, "ended_ms": NOON_MS + 65_000}]
    phones.other_side_hangs_up(JOE)
    joe.get_by_text("Call log (1)").click()
    expect(joe.locator(".log li")).to_contain_text("Called the access center: Call ended, 1:05")


def test_the_book_names_the_phones_and_links_to_the_other_pages(page, phones):
    phones.book = {
        "center": "+13125550111",
        "hint": "His PIN is 4821.",
        "phones": [{"number": JOE, "name": "Joseph", "role": "patient"}],
        "links": [
            {"label": "Supervisor's board", "url": "http://127.0.0.1:8002/board"},
            {"label": "A trap", "url": "javascript:alert(1)"},
        ],
    }
    visit(page, phones)
    expect(page.get_by_role("heading", level=3)).to_have_text(["Joseph"])
    expect(page.locator("#center")).to_have_text("The center: +1 312 555 0111")
    expect(page.locator("#links").get_by_role("link")).to_have_text(["Supervisor's board"])
    expect(page.locator("#hint")).to_have_text("His PIN is 4821.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_the_page_breaks_no_accessibility_rule_and_never_scrolls_sideways(page, phones, size, scheme):
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    call_from_joe(page)
    phones.hears(JOE, "keys", "1")
    phones.hears(JOE, "hold", "music.wav")
    phones.ring(ANA)
    expect(card(page, ANA).locator(".word")).to_have_text("Ringing")
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


def broken_rules(page: Page) -> list[tuple[Any, ...]]:
    violations = Axe().run(page).response["violations"]
    return [(rule["id"], node["html"]) for rule in violations for node in rule["nodes"]]
