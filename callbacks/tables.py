"""Tables of callbacks: the promise, and each attempt to keep it. At most one attempt of a promise is ever open."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

from config.columns import UTCDateTime

OPEN_ATTEMPT = "state IN ('intended', 'placed', 'unknown', 'answered')"
OPEN_REQUEST = "state IN ('booked', 'waiting', 'calling')"
BOOKED_REQUEST = "state = 'booked'"


class CallbackRequest(SQLModel, table=True):
    """One promise. `place_ms` keeps the patient's place; `due_at` is the earliest instant to try."""

    __tablename__ = "callback_requests"
    id: str = Field(primary_key=True, max_length=32)
    call_id: str = Field(max_length=32, index=True)
    patient_id: str | None = Field(default=None, max_length=64, index=True)
    number_hash: str = Field(max_length=64)
    number_sealed: str = Field(sa_column=Column(Text, nullable=False))
    service: str = Field(max_length=40)
    language: str = Field(max_length=8)
    own_id: str | None = Field(default=None, max_length=64, index=True)
    team: str = Field(default="", sa_column=Column(Text, nullable=False))  # clinician ids, separated by spaces
    state: str = Field(max_length=12)  # booked waiting calling reached to_person cancelled
    attempts: int = 0
    version: int = 1
    place_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    booked_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    due_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    promise_by: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    __table_args__ = (
        Index(
            "uq_callback_requests_open_number",
            "number_hash",
            "service",
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
