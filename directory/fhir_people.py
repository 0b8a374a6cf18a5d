"""Turns FHIR's patients, practitioners, roles and places into directory records. Codes give skills, never displays.

Telephone numbers of practitioners and places are never dialled: they are read only to know a switchboard when it calls.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from config.catalogue import Catalogue
from config.content import Hours, Span
from directory import numbers
from directory.availability import Schedule, packed_schedule, span
from directory.clinicians import USUAL_LEVEL
from directory.fhir_dates import end_instant, first_instant
from directory.fhir_resources import (
    TIMEZONE_EXTENSION,
    WISH_EXTENSION,
    Absence,
    CodeableConcept,
    ContactPoint,
    Extension,
    HumanName,
    Location,
    Patient,
    Period,
    Practitioner,
    PractitionerRole,
    RelatedPerson,
    WorkingHours,
)
from directory.records import (
    ClinicianRecord,
    FacilityNumber,
    NumberRecord,
    PatientRecord,
    ProxyRecord,
    RoleRecord,
)
from directory.skills import Coding, skills_of

LONGEST = 80  # characters of a name or title that we keep
MOST_NUMBERS = 20  # of one patient
ONLY, NEVER, NO_MESSAGES, NO_TEXTS = "only", "never", "no-messages", "no-texts"  # codes of the extension of wishes
PREFERRED_NAMES = ("official", "usual")
_ZIP = re.compile(r"([0-9]{5})(-?[0-9]{4})?", re.ASCII)
_MARKUP = re.compile(r"<[^<>]*>|[<>]")
_ZONES = frozenset(available_timezones())


def patient_record(patient: Patient, zone: ZoneInfo, now: datetime) -> PatientRecord:
    """A patient as the directory keeps him. Old addresses and numbers that are marked old are left out."""
    given, family = best_name(patient.name, zone, now)
    return PatientRecord(
        id=patient.id,
        given=given,
        family=family,
        birth_date=patient.birth_date,
        zip_code=_zip_code(patient, zone, now),
        language=_language(patient),
        numbers=_numbers(patient.telecom, zone, now),
        no_messages=NO_MESSAGES in _wished(patient),
        no_texts=NO_TEXTS in _wished(patient),
        deceased=patient.deceased_boolean or patient.deceased_at is not None,
        active=patient.active and all(link.type != "replaced-by" for link in patient.link),
    )


def proxy_record(related: RelatedPerson, patient: str, zone: ZoneInfo, now: datetime) -> ProxyRecord:
    """A related person of the patient with this id. The relationship is for people's eyes: no right follows from it."""
    given, family = best_name(related.name, zone, now)
    codes = (coding.code for concept in related.relationship for coding in concept.coding if coding.code)
    return ProxyRecord(
        id=related.id,
        patient=patient,
        given=given,
        family=family,
        relationship=clean(next(codes, ""), 40),
        starts=first_instant(related.period.start, zone),
        ends=end_instant(related.period.end, zone),
        active=related.active,
    )


def clinician_record(
    person: Practitioner, roles: Sequence[RoleRecord], catalogue: Catalogue, zone: ZoneInfo, now: datetime
) -> ClinicianRecord:
    """A clinician with the skills of the roles in force at `now`, or lacking any, of his qualifications."""
    present = [role for role in roles if _in_force(role, now)]
    given, family = best_name(person.name, zone, now)
    qualified = skills_of(catalogue, codings(found.code for found in person.qualification))
    skills = {skill for role in present for skill in role.skills} if present else qualified
    return ClinicianRecord(
        id=person.id,
        given=given,
        family=family,
        title=next((role.title for role in present if role.title), ""),
        site_id=next((role.site for role in present if role.site), None),
        languages=_languages(person.communication),
        skills=dict.fromkeys(sorted(skills), USUAL_LEVEL),
        qualified=tuple(sorted(qualified)),
        active=person.active,
    )


def _in_force(role: RoleRecord, now: datetime) -> bool:
    return role.active and (role.starts is None or role.starts <= now) and (role.ends is None or now < role.ends)


def role_skills(role: PractitionerRole, catalogue: Catalogue) -> frozenset[str]:
    """The skills that a role's codes and specialties name."""
    return skills_of(catalogue, codings((*role.code, *role.specialty)))


def title_of(role: PractitionerRole) -> str:
    """For people's eyes only, so a display will do."""
    words = (
        concept.text or next((coding.display for coding in concept.coding if coding.display), None)
        for concept in role.code
    )
    return next((clean(text) for text in words if text), "")


def stated_zone(location: Location) -> str | None:
    """The IANA zone that a location states by extension."""
    stated = next((found.code for found in location.extension if found.url == TIMEZONE_EXTENSION), None)
    return stated if stated in _ZONES else None


def schedule_of(rows: Iterable[WorkingHours], absences: Iterable[Absence], zone: str) -> str:
    """Hours and absences, packed. A row without times is the whole day; without days it is every day."""
    spans = (_span(row) for row in rows)
    place = ZoneInfo(zone)
    away = tuple((first_instant(found.during.start, place), end_instant(found.during.end, place)) for found in absences)
    weekly = tuple(found for found in spans if found is not None)
    stated = tuple(period for period in away if period != (None, None))
    return packed_schedule(Schedule(Hours(zone=zone, weekly=weekly), stated))


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _span(row: WorkingHours) -> Span | None:
    starts, ends = row.available_start or row.opening, row.available_end or row.closing
    if row.all_day or (starts is None and ends is None):
        return span(row.days or _WEEK, "00:00", "24:00")
    return span(row.days or _WEEK, starts or "00:00", ends or "24:00")


def facility_numbers(telecom: Iterable[ContactPoint]) -> Iterator[FacilityNumber]:
    """The telephone numbers of a place or professional."""
    for point in telecom:
        e164 = numbers.parse(point.value) if point.system in ("phone", "sms") and point.value else None
        if e164 is not None:
            yield FacilityNumber(e164)


def best_name(names: Sequence[HumanName], zone: ZoneInfo, now: datetime) -> tuple[str, str]:
    """(given, family) of the name in use: official, else usual, else the first; none that is old or over."""
    current = [name for name in names if name.use not in ("old", "maiden") and not _over(name.period, zone, now)]
    ranked = sorted(current, key=lambda name: (_rank(name.use), name.model_dump_json()))
    if not ranked:
        return "", ""
    best = ranked[0]
    given = best.given[0] if best.given else ("" if best.family else best.text or "")
    return clean(given), clean(best.family or "")


def clean(text: str, longest: int = LONGEST) -> str:
    """The text without what no database, voice or screen should get: markup, control characters, excess length."""
    return "".join(character for character in _MARKUP.sub("", text) if character.isprintable()).strip()[:longest]


def holds_markup(names: Iterable[HumanName]) -> bool:
    """Whether a name was written with tags, which are dropped."""
    return any(
        "<" in text or ">" in text for name in names for text in (name.family or "", name.text or "", *name.given)
    )


def codings(concepts: Iterable[CodeableConcept]) -> list[Coding]:
    """The (system, code) pairs of coded concepts."""
    return [(coding.system, coding.code) for concept in concepts for coding in concept.coding]


def _over(period: Period, zone: ZoneInfo, now: datetime) -> bool:
    ends = end_instant(period.end, zone)
    return ends is not None and ends <= now


def _rank(use: str | None) -> int:
    return PREFERRED_NAMES.index(use) if use in PREFERRED_NAMES else len(PREFERRED_NAMES)


def _languages(communication: Iterable[CodeableConcept]) -> tuple[str, ...]:
    spoken = [_language_code(concept) for concept in communication]
    return tuple(dict.fromkeys(code for code in spoken if code))[:10] or ("en",)


def _language(patient: Patient) -> str | None:
    """The language he prefers; a single one that is on record counts as preferred."""
    stated = [entry for entry in patient.communication if entry.preferred]
    entries = stated or (patient.communication if len(patient.communication) == 1 else ())
    return _language_code(entries[0].language) if entries else None


def _language_code(concept: CodeableConcept) -> str | None:
    codes = (coding.code for coding in concept.coding if coding.code)
    return next((clean(code.partition("-")[0].lower(), 8) for code in codes), None)


def _numbers(telecom: Iterable[ContactPoint], zone: ZoneInfo, now: datetime) -> tuple[NumberRecord, ...]:
    """All numbers with use and period; of one that is listed twice the one that ends last, with what is wished."""
    found: dict[str, NumberRecord] = {}
    for point in sorted(telecom, key=lambda point: not wishes_of(point.extension)):  # no wish is one too many
        if point.value and _is_number(point) and point.use != "old" and len(found) < MOST_NUMBERS:
            record = _number(point, point.value, zone, now)
            known = found.get(record.number)
            found[record.number] = record if known is None else _one_of(known, record)
    return tuple(found[number] for number in sorted(found))


def _is_number(point: ContactPoint) -> bool:
    return point.system in ("phone", "sms")


def _number(point: ContactPoint, value: str, zone: ZoneInfo, now: datetime) -> NumberRecord:
    e164 = numbers.parse(value)
    said = () if _over(point.period, zone, now) else wishes_of(point.extension)
    return NumberRecord(
        number=e164 or clean(value),
        use=clean(point.use or "home", 10),
        readable=e164 is not None,
        rank=point.rank,
        wish=next((wish for wish in (NEVER, ONLY) if wish in said), ""),
        starts=first_instant(point.period.start, zone),
        ends=end_instant(point.period.end, zone),
    )


def _one_of(known: NumberRecord, other: NumberRecord) -> NumberRecord:
    """Two entries of one number: the one that ends last, with the better rank and the stricter wish of both."""
    lasting = known if _end(other) <= _end(known) else other
    ranks = [record.rank for record in (known, other) if record.rank is not None]
    wish = NEVER if NEVER in (known.wish, other.wish) else known.wish or other.wish
    return replace(lasting, rank=min(ranks, default=None), wish=wish)


# --- how a patient wants to be reached ------------------------------------------------------------------------------


def wishes_of(extensions: Iterable[Extension]) -> tuple[str, ...]:
    """What our extension says of a number or of a patient, whether we know such a wish or not."""
    return tuple(found.code or "" for found in extensions if found.url == WISH_EXTENSION)


def _wished(patient: Patient) -> set[str]:
    """What he wishes of all his numbers. "No messages" that is said of one holds for all: that is never too little."""
    of_numbers = (wish for point in patient.telecom for wish in wishes_of(point.extension))
    return {*wishes_of(patient.extension), *of_numbers}


def unkept_wishes(patient: Patient, zone: ZoneInfo, now: datetime) -> Iterator[tuple[str, str]]:
    """Where in a patient's record a wish stands that cannot be kept as it is written, and why."""
    for said in wishes_of(patient.extension):
        if said not in (NO_MESSAGES, NO_TEXTS):
            yield "extension", f"a wish that is none; accepted: {NO_MESSAGES} {NO_TEXTS}"
    for at, point in enumerate(patient.telecom):
        for said in wishes_of(point.extension):
            why = _why_unkept(said, point, zone, now)
            if why:
                yield f"telecom.{at}.extension", why


def _why_unkept(said: str, point: ContactPoint, zone: ZoneInfo, now: datetime) -> str:
    if said not in (ONLY, NEVER, NO_MESSAGES, NO_TEXTS):
        return f"a wish that is none; accepted: {ONLY} {NEVER} {NO_MESSAGES} {NO_TEXTS}"
    if said in (NO_MESSAGES, NO_TEXTS):
        return ""
    if not _is_number(point) or point.use == "old" or _over(point.period, zone, now):
        return "a wish about what is no number of his, or no longer: it is not kept"
    if numbers.parse(point.value or "") is None:
        return "a wish about a number that cannot be read" + (": he is rung nowhere" if said == ONLY else "")
    return ""


def _end(record: NumberRecord) -> float:
    return record.ends.timestamp() if record.ends is not None else float("inf")


def _zip_code(patient: Patient, zone: ZoneInfo, now: datetime) -> str | None:
    present = (address for address in patient.address if address.use != "old" and not _over(address.period, zone, now))
    matches = (_ZIP.fullmatch(address.postal_code.strip()) for address in present if address.postal_code)
    return next((match[1] for match in matches if match), None)
