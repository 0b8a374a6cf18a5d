"""A patient calls: the emergency sentence, the language, the menu, and what each choice leads to."""

from config.content import Option
from ivr import limits, own_offer
from ivr.copying import replace
from ivr.effects import Chose, Effect, LimitReached, TriedOperator
from ivr.knowledge import ClinicNow
from ivr.manner import LANGUAGE_NAMES, SLOWER, named, other_language, remembered
from ivr.menus import SURE_ENOUGH, pressed, spoken, spoken_short
from ivr.own_offer import standing
from ivr.promised import WANTED, asked_about, to_my_callback
from ivr.proxies import as_stranger, may_hear
from ivr.replies import Ask, ConnectOperator, HangUp, Keys, Phrase, Reply
from ivr.resuming import kept_place, resuming
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, NothingEntered, Signal, SpeechHeard, TalkLeft
from ivr.turn import (
    Move,
    enter,
    helped_by_person,
    leave_line,
    line_of,
    menu_asked,
    other_exits,
    rounds,
    say,
    service_of,
    to_callback,
    to_message,
    to_no_one,
    to_person,
    with_hours_of,
)
from routing.presence import State


def speak_language(session: Session, now: ClinicNow) -> Reply:
    """The greeting: emergencies first, in every language, then who we are, and which language."""
    languages = now.content.languages
    emergency = tuple(Phrase("emergency", language) for language in languages)
    question = tuple(Phrase("choose-language", language, (("key", key),)) for key, language in enumerate(languages, 1))
    full = (*emergency, Phrase(line_of(session, now).greeting, languages[0]), *question)
    slow_words = tuple(word for language in languages for word in now.content.words(language, SLOWER))
    listened = languages[session.mismatches % len(languages)]  # the carrier writes down one language at a time
    return Ask(rounds(session, full, question), Keys(hints=(*LANGUAGE_NAMES, *slow_words), language=listened))


def hear_arrival(session: Session, _signal: Signal, now: ClinicNow) -> Move:
    """Whatever comes first on a patient's leg, he is greeted."""
    return Move(enter(session, Stage.LANGUAGE, language=now.content.languages[0]))


def hear_language(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A language was chosen; saying nothing means the first one."""
    languages = now.content.languages
    match signal:
        case DigitsPressed(digits) if digits in {str(key) for key in range(1, len(languages) + 1)}:
            return _in_language(session, languages[int(digits) - 1], now, himself=True)
        case SpeechHeard(text, confidence) if confidence >= SURE_ENOUGH and (language := named(text)) in languages:
            return _in_language(session, language, now, himself=True)
        case NothingEntered():
            return _in_language(
                session, session.language if session.chose_language else languages[0], now, himself=False
            )
    return other_exits(session, signal, helped_by_person)


def _in_language(session: Session, language: str, now: ClinicNow, *, himself: bool) -> Move:
    chosen = session.chose_language or himself
    session = replace(session, language=language, chose_language=chosen, wants="", menu="")
    chose: tuple[Effect, ...] = (Chose("language", language), *remembered(session))
    return Move(enter(session, Stage.MENU), chose) if now.open else to_no_one(session, "closed", chose)


def speak_menu(session: Session, now: ClinicNow) -> Reply:
    """The choices; only the services when he was asked what a callback or a message is about."""
    menu = menu_asked(session, now)
    about = (say(session, f"{session.wants}-about"),) if session.wants else ()
    options = spoken(menu, session.language)
    ways = [option for option in options if ("key", 0) not in option.values]
    full = (*about, *ways, say(session, "press-nine"), *options[len(ways) :], say(session, "repeat"))
    short = (*(about or (say(session, "menu-again"),)), *spoken_short(menu, session.language))
    again = other_language(session, now) if session.silences + session.mismatches else ()
    return Ask((*rounds(session, full, short), *again), Keys(language=session.language))


def hear_menu(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A choice."""
    menu = menu_asked(session, now)
    match signal:
        case DigitsPressed("#"):
            return Move(enter(session, Stage.LANGUAGE))
        case DigitsPressed(digits) if option := pressed(menu, digits):
            return _follow(session, option, now)
    return other_exits(session, signal, helped_by_person)


def _follow(session: Session, option: Option, now: ClinicNow) -> Move:
    """Where the option leads."""
    where, _, key = option.leads_to.partition(":")
    match where:
        case "service":
            return _serve(_for_service(session, key), now)
        case "menu":
            return Move(enter(session, Stage.MENU, menu=key))
        case "callback" if now.known.promise is not None:
            return to_my_callback(session, now.known.promise)
        case "callback" | "message":
            return Move(enter(session, Stage.MENU, wants=where))
        case "promise":
            return _look_for_promise(session, now)
        case _:
            return to_person(session)


def _look_for_promise(session: Session, now: ClinicNow) -> Move:
    """He asks about a callback that he was promised: who he is comes first, in the words that a service asks."""
    if session.level >= 2:
        return asked_about(session, now)
    if now.known.locked_out:
        return helped_by_person(session)
    return Move(enter(replace(session, service=None), Stage.BIRTH_DATE, wants=WANTED))


def _for_service(session: Session, key: str) -> Session:
    """The session for this service. Another service has another clinician, whom we have not looked up."""
    if key == session.service:
        return session
    return replace(session, service=key, own=None, own_given="", team=(), whom="", wants_own=False)


def _serve(session: Session, now: ClinicNow) -> Move:
    """A service was chosen: ask who calls, if the service wants to know, else go on."""
    service = service_of(session, now)
    chose: tuple[Effect, ...] = (Chose("service", session.service or ""),)
    if service is None:
        return to_person(session, chose)
    if not session.wants and not with_hours_of(session, now).open:
        return to_no_one(session, "closed", chose)
    if not may_hear(session, session.service or "", service):
        return helped_by_person(as_stranger(session), chose)
    if not service.identify or session.level >= 2 or session.wants == "message":
        return go_on(session, now, chose)
    if now.known.locked_out:
        return helped_by_person(session, chose)
    return Move(enter(session, Stage.BIRTH_DATE), chose)


def go_on(session: Session, now: ClinicNow, effects: tuple[Effect, ...] = ()) -> Move:
    """We know the service and all we may of the caller: what he wanted happens."""
    if session.wants == WANTED:
        return replace(asked_about(session, now), effects=effects)
    if session.wants:
        move = to_callback(session) if session.wants == "callback" else to_message(session)
        return replace(move, effects=(*effects, *move.effects))
    has_place = kept_place(session, now) or _promise_kept(session, now)  # it is looked at once he stands there
    if limit := not has_place and not session.red and limits.reached(service_of(session, now), now.known.crowd, None):
        return limited(session, limit, now, effects)
    if now.known.staff is not None and now.known.staff.on_duty == 0:
        return to_no_one(session, "nobody_on_duty", effects)
    return join(session, now, effects)


def limited(session: Session, limit: str, now: ClinicNow, effects: tuple[Effect, ...] = ()) -> Move:
    """By the exit of a limit, and told why. Who waits keeps his place until he has chosen, but cannot keep waiting."""
    service = service_of(session, now)
    leads_to = service.limits.exits()[limit] if service else "operator"
    where, _, key = leads_to.partition(":")
    move = _out(replace(session, why_no_one=limit), where, key, now)
    done = (*effects, LimitReached(limit, leads_to), *move.effects)
    return replace(move, effects=done, before=(say(session, limits.WHY[limit]), *move.before))


def _out(session: Session, where: str, key: str, now: ClinicNow) -> Move:
    match where:
        case "callback":
            return to_callback(session)
        case "message":
            return to_message(session)
        case "service" if key in now.content.services:
            return _to_other_service(session, key, now)
        case _:
            return to_person(session)


def _to_other_service(session: Session, key: str, now: ClinicNow) -> Move:
    """In line for another service, at the place that he has. What was asked about the first tells nothing of it."""
    left_line, left = leave_line(replace(session, why_no_one=""), "limit")
    unasked = replace(now, known=replace(now.known, staff=None, crowd=None, identity=None))
    move = _serve(_for_service(left_line, key), unasked)
    return replace(move, effects=(*left, *move.effects), before=(say(session, "limit-other"), *move.before))


def join(session: Session, now: ClinicNow, effects: tuple[Effect, ...] = ()) -> Move:
    """Stand in the lines of the chosen service, and hear who will come."""
    service = service_of(session, now)
    if service is None:
        return to_person(session, effects)
    kept = (say(session, "place-kept"),) if kept_place(session, now) else _promise_kept(session, now)
    begun = replace(session, in_line=True, ticks=0, long_waits=0, why_no_one="", told_position=0, told_high=0)
    here, comes = enter(begun, Stage.WAITING), kept
    if own_offer.is_asked(session, now.known.identity.own if now.known.identity else None, now):
        here = enter(begun, Stage.OWN_OFFER, whom=own_offer.OWN)
    else:
        comes = (*kept, _who_comes(session, service.spoken_role, now))
    return Move(here, (*effects, *resuming(standing(here, now), session, now)), before=comes)


def _promise_kept(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """Who calls in for what he was promised hears that it counts."""
    joined = now.known.identity is not None and now.known.identity.promised
    return (say(session, "promise-joined"),) if joined else ()


def _who_comes(session: Session, role: str, now: ClinicNow) -> Phrase:
    """Only an own clinician of whom we are sure is named."""
    own = now.known.identity.own if now.known.identity else None
    if own is None or not session.own_given:
        return say(session, "finding-someone")
    match own.presence:
        case State.READY:
            key = "own-ready"
        case State.AWAY | State.OFFLINE:
            key = "own-away"
        case _:
            key = "own-busy"
    return say(session, key, own=session.own_given, role=f"@{role}")


def speak_operator(session: Session, _now: ClinicNow) -> Reply:
    """The human fallback is rung."""
    return ConnectOperator((say(session, "connecting-person"),), session.language)


def hear_operator(session: Session, signal: Signal, _now: ClinicNow) -> Move:
    """The call to the human fallback is over: somebody was there, or nobody."""
    match signal:
        case TalkLeft(bridged=True):
            return Move(session, (TriedOperator(reached=True),), reply=HangUp((say(session, "goodbye"),)))
        case TalkLeft():
            return to_no_one(session, "nobody_answered", (TriedOperator(reached=False),))
    return Move(session)
