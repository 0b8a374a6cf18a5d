"""The directory as an import brings it: plain records, before they are sealed and stored. Fields left None are not
known to the source, and stay as they are in the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class SiteRecord:
    """A place of care; `zone` is an IANA name."""

    id: str
    name: str
    zone: str


@dataclass(frozen=True)
class ClinicianRecord:
    """`skills` maps keys of `directory.skills` to levels. No telephone: a site confirms that itself."""

    id: str
    given: str
    family: str
    title: str = ""
    site_id: str | None = None
    languages: tuple[str, ...] = ("en",)
    skills: Mapping[str, int] = field(default_factory=dict)
    active: bool = True


@dataclass(frozen=True)
class PatientRecord:
    """`numbers` maps E.164 to its use (home, mobile ...). `pin` and `pin_only` are local facts."""

    id: str
    given: str
    family: str
    birth_date: str  # ISO; partial or empty where the record has no full date
    zip_code: str | None = None
    language: str | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)
    deceased: bool = False
    active: bool = True
    pin: str | None = None
    pin_only: bool | None = None


@dataclass(frozen=True)
class RelationRecord:
    """Evidence of care; `level` as in `directory.careteam`."""

    patient: str
    clinician: str
    skill: str
    level: int
    evidence: str
    both_agree: bool = False
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class Parsed:
    """One import. `evidence` holds the ids of all resources read that could be evidence: what an earlier import
    learnt from them and this one does not say is void."""

    sites: tuple[SiteRecord, ...] = ()
    clinicians: tuple[ClinicianRecord, ...] = ()
    patients: tuple[PatientRecord, ...] = ()
    relations: tuple[RelationRecord, ...] = ()
    evidence: frozenset[str] = frozenset()
