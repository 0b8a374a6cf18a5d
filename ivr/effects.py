"""What a turn asks of our world. Each is written with the turn, in the same transaction; `fact` is its journal name.

Effects name what shall be true; `deeds.py` knows how. None carries more than ids and what the caller entered.

Longer than 300 lines because it lists every effect, each a few lines.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Chose:
    """The caller chose a language or a service: noted in the record of the call."""

    fact: ClassVar[str] = "chose"
    what: str  # "language" | "service" | "pace"
    choice: str


@dataclass(frozen=True)
class Verified:
    """The caller proved who he is (level 2): the patient, or a proxy who may call for him."""

    fact: ClassVar[str] = "verified"
    patient: str
    level: int
    proxy: str | None = None
    who: str = "patient"  # patient | proxy


@dataclass(frozen=True)
class Remember:
    """How the patient wants to be spoken with, from now on. `language` None: as before."""

    fact: ClassVar[str] = "remembered"
    patient: str
    language: str | None
    slow: bool


@dataclass(frozen=True)
class RedFlagHeard:
    """Words that mean danger, by which flag of which list. None of the words is kept."""

    fact: ClassVar[str] = "red_flag_heard"
    flag: str
    action: str  # emergency | crisis | nurse
    version: str
    quiet: bool = False


@dataclass(frozen=True)
class CountFailure:
    """One failed proof, counted for the calling number and for the patient, or else the birth date, that was meant."""

    fact: ClassVar[str] = "verification_failed"
    patient: str | None


@dataclass(frozen=True)
class JoinLine:
    """Stand in the lines of this service's ladder."""

    fact: ClassVar[str] = "joined_line"
    service: str
    language: str
    patient: str | None
    own: str | None  # the patient's own clinician for this service
    team: tuple[str, ...] = ()
    ladder: str = "shipped"
    place: int | None = None  # ms: the place he had before he was cut off; None for a new one
    resumes: str = ""  # the call in which he had it
    head_start_seconds: int = 0  # of a red call: before everybody who came in that time, whatever the service says


@dataclass(frozen=True)
class ChooseLadder:
    """Wait on this ladder from now on, at the same place: the patient's own choice (own | next), or "" for none."""

    fact: ClassVar[str] = "chose_whom"
    whom: str
    ladder: str


@dataclass(frozen=True)
class ToldWait:
    """The caller heard how it stands: his position (0: not said), and a range of minutes (0 and 0: not said)."""

    fact: ClassVar[str] = "wait_told"
    position: int
    low_min: int
    high_min: int


@dataclass(frozen=True)
class LimitReached:
    """A limit of the service kept the caller from waiting for it, and this was his way out."""

    fact: ClassVar[str] = "limit_reached"
    limit: str
    exit: str


@dataclass(frozen=True)
class LeaveLine:
    """Stand in no line any more; an offer that rings for this caller is rescinded."""

    fact: ClassVar[str] = "left_line"
    why: str  # hung_up | callback | message | operator | menu | language | limit


@dataclass(frozen=True)
class AcceptOffer:
    """The clinician pressed the key: the offer is his. Lost if it is no longer open: the turn is decided anew."""

    fact: ClassVar[str] = "offer_accepted"
    offer: int


@dataclass(frozen=True)
class GiveBack:
    """The clinician will not take this caller: declined | no_key | busy | no_answer | failed | hung_up | lost."""

    fact: ClassVar[str] = "offer_given_back"
    offer: int
    cause: str


@dataclass(frozen=True)
class FinishTalk:
    """The talk is over: the clinician wraps up."""

    fact: ClassVar[str] = "talk_ended"
    offer: int


@dataclass(frozen=True)
class BookCallback:
    """Promise to ring back. `number` is what the patient gave (E.164); `due` is an ISO instant or "" for now.

    `kind` is a `callbacks.requests.Kind` value; a window ends at `by`. `owned`: by his own clinician.
    """

    fact: ClassVar[str] = "callback_booked"
    number: str
    service: str
    language: str
    patient: str | None
    own: str | None
    team: tuple[str, ...] = ()
    due: str = ""
    by: str = ""
    kind: str = "place"
    owned: bool = False


@dataclass(frozen=True)
class WantTexts:
    """He wants text messages about the callback that he was promised in this call."""

    fact: ClassVar[str] = "texts_wanted"


@dataclass(frozen=True)
class CancelCallback:
    """He takes his callback back."""

    fact: ClassVar[str] = "callback_cancelled"
    promise: str


@dataclass(frozen=True)
class MoveCallback:
    """He wants to be called in another window: two ISO instants."""

    fact: ClassVar[str] = "callback_moved"
    promise: str
    due: str
    by: str


@dataclass(frozen=True)
class PassUntil:
    """The clinician will call him herself in so many minutes, if he likes: she is in a visit until then."""

    fact: ClassVar[str] = "offer_passed_until"
    offer: int
    minutes: int


@dataclass(frozen=True)
class LeaveAlone:
    """Whoever answered our call wants none any more at this number."""

    fact: ClassVar[str] = "opted_out"
    attempt: int


@dataclass(frozen=True)
class AttemptAnswered:
    """The patient answered the call that keeps a promise: accepted (he pressed the key) or not.

    `wanted` is False when he said himself that he no longer needs the call: the promise is then cancelled.
    """

    fact: ClassVar[str] = "callback_answered"
    attempt: int
    accepted: bool
    wanted: bool = True
    # why not accepted: no_key | hung_up | no_answer | busy | failed | wrong_person | clinician_lost
    cause: str = "no_key"
    told: bool = False  # the neutral message was said to whatever answered


@dataclass(frozen=True)
class GuestCame:
    """Somebody asked into a talk pressed the key: he enters its room. Lost if he is no longer asked for."""

    fact: ClassVar[str] = "guest_came"
    guest: int


@dataclass(frozen=True)
class GuestGone:
    """A guest is out of the room, or will not come: left | declined | no_key | busy | no_answer | failed | hung_up."""

    fact: ClassVar[str] = "guest_gone"
    guest: int
    cause: str


@dataclass(frozen=True)
class KeepMessage:
    """A voicemail somebody owns."""

    fact: ClassVar[str] = "message_kept"
    recording: str
    seconds: int
    service: str
    language: str
    own: str | None


@dataclass(frozen=True)
class DropMessage:
    """A recording too short to hold a word: it is deleted, and the record says so."""

    fact: ClassVar[str] = "message_dropped"
    recording: str
    seconds: int


@dataclass(frozen=True)
class SurveyAnswered:
    """He answered one question about the call, by key."""

    fact: ClassVar[str] = "survey_answered"
    question: str
    answer: int
    language: str


@dataclass(frozen=True)
class TriedOperator:
    """The human fallback was rung; `reached` tells whether somebody took the call."""

    fact: ClassVar[str] = "operator_tried"
    reached: bool


@dataclass(frozen=True)
class SignedIn:
    """Who called the line for clinicians proved to be this one."""

    fact: ClassVar[str] = "dialled_in"
    clinician: str


@dataclass(frozen=True)
class FailedDialIn:
    """Nobody's staff number and PIN, counted for the number and for the calling phone."""

    fact: ClassVar[str] = "dial_in_failed"
    staff_number: str


@dataclass(frozen=True)
class SetDuty:
    """A clinician sets his own state by phone (a `routing.presence.State` that one may choose), for some minutes."""

    fact: ClassVar[str] = "duty_set"
    clinician: str
    state: str
    reason: str = ""
    minutes: int | None = None


@dataclass(frozen=True)
class SetShiftPhone:
    """The phone (E.164) that rings a clinician for this shift; "": his usual one."""

    fact: ClassVar[str] = "shift_phone_set"
    clinician: str
    number: str


@dataclass(frozen=True)
class HeardMessage:
    """A clinician is played a message."""

    fact: ClassVar[str] = "message_heard"
    message: str


@dataclass(frozen=True)
class DoneWithMessage:
    """A clinician says that what a message asked for is dealt with."""

    fact: ClassVar[str] = "message_dealt_with"
    clinician: str
    item: str


@dataclass(frozen=True)
class RingPatient:
    """A clinician asks to be connected with whom this work is about: it is hers, and a promise of hers, due now.

    Lost if something stands against it by now: the turn is decided anew.
    """

    fact: ClassVar[str] = "patient_call_asked"
    clinician: str
    item: str


@dataclass(frozen=True)
class LegOver:
    """The leg ended; `while_in` is the stage it ended in."""

    fact: ClassVar[str] = "leg_ended"
    while_in: str
    ending: str


Effect = (
    Chose
    | Verified
    | Remember
    | RedFlagHeard
    | CountFailure
    | JoinLine
    | ChooseLadder
    | ToldWait
    | LimitReached
    | LeaveLine
    | AcceptOffer
    | GiveBack
    | FinishTalk
    | BookCallback
    | WantTexts
    | CancelCallback
    | MoveCallback
    | PassUntil
    | LeaveAlone
    | AttemptAnswered
    | GuestCame
    | GuestGone
    | KeepMessage
    | DropMessage
    | SurveyAnswered
    | TriedOperator
    | SignedIn
    | FailedDialIn
    | SetDuty
    | SetShiftPhone
    | HeardMessage
    | DoneWithMessage
    | RingPatient
    | LegOver
)
