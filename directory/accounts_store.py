"""Accounts of the pages: who may sign in, in which role. Passwords are kept as argon2 hashes only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Select, Table, insert, select, update

from directory.tables import User as UserRow

USERS: Table = UserRow.__table__  # type: ignore[attr-defined]
ROLES = ("clinician", "supervisor", "admin", "auditor")
SHORTEST_PASSWORD = 12
_HASHER = PasswordHasher()


class AccountRefused(ValueError):
    """An account that cannot be: its text says why."""


@dataclass(frozen=True)
class User:
    """An account. Sign-ins older than `sessions_from` are void."""

    id: str
    login: str
    role: str
    clinician_id: str | None
    active: bool
    sessions_from: datetime
    enrolled: bool = False  # has a second factor


@dataclass(frozen=True)
class Factor:
    """A second factor as stored: the sealed secret, the last step used, and what is left of the recovery codes."""

    secret_sealed: str
    step: int
    recovery: tuple[str, ...]  # keyed hashes


def hash_password(password: str) -> str:
    """The password as argon2 keeps it; takes a sixth of a second and 64 MiB."""
    return _HASHER.hash(password)


def add_user(
    tx: Connection,
    *,
    user_id: str,
    login: str,
    password: str,
    role: str,
    clinician_id: str | None,
    now: datetime,
) -> None:
    """A new account; `AccountRefused` when the login is taken or the role does not fit."""
    add_hashed(tx, User(user_id, login, role, clinician_id, active=True, sessions_from=now), hash_password(password))


def add_hashed(tx: Connection, user: User, password_hash: str) -> None:
    """A new account whose password is hashed already; refused as in `add_user`."""
    if user.role not in ROLES:
        raise AccountRefused(f"found role {user.role!r}; accepted: {', '.join(ROLES)}")
    if user.role == "clinician" and user.clinician_id is None:
        raise AccountRefused("a clinician's account needs the id of a clinician")
    if user_by_login(tx, user.login) is not None:
        raise AccountRefused(f"the login {user.login!r} is taken")
    values = {
        "id": user.id,
        "login": user.login,
        "password_hash": password_hash,
        "role": user.role,
        "clinician_id": user.clinician_id,
        "active": user.active,
        "sessions_from": user.sessions_from,
    }
    tx.execute(insert(USERS).values(values))


def user_by_login(tx: Connection, login: str) -> User | None:
    """The account with this login, active or not."""
    return _user(tx.execute(_ACCOUNTS.where(USERS.c.login == login)).first())


def users(tx: Connection) -> list[User]:
    """All accounts by login."""
    found = (_user(row) for row in tx.execute(_ACCOUNTS.order_by(USERS.c.login)))
    return [user for user in found if user is not None]


def check_password(tx: Connection, login: str, password: str) -> User | None:
    """The active account whose login and password these are. An unknown login takes as long as a wrong password."""
    stored = tx.execute(select(USERS.c.password_hash).where(USERS.c.login == login)).scalar()
    proved = is_password(stored or nobodys_hash(), password) and stored is not None
    user = user_by_login(tx, login)
    return user if user is not None and proved and user.active else None


def renew_hash(tx: Connection, login: str, password: str) -> bool:
    """After a sign-in: hash the password anew where argon2's parameters have risen. Whether it did."""
    stored = tx.execute(select(USERS.c.password_hash).where(USERS.c.login == login)).scalar()
    if stored is None or not _HASHER.check_needs_rehash(stored) or not is_password(stored, password):
        return False
    tx.execute(update(USERS).where(USERS.c.login == login).values(password_hash=hash_password(password)))
    return True


def void_sessions(tx: Connection, user_id: str, now: datetime) -> None:
    """Sign this account out everywhere."""
    tx.execute(update(USERS).where(USERS.c.id == user_id).values(sessions_from=now))


def set_password(tx: Connection, user_id: str, password: str, now: datetime) -> None:
    """A new password; every sign-in so far is void. `AccountRefused` for one that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise AccountRefused(f"found a password of {len(password)} characters; accepted: {SHORTEST_PASSWORD} or more")
    values = {"password_hash": hash_password(password), "sessions_from": now}
    tx.execute(update(USERS).where(USERS.c.id == user_id).values(values))


def set_active(tx: Connection, user_id: str, *, active: bool, now: datetime) -> bool:
    """Stop an account, or let it sign in again; every sign-in so far is void. False for an unknown one."""
    changing = update(USERS).where(USERS.c.id == user_id).values(active=active, sessions_from=now)
    return bool(tx.execute(changing).rowcount)


def set_phone(tx: Connection, user_id: str, phone_sealed: str | None) -> None:
    """Which phone is rung when this user sits in on a talk; None: none."""
    tx.execute(update(USERS).where(USERS.c.id == user_id).values(phone_sealed=phone_sealed))


# --- the second factor ----------------------------------------------------------------------------------------------


def factor(tx: Connection, user_id: str) -> Factor | None:
    """An account's second factor; None if it has none."""
    row = tx.execute(
        select(USERS.c.totp_sealed, USERS.c.totp_step, USERS.c.recovery_hashes).where(USERS.c.id == user_id)
    ).first()
    return Factor(row[0], row[1], tuple(row[2].split())) if row and row[0] else None


def enroll(tx: Connection, user_id: str, secret_sealed: str, step: int, recovery: Sequence[str]) -> None:
    """Set up a second factor, proved by the code of `step`; `recovery` are keyed hashes."""
    values = {"totp_sealed": secret_sealed, "totp_step": step, "recovery_hashes": " ".join(recovery)}
    tx.execute(update(USERS).where(USERS.c.id == user_id).values(values))


def unenroll(tx: Connection, user_id: str) -> bool:
    """Take a second factor away; False if there was none."""
    without = {"totp_sealed": None, "totp_step": 0, "recovery_hashes": ""}
    changing = update(USERS).where(USERS.c.id == user_id, USERS.c.totp_sealed.is_not(None)).values(without)
    return bool(tx.execute(changing).rowcount)


def use_step(tx: Connection, user_id: str, step: int) -> bool:
    """Note that the code of this step was used; False if it, or a later one, was already."""
    using = update(USERS).where(USERS.c.id == user_id, USERS.c.totp_step < step).values(totp_step=step)
    return bool(tx.execute(using).rowcount)


def use_recovery(tx: Connection, user_id: str, digest: str) -> bool:
    """Use up a recovery code; False if it is none of those left, or somebody used it first."""
    known = factor(tx, user_id)
    if known is None or digest not in known.recovery:
        return False
    left = " ".join(each for each in known.recovery if each != digest)
    was = USERS.c.recovery_hashes == " ".join(known.recovery)
    using = update(USERS).where(USERS.c.id == user_id, was).values(recovery_hashes=left)
    return bool(tx.execute(using).rowcount)


_ACCOUNTS: Select[Any] = select(
    USERS.c.id,
    USERS.c.login,
    USERS.c.role,
    USERS.c.clinician_id,
    USERS.c.active,
    USERS.c.sessions_from,
    USERS.c.totp_sealed.is_not(None),
)


def _user(row: Any) -> User | None:
    return User(*row) if row else None


def is_password(stored: str, password: str) -> bool:
    """Whether an argon2 hash is this password's."""
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def nobodys_hash() -> str:
    """What an unknown account is compared with, so that it takes as long as a known one."""
    return hash_password("the password of an account that nobody has")
