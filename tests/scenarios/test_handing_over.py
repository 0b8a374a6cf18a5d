"""A warm transfer, and each of the three hangs up at each of its moments: nobody is left with nobody.

Ana does it on her page, in a real browser. Who hears whom afterwards is asked of the carrier's observer.
"""

import pytest
from playwright.sync_api import Page

import calls.store
from routing import guests_store
from routing.guests import OPEN
from routing.presence import State
from tests.desk.test_browser import sign_in
from tests.phone import Phone
from tests.scenarios.test_care_team import hear_each_other, talking
from tests.scenarios.test_desk_in_browser import PASSWORD, click
from tests.scenarios.world import LUIS, World

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
ELENA = "+15745550168"
DOWN = {"completed", "busy", "failed", "no-answer", "canceled"}

# Luis' phone rings | he is told who asks | both clinicians hear each other, Joe too or with music | Ana has gone, and
# Luis' phone rings, he is told, or Joe and he hear each other. What becomes of it when he hangs up, or declines:
ENDS = [
    ("rung", "joe", "over"),
    ("rung", "ana", "in line"),
    ("rung", "luis", "ana joe"),
    ("told", "joe", "over"),
    ("told", "ana", "in line"),
    ("told", "luis", "ana joe"),
    ("three", "joe", "ana luis"),
    ("three", "ana", "joe luis"),
    ("three", "luis", "ana joe"),
    ("music", "joe", "ana luis"),
    ("music", "ana", "joe luis"),
    ("music", "luis", "ana holds joe"),
    ("rung, ana gone", "joe", "over"),
    ("rung, ana gone", "luis", "in line"),
    ("told, ana gone", "joe", "over"),
    ("told, ana gone", "luis", "in line"),
    ("two, ana gone", "joe", "over"),
    ("two, ana gone", "luis", "over"),
]


def brought_to(world: World, page: Page, moment: str) -> dict[str, Phone]:
    """The phones of the three, at this moment of the transfer."""
    sign_in(page, "ana", PASSWORD)
    (joe, ana), luis = talking(world), world.phone(LUIS)
    step, _, gone = moment.partition(", ")
    if step == "music":
        click(world, page, "Hold: music for the patient")
    page.get_by_label("Colleague").select_option("luis")
    click(world, page, "Ask colleague in")
    luis.rings()
    if step == "two":
        luis.answers().hears("is asking you to join").presses("1")
        world.passes(8)
    if gone:
        click(world, page, "Hand over and leave")
        ana.is_over()
    if step in ("told", "three", "music"):
        luis.answers().hears("is asking you to join")
    if step in ("three", "music"):
        luis.presses("1")
        world.passes(8)
    return {"joe": joe, "ana": ana, "luis": luis}


@pytest.mark.parametrize(("moment", "who", "end"), ENDS)
def test_one_hangs_up_while_ana_hands_joe_over(world: World, page: Page, moment: str, who: str, end: str) -> None:
    phones = brought_to(world, page, moment)
    gone = phones[who]
    (gone.declines if gone.is_ringing else gone.hangs_up)()
    if end == "ana holds joe":
        world.passes(5)
        click(world, page, "Back to the patient")
        end = "ana joe"
    if end == "in line":
        world.presence("luis", "offline")
        elena = world.phone(ELENA).rings(within=180).answers().hears("press 1").presses("1")
        phones["joe"].talks_with(elena)
        phones["elena"] = elena
        end = "joe elena"
    if end != "over":
        world.passes(60)
        assert hear_each_other(world, *[phones[name] for name in end.split()])
        phones[end.split()[0]].hangs_up()
    all_are_free(world, list(phones.values()))


def all_are_free(world: World, phones: list[Phone]) -> None:
    """No phone rings or is on a call, nobody counts as busy with a call, and nobody is asked in."""
    world.wait_until(lambda: all(is_down(phone) for phone in phones), 90, lambda: str([each.legs for each in phones]))
    busy = {State.TALKING.value, State.OFFERED.value}
    assert not busy & {world.presence_of("ana"), world.presence_of("luis")}
    with world.tools.database.reading() as tx:
        asked = [guest for call_id in calls.store.call_ids(tx) for guest in guests_store.of_call(tx, call_id)]
    assert asked and not [guest for guest in asked if guest.state in OPEN]


def is_down(phone: Phone) -> bool:
    """Whether none of its calls goes on."""
    return all(leg["status"] in DOWN and not leg["ringing"] for leg in phone.legs)
