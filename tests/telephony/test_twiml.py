"""Replies become exactly these documents; the whole text is compared, because a carrier reads the whole text."""

import pytest

from ivr.replies import Ask, Bridge, Connect, Hold, Keys, Nothing, Phrase, Role
from telephony import twiml
from telephony.urls import Urls
from tests.telephony.documents import OPERATOR, ORIGIN, SID, URLS, page, replies, spoken

PHRASES = (spoken("One."), spoken("Two."), spoken("Tres.", "es"))
SAYS = '<Say language="en-US">One. Two.</Say><Say language="es-US">Tres.</Say>'


def at(path: str) -> str:
    """One of our URLs as it stands in a document."""
    return f"{ORIGIN}{path}#ct=2000&amp;rt=7000&amp;tt=15000&amp;rc=3&amp;rp=all"


def document(inside: str) -> str:
    """A whole document."""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'


def gather(place: str, attributes: str, inside: str, otherwise: str) -> str:
    """A Gather of turn 8 and the Redirect after it, which a document must not lack."""
    end = f">{inside}</Gather>" if inside else " />"
    return document(
        f'<Gather action="{at(f"/voice/{place}/8/keys")}" {attributes}{end}'
        f'<Redirect method="POST">{at(f"/voice/{place}/8/{otherwise}")}</Redirect>'
    )


ONE_KEY = 'finishOnKey="" input="dtmf" method="POST" numDigits="1" timeout="5"'
NUMBER = 'finishOnKey="#" input="dtmf" method="POST" timeout="6"'
WORDS = (
    'finishOnKey="#" hints="exercises, a new visit" input="dtmf speech" language="es-US" method="POST" '
    'numDigits="10" speechTimeout="2" timeout="7"'
)
ROUND = 'finishOnKey="" input="dtmf" method="POST" numDigits="1" timeout="1"'
MUSIC = f"<Play>{ORIGIN}/media/hold.wav</Play>"

ANYWHERE = {
    name: lambda place, attributes=attributes: gather(place, attributes, SAYS, "none")
    for name, attributes in {"ask": ONE_KEY, "ask for a number": NUMBER, "ask for words": WORDS}.items()
} | {
    "hold": lambda place: gather(place, ROUND, SAYS + MUSIC, "tick"),
    "leave queue": lambda _: document(SAYS + "<Leave />"),
    "hang up": lambda _: document(SAYS + "<Hangup />"),
}

OUTSIDE = {
    "enter the queue": document(
        f'{SAYS}<Enqueue action="{at("/voice/left/7")}" method="POST" waitUrl="{at("/voice/wait/8/tick")}" '
        'waitUrlMethod="POST">waiting</Enqueue>'
    ),
    "connect": document(
        f'{SAYS}<Dial action="{at("/voice/turn/8/talk")}" method="POST">'
        '<Conference beep="false" endConferenceOnExit="true" startConferenceOnEnter="true" '
        f'statusCallback="{at("/voice/room")}" statusCallbackEvent="start end join leave" statusCallbackMethod="POST" '
        f'waitMethod="POST" waitUrl="{at("/media/room")}">room-1</Conference></Dial>'
    ),
    "connect operator": document(
        f'{SAYS}<Dial action="{at("/voice/turn/8/talk")}" method="POST" timeout="25">'
        f'<Number method="POST" url="{at(f"/voice/whisper/{SID}")}">{OPERATOR}</Number></Dial>'
    ),
    "take message": document(
        f'{SAYS}<Record action="{at("/voice/turn/8/message")}" finishOnKey="#" maxLength="90" method="POST" '
        f'playBeep="true" recordingStatusCallback="{at("/voice/recording")}" recordingStatusCallbackMethod="POST" '
        'timeout="6" />'
        f'<Redirect method="POST">{at("/voice/turn/8/none")}</Redirect>'
    ),
}


@pytest.mark.parametrize("name", ANYWHERE)
@pytest.mark.parametrize(("waiting", "place"), [(False, "turn"), (True, "wait")])
def test_what_may_be_said_anywhere_asks_again_where_the_leg_is(name: str, waiting: bool, place: str) -> None:
    assert twiml.render(replies(PHRASES)[name], page(waiting=waiting)) == ANYWHERE[name](place)


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_done_outside_of_the_queue(name: str) -> None:
    assert twiml.render(replies(PHRASES)[name], page()) == OUTSIDE[name]


def test_every_reply_has_its_document() -> None:
    assert set(replies(PHRASES)) == {*ANYWHERE, *OUTSIDE}


@pytest.mark.parametrize("waiting", [False, True])
@pytest.mark.parametrize("reply", [Bridge(), Nothing()])
def test_nothing_to_say_is_an_empty_document(reply: Bridge | Nothing, waiting: bool) -> None:
    assert twiml.render(reply, page(waiting=waiting)) == '<?xml version="1.0" encoding="UTF-8"?><Response />'


def test_a_reply_without_phrases_says_nothing() -> None:
    assert twiml.render(Hold(), page(waiting=True)) == gather("wait", ROUND, MUSIC, "tick")
    assert twiml.render(Ask(()), page()) == gather("turn", ONE_KEY, "", "none")


def test_sounds_of_the_content_are_played_within_the_question_so_that_a_key_ends_them() -> None:
    own = f"<Play>{ORIGIN}/media/clinic/tips-en.wav</Play>"
    plays = "media/tips-en.wav"
    assert twiml.render(Hold(plays=plays), page(waiting=True)) == gather("wait", ROUND, own, "tick")
    asked = twiml.render(Ask(PHRASES, recording=plays), page(waiting=True))
    assert asked == gather("wait", ONE_KEY, SAYS + own, "none")
    both = twiml.render(Ask(PHRASES, recording=plays, then=PHRASES), page(waiting=True))
    assert both == gather("wait", ONE_KEY, SAYS + own + SAYS, "none"), "what can be done is said after what is heard"


def test_a_phrase_without_words_is_not_spoken() -> None:
    assert twiml.render(Ask((spoken(""), spoken("Uno.", "es"), spoken(" "))), page()) == gather(
        "turn", ONE_KEY, '<Say language="es-US">Uno.</Say>', "none"
    )


def test_languages_take_turns_in_the_order_of_the_phrases() -> None:
    phrases = (spoken("Uno.", "es"), spoken("Two."), spoken("Three."), spoken("Cuatro.", "es"))
    assert twiml.render(Ask(phrases), page()) == gather(
        "turn",
        ONE_KEY,
        '<Say language="es-US">Uno.</Say><Say language="en-US">Two. Three.</Say><Say language="es-US">Cuatro.</Say>',
        "none",
    )


def test_a_language_without_a_voice_is_read_by_the_english_one() -> None:
    assert twiml.render(Ask((Phrase("Bonjour.", "fr"),)), page()) == gather(
        "turn", ONE_KEY, '<Say language="en-US">Bonjour.</Say>', "none"
    )


def test_both_roles_enter_the_same_room_alike() -> None:
    """The carrier keeps the callbacks of whoever enters first, so both sides must name the same ones."""
    patient = twiml.render(Connect("room-1", Role.PATIENT), page())
    assert patient == twiml.render(Connect("room-1", Role.CLINICIAN), page())


# --- documents without a turn

EMERGENCY = (
    "<Say>If this is an emergency, hang up and dial 9 1 1.</Say>"
    '<Say language="es-US">Si es una emergencia, cuelgue y marque el 9 1 1.</Say>'
)
CLINICIANS = document(
    "<Say>The access center has a technical problem. You do not need to do anything. Goodbye.</Say><Hangup />"
)


def spanish(sentence: str) -> str:
    return f'<Say language="es-US">{sentence}</Say>'


TO_A_PERSON = f"<Say>I am connecting you with a person.</Say>{spanish('Le comunico con una persona.')}"


def rescue(*, waiting: bool, clinician: bool) -> str:
    return twiml.rescue(
        waiting=waiting,
        retry_url=URLS.turn(0, "again", waiting=waiting),
        clinician=clinician,
        operator=OPERATOR,
        recording_url=URLS.recording(),
    )


def test_a_rescued_caller_is_brought_to_a_person_then_to_a_tone() -> None:
    assert rescue(waiting=False, clinician=False) == document(
        f"{EMERGENCY}<Say>We have a technical problem.</Say>{spanish('Tenemos un problema técnico.')}{TO_A_PERSON}"
        f'<Dial timeout="25">{OPERATOR}</Dial>'
        "<Say>If you still need us, please leave your name and number after the tone. We will call you back.</Say>"
        f"{spanish('Si todavía nos necesita, deje su nombre y su número después del tono. Le llamaremos.')}"
        f'<Record action="{at("/voice/turn/0/again")}" finishOnKey="#" maxLength="120" '
        f'recordingStatusCallback="{at("/voice/recording")}" timeout="6" />'
    )


def test_a_rescued_caller_in_the_queue_asks_again() -> None:
    assert rescue(waiting=True, clinician=False) == document(
        f'<Say>One moment, please.</Say>{spanish("Un momento, por favor.")}<Pause length="4" />'
        f'<Redirect method="POST">{at("/voice/wait/0/again")}</Redirect>'
    )


@pytest.mark.parametrize("waiting", [False, True])
def test_a_rescued_clinician_is_told_and_let_go(waiting: bool) -> None:
    assert rescue(waiting=waiting, clinician=True) == CLINICIANS


def test_one_hears_music_alone_in_a_room_again_and_again() -> None:
    assert twiml.room_music(URLS) == document(f'{MUSIC}<Redirect method="POST">{at("/media/room")}</Redirect>')


def test_the_carriers_own_document_for_a_patient_leads_to_a_person() -> None:
    assert twiml.fallback(operator=OPERATOR, clinician=False, urls=URLS) == document(
        f"{EMERGENCY}{TO_A_PERSON}<Dial>{OPERATOR}</Dial>"
    )


def test_a_patient_whom_nobody_answers_may_leave_a_message_where_a_document_thanks_him() -> None:
    bins = Urls(ORIGIN, "https://bins.example.org/ours")
    written = twiml.static_document("patient", operator=OPERATOR, urls=bins)
    assert 'action="https://bins.example.org/ours/thanks"' in written
    assert written.index("<Dial>") < written.index("<Record")
    assert twiml.static_document("thanks", operator=OPERATOR, urls=bins).endswith("<Hangup /></Response>")


def test_the_carriers_own_document_for_a_clinician_lets_him_go() -> None:
    assert twiml.fallback(operator=OPERATOR, clinician=True, urls=URLS) == CLINICIANS


def test_a_text_message_is_answered_with_where_to_call() -> None:
    assert twiml.text_reply("Please call us.") == document("<Message>Please call us.</Message>")
    assert twiml.text_reply("") == twiml.EMPTY


def test_fallback_documents_lie_elsewhere_if_anywhere() -> None:
    assert URLS.fallback("patient") is None
    assert (
        Urls(ORIGIN, "https://bins.example.org/ours").fallback("clinician") == "https://bins.example.org/ours/clinician"
    )


def test_what_is_said_is_listened_to_in_the_language_of_the_question_whatever_is_said_last():
    asked = Ask((spoken("One.", "en"), spoken("Dos.", "es")), Keys(speech=True, language="en"))
    assert 'language="en-US" method="POST"' in twiml.render(asked, page())
