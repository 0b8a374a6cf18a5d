"""Accounts of the pages from the command line, and the audit trail's lists. Every change leaves its own audit row."""

import getpass
import sys
from datetime import UTC, datetime, timedelta

import directory.store
from calls import audit_store
from calls.audit_store import Sought
from config.columns import new_id
from desk.auditor import HEADER as AUDIT_HEADER
from desk.exports import as_csv
from directory.store import AccountRefused
from tools import Tools

OK, FAILED, MISUSED = 0, 1, 2
ACTOR = "command line"
EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """What was asked cannot be done; the text says why and what to do."""

    def __init__(self, why: str, code: int = FAILED) -> None:
        super().__init__(why)
        self.code = code


def run(
    tools: Tools,
    action: str,
    login: str | None,
    *,
    role: str | None,
    clinician: str | None,
    staff_number: str | None = None,
) -> int:
    """One change of accounts, or their list; the exit code."""
    try:
        if action == "list":
            _list(tools)
        elif not login:
            raise Refused(f"user {action} needs a login", MISUSED)
        elif action == "add":
            _add(tools, login.strip().lower(), role, clinician)
        elif action == "pin":
            _set_pin(tools, login.strip().lower(), staff_number)
        else:
            _change(tools, action, login.strip().lower())
    except (Refused, AccountRefused) as error:
        print(error, file=sys.stderr)
        return error.code if isinstance(error, Refused) else FAILED
    return OK


def _list(tools: Tools) -> None:
    with tools.database.reading() as tx:
        known = directory.store.users(tx)
    for user in known:
        factor = "second factor" if user.enrolled else "password only"
        print(f"{user.login:24} {user.role:11} {factor:14} {'' if user.active else 'stopped'}".rstrip())


def _add(tools: Tools, login: str, role: str | None, clinician: str | None) -> None:
    if role is None:
        raise Refused("user add needs --role clinician, supervisor, admin or auditor", MISUSED)
    if role == "clinician" and not clinician:
        raise Refused("a clinician's account needs --clinician ID", MISUSED)
    password, now = _asked_twice(), tools.now()
    with tools.database.transaction() as tx:
        directory.store.add_user(
            tx, user_id=new_id(), login=login, password=password, role=role, clinician_id=clinician, now=now
        )
        audit_store.record(tx, actor=ACTOR, action="user_added", subject=login, details={"role": role}, now=now)


def _set_pin(tools: Tools, login: str, staff_number: str | None) -> None:
    """How a clinician signs in on the line for clinicians; whoever was locked out is let in again."""
    pin, now = _entered_twice("PIN: "), tools.now()
    with tools.database.transaction() as tx:
        user = directory.store.user_by_login(tx, login)
        if user is None:
            raise Refused(f"found no account {login!r}; `user list` shows those that are")
        number = directory.store.set_staff_pin(tx, tools.vault, user.id, pin, staff_number)
        audit_store.record(tx, actor=ACTOR, action="user_pin", subject=login, details={}, now=now)
    print(f"{login} signs in by phone with staff number {number}")


def _change(tools: Tools, action: str, login: str) -> None:
    password, now = _asked_twice() if action == "password" else "", tools.now()
    with tools.database.transaction() as tx:
        user = directory.store.user_by_login(tx, login)
        if user is None:
            raise Refused(f"found no account {login!r}; `user list` shows those that are")
        void = max(now, user.sessions_from + timedelta(microseconds=1))
        match action:
            case "password":
                directory.store.set_password(tx, user.id, password, void)
            case "reset-factor":
                if not directory.store.unenroll(tx, user.id):
                    raise Refused(f"{login!r} has no second factor")
                directory.store.void_sessions(tx, user.id, void)
            case _:
                directory.store.set_active(tx, user.id, active=action == "start", now=void)
        audit_store.record(tx, actor=ACTOR, action=f"user_{action}"[:40], subject=login, details={}, now=now)
    tools.hint()


def _asked_twice() -> str:
    first = _entered_twice("password: ")
    if len(first) < directory.store.SHORTEST_PASSWORD:
        raise Refused(
            f"the password has fewer than {directory.store.SHORTEST_PASSWORD} characters; nothing was changed"
        )
    return first


def _entered_twice(prompt: str) -> str:
    first = getpass.getpass(prompt)
    if first != getpass.getpass("again: "):
        raise Refused("the two differ; nothing was changed")
    return first


def export_trail(tools: Tools, *, patient: str | None, login: str | None) -> int:
    """All accesses to one patient, or all that one user touched, as CSV; taking it is itself recorded."""
    if bool(patient) == bool(login):
        print("audit export needs --patient ID or --user LOGIN", file=sys.stderr)
        return MISUSED
    now = tools.now()
    sought = Sought(EVER, now + timedelta(days=1), patient or "", f"user:{login}" if login else "")
    with tools.database.transaction() as tx:
        rows = audit_store.search(tx, sought, None)
        audit_store.record(tx, actor=ACTOR, action="exported_audit", subject=patient or login, details={}, now=now)
    cells = [(row.id, row.at.isoformat(), row.actor, row.action, row.subject, row.details, row.hash) for row in rows]
    sys.stdout.write(as_csv(AUDIT_HEADER, cells))
    return OK
