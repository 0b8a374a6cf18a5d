"""Reads from FHIR who cares for whom: care teams, bookings and encounters become dated evidence.

Levels are those of `directory.careteam`. A clinician that a resource names but the import lacks is reported.
"""

import calendar
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from directory.careteam import BOOKED, CARE_TEAM, OPEN_ENCOUNTER, RECENT_PAST
from directory.fhir_people import People, codings
from directory.fhir_references import References, names_kind
from directory.fhir_resources import (
    Appointment,
    CareTeam,
    Encounter,
    Patient,
    Practitioner,
    PractitionerRole,
    Reference,
    Resource,
    TeamMember,
)
from directory.records import RelationRecord
from directory.skills import skills_of

EVIDENCE = (CareTeam, Appointment, Encounter)
BOOKED_STATES = ("booked", "arrived", "checked-in")
ENCOUNTER_LEVELS = {
    "planned": BOOKED,
    "arrived": OPEN_ENCOUNTER,
    "triaged": OPEN_ENCOUNTER,
    "in-progress": OPEN_ENCOUNTER,
    "onleave": OPEN_ENCOUNTER,
    "finished": RECENT_PAST,
}


@dataclass
class Findings:
    """What could not be used: (resource, reason), and counts of what was left aside on purpose."""

    problems: list[tuple[str, str]] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Reading:
    """What every piece of evidence is read with."""

    references: References
    people: People
    findings: Findings

    def patient(self, source: Resource, *named: Reference | None) -> str | None:
        """The patient whom the evidence is about; missing ones are reported."""
        found = (self.references.find(reference, "Patient") for reference in named)
        patient = next((person for person in found if isinstance(person, Patient)), None)
        if patient is None and any(names_kind(reference, "Patient") for reference in named):
            self.findings.problems.append((source.key, "unresolved reference to a Patient"))
        return patient.id if patient else None

    def clinician(self, source: Resource, reference: Reference | None) -> Practitioner | None:
        """The person whom a reference means, by himself or by his role; missing ones are reported."""
        found = self.references.find(reference, "Practitioner", "PractitionerRole")
        if isinstance(found, PractitionerRole):
            found = self.references.find(found.practitioner, "Practitioner")
        if isinstance(found, Practitioner):
            return found
        if names_kind(reference, "Practitioner", "PractitionerRole"):
            self.findings.problems.append((source.key, "unresolved reference to a Practitioner"))
        elif reference is not None:
            self.findings.ignored[f"{source.kind} participant that is no clinician here"] += 1
        return None


def relations(
    resources: Sequence[Resource], references: References, people: People, findings: Findings
) -> tuple[RelationRecord, ...]:
    """All evidence of care, each (patient, clinician, skill, resource) once."""
    reading = _Reading(references, people, findings)
    best: dict[tuple[str, str, str, str], RelationRecord] = {}
    for resource in resources:
        for relation in _of_resource(resource, reading):
            key = (relation.patient, relation.clinician, relation.skill, relation.evidence)
            best[key] = max(best.get(key, relation), relation, key=_weight)
    return tuple(best[key] for key in sorted(best))


def first_day(text: str | None) -> date | None:
    """The first day that a FHIR date ("2024", "2024-07", "2024-07-17T09:30:00-05:00") can mean, as written there."""
    return _day(text, first=True)


def last_day(text: str | None) -> date | None:
    """The last day that a FHIR date can mean."""
    return _day(text, first=False)


def _day(text: str | None, *, first: bool) -> date | None:
    pieces = (text or "")[:10].split("-")
    try:
        numbers = [int(piece) for piece in pieces]
        year, month = numbers[0], (numbers[1:2] or [1 if first else 12])[0]
        return date(year, month, (numbers[2:3] or [1 if first else calendar.monthrange(year, month)[1]])[0])
    except (ValueError, IndexError):
        return None


def _weight(relation: RelationRecord) -> tuple[bool, date]:
    return relation.both_agree, relation.starts_on or date.min


def _of_resource(resource: Resource, reading: _Reading) -> Iterator[RelationRecord]:
    match resource:
        case CareTeam():
            return _of_care_team(resource, reading)
        case Appointment():
            return _of_appointment(resource, reading)
        case Encounter():
            return _of_encounter(resource, reading)
    return iter(())


def _of_care_team(care_team: CareTeam, reading: _Reading) -> Iterator[RelationRecord]:
    patient = reading.patient(care_team, care_team.subject) if care_team.status == "active" else None
    for member in care_team.participant if patient else ():
        person = reading.clinician(care_team, member.member)
        if patient and person:
            yield from _of_member(patient, person, member, care_team, reading.people)


def _of_member(
    patient: str, person: Practitioner, member: TeamMember, care_team: CareTeam, people: People
) -> Iterator[RelationRecord]:
    """One row for each skill that the role in the team, or the person's own role, names."""
    named, own = skills_of(codings(member.role)), people.skills(person)
    starts = [first_day(member.period.start), first_day(care_team.period.start)]
    ends = [last_day(member.period.end), last_day(care_team.period.end)]
    for skill in sorted(named | own):
        yield RelationRecord(
            patient=patient,
            clinician=person.id,
            skill=skill,
            level=CARE_TEAM,
            evidence=care_team.key,
            both_agree=skill in named and skill in own,
            starts_on=max((day for day in starts if day), default=None),
            ends_on=min((day for day in ends if day), default=None),
        )


def _of_appointment(visit: Appointment, reading: _Reading) -> Iterator[RelationRecord]:
    if visit.status not in BOOKED_STATES:
        return
    actors = [invitee.actor for invitee in visit.participant if invitee.status != "declined"]
    patient = reading.patient(visit, *actors)
    others = [actor for actor in actors if not names_kind(actor, "Patient", "Location")]
    yield from _contacts(visit, patient, others, BOOKED, (visit.start, visit.end), reading)


def _of_encounter(encounter: Encounter, reading: _Reading) -> Iterator[RelationRecord]:
    level = ENCOUNTER_LEVELS.get(encounter.status)
    if level is None:
        return
    patient = reading.patient(encounter, encounter.subject)
    attendees = [attendee.individual for attendee in encounter.participant]
    period = (encounter.period.start, encounter.period.end)
    yield from _contacts(encounter, patient, attendees, level, period, reading)


def _contacts(
    source: Resource,
    patient: str | None,
    attendees: Iterable[Reference | None],
    level: int,
    period: tuple[str | None, str | None],
    reading: _Reading,
) -> Iterator[RelationRecord]:
    """A meeting of the patient with clinicians: one row for each skill of each of them."""
    if patient is None:
        return
    people = [person for attendee in attendees if (person := reading.clinician(source, attendee)) is not None]
    starts_on, ends_on = first_day(period[0]), last_day(period[1])
    for person in people:
        row = RelationRecord(patient, person.id, "", level, source.key, starts_on=starts_on, ends_on=ends_on)
        yield from (replace(row, skill=skill) for skill in sorted(reading.people.skills(person)))
