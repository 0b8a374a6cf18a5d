"""Days that a calendar keeps otherwise, in a real browser: a span is tried and done by keyboard, on a phone too."""

from datetime import date
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from directory.day_spans import SpanAsked
from directory.tables import SpecialDay
from tests.desk.test_browser import assert_usable, sign_in
from tests.desk.test_browser_days import by_keyboard
from tests.desk.world import Done, World

pytestmark = pytest.mark.browser
TOLD = "13 days change: center is open from 9:00 AM to 12:00 PM, every Saturday."


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (768, "dark"), (1440, "light")])
def test_a_span_of_days_is_tried_and_done_by_keyboard(
    page: Page, world: World, width: int, scheme: Literal["light", "dark"]
) -> None:
    for day in (24, 25, 26):
        world.add(SpecialDay, calendar="center", day=date(2031, 12, day))
    world.administer.answer = Done(("a day",), dry=True, told=TOLD)
    page.set_viewport_size(ViewportSize(width=width, height=844))
    page.emulate_media(color_scheme=scheme)
    sign_in(page, "root")
    page.goto("/admin/days")
    expect(page.get_by_text("Wednesday, December 24, 2031 to Friday, December 26, 2031")).to_be_visible()
    page.get_by_label("From").fill("2031-12-06")
    page.get_by_label("To", exact=True).fill("2032-02-28")
    for key in ("Saturday", "Sunday"):
        page.get_by_label(key, exact=True).press("Space")
    page.get_by_label("Sunday", exact=True).press("Space")
    page.get_by_label("Hours", exact=True).select_option("open")
    page.get_by_label("Opens").fill("09:00")
    page.get_by_label("Closes").fill("12:00")
    by_keyboard(page, "Try it")
    expect(page.get_by_role("status").get_by_text(TOLD)).to_be_visible()
    expect(page.get_by_role("button", name="Do it").first).to_be_focused()
    assert_usable(page, width)
    expect(page.get_by_label("Saturday", exact=True)).to_be_checked()
    world.administer.answer = Done(refused=("To: found Thursday, January 1, 2099; accepted: until a year ahead.",))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("To: found Thursday")
    expect(page.get_by_role("alert")).to_be_focused()
    assert_usable(page, width)
    world.administer.answer = Done(("a day",), told="13 days changed.")
    page.get_by_role("button", name="Do it").first.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("13 days changed.")
    span = SpanAsked("center", "2031-12-06", "2032-02-28", ("sat",), "open", "09:00", "12:00")
    assert [(asked[1], asked[-1]) for asked in world.administer.done] == [(span, True), (span, False), (span, False)]
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        by_keyboard(page, "Like other days again")
    assert world.administer.done[-1][1] == SpanAsked("center", "2031-12-24", "2031-12-26", (), "usual")
