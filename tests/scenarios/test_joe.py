"""Joe's call and its variants, as whole calls. The numbers are those of the acceptance pack."""

import pytest

from tests.phone import Phone
from tests.scenarios.world import ANA, CENTER, DANA, JOE, LUIS, OPERATOR, World

pytestmark = pytest.mark.scenario

TAKES_IT = {"answer_after_s": 3, "keys": [{"when_heard": "press 1", "digits": "1"}]}


def joe_asks_for_therapy(world: World) -> Phone:
    """Joe dials, chooses English and therapy, and proves who he is."""
    joe = world.phone(JOE)
    joe.dials(CENTER).hears("emergency").hears("emergencia")
    joe.hears("English").presses("1").hears("press 1").presses("1")
    joe.hears("birth").presses("03141957").hears("PIN").presses("4821#")
    return joe


def test_1_joe_is_connected_with_his_own_therapist(world: World) -> None:
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    joe.hears("Ana")
    ana.rings().answers().hears("press 1").never_heard("Joe").presses("1").hears("Joe S.")
    joe.talks_with(ana)
    joe.hangs_up()
    ana.is_over()
    facts = world.facts()
    for fact in ("call_arrived", "verified", "joined_line", "offer_made", "offer_accepted", "talk_started"):
        assert fact in facts, facts
    assert world.outcome() == "person"
    assert world.presence_of("ana") == "wrapping_up"
    world.passes(world.settings.wrap_up_seconds + 2)
    assert world.presence_of("ana") == "ready"


def test_1_the_call_takes_joe_no_more_than_a_minute_of_effort(world: World) -> None:
    started = world.now_ms()
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.now_ms() - started <= 90_000
    assert world.first_offer()["rung"] == 0
    assert world.first_offer()["why"]["relation"] == "own"


def test_5_when_ana_does_not_answer_luis_takes_joe_from_the_front(world: World) -> None:
    world.script(ANA, no_answer=True)
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    luis.rings(within=90).answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert world.presence_of("ana") == "away"
    assert "offer_given_back" in world.facts()


def test_5_two_missed_calls_set_ana_away_and_she_is_told(world: World) -> None:
    world.script(ANA, no_answer=True)
    world.only_on_duty("ana")
    joe = joe_asks_for_therapy(world)
    world.wait_until(lambda: world.presence_reason("ana") == "missed_calls", 180, lambda: str(world.facts()))
    joe.hears("press 1", within=120)  # nobody is on duty any more: a callback or a message
    world.script(ANA, no_answer=False)
    ana = world.phone(ANA)
    world.presence("ana", "ready")
    ana.rings().answers().hears("You missed two calls").presses("1")
    joe.talks_with(ana)
    assert world.presence_reason("ana") is None, "told once"


def test_6_anas_voicemail_never_gets_joe(world: World) -> None:
    world.script(
        ANA, voicemail={"answer_after_s": 8, "greeting": "You have reached Ana. Leave a message.", "greeting_s": 5}
    )
    luis, joe = world.phone(LUIS), joe_asks_for_therapy(world)
    luis.rings(within=120).answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert "Joe" not in world.heard_on(ANA)


def test_14_zero_at_once_reaches_a_person(world: World) -> None:
    operator, joe = world.phone(OPERATOR), world.phone(JOE)
    joe.dials(CENTER).hears("emergency").hears("English").presses("0")
    operator.rings().answers().hears("press 1").presses("1").hears("on one patient's record").never_heard("Joe")
    joe.talks_with(operator)
    joe.hangs_up()
    assert world.outcome() == "operator"


@pytest.mark.parametrize("keys", [["1"], ["1", "1"], ["1", "1", "03141957"]])
def test_14_zero_reaches_a_person_from_every_question(world: World, keys: list[str]) -> None:
    operator, joe = world.phone(OPERATOR), world.phone(JOE)
    joe.dials(CENTER).hears("English")
    for key in keys:
        joe.presses(key)
    joe.presses("0")
    operator.rings().answers().hears("press 1").presses("1")
    joe.talks_with(operator)


def test_14_zero_while_waiting_reaches_a_person(world: World) -> None:
    world.nobody_free()
    operator, joe = world.phone(OPERATOR), joe_asks_for_therapy(world)
    joe.hears("press 2").presses("0")
    operator.rings().answers().hears("press 1").presses("1")
    joe.talks_with(operator)


def test_14_when_no_person_answers_joe_leaves_a_message_that_somebody_owns(world: World) -> None:
    world.script(OPERATOR, no_answer=True)
    joe = world.phone(JOE)
    joe.dials(CENTER).hears("English").presses("1").hears("press 1").presses("0")
    joe.hears("message", within=60).presses("2").hears("about").presses("1").hears("tone").hears("beep")
    world.passes(4)
    joe.presses("#").is_over()
    assert world.voicemails() == [("therapy", 4)]
    assert world.outcome() == "voicemail"


def test_15_silence_is_asked_again_and_ends_with_a_person(world: World) -> None:
    operator, joe = world.phone(OPERATOR), world.phone(JOE)
    joe.dials(CENTER).hears("emergency")
    operator.rings(within=120).answers().hears("press 1").presses("1")
    joe.talks_with(operator)


def test_18_after_hours_joe_books_a_callback_that_is_kept(world: World) -> None:
    world.act.set_hours("closed", None, "test")
    joe = world.phone(JOE)
    joe.dials(CENTER).hears("emergency").hears("English").presses("1").hears("closed").presses("1")
    joe.hears("about").presses("1").hears("birth").presses("03141957").hears("PIN").presses("4821#")
    joe.hears("0, 1, 4, 2").presses("1").is_over()
    assert world.outcome() == "callback"
    assert world.promises() == ["booked"]
    ana = world.phone(ANA)
    world.passes(30)
    assert not ana.is_ringing, "a promise must not be kept while the center is closed"
    world.act.set_hours("open", None, "test")
    ana.rings(within=86_400).answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert world.promises() == ["reached"]


def test_18_after_hours_joe_leaves_a_message(world: World) -> None:
    world.act.set_hours("closed", None, "test")
    joe = world.phone(JOE)
    joe.dials(CENTER).hears("emergency").hears("English").presses("1").hears("closed").presses("2")
    joe.hears("about").presses("1").hears("tone").hears("beep")
    world.passes(4)
    joe.hangs_up()
    assert world.voicemails() == [("therapy", 4)], str(
        [
            {k: v for k, v in e.items() if k in ("purpose", "url", "params", "status", "path")}
            for e in world.emulator.get("/control/log")["entries"][-5:]
        ]
    )
    assert world.outcome() == "voicemail"


def test_joe_books_a_callback_while_waiting_and_ana_rings_him(world: World) -> None:
    world.nobody_free()
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    joe.hears("press 3").presses("3").hears("press 2", within=60).presses("2").hears("press 1").presses("1").is_over()
    assert world.outcome() == "callback"
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").never_heard("Joe").presses("1")
    joe.rings().answers().hears("press 1").never_heard("Ana").presses("1")
    joe.talks_with(ana)
    joe.hangs_up()
    ana.is_over()
    assert world.promises() == ["reached"]


def test_a_callback_that_nobody_answers_is_tried_again_later(world: World) -> None:
    world.nobody_free()
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    joe.hears("press 3").presses("3").hears("press 2", within=60).presses("2").hears("press 1").presses("1").is_over()
    world.script(JOE, no_answer=True)
    world.presence("ana", "ready")
    ana.rings().answers().hears("press 1").presses("1")
    ana.is_over(within=90)
    assert world.promises() == ["booked"]
    assert world.presence_of("ana") in ("ready", "wrapping_up")


def test_joe_hangs_up_while_anas_phone_rings(world: World) -> None:
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    ana.rings()
    joe.hangs_up()
    world.passes(3)
    assert not ana.is_ringing
    assert world.presence_of("ana") == "ready"


def test_joe_hangs_up_as_ana_hears_who_calls(world: World) -> None:
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1")
    joe.hangs_up()
    ana.presses("1")
    ana.is_over(within=30)
    world.passes(40)
    assert world.presence_of("ana") == "ready"


def test_ana_is_lost_before_they_meet_and_joe_waits_at_the_front(world: World) -> None:
    ana, luis, joe = world.phone(ANA), world.phone(LUIS), joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1").presses("1")
    ana.hangs_up()
    luis.rings(within=60).answers().hears("press 1").presses("1")
    joe.talks_with(luis, within=60)


def test_a_spanish_speaker_is_served_in_spanish(world: World) -> None:
    caller = world.phone("+13125550149")
    caller.dials(CENTER).hears("emergencia").hears("oprima").presses("2").hears("oprima")
    caller.never_heard("For a nurse, press")


def test_nobody_on_duty_offers_a_callback_or_a_message(world: World) -> None:
    world.only_on_duty("dana")
    joe = joe_asks_for_therapy(world)
    joe.hears("message", within=60)


def test_the_nurse_takes_a_call_for_the_nurse(world: World) -> None:
    dana, joe = world.phone(DANA), world.phone(JOE)
    joe.dials(CENTER).hears("English").presses("1").hears("nurse").presses("2")
    joe.hears("birth").presses("03141957").hears("PIN").presses("4821#")
    dana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(dana)
