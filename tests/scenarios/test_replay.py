"""Each document of a call, asked for again five times and up to 30 s apart, is the same and changes nothing."""

import pytest

from tests.scenarios.replays import TIMES, Repeating
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.world import ANA, CENTER, JOE, LUIS, OPERATOR, World

pytestmark = pytest.mark.scenario

SECONDS_APART = (0, 30, 1, 12, 30)


@pytest.fixture
def repeating(world: World) -> Repeating:
    """A center whose carrier asks everything six times."""
    return Repeating(world)


def joe_talks_with_luis_after_ana_was_lost(world: World) -> set[str]:
    """The long way: silence, a wait with keys, a therapist lost before a word, a talk. Joe is called away from two
    queues, hears from both sides of a room, and says goodbye."""
    world.nobody_free()
    ana, luis, joe = world.phone(ANA), world.phone(LUIS), world.phone(JOE)
    joe.dials(CENTER).hears("emergency").hears("therap", within=40).presses("1")
    joe.hears("birth").presses("03141957").hears("PIN").presses("4821#")
    joe.hears("with you as soon as possible").hears("press 2").presses("6").hears("press 2")
    world.passes(21)
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").presses("1").hangs_up()
    joe.hears("sorry")
    world.presence("luis", "ready")
    luis.rings(within=60).answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    luis.hangs_up()
    joe.hears("press 1").presses("2").is_over()
    return {"incoming", "turn/keys", "turn/none", "wait/tick", "wait/keys", "left", "offer", "move/in", "move/back"} | {
        "turn/talk"
    }


def joe_books_a_callback_that_is_kept(world: World) -> set[str]:
    """He gives up waiting, is rung back, and talks."""
    world.nobody_free()
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    joe.hears("with you as soon as possible").hears("press 2").presses("2").hears("press 1").presses("1").is_over()
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    joe.hangs_up()
    ana.is_over()
    assert world.promises() == ["reached"]
    return {"incoming", "turn/keys", "wait/tick", "wait/keys", "offer", "return", "turn/talk"}


def joe_leaves_a_message(world: World) -> set[str]:
    """The operator's phone is answered by something that presses no key, so he speaks after the tone."""
    operator, joe = world.phone(OPERATOR), world.phone(JOE)
    joe.dials(CENTER).hears("English").presses("1").hears("press 1").presses("0")
    operator.rings().answers().is_over()
    joe.hears("message", within=60).presses("2").hears("about").presses("1").hears("tone").hears("beep")
    world.passes(4)
    joe.presses("#").is_over()
    assert world.voicemails() == [("therapy", 4)]
    return {"incoming", "turn/keys", "whisper", "staff/none", "turn/talk", "turn/message"}


@pytest.mark.parametrize(
    "call", [joe_talks_with_luis_after_ana_was_lost, joe_books_a_callback_that_is_kept, joe_leaves_a_message]
)
def test_a_document_asked_for_again_is_the_same_and_changes_nothing(world: World, repeating: Repeating, call) -> None:
    expected = call(world)
    assert repeating.problems == []
    assert expected <= {asked.kind for asked in repeating.documents}
    for seconds in SECONDS_APART:
        world.emulator.post("/control/clock", {"advance_s": seconds})
        assert repeating.again(repeating.documents, 1) == []
    assert len(SECONDS_APART) == TIMES
