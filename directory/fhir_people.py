"""Turns FHIR's patients, practitioners and locations into directory records. Codes give skills, never displays.

Telephone numbers of practitioners are not read at all: a clinician's phone is dialled, so his site confirms it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from zoneinfo import available_timezones

from directory import numbers
from directory.clinicians import USUAL_LEVEL
from directory.fhir_references import References
from directory.fhir_resources import (
    TIMEZONE_EXTENSION,
    CodeableConcept,
    ContactPoint,
    HumanName,
    Location,
    Patient,
    Practitioner,
    PractitionerRole,
    Resource,
)
from directory.records import ClinicianRecord, PatientRecord, SiteRecord
from directory.skills import Coding, skills_of

DEFAULT_ZONE = "America/Chicago"  # where the center stands; a location in another zone says so by extension
LONGEST = 80  # characters of a name or title that we keep
PREFERRED_NAMES = ("official", "usual")
_ZIP = re.compile(r"([0-9]{5})(-?[0-9]{4})?", re.ASCII)


class People:
    """The practitioners of an import with what their roles say."""

    def __init__(self, resources: Sequence[Resource], references: References, today: date | None) -> None:
        self._roles = _roles_by_practitioner(resources, references, today)
        self._references = references
        self.clinicians = tuple(self._record(found) for found in resources if isinstance(found, Practitioner))
        self._skills = {person.id: frozenset(person.skills) for person in self.clinicians}

    def skills(self, practitioner: Practitioner) -> frozenset[str]:
        """The skills that the person's own roles (or, lacking any, qualifications) name."""
        return self._skills[practitioner.id]

    def _record(self, practitioner: Practitioner) -> ClinicianRecord:
        roles = self._roles.get(practitioner.id, [])
        given, family = best_name(practitioner.name)
        return ClinicianRecord(
            id=practitioner.id,
            given=given,
            family=family,
            title=_title(roles),
            site_id=self._site(roles),
            languages=_languages(practitioner.communication),
            skills=_skills(practitioner, roles),
            active=practitioner.active,
        )

    def _site(self, roles: Iterable[PractitionerRole]) -> str | None:
        places = (self._references.find(place, "Location") for role in roles for place in role.location)
        return next((place.id for place in places if place is not None), None)


def patient_record(patient: Patient) -> PatientRecord:
    """A patient as the directory keeps him. Old numbers and addresses are left out."""
    given, family = best_name(patient.name)
    return PatientRecord(
        id=patient.id,
        given=given,
        family=family,
        birth_date=patient.birth_date,
        zip_code=_zip_code(patient),
        language=_language(patient),
        numbers=_numbers(patient.telecom),
        deceased=patient.deceased_boolean or patient.deceased_at is not None,
        active=patient.active and all(link.type != "replaced-by" for link in patient.link),
    )


def site_record(location: Location) -> SiteRecord:
    """A place of care with its time zone."""
    stated = next((found.code for found in location.extension if found.url == TIMEZONE_EXTENSION), None)
    zone = stated if stated in available_timezones() else DEFAULT_ZONE
    return SiteRecord(id=location.id, name=clean(location.name, 120) or location.id, zone=zone)


def best_name(names: Sequence[HumanName]) -> tuple[str, str]:
    """(given, family) of the name in use: the official one, else the usual, else the first that is not old."""
    current = [name for name in names if name.use not in ("old", "maiden")]
    ranked = sorted(current, key=lambda name: _rank(name.use))
    if not ranked:
        return "", ""
    best = ranked[0]
    given = best.given[0] if best.given else ("" if best.family else best.text or "")
    return clean(given), clean(best.family or "")


def clean(text: str, longest: int = LONGEST) -> str:
    """The text without what no database and no screen should get: control characters, excess length."""
    return "".join(character for character in text if character.isprintable()).strip()[:longest]


def codings(concepts: Iterable[CodeableConcept]) -> list[Coding]:
    """The (system, code) pairs of coded concepts."""
    return [(coding.system, coding.code) for concept in concepts for coding in concept.coding]


def _rank(use: str | None) -> int:
    return PREFERRED_NAMES.index(use) if use in PREFERRED_NAMES else len(PREFERRED_NAMES)


def _roles_by_practitioner(
    resources: Iterable[Resource], references: References, today: date | None
) -> dict[str, list[PractitionerRole]]:
    found: dict[str, list[PractitionerRole]] = {}
    for role in resources:
        if isinstance(role, PractitionerRole) and _in_force(role, today):
            person = references.find(role.practitioner, "Practitioner")
            if person is not None:
                found.setdefault(person.id, []).append(role)
    return found


def _in_force(role: PractitionerRole, today: date | None) -> bool:
    over = today is not None and bool(role.period.end) and str(role.period.end)[:10] < today.isoformat()
    return role.active and not over


def _skills(practitioner: Practitioner, roles: Sequence[PractitionerRole]) -> Mapping[str, int]:
    coded = [concept for role in roles for concept in (*role.code, *role.specialty)]
    if not roles:
        coded = [qualification.code for qualification in practitioner.qualification]
    return dict.fromkeys(sorted(skills_of(codings(coded))), USUAL_LEVEL)


def _title(roles: Iterable[PractitionerRole]) -> str:
    """For people's eyes only, so a display will do."""
    words = (
        concept.text or next((coding.display for coding in concept.coding if coding.display), None)
        for role in roles
        for concept in role.code
    )
    return next((clean(text) for text in words if text), "")


def _languages(communication: Iterable[CodeableConcept]) -> tuple[str, ...]:
    spoken = [_language_code(concept) for concept in communication]
    return tuple(dict.fromkeys(code for code in spoken if code)) or ("en",)


def _language(patient: Patient) -> str | None:
    """The language he prefers; a single one that is on record counts as preferred."""
    stated = [entry for entry in patient.communication if entry.preferred]
    entries = stated or (patient.communication if len(patient.communication) == 1 else ())
    return _language_code(entries[0].language) if entries else None


def _language_code(concept: CodeableConcept) -> str | None:
    codes = (coding.code for coding in concept.coding if coding.code)
    return next((clean(code.partition("-")[0].lower(), 8) for code in codes), None)


def _numbers(telecom: Iterable[ContactPoint]) -> dict[str, str]:
    found: dict[str, str] = {}
    for point in telecom:
        usable = point.system in ("phone", "sms") and point.use != "old" and point.value
        e164 = numbers.parse(point.value) if usable and point.value else None
        if e164 is not None:
            found.setdefault(e164, (point.use or "home")[:10])
    return found


def _zip_code(patient: Patient) -> str | None:
    written = [address.postal_code for address in patient.address if address.use != "old" and address.postal_code]
    matches = (_ZIP.fullmatch(text.strip()) for text in written)
    return next((match[1] for match in matches if match), None)
