"""One step of any leg's conversation: what must be known for it, and what it decides. Start reading here.

A step never asks a clock, a database or the carrier: `questions` names the facts, the shell looks them up, `step`
decides. What holds in every stage is in this file; what one stage says and hears is in the module of its party.

Longer than 300 lines because what every stage has in common is one rule, and is read from top to bottom.
"""

from ivr import (
    callback,
    caller,
    clinician,
    closing,
    danger,
    dialin,
    education,
    guest,
    identify,
    manner,
    no_one,
    own_offer,
    promised,
    returned,
    survey,
    understanding,
    waiting,
)
from ivr.copying import replace
from ivr.effects import AttemptAnswered, Effect, LegOver
from ivr.knowledge import (
    CheckIdentity,
    CheckLockout,
    CheckStaff,
    ClinicNow,
    FindWindows,
    LookAtAttempt,
    LookAtCaller,
    LookAtCapacity,
    LookAtCrowd,
    LookAtGuest,
    LookAtOffer,
    LookAtOutlook,
    LookAtOwn,
    LookAtWait,
    LookForHelp,
    LookForPlaces,
    LookForPromise,
    Question,
    ReadNumber,
)
from ivr.replies import (
    Ask,
    Connect,
    ConnectOperator,
    HangUp,
    Hold,
    LeaveQueue,
    Nothing,
    Phrase,
    Reply,
    TakeMessage,
)
from ivr.session import Session, Stage
from ivr.signals import (
    CallArrived,
    CallEnded,
    DigitsPressed,
    Ending,
    HoldTick,
    LeftQueue,
    LegAnswered,
    MessageRecorded,
    MovedBack,
    MovedToTalk,
    NothingEntered,
    Party,
    QueueResult,
    Resumed,
    Signal,
    SpeechHeard,
    StaffCalled,
)
from ivr.turn import Move, Part, Turn, is_held, leave_line, say, to_no_one, to_person, with_hours_of

__all__ = ["HANDLERS", "Turn", "fact_of", "first_session", "questions", "step"]

HANDLERS: dict[Stage, Part] = {
    Stage.NEW: Part(caller.speak_language, caller.hear_arrival),
    Stage.LANGUAGE: Part(caller.speak_language, caller.hear_language),
    Stage.MENU: Part(caller.speak_menu, caller.hear_menu),
    Stage.BIRTH_DATE: Part(identify.speak_birth_date, identify.hear_birth_date),
    Stage.SECOND_PROOF: Part(identify.speak_second_proof, identify.hear_second_proof),
    Stage.OWN_OFFER: Part(own_offer.speak, own_offer.hear),
    Stage.HEARD: Part(understanding.speak_heard, understanding.hear_heard),
    Stage.WAITING: Part(waiting.speak_waiting, waiting.hear_waiting),
    Stage.CALLBACK_CONFIRM: Part(callback.speak_confirm, callback.hear_confirm),
    Stage.CALLBACK_NUMBER: Part(callback.speak_number, callback.hear_number),
    Stage.CALLBACK_WHEN: Part(callback.speak_when, callback.hear_when),
    Stage.PROMISED: Part(callback.speak_promised, callback.hear_promised),
    Stage.MY_CALLBACK: Part(promised.speak_my_callback, promised.hear_my_callback),
    Stage.OWN_LATER: Part(waiting.speak_own_later, waiting.hear_own_later),
    Stage.OPERATOR: Part(caller.speak_operator, caller.hear_operator),
    Stage.NO_ONE: Part(no_one.speak_no_one, no_one.hear_no_one),
    Stage.MESSAGE: Part(no_one.speak_message, no_one.hear_message),
    Stage.TALKING: Part(waiting.speak_talking, waiting.hear_talking),
    Stage.AFTER_TALK: Part(waiting.speak_after_talk, waiting.hear_after_talk),
    Stage.CLOSING: Part(closing.speak_closing, closing.hear_closing),
    Stage.EDUCATION: Part(education.speak_education, education.hear_education),
    Stage.SURVEY: Part(survey.speak_survey, survey.hear_survey),
    Stage.OFFERED: Part(clinician.speak_offered, clinician.hear_offered),
    Stage.AFTER_VISIT: Part(clinician.speak_after_visit, clinician.hear_after_visit),
    Stage.RETURN_GREETING: Part(returned.speak_return, returned.hear_return),
    Stage.OPERATOR_WHISPER: Part(clinician.speak_whisper, clinician.hear_whisper),
    Stage.INVITED: Part(guest.speak_invited, guest.hear_invited),
    Stage.RED_FLAG: Part(danger.speak, danger.hear),
    Stage.STAFF_NUMBER: Part(dialin.speak_staff_number, dialin.hear_staff_number),
    Stage.STAFF_PIN: Part(dialin.speak_pin, dialin.hear_pin),
    Stage.DUTY_MENU: Part(dialin.speak_menu, dialin.hear_menu),
    Stage.DUTY_STATE: Part(dialin.speak_state, dialin.hear_state),
    Stage.AWAY_WHY: Part(dialin.speak_why, dialin.hear_why),
    Stage.HOW_LONG: Part(dialin.speak_how_long, dialin.hear_how_long),
    Stage.STAND_BY: Part(dialin.speak_stand_by, dialin.hear_stand_by),
    Stage.STAFF_MESSAGE: Part(dialin.speak_message, dialin.hear_message),
    Stage.SHIFT_PHONE: Part(dialin.speak_phone, dialin.hear_phone),
    Stage.SHIFT_NUMBER: Part(dialin.speak_number, dialin.hear_number),
}

HANDLERS_OF_PARTY: dict[tuple[Party, Stage], Part] = {
    (Party.CLINICIAN, Stage.NEW): Part(clinician.speak_offered, clinician.hear_offer_answered),
    (Party.CLINICIAN, Stage.TALKING): Part(clinician.speak_talking, clinician.hear_talking),
    (Party.RETURNED, Stage.NEW): Part(returned.speak_return, returned.hear_return_answered),
    (Party.RETURNED, Stage.WAITING): Part(waiting.speak_waiting, returned.hear_holding),
    (Party.OPERATOR, Stage.NEW): Part(clinician.speak_whisper, clinician.hear_operator_answered),
    (Party.OPERATOR, Stage.TALKING): Part(clinician.speak_bridge, clinician.hear_bridged),
    (Party.DIALIN, Stage.NEW): Part(dialin.speak_staff_number, dialin.hear_called),
    (Party.GUEST, Stage.NEW): Part(guest.speak_invited, guest.hear_answered),
    (Party.GUEST, Stage.TALKING): Part(guest.speak_talking, guest.hear_talking),
}
"""Stages that mean something else to another party than the patient."""

ZERO_IS_A_PERSON = frozenset(
    {
        Stage.LANGUAGE,
        Stage.MENU,
        Stage.BIRTH_DATE,
        Stage.SECOND_PROOF,
        Stage.OWN_OFFER,
        Stage.HEARD,
        Stage.WAITING,
        Stage.CALLBACK_CONFIRM,
        Stage.CALLBACK_NUMBER,
        Stage.CALLBACK_WHEN,
        Stage.PROMISED,
        Stage.MY_CALLBACK,
        Stage.OWN_LATER,
        Stage.NO_ONE,
        Stage.MESSAGE,
        Stage.AFTER_TALK,
        Stage.RED_FLAG,
        Stage.CLOSING,
        Stage.EDUCATION,
        Stage.SURVEY,
    }
)
NOT_HELD_ANY_MORE = frozenset({QueueResult.FULL, QueueResult.ERROR, QueueResult.SYSTEM_ERROR})
PATIENTS = frozenset({Party.PATIENT, Party.RETURNED})
NOT_IN_QUEUE = (Connect, ConnectOperator, TakeMessage)  # what the carrier does not allow there
SPEAKING = (Ask, Hold, Connect, ConnectOperator, TakeMessage, HangUp)  # replies before which something can be said


def first_session(signal: Signal, party: Party, line: str = "") -> Session:
    """The session of a leg that begins with `signal`. `line` is the key of the line that was called."""
    match signal:
        case CallArrived(caller=number):
            return Session(party=party, caller=number, line=line)
        case StaffCalled(caller=number):
            return Session(party=party, caller=number)
        case LegAnswered(reference=reference):
            return _referring(Session(party=party, line=line), reference)
    return Session(party=party, line=line)


def _referring(session: Session, reference: str) -> Session:
    """The session with what its leg was rung for."""
    number = int(reference) if reference.isascii() and reference.isdigit() else None
    match session.party:
        case Party.CLINICIAN:
            return replace(session, offer=number)
        case Party.RETURNED:
            return replace(session, attempt=number)
        case Party.GUEST:
            return replace(session, guest=number)
        case _:
            return replace(session, parent=reference)


def fact_of(signal: Signal) -> str:
    """The journal's name of a signal: "digits_pressed"."""
    name = type(signal).__name__
    return name[0].lower() + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name[1:])


# --- what must be known ---------------------------------------------------------------------------------------------


def questions(session: Session, signal: Signal) -> tuple[Question, ...]:
    """The facts that `step` needs for this signal; it is correct, if less kind, without them."""
    if session.party in PATIENTS and danger.may_concern(session, signal):
        return (LookForHelp(session.language), *_of_the_stage(session, signal))
    return _of_the_stage(session, signal)


def _of_the_stage(session: Session, signal: Signal) -> tuple[Question, ...]:
    if session.party is Party.DIALIN:
        return dialin.questions(session, signal)
    if isinstance(signal, MovedToTalk | MovedBack):
        return (LookAtOffer(signal.offer),)
    if session.stage is Stage.NEW and isinstance(signal, LegAnswered):
        session = _referring(session, signal.reference)
    session, signal = understanding.supposed(session, signal)
    match session.stage:
        case Stage.NEW | Stage.OFFERED | Stage.AFTER_VISIT | Stage.TALKING | Stage.RETURN_GREETING | Stage.INVITED:
            return _about_what_it_was_rung_for(session)
        case Stage.MENU | Stage.SECOND_PROOF:
            return _about_the_caller(session, signal)
        case Stage.OPERATOR_WHISPER:
            return (LookAtCaller(),)
        case Stage.WAITING if session.attempt is not None and is_held(session):
            return (LookAtAttempt(session.attempt),)
        case Stage.WAITING if isinstance(signal, HoldTick | NothingEntered):
            crowd = LookAtCrowd(session.service or "", session.language)
            return (LookAtWait(), crowd, LookAtOutlook()) if waiting.may_be_told(session) else (LookAtWait(), crowd)
        case Stage.RED_FLAG if isinstance(signal, HoldTick | NothingEntered):
            return (LookAtWait(),)
        case Stage.OWN_OFFER:
            return (LookAtOwn(session.own),) if session.own else ()
        case Stage.MY_CALLBACK:
            return _about_his_callback(session)
        case Stage.CALLBACK_CONFIRM | Stage.CALLBACK_NUMBER | Stage.CALLBACK_WHEN | Stage.MESSAGE | Stage.CLOSING:
            return _about_the_number(session, signal)
    return ()


def _about_what_it_was_rung_for(session: Session) -> tuple[Question, ...]:
    asked: list[Question] = []
    if session.offer is not None:
        asked.append(LookAtOffer(session.offer))
    if session.attempt is not None and session.stage is not Stage.TALKING:
        asked.append(LookAtAttempt(session.attempt))
    if session.guest is not None:
        asked.append(LookAtGuest(session.guest))
    return tuple(asked)


def _about_the_caller(session: Session, signal: Signal) -> tuple[Question, ...]:
    match session.stage, signal:
        case Stage.MENU, DigitsPressed() | SpeechHeard():
            places = LookForPlaces(session.caller, session.line)
            return CheckLockout(session.caller), places, *_about_his_promise(session)
        case Stage.SECOND_PROOF, DigitsPressed(digits) if identify.is_second_proof(digits):
            service = session.service or ""
            identity = CheckIdentity(session.birth_date, digits, session.caller, service)
            if session.wants == promised.WANTED:
                return (identity,)
            places = LookForPlaces(session.caller, session.line)
            staff, crowd = CheckStaff(service, session.language), LookAtCrowd(service, session.language)
            return identity, staff, crowd, places
    return ()


def _about_his_callback(session: Session) -> tuple[Question, ...]:
    number, own = session.callback_number, session.own if session.wants_own else None
    about = (session.service, session.line, session.promise)
    return *_about_his_promise(session), FindWindows(number, session.patient, own, *about)


def _about_his_promise(session: Session) -> tuple[Question, ...]:
    """Of a promise nothing is looked up for somebody who is not proved: nothing could be told of it, or timed."""
    if session.patient is None:
        return ()
    whose = (session.caller, session.patient, session.proxy, session.scope, session.teen)
    return (LookForPromise(*whose),)


def _about_the_number(session: Session, signal: Signal) -> tuple[Question, ...]:
    known = session.callback_number or session.caller
    reading = (ReadNumber(known, session.patient, session.caller),) if known else ()
    match session.stage, signal:
        case Stage.CALLBACK_NUMBER, DigitsPressed(digits):
            return (ReadNumber(digits, session.patient, session.caller),)
        case Stage.CALLBACK_CONFIRM, DigitsPressed("1" | "4") if known:
            own = session.own if session.wants_own else None
            room = LookAtCapacity(session.service or "", session.language, session.line, known, session.patient)
            return (*reading, FindWindows(known, session.patient, own, session.service, session.line), room)
        case Stage.CALLBACK_WHEN, DigitsPressed():
            return reading
        case Stage.MESSAGE | Stage.CLOSING, MessageRecorded() | NothingEntered() | DigitsPressed():
            return reading
    return ()


# --- what is decided ------------------------------------------------------------------------------------------------


def step(session: Session, signal: Signal, clinic_now: ClinicNow) -> Turn:
    """The next turn of a leg. Every signal is answered in every stage; an unexpected one makes it speak again."""
    clinic_now = with_hours_of(session, clinic_now)
    match signal:
        case CallEnded(ending):
            return _ended(session, ending, clinic_now)
        case MessageRecorded() if session.stage is Stage.ENDED:
            return Turn(session, HangUp((say(session, "goodbye"),)), no_one.kept_late(session, signal, clinic_now))
        case MovedBack() if session.stage is Stage.ENDED and session.party is Party.CLINICIAN:
            return Turn(session, clinician.told_again(session, clinic_now))
        case _ if session.stage is Stage.ENDED:
            return Turn(session, HangUp((say(session, "goodbye"),)))
        case LeftQueue(result) if session.party in PATIENTS and not _still_ours(result):
            return Turn(session, Nothing())
        case CallArrived(caller=number, dialled=number_called) if number is not None and number == number_called:
            # A call of our own that somebody's phone forwards to us: nobody is there, and it would ring itself again.
            return Turn(replace(session, stage=Stage.ENDED), HangUp((say(session, "goodbye"),)))
    move = _decide(session, signal, clinic_now)
    return _settle(danger.kept(session, signal, move, clinic_now), clinic_now)


def _still_ours(result: QueueResult) -> bool:
    """Whether the leg waits for our document; otherwise it is elsewhere, and this answer goes unused."""
    return result is QueueResult.LEAVE or result in NOT_HELD_ANY_MORE


def _decide(session: Session, signal: Signal, now: ClinicNow) -> Move:
    if session.party in PATIENTS:
        if hit := danger.heard(session, signal, now):
            return danger.begin(session, hit, now)
        match signal:
            case MovedToTalk():
                return waiting.moved_to_talk(session, signal, now)
            case MovedBack():
                return waiting.wait_again(session, now)
            case LeftQueue(result):
                return _out_of_queue(replace(session, in_queue=False), result, now)
        if session.stage in ZERO_IS_A_PERSON:
            return _answered(session, signal, now)
    if session.stage is Stage.NEW and isinstance(signal, LegAnswered):
        session = _referring(session, signal.reference)
    return _part(session).hear(session, signal, now)


def _answered(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A patient's answer: in another manner, a person, or to the question, by key or voice."""
    if in_other_manner := manner.changed(session, signal, now):
        return in_other_manner
    understood = understanding.understood(session, signal, now)
    if isinstance(understood, Move):
        return understood
    session, signal = understood
    return to_person(session) if signal == DigitsPressed("0") else _part(session).hear(session, signal, now)


def _part(session: Session) -> Part:
    if session.party is Party.RETURNED and session.in_line:  # cut off after his talk, he stands in line like any caller
        return HANDLERS[session.stage]
    return HANDLERS_OF_PARTY.get((session.party, session.stage)) or HANDLERS[session.stage]


def _out_of_queue(session: Session, result: QueueResult, now: ClinicNow) -> Move:
    """He left as we asked, and the stage speaks; or the carrier would not hold him, and he is told."""
    if result in NOT_HELD_ANY_MORE and session.stage in (Stage.WAITING, Stage.RED_FLAG):
        return to_no_one(session, "nobody_answered")
    return _part(session).hear(session, Resumed(), now)


def _settle(move: Move, now: ClinicNow) -> Turn:
    """Let the stage speak, and keep to what the carrier allows in its queue."""
    session = move.session
    reply = move.reply or _after(move.before, _part(session).speak(session, with_hours_of(session, now)))
    if session.party in PATIENTS:
        reply = manner.at_his_pace(session, understanding.listening(session, reply, now))
    if session.in_queue and isinstance(reply, NOT_IN_QUEUE):
        return Turn(session, LeaveQueue(move.before), move.effects)
    if isinstance(reply, Ask) and danger.listens(session.party, session.stage):
        reply = replace(reply, keys=replace(reply.keys, speech=True))
    if isinstance(reply, Hold):
        session = replace(session, in_queue=True)
    if isinstance(reply, HangUp):
        session, left = leave_line(session, "hung_up")  # whoever is hung up on stands in no line
        return Turn(replace(session, stage=Stage.ENDED, in_queue=False), reply, (*move.effects, *left))
    return Turn(session, reply, move.effects)


def _after(before: tuple[Phrase, ...], reply: Reply) -> Reply:
    """The reply with something said first."""
    if before and isinstance(reply, SPEAKING):
        return replace(reply, phrases=(*before, *reply.phrases))
    return reply


def _ended(session: Session, ending: Ending, now: ClinicNow) -> Turn:
    """The leg is over: what it held is let go."""
    effects = (*_let_go(session, ending, now), LegOver(session.stage, ending))
    return Turn(replace(session, stage=Stage.ENDED, in_queue=False, in_line=False), None, effects)


def _let_go(session: Session, ending: Ending, now: ClinicNow) -> tuple[Effect, ...]:
    facts = now.known.offer
    match session.party, session.stage:
        case Party.CLINICIAN, Stage.NEW | Stage.OFFERED | Stage.AFTER_VISIT:
            return clinician.hung_up_offered(session, facts, ending)
        case Party.CLINICIAN, Stage.TALKING:
            return clinician.talk_over(session, facts)
        case Party.RETURNED, Stage.NEW | Stage.RETURN_GREETING | Stage.WAITING if session.attempt is not None:
            return (AttemptAnswered(session.attempt, accepted=False, cause=clinician.CAUSES[ending]),)
        case Party.GUEST, _:
            return guest.hung_up(session, ending)
        case Party.PATIENT | Party.RETURNED, Stage.TALKING:
            return waiting.hung_up_talking(session, facts)
    return leave_line(session, "hung_up")[1]
