"""What the carrier can tell us about one leg of a call. Plain values, in our words, not the carrier's.

Signals that answer a *document fetch* (the carrier asks what to do next) advance the leg's turn and always get a
reply. *Notices* (status, conference and recording callbacks) never advance a turn and get none.
"""

from dataclasses import dataclass
from enum import StrEnum


class Party(StrEnum):
    """Whose phone this leg is."""

    PATIENT = "patient"  # he called us
    CLINICIAN = "clinician"  # we ring a clinician with an offer
    RETURNED = "returned"  # we ring a patient back, keeping a promise
    GUEST = "guest"  # we ring somebody who is asked into a talk
    DIALIN = "dialin"  # a clinician called our line for clinicians
    OPERATOR = "operator"  # the human fallback, dialled from the patient's own leg


class QueueResult(StrEnum):
    """Why a leg left the carrier's queue."""

    BRIDGED = "bridged"
    BRIDGING = "bridging-in-process"
    ERROR = "error"
    HANGUP = "hangup"
    LEAVE = "leave"
    REDIRECTED = "redirected"
    REDIRECTED_FROM_BRIDGED = "redirected-from-bridged"
    FULL = "queue-full"
    SYSTEM_ERROR = "system-error"


class Ending(StrEnum):
    """How a leg, or a dialled party, ended."""

    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class CallArrived:
    """A phone rang at the center. `caller` is E.164, or None when withheld or not a phone number.

    `attested`: the carrier knows the customer and his right to the number. Without that it may be anybody's.
    """

    caller: str | None
    dialled: str
    attested: bool = False


@dataclass(frozen=True)
class StaffCalled:
    """A phone rang on the line for clinicians. `caller` as in `CallArrived`: it proves nothing."""

    caller: str | None


@dataclass(frozen=True)
class LegAnswered:
    """Somebody (or something) answered a phone that we rang. `reference` is the offer's or attempt's id."""

    party: Party
    reference: str
    machine: bool = False  # the carrier takes it for one: a hint, where a key decides


@dataclass(frozen=True)
class DigitsPressed:
    digits: str


@dataclass(frozen=True)
class SpeechHeard:
    text: str
    confidence: float = 0.0


@dataclass(frozen=True)
class NothingEntered:
    """A question ran out of time without a key or a word."""


@dataclass(frozen=True)
class HoldTick:
    """One round of hold music is over; the caller still waits in the carrier's queue."""


@dataclass(frozen=True)
class LeftQueue:
    result: QueueResult


@dataclass(frozen=True)
class MovedToTalk:
    """We moved this waiting leg to the room of an accepted offer, and it arrived there."""

    offer: int


@dataclass(frozen=True)
class MovedBack:
    """We moved this leg out of a room where nobody came; it is to wait again, at the front."""

    offer: int


@dataclass(frozen=True)
class TalkLeft:
    """The leg is out of the room, or out of the call to the operator. `bridged`: somebody was really there."""

    ending: Ending
    bridged: bool


@dataclass(frozen=True)
class MessageRecorded:
    recording: str  # the carrier's id of the recording
    seconds: int
    hung_up: bool


@dataclass(frozen=True)
class Resumed:
    """The carrier lost its place (a late, repeated or unknown fetch): say again what this stage says."""


@dataclass(frozen=True)
class CallEnded:
    """A notice: the leg is over."""

    ending: Ending


Signal = (
    CallArrived
    | StaffCalled
    | LegAnswered
    | DigitsPressed
    | SpeechHeard
    | NothingEntered
    | HoldTick
    | LeftQueue
    | MovedToTalk
    | MovedBack
    | TalkLeft
    | MessageRecorded
    | Resumed
    | CallEnded
)
