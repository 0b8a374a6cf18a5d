"""Drives the pure conversation as the shell does: questions, facts, step, and the session through JSON."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from config.content import Content
from config.reading import read_content
from ivr import flow
from ivr.effects import Effect
from ivr.knowledge import (
    AttemptFacts,
    CalendarNow,
    CallerFacts,
    CapacityFacts,
    ClinicNow,
    CrowdFacts,
    DutyFacts,
    GuestFacts,
    IdentityFacts,
    KeptPlace,
    Known,
    OfferFacts,
    OutlookFacts,
    OwnClinician,
    PromiseFacts,
    Question,
    RingFacts,
    SignInFacts,
    StaffFacts,
    StaffMessage,
    WaitFacts,
    WindowFacts,
    calendar_of,
)
from ivr.replies import Phrase, Reply, all_said
from ivr.session import Session, from_json, to_json
from ivr.signals import CallArrived, LegAnswered, Party, Signal

JOE = "+13125550142"
NOW = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)  # a Friday morning in Chicago
MONDAY = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
ANA = OwnClinician(id="ana", given="Ana", sure=True, presence="ready")
PROVED = IdentityFacts(patient="joe", named="joe", locked=False, own=ANA, team=("luis",), language="en")
WRONG = IdentityFacts(patient=None, named=None, locked=False)
OFFER = OfferFacts(
    state="offered",
    clinician_given="Ana",
    patient_shown="Joe S.",
    own=True,
    level=2,
    service="therapy",
    waited_seconds=20,
    room="r-1",
    talk_started=False,
    for_callback=False,
    language="en",
)
ACCEPTED = replace(OFFER, state="accepted")
TALKED = replace(ACCEPTED, talk_started=True)
STAFF = StaffFacts(on_duty=2, ready=1)
WAIT = WaitFacts(state="waiting", waited_seconds=20, on_duty=2)
UNKNOWN = CallerFacts(level=0, hint=False)
GUEST = GuestFacts(
    is_asked=True,
    is_in=False,
    interpreter=False,
    asked_by="Ana Ruiz",
    listens=False,
    coaches=False,
    room="r-1",
    patient_shown="Joe S.",
    clinician_sid="CA7",
)
MAY_RING = RingFacts(None)
WINDOW = WindowFacts(NOW + timedelta(minutes=40), NOW + timedelta(minutes=55), "America/Chicago")
ROOM = CapacityFacts(promised=0, left=60)
ATTEMPT = AttemptFacts(state="placed", room="r-2", language="es", clinician_waits=True, offer=9)


@cache
def shipped() -> Content:
    """The content that ships."""
    return read_content(Path(__file__).parents[2] / "config")


@dataclass
class World:
    """What the shell would find; a step is told only what it asks for."""

    identity: IdentityFacts | None = PROVED
    locked_out: bool | None = False
    staff: StaffFacts | None = STAFF
    crowd: CrowdFacts | None = None
    help: tuple[StaffFacts, ...] | None = (STAFF, STAFF)
    wait: WaitFacts | None = WAIT
    outlook: OutlookFacts | None = None
    own: OwnClinician | None = None
    offer: OfferFacts | None = ACCEPTED
    attempt: AttemptFacts | None = ATTEMPT
    guest: GuestFacts | None = GUEST
    caller: CallerFacts | None = UNKNOWN
    places: tuple[KeptPlace, ...] | None = ()
    number: str | None = JOE
    windows: tuple[WindowFacts, ...] | None = (WINDOW,)
    promise: PromiseFacts | None = None
    capacity: CapacityFacts | None = ROOM
    sign_in: SignInFacts | None = None
    duty: DutyFacts | None = None
    message: StaffMessage | None = None
    shift_phone: str | None = None
    ring: RingFacts | None = MAY_RING
    open: bool = True
    opens_at: datetime | None = None
    at: datetime = NOW
    content: Content = field(default_factory=shipped)

    def _hours(self) -> dict[str, CalendarNow]:
        """Every calendar, alone and for each service."""
        stands = CalendarNow(self.open, self.opens_at, zone="America/Chicago")
        services = (None, *self.content.services)
        return {calendar_of(key, service): stands for key in self.content.hours for service in services}

    def now(self, questions: tuple[Question, ...]) -> ClinicNow:
        known: dict[str, object] = {}
        for question in questions:
            known[question.fills] = getattr(self, question.fills)
        return ClinicNow(
            now=self.at,
            content=self.content,
            known=Known(**known),  # type: ignore[arg-type]
            hours=self._hours(),
        )


@dataclass
class Leg:
    """One leg in conversation with us."""

    session: Session
    world: World = field(default_factory=World)
    reply: Reply | None = None
    effects: tuple[Effect, ...] = ()

    def hears(self, signal: Signal, **world: object) -> "Leg":
        """One turn; `world` changes what the shell finds from now on."""
        if world:
            self.world = replace(self.world, **world)  # type: ignore[arg-type]
        asked = flow.questions(self.session, signal)
        turn = flow.step(self.session, signal, self.world.now(asked))
        kept = from_json(to_json(turn.session))
        assert kept == turn.session, "a session must survive the database"
        self.session, self.reply, self.effects = kept, turn.reply, turn.effects
        return self

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        return phrases_of(self.reply)

    @property
    def keys(self) -> list[str]:
        """The names of what was said last."""
        return [phrase.key for phrase in self.phrases]


def phrases_of(reply: Reply | None) -> tuple[Phrase, ...]:
    return all_said(reply)


def calling(caller: str | None = JOE, **world: object) -> Leg:
    """A patient's leg whose call just arrived."""
    arrived = CallArrived(caller, "+13125550100")
    return Leg(flow.first_session(arrived, Party.PATIENT)).hears(arrived, **world)


def answered(party: Party, reference: str = "7", **world: object) -> Leg:
    """A leg we rang, answered."""
    signal = LegAnswered(party, reference)
    return Leg(flow.first_session(signal, party)).hears(signal, **world)


def at(session: Session, **world: object) -> Leg:
    """A leg somewhere in its conversation."""
    return Leg(session, World(**world))  # type: ignore[arg-type]
