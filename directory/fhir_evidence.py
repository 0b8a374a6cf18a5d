"""Reads from FHIR who cares for whom: teams, visits, referrals and orders become dated evidence.

Levels are those of `directory.careteam`. What cannot be resolved is told, never guessed.

Longer than 300 lines because every kind of evidence is one short method of one reader.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from config.catalogue import Catalogue
from directory.care_records import (
    AUTHORSHIP,
    BOOKED,
    CARE_TEAM,
    OPEN_ENCOUNTER,
    RECENT_PAST,
    REFERRAL,
    UNIT,
    Evidence,
)
from directory.fhir_dates import contact_instant, end_instant, first_instant
from directory.fhir_people import codings
from directory.fhir_references import Index, find, names_kind, why_not
from directory.fhir_resources import (
    Appointment,
    CarePlan,
    CareTeam,
    DeviceRequest,
    Encounter,
    Observation,
    Patient,
    Period,
    Procedure,
    Reference,
    Resource,
    ServiceRequest,
    TeamMember,
)
from directory.skills import asked_for, skills_of

BOOKED_STATES = ("booked", "arrived", "checked-in")
OPEN_STATES = ("planned", "arrived", "triaged", "in-progress", "onleave")
STAYS = ("IMP", "ACUTE", "NONAC", "OBSENC", "SS")  # classes of encounters that end with a discharge
VOID = ("entered-in-error", "cancelled", "revoked", "not-done", "unknown", "draft")
UNITS = ("Organization", "HealthcareService", "Location")
DEEPEST_TEAM = 8
ATTENDEES = "participant[{}].individual"
_Membership = tuple[TeamMember, str, tuple[Period, ...]]


class Reading(Index, Protocol):
    """The resources of an import, as evidence needs them."""

    def get(self, key: str) -> Resource | None:
        """A resource by its key."""

    def episode_of(self, team: str) -> tuple[str, str] | None:
        """The period of the open episode that a care team belongs to."""


@dataclass(frozen=True)
class Carer:
    """A clinician as a reference means him: himself, perhaps in a certain role, and the zone of his place."""

    id: str
    role: str = ""
    unit: str = ""
    zone: str = "UTC"


class Carers(Protocol):
    """Who is meant by the key of a practitioner or role, and which units a unit's key stands for."""

    def carer(self, key: str) -> Carer | None:
        """The clinician of a practitioner's or a role's key."""


@dataclass
class Told:
    """What was found out about one resource: why it gives nothing, and remarks about parts of it (path, reason)."""

    unresolved: str = ""
    path: str = ""
    remarks: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """Reads evidence from resources, one at a time."""

    reading: Reading
    carers: Carers
    catalogue: Catalogue
    zone: str  # of days whose place is not known

    def evidence(self, resource: Resource, told: Told) -> list[tuple[str, Evidence]]:
        """(patient id, evidence) of a resource that speaks of care; empty for one that says nothing usable."""
        match resource:
            case CareTeam(status="active"):
                found = self._of_team(resource, told)
                return self._for_patient(resource.subject, "subject", told, found)
            case Appointment() if resource.status in BOOKED_STATES:
                return self._of_appointment(resource, told)
            case Encounter() if resource.status in (*OPEN_STATES, "finished"):
                return self._for_patient(resource.subject, "subject", told, self._of_encounter(resource, told))
            case Procedure(status="completed"):
                found = self._contacts(resource, _actors(resource), RECENT_PAST, _performed(resource), told)
                return self._for_patient(resource.subject, "subject", told, found)
            case ServiceRequest(status="active"):
                return self._for_patient(resource.subject, "subject", told, self._of_referral(resource, told))
            case DeviceRequest() | CarePlan() | Observation() if resource.status not in VOID:
                found = self._contacts(resource, _authors(resource), AUTHORSHIP, _written(resource), told)
                return self._for_patient(resource.subject, "subject", told, found)
        return []

    # --- whom it is about

    def _for_patient(
        self, reference: Reference | None, path: str, told: Told, found: Iterable[Evidence]
    ) -> list[tuple[str, Evidence]]:
        patient = self.patient(reference)
        if patient is None:
            told.path, told.unresolved = path, why_not(reference) if reference else "names no patient"
            return []
        return [(patient, evidence) for evidence in found]

    def patient(self, reference: Reference | None) -> str | None:
        """The id of the patient who is meant; of a merged one, the record that replaced his."""
        key, seen = find(self.reading, reference, "Patient"), set[str]()
        while key is not None and key not in seen:
            seen.add(key)
            record = self.reading.get(key)
            links = record.link if isinstance(record, Patient) else ()
            onward = (find(self.reading, link.other, "Patient") for link in links if link.type == "replaced-by")
            following = next((other for other in onward if other is not None), None)
            if following is None:
                return key.partition("/")[2]
            key = following
        return None

    def _carer(self, reference: Reference | None, path: str, told: Told) -> Carer | None:
        """The clinician whom a reference means; one that is lacking is told of."""
        key = find(self.reading, reference, "Practitioner", "PractitionerRole")
        carer = self.carers.carer(key) if key is not None else None
        if carer is None and reference is not None and not self._no_clinician(reference):
            told.remarks.append((path, "names a role of nobody" if key else why_not(reference)))
        return carer

    def _no_clinician(self, reference: Reference) -> bool:
        """Whether a reference means somebody or something on purpose that takes no calls."""
        if names_kind(reference, "Patient", "RelatedPerson", "Device"):
            return True
        return find(self.reading, reference, *UNITS, "Patient", "RelatedPerson", "CareTeam") is not None

    def _zoned(self, carer: Carer) -> str:
        return carer.zone or self.zone

    # --- care teams

    def _of_team(self, team: CareTeam, told: Told) -> Iterator[Evidence]:
        for member, path, bounds in self._members(team, told, frozenset(), "participant"):
            for found in self._of_member(member, path, (*bounds, team.period), team, told):
                yield replace(found, episode=self.reading.episode_of(team.key))

    def _members(self, team: CareTeam, told: Told, above: frozenset[str], path: str) -> Iterator[_Membership]:
        """The members of a team and of the teams that are its members, with the periods of what each is in."""
        for number, member in enumerate(team.participant):
            here = f"{path}[{number}].member"
            inner = self.reading.get(find(self.reading, member.member, "CareTeam") or "")
            if not isinstance(inner, CareTeam):
                yield member, here, ()
            elif inner.key in above | {team.key} or len(above) >= DEEPEST_TEAM:
                told.remarks.append((here, "is a team that contains itself, or too many teams in teams"))
            elif inner.status == "active":
                for nested, _, bounds in self._members(inner, told, above | {team.key}, here):
                    yield nested, here, (*bounds, inner.period, member.period)

    def _of_member(
        self, member: TeamMember, path: str, bounds: tuple[Period, ...], team: CareTeam, told: Told
    ) -> Iterator[Evidence]:
        unit = find(self.reading, member.member, "Organization")
        carer = self._carer(member.member, path, told) if unit is None else None
        if unit is None and carer is None:
            return
        zone = self._zoned(carer) if carer else self.zone
        starts, since, ends = _bounds((member.period, *bounds), ZoneInfo(zone))
        yield Evidence(
            level=CARE_TEAM,
            source=team.key,
            clinician=carer.id if carer else "",
            role=carer.role if carer else "",
            unit=unit or self._behalf(member, team, carer),
            named=tuple(sorted(skills_of(self.catalogue, codings(member.role)))),
            starts=starts,
            since=since,
            ends=ends,
            zone=zone,
        )

    def _behalf(self, member: TeamMember, team: CareTeam, carer: Carer | None) -> str:
        named = [member.on_behalf_of, *team.organizations]
        units = (find(self.reading, reference, "Organization") for reference in named)
        return next((unit for unit in units if unit), carer.unit if carer else "")

    # --- visits

    def _of_appointment(self, visit: Appointment, told: Told) -> list[tuple[str, Evidence]]:
        actors = [invitee.actor for invitee in visit.participant if invitee.status != "declined"]
        patients = [actor for actor in actors if self.patient(actor) is not None]
        others = [(actor, f"participant[{at}].actor") for at, actor in enumerate(actors) if actor not in patients]
        if not patients:
            told.path, told.unresolved = "participant", "names no patient of the import"
            return []
        carers = [carer for actor, path in others if (carer := self._carer(actor, path, told)) is not None]
        rows = [
            Evidence(
                level=BOOKED,
                source=visit.key,
                clinician=carer.id,
                role=carer.role,
                unit=carer.unit,
                starts=first_instant(visit.start, ZoneInfo(self._zoned(carer))),
                ends=end_instant(visit.end, ZoneInfo(self._zoned(carer))),
                zone=self._zoned(carer),
            )
            for carer in carers
        ]
        return [(self.patient(actor) or "", row) for actor in patients for row in rows]

    def _of_encounter(self, encounter: Encounter, told: Told) -> Iterator[Evidence]:
        unit = find(self.reading, encounter.provider, "Organization") or ""
        people = [attendee.individual for attendee in encounter.participant]
        if encounter.status == "finished":
            when = encounter.period.end or encounter.period.start
            yield from self._contacts(encounter, people, RECENT_PAST, when, told, ATTENDEES, unit)
            if unit and encounter.class_.code in STAYS:
                over = contact_instant(when, ZoneInfo(self.zone))
                yield Evidence(level=UNIT, source=encounter.key, unit=unit, starts=over, zone=self.zone)
            return
        for carer in self._carers(people, ATTENDEES, told):
            zone = ZoneInfo(self._zoned(carer))
            yield Evidence(
                level=OPEN_ENCOUNTER,
                source=encounter.key,
                clinician=carer.id,
                role=carer.role,
                unit=unit or carer.unit,
                starts=first_instant(encounter.period.start, zone),
                ends=end_instant(encounter.period.end, zone),
                zone=zone.key,
                planned=encounter.status == "planned",
            )

    def _carers(self, references: Iterable[Reference | None], path: str, told: Told) -> Iterator[Carer]:
        """Each clinician of a list once in each role."""
        met: set[tuple[str, str]] = set()
        for number, reference in enumerate(references):
            carer = self._carer(reference, path.format(number), told) if reference is not None else None
            if carer is not None and (carer.id, carer.role) not in met:
                met.add((carer.id, carer.role))
                yield carer

    def _contacts(
        self,
        source: Resource,
        people: Iterable[Reference | None],
        level: int,
        when: str | None,
        told: Told,
        path: str = "performer[{}]",
        unit: str = "",
    ) -> Iterator[Evidence]:
        """One contact with each of these people, at one instant."""
        for carer in self._carers(people, path, told):
            at = contact_instant(when, ZoneInfo(self._zoned(carer)))
            if at is not None:
                yield Evidence(
                    level=level,
                    source=source.key,
                    clinician=carer.id,
                    role=carer.role,
                    unit=unit or carer.unit,
                    starts=at,
                    zone=self._zoned(carer),
                )

    # --- referrals

    def _of_referral(self, request: ServiceRequest, told: Told) -> Iterator[Evidence]:
        asked = asked_for(self.catalogue, codings([request.code]))
        named = tuple(sorted(asked | skills_of(self.catalogue, codings([request.performer_type]))))
        if not named:
            return
        base = Evidence(level=REFERRAL, source=request.key, named=named, zone=self.zone)
        for number, reference in enumerate(request.performer):
            unit = find(self.reading, reference, *UNITS)
            carer = self._carer(reference, f"performer[{number}]", told) if unit is None else None
            if unit is not None or carer is not None:
                who = Carer("", unit=unit or "", zone=self.zone) if carer is None else carer
                at = first_instant(request.authored, ZoneInfo(self._zoned(who)))
                yield replace(base, clinician=who.id, role=who.role, unit=who.unit, starts=at, zone=self._zoned(who))
        for place in request.locations:
            unit = find(self.reading, place, "Location")
            if unit is not None:
                at = first_instant(request.authored, ZoneInfo(self.zone))
                yield replace(base, level=UNIT, unit=unit, starts=at)


def _bounds(periods: Iterable[Period], zone: ZoneInfo) -> tuple[datetime | None, datetime | None, datetime | None]:
    """When a membership started, by the innermost period that says so; since when all hold, if later; its end."""
    listed = list(periods)
    starts = [at for period in listed if (at := first_instant(period.start, zone)) is not None]
    ends = [at for period in listed if (at := end_instant(period.end, zone)) is not None]
    started, since = next(iter(starts), None), max(starts, default=None)
    return started, since if since != started else None, min(ends, default=None)


def _actors(procedure: Procedure) -> list[Reference | None]:
    return [performer.actor for performer in procedure.performer]


def _performed(procedure: Procedure) -> str | None:
    return procedure.performed_at or procedure.performed.end or procedure.performed.start


def _authors(resource: DeviceRequest | CarePlan | Observation) -> list[Reference | None]:
    match resource:
        case DeviceRequest():
            return [resource.requester, resource.performer]
        case CarePlan():
            return [resource.author, *resource.contributor]
    return list(resource.performer)


def _written(resource: DeviceRequest | CarePlan | Observation) -> str | None:
    match resource:
        case DeviceRequest():
            return resource.authored
        case CarePlan():
            return resource.created or resource.period.start
    return resource.effective_at or resource.effective.end or resource.effective.start or resource.issued
