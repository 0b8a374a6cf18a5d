"""Text messages: those we send about promised callbacks, and what becomes of those we are sent."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

import appointments
import callbacks.questions_store
import callbacks.store
import calls.store
import directory.store
import promising
from callbacks.requests import REQUEST_MOVES, Kind, Request
from calls.store import Entry
from deeds import outbox
from ivr import texts
from ivr.replies import Phrase
from ivr.texts import Meaning
from routing.needs import Follow
from telephony.carrier import CarrierError
from telephony.inbound import TextArrived
from tools import Tools

BY_TEXT = "by_text"  # how a promise was taken back
RESTORABLE = timedelta(hours=24)  # so long it can be restored by a word


def send(entry: Entry, tools: Tools) -> str:
    """Send one text about a promise, once: what may have been sent is never sent again."""
    promise_id, _, what = entry.subject.partition(":")
    with tools.database.reading() as tx:
        promise = callbacks.store.request(tx, promise_id)
        number = callbacks.questions_store.number_of(tx, tools.vault, promise_id)
        wanted = promise is not None and _may_text(tx, promise, number, tools)
        zone = appointments.told_in(tx, tools, promise) if promise else ""
    if promise is None or not wanted:
        return "stale"
    body = tools.speaker.say(_phrase(promise, what, zone, tools))
    try:
        tools.carrier.text(to=number, body=body)
    except CarrierError as error:
        if error.maybe_done:
            return "unknown"
        raise
    return "sent"


def _may_text(tx: Connection, promise: Request, number: str, tools: Tools) -> bool:
    """He asked for it, the promise stands, and nothing was said against it since; not at night."""
    if not promise.texts or not REQUEST_MOVES[promise.state]:
        return False
    whose = promise.patient_id
    if whose and directory.store.reached_at(tx, tools.vault, whose, tools.now()).no_texts:
        return False
    return appointments.may_ring(tx, tools, number, whose)


def _phrase(promise: Request, what: str, zone: str, tools: Tools) -> Phrase:
    when = ""
    if promise.kind is not Kind.PLACE:
        when = texts.short_window(promise.promised_from, promise.promise_by, tools.now(), zone)
    return texts.about_promise(what, promise.language, tools.settings.center_number, when)


def heard(tx: Connection, text: TextArrived, tools: Tools) -> tuple[str, list[Entry]]:
    """Do what a text asks for: the answer ("" for none), and what is left to do. The same text again does nothing."""
    now = tools.now()
    if text.number is None or not calls.store.heard_first(tx, f"text:{text.sid}", now):
        return "", []
    digest = tools.vault.digest("number", text.number)
    meant = texts.meaning(text.body)
    about = _about(tx, meant, digest, now)
    done, follows = _done(tx, meant, digest, about, tools, now)
    known = about or callbacks.questions_store.of_number(tx, digest)
    language = known[0].language if known else tools.content.languages[0]
    stands = bool(callbacks.questions_store.of_number(tx, digest))
    phrase = texts.answer(meant, language, tools.settings.center_number, done=done, stands=stands)
    return tools.speaker.say(phrase) if phrase else "", outbox(tx, follows, None, now)


def _about(tx: Connection, meant: Meaning, number: str, now: datetime) -> list[Request]:
    """The promises that a text can be about: those of its number, or those that the last text took back."""
    if meant is Meaning.KEEP:
        gone = callbacks.questions_store.taken_back(tx, number, BY_TEXT, now - RESTORABLE)
        return [each for each in gone if each.ended_at == gone[0].ended_at]
    return callbacks.questions_store.of_number(tx, number)


def _done(
    tx: Connection, meant: Meaning, number: str, about: list[Request], tools: Tools, now: datetime
) -> tuple[bool, list[Follow]]:
    """Whether it was done, and what follows.

    Anybody can write another's number as the sender. So a promise is taken back by a text alone where its patient
    asked for texts: he has the word from us, reads our answer on his own phone, and restores the promise by a word.
    """
    match meant:
        case Meaning.STOP:
            return True, promising.opted_out(tx, number, "text", now)
        case Meaning.START:
            callbacks.questions_store.opt_in(tx, number)
            return True, []
        case Meaning.CANCEL:
            wanted = [each for each in about if each.texts]
            return bool(wanted), [follow for each in wanted for follow in promising.cancel(tx, each.id, BY_TEXT, now)]
        case Meaning.KEEP:
            restored = [promising.restore(tx, each, tools, now) for each in about]
            stands = bool(callbacks.questions_store.of_number(tx, number))
            return any(restored) if about else stands, []  # what was restored already is not asked for again
    return False, []
