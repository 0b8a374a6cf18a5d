"""Callbacks: promising one to a patient on the line, and speaking to him when we ring back."""

from dataclasses import replace

from ivr.effects import AttemptAnswered, BookCallback
from ivr.knowledge import AttemptFacts, ClinicNow
from ivr.prompts import spoken_digits, spoken_time
from ivr.replies import Ask, Connect, HangUp, Keys, Phrase, Reply, Role
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, LegAnswered, NothingEntered, Signal
from ivr.turn import (
    Move,
    enter,
    helped_by_person,
    leave_line,
    other_exits,
    owning_service,
    rounds,
    say,
    to_callback,
    tries,
)

NO_KEY_ROUNDS = 2  # a machine, or a pocket: after two rounds without a key we go


def speak_confirm(session: Session, _now: ClinicNow) -> Reply:
    """The number we would ring, and what may be done about it."""
    keys = [say(session, "callback-confirm-keys")]
    if session.in_line:
        keys.append(say(session, "callback-keep-waiting"))
    return Ask(rounds(session, (_number(session), *keys), tuple(keys)), Keys())


def _number(session: Session) -> Phrase:
    """An entered number is read back whole; one we only know from the carrier, by its last four digits."""
    if session.callback_number:
        return say(session, "callback-entered", digits=spoken_digits(session.callback_number[-10:]))
    return say(session, "callback-caller", digits=last_four(session))


def last_four(session: Session) -> str:
    """The end of the number we would ring, digit by digit."""
    return spoken_digits((session.callback_number or session.caller or "")[-4:])


def hear_confirm(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Confirmed, another number, or rather waiting. Silence means waiting, for one who stands in line."""
    match signal:
        case DigitsPressed("1"):
            return _confirmed(session, now)
        case DigitsPressed("2"):
            return Move(enter(session, Stage.CALLBACK_NUMBER))
        case DigitsPressed("3" | "#") | NothingEntered() if session.in_line:
            return _keep_waiting(session)
        case DigitsPressed("#"):
            return Move(enter(session, Stage.NO_ONE if session.why_no_one else Stage.MENU))
    return other_exits(session, signal, helped_by_person)


def _keep_waiting(session: Session) -> Move:
    return Move(enter(session, Stage.WAITING), before=(say(session, "keep-waiting"),))


def _confirmed(session: Session, now: ClinicNow) -> Move:
    """The promise is written; a number that may not be rung is asked for again."""
    if now.known.number is None:
        again = enter(session, Stage.CALLBACK_NUMBER, callback_number="")
        return Move(again, before=(say(session, "callback-refused"),))
    session, left = leave_line(session, "callback")
    return Move(session, (*left, booking(session, now, now.known.number)), reply=HangUp(promise(session, now)))


def booking(session: Session, now: ClinicNow, number: str) -> BookCallback:
    """The promise to ring `number` (E.164): now, or when the center opens."""
    due = "" if now.open or now.opens_at is None else now.opens_at.isoformat()
    key = owning_service(session, now)
    return BookCallback(number, key, session.language, session.patient, session.own, session.team, due)


def promise(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """The promise in words: who will ring, and when."""
    goodbye = say(session, "goodbye")
    ending = last_four(session)
    if not now.open and now.opens_at is not None:
        when = spoken_time(now.opens_at, now.zone, session.language)
        return say(session, "callback-promise-when", digits=ending, when=when), goodbye
    if session.own_given:
        role = f"@{now.content.services[owning_service(session, now)].spoken_role}"
        return say(session, "callback-promise-own", own=session.own_given, role=role, digits=ending), goodbye
    return say(session, "callback-promise", digits=ending), goodbye


def speak_number(session: Session, _now: ClinicNow) -> Reply:
    """Ten digits."""
    full, short = (say(session, "callback-number"),), (say(session, "callback-number-again"),)
    return Ask(rounds(session, full, short), Keys(most=10, seconds=8))


def hear_number(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A number we may ring leads to its confirmation."""
    match signal:
        case DigitsPressed("#") if session.in_line:
            return _keep_waiting(session)
        case NothingEntered() if session.in_line and session.silences == tries(session) - 1:
            return _keep_waiting(session)  # a silent caller keeps his place
        case DigitsPressed(digits) if now.known.number is not None and digits.isdigit():
            return to_callback(replace(session, callback_number=now.known.number))
        case DigitsPressed(digits) if len(digits) == 10 and session.mismatches < tries(session) - 1:
            move = other_exits(session, signal, helped_by_person)
            return replace(move, before=(say(session, "callback-refused"),))
    return other_exits(session, signal, helped_by_person)


def speak_return(session: Session, _now: ClinicNow) -> Reply:
    """Who calls, and how to be connected. A machine may be listening: nothing about the patient."""
    return Ask((say(session, "return-greeting"),), Keys())


def hear_return_answered(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Somebody, or something, answered the call that keeps a promise."""
    facts = now.known.attempt
    if facts is None:
        return _not_connected(session, "return-sorry")
    at_greeting = enter(session, Stage.RETURN_GREETING, language=facts.language, slow=facts.slow)
    if not facts.in_window:  # the carrier held the call back until his evening: he is not kept on the phone
        return _not_connected(at_greeting, "return-sorry", cause="too_late")
    return Move(at_greeting) if isinstance(signal, LegAnswered) else hear_return(at_greeting, signal, now)


def hear_return(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """He wants to be connected, or no longer; or nobody is there who presses a key."""
    match signal:
        case DigitsPressed("1"):
            return _connect(session, now.known.attempt)
        case DigitsPressed("2"):
            return _not_connected(session, "return-not-wanted", wanted=False)
    move = other_exits(session, signal, lambda given_up: _not_connected(given_up, "return-call-us"))
    if move.session.silences >= NO_KEY_ROUNDS and move.reply is None:
        return _not_connected(session, "return-call-us")
    return move


def _connect(session: Session, facts: AttemptFacts | None) -> Move:
    if facts is None or not facts.clinician_waits:
        return _not_connected(session, "return-sorry")
    accepted = (AttemptAnswered(session.attempt, accepted=True),) if session.attempt is not None else ()
    talking = enter(session, Stage.TALKING, offer=facts.offer)
    room = Connect(facts.room, Role.PATIENT, (say(session, "connecting-now"),))
    return Move(talking, accepted, reply=room)


def _not_connected(session: Session, words: str, *, wanted: bool = True, cause: str = "no_key") -> Move:
    over = (AttemptAnswered(session.attempt, False, wanted, cause),) if session.attempt is not None else ()
    return Move(session, over, reply=HangUp((say(session, words),)))
