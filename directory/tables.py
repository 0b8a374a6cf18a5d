"""Tables of the directory. Personal columns are sealed text; a number is found by its keyed hash alone."""

from datetime import date, datetime

from sqlalchemy import Column, Date, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from config.columns import UTCDateTime


class Site(SQLModel, table=True):
    """A place where care is given, with its time zone."""

    __tablename__ = "sites"
    id: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=120)
    zone: str = Field(max_length=40)


class Clinician(SQLModel, table=True):
    """A person who takes calls."""

    __tablename__ = "clinicians"
    id: str = Field(primary_key=True, max_length=64)
    given: str = Field(max_length=80)
    family: str = Field(max_length=80)
    title: str = Field(default="", max_length=80)  # "physical therapist", for people
    site_id: str | None = Field(default=None, max_length=64)
    languages: str = Field(default="en", max_length=80)  # codes, separated by spaces
    phone_sealed: str | None = Field(default=None, sa_column=Column(Text))  # E.164; sealed
    active: bool = True


class ClinicianSkill(SQLModel, table=True):
    __tablename__ = "clinician_skills"
    clinician_id: str = Field(primary_key=True, foreign_key="clinicians.id", max_length=64)
    skill: str = Field(primary_key=True, max_length=40)
    level: int = 3  # 0 to 5; no row means the skill is absent


class Patient(SQLModel, table=True):
    __tablename__ = "patients"
    id: str = Field(primary_key=True, max_length=64)
    given_sealed: str = Field(sa_column=Column(Text, nullable=False))
    family_sealed: str = Field(sa_column=Column(Text, nullable=False))
    birth_date_hash: str = Field(max_length=64, index=True)  # keyed hash of the ISO date
    birth_date_sealed: str = Field(sa_column=Column(Text, nullable=False))
    pin_hash: str | None = Field(default=None, max_length=64)  # keyed with the patient's id
    zip_hash: str | None = Field(default=None, max_length=64)  # keyed with the patient's id
    pin_only: bool = False
    language: str | None = Field(default=None, max_length=8)
    deceased: bool = False
    active: bool = True


class PatientNumber(SQLModel, table=True):
    """A number on a patient's record. Several patients may share one."""

    __tablename__ = "patient_numbers"
    patient_id: str = Field(primary_key=True, foreign_key="patients.id", max_length=64)
    number_hash: str = Field(primary_key=True, max_length=64, index=True)
    number_sealed: str = Field(sa_column=Column(Text, nullable=False))
    use: str = Field(default="home", max_length=10)


class CareRelation(SQLModel, table=True):
    """One dated piece of evidence that a clinician cares for a patient, from the clinical data."""

    __tablename__ = "care_relations"
    id: int | None = Field(default=None, primary_key=True)
    patient_id: str = Field(foreign_key="patients.id", max_length=64, index=True)
    clinician_id: str = Field(foreign_key="clinicians.id", max_length=64)
    skill: str = Field(max_length=40)
    level: int  # of the rule chain: 1 care team, 2 next appointment, 3 open encounter ...
    both_agree: bool = False  # member's role and the person's own role name the same skill
    starts_on: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    ends_on: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    evidence: str = Field(max_length=120)  # resource id
    __table_args__ = (UniqueConstraint("patient_id", "clinician_id", "skill", "evidence"),)


class Avoidance(SQLModel, table=True):
    """A patient asked never to speak with this clinician."""

    __tablename__ = "avoidances"
    patient_id: str = Field(primary_key=True, max_length=64)
    clinician_id: str = Field(primary_key=True, max_length=64)


class FailedProof(SQLModel, table=True):
    """One failed proof of identity; counted per calling number and per patient, in the database so that it survives."""

    __tablename__ = "failed_proofs"
    id: int | None = Field(default=None, primary_key=True)
    caller_hash: str | None = Field(default=None, max_length=64, index=True)
    patient_id: str | None = Field(default=None, max_length=64, index=True)
    at: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False, index=True))


class HoursOverride(SQLModel, table=True):
    """Forced open or closed, until an instant or until lifted. One row at most: the latest stands."""

    __tablename__ = "hours_overrides"
    id: int | None = Field(default=None, primary_key=True)
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
    role: str = Field(max_length=12)  # clinician | supervisor | admin
    clinician_id: str | None = Field(default=None, max_length=64)
    active: bool = True
    sessions_from: datetime = Field(sa_column=Column(UTCDateTime(), nullable=False))  # older sign-ins are void
    __table_args__ = (UniqueConstraint("login"),)
