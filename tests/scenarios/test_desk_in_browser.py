"""A day at the desk: real pages in a real browser, real phones at the emulated carrier, and who hears whom, observed.

What each page looks like, and what its buttons send, is tested in `tests/desk`; here they move a whole center.
"""

import pytest
from playwright.sync_api import Page, expect

from directory.demo import load_demo
from gatherings import Gatherings
from tests.desk.test_browser import asked_to_do, sign_in
from tests.phone import Phone
from tests.scenarios.test_care_team import MIA, hear_each_other, heard_now, joins, talking
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.test_messages import leaves_a_message, owed
from tests.scenarios.world import ANA, DANA, JOE, LUIS, World

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),  # the deeds themselves are tested on both
]
PASSWORD = load_demo().password


def click(world: World, page: Page, name: str) -> None:
    """Press a button, and let the center do what follows."""
    with page.expect_response(asked_to_do):
        page.get_by_role("button", name=name).first.click()
    world.settle()


def asks_in(world: World, page: Page, who: str, number: str) -> Phone:
    """Ana asks a colleague into her talk, who comes."""
    page.get_by_label("Colleague").select_option(who)
    click(world, page, "Ask colleague in")
    return joins(world, number)


def test_ana_leads_joes_care_team_from_her_page(world: World, page: Page) -> None:
    sign_in(page, "ana", PASSWORD)
    joe, ana = talking(world)
    expect(page.locator("#call-title")).to_have_text("Joe S.")
    for told in ("days ago", "Ana Ruiz (own), Luis Ortega"):
        expect(page.locator(".facts")).to_contain_text(told)
    luis, dana = asks_in(world, page, "luis", LUIS), asks_in(world, page, "dana", DANA)
    assert hear_each_other(world, joe, ana, luis, dana), "four in one conference"
    expect(page.get_by_text("In the call", exact=True)).to_have_count(2)

    click(world, page, "Hold: music for the patient")
    world.passes(1)
    assert hear_each_other(world, ana, luis, dana)
    assert not any(joe.sid in pair for pair in heard_now(world)), "Joe hears music alone"
    click(world, page, "Back to the patient")
    world.passes(1)
    assert hear_each_other(world, joe, ana, luis, dana)

    click(world, page, "Send out: Luis")
    world.passes(2)
    luis.is_over()
    assert hear_each_other(world, joe, ana, dana)
    click(world, page, "Hand over and leave")
    world.passes(3)
    ana.is_over()
    assert hear_each_other(world, joe, dana), "Joe is not left alone"
    joe.hangs_up()
    world.passes(2)
    expect(page.get_by_role("heading", name="How it ended: Joe S.")).to_be_visible()
    page.get_by_label("Note, for whoever talks with this patient next").fill("Walks without the cane.")
    click(world, page, "Save and ready")
    expect(page.locator("#presence-title")).to_have_text("Ready")
    assert world.presence_of("ana") == "ready"


def test_what_ana_declines_on_her_page_reaches_luis(world: World, page: Page) -> None:
    sign_in(page, "ana", PASSWORD)
    joe, ana, luis = joe_asks_for_therapy(world), world.phone(ANA), world.phone(LUIS)
    ana.rings()
    expect(page.locator("#call-title")).to_have_text("Your phone is ringing")
    assert "Joe" not in page.content(), "nothing of the patient before she takes the call"
    page.get_by_label("Why not now").select_option("in_a_session")
    click(world, page, "Decline")
    assert not ana.is_ringing
    expect(page.locator("#call-title")).to_have_text("No call now")
    luis.rings(within=60).answers().hears("press 1").presses("1")
    joe.talks_with(luis)


def test_ana_rings_joe_out_of_her_work_when_she_is_ready(world: World, page: Page) -> None:
    leaves_a_message(world).presses("#").is_over()
    world.passes(10)
    world.act.set_hours("open", None, "test")
    sign_in(page, "ana", PASSWORD)
    click(world, page, "Offline")
    expect(page.locator("#presence-title")).to_have_text("Offline")
    click(world, page, "Call: Message")
    expect(page.get_by_role("alert")).to_have_text("Press Ready first: your phone rings for this call.")
    click(world, page, "Ready")
    click(world, page, "Call: Message")
    joe, ana = world.phone(JOE), world.phone(ANA)
    ana.rings().answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    world.passes(1)
    assert [(item.state, item.outcome) for item in owed(world)] == [("done", "reached")]
    expect(page.get_by_text("Nobody is owed anything.")).to_be_visible()


def test_ana_asks_for_help_and_a_supervisor_comes_to_listen(world: World, page: Page) -> None:
    joe, ana = talking(world)
    assert Gatherings(world.tools).ask_help("ana", wanted=True) == ""
    sign_in(page, "sam", PASSWORD)
    expect(page.get_by_text("Ana Ruiz asks for help in a call")).to_be_visible()
    click(world, page, "I see to it: Ana Ruiz")
    page.get_by_role("link", name="Open the call to listen or join").click()
    expect(page.get_by_role("button", name="Listen")).to_be_visible()
    expect(page.get_by_text("The clinician asked the supervisors for help.")).to_be_visible()
    joe.hangs_up()
    ana.is_over()
    world.passes(3)
    page.goto("/board")
    expect(page.get_by_text("asks for help")).to_have_count(0)  # it ends with the talk


def test_a_supervisor_listens_coaches_and_joins_from_the_page_of_a_call(world: World, page: Page) -> None:
    joe, ana = talking(world)
    sign_in(page, "sam", PASSWORD)
    page.goto("/account")
    page.get_by_label("Number with area code").fill(MIA)
    click(world, page, "Save")
    for part, hear_sam in (("Listen", set()), ("Coach", {ana.sid}), ("Join", {ana.sid, joe.sid})):
        page.goto("/calls")
        page.locator(".list a.title").first.click()
        click(world, page, part)
        sam = joins(world, MIA)
        pairs = heard_now(world)
        assert {(joe.sid, sam.sid), (ana.sid, sam.sid)} <= pairs, "a supervisor hears both"
        assert {listener for speaker, listener in pairs if speaker == sam.sid} == hear_sam
        sam.hangs_up()
        world.passes(2)
        assert hear_each_other(world, joe, ana)
