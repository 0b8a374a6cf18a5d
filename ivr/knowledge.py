"""What a step may know of the world, and what it may ask before it decides.

`ClinicNow` is a snapshot the shell builds for one step. `questions` (in `ivr/flow.py`) says, from session and signal
alone, which facts the step needs; the shell looks just those up. `fills` names the field of `Known` that answers one.

Longer than 300 lines because it lists every question and the facts that answer it, each a few lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from config.content import Content


@dataclass(frozen=True)
class CheckIdentity:
    """Who proved himself with this birth date (ISO) and second entry (PIN, visit code or a proxy's own)?

    `service` is what he calls about; "" when it is the callback that he was promised.
    """

    fills: ClassVar[str] = "identity"
    birth_date: str
    second: str
    caller: str | None
    service: str


@dataclass(frozen=True)
class CheckLockout:
    """May this calling number still try to prove who he is?"""

    fills: ClassVar[str] = "locked_out"
    caller: str | None


@dataclass(frozen=True)
class CheckStaff:
    """Is anybody on duty for this service in this language?"""

    fills: ClassVar[str] = "staff"
    service: str
    language: str


@dataclass(frozen=True)
class LookAtCrowd:
    """How many are before this call in the lines of the service, and who is there for them? None: it has no limits."""

    fills: ClassVar[str] = "crowd"
    service: str
    language: str


@dataclass(frozen=True)
class LookForHelp:
    """Is anybody on duty in the services that answer red calls, one answer each, in this language?"""

    fills: ClassVar[str] = "help"
    language: str


@dataclass(frozen=True)
class LookAtWait:
    """How does this call's wait stand?"""

    fills: ClassVar[str] = "wait"


@dataclass(frozen=True)
class LookAtOutlook:
    """How many are before this call, and how long will it probably take?"""

    fills: ClassVar[str] = "outlook"


@dataclass(frozen=True)
class LookAtOwn:
    """What does his own clinician do now?"""

    fills: ClassVar[str] = "own"
    own: str


@dataclass(frozen=True)
class LookAtOffer:
    fills: ClassVar[str] = "offer"
    offer: int


@dataclass(frozen=True)
class LookAtAttempt:
    fills: ClassVar[str] = "attempt"
    attempt: int


@dataclass(frozen=True)
class LookAtGuest:
    fills: ClassVar[str] = "guest"
    guest: int


@dataclass(frozen=True)
class LookAtCaller:
    """How far is it known who calls?"""

    fills: ClassVar[str] = "caller"


@dataclass(frozen=True)
class LookForPlaces:
    """Did this number drop out of our lines a moment ago? `line` is the key of the line it calls now."""

    fills: ClassVar[str] = "places"
    caller: str | None
    line: str


@dataclass(frozen=True)
class ReadNumber:
    """Is this entry a number we may ring back? For whom, and what number he calls from, decide with it."""

    fills: ClassVar[str] = "number"
    entry: str
    patient: str | None = None
    caller: str | None = None


@dataclass(frozen=True)
class FindWindows:
    """When can he be called: by this clinician, or else by anybody? The first is the earliest there is.

    About a service as it is reached by a line, or about a promise that stands.
    """

    fills: ClassVar[str] = "windows"
    number: str
    patient: str | None
    own: str | None
    service: str | None
    line: str
    promise: str = ""


@dataclass(frozen=True)
class LookForPromise:
    """Is a callback promised to this patient, who was proved? `scope` and `teen`: what a proxy may speak about."""

    fills: ClassVar[str] = "promise"
    caller: str | None
    patient: str
    proxy: str | None = None
    scope: tuple[str, ...] = ()
    teen: bool = False


@dataclass(frozen=True)
class LookAtCapacity:
    """Could one more callback for this service, as a line reaches it, still be kept, and in an hour of his choice?"""

    fills: ClassVar[str] = "capacity"
    service: str
    language: str
    line: str
    number: str = ""
    patient: str | None = None


@dataclass(frozen=True)
class CheckStaffPin:
    """Whose staff number and PIN are these?"""

    fills: ClassVar[str] = "sign_in"
    staff_number: str
    pin: str
    caller: str | None


@dataclass(frozen=True)
class LookAtDuty:
    """What does this clinician do now, and what waits for him? And until when would he be ready, did he become so?"""

    fills: ClassVar[str] = "duty"
    clinician: str
    if_ready: bool = False


@dataclass(frozen=True)
class LookForMessage:
    """The next message for this clinician to hear, or `this` one."""

    fills: ClassVar[str] = "message"
    clinician: str
    passed: tuple[str, ...] = ()
    this: str = ""


@dataclass(frozen=True)
class ReadShiftPhone:
    """Is this entry a number that may ring this clinician?"""

    fills: ClassVar[str] = "shift_phone"
    clinician: str
    entry: str


@dataclass(frozen=True)
class MayRing:
    """May the patient whom this work is about be rung now for this clinician?"""

    fills: ClassVar[str] = "ring"
    clinician: str
    item: str


Question = (
    CheckIdentity
    | CheckLockout
    | CheckStaff
    | LookAtCrowd
    | LookForHelp
    | LookAtWait
    | LookAtOutlook
    | LookAtOwn
    | LookAtOffer
    | LookAtAttempt
    | LookAtGuest
    | LookAtCaller
    | LookForPlaces
    | ReadNumber
    | FindWindows
    | LookForPromise
    | LookAtCapacity
    | CheckStaffPin
    | LookAtDuty
    | LookForMessage
    | ReadShiftPhone
    | MayRing
)


@dataclass(frozen=True)
class OwnClinician:
    """A patient's own clinician for one service, as far as he may hear of it."""

    id: str
    given: str
    sure: bool  # "likely" and "stale" answers are never named
    presence: str  # routing.presence.State value
    at_work: bool = False  # takes calls now, or will when the present call, visit or pause is over
    free_at: datetime | None = None  # when a visit is over, if that is known
    wait: tuple[int, int] | None = None  # minutes until she is free for him, from and to; None: nobody knows


@dataclass(frozen=True)
class IdentityFacts:
    patient: str | None  # the one patient that both entries prove, else None
    named: str | None  # the patient, or else the birth date, against which a failure counts
    locked: bool  # too many failures for this number or patient today
    own: OwnClinician | None = None
    team: tuple[str, ...] = ()
    proxy: str | None = None  # who calls for the patient, if it is not he himself
    scope: tuple[str, ...] = ()  # services the proxy may speak about; empty: all
    language: str | None = None  # that the patient chose, or that his record prefers
    slow: bool = False  # he wants more time
    preferred: str = ""  # E.164: where alone he wants to be rung; of several the first
    promised: bool = False  # a callback for this service is promised to him already
    promise: "PromiseFacts | None" = None  # the callback that he calls about, if there is one


@dataclass(frozen=True)
class StaffFacts:
    on_duty: int  # people who could take such a call now or after their present one
    ready: int


@dataclass(frozen=True)
class CrowdFacts:
    """Who waits for a service before a call (everybody, if it does not wait yet), and who is there for them."""

    ahead: int
    longest_seconds: int  # that anybody of them has waited
    logged_in: int
    on_duty: int  # of those, who is not away
    ready: int


@dataclass(frozen=True)
class WindowFacts:
    """A quarter of an hour that can be promised, and the zone in which it is told."""

    starts: datetime
    ends: datetime
    zone: str


@dataclass(frozen=True)
class WaitFacts:
    state: str  # waiting | offered | connected | left | none
    waited_seconds: int
    on_duty: int  # people who serve any line this caller stands in, or may stand in later
    own_alone: bool = False  # he stands in the line of his own clinician and in no other
    hers_later: WindowFacts | None = None  # his own clinician passed him on, and can call him then
    moved_to: str = ""  # the service to which a supervisor moved his wait


@dataclass(frozen=True)
class OutlookFacts:
    """How it stood a few seconds ago."""

    position: int  # among those who wait for the same clinicians, callbacks counted; 1 is next
    wait: tuple[int, int] | None  # minutes, from and to; None: nobody knows, or too short for words


@dataclass(frozen=True)
class OfferFacts:
    state: str  # routing.offers.State value
    clinician_given: str
    patient_shown: str  # "Joe S." for a proved caller, "" otherwise
    own: bool
    level: int
    service: str
    waited_seconds: int
    room: str
    talk_started: bool
    for_callback: bool
    language: str
    proxy_shown: str = ""  # "Maria S.", who calls for the patient
    sets_away: bool = False  # one more missed call, and he is sent no more
    was_set_away: bool = False  # so it was, and he does not know it from his phone yet
    red: str = ""  # the action of the red flag that was heard in this call


@dataclass(frozen=True)
class CallerFacts:
    level: int
    hint: bool  # the calling number is on exactly one living patient's record
    red: str = ""  # the action of the red flag that was heard in this call


@dataclass(frozen=True)
class KeptPlace:
    """The place (virtual arrival, ms) that a caller of this number had for a service before he was cut off."""

    service: str
    place_ms: int
    call: str  # the id of the call that was cut off


@dataclass(frozen=True)
class PromiseFacts:
    """A callback that is promised. `number` is what it will ring, `own` the clinician whose it is."""

    id: str
    kind: str
    starts: datetime
    ends: datetime
    zone: str
    number: str
    own: str | None = None


@dataclass(frozen=True)
class CapacityFacts:
    """Minutes of clinicians' time: what is promised for today, and what is left (None: nobody can say).

    `his_hours`: whether he may be rung now, by the hours that he chose; later; or within two weeks never, while we are
    open.
    """

    promised: int
    left: int | None
    his_hours: Literal["now", "later", "never"] = "now"

    @property
    def exhausted(self) -> bool:
        """Whether one more promise could not be kept."""
        return self.left is not None and self.promised >= self.left


@dataclass(frozen=True)
class AttemptFacts:
    state: str
    room: str
    language: str
    clinician_waits: bool
    offer: int | None
    in_window: bool = True  # it is still daytime where he is
    slow: bool = False
    may_leave_message: bool = True  # no machine of his heard it before, and he wishes to have messages
    hold_seconds: int = 30  # how long he waits at most when nobody is there for him
    again_at: datetime | None = None  # when he is rung again if nobody comes; None: a person decides
    zone: str = "UTC"  # in which that is told
    he_called: bool = True  # False: another program asked that he be called


@dataclass(frozen=True)
class GuestFacts:
    """An invitation into a talk, and the talk."""

    is_asked: bool  # he may still come
    is_in: bool
    interpreter: bool
    asked_by: str  # a colleague's name
    listens: bool
    coaches: bool
    room: str
    patient_shown: str  # "Joe S." for a proved caller, "" otherwise
    clinician_sid: str


@dataclass(frozen=True)
class ReadyFacts:
    """Until when a clinician would be ready who became so now and named no end; None: without an end."""

    until: datetime | None
    by_hours: bool  # because his hours end then


@dataclass(frozen=True)
class DutyFacts:
    """A clinician on duty, or not, as he hears of it himself."""

    given: str
    state: str  # routing.presence.State value
    reason: str
    until: datetime | None  # the end of his absence
    zone: str
    waiting: int  # callers whom he could take
    messages: int
    phone: str  # E.164: what rings him now; "" if nothing does
    free_until: datetime | None = None  # the end of his time on duty
    if_ready: ReadyFacts | None = None  # None where it was not asked


@dataclass(frozen=True)
class SignInFacts:
    clinician: str  # "" where the entries are nobody's
    locked: bool  # too many failures
    duty: DutyFacts | None = None


@dataclass(frozen=True)
class StaffMessage:
    """A message that a clinician may hear."""

    id: str
    item: str  # the work it is
    service: str
    patient_shown: str  # "Joe S." for a proved caller, "" otherwise
    left_at: datetime
    zone: str


class Unrung(StrEnum):
    """Why the patient of a message is not rung, for a clinician who asks for it."""

    BEING_RUNG = "being_rung"  # for this, just now
    CHANGED = "changed"  # by somebody else, meanwhile
    NO_NUMBER = "no_number"
    AT_NIGHT = "at_night"  # where he is
    NOT_HIS_HOURS = "not_his_hours"
    CLOSED = "closed"
    NOT_YET = "not_yet"  # he was promised a call at another time
    NOT_HERS = "not_hers"  # he wishes not to be called by her
    ANOTHERS = "anothers"  # the number is promised a call about something, or somebody, else
    COLLEAGUES = "colleagues"  # a colleague is about to ring him
    NO_SERVICE = "no_service"  # what it is about is offered no longer


@dataclass(frozen=True)
class RingFacts:
    """Whether the patient of a message may be rung now: why not, or None."""

    why_not: Unrung | None


@dataclass(frozen=True)
class Known:
    """The answers to the questions of one step; None where nothing was asked."""

    identity: IdentityFacts | None = None
    locked_out: bool | None = None
    staff: StaffFacts | None = None
    crowd: CrowdFacts | None = None
    help: tuple[StaffFacts, ...] | None = None
    wait: WaitFacts | None = None
    outlook: OutlookFacts | None = None
    own: OwnClinician | None = None
    offer: OfferFacts | None = None
    attempt: AttemptFacts | None = None
    guest: GuestFacts | None = None
    caller: CallerFacts | None = None
    places: tuple[KeptPlace, ...] | None = None
    number: str | None = None  # E.164 when the entry may be rung back
    windows: tuple[WindowFacts, ...] | None = None
    promise: PromiseFacts | None = None
    capacity: CapacityFacts | None = None
    sign_in: SignInFacts | None = None
    duty: DutyFacts | None = None
    message: StaffMessage | None = None
    shift_phone: str | None = None  # E.164 when the entry may ring him
    ring: RingFacts | None = None


OF_SERVICE = "#"


def calendar_of(calendar: str, service: str | None) -> str:
    """The name under which the hours of a calendar are looked up for one service, which may be closed by itself."""
    return f"{calendar}{OF_SERVICE}{service}" if service else calendar


class HoursUnknown(Exception):
    """A step asks how a calendar of opening hours stands, and was not told: look it up, and take the step anew."""

    def __init__(self, calendar: str) -> None:
        super().__init__(calendar)
        self.calendar = calendar


@dataclass(frozen=True)
class CalendarNow:
    """How a calendar stands: open or closed, when it opens next if closed (None: nobody knows), and its zone.

    `why`: see `directory.hours.OpenState`. `says`: the prompt key that a dated exception wants said, or "".
    """

    open: bool
    opens_at: datetime | None
    zone: str
    why: str = ""
    says: str = ""


@dataclass(frozen=True)
class ClinicNow:
    """All a step may know: the instant, the content, the answers it asked for, and the opening hours looked up.

    `calendar` names the hours that matter: those of the service he has chosen, else of the line he called.
    """

    now: datetime
    content: Content
    known: Known = Known()
    hours: Mapping[str, CalendarNow] = field(default_factory=dict)
    calendar: str = ""

    def by(self, calendar: str) -> "ClinicNow":
        """The same moment, told by other hours."""
        if calendar == self.calendar:
            return self
        return ClinicNow(self.now, self.content, self.known, self.hours, calendar)

    @property
    def open(self) -> bool:
        return self.standing.open

    @property
    def opens_at(self) -> datetime | None:
        """When it opens next, if it is closed and that is known."""
        return self.standing.opens_at

    @property
    def zone(self) -> str:
        """The zone in which the hours are told."""
        return self.standing.zone

    @property
    def standing(self) -> CalendarNow:
        """How the hours that matter stand; `HoursUnknown` if nobody looked."""
        if self.calendar not in self.hours:
            raise HoursUnknown(self.calendar)
        return self.hours[self.calendar]
