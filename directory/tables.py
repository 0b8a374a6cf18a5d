"""Tables of the directory. Personal columns are sealed text; a number is found by its keyed hash alone."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, String, Text, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from config.columns import UTCDateTime


def _flag() -> Any:
    """A column that is false where nothing is said."""
    return Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class Site(SQLModel, table=True):
    """A place where care is given, with its time zone and hours."""

    __tablename__ = "sites"
    id: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=120)
    zone: str = Field(max_length=40)
    schedule: str = Field(default="", sa_column=Column(Text, nullable=False))  # JSON of directory.availability
    fingerprint: str = Field(default="", max_length=64)
    active: bool = True


class CareUnit(SQLModel, table=True):
    """An organisation or healthcare service, by its FHIR key."""

    __tablename__ = "care_units"
    id: str = Field(primary_key=True, max_length=100)
    name: str = Field(max_length=120)
    skills: str = Field(default="", sa_column=Column(Text, nullable=False))  # keys that it says it offers, by spaces
    schedule: str = Field(default="", sa_column=Column(Text, nullable=False))
    fingerprint: str = Field(default="", max_length=64)
    active: bool = True


class Clinician(SQLModel, table=True):
    """A person who takes calls."""

    __tablename__ = "clinicians"
    id: str = Field(primary_key=True, max_length=64)
    given: str = Field(max_length=80)
    family: str = Field(max_length=80)
    title: str = Field(default="", max_length=80)  # "physical therapist", for people
    site_id: str | None = Field(default=None, max_length=64)
    languages: str = Field(default="en", max_length=100)  # codes, separated by spaces: the site's word, else the data's
    imported_languages: str = Field(default="en", max_length=100)
    local_languages: str | None = Field(default=None, max_length=100)  # what the site says; no import touches it
    qualified: str = Field(default="", sa_column=Column(Text, nullable=False))  # skills by qualification
    fingerprint: str = Field(default="", max_length=64)
    phone_sealed: str | None = Field(default=None, sa_column=Column(Text))  # E.164; sealed
    active: bool = True


class ClinicianSkill(SQLModel, table=True):
    """A skill somebody has. `level` is what routing asks: the site's word, else the data's; 0: he does not do it.

    The site may say until when: after that day the clock sets the level to 0, as if he never had it.
    """

    __tablename__ = "clinician_skills"
    clinician_id: str = Field(primary_key=True, foreign_key="clinicians.id", max_length=64)
    skill: str = Field(primary_key=True, max_length=40)
    level: int = 3  # 0 to 5; no row means the skill is absent
    imported_level: int | None = None
    local_level: int | None = None  # no import touches it
    expires_on: date | None = None  # the last day on which it counts; the site's word
    lapsed_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    today_level: int | None = None  # a supervisor's word for the rest of a day; while it stands, it is the level
    today_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True, index=True))


class ClinicianRole(SQLModel, table=True):
    """A role of a clinician, with its period, codes and hours."""

    __tablename__ = "clinician_roles"
    id: str = Field(primary_key=True, max_length=64)
    clinician_id: str = Field(foreign_key="clinicians.id", max_length=64, index=True)
    title: str = Field(default="", max_length=80)
    unit_id: str = Field(default="", max_length=100)
    site_id: str = Field(default="", max_length=64)
    services: str = Field(default="", sa_column=Column(Text, nullable=False))  # keys, by spaces
    skills: str = Field(default="", sa_column=Column(Text, nullable=False))
    bars: str = Field(default="", sa_column=Column(Text, nullable=False))
    starts_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    ends_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    schedule: str = Field(default="", sa_column=Column(Text, nullable=False))
    fingerprint: str = Field(default="", max_length=64)
    active: bool = True


class UnitRole(SQLModel, table=True):
    """Which roles have a skill in a unit: the role's organisation and those above it, its services and places."""

    __tablename__ = "unit_roles"
    unit_id: str = Field(primary_key=True, max_length=100)
    skill: str = Field(primary_key=True, max_length=40)
    role_id: str = Field(primary_key=True, max_length=64, index=True)


class Patient(SQLModel, table=True):
    __tablename__ = "patients"
    id: str = Field(primary_key=True, max_length=64)
    given_sealed: str = Field(sa_column=Column(Text, nullable=False))
    family_sealed: str = Field(sa_column=Column(Text, nullable=False))
    birth_date_hash: str = Field(max_length=64, index=True)  # keyed hash of the ISO date
    birth_date_sealed: str = Field(sa_column=Column(Text, nullable=False))
    pin_hash: str | None = Field(default=None, max_length=64)  # keyed with the patient's id
    language: str | None = Field(default=None, max_length=8)
    visit_hash: str | None = Field(default=None, max_length=64)  # latest visit's code; keyed with his id
    visit_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    chosen_language: str | None = Field(default=None, max_length=8)  # what he chose himself on the phone
    slow: bool = _flag()  # he calls by relay, or asked for more time
    zones: str = Field(default="", max_length=100)  # IANA zones that the ZIP code lies in, by spaces; "": not known
    no_messages: bool = _flag()  # as imported: a machine hears nothing; the site's own word is in `PatientWish`
    no_texts: bool = _flag()  # as imported
    deceased: bool = False
    fingerprint: str = Field(default="", max_length=64)  # keyed hash of the record as it was imported
    active: bool = True


class PatientNumber(SQLModel, table=True):
    """A number on a patient's record. Several patients may share one. What is no E.164 number is kept, never used."""

    __tablename__ = "patient_numbers"
    patient_id: str = Field(primary_key=True, foreign_key="patients.id", max_length=64)
    number_hash: str = Field(primary_key=True, max_length=64, index=True)
    number_sealed: str = Field(sa_column=Column(Text, nullable=False))
    use: str = Field(default="home", max_length=10)  # "related": of somebody who belongs to him; "shared": of both
    readable: bool = True
    rank: int | None = None  # the order in which he wants to be rung, 1 first
    wish: str = Field(default="", sa_column=Column(String(8), nullable=False, server_default=""))  # only | never
    starts_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    ends_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))


class Proxy(SQLModel, table=True):
    """Somebody who may call for a patient. The data say who is on the list; the site gives the code and the scope."""

    __tablename__ = "proxies"
    id: str = Field(primary_key=True, max_length=64)
    patient_id: str = Field(foreign_key="patients.id", max_length=64, index=True)
    given_sealed: str = Field(sa_column=Column(Text, nullable=False))
    family_sealed: str = Field(sa_column=Column(Text, nullable=False))
    relationship: str = Field(default="", max_length=40)
    code_hash: str | None = Field(default=None, max_length=64)  # keyed with both ids
    scope: str = Field(default="", sa_column=Column(Text, nullable=False))  # keys of services, by spaces; empty: all
    starts_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    ends_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    fingerprint: str = Field(default="", max_length=64)
    active: bool = True


class PatientWish(SQLModel, table=True):
    """How a patient wants to be reached: the site's word, which comes before the data's and no import touches.

    What is None, or empty, the site did not say.
    """

    __tablename__ = "patient_wishes"
    patient_id: str = Field(primary_key=True, foreign_key="patients.id", max_length=64)
    preferred_sealed: str | None = Field(default=None, sa_column=Column(Text))  # E.164: ring here and nowhere else
    any_number: bool = _flag()  # what the data say of single numbers does not hold
    zone: str | None = Field(default=None, max_length=40)  # IANA zone he says he lives in
    no_messages: bool | None = None  # a machine hears nothing
    no_texts: bool | None = None
    hours: str = Field(  # of `directory.wished_hours`: when alone he wants to be rung
        default="", sa_column=Column(Text, nullable=False, server_default="")
    )


class ForbiddenNumber(SQLModel, table=True):
    """A number (keyed hash) that a patient does not want to be rung at."""

    __tablename__ = "forbidden_numbers"
    patient_id: str = Field(primary_key=True, foreign_key="patients.id", max_length=64)
    number_hash: str = Field(primary_key=True, max_length=64)


class FacilityNumber(SQLModel, table=True):
    """A number (keyed hash) of an organisation, place or professional: a switchboard. It never recognises a patient."""

    __tablename__ = "facility_numbers"
    number_hash: str = Field(primary_key=True, max_length=64)


class CareBook(SQLModel, table=True):
    """All dated evidence of who cares for a patient, as JSON of `directory.care_records`: ids, codes, times."""

    __tablename__ = "care_books"
    patient_id: str = Field(primary_key=True, foreign_key="patients.id", max_length=64)
    evidence: str = Field(sa_column=Column(Text, nullable=False))
    fingerprint: str = Field(default="", max_length=64)


class DirectoryImport(SQLModel, table=True):
    """One finished import. Its number is what a later one compares with, so that two never overwrite one another."""

    __tablename__ = "directory_imports"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    changed: int


class Avoidance(SQLModel, table=True):
    """A patient asked never to speak with this clinician."""

    __tablename__ = "avoidances"
    patient_id: str = Field(primary_key=True, max_length=64)
    clinician_id: str = Field(primary_key=True, max_length=64)


class FailedProof(SQLModel, table=True):
    """One failed proof of identity; counted per calling number and per patient, in the database so that it survives.

    `patient_id` is the hash of the entered birth date where nobody was born that day.
    """

    __tablename__ = "failed_proofs"
    id: int | None = Field(default=None, primary_key=True)
    caller_hash: str | None = Field(default=None, max_length=64, index=True)
    patient_id: str | None = Field(default=None, max_length=64, index=True)
    at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False, index=True))


class SpecialDay(SQLModel, table=True):
    """A day on which a calendar is kept otherwise, by the site's own word: it stands above the content's."""

    __tablename__ = "special_days"
    calendar: str = Field(primary_key=True, max_length=40)
    day: date = Field(primary_key=True)
    opens: str | None = Field(default=None, max_length=5)  # "HH:MM"; both empty: closed all day
    closes: str | None = Field(default=None, max_length=5)


class HoursOverride(SQLModel, table=True):
    """Forced open or closed, until an instant or until lifted: all, or one service, which is closed only."""

    __tablename__ = "hours_overrides"
    id: int | None = Field(default=None, primary_key=True)
    service: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})  # "": the whole center
    state: str = Field(max_length=8)  # open | closed | normal
    until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime(), nullable=True))
    set_at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
    set_by: str = Field(max_length=64)


class User(SQLModel, table=True):
    """Someone who signs in to the pages."""

    __tablename__ = "users"
    id: str = Field(primary_key=True, max_length=32)
    login: str = Field(max_length=64)
    password_hash: str = Field(max_length=200)
    role: str = Field(max_length=12)  # clinician | supervisor | admin | auditor
    clinician_id: str | None = Field(default=None, max_length=64)
    active: bool = True
    sessions_from: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))  # older sign-ins are void
    phone_sealed: str | None = Field(default=None, sa_column=Column(Text))  # rung when a supervisor sits in on a talk
    totp_sealed: str | None = Field(default=None, sa_column=Column(Text))  # the second factor, if any
    totp_step: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))  # last one used
    recovery_hashes: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))  # by spaces
    staff_number: str | None = Field(default=None, max_length=8)  # by which a clinician signs in by phone
    staff_pin_hash: str | None = Field(default=None, max_length=200)
    __table_args__ = (UniqueConstraint("login"), UniqueConstraint("staff_number"))


class FailedDialIn(SQLModel, table=True):
    """One failed sign-in by phone; counted per staff number and per calling number, here so that it survives."""

    __tablename__ = "failed_dial_ins"
    id: int | None = Field(default=None, primary_key=True)
    staff_hash: str = Field(max_length=64, index=True)
    caller_hash: str | None = Field(default=None, max_length=64, index=True)
    at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False, index=True))


class ShiftPhone(SQLModel, table=True):
    """The phone that rings a clinician for one shift, as he said himself; afterwards the confirmed one rings again."""

    __tablename__ = "shift_phones"
    clinician_id: str = Field(primary_key=True, foreign_key="clinicians.id", max_length=64)
    number_sealed: str = Field(sa_column=Column(Text, nullable=False))
    until: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))
