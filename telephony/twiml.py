"""Replies become TwiML. The only file that knows the carrier's markup.

Longer than 300 lines because the documents for when we fail stand beside those of the conversation.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Conference, Dial, Gather, VoiceResponse

from ivr.prompts import Speaker
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
    Reply,
    Role,
    TakeMessage,
)
from telephony.urls import Urls

VOICES = {"en": "en-US", "es": "es-US"}
QUEUE = "waiting"  # the carrier's queue only holds people; its order is never used
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'
ROOM_EVENTS = "start end join leave"
LONGEST_SPEECH = 3000  # characters in one document: what the least of the carrier's voices reads at once
# What XML cannot hold, not even escaped: one such character in a name would cost the caller the whole document.
UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Page:
    """What a reply is rendered with: the leg, the turn that gives it, and whether the carrier's queue holds the leg."""

    sid: str
    turn: int
    waiting: bool
    urls: Urls
    speaker: Speaker
    operator: str
    staff: bool = False
    token_of: Callable[[str], str] = str  # what opens the sound of a message, by its id

    def next(self, what: str) -> str:
        """The URL of the next turn."""
        return self.urls.turn(self.turn + 1, what, waiting=self.waiting, staff=self.staff)


def render(reply: Reply, page: Page) -> str:
    """The document for a reply."""
    response = VoiceResponse()
    match reply:
        case Ask():
            _ask(response, reply, page)
        case Hold():
            _hold(response, reply, page)
        case Connect():
            _connect(response, reply, page)
        case ConnectOperator():
            _connect_operator(response, reply, page)
        case LeaveQueue():
            _say(response, reply.phrases, page)
            response.leave()
        case TakeMessage():
            _take_message(response, reply, page)
        case HangUp():
            _say(response, reply.phrases, page)
            response.hangup()
        case Bridge():
            _say(response, reply.phrases, page)
        case Nothing():
            return EMPTY
        case _:
            assert_never(reply)
    return str(response)


def _say(verb: Any, phrases: tuple[Phrase, ...], page: Page) -> None:
    """Speak the phrases, each run of one language as one sentence group."""
    runs: list[tuple[str, list[str]]] = []
    for phrase in phrases:
        words = page.speaker.say(phrase)
        if runs and runs[-1][0] == phrase.language:
            runs[-1][1].append(words)
        else:
            runs.append((phrase.language, [words]))
    left = LONGEST_SPEECH
    for language, words_of_run in runs:
        speech = UNWRITABLE.sub(" ", " ".join(words_of_run)).strip()[:left]
        left -= len(speech)
        if speech:
            verb.say(speech, language=VOICES.get(language, "en-US"))


def _gather(
    page: Page,
    *,
    most: int | None,
    finish: str,
    seconds: int,
    hints: tuple[str, ...],
    speech: bool,
    language: str,
    pause: int = 2,
) -> Gather:
    words: dict[str, Any] = {"input": "dtmf"}
    if hints or speech:
        words = {
            "input": "dtmf speech",
            **({"hints": ", ".join(hints)} if hints else {}),
            "language": VOICES.get(language, "en-US"),
            "speech_timeout": str(pause),
        }
    limit = {"num_digits": most} if most else {}
    return Gather(action=page.next("keys"), method="POST", timeout=seconds, finish_on_key=finish, **limit, **words)


def _ask(response: VoiceResponse, reply: Ask, page: Page) -> None:
    keys = reply.keys
    language = keys.language or (reply.phrases[-1].language if reply.phrases else "en")
    gather = _gather(
        page,
        most=keys.most,
        finish=keys.finish,
        seconds=keys.seconds,
        hints=keys.hints,
        speech=keys.speech,
        language=language,
        pause=keys.pause,
    )
    _say(gather, reply.phrases, page)
    if reply.sound:
        gather.play(page.urls.message_sound(page.token_of(reply.sound)))
    if reply.recording:
        gather.play(page.urls.recording_of(reply.recording))
    _say(gather, reply.then, page)
    response.append(gather)
    response.redirect(page.next("none"), method="POST")


def _hold(response: VoiceResponse, reply: Hold, page: Page) -> None:
    if reply.entering:
        _say(response, reply.phrases, page)
        response.enqueue(
            QUEUE,
            action=page.urls.left_queue(page.turn),
            method="POST",
            wait_url=page.urls.turn(page.turn + 1, "tick", waiting=True),
            wait_url_method="POST",
        )
        return
    gather = _gather(page, most=1, finish="", seconds=1, hints=(), speech=False, language=reply.language)
    _say(gather, reply.phrases, page)
    gather.play(page.urls.recording_of(reply.plays) if reply.plays else page.urls.music(short=reply.short))
    response.append(gather)
    response.redirect(page.next("tick"), method="POST")


def _connect(response: VoiceResponse, reply: Connect, page: Page) -> None:
    _say(response, reply.phrases, page)
    dial = Dial(action=page.next("talk"), method="POST")
    how: dict[str, Any] = {} if reply.heard else {"muted": True}
    if reply.heard_only_by:
        how["coach"] = reply.heard_only_by
    dial.append(
        Conference(
            reply.room,
            beep="false",
            start_conference_on_enter=True,
            end_conference_on_exit=reply.role is not Role.GUEST,
            wait_url=page.urls.room_music(),
            wait_method="POST",
            status_callback=page.urls.room(),
            status_callback_method="POST",
            status_callback_event=ROOM_EVENTS,
            **how,
        )
    )
    response.append(dial)


def _connect_operator(response: VoiceResponse, reply: ConnectOperator, page: Page) -> None:
    _say(response, reply.phrases, page)
    dial = Dial(action=page.next("talk"), method="POST", timeout=25)
    dial.number(page.operator, url=page.urls.whisper(page.sid), method="POST")
    response.append(dial)


def _take_message(response: VoiceResponse, reply: TakeMessage, page: Page) -> None:
    _say(response, reply.phrases, page)
    response.record(
        action=page.next("message"),
        method="POST",
        max_length=reply.seconds,
        timeout=6,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=page.urls.recording(),
        recording_status_callback_method="POST",
    )
    response.redirect(page.next("none"), method="POST")  # where the carrier goes on when nothing was said


CLINICIAN_LET_GO = "The access center has a technical problem. You do not need to do anything. Goodbye."
EMERGENCY = ("If this is an emergency, hang up and dial 9 1 1.", "Si es una emergencia, cuelgue y marque el 9 1 1.")
TO_A_PERSON = ("I am connecting you with a person.", "Le comunico con una persona.")
AFTER_THE_TONE = (
    "If you still need us, please leave your name and number after the tone. We will call you back.",
    "Si todavía nos necesita, deje su nombre y su número después del tono. Le llamaremos.",
)


def _say_in_both(response: VoiceResponse, english: str, spanish: str) -> None:
    """When we failed, nobody knows which language the caller speaks."""
    response.say(english)
    response.say(spanish, language="es-US")


def rescue(*, waiting: bool, retry_url: str | None, clinician: bool, operator: str, recording_url: str) -> str:
    """The document when we failed inside: apology, then a person, then a message. Needs nothing but its arguments.

    A leg in the carrier's queue may not be dialled from there: it hears that it is not forgotten and asks again, and
    when it has asked often enough (no `retry_url`) it leaves the queue, where it is rescued like any other.
    """
    response = VoiceResponse()
    if clinician:
        response.say(CLINICIAN_LET_GO)
        response.hangup()
        return str(response)
    if waiting:
        _say_in_both(response, "One moment, please.", "Un momento, por favor.")
        if retry_url is None:
            response.leave()
            return str(response)
        response.pause(length=4)
        response.redirect(retry_url, method="POST")
        return str(response)
    _say_in_both(response, *EMERGENCY)
    _say_in_both(response, "We have a technical problem.", "Tenemos un problema técnico.")
    _say_in_both(response, *TO_A_PERSON)
    response.dial(operator, timeout=25)
    # Without an action the carrier goes on here even after a talk, so this must be true in both cases.
    _say_in_both(response, *AFTER_THE_TONE)
    response.record(
        max_length=120, timeout=6, finish_on_key="#", recording_status_callback=recording_url, action=retry_url
    )
    return str(response)


def room_music(urls: Urls) -> str:
    """What one hears alone in a room, again and again."""
    response = VoiceResponse()
    response.play(urls.music())
    response.redirect(urls.room_music(), method="POST")
    return str(response)


def fallback(*, operator: str, clinician: bool, urls: Urls) -> str:
    """The static document that the carrier itself keeps for when we do not answer at all.

    If nobody else answers either, a patient may leave a message: we find it at the carrier when we are back. It needs
    a document that thanks him (`thanks`), for without one the carrier would begin this document anew.
    """
    response = VoiceResponse()
    if clinician:
        response.say(CLINICIAN_LET_GO)
        response.hangup()
        return str(response)
    _say_in_both(response, *EMERGENCY)
    _say_in_both(response, *TO_A_PERSON)
    response.dial(operator)
    if thanks_url := urls.fallback("thanks"):
        # Heard after a talk too, so it must be true then.
        _say_in_both(response, *AFTER_THE_TONE)
        response.record(
            action=thanks_url,
            max_length=120,
            timeout=6,
            finish_on_key="#",
            recording_status_callback=urls.recording(),
        )
    return str(response)


def thanks() -> str:
    """The static document that ends a call whose message the fallback document took."""
    response = VoiceResponse()
    _say_in_both(response, "We have your message. Thank you. Goodbye.", "Tenemos su mensaje. Gracias. Adiós.")
    response.hangup()
    return str(response)


FALLBACKS = ("patient", "clinician", "thanks")


def static_document(name: str, *, operator: str, urls: Urls) -> str:
    """One of the documents to host outside our machines, by its name in `FALLBACKS`."""
    return thanks() if name == "thanks" else fallback(operator=operator, clinician=name == "clinician", urls=urls)


def text_reply(body: str) -> str:
    """The answer to a text message; none when there is nothing to say."""
    response = MessagingResponse()
    if body:
        response.message(body)
    return str(response)
