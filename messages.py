"""Messages that callers left: fetched from the carrier, kept sealed, deleted there, and erased when their time is over.

A message is a message from the moment it was left: without a file, or with one that never comes, it is still on
somebody's list. Recordings that nobody told us of are found at the carrier and adopted.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

import calls.store
import deeds
import notices
import workload
from calls import audit_store, messages_store, notes_store
from calls.messages_store import Message, Sound
from calls.store import Entry, Fact
from config.columns import new_id
from ivr import session
from ivr.no_one import SHORTEST_MESSAGE
from routing.needs import Follow
from telephony.carrier import Recorded
from tools import Tools
from workload import Left

log = structlog.get_logger("messages")
SETTLED = timedelta(minutes=1)  # after its end: until then the notice of a recording may still come
LOOKED_BACK = timedelta(days=2)  # for recordings that nobody told us of


def fetch(entry: Entry, tools: Tools) -> str:
    """Fetch the sound of a message and keep it sealed; the carrier's copy is then deleted."""
    with tools.database.reading() as tx:
        message = messages_store.message(tx, entry.subject)
    if message is None or message.sound is not Sound.WANTED:
        return "stale"
    sealed = tools.vault.seal(tools.carrier.recording(message.recording))
    now = tools.now()
    with tools.database.transaction() as tx:
        if not messages_store.store_sound(tx, message.id, sealed):
            return "stale"
        _tell(tx, message, "message_fetched", now)
        deeds.outbox(tx, [Follow("forget_recording", message.recording)], message.call_id, now)
    return "kept"


def give_up_fetching(entry: Entry, tools: Tools) -> None:
    """The carrier has no sound, or gives none: the message stays on its owner's list, without."""
    now = tools.now()
    with tools.database.transaction() as tx:
        message = messages_store.message(tx, entry.subject)
        if message and messages_store.lose_sound(tx, message.id):
            _tell(tx, message, "message_sound_lost", now)


def forget(entry: Entry, tools: Tools) -> str:
    """Delete a recording at the carrier, and say so in the story of its call."""
    tools.carrier.forget_recording(entry.subject)
    if entry.call_id:
        fact = Fact(f"forgotten:{entry.subject}", entry.call_id, "recording_deleted", tools.now())
        with tools.database.transaction() as tx:
            calls.store.write_journal(tx, [fact])
    return "deleted"


def adopt_recordings(tools: Tools) -> int:
    """Messages at the carrier that nobody told us of: the notice was lost, or our fallback document took them."""
    now = tools.now()
    found = [each for each in tools.carrier.recordings_since(now - LOOKED_BACK) if _is_settled(each, now)]
    with tools.database.reading() as tx:
        new = [each for each in found if not messages_store.is_kept(tx, each.sid)]
    return sum(_adopt(each, tools) for each in new)


def _is_settled(recorded: Recorded, now: datetime) -> bool:
    return recorded.by_verb and recorded.ended_at is not None and recorded.ended_at + SETTLED <= now


def _adopt(recorded: Recorded, tools: Tools) -> bool:
    with tools.database.reading() as tx:
        known = calls.store.leg(tx, recorded.call_sid)
    if known is None:
        return _adopt_of_stranger(recorded, tools)
    if known.ended_at is None:
        return False  # he is still on the line: the turn that follows his message keeps it
    with tools.database.transaction() as tx:
        state = session.from_json(tools.vault.open(known.session))
        follows = notices.keep_or_drop(tx, recorded.sid, recorded.seconds, known, state, tools)
        deeds.outbox(tx, follows, known.call_id, tools.now())
    return bool(follows)


def _adopt_of_stranger(recorded: Recorded, tools: Tools) -> bool:
    """A call that never reached us, to one of our numbers: our fallback document took the message."""
    call = tools.carrier.look(recorded.call_sid)
    lines = tools.lines_by_number()
    if call is None or not call.is_over or call.to not in lines or recorded.seconds < SHORTEST_MESSAGE:
        return False
    now, call_id, line = tools.now(), new_id(), lines[call.to]
    service = tools.content.lines[line].general or next(iter(tools.content.services))
    language = tools.content.languages[0]
    with tools.database.transaction() as tx:
        caller = call.caller or None
        calls.store.open_call(
            tx,
            call_id=call_id,
            dialled=call.to[:20],
            caller_hash=tools.vault.digest("number", caller) if caller else None,
            caller_sealed=tools.vault.seal(caller) if caller else None,
            language=language,
            now=recorded.ended_at or now,
        )
        calls.store.end_call(tx, call_id, now)
        left = Left(call_id, recorded.sid, recorded.seconds, service, language, line=line)
        follows = workload.keep_message(tx, left, tools, now) or []
        fact = Fact(f"recording:{recorded.sid}", call_id, "message_adopted", now, None, {"seconds": recorded.seconds})
        calls.store.write_journal(tx, [fact])
        deeds.outbox(tx, follows, call_id, now)
    return True


def retain(tools: Tools) -> int:
    """Erase what was said once its time is over: the sound of messages, and the documents of old legs.

    The rows, the journal and the audit trail stay: they say that there was a message, not what was in it.
    """
    now = tools.now()
    over = now - timedelta(days=tools.settings.content_days)
    with tools.database.transaction() as tx:
        erased = messages_store.erase_sounds(tx, over)
        documents = messages_store.erase_documents(tx, over)
        _forget_notes(tx, over, now)
        for message in erased:
            _tell(tx, message, "message_erased", now)
            about = {"of": message.id}
            whom = message.patient_id or message.call_id
            audit_store.record(tx, actor="clock", action="erased_message", subject=whom, details=about, now=now)
    if erased or documents:
        log.info("retained", messages=len(erased), documents=documents)
    return len(erased)


def _forget_notes(tx: Connection, over: datetime, now: datetime) -> None:
    """The words that clinicians noted go with the rest; how a talk ended stays."""
    for note in notes_store.erase(tx, over):
        whom = note.patient_id or note.call_id
        about = {"of": note.call_id}
        audit_store.record(tx, actor="clock", action="erased_note", subject=whom, details=about, now=now)


def _tell(tx: Connection, message: Message, fact: str, now: datetime) -> None:
    calls.store.write_journal(tx, [Fact(f"{fact}:{message.id}", message.call_id, fact, now)])
