"""The demo world: who is in it, whose patients they are, and that loading it again changes nothing."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, select, update

from config.catalogue import SHIPPED, read_catalogue
from directory import numbers, store
from directory.accounts_store import USERS
from directory.care_store import AVOIDANCES, care_record
from directory.clinicians import Clinician
from directory.demo import DemoUnusable, dated, import_at, load_demo
from directory.records import PatientRecord, SiteRecord
from directory.staging_store import CLINICIANS
from tests.directory.conftest import NOW

JOE, ROSA = "patient-101", "patient-102"


def own(tx: Connection, patient: str, skill: str = "physical_therapy", at: datetime = NOW) -> tuple[object, ...]:
    found = store.who(tx, patient, skill, at)
    return found["clinician"], found["level"], found["sure"], found["team"]


def person(tx: Connection, clinician_id: str) -> Clinician:
    found = store.clinician(tx, clinician_id)
    assert found is not None
    return found


def test_joes_own_therapist_is_ana_and_luis_is_on_his_team(demo):
    assert own(demo, JOE) == ("ana", 1, "sure", ["luis"])
    assert store.who(demo, JOE, "physical_therapy", NOW) == {
        "patient": JOE,
        "skill": "physical_therapy",
        "at": NOW.isoformat(),
        "clinician": "ana",
        "name": "Ana Ruiz",
        "level": 1,
        "evidence": "CareTeam/team-101",
        "sure": "sure",
        "starts_on": date(2026, 11, 17),
        "ends_on": None,
        "role": "ana-west-loop",
        "unit": "Organization/riverside",
        "availability": {"state": "unknown", "by": ""},
        "substitute": None,
        "team": ["luis"],
        "passed_over": [],
    }


def test_joe_has_his_nurse_his_doctor_and_his_surgeon(demo):
    assert own(demo, JOE, "nurse") == ("dana", 1, "sure", [])
    assert own(demo, JOE, "primary_care") == ("grace", 1, "sure", [])
    assert own(demo, JOE, "orthopedic_surgery") == ("victor", 1, "sure", [])
    assert own(demo, JOE, "triage_nurse")[2] == "likely"  # only Dana's own role says so, the team's does not


def test_every_level_of_the_rule_has_its_patient(demo):
    found = {number: own(demo, f"patient-{number}") for number in range(102, 109)}
    assert found == {
        102: ("luis", 1, "sure", []),
        103: ("noah", 2, "sure", []),
        104: ("mia", 3, "sure", []),
        105: (None, 0, None, []),  # he died
        106: ("ana", 1, "sure", []),
        107: ("elena", 4, "likely", []),
        108: ("tom", 3, "stale", []),
    }


def test_whom_a_patient_avoids_is_neither_his_own_nor_on_his_team(demo):
    demo.execute(insert(AVOIDANCES).values(patient_id=JOE, clinician_id="ana"))
    assert store.avoided(demo, JOE) == ("ana",)
    assert own(demo, JOE) == ("luis", 1, "sure", [])


def test_a_clinician_who_left_is_nobodys_own_and_is_not_rung(demo, vault):
    demo.execute(update(CLINICIANS).where(CLINICIANS.c.id == "ana").values(active=False))
    assert own(demo, JOE)[0] == "luis"
    assert store.clinician_phone(demo, vault, "ana", NOW) is None
    assert person(demo, "ana").active is False
    assert "ana" not in {found.id for found in store.clinicians(demo)}


def test_clinicians_bring_skills_languages_and_site(demo):
    luis = person(demo, "luis")
    assert (luis.name, luis.title, luis.site_id) == ("Luis Ortega", "physical therapist", "west-loop")
    assert (dict(luis.skills), luis.languages) == ({"physical_therapy": 3}, ("en", "es"))
    assert store.clinician(demo, "nobody") is None
    assert len(store.clinicians(demo)) == 9


def test_a_clinician_is_known_by_the_confirmed_phone(demo, vault):
    assert store.clinician_phone(demo, vault, "ana", NOW) == "+13125550161"
    assert store.clinician_by_phone(demo, vault, "+13125550162") == person(demo, "luis")
    assert store.clinician_by_phone(demo, vault, "+13125550142") is None


def test_loading_the_same_again_changes_nothing(demo, vault, world):
    before = demo.execute(select(CLINICIANS).order_by(CLINICIANS.c.id)).all()
    assert store.save_import(demo, vault, import_at(world, NOW), NOW).lines() == ["nothing would change"]
    store.seed(demo, vault, world, NOW)
    assert demo.execute(select(CLINICIANS).order_by(CLINICIANS.c.id)).all() == before
    assert own(demo, JOE) == ("ana", 1, "sure", ["luis"])


def test_joe_is_on_day_nine_whenever_the_demo_is_loaded(demo, vault, world):
    later = NOW + timedelta(days=400)
    assert own(demo, "patient-108", at=later)[2] == "stale"
    store.seed(demo, vault, world, later)
    assert _hip_operation(demo) == (later - timedelta(days=9)).date()
    assert own(demo, JOE, at=later) == ("ana", 1, "sure", ["luis"])


def _hip_operation(tx: Connection) -> date | None:
    """When the hospital stay of Joe's operation ended, three days after it began."""
    evidence = care_record(tx, JOE, "orthopedic_surgery").evidence
    ended = next(found.starts for found in evidence if found.source == "Encounter/hip-101" and found.clinician)
    return ended.astimezone(ZoneInfo("America/Chicago")).date() - timedelta(days=3) if ended else None


def test_the_four_people_of_the_demo_can_sign_in(demo, world):
    assert {user.login: user.role for user in store.users(demo)} == {
        "ana": "clinician",
        "luis": "clinician",
        "dana": "clinician",
        "sam": "supervisor",
    }
    ana = store.check_password(demo, "ana", world.password)
    assert ana is not None
    assert ana.clinician_id == "ana"


RELAY = "+13125550152"  # a relay service calls from a number that is on nobody's record


def test_the_demos_numbers_are_fictional_unique_and_those_of_its_records(demo, world):
    records = list(import_at(world, NOW).records())
    patients = [found for found in records if isinstance(found, PatientRecord)]
    of_patients = {entry.number for patient in patients for entry in patient.numbers}
    booked = [phone["number"] for phone in world.book]
    assert set(booked) == of_patients | set(world.phones.values()) | {RELAY, "+13125550199"}
    assert len(booked) == len(set(booked))
    assert all(number[5:10] == "55501" and numbers.dialable(number) for number in booked)
    people = store.clinicians(demo)
    assert set(world.phones) == {found.id for found in people}
    assert set(world.ready) == {"ana", "luis", "dana", "grace", "mia", "elena"}
    assert all(set(found.skills) <= read_catalogue(SHIPPED).keys for found in people)


def test_the_demo_has_two_sites_in_two_zones(world):
    zones = {found.id: found.zone for found in import_at(world, NOW).records() if isinstance(found, SiteRecord)}
    assert zones == {"west-loop": "America/Chicago", "south-bend": "America/Indiana/Indianapolis"}


def test_moving_dates_are_counted_from_today_in_the_centers_zone():
    text = '["@day", "@day-9", "@day+2T09:30", "@day-200T15:00", "ana@days-1"]'
    assert dated(text, date(2026, 11, 23)) == (
        '["2026-11-23", "2026-11-14", "2026-11-25T09:30:00-06:00", "2026-05-07T15:00:00-05:00", "ana@days-1"]'
    )


def test_late_in_the_evening_today_is_still_the_centers_day(demo, vault, world):
    late = datetime(2026, 11, 24, 4, tzinfo=UTC)  # 22:00 of the 23rd in Chicago
    store.seed(demo, vault, world, late)
    assert _hip_operation(demo) == date(2026, 11, 14)


@pytest.mark.parametrize("people", ["", "password: x\nsurprise: 1\n", "a: [", "{}"])
def test_a_demo_that_cannot_be_read_says_so(tmp_path, people):
    (tmp_path / "people.yaml").write_text(people)
    with pytest.raises(DemoUnusable):
        load_demo(tmp_path)


def test_a_phone_that_may_not_be_dialled_or_is_anothers_is_refused(demo, vault):
    for number in ("+19005550123", "+13125550161"):
        with pytest.raises(store.PhoneRefused) as refused:
            store.confirm_phone(demo, vault, "luis", number)
        assert number[-4:] not in str(refused.value)
    with pytest.raises(store.PhoneRefused):
        store.confirm_phone(demo, vault, "luis", "+13125550100", own=("+13125550100",))


def test_accounts_are_checked_by_password_login_and_activity(tx):
    store.add_user(tx, user_id="u1", login="kay", password="correct horse", role="admin", clinician_id=None, now=NOW)
    assert store.check_password(tx, "kay", "correct horse") == store.user_by_login(tx, "kay")
    assert store.check_password(tx, "kay", "wrong") is None
    assert store.check_password(tx, "nobody", "correct horse") is None
    assert store.renew_hash(tx, "kay", "correct horse") is False
    store.void_sessions(tx, "u1", NOW + timedelta(hours=1))
    kay = store.user_by_login(tx, "kay")
    assert kay is not None
    assert kay.sessions_from == NOW + timedelta(hours=1)
    tx.execute(update(USERS).values(active=False))
    assert store.check_password(tx, "kay", "correct horse") is None


@pytest.mark.parametrize(
    ("login", "role", "clinician_id"), [("ana", "admin", None), ("new", "clinician", None), ("new", "king", None)]
)
def test_an_account_that_cannot_be_is_refused(demo, login, role, clinician_id):
    with pytest.raises(store.AccountRefused):
        store.add_user(
            demo, user_id="u2", login=login, password="long enough", role=role, clinician_id=clinician_id, now=NOW
        )
