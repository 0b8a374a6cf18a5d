"""Nobody can take the call now: a callback or a message is offered, and a message taken.

Whoever stands in line keeps his place while he is asked, and may be connected at any moment.
"""

from ivr import education, limits
from ivr.callback import booking, last_four
from ivr.copying import replace
from ivr.effects import DropMessage, Effect, KeepMessage
from ivr.knowledge import ClinicNow
from ivr.manner import other_language
from ivr.prompts import spoken_time
from ivr.replies import Ask, HangUp, Keys, Phrase, Reply, TakeMessage
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, MessageRecorded, NothingEntered, Signal
from ivr.turn import (
    Move,
    enter,
    leave_line,
    line_of,
    other_exits,
    owning_service,
    rounds,
    say,
    service_of,
    to_callback,
    to_message,
)

LONG_WAITS = 3  # silence after so many means that nobody listens any more

SHORTEST_MESSAGE = 2  # seconds: what is shorter is a click or a breath

WHY = {
    **limits.WHY,
    "nobody_on_duty": "nobody-on-duty",
    "long_wait": "long-wait",
}


def speak_no_one(session: Session, now: ClinicNow) -> Reply:
    """Why, and what can be done instead."""
    why = say(session, _why(session, now))
    choices = _choices(session, now)
    trouble = session.silences + session.mismatches
    other = other_language(session, now) if trouble and not session.chose_language else ()
    return Ask((*rounds(session, (why, *choices), choices), *other), Keys(language=session.language))


def _why(session: Session, now: ClinicNow) -> str:
    """The prompt that says why: for closed hours what the day, or else the line, wants said."""
    if session.why_no_one != "closed":
        return WHY.get(session.why_no_one, "nobody-answered")
    line = line_of(session, now)
    return now.standing.says or (line.closed_holiday if now.standing.why == "holiday" else line.closed)


def _choices(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    phrases = [callback_choice(session, now), say(session, "offer-message")]
    if session.why_no_one == "long_wait":
        phrases.append(say(session, "offer-keep-waiting"))
    if session.why_no_one == "closed" and session.silences + session.mismatches == 0:
        phrases.extend(education.offered(session, now))
    # Who comes from a person that did not answer is not sent there again in the first breath.
    if session.why_no_one != "nobody_answered" and session.silences + session.mismatches == 0:
        phrases.append(say(session, "offer-operator" if session.why_no_one == "long_wait" else "offer-person"))
    return tuple(phrases)


def callback_choice(session: Session, now: ClinicNow) -> Phrase:
    """A callback: now, or when the hours that matter to him begin."""
    if now.open or now.opens_at is None:
        return say(session, "offer-callback")
    return say(session, "offer-callback-when", when=spoken_time(now.opens_at, now.now, now.zone, session.language))


def hear_no_one(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A callback, a message, or on with the wait. Who says nothing is not hung up on: he may leave a message."""
    waits = session.why_no_one == "long_wait" and session.in_line
    match signal:
        case DigitsPressed("1"):
            return _about(session, "callback", now)
        case DigitsPressed("2"):
            return _about(session, "message", now)
        case DigitsPressed(education.KEY) if session.why_no_one == "closed" and education.guidance(session, now):
            return education.begin(session)
        case DigitsPressed("3") if waits:
            return Move(enter(session, Stage.WAITING), before=(say(session, "keep-waiting"),))
        case NothingEntered() if waits and session.long_waits < LONG_WAITS:
            return Move(enter(session, Stage.WAITING), before=(say(session, "keep-waiting"),))
    return other_exits(session, signal, to_message)


def _about(session: Session, wants: str, now: ClinicNow) -> Move:
    """To the callback or the message; one who has chosen no service is asked what it is about."""
    if service_of(session, now) is None:
        return Move(enter(session, Stage.MENU, wants=wants))
    return to_callback(session) if wants == "callback" else to_message(session)


def speak_message(session: Session, _now: ClinicNow) -> Reply:
    """After the tone."""
    return TakeMessage((say(session, "message-again" if session.silences else "message-start"),))


def hear_message(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A message is kept; an empty one is asked for once more, then a callback takes its place."""
    match signal:
        case MessageRecorded(recording, seconds) if seconds >= SHORTEST_MESSAGE and recording:
            return Move(session, (_kept(session, recording, seconds, now),), reply=HangUp(_thanks(session, now)))
        case MessageRecorded() | NothingEntered() if session.silences == 0:
            return Move(replace(session, silences=1), dropped(signal))
        case MessageRecorded() | NothingEntered():
            move = instead_of_message(session, now)
            return replace(move, effects=(*move.effects, *dropped(signal)))
    return Move(session)


def dropped(signal: Signal) -> tuple[Effect, ...]:
    """The recording of a message in which nothing was said, if there is one."""
    match signal:
        case MessageRecorded(recording, seconds) if recording and seconds < SHORTEST_MESSAGE:
            return (DropMessage(recording, seconds),)
    return ()


def _kept(session: Session, recording: str, seconds: int, now: ClinicNow) -> KeepMessage:
    return KeepMessage(recording, seconds, owning_service(session, now), session.language, session.own)


def kept_late(session: Session, recorded: MessageRecorded, now: ClinicNow) -> tuple[Effect, ...]:
    """A message whose recording is told after its caller hung up, as the carrier may order it, is kept all the same."""
    if recorded.seconds < SHORTEST_MESSAGE:
        return dropped(recorded)
    return (_kept(session, recorded.recording, recorded.seconds, now),)


def _thanks(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """Who will call, and when."""
    goodbye = say(session, "goodbye")
    if not now.open and now.opens_at is not None:
        when = spoken_time(now.opens_at, now.now, now.zone, session.language)
        return say(session, "message-thanks-when", when=when), goodbye
    hours = now.content.services[owning_service(session, now)].message_hours
    if session.own_given:
        role = f"@{now.content.services[owning_service(session, now)].spoken_role}"
        return say(session, "message-thanks-own", own=session.own_given, role=role, hours=hours), goodbye
    return say(session, "message-thanks", hours=hours), goodbye


def instead_of_message(session: Session, now: ClinicNow) -> Move:
    """Nothing was said: the number we know is promised a call."""
    session, left = leave_line(session, "callback")
    if now.known.number is None:
        return Move(session, left, reply=HangUp((say(session, "message-none"),)))
    words = (say(session, "message-callback", digits=last_four(session)), say(session, "goodbye"))
    return Move(session, (*left, booking(session, now, now.known.number)), reply=HangUp(words))
