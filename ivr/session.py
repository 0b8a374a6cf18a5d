"""Where one leg is in its conversation: a small frozen value that goes to the database and back between turns."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from ivr.signals import Party


class Stage(StrEnum):
    """What the leg was last asked, or is doing. The value selects the handler of the next signal."""

    NEW = "new"
    LANGUAGE = "language"
    CLOSING = "closing"  # he waits, and the center closes: how shall it go on?
    EDUCATION = "education"
    SURVEY = "survey"
    MENU = "menu"
    BIRTH_DATE = "birth_date"
    SECOND_PROOF = "second_proof"
    WAITING = "waiting"
    HEARD = "heard"  # whether we heard him right
    CALLBACK_CONFIRM = "callback_confirm"
    CALLBACK_NUMBER = "callback_number"
    OWN_OFFER = "own_offer"  # whether he waits for his own clinician, or for the next who is free
    CALLBACK_WHEN = "callback_when"  # which of some windows
    PROMISED = "promised"  # a callback is promised: does he want texts about it?
    MY_CALLBACK = "my_callback"  # one was promised before: to keep, cancel or move it
    AFTER_VISIT = "after_visit"  # a clinician says when she will be free
    OWN_LATER = "own_later"  # his clinician can call him after her visit: does he want that?
    OPERATOR = "operator"
    NO_ONE = "no_one"  # closed, nobody on duty or nobody answered: a callback or a message
    MESSAGE = "message"
    TALKING = "talking"
    AFTER_TALK = "after_talk"
    OFFERED = "offered"  # a clinician hears that there is a call
    RETURN_GREETING = "return_greeting"  # a patient hears that this is the callback he asked for
    OPERATOR_WHISPER = "operator_whisper"
    INVITED = "invited"  # somebody hears that he is asked into a talk
    RED_FLAG = "red_flag"  # he said words that mean danger, and waits for who can help
    STAFF_NUMBER = "staff_number"  # a clinician called: who is he?
    STAFF_PIN = "staff_pin"
    DUTY_MENU = "duty_menu"
    DUTY_STATE = "duty_state"
    AWAY_WHY = "away_why"
    HOW_LONG = "how_long"
    STAND_BY = "stand_by"  # he is ready, and stays on the line for the next call
    STAFF_MESSAGE = "staff_message"  # he hears a message
    SHIFT_PHONE = "shift_phone"
    SHIFT_NUMBER = "shift_number"
    ENDED = "ended"


@dataclass(frozen=True)
class Session:
    """One leg's place in its conversation. Holds what the caller entered: stored encrypted, never logged."""

    party: Party
    stage: Stage = Stage.NEW
    language: str = "en"
    caller: str | None = None  # E.164 or None when withheld
    service: str | None = None
    level: int = 0  # design section 5: 0 unknown, 1 hint, 2 proved, 3 confirmed by a person
    patient: str | None = None  # set only from level 2 on
    own: str | None = None  # own clinician for the service, from level 2 on
    team: tuple[str, ...] = ()
    birth_date: str = ""  # ISO date as entered, between the two proofs
    silences: int = 0  # in the present question
    mismatches: int = 0  # in the present question
    failed_proofs: int = 0  # in this call
    in_queue: bool = False  # the carrier's queue holds the leg
    ticks: int = 0  # rounds of hold music so far
    held_until: str = ""  # ISO: so long one waits, or listens, at most whom we rang; "" for whoever called us
    why_no_one: str = ""  # closed | nobody_on_duty | nobody_answered
    callback_number: str = ""
    on_file: bool = False  # the callback number is the one on his record that he prefers
    offered: tuple[tuple[str, str], ...] = ()  # the windows to choose from, ISO instants
    promised_at: tuple[str, str] | None = None  # the window that was promised, ISO instants
    told_in: str = ""  # the zone in which windows are told
    promise: str = ""  # the callback of his that he hears about
    heard_later: bool = False  # his clinician's word that she calls after her visit was passed on
    offer: int | None = None
    attempt: int | None = None
    guest: int | None = None  # the invitation into a talk, for a guest's leg
    parent: str | None = None  # the patient's leg, for an operator's leg
    line: str = ""  # key of the line he called; "" for the first one
    menu: str = ""  # the menu he is in; "" for that of his line
    wants: str = ""  # callback | message | promise (that stands): why he chooses, when it is not to be connected
    in_line: bool = False  # a wait of this leg is open in our lines (the carrier's queue is another matter)
    own_given: str = ""  # own clinician's given name, only when sure and from level 2 on
    whom: str = ""  # own | next: whom he chose to wait for; "" for nobody in particular
    wants_own: bool = False  # the callback he asks for is to be by his own clinician
    told_position: int = 0  # the lowest position he was told; 0: none yet
    told_high: int = 0  # the shortest upper end, in minutes, of a wait he was told; 0: none yet
    red: str = ""  # emergency | crisis | nurse: the most urgent red flag that was heard in this call
    quiet: bool = False  # whom he fears may be listening: neutral words
    help_at: int = 0  # which of those who answer red calls is being asked
    stay_until: str = ""  # ISO: until then he may wait though the center is closed; "" before he was asked
    surveyed: int = 0  # questions of the survey that were answered
    long_waits: int = 0  # how often we owned up to a long wait
    chose_language: bool = False  # in this call, himself
    slow: bool = False  # more time for every answer
    proxy: str | None = None  # who calls for the patient, from level 2 on
    scope: tuple[str, ...] = ()  # services that the proxy may speak about; empty: all
    teen: bool = False  # the patient for whom a proxy calls is 12 to 17
    asked: Stage | None = None  # the question whose answer is said back to him
    heard: str = ""  # the keys we understood
    staff_number: str = ""  # as entered, between the two proofs of a clinician
    who: str = ""  # the clinician who called us, once he proved it
    reason: str = ""  # why he takes no calls, until he says for how long
    message: str = ""  # that he hears
    item: str = ""  # the work it is
    passed: tuple[str, ...] = ()  # messages that he heard in this call


_SESSIONS: TypeAdapter[Session] = TypeAdapter(Session)


def to_json(session: Session) -> bytes:
    """The session as JSON bytes."""
    return _SESSIONS.dump_json(session, exclude_defaults=True)


def from_json(data: bytes | str) -> Session:
    """The session that `to_json` wrote; ValueError if it is none."""
    return _SESSIONS.validate_json(data)
