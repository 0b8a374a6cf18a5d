"""A clinician calls us: his state, the next call, his messages and the phone of this shift, all by key.

Nothing personal is said before his staff number and PIN are right; until then he hears both languages. While he is on
the line, a call for him comes to this very leg: it goes over to the conversation of `ivr/clinician.py`. So does a call
to a patient whose message he heard: he asks for it by key, and takes it as any other.

Longer than 300 lines because each stage of one short conversation has its words and its ears side by side.
"""

from datetime import datetime, timedelta

from directory.numbers import last_digits
from ivr.copying import replace
from ivr.effects import (
    DoneWithMessage,
    Effect,
    FailedDialIn,
    HeardMessage,
    RingPatient,
    SetDuty,
    SetShiftPhone,
    SignedIn,
)
from ivr.knowledge import (
    CheckStaffPin,
    ClinicNow,
    DutyFacts,
    LookAtDuty,
    LookForMessage,
    MayRing,
    Question,
    ReadShiftPhone,
    StaffMessage,
    Unrung,
)
from ivr.manner import next_language
from ivr.prompts import spoken_clock, spoken_digits, spoken_time
from ivr.replies import Ask, HangUp, Keys, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Signal
from ivr.turn import TRIES, Move, enter, other_exits, say
from routing.presence import FREE_LATER, HOURS_END, MISSED_CALLS, State

SHORTEST_ENTRY = 3  # digits of a staff number or a PIN
LONGEST_MINUTES = 8 * 60
READY_AND_WAITING = 20  # seconds between two assurances to one who stays on the line
OTHER_LANGUAGE = "8"
VISIT, FREE = "visit", "free"
REASONS = {"1": VISIT, "2": "break", "3": "lunch", "4": "meeting", "5": "paperwork"}
STATES = {
    State.READY: "duty-ready",
    State.AWAY: "duty-away",
    State.IN_VISIT: "duty-visit",
    State.OFFLINE: "duty-offline",
    State.WRAPPING_UP: "duty-wrapping-up",
    State.OFFERED: "duty-talking",
    State.TALKING: "duty-talking",
}
STANDING_BY = ("dialin-stand-by", "dialin-stand-by-still")
RINGING = ("dialin-ringing", "dialin-ringing-still")
READY_OR_IN_A_CALL = (State.READY, State.OFFERED, State.TALKING)
WITH_AN_END = {
    State.AWAY: "duty-away-until",
    State.IN_VISIT: "duty-visit-until",
}
NOT_RUNG = {
    Unrung.BEING_RUNG: "message-not-rung-being-rung",
    Unrung.CHANGED: "message-not-rung-changed",
    Unrung.NO_NUMBER: "message-not-rung-no-number",
    Unrung.AT_NIGHT: "message-not-rung-at-night",
    Unrung.NOT_HIS_HOURS: "message-not-rung-not-his-hours",
    Unrung.CLOSED: "message-not-rung-closed",
    Unrung.NOT_YET: "message-not-rung-not-yet",
    Unrung.NOT_HERS: "message-not-rung-not-hers",
    Unrung.ANOTHERS: "message-not-rung-anothers",
    Unrung.COLLEAGUES: "message-not-rung-colleagues",
    Unrung.NO_SERVICE: "message-not-rung-no-service",
}


def questions(session: Session, signal: Signal) -> tuple[Question, ...]:
    """What must be known for a step on this line."""
    match session.stage, signal:
        case Stage.DUTY_MENU | Stage.DUTY_STATE, DigitsPressed("1"):
            return (LookAtDuty(session.who, if_ready=True),)
        case Stage.HOW_LONG, DigitsPressed(digits) if session.reason == FREE and not digits.strip("0"):
            return (LookAtDuty(session.who, if_ready=True),)
        case Stage.STAFF_PIN, DigitsPressed(pin) if _is_entry(pin):
            return (CheckStaffPin(session.staff_number, pin, session.caller),)
        case Stage.DUTY_MENU, DigitsPressed("3"):
            return LookAtDuty(session.who), LookForMessage(session.who)
        case Stage.STAFF_MESSAGE, DigitsPressed("*"):
            return LookAtDuty(session.who), LookForMessage(session.who, session.passed, session.message)
        case Stage.STAFF_MESSAGE, DigitsPressed("3"):
            return LookAtDuty(session.who, if_ready=True), MayRing(session.who, session.item)
        case Stage.STAFF_MESSAGE, DigitsPressed():
            return LookAtDuty(session.who), LookForMessage(session.who, (*session.passed, session.message))
        case Stage.SHIFT_PHONE, DigitsPressed("1") if session.caller:
            return LookAtDuty(session.who), ReadShiftPhone(session.who, session.caller)
        case Stage.SHIFT_NUMBER, DigitsPressed(digits):
            return LookAtDuty(session.who), ReadShiftPhone(session.who, digits)
    return (LookAtDuty(session.who),) if session.who else ()


# --- who calls --------------------------------------------------------------------------------------------------------


def hear_called(session: Session, _signal: Signal, _now: ClinicNow) -> Move:
    """The line for clinicians was called."""
    return Move(enter(session, Stage.STAFF_NUMBER))


def speak_staff_number(_session: Session, now: ClinicNow) -> Reply:
    """Which line this is, and the question; in every language."""
    return Ask(tuple(Phrase("dialin-welcome", each) for each in now.content.languages), Keys(None, "#", seconds=8))


def hear_staff_number(session: Session, signal: Signal, _now: ClinicNow) -> Move:
    """Any number leads on: whether it is anybody's is not told."""
    match signal:
        case DigitsPressed(digits) if _is_entry(digits):
            return Move(enter(session, Stage.STAFF_PIN, staff_number=digits))
    return other_exits(session, signal, _goodbye)


def speak_pin(_session: Session, now: ClinicNow) -> Reply:
    """The second question."""
    return Ask(tuple(Phrase("dialin-pin", each) for each in now.content.languages), Keys(None, "#", seconds=8))


def hear_pin(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Both are right: he is in. Else he begins anew, three times a call; and a lock is a lock."""
    facts = now.known.sign_in
    if not isinstance(signal, DigitsPressed) or facts is None:
        return other_exits(session, signal, _goodbye)
    if facts.clinician and facts.duty is not None:
        inside = replace(session, who=facts.clinician, staff_number="", language=now.content.languages[0])
        hello = (say(inside, "dialin-hello", clinician=facts.duty.given),)
        return _to_menu(inside, facts.duty, now, (SignedIn(facts.clinician),), hello)
    failed = replace(session, staff_number="", failed_proofs=session.failed_proofs + 1)
    counted: tuple[Effect, ...] = () if facts.locked else (FailedDialIn(session.staff_number),)
    if facts.locked or failed.failed_proofs >= TRIES:
        words = tuple(Phrase("dialin-locked", each) for each in now.content.languages)
        return Move(failed, counted, reply=HangUp(words))
    words = tuple(Phrase("dialin-wrong", each) for each in now.content.languages)
    return Move(enter(failed, Stage.STAFF_NUMBER), counted, before=words)


def _is_entry(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) >= SHORTEST_ENTRY


def _goodbye(session: Session) -> Move:
    return Move(session, reply=HangUp((say(session, "goodbye"),)))


# --- the menu ---------------------------------------------------------------------------------------------------------


def speak_menu(session: Session, now: ClinicNow) -> Reply:
    """What he does now, who waits for him, and what he can do about it."""
    return Ask(_menu(session, now.known.duty, now), Keys())


def _menu(session: Session, duty: DutyFacts | None, now: ClinicNow) -> tuple[Phrase, ...]:
    told = _standing(session, duty) if duty is not None and not (session.silences or session.mismatches) else ()
    following = next_language(session, now)
    other = (Phrase("other-language", following, (("key", int(OTHER_LANGUAGE)),)),)
    return (*told, say(session, "dialin-menu"), *(other if following != session.language else ()))


def _standing(session: Session, duty: DutyFacts) -> tuple[Phrase, ...]:
    """His state and until when; how many wait for him; his messages."""
    state = State(duty.state)
    if state is State.AWAY and duty.reason == MISSED_CALLS:
        told = say(session, "duty-missed")
    elif duty.free_until is not None and (state is State.READY or duty.reason == FREE_LATER):
        told = _ready_until(session, duty, duty.free_until)
    elif duty.until is not None and state in WITH_AN_END:
        told = say(session, WITH_AN_END[state], until=spoken_clock(duty.until, duty.zone, session.language))
    else:
        told = say(session, STATES[state])
    waiting = say(session, "dialin-waiting", count=duty.waiting) if duty.waiting else say(session, "dialin-nobody")
    messages = (say(session, "dialin-messages", count=duty.messages),) if duty.messages else ()
    return (told, waiting, *messages)


def _ready_until(session: Session, duty: DutyFacts, ends: datetime) -> Phrase:
    """Until when he is ready, and from when on, or why."""
    until = spoken_clock(ends, duty.zone, session.language)
    if duty.reason == FREE_LATER and duty.until is not None:
        begins = spoken_clock(duty.until, duty.zone, session.language)
        return say(session, "duty-free-later", begins=begins, until=until)
    return say(session, "duty-ready-hours" if duty.reason == HOURS_END else "duty-ready-until", until=until)


def _to_menu(
    session: Session,
    duty: DutyFacts | None,
    now: ClinicNow,
    effects: tuple[Effect, ...] = (),
    before: tuple[Phrase, ...] = (),
) -> Move:
    """Back in the menu, which tells how it stands with what was just decided."""
    inside = enter(session, Stage.DUTY_MENU, reason="", message="", item="")
    return Move(inside, effects, reply=Ask((*before, *_menu(inside, duty, now)), Keys()))


def hear_menu(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """The next call, his state, his messages, his phone; or the other language."""
    duty = now.known.duty
    match signal:
        case DigitsPressed("1"):
            return _stand_by(session, duty)
        case DigitsPressed("2"):
            return Move(enter(session, Stage.DUTY_STATE))
        case DigitsPressed("3"):
            return _to_message(session, now.known.message, now)
        case DigitsPressed("4"):
            return Move(enter(session, Stage.SHIFT_PHONE))
        case DigitsPressed(digits) if digits == OTHER_LANGUAGE:
            return _to_menu(replace(session, language=next_language(session, now)), duty, now)
    return other_exits(session, signal, _goodbye)


def _stand_by(session: Session, duty: DutyFacts | None) -> Move:
    """He is ready; until when, if he did not say so himself, he hears first."""
    ready = _ready(duty, None) if duty is not None else None
    told = (_ready_until(session, ready, ready.free_until),) if ready is not None and ready.free_until else ()
    return Move(enter(session, Stage.STAND_BY), (SetDuty(session.who, State.READY),), before=told)


def speak_stand_by(session: Session, _now: ClinicNow) -> Reply:
    """He is ready, and may stay on the line or not; a call to a patient is being set up, if he asked for it."""
    first, again = RINGING if session.item else STANDING_BY
    words = again if session.silences or session.mismatches else first
    return Ask((say(session, words),), Keys(seconds=READY_AND_WAITING))


def hear_stand_by(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """He waits for the next call; it reaches him as another conversation. After a while his phone will ring instead."""
    if signal == DigitsPressed("#"):
        return _to_menu(session, now.known.duty, now)
    return other_exits(
        session, signal, lambda waited: Move(waited, reply=HangUp((say(waited, "dialin-phone-will-ring"),)))
    )


# --- his state --------------------------------------------------------------------------------------------------------


def speak_state(session: Session, _now: ClinicNow) -> Reply:
    """What he can set."""
    return Ask((say(session, "duty-keys"),), Keys())


def hear_state(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Ready, away, free for some minutes, off duty."""
    match signal:
        case DigitsPressed("1"):
            return _set(session, now, State.READY)
        case DigitsPressed("2"):
            return Move(enter(session, Stage.AWAY_WHY))
        case DigitsPressed("3"):
            return Move(enter(session, Stage.HOW_LONG, reason=FREE))
        case DigitsPressed("4"):
            return _set(session, now, State.OFFLINE)
        case DigitsPressed("#"):
            return _to_menu(session, now.known.duty, now)
    return other_exits(session, signal, _goodbye)


def speak_why(session: Session, _now: ClinicNow) -> Reply:
    """Why he takes no calls."""
    return Ask((say(session, "duty-why"),), Keys())


def hear_why(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """The reason; then for how long."""
    match signal:
        case DigitsPressed(key) if key in REASONS:
            return Move(enter(session, Stage.HOW_LONG, reason=REASONS[key]))
        case DigitsPressed("#"):
            return _to_menu(session, now.known.duty, now)
    return other_exits(session, signal, _goodbye)


def speak_how_long(session: Session, _now: ClinicNow) -> Reply:
    """For how many minutes."""
    words = "duty-free-minutes" if session.reason == FREE else "duty-away-minutes"
    return Ask((say(session, words),), Keys(most=3, finish="#", seconds=8))


def hear_how_long(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Minutes, or 0 for no set time."""
    match signal:
        case DigitsPressed(digits) if digits.isascii() and digits.isdigit() and int(digits) <= LONGEST_MINUTES:
            state = {FREE: State.READY, VISIT: State.IN_VISIT}.get(session.reason, State.AWAY)
            return _set(session, now, state, int(digits) or None)
    return other_exits(session, signal, _goodbye)


def _set(session: Session, now: ClinicNow, state: State, minutes: int | None = None) -> Move:
    """The state is his; the menu tells it as it is from now on."""
    reason = session.reason if state is State.AWAY else ""
    until = now.now + timedelta(minutes=minutes) if minutes else None
    duty = now.known.duty
    if duty is not None and duty.state != State.TALKING:  # else it comes after the talk
        chosen = replace(duty, state=state.value, reason=reason, until=until)
        duty = _ready(duty, until) if state is State.READY else chosen
    return _to_menu(session, duty, now, (SetDuty(session.who, state, reason, minutes),))


def _ready(duty: DutyFacts, until: datetime | None) -> DutyFacts:
    """How it stands with him who is ready now: until he says, else until his hours end, if they do."""
    ready = duty.if_ready if until is None else None
    ends = ready.until if ready else until
    by_hours = ready is not None and ready.by_hours
    return replace(duty, state=State.READY.value, reason=HOURS_END if by_hours else "", until=None, free_until=ends)


# --- his messages -----------------------------------------------------------------------------------------------------


def speak_message(session: Session, now: ClinicNow) -> Reply:
    """A message from its beginning, and what can be done about it; put again, the keys alone."""
    facts, keys = now.known.message, say(session, "message-keys")
    if facts is None or session.silences or session.mismatches:
        return Ask((keys,), Keys())
    return Ask((_from(session, facts, now),), Keys(), sound=session.message, then=(keys,))


def _from(session: Session, facts: StaffMessage, now: ClinicNow) -> Phrase:
    """Whose message it is, about what, and when it was left."""
    service = now.content.services.get(facts.service)
    about = f"@{service.label if service else 'about-other'}"
    when = spoken_time(facts.left_at, now.now, facts.zone, session.language)
    if facts.patient_shown:
        return say(session, "message-from", patient=facts.patient_shown, about=about, when=when)
    return say(session, "message-from-unproved", about=about, when=when)


def _to_message(session: Session, facts: StaffMessage | None, now: ClinicNow, effects: tuple[Effect, ...] = ()) -> Move:
    """The next message, or that there is none."""
    if facts is None:
        return _to_menu(session, None, now, effects, (say(session, "message-no-more"),))
    inside = enter(session, Stage.STAFF_MESSAGE, message=facts.id, item=facts.item)
    return Move(inside, (*effects, HeardMessage(facts.id)))


def hear_message(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Dealt with, kept, the patient to be rung, heard again, or enough of it."""
    facts, ring = now.known.message, now.known.ring
    passed = replace(session, passed=(*session.passed, session.message))
    match signal:
        case DigitsPressed("1"):
            return _to_message(passed, facts, now, (DoneWithMessage(session.who, session.item),))
        case DigitsPressed("2"):
            return _to_message(passed, facts, now)
        case DigitsPressed("3") if ring is not None and ring.why_not is not None:
            words = (say(session, NOT_RUNG[ring.why_not]), say(session, "message-keys"))
            return Move(enter(session, Stage.STAFF_MESSAGE), reply=Ask(words, Keys()))
        case DigitsPressed("3") if ring is not None:
            return _to_patient(passed, now)
        case DigitsPressed("#"):
            return _to_menu(replace(session, passed=()), now.known.duty, now)
        case DigitsPressed("*"):
            return Move(enter(session, Stage.STAFF_MESSAGE))
    return other_exits(session, signal, _goodbye)


def _to_patient(session: Session, now: ClinicNow) -> Move:
    """The call to a patient is set up, and comes to this leg as every call for him does.

    It comes only to somebody who is ready, and he who asks for it here has his phone at his ear: so asking makes him
    ready, as the key for the next call does, and he hears it. A call that he is offered, or has, comes first.
    """
    duty = now.known.duty
    if duty is None or State(duty.state) in READY_OR_IN_A_CALL:
        return Move(enter(session, Stage.STAND_BY, message=""), (RingPatient(session.who, session.item),))
    told = _now_ready(session, duty)
    asked = (SetDuty(session.who, State.READY), RingPatient(session.who, session.item))
    return Move(enter(session, Stage.STAND_BY, message=""), asked, before=(told,))


def _now_ready(session: Session, duty: DutyFacts) -> Phrase:
    """That he is ready now, and until when if that is known."""
    ready = _ready(duty, None)
    return _ready_until(session, ready, ready.free_until) if ready.free_until else say(session, "duty-ready")


# --- the phone of this shift ------------------------------------------------------------------------------------------


def speak_phone(session: Session, now: ClinicNow) -> Reply:
    """Which phone rings now, and which may."""
    duty = now.known.duty
    phone = (say(session, "phone-now", digits=_ending(duty.phone)),) if duty is not None and duty.phone else ()
    this = (say(session, "phone-this"),) if session.caller else ()
    return Ask((*phone, *this, say(session, "phone-keys")), Keys())


def hear_phone(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """This one, another, or the usual one again."""
    match signal:
        case DigitsPressed("1") if session.caller:
            return _chosen(session, now)
        case DigitsPressed("2"):
            return Move(enter(session, Stage.SHIFT_NUMBER))
        case DigitsPressed("3"):
            words = (say(session, "phone-usual"),)
            return _to_menu(session, now.known.duty, now, (SetShiftPhone(session.who, ""),), words)
        case DigitsPressed("#"):
            return _to_menu(session, now.known.duty, now)
    return other_exits(session, signal, _goodbye)


def speak_number(session: Session, _now: ClinicNow) -> Reply:
    """The number that shall ring."""
    return Ask((say(session, "phone-number"),), Keys(most=10, seconds=8))


def hear_number(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Ten digits that we may ring."""
    if isinstance(signal, DigitsPressed) and now.known.shift_phone:
        return _chosen(session, now)
    if signal == DigitsPressed("#"):
        return _to_menu(session, now.known.duty, now)
    return other_exits(session, signal, _goodbye)


def _chosen(session: Session, now: ClinicNow) -> Move:
    number = now.known.shift_phone
    if not number:
        return _to_menu(session, now.known.duty, now, before=(say(session, "phone-refused"),))
    words = (say(session, "phone-now", digits=_ending(number)),)
    return _to_menu(session, now.known.duty, now, (SetShiftPhone(session.who, number),), words)


def _ending(number: str) -> str:
    return spoken_digits(last_digits(number))
