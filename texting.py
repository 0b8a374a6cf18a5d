"""Text messages: those we send about promised callbacks, and what becomes of those we are sent."""

from datetime import datetime

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
    if whose and directory.store.reached_at(tx, tools.vault, whose).no_texts:
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
    promises = callbacks.questions_store.of_number(tx, digest)
    language = promises[0].language if promises else tools.content.languages[0]
    meant = texts.meaning(text.body)
    follows = _done(tx, meant, digest, promises, now)
    phrase = texts.answer(meant, language, tools.settings.center_number, had_promise=bool(promises))
    return tools.speaker.say(phrase) if phrase else "", outbox(tx, follows, None, now)


def _done(tx: Connection, meant: Meaning, number: str, promises: list[Request], now: datetime) -> list[Follow]:
    match meant:
        case Meaning.STOP:
            return promising.opted_out(tx, number, "text", now)
        case Meaning.START:
            callbacks.questions_store.opt_in(tx, number)
        case Meaning.CANCEL:
            return [follow for each in promises for follow in promising.cancel(tx, each.id, "by_text", now)]
    return []
