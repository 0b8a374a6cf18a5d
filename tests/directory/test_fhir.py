"""The importer: what it takes from FHIR, how it finds what references mean, and that bad content never raises.

Longer than 300 lines because each kind of resource is read beside those it refers to.
"""

# ruff: noqa: E501 - resources are read more easily with one on a line
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.catalogue import NUCC, SHIPPED, SNOMED, read_catalogue
from directory import store
from directory.care_records import Evidence, unpacked
from directory.fhir import Import, Rules
from directory.fhir_dates import contact_instant, end_instant, first_instant
from directory.fhir_reading import CHUNK
from directory.fhir_report import Report
from directory.fhir_resources import READ, Patient
from directory.records import BookRecord, ClinicianRecord, PatientRecord, RoleRecord, SiteRecord, UnitRecord
from directory.skills import skills_of
from tests.resources import SHARED

CATALOGUE = read_catalogue(SHIPPED)
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
PT = {"coding": [{"system": SNOMED, "code": "36682004", "display": "Janitor"}]}


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p", "birthDate": "1957-03-14", **more}


def practitioner(name: str = "ana", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Practitioner", "id": name, "name": [{"given": [name], "family": "X"}], **more}


def role(person: str = "Practitioner/ana", **more: Any) -> dict[str, Any]:
    return {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": person}, "code": [PT], **more}


def care_team(member: str = "Practitioner/ana", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "CareTeam",
        "id": "t",
        "status": "active",
        "subject": {"reference": "Patient/p"},
        "participant": [{"role": [PT], "member": {"reference": member}}],
        **more,
    }


Found = TypeVar("Found")


class Read:
    """An import of made resources, with its records by kind."""

    def __init__(self, *texts: tuple[str, str], now: datetime = NOW) -> None:
        self.imported = Import(Rules(CATALOGUE, now))
        self.imported.read_texts(texts)
        self.records = list(self.imported.records())
        self.report: Report = self.imported.report

    def of(self, kind: type[Found]) -> list[Found]:
        return [found for found in self.records if isinstance(found, kind)]

    @property
    def evidence(self) -> list[Evidence]:
        return [found for book in self.of(BookRecord) for found in unpacked(book.evidence)]

    @property
    def told(self) -> list[str]:
        return [str(finding) for finding in (*self.report.problems, *self.report.remarks)]


def bundle(*resources: dict[str, Any]) -> str:
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]})


def read(*resources: dict[str, Any], now: datetime = NOW) -> Read:
    return Read(("made.json", bundle(*resources)), now=now)


def test_codes_decide_never_displays():
    def skills(*codings: tuple[str | None, str | None]) -> frozenset[str]:
        return skills_of(CATALOGUE, codings)

    assert skills((SNOMED, "36682004")) == {"physical_therapy"}
    assert skills((SNOMED + "|http://snomed.info/sct/731000124108", "36682004")) == {"physical_therapy"}
    assert skills((NUCC, "2251X0800X")) == {"physical_therapy"}
    assert skills((NUCC, "225200000X")) == {"pt_assistant"}
    assert skills((NUCC, "163W00000X")) == {"nurse"}
    assert skills((SNOMED, "224538006")) == {"nurse", "triage_nurse"}
    assert skills(("http://example.org", "36682004"), (None, "36682004"), (SNOMED, None)) == frozenset()


@pytest.mark.parametrize(
    "member", ["Practitioner/ana", "PractitionerRole/r", "https://fhir.example/r4/Practitioner/ana/_history/3"]
)
def test_a_member_is_found_by_person_role_and_absolute_address(member):
    found = read(patient(), practitioner(), role(), care_team(member))
    assert [(item.clinician, item.named) for item in found.evidence] == [("ana", ("physical_therapy",))]
    assert found.told == []


def test_a_member_is_found_by_urn_and_by_identifier():
    person = practitioner(identifier=[{"system": "http://npi", "value": "123"}])
    entries = [
        {"fullUrl": "urn:uuid:1", "resource": patient()},
        {"fullUrl": "urn:uuid:2", "resource": person},
        {"resource": role("urn:uuid:2")},
        {"resource": care_team("urn:uuid:2", subject={"reference": "urn:uuid:1"})},
        {"resource": care_team("Practitioner?identifier=http://npi|123", id="t2")},
        {"resource": care_team(id="t3", participant=[{"member": {"identifier": {"value": "123"}}}])},
    ]
    found = Read(("b.json", json.dumps({"resourceType": "Bundle", "entry": entries})))
    assert sorted(item.source for item in found.evidence) == ["CareTeam/t", "CareTeam/t2", "CareTeam/t3"]
    assert {item.clinician for item in found.evidence} == {"ana"}
    assert found.told == []


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ({"reference": "Practitioner/gone"}, "means a resource that the import lacks"),
        ({"reference": "#pr1"}, "means a contained resource"),
        ({"display": "Ana X"}, "has a display only; nobody is found by name"),
        ({"identifier": {"value": "7"}}, "means an identifier that nobody, or more than one, has"),
    ],
)
def test_a_member_that_cannot_be_resolved_is_told_never_guessed(member, reason):
    twins = [practitioner(name, identifier=[{"value": "7"}]) for name in ("ana", "bea")]
    found = read(patient(), *twins, care_team(participant=[{"role": [PT], "member": member}]))
    assert found.evidence == []
    assert len(found.told) == 1
    assert found.told[0].startswith("made.json: CareTeam/t: participant[0].member: ")
    assert reason in found.told[0]


def test_teams_in_teams_and_organisations_are_followed_and_loops_end():
    inner = care_team(
        id="inner",
        participant=[
            {"role": [PT], "member": {"reference": "Practitioner/ana"}},
            {"member": {"reference": "CareTeam/t"}},
        ],
    )
    inner["period"] = {"end": "2026-11-30"}
    outer = care_team("CareTeam/inner")
    unit = care_team("Organization/o", id="u")
    above = [{"resourceType": "Organization", "id": "o", "partOf": {"reference": "Organization/p"}}]
    above += [{"resourceType": "Organization", "id": "p", "partOf": {"reference": "Organization/o"}}]
    found = read(
        patient(), practitioner(), role(organization={"reference": "Organization/o"}), inner, outer, unit, *above
    )
    from_outer = [item for item in found.evidence if item.source == "CareTeam/t"]
    assert [(item.clinician, item.ends) for item in from_outer] == [("ana", datetime(2026, 12, 1, 6, tzinfo=UTC))]
    assert [item.unit for item in found.evidence if item.source == "CareTeam/u"] == ["Organization/o"]
    assert found.of(RoleRecord)[0].units == ("Organization/o", "Organization/p")
    assert any("a team that contains itself" in line for line in found.told)


def test_evidence_of_a_merged_patient_goes_to_the_record_that_replaced_his_and_loops_give_none():
    old = patient(id="old", link=[{"type": "replaced-by", "other": {"reference": "Patient/p"}}])
    found = read(patient(), old, practitioner(), role(), care_team(subject={"reference": "Patient/old"}))
    assert [book.id for book in found.of(BookRecord)] == ["p"]
    lost = patient(link=[{"type": "replaced-by", "other": {"reference": "Patient/old"}}])
    assert read(lost, old, practitioner(), care_team()).report.counts["unresolved"] == {"CareTeam": 1}


def test_every_kind_of_care_becomes_evidence_of_its_level():
    ana, joe = {"reference": "Practitioner/ana"}, {"reference": "Patient/p"}
    subject = {"subject": joe}
    pieces: list[dict[str, Any]] = [
        {"resourceType": "Appointment", "id": "2", "status": "booked", "start": "2026-11-25T09:00:00Z", "participant": [{"actor": joe}, {"actor": ana}]},
        {"resourceType": "Encounter", "id": "3", "status": "in-progress", **subject, "participant": [{"individual": ana}], "period": {"start": "2026-11-01"}},
        {"resourceType": "Encounter", "id": "4", "status": "finished", **subject, "class": {"code": "IMP"}, "serviceProvider": {"reference": "Organization/o"}, "participant": [{"individual": ana}], "period": {"start": "2026-10-01", "end": "2026-10-05"}},
        {"resourceType": "Procedure", "id": "4", "status": "completed", **subject, "performedDateTime": "2026-10-02", "performer": [{"actor": ana}]},
        {"resourceType": "ServiceRequest", "id": "5", "status": "active", **subject, "authoredOn": "2026-10-05", "code": {"coding": [{"system": SNOMED, "code": "91251008"}]}, "performer": [ana], "locationReference": [{"reference": "Location/l"}]},
        {"resourceType": "DeviceRequest", "id": "6", "status": "active", **subject, "authoredOn": "2026-10-06", "requester": ana},
        *({"resourceType": "Observation", "id": f"6{n}", "status": "final", **subject, "effectiveDateTime": "2026-10-07", "performer": [ana]} for n in "ab"),
        {"resourceType": "CarePlan", "id": "6", "status": "active", **subject, "created": "2026-10-08", "author": ana},
    ]  # fmt: skip
    places = [{"resourceType": "Organization", "id": "o"}, {"resourceType": "Location", "id": "l"}]
    found = read(patient(), practitioner(), role(), *places, *pieces)
    assert sorted((item.level, item.source, item.contacts) for item in found.evidence) == [
        (2, "Appointment/2", 1),
        (3, "Encounter/3", 1),
        (4, "Encounter/4", 1),
        (4, "Procedure/4", 1),
        (5, "ServiceRequest/5", 1),
        (6, "CarePlan/6", 1),
        (6, "DeviceRequest/6", 1),
        (6, "Observation/6a", 2),
        (7, "Encounter/4", 1),
        (7, "ServiceRequest/5", 1),
    ]
    assert found.told == []


def test_a_role_that_is_over_gives_no_skill():
    over = role(period={"end": "2026-11-22"})
    assert read(practitioner(), over).of(ClinicianRecord)[0].skills == {}
    at_work = datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert read(practitioner(), over, now=at_work).of(ClinicianRecord)[0].skills == {"physical_therapy": 3}
    assert read(practitioner(), role(active=False)).of(ClinicianRecord)[0].skills == {}


def test_a_role_brings_hours_absences_and_the_zone_of_its_place():
    place = {
        "resourceType": "Location", "id": "l", "name": "South",
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": "America/New_York"}],
        "hoursOfOperation": [{"daysOfWeek": ["mon"], "openingTime": "08:00:00", "closingTime": "17:00:00"}],
    }  # fmt: skip
    ward = {"resourceType": "Location", "id": "w", "partOf": {"reference": "Location/l"}}
    hours = [{"daysOfWeek": ["mon", "tue"], "availableStartTime": "22:00:00", "availableEndTime": "06:00:00"}]
    away = [{"description": "on leave", "during": {"start": "2026-12-24", "end": "2026-12-26"}}]
    found = read(
        practitioner(),
        place,
        ward,
        role(location=[{"reference": "Location/w"}], availableTime=hours, notAvailable=away),
    )
    assert json.loads(found.of(RoleRecord)[0].schedule) == {
        "zone": "America/New_York",
        "rows": [["mon tue", "22:00", "06:00"]],
        "absent": [["2026-12-24T05:00:00+00:00", "2026-12-27T05:00:00+00:00"]],
    }
    assert {site.id: site.zone for site in found.of(SiteRecord)} == {"l": "America/New_York", "w": "America/New_York"}


def test_a_service_says_which_skills_it_offers():
    coded = [{"coding": [{"system": SNOMED, "code": "36682004"}]}]
    service = {"resourceType": "HealthcareService", "id": "h", "name": "Rehabilitation", "specialty": coded}
    assert [unit.skills for unit in read(service).of(UnitRecord)] == [("physical_therapy",)]


def test_a_patient_is_read_with_what_recognises_him():
    relative: dict[str, Any] = {"resourceType": "RelatedPerson", "id": "wife", "patient": {"reference": "Patient/p"}}
    relative["telecom"] = [{"system": "phone", "value": "312-555-0142"}, {"system": "phone", "value": "312-555-0149"}]
    (found,) = read(
        relative,
        patient(
            name=[
                {"use": "old", "family": "Before"},
                {"use": "official", "family": "Once", "period": {"end": "2020"}},
                {"use": "official", "given": ["Joe", "B"], "family": "Stone\u0000"},
            ],
            telecom=[
                {"system": "phone", "value": "(312) 555-0142", "use": "mobile"},
                {"system": "phone", "value": "312-555-0143", "use": "old"},
                {"system": "phone", "value": "312-555-0147", "period": {"end": "2026-01-31"}},
                {"system": "phone"},
                {"system": "email", "value": "3125550144"},
                {"system": "phone", "value": "(555) silent"},
            ],
            address=[{"postalCode": "60607-1234"}],
            communication=[
                {"language": {"coding": [{"code": "en"}]}},
                {"language": {"coding": [{"code": "es-US"}]}, "preferred": True},
            ],
        ),
    ).of(PatientRecord)
    assert (found.given, found.family, found.zip_code, found.language) == ("Joe", "Stone", "60607", "es")
    assert [(entry.number, entry.use, entry.readable) for entry in found.numbers] == [
        ("(555) silent", "home", False),
        ("+13125550142", "shared", True),
        ("+13125550147", "home", True),
        ("+13125550149", "related", True),
    ]
    assert found.numbers[2].ends == datetime(2026, 2, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "deceased", "active"),
    [
        ({"deceasedBoolean": True}, True, True),
        ({"deceasedDateTime": "2020"}, True, True),
        ({"active": False}, False, False),
        ({"link": [{"type": "replaced-by", "other": {}}]}, False, False),
        ({}, False, True),
    ],
)
def test_the_deceased_and_the_replaced_are_marked(more, deceased, active):
    (found,) = read(patient(**more)).of(PatientRecord)
    assert (found.deceased, found.active) == (deceased, active)


def test_partial_dates_mean_their_first_and_last_day():
    assert first_instant("2024", CHICAGO) == datetime(2024, 1, 1, 6, tzinfo=UTC)
    assert end_instant("2024-02", CHICAGO) == datetime(2024, 3, 1, 6, tzinfo=UTC)
    assert contact_instant("2024-02", CHICAGO) == datetime(2024, 2, 29, 6, tzinfo=UTC)
    assert first_instant("2024-07-17T23:30:00-05:00", CHICAGO) == datetime(2024, 7, 18, 4, 30, tzinfo=UTC)
    for nonsense in ("soon", "2024-02-30", "0000", "9999-12-31T23:59:59-23:00", None):
        assert first_instant(nonsense, CHICAGO) is None


# --- what is broken ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "is no FHIR resource"),
        ('{"resourceType": "Bundle", "entry": [{}]}', "is no FHIR resource"),
        ('{"resourceType": "Patient"}', "id: missing"),
        ('{"resourceType": "Patient", "id": "p", "name": "Joe Stone"}', "name:"),
        ('{"resourceType": "Patient", "id": "../../etc"}', "id: string pattern mismatch"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"resourceType": "Patient", "id": "p"} x', "goes on after its end"),
        ('{"resourceType": ["Patient"], "id": "p"}', "is no FHIR resource"),
        (json.dumps({"resourceType": "Patient", "id": "p", "birthDate": "x" * 10_000_000}), "is larger than"),
        (json.dumps({"resourceType": "Patient", "id": "p", "birthDate": "x" * 900_000}), "birthDate: string too long"),
    ],
)
def test_bad_content_becomes_one_clear_line_without_its_values(text, reason):
    found = Read(("bad.json", text))
    assert len(found.told) == 1
    assert reason in found.told[0]
    assert "Stone" not in found.told[0]
    assert len(found.told[0]) < 200
    assert found.of(PatientRecord) == []


def test_what_is_broken_in_a_bundle_leaves_the_rest(tmp_path: Path):
    nest = '{"resource": {"resourceType": "Patient", "id": "deep", "extension": ' + "[" * 10_000 + "]" * 10_000 + "}}"
    shallow = '{"resource": {"resourceType": "Patient", "id": "less", "extension": ' + "[" * 500 + "]" * 500 + "}}"
    bad = '{"resource": {"resourceType": "Patient", "id": "bytes", "birthDate": "\udcff"}}'
    good = json.dumps({"resource": patient()})
    text = f'{{"resourceType": "Bundle", "entry": [{nest}, {bad}, {shallow}, {good}]}}'
    (tmp_path / "b.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    imported = Import(Rules(CATALOGUE, NOW))
    imported.read_files([tmp_path])
    assert imported.report.imported == {"Patient": 1}
    assert [(finding.resource, finding.reason) for finding in imported.report.problems] == [
        ("entry 1", "is nested too deeply"),
        ("entry 2, Patient/bytes", "holds bytes that are not UTF-8"),
        ("entry 3, Patient/less", "is nested too deeply"),
    ]


def test_markup_in_names_is_dropped_and_told():
    (found,) = (reading := read(patient(name=[{"given": ["<Say>Joe</Say>"], "family": "<script>x</script>Stone"}]))).of(
        PatientRecord
    )
    assert (found.given, found.family) == ("Joe", "xStone")
    assert reading.told == ["made.json: Patient/p: name: was written with markup, which is dropped"]


def test_of_two_resources_with_one_id_the_later_stands_in_whatever_order():
    older = patient(birthDate="1950-01-01", meta={"lastUpdated": "2026-01-01T00:00:00Z"})
    newer = patient(birthDate="1960-01-01", meta={"lastUpdated": "2026-02-01T00:00:00Z"})
    for order in ((older, newer, newer), (newer, older, older), (newer, newer, older)):
        found = read(*order)
        assert [person.birth_date for person in found.of(PatientRecord)] == ["1960-01-01"]
        assert found.report.total == 3
        assert "two resources with this id differ" in found.told[0]


def test_a_bundle_of_any_size_is_read_piece_by_piece():
    people = [practitioner(f"a{number}") for number in range(CHUNK // 80)]
    found = Read(("big.json", bundle(*people)))
    assert len(found.of(ClinicianRecord)) == len(people)


def test_a_missing_file_is_a_problem(tmp_path: Path):
    imported = Import(Rules(CATALOGUE, NOW))
    imported.read_files([tmp_path / "nothing.json"])
    assert len(imported.report.problems) == 1


def test_ndjson_is_read_line_by_line():
    found = Read(("a.ndjson", f"{json.dumps(patient())}\n\nnonsense\n{json.dumps(practitioner())}\n"))
    assert (len(found.of(PatientRecord)), len(found.of(ClinicianRecord))) == (1, 1)
    assert [problem.resource for problem in found.report.problems] == ["line 3"]


documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("id", "name", "entry", "resource", "period", "status", "participant")), inner
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(("Patient", "CareTeam", "Encounter", "PractitionerRole", "Bundle")), body=documents)
def test_no_content_raises(kind, body):
    document = {**body, "resourceType": kind} if isinstance(body, dict) else body
    Read(("any.json", json.dumps(document)))


# --- data that nobody here wrote --------------------------------------------------------------------------------------


def recount(path: Path) -> Counter[str]:
    """All resources of a folder by kind, counted without the importer."""
    documents = [text for file in path.rglob("*") if file.suffix in (".json", ".ndjson") for text in _documents(file)]
    counted: Counter[str] = Counter()
    while documents:
        document = documents.pop()
        if document["resourceType"] == "Bundle":
            documents += [entry["resource"] for entry in document.get("entry", ())]
        else:
            counted[document["resourceType"]] += 1
    return counted


def _documents(file: Path) -> list[dict[str, Any]]:
    text = file.read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line] if file.suffix == ".ndjson" else [json.loads(text)]


@pytest.mark.shared
@pytest.mark.parametrize(
    "folder", ["", "hl7-r4-spec", "us-core", "pacio-pfe", "synthea-ks-bulk10", "synthea-bundles", "inferno-uscore"]
)
def test_every_shared_file_is_read_and_every_resource_accounted_for(folder):
    path = SHARED / "data" / "fhir" / folder
    imported = Import(Rules(CATALOGUE, NOW))
    imported.read_files([path])
    for _ in imported.records():
        pass
    accounted: Counter[str] = Counter()
    for counts in imported.report.counts.values():
        accounted.update(counts)
    assert +accounted == recount(path)
    assert imported.report.total == recount(path).total()
    if folder:
        assert imported.report.counts["broken"] == {}
    assert all(finding.reason.startswith("unresolved: ") or not folder for finding in imported.report.problems)


@pytest.mark.shared
def test_the_known_answers_come_out_with_their_evidence(tx, vault):
    imported = Import(Rules(CATALOGUE, NOW))
    imported.read_files([SHARED / "data" / "fhir"])
    store.save_import(tx, vault, imported, NOW)

    def who(at: str, patient_id: str = "PFEIG-patientBSJ1") -> tuple[object, ...]:
        found = store.who(tx, patient_id, "physical_therapy", datetime.fromisoformat(f"{at}T17:00:00+00:00"))
        return found["level"], found["sure"], found.get("role"), found["evidence"]

    walker = "Encounter/PFEIG-Encounter-DeviceRequest-RollingWalker"
    assert who("2024-07-20") == (3, "sure", "PFEIG-Role-SNFPT-RonMarble", walker)
    assert who("2025-02-01") == (3, "stale", "PFEIG-Role-SNFPT-RonMarble", walker)
    level, sure, role_id, evidence = who("2020-07-20")
    assert (level, sure, role_id) == (6, "likely", "PFEIG-Role-PT-RonMarble")
    assert str(evidence).startswith("Observation/PFEIG-")
    patients = [found for found in imported.spool.every(READ["Patient"]) if found.id != "PFEIG-patientBSJ1"]
    answers = {found.id: who("2026-11-23", found.id) for found in patients}
    assert {answer[0] for answer in answers.values()} <= {0, 7, 8}
    gone = [
        found.id for found in patients if isinstance(found, Patient) and (found.deceased_at or found.deceased_boolean)
    ]
    assert len(gone) >= 3
    assert {answers[person][0] for person in gone} == {0}
