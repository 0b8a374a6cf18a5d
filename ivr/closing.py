"""The center closes while somebody still waits: he chooses how it goes on, and nobody is cut off in silence.

He keeps his place as a callback when we open, leaves a message, or stays on the line a while longer; after that while,
without the last. Who says nothing stays as long as he may, and is then promised a call.
"""

from datetime import datetime, timedelta

from ivr.copying import replace
from ivr.knowledge import ClinicNow
from ivr.no_one import callback_choice, instead_of_message
from ivr.replies import Ask, Keys, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, NothingEntered, Signal
from ivr.turn import Move, enter, line_of, other_exits, rounds, say, to_callback, to_message, with_hours_of


def must_choose(session: Session, now: ClinicNow) -> bool:
    """Whether one who waits is asked now: his hours are over, and so is the while that he may still stay."""
    return not with_hours_of(session, now).open and not _may_stay(session, now)


def _may_stay(session: Session, now: ClinicNow) -> bool:
    return bool(session.stay_until) and now.now < datetime.fromisoformat(session.stay_until)


def ask(session: Session, now: ClinicNow) -> Move:
    """To the choice. The while that he may still stay begins when he is asked for the first time."""
    stays = timedelta(minutes=line_of(session, now).closing_stay_minutes)
    until = session.stay_until or (now.now + stays).isoformat()
    return Move(enter(session, Stage.CLOSING, stay_until=until))


def speak_closing(session: Session, now: ClinicNow) -> Reply:
    """That we close, and the ways to go on."""
    choices = _choices(session, with_hours_of(session, now))
    return Ask(rounds(session, (say(session, "closing"), *choices), choices), Keys())


def _choices(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    ways = [say(session, "closing-place"), callback_choice(session, now), say(session, "offer-message")]
    if _may_stay(session, now):
        left = datetime.fromisoformat(session.stay_until) - now.now
        ways.append(say(session, "closing-stay", minutes=max(1, round(left.total_seconds() / 60))))
    return (*ways, say(session, "offer-operator"))


def hear_closing(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A callback at his place, a message, or on with the wait."""
    stays = session.in_line and _may_stay(session, now)
    match signal:
        case DigitsPressed("1"):
            return to_callback(session)
        case DigitsPressed("2"):
            return to_message(session)
        case DigitsPressed("3") | NothingEntered() if stays:
            return Move(enter(session, Stage.WAITING), before=(say(session, "keep-waiting"),))
    return other_exits(session, signal, lambda silent: _for_the_silent(silent, now))


def _for_the_silent(session: Session, now: ClinicNow) -> Move:
    """Nobody answers: the number we know is promised a call; one who has none may leave a message."""
    if now.known.number is None:
        return to_message(session)
    move = instead_of_message(session, now)
    return replace(move, before=())
