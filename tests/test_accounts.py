"""Accounts from the command line: what each command changes, what it refuses, and the row it leaves."""

import csv
import getpass
import io
from dataclasses import replace
from pathlib import Path

import pytest

import accounts
import app
import directory.store
from calls import audit_store
from config.settings import load_settings
from migrations import upgrade
from tools import Tools

PASSWORD = "twelve letters or more"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    settings = load_settings({"VAR_DIR": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:1"}, root=tmp_path)
    settings = settings.with_changes(clinic_config=app.ROOT / "config")
    upgrade(settings.database_url.get_secret_value())
    monkeypatch.setattr(getpass, "getpass", lambda _: PASSWORD)
    return replace(app.build_tools(settings), hint=lambda: TOLD.append("changed"))


TOLD: list[str] = []  # what the pages were told


def user(tools: Tools, action: str, login: str | None = "olga", role: str | None = None) -> int:
    return accounts.run(tools, action, login, role=role, clinician=None)


def actions(tools: Tools) -> list[str]:
    with tools.database.reading() as tx:
        return [row.action for row in audit_store.search(tx, audit_store.Sought(accounts.EVER, tools.now()), None)]


def test_an_account_is_added_stopped_started_and_listed(tools: Tools, capsys: pytest.CaptureFixture[str]) -> None:
    assert user(tools, "add", "Olga ", "auditor") == 0
    TOLD.clear()
    assert user(tools, "stop") == 0
    assert TOLD == ["changed"], "his pages end at once"
    user(tools, "list")
    assert capsys.readouterr().out == "olga                     auditor     password only  stopped\n"
    with tools.database.reading() as tx:
        assert directory.store.check_password(tx, "olga", PASSWORD) is None
    assert user(tools, "start") == 0
    with tools.database.reading() as tx:
        assert directory.store.check_password(tx, "olga", PASSWORD) is not None
    assert actions(tools) == ["user_start", "user_stop", "user_added"]


def test_a_password_is_changed_and_old_sign_ins_end(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    user(tools, "add", role="auditor")
    with tools.database.reading() as tx:
        before = directory.store.user_by_login(tx, "olga")
    monkeypatch.setattr(getpass, "getpass", lambda _: "another long password")
    assert user(tools, "password") == 0
    with tools.database.reading() as tx:
        after = directory.store.check_password(tx, "olga", "another long password")
    assert before is not None
    assert after is not None
    assert after.sessions_from > before.sessions_from


@pytest.mark.parametrize(
    ("action", "login", "role", "code", "said"),
    [
        ("add", "olga", None, 2, "user add needs --role"),
        ("add", "olga", "clinician", 2, "needs --clinician ID"),
        ("stop", None, None, 2, "user stop needs a login"),
        ("stop", "nobody", None, 1, "found no account 'nobody'"),
        ("reset-factor", "root", None, 1, "'root' has no second factor"),
        ("add", "root", "admin", 1, "the login 'root' is taken"),
    ],
)
def test_what_cannot_be_is_told(tools, capsys, action, login, role, code, said) -> None:
    user(tools, "add", "root", "admin")
    assert user(tools, action, login, role) == code
    assert said in capsys.readouterr().err


def test_a_lost_phone_is_taken_off_an_account(tools: Tools) -> None:
    user(tools, "add", role="auditor")
    with tools.database.transaction() as tx:
        known = directory.store.user_by_login(tx, "olga")
        assert known is not None
        directory.store.enroll(tx, known.id, tools.vault.seal("SECRET"), 1, ["a"])
    assert user(tools, "reset-factor") == 0
    with tools.database.reading() as tx:
        assert directory.store.factor(tx, known.id) is None


def test_the_lists_that_the_law_asks_for(tools: Tools, capsys: pytest.CaptureFixture[str]) -> None:
    with tools.database.transaction() as tx:
        for actor, subject in (("user:ana", "p-1"), ("user:ana", "p-2"), ("user:sam", "p-1")):
            audit_store.record(tx, actor=actor, action="saw_call", subject=subject, details={}, now=tools.now())
    assert accounts.export_trail(tools, patient="p-1", login=None) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["actor"] for row in rows] == ["user:sam", "user:ana"]
    assert accounts.export_trail(tools, patient=None, login="ana") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["subject"] for row in rows] == ["p-2", "p-1"]
    assert accounts.export_trail(tools, patient=None, login=None) == 2


def test_a_pin_opens_the_line_for_clinicians_and_an_easy_one_is_refused(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts.run(tools, "add", "kay", role="clinician", clinician="ana")
    user(tools, "add", role="auditor")
    for pin, login, said in (
        ("12345", "kay", "6 to 10 digits"),
        ("123456", "kay", "in a row"),
        ("777777", "kay", "again and again"),
        ("482913", "olga", "only a clinician's account"),
        ("482913", "kay", "staff number 1001"),
    ):
        monkeypatch.setattr(getpass, "getpass", lambda _, pin=pin: pin)
        accounts.run(tools, "pin", login, role=None, clinician=None)
        assert said in "".join(capsys.readouterr())
    with tools.database.reading() as tx:
        stored = directory.store.user_by_login(tx, "kay")
        assert stored is not None and directory.store.staff_number_of(tx, stored.id) == "1001"
        assert directory.store.check_staff(tx, tools.vault, "1001", "482914") == ""
    assert "user_pin" in actions(tools)
