"""How a clinician signs in by phone: a staff number and a PIN, what failed so far, and the phone of this shift.

A PIN is kept as an argon2 hash of its keyed digest. Failures are rows, so that a lock-out outlives Redis and every
restart.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from argon2 import PasswordHasher
from sqlalchemy import Connection, Table, delete, func, insert, select, update

from config.vault import Vault
from directory import numbers
from directory.accounts_store import USERS, AccountRefused, is_password
from directory.phones_store import CLINICIANS, PhoneRefused
from directory.tables import FailedDialIn, ShiftPhone

FAILURES: Table = FailedDialIn.__table__  # type: ignore[attr-defined]
SHIFT_PHONES: Table = ShiftPhone.__table__  # type: ignore[attr-defined]
FIRST_STAFF_NUMBER = 1001
SHORTEST_PIN, LONGEST_PIN = 6, 10
TRIES_A_STAFF_NUMBER = 5  # within an hour
TRIES_A_CALLER = 10  # from one calling number, within a day
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHIFT = timedelta(hours=14)
# A PIN is compared within a turn, while SQLite lets nobody else write: some milliseconds and 8 MiB. What makes a stolen
# table worthless is the key of the digest: a million PINs would be tried out in a day whatever one try cost.
_PINS = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)


def set_staff_pin(tx: Connection, vault: Vault, user_id: str, pin: str, staff_number: str | None = None) -> str:
    """A new PIN for a clinician's account, and his staff number: the one given, the one he has, or the next.

    `AccountRefused` says what cannot be. What failed under his number is forgotten: whoever sets a PIN is let in.
    """
    if not (pin.isascii() and pin.isdigit() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN):
        raise AccountRefused(f"a PIN is {SHORTEST_PIN} to {LONGEST_PIN} digits")
    if _is_easy(pin):
        raise AccountRefused("a PIN is not one digit again and again, nor digits in a row")
    row = tx.execute(select(USERS.c.clinician_id, USERS.c.staff_number).where(USERS.c.id == user_id)).first()
    if row is None or row.clinician_id is None:
        raise AccountRefused("only a clinician's account has a PIN")
    number = staff_number or row.staff_number or _next_number(tx)
    if not (number.isascii() and number.isdigit() and 3 <= len(number) <= 8):
        raise AccountRefused("a staff number is 3 to 8 digits")
    taken = select(USERS.c.id).where(USERS.c.staff_number == number, USERS.c.id != user_id)
    if tx.execute(taken).first() is not None:
        raise AccountRefused(f"the staff number {number} is another's")
    give_staff_pin(tx, user_id, number, hash_staff_pin(vault, pin))
    tx.execute(delete(FAILURES).where(FAILURES.c.staff_hash == _staff_hash(vault, number)))
    return number


def hash_staff_pin(vault: Vault, pin: str) -> str:
    """The PIN as it is kept."""
    return _PINS.hash(_keyed(vault, pin))


def give_staff_pin(tx: Connection, user_id: str, staff_number: str, pin_hash: str) -> None:
    """A staff number with a PIN that is hashed already."""
    values = {"staff_number": staff_number, "staff_pin_hash": pin_hash}
    tx.execute(update(USERS).where(USERS.c.id == user_id).values(values))


def staff_number_of(tx: Connection, user_id: str) -> str | None:
    """The staff number of an account; None before its first PIN was set."""
    found: str | None = tx.scalar(select(USERS.c.staff_number).where(USERS.c.id == user_id))
    return found


def _is_easy(pin: str) -> bool:
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return steps in ({0}, {1}, {-1})


def _next_number(tx: Connection) -> str:
    given = tx.scalars(select(USERS.c.staff_number).where(USERS.c.staff_number.is_not(None)))
    taken = [int(number) for number in given if number]
    return str(max([FIRST_STAFF_NUMBER - 1, *(number for number in taken if number < 10**7)]) + 1)


def login_of_staff(tx: Connection, clinician_id: str) -> str:
    """The login of the account with which a clinician signs in by phone; "" if there is none."""
    his = (USERS.c.clinician_id == clinician_id, USERS.c.staff_number.is_not(None))
    return tx.scalar(select(USERS.c.login).where(*his).order_by(USERS.c.login).limit(1)) or ""


def check_staff(tx: Connection, vault: Vault, staff_number: str, pin: str) -> str:
    """The id of the active clinician whose number and PIN these are, else "". An unknown number takes as long."""
    row = tx.execute(
        select(USERS.c.clinician_id, USERS.c.staff_pin_hash, USERS.c.active).where(USERS.c.staff_number == staff_number)
    ).first()
    proved = is_password(row.staff_pin_hash if row and row.staff_pin_hash else _nobodys_pin(), _keyed(vault, pin))
    if row is None or not proved or not row.active:
        return ""
    working = select(CLINICIANS.c.id).where(CLINICIANS.c.id == row.clinician_id, CLINICIANS.c.active)
    return tx.scalar(working) or ""


@lru_cache(maxsize=1)
def _nobodys_pin() -> str:
    """What is compared for a number that nobody has, so that it takes as long."""
    return _PINS.hash("nobody")


def _keyed(vault: Vault, pin: str) -> str:
    return vault.digest("staff_pin", pin)


def dial_in_locked(tx: Connection, vault: Vault, staff_number: str, caller: str | None, now: datetime) -> bool:
    """Whether nobody may try this staff number, or from this calling number, at present."""
    of_staff = FAILURES.c.staff_hash == _staff_hash(vault, staff_number)
    if _failures(tx, of_staff, now - HOUR) >= TRIES_A_STAFF_NUMBER:
        return True
    if caller is None:
        return False
    of_caller = FAILURES.c.caller_hash == vault.digest("number", caller)
    return _failures(tx, of_caller, now - DAY) >= TRIES_A_CALLER


def _failures(tx: Connection, whose: object, since: datetime) -> int:
    counting = select(func.count()).select_from(FAILURES).where(whose, FAILURES.c.at > since)  # type: ignore[arg-type]
    return int(tx.scalar(counting) or 0)


def count_failed_dial_in(tx: Connection, vault: Vault, staff_number: str, caller: str | None, now: datetime) -> None:
    """One more failed sign-in by phone."""
    hashes = {
        "staff_hash": _staff_hash(vault, staff_number),
        "caller_hash": vault.digest("number", caller) if caller else None,
    }
    tx.execute(insert(FAILURES).values(**hashes, at=now))


def _staff_hash(vault: Vault, staff_number: str) -> str:
    return vault.digest("staff_number", staff_number)


# --- the phone of a shift ---------------------------------------------------------------------------------------------


def shift_phone(tx: Connection, vault: Vault, clinician_id: str, now: datetime) -> str | None:
    """The number that he chose for this shift, if it is not over."""
    mine = SHIFT_PHONES.c.clinician_id == clinician_id
    sealed = tx.scalar(select(SHIFT_PHONES.c.number_sealed).where(mine, SHIFT_PHONES.c.until > now))
    return vault.open(sealed) if sealed is not None else None


def set_shift_phone(tx: Connection, vault: Vault, clinician_id: str, number: str | None, now: datetime) -> None:
    """From now on this number rings him, to the end of the shift; None: his usual one again."""
    tx.execute(delete(SHIFT_PHONES).where(SHIFT_PHONES.c.clinician_id == clinician_id))
    if number is not None:
        row = {"clinician_id": clinician_id, "number_sealed": vault.seal(number), "until": now + SHIFT}
        tx.execute(insert(SHIFT_PHONES).values(row))


def fit_for_shift(tx: Connection, vault: Vault, clinician_id: str, entry: str, *, own: Iterable[str]) -> str:
    """An entry as the number that may ring him; `PhoneRefused` where it may not: no such number, ours, another's."""
    number = numbers.callable_number(entry, own=tuple(own))
    if number is None:
        raise PhoneRefused("that is no number that the center may dial")
    usual = select(CLINICIANS.c.phone_sealed).where(
        CLINICIANS.c.id != clinician_id, CLINICIANS.c.phone_sealed.is_not(None)
    )
    chosen = select(SHIFT_PHONES.c.number_sealed).where(SHIFT_PHONES.c.clinician_id != clinician_id)
    if any(vault.open(sealed) == number for sealed in (*tx.scalars(usual), *tx.scalars(chosen))):
        raise PhoneRefused("that number rings another clinician")
    return number
