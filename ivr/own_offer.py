"""Whom to wait for: asked of a proved patient whose own clinician is at work and not ready.

While he is asked he stands in the line of his own clinician alone: if she becomes free meanwhile, he gets her and
nobody else was rung in vain. Saying nothing is an answer too: the service's own ladder, as for everybody.
"""

from datetime import datetime

from config.content import OwnOffer, Service
from ivr.copying import replace
from ivr.effects import ChooseLadder, Effect, JoinLine
from ivr.knowledge import ClinicNow, OwnClinician
from ivr.prompts import spoken_clock
from ivr.replies import Ask, Keys, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, NothingEntered, Signal
from ivr.turn import Move, enter, leave_line, other_exits, rounds, say, service_of, to_callback
from routing.presence import State

OWN, NEXT = "own", "next"  # `Session.whom`: what he chose, and what his ladder is therefore


def is_asked(session: Session, own: OwnClinician | None, now: ClinicNow) -> bool:
    """Whether there is a choice to put to him: somebody sure, at work, not ready, and others beside."""
    service = service_of(session, now)
    if service is None or service.own_offer is None or own is None or not session.own_given:
        return False
    others = now.known.staff is None or now.known.staff.on_duty > 1
    return own.at_work and own.presence != State.READY and others


def ladder_of(session: Session, service: Service) -> str:
    """The ladder on which he waits: the service's, unless he chose."""
    offer = service.own_offer
    if offer is None or not session.whom:
        return service.ladder
    return offer.wait if session.whom == OWN else offer.next


def standing(session: Session, now: ClinicNow) -> tuple[JoinLine, ...]:
    """The effect that puts the caller in the lines of his service; none without a service."""
    service, key = service_of(session, now), session.service
    if service is None or key is None:
        return ()
    who = (session.patient, session.own, session.team)
    return (JoinLine(key, session.language, *who, ladder=ladder_of(session, service)),)


def speak(session: Session, now: ClinicNow) -> Reply:
    """What his own clinician does, and the choices."""
    own = now.known.own or (now.known.identity.own if now.known.identity else None)
    service = service_of(session, now)
    choices = _choices(session, own, service.own_offer if service else None, now)
    situation = _situation(session, own, service, now) if own and service else ()
    return Ask(rounds(session, (*situation, *choices), choices), Keys())


def _situation(session: Session, own: OwnClinician, service: Service, now: ClinicNow) -> tuple[Phrase, ...]:
    who = {"own": session.own_given, "role": f"@{service.spoken_role}"}
    if own.presence == State.IN_VISIT and own.free_at is not None:
        time = spoken_clock(own.free_at, now.zone, session.language)
        return (say(session, "own-busy-until", **who, time=time),)
    return (say(session, "own-is-busy", **who), *spoken_wait(session, own.wait))


def spoken_wait(session: Session, minutes: tuple[int, int] | None) -> tuple[Phrase, ...]:
    """A range of minutes as a sentence; nothing when nobody knows."""
    if minutes is None:
        return ()
    low, high = minutes
    if low == 0:
        return (say(session, "wait-under", minutes=high),)
    if low == high:
        return (say(session, "wait-about", minutes=high),)
    return (say(session, "wait-range", low=str(low), high=str(high)),)


def _choices(session: Session, own: OwnClinician | None, offer: OwnOffer | None, now: ClinicNow) -> tuple[Phrase, ...]:
    given = session.own_given
    waits = (say(session, "offer-wait-own", own=given),) if may_wait(own, offer, now.now) else ()
    return (*waits, say(session, "offer-callback-own", own=given), say(session, "offer-next"))


def may_wait(own: OwnClinician | None, offer: OwnOffer | None, now: datetime) -> bool:
    """Whether waiting for her is worth offering: not when she is known to be busy for very long."""
    if own is None or offer is None:
        return False
    busy = (own.free_at - now).total_seconds() if own.free_at else own.wait[1] * 60 if own.wait else 0
    return busy <= offer.wait_at_most_seconds


def hear(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """To wait for her, to be called back by her, or the next who is free. Silence is no choice: the usual ladder."""
    service = service_of(session, now)
    match signal:
        case DigitsPressed("1") if service and may_wait(now.known.own, service.own_offer, now.now):
            return chosen(session, OWN, now, say(session, "chose-own", own=session.own_given))
        case DigitsPressed("2"):
            return to_callback(replace(session, wants_own=True))
        case DigitsPressed("3"):
            return chosen(session, NEXT, now, say(session, "chose-next"))
        case DigitsPressed("#"):
            return _back(session)
        case NothingEntered():
            return _not_chosen(session, now)
    return other_exits(session, signal, lambda given_up: _not_chosen(given_up, now))


def _not_chosen(session: Session, now: ClinicNow) -> Move:
    return chosen(session, "", now, say(session, "own-or-colleague", own=session.own_given))


def _back(session: Session) -> Move:
    session, left = leave_line(session, "menu")
    return Move(enter(session, Stage.MENU, whom=""), left)


def chosen(session: Session, whom: str, now: ClinicNow, words: Phrase) -> Move:
    """He waits on the ladder of his choice, at the place he has."""
    waiting = enter(session, Stage.WAITING, whom=whom)
    service = service_of(session, now)
    effects: tuple[Effect, ...] = (ChooseLadder(whom, ladder_of(waiting, service)),) if service else ()
    return Move(waiting, effects, before=(words,))
