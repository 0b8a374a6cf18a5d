"""The operator's commands on the directory: what they print, write, audit and exit with."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, select
from sqlmodel import SQLModel

import callbacks.tables  # noqa: F401 - its tables are looked for
import importing
from calls.tables import Answered, AuditRow, Call
from config.database import Database
from config.reading import read_content
from config.vault import Vault
from directory import store
from directory.rotation_store import sealed_columns
from directory.staging_store import PATIENTS
from tests.directory.conftest import DEMO, NOW
from tests.directory.test_fhir import care_team, patient, practitioner, role

AUDIT: Any = AuditRow.__table__  # type: ignore[attr-defined]
CALLS: Any = Call.__table__  # type: ignore[attr-defined]
ANSWERED: Any = Answered.__table__  # type: ignore[attr-defined]
KEY = Fernet.generate_key().decode()
JOE = "+13125550142"
JOES_CALL = {"id": "c", "dialled": "+13125550100", "level": 0, "language": "en", "arrived_at": NOW}
CENTER = "+13125550100"
ANA = [practitioner("ana"), role("Practitioner/ana")]
JOES = [patient(id="joe"), care_team("Practitioner/ana", subject={"reference": "Patient/joe"})]
HOW = {"dry": False, "partial": False, "many_gone": False}


@pytest.fixture
def tools(database_url: str) -> Iterator[Any]:
    """What the commands need of the collaborators."""
    database = Database(database_url)
    SQLModel.metadata.create_all(database.engine)
    yield SimpleNamespace(
        settings=SimpleNamespace(clinic_config=DEMO.parent, center_number=CENTER, operator_number=None),
        content=read_content(DEMO.parent),
        database=database,
        vault=Vault([KEY]),
        now=lambda: NOW,
    )
    database.close()


def file(folder: Path, *resources: dict[str, Any]) -> list[Path]:
    path = folder / "new.ndjson"
    path.write_text("\n".join(map(json.dumps, resources)))
    return [path]


def audited(tools: Any) -> list[tuple[str, str | None]]:
    with tools.database.reading() as tx:
        return [tuple(row) for row in tx.execute(select(AUDIT.c.action, AUDIT.c.subject).order_by(AUDIT.c.id))]


def patients(tools: Any) -> int:
    with tools.database.reading() as tx:
        return len(tx.execute(select(PATIENTS.c.id)).all())


def test_an_import_writes_the_directory_which_then_names_his_own_therapist(tools, tmp_path, capsys):
    files = file(tmp_path, *ANA, *JOES)
    assert importing.import_fhir(tools, files, **HOW | {"dry": True}) == 0
    assert "dry run; nothing was written" in capsys.readouterr().out
    assert (patients(tools), audited(tools)) == (0, [])
    assert importing.import_fhir(tools, files, **HOW) == 0
    assert "new in patients: 1 (joe)" in capsys.readouterr().out
    assert importing.who(tools, "joe", "physical_therapy", None) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["clinician"], found["level"], found["evidence"]) == ("ana", 1, "CareTeam/t")
    assert audited(tools) == [("directory_imported", None), ("looked_up_own_clinician", "joe")]


def test_what_could_not_be_used_is_an_exit_code_and_the_rest_is_imported(tools, tmp_path, capsys):
    wrong = patient(id="wrong", birthDate=["no", "date"])
    assert importing.import_fhir(tools, file(tmp_path, *ANA, *JOES, wrong), **HOW) == 1
    assert "Patient/wrong" in capsys.readouterr().out
    assert patients(tools) == 1


def test_an_import_that_would_empty_the_directory_is_refused_and_nothing_is_noted(tools, tmp_path, capsys):
    importing.import_fhir(tools, file(tmp_path, *ANA, *JOES), **HOW)
    assert importing.import_fhir(tools, file(tmp_path, patient(id="other")), **HOW) == 1
    assert "--many-gone" in capsys.readouterr().err
    assert audited(tools) == [("directory_imported", None)]
    assert importing.import_fhir(tools, file(tmp_path, patient(id="other")), **HOW | {"many_gone": True}) == 0


def test_a_patient_or_skill_that_nobody_knows_is_told_and_not_audited(tools, tmp_path, capsys):
    importing.import_fhir(tools, file(tmp_path, *ANA, *JOES), **HOW)
    assert importing.who(tools, "nobody", "physical_therapy", None) == 1
    assert importing.who(tools, "joe", "juggling", None) == 1
    said = capsys.readouterr().err
    assert "patient 'nobody'" in said
    assert "skill 'juggling'; one of audiology" in said
    assert audited(tools) == [("directory_imported", None)]


@pytest.mark.parametrize(("pin", "code", "works"), [("4821", 0, True), ("48x1", 1, False)])
def test_a_pin_is_asked_for_in_the_terminal_and_never_told(tools, tmp_path, capsys, monkeypatch, pin, code, works):
    importing.import_fhir(tools, file(tmp_path, *ANA, *JOES), **HOW)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: pin)
    assert importing.one_pin(tools, "joe") == code
    said = capsys.readouterr()
    assert pin not in said.out + said.err
    with tools.database.reading() as tx:
        proved = store.check_identity(tx, tools.vault, birth_date="1957-03-14", second=pin, caller=None, now=NOW)
    assert (proved.patient == "joe") is works
    assert (("pins_set", "joe") in audited(tools)) is works


def test_a_staff_sheet_goes_out_and_comes_back_by_file_and_terminal(tools, tmp_path, capsys, monkeypatch):
    importing.import_fhir(tools, file(tmp_path, *ANA), **HOW)
    sheet = tmp_path / "staff.csv"
    assert importing.staff_sheet(tools, "export", sheet, dry=False) == 0
    filled = sheet.read_text().splitlines()[0] + "\nana,,+13125550161,en es,physical_therapy:5\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(filled))
    assert importing.staff_sheet(tools, "import", None, dry=True) == 0
    with tools.database.reading() as tx:
        assert store.clinician_phone(tx, tools.vault, "ana", tools.now()) is None
    sheet.write_text(filled)
    assert importing.staff_sheet(tools, "import", sheet, dry=False) == 0
    with tools.database.reading() as tx:
        assert store.clinician_phone(tx, tools.vault, "ana", tools.now()) == "+13125550161"
    assert [action for action, _ in audited(tools)] == ["directory_imported", "staff_exported", "staff_sheet_applied"]


def test_a_sheet_that_cannot_be_used_changes_nothing_and_says_why(tools, tmp_path, capsys):
    importing.import_fhir(tools, file(tmp_path, *ANA), **HOW)
    sheet = tmp_path / "staff.csv"
    assert importing.staff_sheet(tools, "import", sheet, dry=False) == 1
    sheet.write_bytes(b"clinician\n\xff")
    assert importing.staff_sheet(tools, "import", sheet, dry=False) == 1
    sheet.write_text(f"clinician,phone\nana,{CENTER}\n")
    assert importing.staff_sheet(tools, "import", sheet, dry=False) == 1
    said = capsys.readouterr().err
    assert "is not UTF-8" in said
    assert "nothing was written" in said
    assert CENTER not in said
    assert audited(tools) == [("directory_imported", None)]


def test_a_rotation_renews_what_every_table_seals_and_is_audited(tools, tmp_path, capsys):
    importing.import_fhir(tools, file(tmp_path, *ANA, *JOES), **HOW)
    old, new = tools.vault, Vault([Fernet.generate_key().decode(), KEY])
    with tools.database.transaction() as tx:
        tx.execute(insert(CALLS).values(JOES_CALL | {"caller_sealed": old.seal(JOE)}))
        tx.execute(insert(ANSWERED).values(sid="s", request="r", turn=1, document=old.seal("<Response/>")))
    tools.vault = new
    assert importing.rotate_keys(tools) == 0
    said = capsys.readouterr().out
    assert "answered.document: 1 renewed" in said
    assert "calls.caller_sealed: 1 renewed" in said
    with tools.database.reading() as tx:
        assert new.is_current(tx.execute(select(ANSWERED.c.document)).scalar_one())
        assert new.is_current(tx.execute(select(PATIENTS.c.birth_date_sealed)).scalar_one())
    assert audited(tools)[-1] == ("keys_rotated", None)


def test_every_column_that_any_store_seals_is_known():
    assert {f"{table.name}.{column.name}" for table, column in sealed_columns()} == {
        "answered.document",
        "callback_requests.number_sealed",
        "calls.caller_sealed",
        "clinicians.phone_sealed",
        "guests.number_sealed",
        "legs.session",
        "patient_numbers.number_sealed",
        "patient_wishes.preferred_sealed",
        "patients.birth_date_sealed",
        "patients.family_sealed",
        "patients.given_sealed",
        "proxies.family_sealed",
        "proxies.given_sealed",
        "stored_sounds.sound_sealed",
        "users.phone_sealed",
        "users.totp_sealed",
        "work_items.number_sealed",
    }
