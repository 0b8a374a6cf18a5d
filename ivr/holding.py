"""What is heard at this minute of waiting and at this time of day, where the content has a timetable of it.

It follows from how long he has waited, so nothing is remembered of it. Who called for help in danger hears the usual
music and words.
"""

from datetime import time
from zoneinfo import ZoneInfo

from config.content import EVERY, HoldEntry
from ivr.knowledge import ClinicNow
from ivr.replies import Phrase
from ivr.session import Session
from ivr.turn import line_of, say, service_of

ROUND_SECONDS = 20  # about what a round of music takes: how long he waited, where nobody looked


def music(session: Session, now: ClinicNow) -> str:
    """The file that is played for the next round; "": the usual music."""
    entry = _entry(session, now)
    return (entry.plays.get(session.language) or entry.plays.get(EVERY, "")) if entry else ""


def words(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """What is said in place of the comfort message, if anything is."""
    entry = _entry(session, now)
    return (say(session, entry.says),) if entry and entry.says else ()


def _entry(session: Session, now: ClinicNow) -> HoldEntry | None:
    """The last entry of the timetable that holds now: his service's, else his line's."""
    service = service_of(session, now)
    timetable = (service.hold if service else ()) or line_of(session, now).hold
    if not timetable or session.red:
        return None
    wait = now.known.wait
    minutes = (wait.waited_seconds if wait else session.ticks * ROUND_SECONDS) // 60
    return next((entry for entry in reversed(timetable) if entry.minute <= minutes and _at_this_hour(entry, now)), None)


def _at_this_hour(entry: HoldEntry, now: ClinicNow) -> bool:
    if entry.between is None:
        return True
    here = now.now.astimezone(ZoneInfo(now.zone)).time()
    starts, ends = map(time.fromisoformat, entry.between)
    return starts <= here < ends if starts < ends else here >= starts or here < ends
