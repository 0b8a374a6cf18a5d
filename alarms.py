"""Words of danger in what a patient writes, or in a text made of what he said: the one way in for every such text.

What is said at a question is heard by the conversation itself (`ivr/danger.py`). Here nobody is on the line: the call's
record is marked, the hit is journalled, and a call by a nurse is booked at the front of the line.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

import appointments
import callbacks.policy
import callbacks.store
import calls.store
import editions
import routing.store
from callbacks.requests import Wish
from calls.store import Fact
from config.columns import new_id
from directory.numbers import callable_number
from ivr import danger, red_flags
from ivr.red_flags import Hit
from telephony.inbound import TextArrived
from tools import Tools

log = structlog.get_logger("alarms")


@dataclass(frozen=True)
class Written:
    """A text of one call. `key` names it for good, so that it is dealt with once; `number` (E.164) is rung back.

    `source`: text | transcript | reason.
    """

    key: str
    call_id: str
    source: str
    text: str
    number: str | None = None
    language: str = "en"


def look_at(tx: Connection, written: Written, tools: Tools, now: datetime) -> Hit | None:
    """The red flag in a text; what it asks for is made true in the caller's transaction. None: nothing was heard."""
    hit = red_flags.look(tools.content, written.text)
    if hit is None:
        return None
    quiet = danger.is_quiet(hit, tools.content)
    details = {"flag": hit.flag, "action": hit.action, "version": hit.version, "quiet": quiet}
    told = Fact(f"{written.key}:red", written.call_id, "red_flag_heard", now, None, {**details, "by": written.source})
    if calls.store.write_journal(tx, [told]) == 0:
        return hit  # dealt with already
    rung = None if quiet else callable_number(written.number or "", own=_own(tools))
    if rung:
        _promise(tx, rung, written, tools, now)
    _mark(tx, written.call_id, hit, quiet=quiet)
    return hit


def _own(tools: Tools) -> tuple[str, str]:
    return tools.settings.center_number, tools.settings.operator_number


def _mark(tx: Connection, call_id: str, hit: Hit, *, quiet: bool) -> None:
    """The record of the call keeps the most urgent flag, and stays quiet once it is."""
    record = calls.store.call(tx, call_id) or {}
    worst = danger.worse(str(record.get("red_flag") or hit.action), hit.action)
    calls.store.note_call(tx, call_id, red_flag=worst, quiet=quiet or bool(record.get("quiet")))


def _promise(tx: Connection, number: str, written: Written, tools: Tools, now: datetime) -> None:
    """A call by whoever answers red calls first, before everybody who waits."""
    flags = tools.content.red_flags
    if not flags.services:
        return
    routing.store.lock_wait(tx, written.call_id)
    zones = appointments.zones(tx, number, None)
    due = callbacks.policy.next_allowed(now, zones)
    wish = Wish(
        patient_id=None,
        own_id=None,
        team=(),
        place_ms=int((now - timedelta(seconds=flags.head_start_seconds)).timestamp() * 1000),
        due_at=due,
        promised_from=due,
        promise_by=callbacks.policy.promise_by(due, zones),
        zones=zones,
    )
    callbacks.store.book(
        tx,
        tools.vault,
        request_id=new_id(),
        call_id=written.call_id,
        number=number,
        slot=flags.services[0],  # beside what else this number is promised: neither waits for the other
        service=flags.services[0],
        language=written.language,
        wish=wish,
        now=now,
    )


def text_arrives(arrived: TextArrived, tools: Tools) -> str:
    """What a text message is answered with; "" for the usual words. A text with words of danger opens a record."""
    hit = red_flags.look(tools.content, arrived.body)
    if hit is None:
        return ""
    try:
        with tools.database.transaction() as tx:
            _record(tx, arrived, tools)
    except Exception:  # he is told what to do, whatever fails here
        log.exception("text_not_recorded")
    phrases = danger.written(hit, tools.content)
    return "\n".join(tools.speaker.say(phrase) for phrase in phrases)


def _record(tx: Connection, arrived: TextArrived, tools: Tools) -> None:
    now, call_id = tools.now(), new_id()
    if not calls.store.heard_first(tx, f"danger:{arrived.sid}", now):
        return
    editions.keep(tx, tools)
    calls.store.open_call(
        tx,
        call_id=call_id,
        dialled=arrived.dialled[:20],
        caller_hash=tools.vault.digest("number", arrived.number) if arrived.number else None,
        caller_sealed=tools.vault.seal(arrived.number) if arrived.number else None,
        language=tools.content.languages[0],
        now=now,
        content=tools.content.version,
    )
    calls.store.write_journal(tx, [Fact(f"text:{arrived.sid}", call_id, "text_arrived", now, None, {})])
    written = Written(f"text:{arrived.sid}", call_id, "text", arrived.body, arrived.number, tools.content.languages[0])
    look_at(tx, written, tools, now)
    calls.store.end_call(tx, call_id, now)
