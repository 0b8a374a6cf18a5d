"""What the site itself says: sheets of staff and PINs, numbers that may recognise, and the change of keys."""

import base64
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from config.catalogue import SHIPPED, read_catalogue
from config.database import Database
from config.problems import ContentError
from config.vault import Unreadable, Vault
from directory import store
from directory.local_csv import SheetUnusable, read_pins, read_staff, write_staff
from directory.local_store import LocalRefused, apply_pins, apply_staff, staff_rows, without_pin
from directory.rotation_store import rotate
from directory.staging_store import FACILITIES, NUMBERS, PATIENTS
from tests.directory.conftest import NOW
from tests.directory.test_importing import bring, small, world  # noqa: F401 - a fixture among them

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
    assert store.clinician_phone(demo, vault, "ana") == "+13125550171"
    assert store.clinician_phone(demo, vault, "luis") is None
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
        (HEAD + "ana,,,,\nana,,,,\n", "stands on two lines"),
    ],
)
def test_a_sheet_with_a_flaw_says_where(sheet, flaw):
    with pytest.raises(SheetUnusable, match=flaw):
        read_staff(sheet, KEYS)


def test_a_cell_that_a_spreadsheet_would_compute_is_written_as_text():
    assert "'=1+1" in write_staff([{"clinician": "x", "name": "=1+1", "phone": "", "languages": "", "skills": ""}])


def test_pins_are_entered_by_a_sheet(demo, vault):
    assert without_pin(demo) == 0
    assert apply_pins(demo, vault, read_pins("patient,pin,pin_only\npatient-101,7777,yes\npatient-102,7305,\n")) == [
        "patient-101"
    ]
    proved = store.check_identity(demo, vault, birth_date="1957-03-14", second="7777", caller=None, now=NOW)
    assert proved.patient == "patient-101"
    for sheet in ("patient,pin\nnobody,1234\n", "patient,pin\npatient-101,12a4\n", "patient,pin\npatient-101,12345\n"):
        with pytest.raises(LocalRefused) as refused:
            apply_pins(demo, vault, read_pins(sheet))
        assert "12" not in str(refused.value)


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_a_number_recognises_none_one_or_many_and_never_a_switchboard(demo, vault):
    assert store.patients_by_number(demo, vault, "+13125550190", NOW) == ()
    assert store.patients_by_number(demo, vault, "+13125550142", NOW) == ("patient-101",)
    assert store.patients_by_number(demo, vault, "+13125550144", NOW) == ("patient-103", "patient-104")
    demo.execute(FACILITIES.insert().values(number_hash=vault.digest("number", "+13125550142")))
    assert store.patients_by_number(demo, vault, "+13125550142", NOW) == ()
    assert not store.hint(demo, vault, "+13125550142", NOW)
    zip_code: dict[str, Any] = {"birth_date": "1957-03-14", "second": "60607", "caller": "+13125550142", "now": NOW}
    assert store.check_identity(demo, vault, **zip_code).patient is None


@pytest.mark.parametrize("values", [{"use": "shared"}, {"use": "related"}, {"ends_at": NOW}])
def test_a_number_that_is_not_his_alone_or_no_longer_his_does_not_let_the_zip_count(demo, vault, values):
    zip_code: dict[str, Any] = {"birth_date": "1957-03-14", "second": "60607", "caller": "+13125550142", "now": NOW}
    assert store.check_identity(demo, vault, **zip_code).patient == "patient-101"
    demo.execute(NUMBERS.update().where(NUMBERS.c.patient_id == "patient-101").values(values))
    assert store.check_identity(demo, vault, **zip_code).patient is None


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
