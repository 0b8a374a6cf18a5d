"""A guest's phone: somebody is asked into a talk. He hears by whom; a key lets him in, and only then he hears it."""

from ivr.clinician import CAUSES, NO_KEY_ROUNDS
from ivr.effects import Effect, GuestCame, GuestGone
from ivr.knowledge import ClinicNow, GuestFacts
from ivr.replies import Ask, Connect, HangUp, Keys, Phrase, Reply, Role
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Ending, Signal, TalkLeft
from ivr.turn import Move, enter, other_exits, say


def hear_answered(session: Session, _signal: Signal, now: ClinicNow) -> Move:
    """The phone was answered: somebody, or something, hears that he is asked for."""
    return _if_wanted(enter(session, Stage.INVITED, language=now.content.languages[0]), now)


def speak_invited(session: Session, now: ClinicNow) -> Reply:
    """By whom he is asked, and the keys. Nothing about the patient: a voicemail may be listening."""
    facts = now.known.guest
    if facts is None or facts.interpreter:
        return Ask((say(session, "guest-greeting-interpreter"),), Keys())
    return Ask((say(session, "guest-greeting", colleague=facts.asked_by),), Keys())


def _if_wanted(session: Session, now: ClinicNow) -> Move:
    facts = now.known.guest
    if facts is not None and facts.is_asked:
        return Move(session)
    return Move(session, reply=HangUp((say(session, "guest-not-needed"),)))


def hear_invited(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """He comes, he does not, or nobody is there who presses a key."""
    facts = now.known.guest
    if facts is None or not facts.is_asked or session.guest is None:
        return _if_wanted(session, now)
    match signal:
        case DigitsPressed("1"):
            return Move(enter(session, Stage.TALKING), (GuestCame(session.guest),), reply=_enters(session, facts))
        case DigitsPressed("2"):
            return _not_coming(session, "declined")
    move = other_exits(session, signal, _no_key)
    return _no_key(session) if move.session.silences >= NO_KEY_ROUNDS else move


def _no_key(session: Session) -> Move:
    return _not_coming(session, "no_key")


def _not_coming(session: Session, cause: str) -> Move:
    gone: tuple[Effect, ...] = (GuestGone(session.guest, cause),) if session.guest is not None else ()
    return Move(session, gone, reply=HangUp((say(session, "guest-thanks"),)))


def _enters(session: Session, facts: GuestFacts) -> Connect:
    coached = facts.clinician_sid if facts.coaches else ""
    return Connect(facts.room, Role.GUEST, _told(session, facts), heard=not facts.listens, heard_only_by=coached)


def _told(session: Session, facts: GuestFacts) -> tuple[Phrase, ...]:
    """Where he is, and who can hear him if not all can."""
    if facts.listens:
        return (say(session, "guest-listens"),)
    shown = facts.patient_shown
    joins = say(session, "guest-enters", patient=shown) if shown else say(session, "guest-joins")
    return (joins, say(session, "guest-coaches")) if facts.coaches else (joins,)


def speak_talking(session: Session, now: ClinicNow) -> Reply:
    """The room, as long as it is there for him."""
    facts = now.known.guest
    return _enters(session, facts) if facts and facts.is_in else HangUp((say(session, "guest-thanks"),))


def hear_talking(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """He is out of the room, or the room is over."""
    facts = now.known.guest
    if facts is not None and facts.is_in and not isinstance(signal, TalkLeft):
        return Move(session)
    gone: tuple[Effect, ...] = (GuestGone(session.guest, "left"),) if session.guest is not None else ()
    return Move(session, gone, reply=HangUp((say(session, "guest-thanks"),)))


def hung_up(session: Session, ending: Ending) -> tuple[Effect, ...]:
    """His leg ended: he left the room, or did not come. What a turn told before is not told again."""
    if session.guest is None or session.stage is Stage.ENDED:
        return ()
    return (GuestGone(session.guest, "left" if session.stage is Stage.TALKING else CAUSES[ending]),)
