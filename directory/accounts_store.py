"""Accounts of the pages: who may sign in, in which role. Passwords are kept as argon2 hashes only."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Select, Table, insert, select, update

from directory.tables import User as UserRow

USERS: Table = UserRow.__table__  # type: ignore[attr-defined]
ROLES = ("clinician", "supervisor", "admin")
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
    proved = _verified(stored or _nobodys_hash(), password) and stored is not None
    user = user_by_login(tx, login)
    return user if user is not None and proved and user.active else None


def renew_hash(tx: Connection, login: str, password: str) -> bool:
    """After a sign-in: hash the password anew where argon2's parameters have risen. Whether it did."""
    stored = tx.execute(select(USERS.c.password_hash).where(USERS.c.login == login)).scalar()
    if stored is None or not _HASHER.check_needs_rehash(stored) or not _verified(stored, password):
        return False
    tx.execute(update(USERS).where(USERS.c.login == login).values(password_hash=hash_password(password)))
    return True


def void_sessions(tx: Connection, user_id: str, now: datetime) -> None:
    """Sign this account out everywhere."""
    tx.execute(update(USERS).where(USERS.c.id == user_id).values(sessions_from=now))


_ACCOUNTS: Select[Any] = select(
    USERS.c.id, USERS.c.login, USERS.c.role, USERS.c.clinician_id, USERS.c.active, USERS.c.sessions_from
)


def _user(row: Any) -> User | None:
    return User(*row) if row else None


def _verified(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hash_password("the password of an account that nobody has")
