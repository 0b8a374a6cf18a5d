"""A caller who has a callback coming: he hears when, keeps it, cancels it or chooses another time.

Said to who proved himself alone: to everybody else the words and the ways are the same, whether a call is promised or
not. The patient's phone may lie on a table, so neither names nor services are said.
"""

from callbacks.requests import Kind
from ivr.callback import to_windows
from ivr.copying import replace
from ivr.effects import CancelCallback
from ivr.knowledge import ClinicNow, PromiseFacts
from ivr.prompts import spoken_digits, spoken_time, spoken_window
from ivr.replies import Ask, HangUp, Keys, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Signal
from ivr.turn import Move, enter, helped_by_person, other_exits, rounds, say

WANTED = "promise"  # what he wants of the menu when it is the callback that he was promised


def standing(now: ClinicNow) -> PromiseFacts | None:
    """The promise of somebody proved, in this step or before it."""
    return now.known.promise or (now.known.identity.promise if now.known.identity else None)


def asked_about(session: Session, now: ClinicNow) -> Move:
    """To the promise that he asks about; or he hears that there is none, and may choose anew."""
    promise = standing(now)
    if promise is not None:
        return to_my_callback(session, promise)
    return Move(enter(session, Stage.MENU, wants="", menu=""), before=(say(session, "my-callback-none"),))


def to_my_callback(session: Session, promise: PromiseFacts) -> Move:
    """To the promise that stands."""
    here = enter(session, Stage.MY_CALLBACK, promise=promise.id, callback_number=promise.number, wants="")
    return Move(replace(here, wants_own=bool(promise.own)))


def speak_my_callback(session: Session, now: ClinicNow) -> Reply:
    """When we will ring which number, and what he may do about it."""
    keys = tuple(say(session, key) for key in ("my-callback-keys", "my-callback-another"))
    promise = standing(now)
    told = (_told(session, promise, now),) if promise else ()
    return Ask(rounds(session, (*told, *keys), keys), Keys())


def _told(session: Session, promise: PromiseFacts, now: ClinicNow) -> Phrase:
    """When we will ring. No time that is over is told: he was not reached then, and is rung as soon as may be."""
    digits = spoken_digits(promise.number[-4:])
    if promise.kind == Kind.PLACE or promise.ends <= now.now:
        return say(session, "my-callback-soon", digits=digits)
    if promise.kind == Kind.DEADLINE:
        latest = spoken_time(promise.ends, now.now, promise.zone, session.language, latest=True)
        return say(session, "my-callback-by", digits=digits, latest=latest)
    when = spoken_window(promise.starts, promise.ends, now.now, promise.zone, session.language)
    return say(session, "my-callback-window", digits=digits, when=when)


def _but_his_own(now: ClinicNow) -> ClinicNow:
    """Without the quarter of an hour that he has: whoever wants another time is not offered the same one."""
    promise, windows = standing(now), now.known.windows
    if promise is None or windows is None:
        return now
    others = tuple(window for window in windows if window.starts != promise.starts)
    return replace(now, known=replace(now.known, windows=others or windows))


def hear_my_callback(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Kept, cancelled, moved, or he wants something else."""
    goodbye = say(session, "goodbye")
    match signal:
        case DigitsPressed("1"):
            return Move(session, reply=HangUp((say(session, "my-callback-stays"), goodbye)))
        case DigitsPressed("2"):
            over = (CancelCallback(session.promise),)
            return Move(session, over, reply=HangUp((say(session, "my-callback-cancelled"), goodbye)))
        case DigitsPressed("3"):
            return to_windows(session, _but_his_own(now))
        case DigitsPressed("4"):
            return Move(enter(session, Stage.MENU, wants="callback", promise="", callback_number="", wants_own=False))
    return other_exits(session, signal, helped_by_person)
