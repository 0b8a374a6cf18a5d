"""Reads FHIR R4 files into directory records, in two passes, and accounts for every resource.

The first pass brings all resources to a private spool; the second resolves what they mean and gives records, one at a
time. Bad content never raises: it becomes a finding with file, resource, path and reason.

Longer than 300 lines because both passes stand together: what the first keeps is what the second resolves.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from config.catalogue import Catalogue
from directory import fhir_people as people
from directory.care_records import AUTHORSHIP, Evidence, packed, unpacked
from directory.fhir_dates import end_instant, first_instant
from directory.fhir_evidence import Carer, Reader, Told
from directory.fhir_reading import Raw, read_paths, read_stream
from directory.fhir_references import find, why_not
from directory.fhir_report import IGNORED, IMPORTED, REPEATED, UNRESOLVED, Report
from directory.fhir_resources import (
    CARE,
    READ,
    EpisodeOfCare,
    HealthcareService,
    Location,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Reference,
    RelatedPerson,
    Resource,
    without_nulls,
)
from directory.records import (
    BookRecord,
    NumberRecord,
    PatientRecord,
    Record,
    RoleRecord,
    SiteRecord,
    UnitRecord,
)
from directory.skills import skills_of
from directory.spool_store import Spool, StoredRole

DEFAULT_ZONE = "America/Chicago"  # of demo and tests; a center hands over the zone of its hours
LARGEST_RESOURCE = 1 << 20  # characters of a resource that we read; attachments are in kinds we do not
HIGHEST = 8  # organisations or places above one another that we follow
Kind = TypeVar("Kind", bound=Resource)


@dataclass(frozen=True)
class Rules:
    """What an import is read with: the codes of skills, the zone of days without a place, and the present instant."""

    catalogue: Catalogue
    now: datetime
    zone: str = DEFAULT_ZONE


@dataclass
class Import:
    """One import: read files first, then take its records, once."""

    rules: Rules
    report: Report = field(default_factory=Report)
    spool: Spool = field(default_factory=Spool)
    kinds: set[str] = field(default_factory=set)  # of which at least one resource was read

    def read_files(self, paths: Iterable[Path]) -> None:
        """Bring the files and folders to the spool."""
        self._read(read_paths(paths, self.report))

    def read_texts(self, texts: Iterable[tuple[str, str]]) -> None:
        """Bring (file name, text) pairs to the spool."""
        for file, text in texts:
            self.report.files += 1
            self._read(read_stream(file, io.StringIO(text), self.report))

    def _read(self, raws: Iterable[Raw]) -> None:
        for raw in raws:
            resource = self._typed(raw)
            if resource is not None:
                self._keep(resource, raw)

    def _typed(self, raw: Raw) -> Resource | None:
        kind = raw.body["resourceType"]
        if kind not in READ:
            self.report.count(IGNORED, people.clean(kind))
            return None
        if raw.size > LARGEST_RESOURCE:
            self.report.broken(raw.file, _label(raw), "", "is larger than a resource of this kind may be", kind)
            return None
        try:
            return READ[kind].model_validate(without_nulls(raw.body))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            path = ".".join(map(str, first["loc"]))
            self.report.broken(raw.file, _label(raw), path, first["type"].replace("_", " "), kind)
            return None

    def _keep(self, resource: Resource, raw: Raw) -> None:
        self.kinds.add(resource.kind)
        became = self.spool.add(resource, raw.file, raw.full_url)
        if became == "imported":
            self.report.count(IMPORTED, resource.kind)
        elif became == "repeated":
            self.report.count(REPEATED, resource.kind)
        else:
            reason = "two resources with this id differ; the later lastUpdated, else the greater hash, stands"
            self.report.broken(raw.file, resource.key, "id", reason, resource.kind)
        if isinstance(resource, Patient | RelatedPerson | Practitioner) and people.holds_markup(resource.name):
            self.report.remark(raw.file, resource.key, "name", "was written with markup, which is dropped")

    # --- the second pass

    def records(self) -> Iterator[Record]:
        """All records: places, units, clinicians, roles, patients, then each patient's evidence."""
        yield from self._places()
        yield from self._units()
        yield from self._roles()
        yield from self._clinicians()
        yield from self._patients()
        yield from self._books()

    def _every(self, kind: type[Kind]) -> Iterator[Kind]:
        for found in self.spool.every(kind):
            if isinstance(found, kind):
                yield found

    def _get(self, reference: Reference | None, kind: type[Kind]) -> Kind | None:
        found = self.spool.get(find(self.spool, reference, kind.kind) or "")
        return found if isinstance(found, kind) else None

    def _places(self) -> Iterator[Record]:
        for place in self._every(Location):
            zone = self._zone_of(place)
            schedule = people.schedule_of(place.hours, (), zone)
            yield SiteRecord(place.id, people.clean(place.name, 120) or place.id, zone, schedule)
            yield from people.facility_numbers(place.telecom)

    def _zone_of(self, place: Location) -> str:
        """The zone that a place, or one it is part of, states; else the center's."""
        here: Location | None = place
        for _ in range(HIGHEST):
            stated = people.stated_zone(here) if here is not None else None
            if here is None or stated is not None:
                return stated or self.rules.zone
            here = self._get(here.part_of, Location)
        return self.rules.zone

    def _units(self) -> Iterator[Record]:
        for organization in self._every(Organization):
            yield UnitRecord(organization.key, people.clean(organization.name, 120), active=organization.active)
            yield from people.facility_numbers(organization.telecom)
        for service in self._every(HealthcareService):
            place = next((found for at in service.location if (found := self._get(at, Location))), None)
            zone = self._zone_of(place) if place else self.rules.zone
            skills = skills_of(self.rules.catalogue, people.codings((*service.type, *service.specialty)))
            schedule = people.schedule_of(service.available, service.absent, zone)
            name = people.clean(service.name, 120)
            yield UnitRecord(service.key, name, tuple(sorted(skills)), schedule, active=service.active)
            yield from people.facility_numbers(service.telecom)

    def _roles(self) -> Iterator[Record]:
        for role in self._every(PractitionerRole):
            clinician = find(self.spool, role.practitioner, "Practitioner")
            if clinician is None:
                reason = why_not(role.practitioner) if role.practitioner else "names nobody"
                self._unresolved(role, "practitioner", reason)
                continue
            record = self._role(role, clinician.partition("/")[2])
            self.spool.add_role(StoredRole(role.key, record.clinician, record.unit, self._zone_at(record.site)))
            yield record
            yield from people.facility_numbers(role.telecom)

    def _role(self, role: PractitionerRole, clinician: str) -> RoleRecord:
        unit = find(self.spool, role.organization, "Organization") or ""
        places = [key for at in role.location if (key := find(self.spool, at, "Location"))]
        services = [key for at in role.service if (key := find(self.spool, at, "HealthcareService"))]
        site = next(iter(places), "").partition("/")[2]
        zone = self._zone_at(site)
        skills = people.role_skills(role, self.rules.catalogue)
        return RoleRecord(
            id=role.id,
            clinician=clinician,
            title=people.title_of(role),
            unit=unit,
            site=site,
            services=tuple(services),
            units=tuple(dict.fromkeys([*self._with_those_above(unit), *services, *places])),
            skills=tuple(sorted(skills)),
            bars=tuple(sorted(self.rules.catalogue.barred_by(skills))),
            starts=first_instant(role.period.start, ZoneInfo(zone)),
            ends=end_instant(role.period.end, ZoneInfo(zone)),
            schedule=people.schedule_of(role.available, role.absent, zone),
            active=role.active,
        )

    def _zone_at(self, site: str) -> str:
        place = self.spool.get(f"Location/{site}") if site else None
        return self._zone_of(place) if isinstance(place, Location) else self.rules.zone

    def _with_those_above(self, unit: str) -> list[str]:
        """An organisation and those that it is part of, at most eight, each once."""
        found: list[str] = []
        while unit and unit not in found and len(found) < HIGHEST:
            found.append(unit)
            organization = self.spool.get(unit)
            above = organization.part_of if isinstance(organization, Organization) else None
            unit = find(self.spool, above, "Organization") or ""
        return found

    def _clinicians(self) -> Iterator[Record]:
        zone = ZoneInfo(self.rules.zone)
        for person in self._every(Practitioner):
            stored = [self.spool.get(role.key) for role in self.spool.roles_of(person.id)]
            roles = [self._role(role, person.id) for role in stored if isinstance(role, PractitionerRole)]
            yield people.clinician_record(person, roles, self.rules.catalogue, zone, self.rules.now)
            yield from people.facility_numbers(person.telecom)

    def _patients(self) -> Iterator[Record]:
        zone = ZoneInfo(self.rules.zone)
        for related in self._every(RelatedPerson):
            yield from self._of_related(related, zone)
        for patient in self._every(Patient):
            for path, reason in people.unkept_wishes(patient, zone, self.rules.now):
                self.report.remark(self.spool.file_of(patient.key), patient.key, path, reason)
            yield self._with_related(people.patient_record(patient, zone, self.rules.now))

    def _of_related(self, related: RelatedPerson, zone: ZoneInfo) -> Iterator[Record]:
        """Who may call for a patient; his numbers are kept until the patient's own are known."""
        patient = find(self.spool, related.patient, "Patient")
        if patient is None:
            self._unresolved(related, "patient", why_not(related.patient) if related.patient else "names no patient")
            return
        ends = end_instant(related.period.end, zone)
        if related.active and (ends is None or ends > self.rules.now):
            for number in people.facility_numbers(related.telecom):
                self.spool.add_related(patient.partition("/")[2], number.id)
        yield people.proxy_record(related, patient.partition("/")[2], zone, self.rules.now)

    def _with_related(self, record: PatientRecord) -> PatientRecord:
        """With the numbers of those who belong to him, which are not his alone."""
        related = sorted(set(self.spool.related(record.id)))[: people.MOST_NUMBERS]
        own = [replace(entry, use="shared") if entry.number in related else entry for entry in record.numbers]
        known = {entry.number for entry in own}
        others = [NumberRecord(number, "related") for number in related if number not in known]
        return replace(record, numbers=(*own, *others)) if related else record

    def _books(self) -> Iterator[Record]:
        reader = Reader(self.spool, _Carers(self), self.rules.catalogue, self.rules.zone)
        self._episodes()
        for resource in self.spool.every(*(kind for kind in CARE if kind is not EpisodeOfCare)):
            told = Told()
            for patient, evidence in reader.evidence(resource, told):
                self.spool.add_evidence(patient, packed([evidence]))
            self._tell(resource, told)
        for patient, items in self.spool.evidence():
            yield BookRecord(patient, packed(_gathered(found for item in items for found in unpacked(item))))

    def _episodes(self) -> None:
        zone = ZoneInfo(self.rules.zone)
        for episode in self._every(EpisodeOfCare):
            bounds = first_instant(episode.period.start, zone), end_instant(episode.period.end, zone)
            starts, ends = (instant.isoformat() if instant else "" for instant in bounds)
            for team in episode.team if episode.status == "active" else ():
                key = find(self.spool, team, "CareTeam")
                if key is not None:
                    self.spool.add_episode(key, starts, ends)

    def _tell(self, resource: Resource, told: Told) -> None:
        if told.unresolved:
            self._unresolved(resource, told.path, told.unresolved)
            return
        for path, reason in told.remarks:
            self.report.remark(self.spool.file_of(resource.key), resource.key, path, reason)

    def _unresolved(self, resource: Resource, path: str, reason: str) -> None:
        self.report.counts[IMPORTED][resource.kind] -= 1
        self.report.count(UNRESOLVED, resource.kind)
        self.report.unresolved(self.spool.file_of(resource.key), resource.key, path, f"unresolved: {reason}")


class _Carers:
    """Whom keys of practitioners and roles mean, by what the second pass has resolved."""

    def __init__(self, found: Import) -> None:
        self._spool, self._zone = found.spool, found.rules.zone

    def carer(self, key: str) -> Carer | None:
        """The clinician of a practitioner's or a role's key."""
        kind, _, identity = key.partition("/")
        if kind == "PractitionerRole":
            role = self._spool.role(key)
            return Carer(role.clinician, identity, role.unit, role.zone) if role else None
        roles = self._spool.roles_of(identity)
        return Carer(identity, zone=roles[0].zone if roles else self._zone)


def _gathered(evidence: Iterable[Evidence]) -> list[Evidence]:
    """What one person wrote or ordered at one instant counts together, under the lowest id."""
    kept: list[Evidence] = []
    written: dict[Evidence, list[str]] = {}
    for found in evidence:
        if found.level == AUTHORSHIP:
            written.setdefault(replace(found, source=""), []).append(found.source)
        else:
            kept.append(found)
    together = [replace(found, source=min(sources), contacts=len(set(sources))) for found, sources in written.items()]
    return [*dict.fromkeys(kept), *together]


def _label(raw: Raw) -> str:
    identity = raw.body.get("id")
    short = identity if isinstance(identity, str) and len(identity) <= 64 else "?"
    return f"{raw.body['resourceType']}/{people.clean(short)} ({raw.where})"
