"""What one step of the conversation decides, and the few moves that every stage shares.

A stage has two functions: `speak` says what the stage says, and `hear` decides on a signal. `hear` returns a `Move`:
the next session, which may be in another stage; `ivr/flow.py` then lets that stage speak. So no stage calls another.
"""

from collections.abc import Callable
from dataclasses import dataclass

from callbacks.policy import CLINICIAN_LOST
from config.content import Line, Menu, Service
from ivr import limits
from ivr.copying import replace
from ivr.effects import AttemptAnswered, Effect, LeaveLine
from ivr.knowledge import ClinicNow, calendar_of
from ivr.menus import about_callback, services_only
from ivr.replies import Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, NothingEntered, Party, Signal, SpeechHeard
from ivr.spoken import prompt_named

TRIES = 3  # silences, or mismatches, of one question before a person takes over
MORE_TIME = 7  # the key for it, at every question


def tries(session: Session) -> int:
    """How often one question is asked; twice as often of somebody who wants more time."""
    return 2 * TRIES if session.slow else TRIES


@dataclass(frozen=True)
class Turn:
    """One step's outcome. `reply` is None only for a notice, which the carrier wants no answer to."""

    session: Session
    reply: Reply | None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Move:
    """What a stage decided: where the leg is next, and what is said `before` that stage speaks.

    A `reply` is used instead of what the stage would say.
    """

    session: Session
    effects: tuple[Effect, ...] = ()
    before: tuple[Phrase, ...] = ()
    reply: Reply | None = None


Speak = Callable[[Session, ClinicNow], Reply]
Hear = Callable[[Session, Signal, ClinicNow], Move]


@dataclass(frozen=True)
class Part:
    """The two functions of one stage."""

    speak: Speak
    hear: Hear


def say(session: Session, key: str, **values: str | int) -> Phrase:
    """A phrase in the leg's language."""
    return Phrase(key, session.language, tuple(values.items()))


def enter(session: Session, stage: Stage, **changes: object) -> Session:
    """The session at the start of `stage`: nothing unheard, nothing misheard, and no hold from before."""
    return replace(session, **{"stage": stage, "silences": 0, "mismatches": 0, "held_until": "", **changes})  # type: ignore[arg-type]


def rounds(session: Session, full: tuple[Phrase, ...], short: tuple[Phrase, ...]) -> tuple[Phrase, ...]:
    """How a question sounds: in full; then shorter, with more time where it ran out; then with a person's key."""
    trouble = session.silences + session.mismatches
    if trouble == 0:
        return full
    if trouble > 1:
        return short if any(map(_names_zero, short)) else (*short, say(session, "press-zero"))
    more_time = Phrase("more-time", session.language, (("key", MORE_TIME),))
    return (*short, more_time) if session.silences and not session.slow else short


def _names_zero(phrase: Phrase) -> bool:
    return "0" in prompt_named(phrase.key).keys or ("key", 0) in phrase.values


def other_exits(session: Session, signal: Signal, gave_up: Callable[[Session], Move]) -> Move:
    """The exits of a question beside a match: no input, no match, gave up. Anything else: the stage speaks again."""
    match signal:
        case DigitsPressed("*"):
            return Move(session)
        case NothingEntered():
            counted = replace(session, silences=session.silences + 1)
        case DigitsPressed() | SpeechHeard():
            counted = replace(session, mismatches=session.mismatches + 1)
        case _:
            return Move(session)
    return gave_up(counted) if max(counted.silences, counted.mismatches) >= tries(session) else Move(counted)


def leave_line(session: Session, why: str) -> tuple[Session, tuple[Effect, ...]]:
    """The session out of our lines, with the effect that makes it so (none if it stood in none)."""
    if not session.in_line:
        return session, ()
    return replace(session, in_line=False), (LeaveLine(why),)


def is_held(session: Session) -> bool:
    """Whether he was rung back and waits a moment for somebody: by his promise, not by a wait of this leg."""
    returned = session.party is Party.RETURNED and session.attempt is not None
    return returned and session.stage is Stage.WAITING and not session.in_line


def no_longer_held(session: Session) -> tuple[Effect, ...]:
    """Whoever is held takes another way: this try to keep his promise is over, and nobody is rung for it meanwhile."""
    if session.attempt is None or not is_held(session):
        return ()
    return (AttemptAnswered(session.attempt, accepted=False, cause=CLINICIAN_LOST),)


def to_person(session: Session, effects: tuple[Effect, ...] = ()) -> Move:
    """To the human fallback, because the caller asked for it."""
    over = no_longer_held(session)
    session, left = leave_line(session, "operator")
    return Move(enter(session, Stage.OPERATOR), (*effects, *over, *left))


def helped_by_person(session: Session, effects: tuple[Effect, ...] = ()) -> Move:
    """To the human fallback, because we could not understand each other."""
    return replace(to_person(session, effects), before=(say(session, "someone-will-help"),))


def to_message(session: Session) -> Move:
    """To a recorded message, out of the line."""
    session, left = leave_line(session, "message")
    return Move(enter(session, Stage.MESSAGE), left)


def to_no_one(session: Session, why: str, effects: tuple[Effect, ...] = ()) -> Move:
    """Nobody can take the call now: a callback or a message is offered. He keeps his place in line, if he has one."""
    return Move(enter(session, Stage.NO_ONE, why_no_one=why), effects)


def to_callback(session: Session) -> Move:
    """To the promise of a callback: at the number we know, or one he enters."""
    known = session.callback_number or session.caller
    return Move(enter(session, Stage.CALLBACK_CONFIRM if known else Stage.CALLBACK_NUMBER))


def may_wait_on(session: Session) -> bool:
    """Whether one who is asked something may go on waiting: he stands in line, and no limit bids him leave it."""
    return session.in_line and session.why_no_one not in limits.WHY


def service_of(session: Session, now: ClinicNow) -> Service | None:
    """The chosen service; None before the choice, or when it is no longer in the content."""
    return now.content.services.get(session.service or "")


def line_key(session: Session, now: ClinicNow) -> str:
    """The line he called; the first one when it is unknown."""
    return session.line if session.line in now.content.lines else next(iter(now.content.lines))


def line_of(session: Session, now: ClinicNow) -> Line:
    """The line he called."""
    return now.content.lines[line_key(session, now)]


def with_hours_of(session: Session, now: ClinicNow) -> ClinicNow:
    """The moment, told by the hours that matter to him: those of his service, if it has its own, else of his line.

    A service may be closed by itself, whatever its hours say.
    """
    service = session.service if service_of(session, now) else None
    return now.by(calendar_of(now.content.calendar(service, session.line), service))


def menu_of(session: Session, now: ClinicNow) -> Menu:
    """The menu he is in."""
    menus = now.content.menus
    return menus.get(session.menu) or menus[line_of(session, now).menu]


def menu_asked(session: Session, now: ClinicNow) -> Menu:
    """The menu as he hears it; what a callback or a message can be about, when he is asked that."""
    menu = menu_of(session, now)
    if session.wants == "callback":
        return about_callback(menu)
    return services_only(menu) if session.wants else menu


def owning_service(session: Session, now: ClinicNow) -> str:
    """The service that answers for this call: the chosen one, else the general one of his line."""
    if service_of(session, now) is not None and session.service is not None:
        return session.service
    return line_of(session, now).general or next(iter(now.content.services))
