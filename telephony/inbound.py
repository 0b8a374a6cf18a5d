"""Webhook forms become signals: the carrier's words are translated here, once, and go no further."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from directory.numbers import caller_from_carrier
from ivr.signals import (
    CallArrived,
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
    TalkLeft,
)

Form = Mapping[str, str]

# CallStatus and DialCallStatus (Twilio, Call resource): those that end a leg.
ENDINGS = {
    "completed": Ending.COMPLETED,
    "answered": Ending.COMPLETED,
    "busy": Ending.BUSY,
    "no-answer": Ending.NO_ANSWER,
    "failed": Ending.FAILED,
    "canceled": Ending.CANCELED,
}


# The carrier that sent the call signed that the customer is known and may use this number. All else says nothing.
FULLY_ATTESTED = "tn-validation-passed-a"
# Numbers that Twilio sends for words: anonymous, restricted, blocked, unknown, unavailable, keyed on a phone's letters.
WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})


class Unreadable(Exception):
    """A signed request without what every carrier request has; the caller still gets a document."""


@dataclass(frozen=True)
class Fetch:
    """The carrier asks what a leg shall do next.

    `request` names this fetch for good: the same name gets the same document. `turn` is the turn its URL was made for,
    or None where the carrier comes by a URL that belongs to no turn. `begins` is set when it may be a leg's first.
    """

    sid: str
    request: str
    signal: Signal
    turn: int | None = None
    waiting: bool = False
    begins: Party | None = None


@dataclass(frozen=True)
class TextArrived:
    """A text message to a number of ours. `number` is E.164, or None when it is no telephone's."""

    sid: str
    number: str | None
    dialled: str
    body: str


@dataclass(frozen=True)
class LegProgress:
    """A notice: a leg changed its state. `ending` is None while it lives."""

    sid: str
    event: str
    sequence: str
    ending: Ending | None
    offer: int | None = None
    attempt: int | None = None
    guest: int | None = None


@dataclass(frozen=True)
class RoomEvent:
    """A notice from a conference, known by the random name we gave it.

    `conference` is the carrier's id: who comes when another has gone opens a second conference of the same name.
    """

    room: str
    sid: str | None
    event: str
    sequence: str
    conference: str = ""


@dataclass(frozen=True)
class RecordingDone:
    """A notice: a recording can be fetched (or came to nothing)."""

    sid: str
    recording: str
    seconds: int
    absent: bool
    over: bool = True  # its length is known: it is not being recorded any more


Notice = LegProgress | RoomEvent | RecordingDone


def text_arrived(form: Form) -> TextArrived:
    """A text message arrives."""
    sid = form.get("MessageSid", "")[:64]
    return TextArrived(sid, _caller(form.get("From", "")), form.get("To", ""), form.get("Body", ""))


def incoming(form: Form) -> Fetch:
    """A patient's call arrives."""
    attested = form.get("StirVerstat", "").casefold() == FULLY_ATTESTED
    arrived = CallArrived(_caller(form.get("From", "")), form.get("To", ""), attested)
    return Fetch(sid=_sid(form), request="incoming", signal=arrived, begins=Party.PATIENT)


def dialled_in(form: Form) -> Fetch:
    """A call arrives on the line for clinicians."""
    arrived = StaffCalled(_caller(form.get("From", "")))
    return Fetch(sid=_sid(form), request="dial-in", signal=arrived, begins=Party.DIALIN)


def _caller(number: str) -> str | None:
    return None if number in WITHHELD else caller_from_carrier(number)


def offer_answered(form: Form, offer: int) -> Fetch:
    """A clinician's phone was answered."""
    answered = LegAnswered(Party.CLINICIAN, str(offer))
    return Fetch(sid=_sid(form), request=f"offer/{offer}", signal=answered, begins=Party.CLINICIAN)


def return_answered(form: Form, attempt: int) -> Fetch:
    """A patient whom we ring back answered."""
    machine = form.get("AnsweredBy", "").startswith("machine")
    answered = LegAnswered(Party.RETURNED, str(attempt), machine)
    return Fetch(sid=_sid(form), request=f"return/{attempt}", signal=answered, begins=Party.RETURNED)


def guest_answered(form: Form, guest: int) -> Fetch:
    """Somebody who is asked into a talk answered."""
    answered = LegAnswered(Party.GUEST, str(guest))
    return Fetch(sid=_sid(form), request=f"guest/{guest}", signal=answered, begins=Party.GUEST)


def operator_answered(form: Form, parent: str) -> Fetch:
    """The operator's phone was answered."""
    answered = LegAnswered(Party.OPERATOR, parent)
    return Fetch(sid=_sid(form), request=f"whisper/{parent}", signal=answered, begins=Party.OPERATOR)


def moved(form: Form, offer: int, where: str) -> Fetch:
    """A leg arrives where we moved it."""
    signal: Signal = MovedToTalk(offer) if where == "in" else MovedBack(offer)
    return Fetch(sid=_sid(form), request=f"move/{offer}/{where}", signal=signal)


def left_queue(form: Form, turn: int) -> Fetch:
    """A leg left the carrier's queue."""
    result = _queue_result(form.get("QueueResult", ""))
    return Fetch(sid=_sid(form), request=f"left/{turn}/{result}", signal=LeftQueue(result))


def next_turn(form: Form, turn: int, what: str, *, waiting: bool) -> Fetch:
    """The next document of a conversation."""
    place = "wait" if waiting else "turn"
    return Fetch(
        sid=_sid(form), request=f"{place}/{turn}/{what}", signal=_signal(form, what), turn=turn, waiting=waiting
    )


def _signal(form: Form, what: str) -> Signal:
    match what:
        case "keys":
            return _entry(form)
        case "none":
            return NothingEntered()
        case "tick":
            return HoldTick()
        case "talk":
            return _talk_left(form)
        case "message":
            return _message(form)
        case _:
            return Resumed()


def _entry(form: Form) -> Signal:
    if form.get("Digits"):
        return DigitsPressed(form["Digits"])
    if form.get("SpeechResult"):
        return SpeechHeard(form["SpeechResult"], _number(form.get("Confidence", "0")))
    return NothingEntered()


def _talk_left(form: Form) -> TalkLeft:
    ending = ENDINGS.get(form.get("DialCallStatus", "").lower(), Ending.FAILED)
    bridged = form.get("DialBridged")
    return TalkLeft(ending, ending is Ending.COMPLETED if bridged is None else bridged.lower() == "true")


def _message(form: Form) -> Signal:
    url = form.get("RecordingUrl", "")
    recording = form.get("RecordingSid") or url.rstrip("/").rpartition("/")[2].partition(".")[0]
    seconds = int(_number(form.get("RecordingDuration", "0")))
    return MessageRecorded(recording, seconds if recording else 0, hung_up=form.get("Digits") == "hangup")


def _queue_result(text: str) -> QueueResult:
    try:
        return QueueResult(text.lower())
    except ValueError:
        return QueueResult.SYSTEM_ERROR


def _number(text: str) -> float:
    """A number, or 0 for what is none: "nan" and "inf" are floats, but neither seconds nor a confidence."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _sid(form: Form) -> str:
    sid = form.get("CallSid", "")
    if not sid or len(sid) > 64:
        raise Unreadable("a request without a usable CallSid")
    return sid


def leg_progress(
    form: Form, *, offer: int | None = None, attempt: int | None = None, guest: int | None = None
) -> LegProgress:
    """A status callback. An unknown status is no ending: it changes nothing."""
    status = form.get("CallStatus", "").lower()
    ending = ENDINGS.get(status) if status != "answered" else None
    return LegProgress(_sid(form), status, form.get("SequenceNumber", ""), ending, offer, attempt, guest)


def room_event(form: Form) -> RoomEvent:
    """A conference callback."""
    return RoomEvent(
        room=form.get("FriendlyName", ""),
        sid=form.get("CallSid"),
        event=form.get("StatusCallbackEvent", ""),
        sequence=form.get("SequenceNumber", ""),
        conference=form.get("ConferenceSid", ""),
    )


def recording_done(form: Form) -> RecordingDone:
    """A recording callback."""
    return RecordingDone(
        sid=_sid(form),
        recording=form.get("RecordingSid", ""),
        seconds=int(_number(form.get("RecordingDuration", "0"))),
        absent=form.get("RecordingStatus") == "absent",
        over=form.get("RecordingStatus") != "in-progress",
    )
