"""The directory as an import brings it: plain records, before they are sealed and stored. Local facts (PINs, confirmed
phones, the site's own skill levels) are not among them: no import can touch those."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class SiteRecord:
    """A place of care; `zone` is an IANA name, `schedule` as `directory.availability` packs it."""

    id: str
    name: str
    zone: str
    schedule: str = ""


@dataclass(frozen=True)
class UnitRecord:
    """An organisation or a healthcare service, by its key ("HealthcareService/7")."""

    id: str
    name: str
    skills: tuple[str, ...] = ()
    schedule: str = ""
    active: bool = True


@dataclass(frozen=True)
class RoleRecord:
    """A role of a clinician. `unit` is its organisation, `units` all that it counts for: the organisation and those
    above it, its services and places."""

    id: str
    clinician: str
    title: str = ""
    unit: str = ""
    site: str = ""
    services: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    schedule: str = ""
    active: bool = True


@dataclass(frozen=True)
class ClinicianRecord:
    """`skills` maps keys of the catalogue to levels. No telephone: a site confirms that itself."""

    id: str
    given: str
    family: str
    title: str = ""
    site_id: str | None = None
    languages: tuple[str, ...] = ("en",)
    skills: Mapping[str, int] = field(default_factory=dict)
    qualified: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True)
class NumberRecord:
    """A telephone number on a patient's record. `readable`: it is E.164; else it is kept as it was written.

    `rank`: the order in which he wants to be rung, 1 first. `wish`: "only" here, or "never".
    """

    number: str
    use: str = "home"
    readable: bool = True
    rank: int | None = None
    wish: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True)
class PatientRecord:
    """A patient as the directory keeps him."""

    id: str
    given: str
    family: str
    birth_date: str  # ISO; partial or empty where the record has no full date
    zip_code: str | None = None
    language: str | None = None
    numbers: tuple[NumberRecord, ...] = ()
    no_messages: bool = False  # a machine of his hears nothing
    no_texts: bool = False
    deceased: bool = False
    active: bool = True


@dataclass(frozen=True)
class ProxyRecord:
    """A related person, who may call for the patient once the site has given him a code."""

    id: str
    patient: str
    given: str
    family: str
    relationship: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    active: bool = True


@dataclass(frozen=True)
class BookRecord:
    """All evidence of care of one patient, packed; `id` is the patient's."""

    id: str
    evidence: str


@dataclass(frozen=True)
class FacilityNumber:
    """A number (`id`, E.164) of an organisation, a place or a professional: it never says which patient calls."""

    id: str


Record = (
    SiteRecord | UnitRecord | RoleRecord | ClinicianRecord | PatientRecord | ProxyRecord | BookRecord | FacilityNumber
)
