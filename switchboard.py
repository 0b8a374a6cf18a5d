"""One turn of one call. Read this first.

A turn is one database transaction: read the leg and the facts its step depends on, decide, write session, journal,
document, claims and outbox. Somebody who got there first makes the turn start over from fresh facts. What lies outside
SQL is performed after the commit, and again by the clock's sweep if we die in between.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

import calls.store
import deeds
import dialin
import editions
import errands
import facts
import legs
import notices
import texting
from calls.store import Answer, Entry, LegRecord
from carrying import is_outrun
from ivr import flow, session
from ivr.knowledge import HoursUnknown
from ivr.replies import Nothing
from ivr.session import Session
from ivr.signals import CallEnded, Resumed, Signal
from routing.rows import Overtaken
from telephony import twiml
from telephony.inbound import Fetch, LegProgress, Notice, RecordingDone, RoomEvent, TextArrived
from tools import Tools

log = structlog.get_logger("switchboard")
TRIES = 8


@dataclass(frozen=True)
class Taken:
    """What a turn leaves behind: the document, and what is still to be done outside SQL."""

    document: str
    todo: list[Entry]


def take_turn(fetch: Fetch, tools: Tools) -> str:
    """Hear one signal, decide, remember, act; the document the leg hears next."""
    structlog.contextvars.bind_contextvars(sid=fetch.sid, request=fetch.request)
    taken = _again_if_outrun(lambda tx: _turn(tx, fetch, tools), tools)
    _follow_up(taken.todo, tools)
    return taken.document


def hear(notice: Notice, tools: Tools) -> None:
    """Take note of what happened to a leg, a room or a recording. No notice advances a turn."""
    taken = _again_if_outrun(lambda tx: _note(tx, notice, tools), tools)
    _follow_up(taken.todo, tools)


def hear_text(text: TextArrived, tools: Tools) -> str:
    """Do what a text message asks for; the answer to it, "" for none."""
    taken = _again_if_outrun(lambda tx: Taken(*texting.heard(tx, text, tools)), tools)
    _follow_up(taken.todo, tools)
    return taken.document


def _turn(tx: Connection, fetch: Fetch, tools: Tools) -> Taken:
    leg = legs.of(tx, fetch, tools)
    tools = editions.serving(tx, leg.content, tools)
    expected = fetch.turn == leg.turn + 1
    given = None if expected or leg.is_new else calls.store.document(tx, fetch.sid, fetch.request)
    if given is not None:
        return Taken(tools.vault.open(given), [])
    stale = fetch.turn is not None and not expected
    before = session.from_json(tools.vault.open(leg.session))
    signal = Resumed() if stale else fetch.signal
    turn, now = _decide(tx, leg, before, signal, tools)
    written = deeds.do(tx, leg, signal, turn, tools, now)
    # An answer that the carrier will not use must not take the number that its next real request carries. A request
    # that comes late may be such a one; where it changes nothing, both documents lead to the same next turn.
    unused = isinstance(turn.reply, Nothing) or (stale and turn.session == before)
    number = leg.turn if unused else leg.turn + 1
    page = twiml.Page(
        sid=fetch.sid,
        turn=number,
        waiting=turn.session.in_queue and before.in_queue,
        urls=tools.urls,
        speaker=tools.speaker,
        operator=tools.settings.operator_number,
        staff=leg.party in legs.STAFF,
        token_of=lambda message: dialin.sound_token(tools, message, fetch.sid),
    )
    document = twiml.render(turn.reply, page) if turn.reply else twiml.EMPTY
    answer = Answer(fetch.request, tools.vault.seal(document))
    todo = legs.remember(tx, leg, turn.session, number, tools, facts=written.facts, todos=written.todos, answer=answer)
    return Taken(document, todo)


def _decide(
    tx: Connection, leg: LegRecord, before: Session, signal: Signal, tools: Tools
) -> tuple[flow.Turn, datetime]:
    """The only decision: facts in, turn out, and the instant it was taken."""
    clinic = facts.clinic_now(tx, tools, call_id=leg.call_id, questions=flow.questions(before, signal))
    while True:
        try:
            return flow.step(before, signal, clinic), clinic.now
        except HoursUnknown as unknown:  # few steps speak of them: the others are spared the look-up
            told = facts.hours(tx, tools, clinic.now, unknown.calendar)
            clinic = replace(clinic, hours={**clinic.hours, unknown.calendar: told})


def _note(tx: Connection, notice: Notice, tools: Tools) -> Taken:
    match notice:
        case LegProgress():
            return Taken("", _leg_progress(tx, notice, tools))
        case RoomEvent():
            return Taken("", notices.room_event(tx, notice, tools))
        case RecordingDone():
            return Taken("", notices.recording_done(tx, notice, tools))


def _leg_progress(tx: Connection, notice: LegProgress, tools: Tools) -> list[Entry]:
    """A leg's end is a signal like any other, but it answers nobody; a second end changes nothing."""
    if notice.ending is None:
        return notices.ringing(tx, notice, tools)
    leg = calls.store.lock_leg(tx, notice.sid) or legs.begin_unanswered(tx, notice, tools)
    if leg is None or leg.ended_at is not None:
        return []
    tools = editions.serving(tx, leg.content, tools)
    before = session.from_json(tools.vault.open(leg.session))
    if notice.event != notices.RECONCILED and notices.before_its_cause(tx, before, notice.ending):
        calls.store.ask_at(tx, leg.sid, tools.now() + notices.CAUSE_WITHIN)
        return []
    ended = CallEnded(notice.ending)
    turn, now = _decide(tx, leg, before, ended, tools)
    written = deeds.do(tx, leg, ended, turn, tools, now)
    return legs.remember(tx, leg, turn.session, leg.turn, tools, facts=written.facts, todos=written.todos)


def _follow_up(todo: list[Entry], tools: Tools) -> None:
    """What follows from what was heard; the pages are told also where nothing does: a talk began, a caller came."""
    errands.after_commit(todo, tools)
    if not todo:
        tools.hint()


def _again_if_outrun(work: legs.Work[Taken], tools: Tools) -> Taken:
    """Run one transaction; if another took a row from under it, run it anew from fresh facts."""
    for _ in range(TRIES):
        try:
            with tools.database.transaction() as tx:
                return work(tx)
        except (legs.Outrun, Overtaken):
            log.info("outrun")
        except DBAPIError as error:
            if not is_outrun(error):
                raise
            log.info("outrun", by="deadlock")
    with tools.database.transaction() as tx:
        return work(tx)
