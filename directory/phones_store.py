"""The telephones that ring clinicians: each is confirmed by the site. No import brings one."""

from collections.abc import Iterable

from sqlalchemy import Connection, Table, select, update

from config.vault import Vault
from directory import numbers
from directory.tables import Clinician

CLINICIANS: Table = Clinician.__table__  # type: ignore[attr-defined]


class PhoneRefused(ValueError):
    """A clinician's number that may not be dialled or is another's. Its text names no number."""


def confirm_phone(tx: Connection, vault: Vault, clinician_id: str, number: str, *, own: Iterable[str] = ()) -> None:
    """The site says that this E.164 number rings this clinician; `PhoneRefused` when it may not be dialled."""
    if not numbers.dialable(number, own=tuple(own)):
        raise PhoneRefused(f"the phone of {clinician_id} is no number that the center may dial")
    others = select(CLINICIANS.c.phone_sealed).where(
        CLINICIANS.c.id != clinician_id, CLINICIANS.c.phone_sealed.is_not(None)
    )
    if any(vault.open(sealed) == number for sealed in tx.execute(others).scalars()):
        raise PhoneRefused(f"the phone of {clinician_id} is another clinician's")
    stored = tx.execute(select(CLINICIANS.c.phone_sealed).where(CLINICIANS.c.id == clinician_id)).scalar()
    if stored is None or vault.open(stored) != number:
        sealed = vault.seal(number)
        tx.execute(update(CLINICIANS).where(CLINICIANS.c.id == clinician_id).values(phone_sealed=sealed))
