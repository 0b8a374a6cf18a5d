"""Speaking to a patient when we ring back. A machine may be listening: nothing about him before he pressed a key."""

from datetime import datetime, timedelta

from callbacks.policy import CLINICIAN_LOST
from ivr.copying import replace
from ivr.effects import AttemptAnswered, LeaveAlone
from ivr.knowledge import AttemptFacts, ClinicNow
from ivr.prompts import spoken_time
from ivr.replies import Ask, Connect, HangUp, Keys, Reply, Role
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, LegAnswered, Signal
from ivr.turn import Move, enter, other_exits, say

HOLD_SECONDS = 30  # for one whose clinician was lost when they had met
ROUND = timedelta(seconds=8)  # of hold music, at the longest: none begins that could end too late
GREETING = timedelta(seconds=90)  # so long somebody may have the greeting said again: a clinician is kept free for him
NO_KEY_ROUNDS = 2  # a machine, or a pocket: after two rounds without a key we go


def speak_return(session: Session, now: ClinicNow) -> Reply:
    """Who calls, and how to be connected. A machine may be listening: nothing about the patient.

    Who did not call us is not told that we return his call.
    """
    facts = now.known.attempt
    unasked = facts is not None and not facts.he_called
    return Ask((say(session, "return-greeting-unasked" if unasked else "return-greeting"),), Keys())


def hear_return_answered(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Somebody, or something, answered the call that keeps a promise."""
    facts = now.known.attempt
    if facts is None:
        return _not_connected(session, "return-sorry")
    until = (now.now + GREETING).isoformat()
    at_greeting = enter(session, Stage.RETURN_GREETING, language=facts.language, slow=facts.slow, held_until=until)
    if isinstance(signal, LegAnswered) and signal.machine and not facts.may_leave_message:
        return _nobody_there(at_greeting, now)
    if not facts.in_window:  # the carrier held the call back until his evening: he is not kept on the phone
        return _not_connected(at_greeting, "return-sorry", cause="too_late")
    return Move(at_greeting) if isinstance(signal, LegAnswered) else hear_return(at_greeting, signal, now)


def hear_return(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """He wants to be connected, or no longer; or nobody is there who presses a key."""
    match signal:
        case DigitsPressed("1"):
            return _connect(session, now.known.attempt, now)
        case DigitsPressed("2"):
            return _not_connected(session, "return-not-wanted", wanted=False)
        case DigitsPressed("3"):
            return _not_connected(session, "return-wrong-person", cause="wrong_person")
        case DigitsPressed("9") if session.attempt is not None:
            return Move(session, (LeaveAlone(session.attempt),), reply=HangUp((say(session, "return-left-alone"),)))
    if isinstance(signal, DigitsPressed) and _is_over(session, now):
        return _not_connected(session, "return-call-us")
    move = other_exits(session, signal, lambda given_up: _nobody_there(given_up, now))
    return _nobody_there(session, now) if move.session.silences >= NO_KEY_ROUNDS and move.reply is None else move


def _is_over(session: Session, now: ClinicNow) -> bool:
    """Whether the time is over that somebody has whom we rang."""
    return bool(session.held_until) and now.now >= datetime.fromisoformat(session.held_until)


def _nobody_there(session: Session, now: ClinicNow) -> Move:
    """A machine, or a pocket: it hears once what to do, nothing about the patient; and nothing if he wishes so."""
    facts = now.known.attempt
    if facts is None or not facts.may_leave_message or session.attempt is None:
        return replace(_not_connected(session, "return-call-us"), reply=HangUp())
    told = AttemptAnswered(session.attempt, accepted=False, told=True)
    return Move(session, (told,), reply=HangUp((say(session, "return-call-us"),)))


def _connect(session: Session, facts: AttemptFacts | None, now: ClinicNow) -> Move:
    if facts is None:
        return _not_connected(session, "return-sorry")
    accepted = (AttemptAnswered(session.attempt, accepted=True),) if session.attempt is not None else ()
    if not facts.clinician_waits:  # he is rung first here, or she was lost while his phone rang
        return replace(held(session, now, facts.hold_seconds), effects=accepted)
    talking = enter(session, Stage.TALKING, offer=facts.offer)
    room = Connect(facts.room, Role.PATIENT, (say(session, "connecting-now"),))
    return Move(talking, accepted, reply=room)


def held(session: Session, now: ClinicNow, seconds: int) -> Move:
    """He waits in line for somebody who takes him, and not for long."""
    until = (now.now + timedelta(seconds=seconds)).isoformat()
    waits = enter(session, Stage.WAITING, offer=None, in_line=False, held_until=until)
    return Move(waits, before=(say(session, "return-hold"),))


def hear_holding(session: Session, _signal: Signal, now: ClinicNow) -> Move:
    """He waits a moment for the next clinician; if nobody comes, he is told when we ring again, and has the front."""
    facts = now.known.attempt
    if facts is not None and facts.clinician_waits:
        return _connect(session, facts, now)
    if not session.held_until or now.now + ROUND <= datetime.fromisoformat(session.held_until):
        return Move(session)
    if facts is None or facts.again_at is None:
        return _not_connected(session, "return-person", cause=CLINICIAN_LOST)
    when = spoken_time(facts.again_at, now.now, facts.zone, session.language)
    return _not_connected(session, "return-again", cause=CLINICIAN_LOST, when=when)


def _not_connected(session: Session, words: str, *, wanted: bool = True, cause: str = "no_key", **values: str) -> Move:
    over = (AttemptAnswered(session.attempt, False, wanted, cause),) if session.attempt is not None else ()
    return Move(session, over, reply=HangUp((say(session, words, **values),)))
