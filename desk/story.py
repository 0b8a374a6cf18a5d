"""Tells one call's story from its journal: one plain sentence for each fact, each kind of fact by its own presenter.

A fact nobody wrote a sentence for is shown as it is: the story may be clumsy, never silent.

Longer than 300 lines because every kind of fact has its presenter here, a few lines each.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desk import words
from desk.words import Moment
from routing.explain import why_this

Details = Mapping[str, Any]
ROUTINE = frozenset({"hold_tick"})  # comes every few seconds and tells nothing


@dataclass(frozen=True)
class FactRow:
    """One journal entry, as far as the story needs it."""

    at: datetime
    fact: str
    details: Details


@dataclass(frozen=True)
class Names:
    """Clinicians' full names by id, and clinicians by the offers of this call."""

    people: Mapping[str, str]
    offers: Mapping[int, str]
    outcomes: Mapping[str, str] = field(default_factory=dict)  # labels by code

    def of(self, clinician_id: object) -> str:
        """A clinician's name; empty when nobody is meant."""
        return self.people.get(str(clinician_id), "a former colleague") if clinician_id else ""

    def offered(self, details: Details) -> str:
        """The clinician whom the fact's offer was made to."""
        return self.of(details.get("clinician") or self.offers.get(details.get("offer") or 0)) or "the clinician"


@dataclass(frozen=True)
class Line:
    """One sentence of the story: when, how far into the call, and what."""

    time: str
    after: str
    text: str
    tone: str = ""


def story(facts: Iterable[FactRow], names: Names, moment: Moment) -> tuple[Line, ...]:
    """The story, in order, without what is routine."""
    told = [fact for fact in facts if fact.fact not in ROUTINE]
    start = told[0].at if told else moment.now
    return tuple(line(fact, names, start, moment) for fact in told)


def line(fact: FactRow, names: Names, start: datetime, moment: Moment) -> Line:
    """One fact as one sentence."""
    tell = TELLERS.get(fact.fact)
    return Line(
        time=words.time_of_day(fact.at, moment.zone, seconds=True),
        after="+" + words.timer(words.seconds_between(start, fact.at)),
        text=_capital(tell(fact.details, names)) if tell else unknown(fact),
        tone=TONES.get(fact.fact, ""),
    )


def unknown(fact: FactRow) -> str:
    """A fact without a sentence of its own."""
    known = [f"{words.plain(key).lower()} {value}" for key, value in fact.details.items() if value not in (None, "")]
    return words.plain(fact.fact) + (f" ({', '.join(known)})." if known else ".")


def _chose(details: Details, _names: Names) -> str:
    choice = str(details.get("choice") or "")
    if details.get("what") == "language":
        return f"The caller chose {words.language(choice)}."
    return f"Service: {words.plain(choice) or 'none'}."  # not always of his own choosing: danger leads to the nurse


def _joined_line(details: Details, names: Names) -> str:
    own, service = names.of(details.get("own")), words.plain(str(details.get("service") or "")).lower()
    wish = f", first for {own}, the patient's own clinician" if own else ""
    place = ", at the place he had before he was cut off" if details.get("resumes") else ""
    return f"The caller joined the line for {service or 'a person'}{wish}{place}."


def _chose_whom(details: Details, _names: Names) -> str:
    return CHOSE_WHOM.get(str(details.get("whom") or ""), CHOSE_WHOM[""])


def _wait_told(details: Details, _names: Names) -> str:
    position, low, high = (int(details.get(name) or 0) for name in ("position", "low_min", "high_min"))
    parts = [f"number {position} in line"] if position else []
    parts += [f"a wait of {low} to {high} min"] if high else []
    return f"The caller was told: {', '.join(parts)}."


def _limit_reached(details: Details, _names: Names) -> str:
    limit, leads_to = (words.plain(str(details.get(name) or "")).lower() for name in ("limit", "exit"))
    return f"A limit of the service was reached ({limit}); the caller was led on ({leads_to})."


def _left_line(details: Details, _names: Names) -> str:
    why = str(details.get("why") or "")
    return LEFT.get(why, f"The caller left the line ({words.plain(why).lower() or 'no reason noted'}).")


def _offer_made(details: Details, names: Names) -> str:
    why = details.get("why")
    reason = f" {why_this(why)}" if isinstance(why, Mapping) and why else ""
    return f"The call was offered to {names.offered(details)}.{reason}"


def _given_back(details: Details, names: Names) -> str:
    cause = str(details.get("cause") or "")
    how = GIVEN_BACK.get(cause, f"did not take the call ({words.plain(cause).lower() or 'no cause noted'})")
    reason = words.plain(str(details.get("reason") or "")).lower()
    how += f" ({reason})" if reason else ""
    return f"{names.offered(details)} {how}; the caller kept the first place."


def _in_room(details: Details, names: Names) -> str:
    who = names.offered(details) if details.get("who") == "clinician" else "the patient"
    return f"{who} entered the room."


def _talk_noted(details: Details, names: Names) -> str:
    outcome = str(details.get("outcome") or "")
    how = f": {names.outcomes.get(outcome) or words.plain(outcome)}" if outcome else ""
    return f"{names.offered(details)} noted how the talk ended{how}."


def _callback_booked(details: Details, names: Names) -> str:
    own = names.of(details.get("own"))
    return f"A callback was promised{f' by {own}' if own else ''}."


def _callback_answered(details: Details, _names: Names) -> str:
    if details.get("accepted"):
        return "The patient answered the callback."
    return NOT_REACHED.get(str(details.get("cause")), "The patient was not reached.")


def _promise(details: Details, _names: Names) -> str:
    state, cause = str(details.get("state")), words.plain(str(details.get("why") or "")).lower()
    return PROMISED.get(state, f"The promise is {words.plain(state).lower()}") + (f" ({cause})." if cause else ".")


def _attempt(details: Details, _names: Names) -> str:
    state, cause = str(details.get("state")), words.plain(str(details.get("why") or "")).lower()
    return TRIED.get(state, f"The call back is {words.plain(state).lower()}") + (f" ({cause})." if cause else ".")


def _passed_until(details: Details, names: Names) -> str:
    minutes = details.get("minutes")
    when = f"in {minutes} minutes" if minutes else "after the visit"
    return f"{names.offered(details)} is in a visit, and can call the patient {when}."


def _message_kept(details: Details, names: Names) -> str:
    length = words.span(int(details.get("seconds") or 0))
    return f"The caller left a message of {length} for {names.of(details.get('own')) or 'the team'}."


def _work_opened(details: Details, names: Names) -> str:
    what = WORK.get(str(details.get("kind")), "This")
    return f"{what} is now on the list of {names.of(details.get('own')) or 'the team'}."


def _somebody(details: Details, names: Names) -> str:
    return names.people.get(str(details.get("by")), "a supervisor")


def _clinician(details: Details, names: Names) -> str:
    return names.of(details.get("clinician")) or "a clinician"


def _duty_set(details: Details, names: Names) -> str:
    state, minutes = words.state(str(details.get("state"))).lower(), details.get("minutes")
    how_long = f", for {minutes} minutes" if minutes else ""
    return f"{_clinician(details, names)} set the state by phone: {state}{how_long}."


def _work_given(details: Details, names: Names) -> str:
    reason = words.plain(str(details.get("reason"))).lower()
    return f"It was given to {names.of(details.get('to')) or 'the team'} ({reason})."


def _callback_given(details: Details, names: Names) -> str:
    reason = words.plain(str(details.get("reason"))).lower()
    return f"The promised call was given to {names.of(details.get('to')) or 'the team'} ({reason})."


def _called_out(details: Details, names: Names) -> str:
    return f"{names.of(details.get('to')) or 'A clinician'} asked the center to ring the patient."


def _leg_answered(details: Details, names: Names) -> str:
    who = {"clinician": names.offered(details), "returned": "the patient", "operator": "the operator"}
    return f"{who.get(str(details.get('party')), 'somebody')}'s phone was answered."


def _call_ended(details: Details, _names: Names) -> str:
    return f"{_PARTIES.get(str(details.get('party')), 'a')} phone call ended."


def _leg_over(details: Details, _names: Names) -> str:
    stage = words.plain(str(details.get("while_in") or "")).lower()
    return f"A phone was hung up{f' at this step: {stage}' if stage else ''}."


def _said(sentence: str) -> Callable[[Details, Names], str]:
    return lambda _details, _names: sentence


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_PARTIES = {"patient": "the patient's", "returned": "the patient's", "clinician": "the clinician's"}
CHOSE_WHOM = {
    "own": "The patient chose to wait for his own clinician.",
    "next": "The patient chose the next available clinician.",
    "": "The patient did not choose whom to wait for.",
}
LEFT = {
    "menu": "The caller went back to the menu.",
    "hung_up": "The caller hung up while waiting.",
    "callback": "The caller left the line for a callback.",
    "message": "The caller left the line to leave a message.",
    "operator": "The caller left the line for the operator.",
    "limit": "The caller left the line, led on by a limit of its service.",
}
GIVEN_BACK = {
    "declined": "passed the call on",
    "no_key": "answered but pressed no key",
    "busy": "was busy on the phone",
    "no_answer": "did not answer",
    "failed": "could not be rung",
    "hung_up": "hung up before taking the call",
    "expired": "did not answer in time",
    "lost": "was lost before the talk began",
}
NOT_REACHED = {
    "no_key": "Somebody answered the callback but pressed no key.",
    "hung_up": "Somebody answered the callback and hung up before the key.",
    "no_answer": "Nobody answered the callback.",
    "busy": "The patient's phone was busy.",
    "failed": "The patient's phone could not be rung.",
}
WORK = {
    "message": "The message",
    "gave_up": "The caller gave up waiting. To ring him",
    "promise": "The promise could not be kept. To ring him",
}
WORK_DONE = {
    "reached": "The patient was reached.",
    "message_left": "A message was left for the patient.",
    "arranged": "It was arranged with the patient for later.",
    "not_needed": "It was not needed any more.",
    "came_back": "The patient reached us by himself.",
}
PROMISED = {
    "booked": "The promised call waits for its time",
    "waiting": "The promised call stands in line",
    "calling": "A clinician has the promised call",
    "reached": "The promise is kept",
    "to_person": "The promise was handed to a person",
    "cancelled": "The promise was taken back",
}
TRIED = {
    "intended": "The patient is to be rung",
    "unknown": "The carrier is asked to ring the patient",
    "placed": "The patient's phone rings",
    "answered": "The patient's phone was answered",
    "reached": "The patient was reached",
    "missed": "The patient was not reached",
    "not_placed": "The patient's phone was not rung",
}
TELLERS: dict[str, Callable[[Details, Names], str]] = {
    # What the carrier told us.
    "arrived": _said("A patient called the center."),
    "call_arrived": _said("A patient called the center."),
    "leg_answered": _leg_answered,
    "digits_pressed": _said("A key was pressed."),
    "speech_heard": _said("Words were heard."),
    "nothing_entered": _said("Nothing was entered."),
    "left_queue": _said("The caller left the carrier's queue."),
    "moved_to_talk": _said("The caller was moved to the room."),
    "moved_back": _said("The caller was moved back to the line."),
    "message_recorded": _said("A recording ended."),
    "resumed": _said("The carrier asked again, and the question was repeated."),
    "call_ended": _call_ended,
    "talk_left": _said("A phone left the room."),
    # What was done.
    "chose": _chose,
    "verified": lambda details, _names: f"The caller's identity was proved (level {details.get('level', 2)}).",
    "verification_failed": _said("What was entered did not prove the caller's identity."),
    "joined_line": _joined_line,
    "chose_whom": _chose_whom,
    "wait_told": _wait_told,
    "limit_reached": _limit_reached,
    "left_line": _left_line,
    "offer_made": _offer_made,
    "offer_accepted": lambda details, names: f"{names.offered(details)} pressed the key and took the call.",
    "offer_given_back": _given_back,
    "in_room": _in_room,
    "talk_started": lambda details, names: f"The patient and {names.offered(details)} could hear each other.",
    "talk_ended": _said("The talk ended."),
    "help_asked": _said("The clinician asked the supervisors for help."),
    "help_not_needed": _said("The clinician said that no help is needed any more."),
    "talk_noted": _talk_noted,
    "callback_booked": _callback_booked,
    "callback_answered": _callback_answered,
    "promise": _promise,
    "attempt": _attempt,
    "callback_moved": _said("The patient moved his callback to another time."),
    "callback_cancelled": _said("The patient took his callback back."),
    "texts_wanted": _said("The patient asked for text messages about the callback."),
    "opted_out": _said("Whoever answered wants no more calls at this number."),
    "offer_passed_until": _passed_until,
    "guest_came": _said("A guest joined the talk."),
    "guest_gone": _said("A guest left the talk, or did not come."),
    "message_kept": _message_kept,
    "remembered": _said("How the patient wants to be spoken with was noted."),
    "red_flag_heard": _said("What the caller said may mean danger."),
    "message_dropped": _said("A recording in which nobody spoke was deleted."),
    "message_adopted": _said("A message was found at the carrier, of a call that never reached us."),
    "message_fetched": _said("The message was fetched from the carrier, and is kept sealed."),
    "message_sound_lost": _said("The carrier has no sound of the message."),
    "message_erased": _said("The sound of the message was erased: its time was over."),
    "recording_deleted": _said("The recording was deleted at the carrier."),
    "survey_answered": lambda details, _names: f"The patient answered a question: {details.get('answer')}.",
    "work_opened": _work_opened,
    "work_escalated": _said("It was not done in time: it is the whole team's now."),
    "work_claimed": lambda details, names: f"{_somebody(details, names)} took it on.",
    "work_given": _work_given,
    "callback_given": _callback_given,
    "called_out": _called_out,
    "work_released": _said("It was given back to the list."),
    "work_snoozed": _said("It was put off for a while."),
    "work_done": lambda details, _names: WORK_DONE.get(str(details.get("outcome")), "It was dealt with."),
    "hurried": lambda details, _names: (
        f"A supervisor let the call count as {words.span(int(details.get('seconds') or 0))} earlier."
    ),
    "operator_tried": lambda details, _names: (
        "The operator took the call." if details.get("reached") else "The operator did not answer."
    ),
    "staff_called": _said("A phone called the line for clinicians."),
    "dialled_in": lambda details, names: f"{_clinician(details, names)} proved to be the one who called.",
    "dial_in_failed": _said("The staff number and PIN that were entered are nobody's."),
    "duty_set": _duty_set,
    "shift_phone_set": lambda details, names: f"{_clinician(details, names)} chose the phone of this shift.",
    "message_heard": _said("A clinician heard a message by phone."),
    "patient_call_asked": lambda details, names: (
        f"{_clinician(details, names)} asked by phone to be connected with the patient of a message."
    ),
    "message_dealt_with": lambda details, names: f"{_clinician(details, names)} said that a message is dealt with.",
    "leg_ended": _leg_over,
}
TONES = {
    "verified": "good",
    "offer_accepted": "good",
    "talk_started": "good",
    "callback_booked": "good",
    "verification_failed": "care",
    "offer_given_back": "care",
    "red_flag_heard": "care",
    "help_asked": "care",
}
