"""The importer: what it takes from FHIR, how it finds what references mean, and that bad content never raises."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory import store
from directory.fhir import Report, import_paths, import_texts
from directory.fhir_evidence import first_day, last_day
from directory.records import Parsed
from directory.skills import skills_of
from tests.directory.conftest import DEMO
from tests.resources import SHARED

SNOMED, NUCC = "http://snomed.info/sct", "http://nucc.org/provider-taxonomy"
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


def read(*resources: dict[str, Any], today: date | None = None) -> tuple[Parsed, Report]:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}
    return import_texts([("made.json", json.dumps(bundle))], today=today)


def test_codes_decide_never_displays():
    assert skills_of([(SNOMED, "36682004")]) == {"physical_therapy"}
    assert skills_of([(SNOMED + "|http://snomed.info/sct/731000124108", "36682004")]) == {"physical_therapy"}
    assert skills_of([(NUCC, "2251X0800X")]) == {"physical_therapy"}
    assert skills_of([(NUCC, "225200000X")]) == {"pt_assistant"}
    assert skills_of([(NUCC, "163W00000X")]) == {"nurse"}
    assert skills_of([(SNOMED, "224538006")]) == {"nurse", "triage_nurse"}
    assert skills_of([("http://example.org", "36682004"), (None, "36682004"), (SNOMED, None)]) == frozenset()


def test_a_team_role_and_the_persons_own_role_agree_or_not():
    (relation,) = read(patient(), practitioner(), role(), care_team())[0].relations
    assert (relation.clinician, relation.skill, relation.level) == ("ana", "physical_therapy", 1)
    assert relation.both_agree is True
    (relation,) = read(patient(), practitioner(), care_team())[0].relations
    assert relation.both_agree is False


@pytest.mark.parametrize("member", ["Practitioner/ana", "PractitionerRole/r", "https://fhir.example/r4/Practitioner/ana"])
def test_a_member_is_found_by_person_role_and_absolute_address(member):
    parsed, report = read(patient(), practitioner(), role(), care_team(member))
    assert [relation.clinician for relation in parsed.relations] == ["ana"]
    assert report.problems == []


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
    parsed, report = import_texts([("b.json", json.dumps({"resourceType": "Bundle", "entry": entries}))])
    assert [relation.evidence for relation in parsed.relations] == ["CareTeam/t", "CareTeam/t2", "CareTeam/t3"]
    assert report.problems == []


def test_a_member_that_is_not_in_the_import_is_reported_not_guessed():
    parsed, report = read(patient(), care_team("Practitioner/gone"))
    assert parsed.relations == ()
    assert [str(problem) for problem in report.problems] == [
        "made.json: CareTeam/t: unresolved reference to a Practitioner"
    ]


def test_a_role_that_is_over_gives_no_skill():
    over = role(period={"end": "2026-11-22"})
    assert read(practitioner(), over, today=date(2026, 11, 23))[0].clinicians[0].skills == {}
    assert read(practitioner(), over, today=date(2026, 11, 22))[0].clinicians[0].skills == {"physical_therapy": 3}
    assert read(practitioner(), role(active=False))[0].clinicians[0].skills == {}


def test_a_patient_is_read_with_what_recognises_him():
    (found,) = read(
        patient(
            name=[
                {"use": "old", "family": "Before"},
                {"use": "official", "given": ["Joe", "B"], "family": "Stone\u0000"},
            ],
            telecom=[
                {"system": "phone", "value": "(312) 555-0142", "use": "mobile"},
                {"system": "phone", "value": "312-555-0143", "use": "old"},
                {"system": "phone"},
                {"system": "email", "value": "3125550144"},
                {"system": "phone", "value": "(555) silent"},
            ],
            address=[{"postalCode": "60607-1234"}],
            communication=[
                {"language": {"coding": [{"code": "en"}]}},
                {"language": {"coding": [{"code": "es-US"}]}, "preferred": True},
            ],
        )
    )[0].patients
    assert (found.given, found.family, found.zip_code, found.language) == ("Joe", "Stone", "60607", "es")
    assert dict(found.numbers) == {"+13125550142": "mobile"}


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
    (found,) = read(patient(**more))[0].patients
    assert (found.deceased, found.active) == (deceased, active)


def test_partial_dates_mean_their_first_and_last_day():
    assert (first_day("2024"), last_day("2024")) == (date(2024, 1, 1), date(2024, 12, 31))
    assert (first_day("2024-02"), last_day("2024-02")) == (date(2024, 2, 1), date(2024, 2, 29))
    assert first_day("2024-07-17T23:30:00-05:00") == date(2024, 7, 17)
    assert first_day("soon") is None


def test_what_a_resource_no_longer_says_is_forgotten(tx, vault):
    at = datetime(2026, 11, 23, 16, tzinfo=UTC)
    store.save_directory(tx, vault, read(patient(), practitioner(), role(), care_team())[0])
    assert store.who(tx, "p", "physical_therapy", at)["clinician"] == "ana"
    store.save_directory(tx, vault, read(patient(), practitioner(), role(), care_team(status="inactive"))[0])
    assert store.care(tx, "p", "physical_therapy", at) == (None, ())


def test_an_import_leaves_pins_and_confirmed_phones_as_they_are(demo, vault):
    parsed, report = import_paths([DEMO])
    assert {problem.resource for problem in report.problems} == set()
    store.save_directory(demo, vault, parsed)
    match = store.check_identity(
        demo, vault, birth_date="1957-03-14", second="4821", caller=None, now=datetime(2026, 11, 23, tzinfo=UTC)
    )
    assert match.patient == "patient-101"
    assert store.clinician_phone(demo, vault, "ana") == "+13125550161"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "is no FHIR resource"),
        ('{"resourceType": "Bundle", "entry": [{}]}', "has no resource"),
        ('{"resourceType": "Patient"}', "id: missing"),
        ('{"resourceType": "Patient", "id": "p", "name": "Joe Stone"}', "name:"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_bad_content_becomes_a_problem_without_its_values(text, reason):
    parsed, report = import_texts([("bad.json", text)])
    assert reason in report.problems[0].reason
    assert "Stone" not in str(report)
    assert parsed.patients == ()


def test_a_missing_file_is_a_problem(tmp_path: Path):
    assert len(import_paths([tmp_path / "nothing.json"])[1].problems) == 1


def test_ndjson_is_read_line_by_line(tmp_path: Path):
    (tmp_path / "a.ndjson").write_text(f"{json.dumps(patient())}\n\nnonsense\n{json.dumps(practitioner())}\n")
    parsed, report = import_paths([tmp_path])
    assert (len(parsed.patients), len(parsed.clinicians)) == (1, 1)
    assert [problem.resource for problem in report.problems] == ["line 3"]


documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(("id", "name", "entry", "resource", "period", "status", "participant")), inner),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(("Patient", "CareTeam", "Encounter", "PractitionerRole", "Bundle")), body=documents)
def test_no_content_raises(kind, body):
    document = {**body, "resourceType": kind} if isinstance(body, dict) else body
    import_texts([("any.json", json.dumps(document))])


@pytest.mark.shared
def test_every_shared_file_is_survived_and_the_known_answers_come_out(tx, vault):
    parsed, report = import_paths([SHARED / "data" / "fhir"])
    assert report.imported["Patient"] == len(parsed.patients) == 42
    assert all("unresolved" in problem.reason for problem in report.problems)
    pacio = "PFEIG-patientBSJ1"
    patients = tuple(found for found in parsed.patients if found.id == pacio)
    relations = tuple(found for found in parsed.relations if found.patient == pacio)
    wanted = replace(parsed, patients=patients, relations=relations)
    store.save_directory(tx, vault, wanted)
    assert store.save_directory(tx, vault, wanted) == 0
    found = store.who(tx, pacio, "physical_therapy", datetime(2024, 7, 20, 12, tzinfo=UTC))
    assert (found["clinician"], found["level"], found["sure"]) == ("PFEIG-Practitioner-RonMarble", 3, "sure")
    assert store.who(tx, pacio, "physical_therapy", datetime(2025, 2, 1, tzinfo=UTC))["sure"] == "stale"
    assert store.who(tx, pacio, "physical_therapy", datetime(2020, 7, 20, tzinfo=UTC))["clinician"] is None
    therapy = {relation.patient for relation in parsed.relations if relation.skill == "physical_therapy"}
    assert therapy == {pacio}
