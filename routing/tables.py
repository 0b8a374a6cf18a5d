"""Tables of routing: who waits, who is on duty, and the offers that hold one caller for one clinician.

The two unique partial indexes on open offers make it impossible to promise a clinician to two callers or a caller to
two clinicians, whatever Redis says. Their predicate is named for both databases.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

from calls.tables import PlainJSON
from config.columns import UTCDateTime

OPEN_OFFER = "state IN ('offered', 'accepted')"
OPEN_WAIT = "state IN ('waiting', 'offered', 'connected')"


class Wait(SQLModel, table=True):
    """One caller's (or one promised callback's) wait. `version` rises with every change of its desired lines."""

    __tablename__ = "waits"
    id: str = Field(primary_key=True, max_length=32)
    call_id: str = Field(max_length=32, index=True)
    kind: str = Field(max_length=10)  # call | callback
    sid: str | None = Field(default=None, max_length=64)  # the waiting leg; none for a callback
    callback_id: str | None = Field(default=None, max_length=32, index=True)
    state: str = Field(max_length=10)  # waiting | offered | connected | left
    need: dict[str, object] = Field(sa_column=Column(PlainJSON, nullable=False))
    ladder: str = Field(max_length=40)
    rules: dict[str, object] = Field(sa_column=Column(PlainJSON, nullable=False))  # the ladder when he joined
    content: str = Field(default="", max_length=12)  # the version of the clinic's content that the rules came from
    rung: int = 0
    rung_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True, index=True))
    place_ms: int = Field(sa_column=Column(BigInteger, nullable=False))  # virtual arrival, epoch milliseconds
    version: int = 1
    joined_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False, index=True))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    ended_why: str | None = Field(default=None, max_length=20)
    __table_args__ = (
        Index(
            "uq_waits_open_call",
            "call_id",
            unique=True,
            sqlite_where=text(OPEN_WAIT),
            postgresql_where=text(OPEN_WAIT),
        ),
    )


class Outlook(SQLModel, table=True):
    """How it stands for one wait: what its caller may be told. Written anew by the clock every few seconds."""

    __tablename__ = "outlooks"
    wait_id: str = Field(primary_key=True, max_length=32)
    position: int
    low_min: int | None = None  # a range in minutes; none: nobody knows
    high_min: int | None = None
    at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))


class Presence(SQLModel, table=True):
    """What a clinician is doing now. Server truth; `until` is a server timer, compared with the injected clock."""

    __tablename__ = "presences"
    clinician_id: str = Field(primary_key=True, max_length=64)
    state: str = Field(max_length=12)  # routing.presence.State
    reason: str | None = Field(default=None, max_length=40)
    since: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True, index=True))
    idle_since_ms: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    version: int = 1
    misses: int = 0
    offer_id: int | None = None
    free_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))


class PresenceChange(SQLModel, table=True):
    """One change of one clinician's presence: what a decision of that moment knew of him, for whoever asks later."""

    __tablename__ = "presence_changes"
    id: int | None = Field(default=None, primary_key=True)
    clinician_id: str = Field(max_length=64, index=True)
    state: str = Field(max_length=12)
    reason: str | None = Field(default=None, max_length=40)
    until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    idle_since_ms: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    version: int
    offer_id: int | None = None
    at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False, index=True))


class Protection(SQLModel, table=True):
    """A time in which a clinician is never rung: a visit of the calendar, or one he named himself."""

    __tablename__ = "protections"
    id: int | None = Field(default=None, primary_key=True)
    clinician_id: str = Field(max_length=64, index=True)
    starts_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    ends_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False, index=True))


class Offer(SQLModel, table=True):
    """One reservation of one clinician for one wait. Its id is the fence: minted here, rising, never used again."""

    __tablename__ = "offers"
    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    wait_id: str = Field(max_length=32, index=True)
    call_id: str = Field(max_length=32, index=True)
    clinician_id: str = Field(max_length=64, index=True)
    state: str = Field(max_length=12)  # routing.offers.State
    rung: int = 0
    why: dict[str, object] = Field(sa_column=Column(PlainJSON, nullable=False))
    room: str = Field(max_length=40)
    dialling: str = Field(default="due", max_length=12)  # due | dialling | placed | unknown | not_placed
    sid: str | None = Field(default=None, max_length=64, index=True)  # the clinician's leg
    created_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    expires_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    accepted_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    patient_in_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    clinician_in_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    talk_started_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    held_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))  # hears music
    muted_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))  # nobody hears him
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    __table_args__ = (
        Index(
            "uq_offers_open_clinician",
            "clinician_id",
            unique=True,
            sqlite_where=text(OPEN_OFFER),
            postgresql_where=text(OPEN_OFFER),
        ),
        Index(  # what is due is found among the open alone: nearly all that ever were have expired
            "ix_offers_open_expires_at",
            "expires_at",
            sqlite_where=text(OPEN_OFFER),
            postgresql_where=text(OPEN_OFFER),
        ),
        Index(
            "uq_offers_open_wait",
            "wait_id",
            unique=True,
            sqlite_where=text(OPEN_OFFER),
            postgresql_where=text(OPEN_OFFER),
        ),
        {"sqlite_autoincrement": True},
    )


OPEN_GUEST = "state IN ('asked', 'dialling', 'placed', 'in_room')"


class Guest(SQLModel, table=True):
    """Somebody asked into the room of a talk. A clinician is asked once at a time."""

    __tablename__ = "guests"
    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    offer_id: int = Field(index=True)
    call_id: str = Field(max_length=32, index=True)
    kind: str = Field(max_length=12)  # routing.guests.Kind
    part: str = Field(max_length=8)  # routing.guests.Part
    clinician_id: str | None = Field(default=None, max_length=64)
    language: str = Field(default="", max_length=8)
    asked_by: str = Field(max_length=80)
    state: str = Field(max_length=10)  # routing.guests.State
    sid: str | None = Field(default=None, max_length=64, index=True)
    was: str = Field(default="", max_length=12)
    asked_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    deadline: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False, index=True))
    number_sealed: str | None = Field(default=None, sa_column=Column(Text))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    outcome: str = Field(default="", max_length=20)
    __table_args__ = (
        Index(
            "uq_guests_open_clinician",
            "clinician_id",
            unique=True,
            sqlite_where=text(OPEN_GUEST),
            postgresql_where=text(OPEN_GUEST),
        ),
        {"sqlite_autoincrement": True},
    )
