"""The rows that pages are made of, as the store reads them: plain, frozen, in the order of their columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls.alarms import Alarm
from calls.notes_store import Note
from calls.work import Item
from config.outcomes import SiteWord


@dataclass(frozen=True)
class ClinicianRow:
    """Somebody who takes calls, and what he does now."""

    id: str
    given: str
    family: str
    title: str
    state: str
    reason: str | None
    since: datetime | None
    until: datetime | None
    free_until: datetime | None = None  # when his time on duty ends by itself
    speaks: str = ""  # codes of languages, separated by spaces
    skills: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """His full name."""
        return f"{self.given} {self.family}"

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that he speaks."""
        return tuple(self.speaks.split())


@dataclass(frozen=True)
class WaitRow:
    """One open wait; `kind` is call or callback."""

    kind: str
    state: str
    service: str | None
    language: str | None
    joined_at: datetime
    call_id: str = ""


@dataclass(frozen=True)
class SkillRow:
    """One skill of a clinician: the level that counts now, the usual one, and that of today if there is one."""

    skill: str
    level: int
    usual: int
    today: int | None


@dataclass(frozen=True)
class CallRow:
    """One call."""

    id: str
    patient_id: str | None
    level: int
    language: str
    service: str | None
    outcome: str | None
    arrived_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class CardRow:
    """What the directory and earlier calls say of a patient; own clinician and team are those of one skill, by id."""

    language: str | None
    discharged_at: datetime | None
    own_id: str | None
    team: tuple[str, ...]
    calls: Sequence[CallRow]


@dataclass(frozen=True)
class CallbackRow:
    """One promise not yet kept."""

    id: str
    call_id: str
    patient_id: str | None
    service: str
    language: str
    own_id: str | None
    state: str
    attempts: int
    due_at: datetime
    promise_by: datetime


@dataclass(frozen=True)
class WorkRow:
    """Something owed to a patient; of a message also its length, and where its sound is."""

    item: Item
    seconds: int | None = None
    sound: str | None = None


@dataclass(frozen=True)
class TalkRow:
    """The call a clinician has taken."""

    offer_id: int
    call_id: str
    why: dict[str, Any]
    need: dict[str, Any]
    accepted_at: datetime | None
    talk_started_at: datetime | None
    kind: str
    joined_at: datetime
    patient_id: str | None
    level: int | None
    service: str | None
    language: str | None
    held_at: datetime | None = None
    muted_at: datetime | None = None


@dataclass(frozen=True)
class HelpRow:
    """A talk in which a clinician asks for help."""

    offer_id: int
    call_id: str
    clinician_id: str


@dataclass(frozen=True)
class RingRow:
    """The offer that rings at a clinician. Nothing of the patient but whether she is his own clinician, by phone."""

    offer_id: int
    own: bool


@dataclass(frozen=True)
class EndRow:
    """A clinician's talk that goes on, or ended a while ago, and what he noted of it."""

    offer_id: int
    call_id: str
    service: str | None
    patient_id: str | None
    level: int
    ended_at: datetime | None
    note: Note | None = None


@dataclass(frozen=True)
class GuestRow:
    """Somebody asked into a talk, or in it."""

    id: int
    kind: str
    part: str
    clinician_id: str | None
    language: str
    state: str


@dataclass(frozen=True)
class PatientName:
    """A patient's name, sealed."""

    given_sealed: str
    family_sealed: str


@dataclass(frozen=True)
class OverrideRow:
    """A forced state of the center."""

    state: str
    until: datetime | None
    set_at: datetime
    set_by: str


@dataclass(frozen=True)
class Mine:
    """Everything of one clinician's page, as stored; `names` are sealed, by patient id."""

    me: ClinicianRow
    talk: TalkRow | None
    callbacks: Sequence[CallbackRow]
    work: Sequence[WorkRow]
    names: Mapping[str, PatientName]
    colleagues: Mapping[str, str]  # full names by id
    guests: Sequence[GuestRow] = ()
    end: EndRow | None = None
    earlier: Sequence[Note] = ()  # of talks with the patient of the present one
    words: Sequence[SiteWord] = ()  # of outcomes
    rings: RingRow | None = None
    help: Alarm | None = None  # asked for in the present talk
    card: CardRow | None = None  # of the proved patient of the present talk
