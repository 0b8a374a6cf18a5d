"""Joe's call, signal by signal, as he and Ana hear it.

Longer than 300 lines because each turn of the call and of its variants is written out word for word.
"""

from dataclasses import replace

from ivr.effects import (
    AcceptOffer,
    AttemptAnswered,
    BookCallback,
    Chose,
    Effect,
    FinishTalk,
    GiveBack,
    JoinLine,
    KeepMessage,
    LeaveLine,
    LegOver,
    TriedOperator,
    Verified,
)
from ivr.knowledge import IdentityFacts, OwnClinician, StaffFacts, WaitFacts
from ivr.replies import (
    Ask,
    Bridge,
    Connect,
    ConnectOperator,
    HangUp,
    Hold,
    LeaveQueue,
    Nothing,
    Phrase,
    Role,
    TakeMessage,
)
from ivr.session import Session, Stage
from ivr.signals import (
    CallEnded,
    DigitsPressed,
    Ending,
    HoldTick,
    LeftQueue,
    MessageRecorded,
    MovedBack,
    MovedToTalk,
    NothingEntered,
    Party,
    QueueResult,
    Signal,
    SpeechHeard,
    TalkLeft,
)
from tests.ivr.conversation import (
    ACCEPTED,
    JOE,
    MONDAY,
    OFFER,
    TALKED,
    Leg,
    answered,
    calling,
)

FULL_MENU = [*["menu-option"] * 4, "press-nine", "menu-option", "repeat"]  # "anything else" comes last


def waiting(caller: str | None = JOE, **world: object) -> Leg:
    """Joe, proved, in line and in the carrier's queue."""
    leg = calling(caller, **world)
    for keys in ("1", "1", "03141957", "4821"):
        leg.hears(DigitsPressed(keys))
    return leg


def test_joe_reaches_ana_and_talks_with_her():
    story: list[tuple[Signal, list[str], list[Effect]]] = [
        (DigitsPressed("1"), FULL_MENU, [Chose("language", "en")]),
        (DigitsPressed("1"), ["birth-date"], [Chose("service", "therapy")]),
        (DigitsPressed("03141957"), ["second-proof"], []),
        (
            DigitsPressed("4821"),
            ["own-ready"],
            [Verified("joe", 2), JoinLine("therapy", "en", "joe", "ana", ("luis",), ladder="shipped")],
        ),
        (HoldTick(), ["wait-choices", "education-offer", "offer-operator"], []),
        (HoldTick(), [], []),
        (HoldTick(), ["wait-comfort"], []),
        (LeftQueue(QueueResult.REDIRECTED), [], []),
        (MovedToTalk(7), ["connecting-now"], []),
    ]
    joe = calling()
    assert joe.keys == ["emergency", "emergency", "welcome", *["choose-language"] * 2]
    for signal, keys, effects in story:
        joe.hears(signal)
        assert (joe.keys, list(joe.effects)) == (keys, effects), signal
    assert joe.reply == Connect("r-1", Role.PATIENT, (Phrase("connecting-now", "en"),))
    joe.hears(TalkLeft(Ending.COMPLETED, bridged=True), offer=TALKED)
    assert (joe.keys, joe.effects) == (["talk-over", "survey-offer", "may-hang-up"], (FinishTalk(7),))
    assert isinstance(joe.hears(NothingEntered()).reply, HangUp)
    assert joe.hears(CallEnded(Ending.COMPLETED)).effects == (LegOver("ended", Ending.COMPLETED),)


def test_joe_is_told_ana_by_name_and_role_once_he_is_proved():
    assert waiting().phrases == (Phrase("own-ready", "en", (("own", "Ana"), ("role", "@role-therapy"))),)


def test_a_busy_or_absent_ana_is_named_with_a_colleague():
    for presence, key in (("talking", "own-busy"), ("in_visit", "own-busy"), ("away", "own-away")):
        own = OwnClinician("ana", "Ana", sure=True, presence=presence)
        assert waiting(identity=IdentityFacts("joe", "joe", False, own)).keys == [key]


def test_an_own_clinician_we_are_not_sure_of_is_tried_but_never_named():
    joe = waiting(identity=IdentityFacts("joe", "joe", False, OwnClinician("ana", "Ana", False, "ready")))
    assert joe.keys == ["finding-someone"]
    assert joe.effects[-1] == JoinLine("therapy", "en", "joe", "ana", ladder="shipped")
    assert joe.session.own_given == ""


def test_ana_hears_nothing_personal_before_the_key_and_who_and_why_after_it():
    ana = answered(Party.CLINICIAN, offer=OFFER)
    assert ana.reply == Ask((Phrase("offer-greeting", "en"), Phrase("offer-after-visit", "en")))
    ana.hears(DigitsPressed("1"))
    assert ana.effects == (AcceptOffer(7),)
    assert isinstance(ana.reply, Connect)
    assert (ana.reply.room, ana.reply.role) == ("r-1", Role.CLINICIAN)
    assert ana.phrases == (
        Phrase("whisper-call-own", "en", (("patient", "Joe S."),)),
        Phrase("whisper-about", "en", (("about", "@service-therapy"),)),
        Phrase("whisper-waited", "en", (("seconds", 20),)),
    )
    ana = ana.hears(TalkLeft(Ending.COMPLETED, bridged=True), offer=TALKED)
    assert (ana.keys, ana.effects) == (["clinician-done"], (FinishTalk(7),))


def test_a_voicemail_presses_no_key_and_the_call_goes_back_after_two_rounds():
    voicemail = answered(Party.CLINICIAN, offer=OFFER).hears(NothingEntered())
    assert (voicemail.keys, voicemail.effects) == (["offer-greeting", "offer-after-visit"], ())
    voicemail.hears(NothingEntered())
    assert voicemail.effects == (GiveBack(7, "no_key"),)
    assert isinstance(voicemail.reply, HangUp)


def test_a_second_call_without_a_key_sets_her_away_and_says_so_and_so_does_the_next_greeting():
    silent = answered(Party.CLINICIAN, offer=replace(OFFER, sets_away=True)).hears(NothingEntered())
    silent.hears(NothingEntered())
    assert (silent.keys, silent.effects) == (["offer-no-key-away"], (GiveBack(7, "no_key"),))
    later = answered(Party.CLINICIAN, offer=replace(OFFER, was_set_away=True))
    assert later.keys == ["offer-missed", "offer-greeting", "offer-after-visit"]


def test_ana_may_pass():
    ana = answered(Party.CLINICIAN, offer=OFFER).hears(DigitsPressed("2"))
    assert (ana.keys, ana.effects) == (["offer-passed"], (GiveBack(7, "declined"),))


def test_ana_hears_that_the_caller_hung_up_and_gives_nothing_back():
    gone = replace(OFFER, state="rescinded")
    assert answered(Party.CLINICIAN, offer=gone).keys == ["caller-gone"]
    late = answered(Party.CLINICIAN, offer=OFFER).hears(DigitsPressed("1"), offer=gone)
    assert (late.keys, late.effects) == (["caller-gone"], ())
    alone = answered(Party.CLINICIAN, offer=OFFER).hears(DigitsPressed("1")).hears(MovedBack(7), offer=gone)
    assert (alone.keys, alone.effects) == (["caller-gone"], ())
    callback = replace(gone, for_callback=True)
    rang = answered(Party.CLINICIAN, offer=OFFER).hears(DigitsPressed("1"))
    assert rang.hears(TalkLeft(Ending.COMPLETED, False), offer=callback).keys == ["patient-not-reached"]


def test_a_phone_that_rings_in_vain_gives_the_offer_back_by_its_cause():
    causes = {"no-answer": "no_answer", "busy": "busy", "failed": "failed", "completed": "hung_up"}
    for ending, cause in causes.items():
        session = Session(Party.CLINICIAN, Stage.OFFERED, offer=7)
        leg = Leg(session).hears(CallEnded(Ending(ending)), offer=OFFER)
        assert leg.effects == (GiveBack(7, cause), LegOver("offered", ending))
        assert leg.reply is None


def test_a_clinician_lost_before_the_talk_gives_the_offer_back_as_lost():
    ana = answered(Party.CLINICIAN, offer=OFFER).hears(DigitsPressed("1"))
    assert ana.hears(CallEnded(Ending.COMPLETED), offer=ACCEPTED).effects[0] == GiveBack(7, "lost")


def test_joe_goes_back_to_the_front_when_nobody_came_into_the_room():
    joe = waiting().hears(MovedToTalk(7)).hears(MovedBack(7))
    assert joe.reply == Hold((Phrase("sorry-lost", "en"),), entering=True)
    assert joe.session.stage is Stage.WAITING
    joe.hears(MovedToTalk(8)).hears(TalkLeft(Ending.COMPLETED, False), offer=ACCEPTED)
    assert (joe.keys, joe.effects) == (["sorry-lost"], (GiveBack(8, "lost"),))


def test_joe_hangs_up_while_he_waits_and_while_he_talks():
    assert waiting().hears(CallEnded(Ending.COMPLETED)).effects[0] == LeaveLine("hung_up")
    talking = waiting().hears(MovedToTalk(7))
    assert talking.hears(CallEnded(Ending.COMPLETED), offer=TALKED).effects[0] == FinishTalk(7)
    early = waiting().hears(MovedToTalk(7))
    assert early.hears(CallEnded(Ending.COMPLETED), offer=ACCEPTED).effects[0] == LeaveLine("hung_up")


def test_joe_cut_off_stands_in_line_again():
    joe = waiting().hears(MovedToTalk(7)).hears(TalkLeft(Ending.COMPLETED, True), offer=TALKED)
    joe.hears(DigitsPressed("1"))
    assert isinstance(joe.reply, Hold) and joe.reply.entering
    assert joe.effects == (JoinLine("therapy", "en", "joe", "ana", ("luis",), ladder="shipped"),)


def test_joe_takes_a_callback_while_he_waits():
    joe = waiting().hears(HoldTick()).hears(DigitsPressed("2"))
    assert joe.phrases[0] == Phrase("callback-caller", "en", (("digits", "0, 1, 4, 2"),))
    assert joe.keys[1:] == ["callback-confirm-keys", "callback-keep-waiting", "callback-other-time"]
    joe.hears(DigitsPressed("1"))
    assert joe.effects == (BookCallback(JOE, "therapy", "en", "joe", "ana", ("luis",)),)
    assert not joe.session.in_line  # his wait goes on without him, as the promise
    assert joe.keys == ["callback-promise-own", "offer-texts"]


def test_joe_keeps_his_place_while_he_thinks_about_a_callback():
    joe = waiting().hears(DigitsPressed("2"))
    assert joe.hears(NothingEntered()).keys == ["keep-waiting"]
    assert isinstance(joe.reply, Hold) and not joe.reply.entering
    joe.hears(DigitsPressed("2")).hears(MovedToTalk(7))
    assert isinstance(joe.reply, Connect)


def test_a_withheld_caller_enters_a_number_and_a_refused_one_is_asked_again():
    caller = waiting(caller=None).hears(DigitsPressed("2"))
    assert caller.keys == ["callback-number"]
    caller.hears(DigitsPressed("9005550100"), number=None)
    assert caller.keys == ["callback-refused", "callback-number-again"]
    caller.hears(DigitsPressed("3125550123"), number="+13125550123")
    assert caller.phrases[0] == Phrase("callback-entered", "en", (("digits", "3, 1, 2. 5, 5, 5. 0, 1, 2, 3"),))
    assert caller.hears(DigitsPressed("1")).effects[-1] == BookCallback(
        "+13125550123", "therapy", "en", "joe", "ana", ("luis",)
    )


def test_a_callers_own_number_that_may_not_be_rung_is_asked_for():
    joe = waiting().hears(DigitsPressed("2")).hears(DigitsPressed("1"), number=None)
    assert (joe.keys, joe.effects) == (["callback-refused", "callback-number"], ())


def test_zero_leads_out_of_the_line_to_a_person_once_he_is_out_of_the_queue():
    joe = waiting().hears(HoldTick()).hears(DigitsPressed("0"))
    assert (joe.reply, joe.effects) == (LeaveQueue(), (LeaveLine("operator"),))
    joe.hears(LeftQueue(QueueResult.LEAVE))
    assert joe.reply == ConnectOperator((Phrase("connecting-person", "en"),), "en")
    joe.hears(TalkLeft(Ending.COMPLETED, bridged=True))
    assert (joe.keys, joe.effects) == (["goodbye"], (TriedOperator(reached=True),))


def test_a_person_who_does_not_answer_leaves_a_callback_or_a_message():
    joe = calling().hears(DigitsPressed("0"))
    joe.hears(TalkLeft(Ending.NO_ANSWER, bridged=False))
    assert joe.effects == (TriedOperator(reached=False),)
    assert joe.keys == ["nobody-answered", "offer-callback", "offer-message"]
    assert isinstance(joe.hears(DigitsPressed("0")).reply, ConnectOperator)


def test_the_closed_center_says_so_and_promises_a_call_when_it_opens():
    joe = calling(open=False, opens_at=MONDAY).hears(DigitsPressed("1"))
    assert joe.keys == ["closed", "offer-callback-when", "offer-message", "education-offer", "offer-person"]
    assert joe.phrases[1].values == (("when", "on Monday, March 16, at 7:00 a.m."),)
    joe.hears(DigitsPressed("1"))
    assert joe.keys == ["callback-about", *["menu-option"] * 4, "press-nine", "repeat"]
    for keys in ("1", "03141957", "4821"):
        joe.hears(DigitsPressed(keys))
    assert joe.keys[0] == "callback-caller"
    joe.hears(DigitsPressed("1"))
    due = MONDAY.isoformat()
    assert joe.effects == (BookCallback(JOE, "therapy", "en", "joe", "ana", ("luis",), due),)
    assert joe.keys == ["callback-promise-when", "offer-texts"]


def test_the_closed_center_takes_a_message_that_somebody_owns():
    joe = calling(open=False, opens_at=MONDAY).hears(DigitsPressed("1")).hears(DigitsPressed("2"))
    assert joe.keys[0] == "message-about"
    assert isinstance(joe.hears(DigitsPressed("2")).reply, TakeMessage)
    joe.hears(MessageRecorded("RE1", 12, hung_up=True))
    assert joe.effects == (KeepMessage("RE1", 12, "nurse", "en", None),)
    assert joe.keys == ["message-thanks-when", "goodbye"]


def test_a_message_about_nothing_in_particular_belongs_to_the_general_service():
    joe = calling(open=False).hears(DigitsPressed("1"))
    for _ in range(3):
        joe.hears(NothingEntered())
    assert isinstance(joe.reply, TakeMessage)
    assert joe.hears(MessageRecorded("RE1", 3, False)).effects == (KeepMessage("RE1", 3, "clinic", "en", None),)


def test_an_empty_message_is_asked_for_once_more_and_then_becomes_a_callback():
    joe = calling(open=False).hears(DigitsPressed("1")).hears(DigitsPressed("2")).hears(DigitsPressed("1"))
    assert joe.hears(MessageRecorded("", 0, False)).keys == ["message-again"]
    joe.hears(MessageRecorded("", 0, False))
    assert joe.effects == (BookCallback(JOE, "therapy", "en", None, None),)
    assert joe.keys == ["message-callback", "goodbye"]


def test_nobody_on_duty_is_said_before_joining_and_while_waiting():
    assert waiting(staff=StaffFacts(0, 0)).keys[0] == "nobody-on-duty"
    joe = waiting().hears(HoldTick(), wait=WaitFacts("waiting", 40, on_duty=0))
    assert joe.keys[0] == "nobody-on-duty"
    assert joe.session.in_queue and joe.effects == ()
    joe = joe.hears(DigitsPressed("2"))
    assert (joe.reply, joe.effects) == (LeaveQueue(), (LeaveLine("message"),))
    assert isinstance(joe.hears(LeftQueue(QueueResult.LEAVE)).reply, TakeMessage)


def test_a_long_wait_is_owned_up_to_and_silence_means_waiting_on():
    long = WaitFacts("waiting", 601, on_duty=2)
    joe = waiting().hears(HoldTick(), wait=long)
    assert joe.keys == ["long-wait", "offer-callback", "offer-message", "offer-keep-waiting", "offer-operator"]
    assert joe.hears(NothingEntered()).keys == ["keep-waiting"]
    assert isinstance(joe.hears(HoldTick()).reply, Hold)
    assert joe.hears(HoldTick(), wait=WaitFacts("waiting", 1201, 2)).keys[0] == "long-wait"


def test_a_wait_that_our_lines_lost_is_joined_again():
    joe = waiting().hears(HoldTick(), wait=WaitFacts("none", 0, 0))
    assert joe.effects == (JoinLine("therapy", "en", "joe", "ana", ("luis",), ladder="shipped"),)
    assert isinstance(joe.reply, Hold)


def test_a_carrier_that_cannot_hold_him_makes_us_offer_another_way():
    for result in (QueueResult.FULL, QueueResult.ERROR, QueueResult.SYSTEM_ERROR):
        joe = waiting().hears(LeftQueue(result))
        assert joe.keys[0] == "nobody-answered"
        assert joe.session.in_line, "he keeps his place, and may still be connected"


def test_leaving_the_queue_for_a_talk_needs_no_answer():
    for result in (QueueResult.REDIRECTED, QueueResult.BRIDGED, QueueResult.HANGUP):
        joe = waiting()
        before = joe.session
        assert isinstance(joe.hears(LeftQueue(result)).reply, Nothing)
        assert joe.session == before


def test_a_menu_understands_words_without_accents_and_doubts_low_confidence():
    joe = calling().hears(SpeechHeard("Español, por favor", 0.9))
    assert joe.session.language == "es"
    assert joe.hears(SpeechHeard("una enfermeria por favor", 0.9)).effects == (Chose("service", "nurse"),)
    joe = calling().hears(DigitsPressed("1")).hears(SpeechHeard("nurse", 0.2))
    assert joe.keys[0] == "menu-again"
    assert joe.hears(SpeechHeard("nurse", 0.4)).keys[:2] == ["heard-words", "heard-keys"]


def test_going_back_from_the_menu_asks_for_the_language_again():
    joe = calling().hears(DigitsPressed("1")).hears(DigitsPressed("#"))
    assert joe.session.stage is Stage.LANGUAGE


def test_the_returned_call_is_neutral_and_leads_to_the_clinician():
    joe = answered(Party.RETURNED, "5")
    assert joe.reply == Ask((Phrase("return-greeting", "es"),))
    joe = joe.hears(DigitsPressed("1"))
    assert joe.effects == (AttemptAnswered(5, accepted=True),)
    assert joe.reply == Connect("r-2", Role.PATIENT, (Phrase("connecting-now", "es"),))
    joe = joe.hears(TalkLeft(Ending.COMPLETED, True), offer=TALKED)
    assert joe.effects == (FinishTalk(9),)
    assert joe.keys == ["talk-over", "survey-offer", "may-hang-up"]


def test_a_machine_that_answers_a_returned_call_hears_nothing_and_counts_as_missed():
    machine = answered(Party.RETURNED, "5").hears(NothingEntered()).hears(NothingEntered())
    assert (machine.keys, machine.effects) == (["return-call-us"], (AttemptAnswered(5, accepted=False, told=True),))
    unwanted = answered(Party.RETURNED, "5").hears(DigitsPressed("2"))
    assert unwanted.effects == (AttemptAnswered(5, accepted=False, wanted=False),)
    put_down = answered(Party.RETURNED, "5").hears(CallEnded(Ending.COMPLETED))
    assert put_down.effects[0] == AttemptAnswered(5, accepted=False, cause="hung_up")


def test_the_operator_presses_a_key_before_the_two_meet():
    operator = answered(Party.OPERATOR, "CA1")
    assert operator.keys == ["operator-greeting"]
    assert isinstance(operator.hears(DigitsPressed("1")).reply, Bridge)
    machine = answered(Party.OPERATOR, "CA1").hears(NothingEntered()).hears(NothingEntered())
    assert isinstance(machine.reply, HangUp)
