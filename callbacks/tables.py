"""Tables of callbacks: the promise, each attempt to keep it, and the numbers that asked to be left alone.

At most one attempt of a promise is ever open, and at most one promise of a number (of a patient's own: one a service).
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

from config.columns import UTCDateTime

OPEN_ATTEMPT = "state IN ('intended', 'placed', 'unknown', 'answered')"
OPEN_REQUEST = "state IN ('booked', 'waiting', 'calling')"
BOOKED_REQUEST = "state = 'booked'"
IN_LINE_REQUEST = "state IN ('waiting', 'calling')"


class CallbackRequest(SQLModel, table=True):
    """One promise: to ring between `promised_from` and `promise_by`. `due_at` is the earliest instant of the next try.

    `slot`: the service, for a number on the proved patient's record and for words of danger; else empty.
    """

    __tablename__ = "callback_requests"
    id: str = Field(primary_key=True, max_length=32)
    call_id: str = Field(max_length=32, index=True)
    patient_id: str | None = Field(default=None, max_length=64, index=True)
    number_hash: str = Field(max_length=64, index=True)
    number_sealed: str = Field(sa_column=Column(Text, nullable=False))
    slot: str = Field(default="", max_length=40)
    zones: str = Field(default="", max_length=200)  # IANA zones it must be daytime in, by spaces; "": not known
    service: str = Field(max_length=40)
    language: str = Field(max_length=8)
    kind: str = Field(default="place", max_length=12)  # place | deadline | window
    asked_by: str = Field(default="patient", max_length=12)  # patient | clinician | outside | person
    texts: bool = False  # he asked for text messages about it
    own_id: str | None = Field(default=None, max_length=64, index=True)
    team: str = Field(default="", sa_column=Column(Text, nullable=False))  # clinician ids, separated by spaces
    owned_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))  # own_id's alone
    state: str = Field(max_length=12)  # booked waiting calling reached to_person cancelled
    paused_by: str | None = Field(default=None, max_length=32, index=True)  # the call in which he waits for it himself
    message_left: bool = False  # a machine heard the neutral message; never a second one
    attempts: int = 0
    version: int = 1
    place_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    booked_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    due_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    promised_from: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    promise_by: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    taken_back: str | None = Field(default=None, max_length=20)  # how, if the patient did: by_text ... | restored
    __table_args__ = (
        Index(
            "uq_callback_requests_open_number",
            "number_hash",
            "slot",
            unique=True,
            sqlite_where=text(OPEN_REQUEST),
            postgresql_where=text(OPEN_REQUEST),
        ),
        Index(  # what is due is found among the booked alone: neither the past nor the future makes it dearer
            "ix_callback_requests_booked",
            "due_at",
            sqlite_where=text(BOOKED_REQUEST),
            postgresql_where=text(BOOKED_REQUEST),
        ),
        Index(
            "ix_callback_requests_in_line",
            "number_hash",
            sqlite_where=text(IN_LINE_REQUEST),
            postgresql_where=text(IN_LINE_REQUEST),
        ),
    )


class CallbackAttempt(SQLModel, table=True):
    """One try to reach the patient, under the fence of the offer whose clinician waits in the room.

    The promise's number stands here again, as a digest, so that the database itself refuses a second open attempt to
    one telephone, whichever promise it is for.
    """

    __tablename__ = "callback_attempts"
    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    request_id: str = Field(max_length=32, foreign_key="callback_requests.id", index=True)
    offer_id: int = Field(index=True)
    number_hash: str | None = Field(default=None, max_length=64)
    number: int  # 1, 2, 3
    state: str = Field(max_length=12)  # intended placed unknown answered reached missed not_placed
    sid: str | None = Field(default=None, max_length=64, index=True)
    intended_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    asked_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    deadline: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    outcome: str | None = Field(default=None, max_length=20)
    __table_args__ = (
        Index(
            "uq_callback_attempts_open",
            "request_id",
            unique=True,
            sqlite_where=text(OPEN_ATTEMPT),
            postgresql_where=text(OPEN_ATTEMPT),
        ),
        Index(
            "uq_callback_attempts_open_number",
            "number_hash",
            unique=True,
            sqlite_where=text(OPEN_ATTEMPT),
            postgresql_where=text(OPEN_ATTEMPT),
        ),
        Index(
            "ix_callback_attempts_open_deadline",
            "deadline",
            sqlite_where=text(OPEN_ATTEMPT),
            postgresql_where=text(OPEN_ATTEMPT),
        ),
        {"sqlite_autoincrement": True},
    )


class OptOut(SQLModel, table=True):
    """A number (keyed hash) that asked for no more callbacks and texts. Lifted by a text with START."""

    __tablename__ = "opt_outs"
    number_hash: str = Field(primary_key=True, max_length=64)
    at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    how: str = Field(max_length=8)  # key | text | person


class OutsideRequest(SQLModel, table=True):
    """A callback that another program asked for, by its own key: asked again, it gets the same answer."""

    __tablename__ = "outside_requests"
    client: str = Field(primary_key=True, max_length=40)
    key: str = Field(primary_key=True, max_length=80)
    body_hash: str = Field(max_length=64)
    request_id: str | None = Field(default=None, max_length=32, index=True)
    reason: str = Field(max_length=40)  # a code
    answer: str = Field(sa_column=Column(Text, nullable=False))  # JSON of ids and instants
    asked_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
