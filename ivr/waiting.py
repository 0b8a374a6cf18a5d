"""A patient waits in line, talks, and is asked whether he was cut off."""

from datetime import datetime

from ivr import closing, education, holding, limits, own_offer, returned, survey
from ivr.caller import join, limited
from ivr.copying import replace
from ivr.effects import Effect, FinishTalk, GiveBack, ToldWait
from ivr.knowledge import ClinicNow, OfferFacts, OutlookFacts, WaitFacts
from ivr.own_offer import standing
from ivr.prompts import spoken_window
from ivr.replies import Ask, Connect, HangUp, Hold, Keys, Phrase, Reply, Role
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, HoldTick, MovedToTalk, NothingEntered, Party, Signal, SpeechHeard, TalkLeft
from ivr.turn import (
    Move,
    enter,
    leave_line,
    other_exits,
    say,
    service_of,
    to_callback,
    to_no_one,
    to_person,
)
from routing.offers import State

ROUNDS_PER_OFFER = 6  # rounds of about 20 s: the callback is offered at once, and again every two minutes
ROUNDS_PER_COMFORT = 2  # and in the rounds between, how it stands, where that is better than was said before
MOST_AHEAD = 5  # more are told as "more than 5"


def speak_waiting(session: Session, now: ClinicNow) -> Reply:
    """Music, in the carrier's queue."""
    short = bool(session.held_until)
    plays = "" if short else holding.music(session, now)
    return Hold(entering=not session.in_queue, language=session.language, short=short, plays=plays)


def hear_waiting(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A round of music is over, or a key was pressed."""
    match signal:
        case HoldTick() | NothingEntered():
            return _look(session, now.known.wait, now)
        case DigitsPressed("2"):
            return to_callback(replace(session, wants_own=session.whom == own_offer.OWN))
        case DigitsPressed(education.KEY) if education.guidance(session, now):
            return education.begin(session)
        case DigitsPressed("3") if session.whom == own_offer.OWN:
            return own_offer.chosen(session, own_offer.NEXT, now, say(session, "chose-next"))
        case DigitsPressed():
            return Move(session, before=_choices(session, now))
    return Move(session)


def _look(session: Session, wait: WaitFacts | None, now: ClinicNow) -> Move:
    """How the wait stands decides how it goes on."""
    if service_of(session, now) is None:
        return to_person(session)
    if wait is None or wait.state in ("offered", "connected"):
        return Move(session)  # a phone rings, or somebody is on the way: music, and what is due to be said waits
    if wait.state in ("left", "none"):
        return _stand_again(session, now)
    if wait.moved_to in now.content.services and wait.moved_to != session.service:
        return _moved(session, wait.moved_to)
    return _still_waiting(session, wait, now)


def _still_waiting(session: Session, wait: WaitFacts, now: ClinicNow) -> Move:
    service = service_of(session, now)
    if closing.must_choose(session, now):
        return closing.ask(session, now)
    if wait.hers_later and session.own_given and not session.heard_later:
        window = (wait.hers_later.starts.isoformat(), wait.hers_later.ends.isoformat())
        told = {"offered": (window,), "told_in": wait.hers_later.zone, "heard_later": True}
        return Move(enter(session, Stage.OWN_LATER, **told))
    if limit := "" if session.red else limits.reached(service, now.known.crowd, wait.waited_seconds):
        return limited(session, limit, now)
    if wait.on_duty == 0:
        return to_no_one(session, "nobody_on_duty")
    if service and wait.waited_seconds > service.max_wait_seconds * (session.long_waits + 1):
        return to_no_one(replace(session, long_waits=session.long_waits + 1), "long_wait")
    if session.whom == own_offer.OWN and not wait.own_alone:  # she went away, or did not answer
        gone = say(session, "own-gone", own=session.own_given)
        return _next_round(replace(session, whom=""), (gone,))
    if may_be_told(session) and now.known.outlook is not None:
        return _how_it_stands(session, now.known.outlook)
    return _next_round(session, _comfort(session, now))


def _moved(session: Session, service: str) -> Move:
    """A supervisor gave his wait to another service: he goes on at his place, and hears of it."""
    unasked = {"own": None, "own_given": "", "team": (), "whom": "", "wants_own": False}
    begun = {"ticks": 0, "told_position": 0, "told_high": 0, "long_waits": 0}
    here = replace(session, service=service, **unasked, **begun)  # type: ignore[arg-type]
    return _next_round(here, (say(here, "limit-other"),))


def may_be_told(session: Session) -> bool:
    """Whether this is a round in which the caller may hear how it stands."""
    return session.ticks % ROUNDS_PER_COMFORT == 1


def _how_it_stands(session: Session, outlook: OutlookFacts) -> Move:
    """His position and his wait, each only where it is better than what he heard before: neither ever rises."""
    before = session.told_position or outlook.position + 1
    position = outlook.position if outlook.position < before else 0
    if position > MOST_AHEAD and session.told_position:
        position = 0  # "more than 5" once is enough
    low, high = outlook.wait or (0, 0)
    if session.told_high and high >= session.told_high:
        low, high = 0, 0
    phrases = (*_position(session, position), *own_offer.spoken_wait(session, (low, high) if high else None))
    told = replace(session, told_position=position or session.told_position, told_high=high or session.told_high)
    effects = (ToldWait(position, low, high),) if phrases else ()
    return replace(_next_round(told, phrases), effects=effects)


def _position(session: Session, position: int) -> tuple[Phrase, ...]:
    if position == 0:
        return ()
    if position == 1:
        return (say(session, "position-next"),)
    if position > MOST_AHEAD:
        return (say(session, "position-many", most=str(MOST_AHEAD)),)
    return (say(session, "position", position=str(position)),)


def _comfort(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    if session.ticks % ROUNDS_PER_COMFORT:
        return ()
    of_the_hour = holding.words(session, now)
    if session.ticks % ROUNDS_PER_OFFER == 0:
        return (*of_the_hour, *_choices(session, now))
    if session.whom == own_offer.OWN:
        return (*of_the_hour, *_choices(session, now))
    return of_the_hour or (say(session, "wait-comfort"),)


def _choices(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """The ways out of the wait, by their keys; who waits for one person has one way more, and no guidance beside."""
    operator = say(session, "offer-operator")
    if session.whom == own_offer.OWN:
        return say(session, "wait-own-choices", own=session.own_given), operator
    return say(session, "wait-choices"), *education.offered(session, now), operator


def _next_round(session: Session, phrases: tuple[Phrase, ...]) -> Move:
    return Move(replace(session, ticks=session.ticks + 1), before=phrases)


def _stand_again(session: Session, now: ClinicNow) -> Move:
    """The carrier holds him but our lines do not: whatever lost his wait, he stands in line again."""
    return replace(_next_round(replace(session, in_line=True), ()), effects=standing(session, now))


def speak_own_later(session: Session, now: ClinicNow) -> Reply:
    """His clinician passed him on until after her visit: what she offers, and that he may stay in line."""
    if not session.offered:
        return speak_waiting(session, now)
    starts, ends = map(datetime.fromisoformat, session.offered[0])
    when = spoken_window(starts, ends, now.now, session.told_in, session.language)
    return Ask((say(session, "own-later", own=session.own_given, when=when),), Keys())


def hear_own_later(session: Session, signal: Signal, _now: ClinicNow) -> Move:
    """Her call after the visit, or on with the wait."""
    match signal:
        case DigitsPressed("1"):
            return to_callback(replace(session, wants_own=True))
        case DigitsPressed("2" | "#") | NothingEntered():
            return Move(enter(session, Stage.WAITING), before=(say(session, "keep-waiting"),))
    return other_exits(session, signal, lambda given_up: Move(enter(given_up, Stage.WAITING)))


def moved_to_talk(session: Session, signal: MovedToTalk, now: ClinicNow) -> Move:
    """We moved him to a room, whatever he was being asked."""
    out = replace(session, in_queue=False)
    facts = now.known.offer
    if facts is None or facts.state != State.ACCEPTED:
        return wait_again(out, now) if out.in_line else Move(out)
    here = enter(out, Stage.TALKING, offer=signal.offer)
    return Move(here, before=(say(session, "connecting-now"),))


def wait_again(session: Session, now: ClinicNow, effects: tuple[Effect, ...] = ()) -> Move:
    """The other side was lost before a word was spoken: he waits again, at the front, and is told so.

    A patient whom we rang back waits for a moment only: then the promise stands, and we ring again. Once he talked, and
    whom he was handed to did not come, it is kept: he waits like any caller.
    """
    facts = now.known.offer
    talked = facts is not None and facts.talk_started
    if session.party is Party.RETURNED and not session.in_line and not talked:
        return replace(returned.held(session, now, returned.HOLD_SECONDS), effects=effects)
    service = session.service or (facts.service if facts else None)
    back = enter(session, Stage.WAITING, offer=None, in_line=True, in_queue=False, why_no_one="", service=service)
    return Move(back, effects, before=(say(session, "sorry-lost"),))


def speak_talking(session: Session, now: ClinicNow) -> Reply:
    """The room where the clinician is."""
    facts = now.known.offer
    return Connect(facts.room, Role.PATIENT) if facts else speak_waiting(session, now)


def hear_talking(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """The talk is over, or the other side never came; anything else leads back into the room."""
    facts = now.known.offer
    ended = isinstance(signal, TalkLeft)
    if facts is None:
        return wait_again(session, now)
    if facts.talk_started and (ended or facts.state != State.ACCEPTED):
        return _after_talk(session, facts)
    if facts.state != State.ACCEPTED:
        return wait_again(session, now)
    if ended:
        return wait_again(session, now, (GiveBack(session.offer, "lost"),) if session.offer is not None else ())
    return Move(session)


def _after_talk(session: Session, facts: OfferFacts) -> Move:
    after = enter(session, Stage.AFTER_TALK, in_line=False, offer=None, service=session.service or facts.service)
    return Move(after, (FinishTalk(session.offer),) if session.offer is not None else ())


def speak_after_talk(session: Session, now: ClinicNow) -> Reply:
    """Whether he was cut off; and whether he would answer some questions."""
    return Ask((say(session, "talk-over"), *survey.offered(session, now), say(session, "may-hang-up")), Keys())


def hear_after_talk(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Cut off: in line again. Every other answer, or none, ends the call."""
    match signal:
        case DigitsPressed("1"):
            return join(session, now)
        case DigitsPressed("2") if survey.offered(session, now):
            return survey.begin(session)
        case DigitsPressed("*"):
            return Move(session)
        case NothingEntered() if session.slow:  # an operator may still be typing
            return other_exits(session, signal, _goodbye)
        case DigitsPressed() | SpeechHeard() | NothingEntered():
            return _goodbye(session)
    return Move(session)


def _goodbye(session: Session) -> Move:
    return Move(session, reply=HangUp((say(session, "goodbye"),)))


def hung_up_talking(session: Session, facts: OfferFacts | None) -> tuple[Effect, ...]:
    """He hung up in the room: the talk is over, or it never began."""
    if facts is not None and facts.talk_started and session.offer is not None:
        return (FinishTalk(session.offer),)
    return leave_line(replace(session, in_line=True), "hung_up")[1]
