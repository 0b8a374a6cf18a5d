"""What the site itself says: sheets of staff and PINs, numbers that may recognise, and the change of keys."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from config.catalogue import SHIPPED, read_catalogue
from config.database import Database
from config.problems import ContentError
from config.vault import Unreadable, Vault
from directory import store
from directory.local_csv import SheetUnusable, read_pins, read_proxies, read_staff, write_proxies, write_staff
from directory.local_store import (
    LocalRefused,
    apply_pins,
    apply_proxies,
    apply_staff,
    lapsed,
    proxy_rows,
    staff_rows,
    without_pin,
)
from directory.rotation_store import rotate
from directory.staging_store import FACILITIES, PATIENTS
from tests.directory.conftest import NOW
from tests.directory.test_importing import bring, small, world  # noqa: F401 - a fixture among them

ZONE = "America/Chicago"

SERVICES = ("therapy", "nurse")
KEYS = read_catalogue(SHIPPED).keys
HEAD = "clinician,name,phone,languages,skills\n"


def test_a_staff_sheet_is_done_and_the_same_again_changes_nothing(demo, vault):
    sheet = read_staff(
        HEAD + "ana,,(312) 555-0171,en es,physical_therapy:5 nurse:1\nluis,,-,,physical_therapy:0\n", KEYS
    )
    changed = apply_staff(demo, vault, sheet, own=())
    assert changed == [
        "ana: physical_therapy",
        "ana: nurse",
        "ana: languages",
        "ana: phone",
        "luis: physical_therapy",
        "luis: phone",
    ]
    people = {found.id: found for found in store.clinicians(demo)}
    assert (dict(people["ana"].skills), people["ana"].languages) == ({"physical_therapy": 5, "nurse": 1}, ("en", "es"))
    assert dict(people["luis"].skills) == {}
    assert store.clinician_phone(demo, vault, "ana", NOW) == "+13125550171"
    assert store.clinician_phone(demo, vault, "luis", NOW) is None
    assert apply_staff(demo, vault, sheet, own=()) == []


def test_the_exported_sheet_read_again_is_no_word_of_the_site(demo, vault):
    text_of = write_staff(staff_rows(demo, vault))
    assert "+1312" not in text_of
    assert "***-***-0161" in text_of
    assert apply_staff(demo, vault, read_staff(text_of, KEYS), own=()) == []
    assert write_staff(staff_rows(demo, vault)) == text_of


@pytest.mark.parametrize(
    ("row", "flaw"),
    [
        ("nobody,,,,", "knows no clinician 'nobody'"),
        ("ana,,911,,", "found no telephone number"),
        ("ana,,+19005550123,,", "no number that the center may dial"),
        ("ana,,+13125550100,,", "no number that the center may dial"),
        ("ana,,+13125550162,,", "is another clinician's"),
    ],
)
def test_what_a_site_may_not_say_is_refused_without_the_number(demo, vault, row, flaw):
    with pytest.raises(LocalRefused, match=flaw) as refused:
        apply_staff(demo, vault, read_staff(HEAD + row, KEYS), own=("+13125550100",))
    assert "555" not in str(refused.value)


@pytest.mark.parametrize(
    ("sheet", "flaw"),
    [
        ("who\nana\n", "line 1: accepted columns"),
        (HEAD + ",,,,\n", "line 2: clinician: found nothing"),
        (HEAD + "ana,,,english!,\n", "line 2: languages"),
        (HEAD + "ana,,,,juggling:3\n", "line 2: skills"),
        (HEAD + "ana,,,,nurse:9\n", "line 2: skills"),
        (HEAD + "ana,,,,nurse:3:soon\n", "line 2: skills: accepted after the level: its last day"),
        (HEAD + "ana,,,,nurse:3:2027-01-01:x\n", "line 2: skills"),
        (HEAD + "ana,,,,\nana,,,,\n", "stands on two lines"),
    ],
)
def test_a_sheet_with_a_flaw_says_where(sheet, flaw):
    with pytest.raises(SheetUnusable, match=flaw):
        read_staff(sheet, KEYS)


def test_a_skill_counts_through_its_last_day_and_then_as_if_he_never_had_it(demo, vault):
    last = NOW.date()

    def levels() -> dict[str, int]:
        return dict(next(found for found in store.clinicians(demo) if found.id == "ana").skills)

    sheet = read_staff(HEAD + f"ana,,,,physical_therapy:5:{last}\n", KEYS)
    assert apply_staff(demo, vault, sheet, own=()) == ["ana: physical_therapy"]
    assert store.lapse(demo, NOW, ZONE) == []
    assert levels()["physical_therapy"] == 5
    assert store.lapse(demo, NOW + timedelta(days=1), ZONE) == ["ana"]
    assert store.lapsing(demo, NOW + timedelta(days=1), ZONE) == [], "once"
    assert "physical_therapy" not in levels()
    own, _ = store.care(demo, "patient-101", "physical_therapy", NOW)
    assert own is None or own.clinician != "ana", "nor is she his therapist"
    assert lapsed(demo) == {"ana": {"physical_therapy": last}}
    exported = write_staff(staff_rows(demo, vault))
    assert f"physical_therapy:5:{last}" in exported
    assert apply_staff(demo, vault, read_staff(exported, KEYS), own=()) == [], "a copy of it renews nothing"
    renewed = read_staff(HEAD + "ana,,,,physical_therapy:5:2099-01-01\n", KEYS)
    assert apply_staff(demo, vault, renewed, own=()) == ["ana: physical_therapy"]
    assert levels()["physical_therapy"] == 5
    assert lapsed(demo) == {}


def test_a_level_said_of_a_lapsed_skill_waits_for_its_date_and_an_import_does_not_revive_it(demo, vault):
    apply_staff(demo, vault, read_staff(HEAD + "ana,,,,physical_therapy:5:2020-01-01\n", KEYS), own=())
    store.lapse(demo, NOW, ZONE)
    apply_staff(demo, vault, read_staff(HEAD + "ana,,,,physical_therapy:3:2020-01-01\n", KEYS), own=())
    assert next(found for found in store.clinicians(demo) if found.id == "ana").skills.get("physical_therapy") is None
    apply_staff(demo, vault, read_staff(HEAD + "ana,,,,physical_therapy:3\n", KEYS), own=())
    assert next(found for found in store.clinicians(demo) if found.id == "ana").skills["physical_therapy"] == 3


def test_a_cell_that_a_spreadsheet_would_compute_is_written_as_text():
    assert "'=1+1" in write_staff([{"clinician": "x", "name": "=1+1", "phone": "", "languages": "", "skills": ""}])


def test_pins_are_entered_by_a_sheet(demo, vault):
    assert without_pin(demo) == 0
    pins = read_pins("patient,pin\npatient-101,7773\npatient-102,7305\n")
    assert apply_pins(demo, vault, pins, "UTC") == ["patient-101"]
    proved = store.check_identity(demo, vault, birth_date="1957-03-14", second="7773", caller=None, now=NOW)
    assert proved.patient == "patient-101"
    for sheet in ("patient,pin\nnobody,1234\n", "patient,pin\npatient-101,12a4\n", "patient,pin\npatient-101,12345\n"):
        with pytest.raises(LocalRefused) as refused:
            apply_pins(demo, vault, read_pins(sheet), "UTC")
        assert "12" not in str(refused.value)


def test_what_is_guessed_first_is_refused_without_telling_it(demo, vault):
    with pytest.raises(LocalRefused, match="guessed first") as refused:
        apply_pins(demo, vault, read_pins("patient,pin\npatient-101,1957\n"), "UTC")
    assert "1957" not in str(refused.value)


def test_a_visits_code_counts_to_the_end_of_its_last_day_at_the_site(demo, vault):
    head = "patient,pin,visit_code,visit_until\n"
    sheet = read_pins(head + "patient-101,,604377,2026-11-23\n")
    assert apply_pins(demo, vault, sheet, "America/Chicago") == ["patient-101"]
    assert apply_pins(demo, vault, sheet, "America/Chicago") == []
    ends = datetime(2026, 11, 24, 6, tzinfo=UTC)
    for instant, proved in ((ends - timedelta(seconds=1), "patient-101"), (ends, None)):
        asked: dict[str, Any] = {"birth_date": "1957-03-14", "second": "604377", "caller": None, "now": instant}
        assert store.check_identity(demo, vault, **asked).patient == proved
    for row in ("patient-101,,604377,\n", "patient-101,,604377,soon\n"):
        with pytest.raises(SheetUnusable, match="visit_"):
            read_pins(head + row)
    with pytest.raises(LocalRefused, match="no code of 6 digits"):
        apply_pins(demo, vault, read_pins(head + "patient-101,,6043,2026-11-23\n"), "UTC")


# --- proxies ----------------------------------------------------------------------------------------------------------


def test_the_sheet_of_proxies_goes_out_without_codes_and_comes_back_changing_nothing(demo, vault):
    sheet = write_proxies(proxy_rows(demo))
    assert sheet.splitlines()[1:] == [
        "maria-stone,patient-101,WIFE,*,therapy",
        "sun-park,patient-106,MTH,*,-",
    ]
    assert apply_proxies(demo, vault, read_proxies(sheet, SERVICES)) == []


def test_the_site_gives_and_takes_codes_and_services(demo, vault):
    def proved() -> tuple[str | None, tuple[str, ...]]:
        match = store.check_identity(demo, vault, birth_date="1957-03-14", second="905274", caller=None, now=NOW)
        return match.proxy, match.scope

    def applied(cells: str) -> list[str]:
        return apply_proxies(demo, vault, read_proxies("proxy,code,services\n" + cells, SERVICES))

    assert applied("maria-stone,905274,therapy nurse\n") == ["maria-stone"]
    assert proved() == ("maria-stone", ("therapy", "nurse"))
    assert applied("maria-stone,,-\n") == ["maria-stone"]
    assert proved() == ("maria-stone", ())
    assert applied("maria-stone,-,\n") == ["maria-stone"]
    assert proved() == (None, ())


@pytest.mark.parametrize(
    ("cells", "flaw"),
    [
        (",905274,", "line 2: proxy: found nothing"),
        ("maria-stone,905274,gardening", "line 2: services: accepted: therapy nurse"),
        ("nobody,905274,", "knows no related person 'nobody'"),
        ("maria-stone,90527,", "no code of 6 digits"),
        ("maria-stone,031457,", "guessed first"),
    ],
)
def test_a_proxy_that_cannot_be_is_refused_without_the_code(demo, vault, cells, flaw):
    with pytest.raises((SheetUnusable, LocalRefused), match=flaw) as refused:
        apply_proxies(demo, vault, read_proxies(f"proxy,code,services\n{cells}\n", SERVICES))
    assert "9052" not in str(refused.value)
    assert "0314" not in str(refused.value)


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_a_number_recognises_none_one_or_many_and_never_a_switchboard(demo, vault):
    assert store.patients_by_number(demo, vault, "+13125550190", NOW) == ()
    assert store.patients_by_number(demo, vault, "+13125550142", NOW) == ("patient-101",)
    assert store.patients_by_number(demo, vault, "+13125550144", NOW) == ("patient-103", "patient-104")
    demo.execute(FACILITIES.insert().values(number_hash=vault.digest("number", "+13125550142")))
    assert store.patients_by_number(demo, vault, "+13125550142", NOW) == ()
    assert not store.hint(demo, vault, "+13125550142", NOW)
    assert not store.is_his_alone(demo, vault, "patient-101", "+13125550142", NOW)


# --- keys -------------------------------------------------------------------------------------------------------------


def key(letter: str) -> str:
    return base64.urlsafe_b64encode(letter.encode() * 32).decode()


def test_after_a_rotation_the_keys_between_may_go_and_nothing_is_lost(small):  # noqa: F811
    oldest, middle, newest = key("a"), key("b"), key("c")
    bring(small, Vault([middle, oldest]), *world())
    both = Vault([newest, middle, oldest])
    renewed = rotate(small.transaction, both)
    assert renewed["patients.given_sealed"] == 10
    assert set(rotate(small.transaction, both).values()) == {0}
    now_only = Vault([newest, oldest])
    with small.reading() as tx:
        found = store.patient_card(tx, now_only, "p1")
        assert found is not None
        assert found.birth_date == "1957-03-14"
        sealed = tx.execute(select(PATIENTS.c.given_sealed)).scalars().all()
    assert all(now_only.is_current(value) for value in sealed)
    assert bring(small, now_only, *world()).lines() == ["nothing would change"]
    with pytest.raises(Unreadable):
        Vault([middle]).renewed(sealed[0])


def test_a_rotation_touches_every_sealed_column(small: Database):  # noqa: F811
    vault = Vault([Fernet.generate_key().decode()])
    with small.reading() as tx:
        assert tx.execute(text("SELECT 1")).scalar() == 1
    names = set(rotate(small.transaction, vault))
    assert {"patients.birth_date_sealed", "patient_numbers.number_sealed", "clinicians.phone_sealed"} <= names


# --- the catalogue ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sheet", ["skills: {}", "skills: {a: {name: x, excludes: [b]}}", "skills: {a: {nme: x}}", "skills: ["]
)
def test_a_catalogue_that_cannot_be_says_why(tmp_path, sheet):
    (tmp_path / "skills.yaml").write_text(sheet)
    with pytest.raises(ContentError, match=r"skills\.yaml"):
        read_catalogue(tmp_path)


def test_a_clinic_without_a_catalogue_of_its_own_uses_the_shipped_one(tmp_path):
    assert read_catalogue(tmp_path) == read_catalogue(SHIPPED)
    assert len(KEYS) >= 28
