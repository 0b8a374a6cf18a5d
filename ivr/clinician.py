"""A clinician's phone, and the operator's: a call is offered, a key takes it, and only then anything is said of it."""

from ivr.copying import replace
from ivr.effects import AcceptOffer, Effect, FinishTalk, GiveBack, PassUntil, TriedOperator
from ivr.knowledge import ClinicNow, OfferFacts
from ivr.replies import Ask, Bridge, Connect, HangUp, Keys, Phrase, Reply, Role
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Ending, MovedBack, NothingEntered, Party, Signal, SpeechHeard, TalkLeft
from ivr.turn import Move, enter, other_exits, say
from routing.offers import State

RED = {"emergency": "whisper-red-emergency", "crisis": "whisper-red-crisis", "nurse": "whisper-red-nurse"}
NO_KEY_ROUNDS = 2  # a voicemail presses no key
FREE_AFTER = {"1": 15, "2": 30, "3": 60}  # minutes

CAUSES = {
    Ending.NO_ANSWER: "no_answer",
    Ending.BUSY: "busy",
    Ending.FAILED: "failed",
    Ending.CANCELED: "failed",
    Ending.COMPLETED: "hung_up",
}


def hear_offer_answered(session: Session, _signal: Signal, now: ClinicNow) -> Move:
    """A clinician's phone was answered: he hears that there is a call."""
    return _if_open(enter(session, Stage.OFFERED, language=now.content.languages[0]), now)


def speak_offered(session: Session, now: ClinicNow) -> Reply:
    """That there is a call, and the keys. A voicemail may be listening: nothing about the patient.

    Who was set away because he missed calls hears of it here first.
    """
    facts = now.known.offer
    missed = (say(session, "offer-missed"),) if facts is not None and facts.was_set_away else ()
    hers = facts is not None and facts.own and not facts.for_callback
    later = (say(session, "offer-after-visit"),) if hers else ()
    return Ask((*missed, say(session, "offer-greeting"), *later), Keys())


def _if_open(session: Session, now: ClinicNow) -> Move:
    """The question, as long as the offer is open."""
    facts = now.known.offer
    if facts is not None and facts.state == State.OFFERED:
        return Move(session)
    return Move(session, reply=HangUp((say(session, _gone(facts)),)))


def _gone(facts: OfferFacts | None) -> str:
    if facts is None or facts.state != State.RESCINDED:
        return "offer-gone"
    return "patient-not-reached" if facts.for_callback else "caller-gone"


def hear_offered(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Taken, passed on, or nobody there who presses a key."""
    facts = now.known.offer
    if facts is None or facts.state != State.OFFERED or session.offer is None:
        return _if_open(session, now)
    match signal:
        case DigitsPressed("1"):
            return _taken(session, session.offer, facts, now)
        case DigitsPressed("2"):
            return _given_back(session, "declined", "offer-passed")
        case DigitsPressed("3") if facts.own and not facts.for_callback:
            return Move(enter(session, Stage.AFTER_VISIT))
    return _without_key(session, signal, facts)


def _without_key(session: Session, signal: Signal, facts: OfferFacts) -> Move:
    """Asked again, or the call goes back; who is set away by it is told."""
    words = "offer-no-key-away" if facts.sets_away else "offer-no-key"
    move = other_exits(session, signal, lambda given_up: _given_back(given_up, "no_key", words))
    return _given_back(session, "no_key", words) if move.session.silences >= NO_KEY_ROUNDS else move


def speak_after_visit(session: Session, _now: ClinicNow) -> Reply:
    """When she is free again."""
    return Ask((say(session, "offer-when-free"),), Keys())


def hear_after_visit(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """She calls him herself after her visit, if he likes; without a time, the call is passed on."""
    facts = now.known.offer
    if facts is None or facts.state != State.OFFERED or session.offer is None:
        return _if_open(session, now)
    match signal:
        case DigitsPressed(digits) if digits in FREE_AFTER:
            minutes = FREE_AFTER[digits]
            passed = (PassUntil(session.offer, minutes),)
            return Move(session, passed, reply=HangUp((say(session, "offer-passed-until", minutes=minutes),)))
    return _without_key(session, signal, facts)


def _given_back(session: Session, cause: str, words: str) -> Move:
    given: tuple[Effect, ...] = (GiveBack(session.offer, cause),) if session.offer is not None else ()
    return Move(session, given, reply=HangUp((say(session, words),)))


def _taken(session: Session, offer: int, facts: OfferFacts, now: ClinicNow) -> Move:
    room = Connect(facts.room, Role.CLINICIAN, whisper(session, facts, now))
    return Move(enter(session, Stage.TALKING), (AcceptOffer(offer),), reply=room)


def whisper(session: Session, facts: OfferFacts, now: ClinicNow) -> tuple[Phrase, ...]:
    """Who calls and why, in one breath: said only after the key."""
    phrases = [*_red(session, facts.red), _who(session, facts)]
    if service := now.content.services.get(facts.service):
        phrases.append(say(session, "whisper-about", about=f"@{service.label}"))
    if facts.language != session.language:
        phrases.append(say(session, "whisper-language", language=f"@language-{facts.language}"))
    phrases.append(_waited(session, facts))
    return tuple(phrases)


def _red(session: Session, red: str) -> tuple[Phrase, ...]:
    """That words of danger were heard, before anything else."""
    return (say(session, RED[red]),) if red in RED else ()


def _who(session: Session, facts: OfferFacts) -> Phrase:
    if facts.level < 2 or not facts.patient_shown:
        return say(session, "whisper-callback-unproved" if facts.for_callback else "whisper-unproved")
    whose = "own" if facts.own else "patient"
    if facts.for_callback:
        return say(session, f"whisper-callback-{whose}", patient=facts.patient_shown)
    if facts.proxy_shown:
        return say(session, f"whisper-proxy-{whose}", proxy=facts.proxy_shown, patient=facts.patient_shown)
    return say(session, f"whisper-call-{whose}", patient=facts.patient_shown)


def _waited(session: Session, facts: OfferFacts) -> Phrase:
    if facts.for_callback:
        return say(session, "whisper-ringing")
    if facts.waited_seconds < 90:
        return say(session, "whisper-waited", seconds=facts.waited_seconds)
    return say(session, "whisper-waited-minutes", minutes=round(facts.waited_seconds / 60))


def speak_talking(session: Session, now: ClinicNow) -> Reply:
    """The room; the clinician's leg ends when there is none."""
    facts = now.known.offer
    return Connect(facts.room, Role.CLINICIAN) if facts else HangUp((say(session, "offer-gone"),))


def hear_talking(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """The talk is over, or there will be none; anything else leads back into the room."""
    facts = now.known.offer
    over = isinstance(signal, TalkLeft | MovedBack)
    if facts is not None and facts.state == State.ACCEPTED and not over:
        return Move(session)
    return Move(session, talk_over(session, facts), reply=HangUp((say(session, _after(facts)),)))


def _after(facts: OfferFacts | None) -> str:
    if facts is not None and facts.talk_started:
        return "clinician-done"
    return "patient-lost" if facts is not None and facts.state == State.ACCEPTED else _gone(facts)


def told_again(session: Session, now: ClinicNow) -> HangUp:
    """Why there is no talk, for a leg that was moved out of the room: its first answer went unheard."""
    return HangUp((say(session, _after(now.known.offer)),))


def talk_over(session: Session, facts: OfferFacts | None) -> tuple[Effect, ...]:
    """The clinician is out of the room: the talk is finished, or was lost before it began."""
    if session.offer is None or facts is None:
        return ()
    if facts.talk_started:
        return (FinishTalk(session.offer),)
    return (GiveBack(session.offer, "lost"),) if facts.state == State.ACCEPTED else ()


def hung_up_offered(session: Session, facts: OfferFacts | None, ending: Ending) -> tuple[Effect, ...]:
    """The phone rang in vain, or was put down before a key: the offer goes back, unless it is no longer open."""
    if session.offer is None or (facts is not None and facts.state != State.OFFERED):
        return ()
    return (GiveBack(session.offer, CAUSES[ending]),)


def hear_operator_answered(session: Session, _signal: Signal, now: ClinicNow) -> Move:
    """The human fallback answered: a person presses a key."""
    return Move(enter(session, Stage.OPERATOR_WHISPER, language=now.content.languages[0]))


def speak_whisper(session: Session, _now: ClinicNow) -> Reply:
    """That there is a call, and the key."""
    return Ask((say(session, "operator-greeting"),), Keys())


def hear_whisper(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """The key joins the two legs; without it the caller hears another way. The question is put twice."""
    match signal:
        case DigitsPressed("1") if session.party is Party.OPERATOR:
            red = now.known.caller.red if now.known.caller else ""
            meets = Bridge((*_red(session, red), _how_sure(session, now)))
            return Move(enter(session, Stage.TALKING), (TriedOperator(reached=True),), reply=meets)
        case DigitsPressed() | SpeechHeard() | NothingEntered() if session.silences:
            return Move(session, reply=HangUp())
        case DigitsPressed() | SpeechHeard() | NothingEntered():
            return Move(replace(session, silences=1))
    return Move(session)


def _how_sure(session: Session, now: ClinicNow) -> Phrase:
    """How far it is known who calls, so that the operator need not start from nothing; never who."""
    caller = now.known.caller
    if caller is not None and caller.level >= 2:
        return say(session, "operator-caller-proved")
    return say(session, "operator-caller-hint" if caller is not None and caller.hint else "operator-caller-unknown")


def speak_bridge(_session: Session, _now: ClinicNow) -> Reply:
    """Let the operator's leg and the patient's meet."""
    return Bridge()


def hear_bridged(session: Session, signal: Signal, _now: ClinicNow) -> Move:
    """The operator talks; when he is out, his leg ends."""
    return Move(session, reply=HangUp()) if isinstance(signal, TalkLeft) else Move(session)
