"""Tables of the record of calls. Sessions and replies are sealed text: they may hold what a caller entered or heard."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, Text, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from config.columns import UTCDateTime

PlainJSON = JSON().with_variant(JSONB(), "postgresql")


def _instant(*, nullable: bool = False, index: bool = False) -> Column[datetime]:
    return Column(UTCDateTime(), nullable=nullable, index=index)


def _version() -> Any:
    """A version of the content; "" for what began before versions were kept."""
    return Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})


class Call(SQLModel, table=True):
    """One patient's contact with the center: the story that its legs, offers and callbacks belong to."""

    __tablename__ = "calls"
    id: str = Field(primary_key=True, max_length=32)
    dialled: str = Field(max_length=20)
    caller_hash: str | None = Field(default=None, max_length=64)
    caller_sealed: str | None = Field(default=None, sa_column=Column(Text))
    patient_id: str | None = Field(default=None, max_length=64, index=True)
    level: int = 0
    attested: bool = Field(  # the carrier vouches for the calling number
        default=False, sa_column=Column(Boolean, nullable=False, server_default=false())
    )
    proxy_id: str | None = Field(default=None, max_length=64)  # who calls for the patient
    confirmed_by: str | None = Field(default=None, max_length=64)  # the person on the line who made it level 3
    language: str = Field(default="en", max_length=8)
    service: str | None = Field(default=None, max_length=40)
    content: str = _version()  # of the content he entered with: it serves to the end
    red_flag: str | None = Field(default=None, max_length=12)  # emergency crisis nurse: the most urgent that was heard
    # No text, no message: who hurts him may see it.
    quiet: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    staff: bool = Field(  # a clinician called us: no patient's contact, and on no list of them
        default=False, sa_column=Column(Boolean, nullable=False, server_default=false())
    )
    outcome: str | None = Field(default=None, max_length=20)  # person callback voicemail operator hung_up
    arrived_at: datetime = Field(sa_column=_instant(index=True))
    ended_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    __table_args__ = (Index("ix_calls_caller", "caller_hash", "arrived_at"),)  # the latest of a number with many


DIALLED_IN = "clinician_id IS NOT NULL AND ended_at IS NULL"


class Leg(SQLModel, table=True):
    """One phone's part of a call. `turn` counts answered document fetches; every change compares it first."""

    __tablename__ = "legs"
    sid: str = Field(primary_key=True, max_length=64)
    call_id: str = Field(foreign_key="calls.id", max_length=32, index=True)
    party: str = Field(max_length=12)
    stage: str = Field(max_length=24)
    turn: int = 0
    session: str = Field(sa_column=Column(Text, nullable=False))  # sealed
    offer_id: int | None = Field(default=None, index=True)
    attempt_id: int | None = Field(default=None, index=True)
    content: str = _version()  # that of its call
    clinician_id: str | None = Field(default=None, max_length=64)  # who called us and proved to be this clinician
    started_at: datetime = Field(sa_column=_instant())
    heard_at: datetime = Field(sa_column=_instant())  # last document fetch
    ended_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True, index=True))
    __table_args__ = (
        Index(
            "ix_legs_dialled_in",
            "clinician_id",
            sqlite_where=text(DIALLED_IN),
            postgresql_where=text(DIALLED_IN),
        ),
    )


class KeptContent(SQLModel, table=True):
    """The files of one version of the content that served a call, as texts by name."""

    __tablename__ = "contents"
    version: str = Field(primary_key=True, max_length=64)
    files: dict[str, str] = Field(default_factory=dict, sa_column=Column(PlainJSON, nullable=False))
    kept_at: datetime = Field(sa_column=_instant())


class Answered(SQLModel, table=True):
    """The document given for one fetch: the same fetch again gets the same document."""

    __tablename__ = "answered"
    sid: str = Field(primary_key=True, max_length=64)
    request: str = Field(primary_key=True, max_length=120)  # path and what distinguishes it, never what was entered
    turn: int
    document: str = Field(sa_column=Column(Text, nullable=False))  # sealed


class JournalEntry(SQLModel, table=True):
    """One signal heard or effect done. Append-only; `key` makes writing it twice impossible."""

    __tablename__ = "journal"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=120)
    call_id: str = Field(max_length=32, index=True)
    sid: str | None = Field(default=None, max_length=64)
    at: datetime = Field(sa_column=_instant(index=True))
    fact: str = Field(max_length=40, index=True)
    details: dict[str, object] = Field(default_factory=dict, sa_column=Column(PlainJSON, nullable=False))
    __table_args__ = (UniqueConstraint("key"),)


class Heard(SQLModel, table=True):
    """A notice already dealt with, by (leg or room, event, sequence number)."""

    __tablename__ = "heard"
    key: str = Field(primary_key=True, max_length=160)
    at: datetime = Field(sa_column=_instant())


class OutboxEntry(SQLModel, table=True):
    """Something outside SQL still to be done: a Redis line, a REST call. Doing one twice is harmless."""

    __tablename__ = "outbox"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=120)
    kind: str = Field(max_length=20)
    subject: str = Field(max_length=64)  # an id: of a wait, a clinician, an offer, an attempt, a leg
    version: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))  # routing.needs.LOOK_AGAIN: of none
    call_id: str | None = Field(default=None, max_length=32)
    due_at: datetime = Field(sa_column=_instant())
    done_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    tries: int = 0
    outcome: str | None = Field(default=None, max_length=40)
    __table_args__ = (
        UniqueConstraint("key"),
        Index(
            "ix_outbox_undone",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )


class Voicemail(SQLModel, table=True):
    """A message as it was left. Who owns it, until when, is its work item's to say (kind "message")."""

    __tablename__ = "voicemails"
    id: str = Field(primary_key=True, max_length=32)
    call_id: str = Field(foreign_key="calls.id", max_length=32)
    recording: str = Field(max_length=64)
    seconds: int = 0
    service: str = Field(max_length=40)
    language: str = Field(max_length=8)
    patient_id: str | None = Field(default=None, max_length=64)
    sound: str = Field(default="wanted", max_length=8)  # calls.messages_store.Sound: wanted | kept | lost | erased
    left_at: datetime = Field(sa_column=_instant(index=True))
    __table_args__ = (UniqueConstraint("recording"),)


class StoredSound(SQLModel, table=True):
    """The sound of a message, sealed. A table of its own, so that no list of messages reads megabytes."""

    __tablename__ = "stored_sounds"
    voicemail_id: str = Field(primary_key=True, foreign_key="voicemails.id", max_length=32)
    sound_sealed: str = Field(sa_column=Column(Text, nullable=False))


class WorkItem(SQLModel, table=True):
    """Something a person owes a patient. `owner_id` empty: the team of its service owns it."""

    __tablename__ = "work_items"
    id: str = Field(primary_key=True, max_length=32)
    kind: str = Field(max_length=10)  # calls.work.Kind: message | gave_up | promise
    subject: str = Field(max_length=32)  # the voicemail's, the call's or the promise's id
    call_id: str = Field(max_length=32, index=True)
    patient_id: str | None = Field(default=None, max_length=64, index=True)
    number_hash: str | None = Field(default=None, max_length=64, index=True)
    number_sealed: str | None = Field(default=None, sa_column=Column(Text))  # where the patient can be rung
    service: str = Field(max_length=40)
    language: str = Field(max_length=8)
    owner_id: str | None = Field(default=None, max_length=64, index=True)
    state: str = Field(default="open", max_length=8)  # calls.work.State: open | claimed | snoozed | done
    claimed_by: str | None = Field(default=None, max_length=64)
    claimed_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    snoozed_until: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    discharged_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    opened_at: datetime = Field(sa_column=_instant())
    due_at: datetime = Field(sa_column=_instant())
    escalated_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    outcome: str | None = Field(default=None, max_length=20)
    done_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    done_by: str | None = Field(default=None, max_length=64)
    version: int = 1
    __table_args__ = (
        UniqueConstraint("kind", "subject", name="uq_work_items_subject"),
        Index(
            "ix_work_items_undone",
            "due_at",
            sqlite_where=text("state <> 'done'"),
            postgresql_where=text("state <> 'done'"),
        ),
    )


class TalkNote(SQLModel, table=True):
    """What the clinician of a talk noted of it: how it ended, as a code, and words of his own, sealed."""

    __tablename__ = "talk_notes"
    offer_id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    call_id: str = Field(max_length=32, index=True)
    clinician_id: str = Field(max_length=64)
    patient_id: str | None = Field(default=None, max_length=64, index=True)
    service: str = Field(max_length=40)
    outcome: str = Field(default="", max_length=40)
    note_sealed: str | None = Field(default=None, sa_column=Column(Text))
    talked_at: datetime = Field(sa_column=_instant(index=True))
    written_at: datetime = Field(sa_column=_instant())
    version: int = 1


class SiteOutcome(SQLModel, table=True):
    """An outcome of a service by the site's own word: one more, or one of the content in other words or no more."""

    __tablename__ = "site_outcomes"
    service: str = Field(primary_key=True, max_length=40)
    key: str = Field(primary_key=True, max_length=40)
    label: str = Field(max_length=60)
    active: bool = True


OPEN_ALARM = "cleared_at IS NULL"


class AlarmRow(SQLModel, table=True):
    """Something that a supervisor is called for, until it is over."""

    __tablename__ = "alarms"
    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    kind: str = Field(max_length=20)  # calls.alarms.Kind
    subject: str = Field(max_length=40)
    value: float
    raised_at: datetime = Field(sa_column=_instant())
    acknowledged_by: str | None = Field(default=None, max_length=64)
    acknowledged_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    cleared_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    __table_args__ = (
        Index(
            "uq_alarms_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text(OPEN_ALARM),
            postgresql_where=text(OPEN_ALARM),
        ),
        {"sqlite_autoincrement": True},
    )


class AuditRow(SQLModel, table=True):
    """Who saw or changed what of whom. Each row carries the hash of the one before it."""

    __tablename__ = "audit"
    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_column=_instant())
    actor: str = Field(max_length=64)
    action: str = Field(max_length=40)
    subject: str | None = Field(default=None, max_length=64, index=True)
    details: str = Field(default="{}", sa_column=Column(Text, nullable=False))  # canonical JSON: it is hashed
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    __table_args__ = (UniqueConstraint("previous_hash"), {"sqlite_autoincrement": True})
