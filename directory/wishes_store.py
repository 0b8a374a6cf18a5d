"""How a patient wants to be spoken with, and who calls for him: asked only once he, or his proxy, is proved."""

from sqlalchemy import Connection, Table, bindparam, func, select, update

from config.statements import Statement
from config.vault import Vault
from directory.patients import Wishes, shown
from directory.tables import Patient, Proxy

PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
PROXIES: Table = Proxy.__table__  # type: ignore[attr-defined]

_WISHES = Statement(
    select(func.coalesce(PATIENTS.c.chosen_language, PATIENTS.c.language).label("language"), PATIENTS.c.slow).where(
        PATIENTS.c.id == bindparam("patient")
    )
)


def wishes(tx: Connection, patient_id: str) -> Wishes:
    """What is on this patient's record; the usual manner when there is no such patient."""
    language, slow = _WISHES.first(tx, {"patient": patient_id}) or (None, False)
    return Wishes(language, bool(slow))


def remember(tx: Connection, patient_id: str, *, language: str | None, slow: bool) -> None:
    """Keep how he wants to be spoken with; no import changes it. `language` None: as before."""
    chosen = {"chosen_language": language} if language is not None else {}
    tx.execute(update(PATIENTS).where(PATIENTS.c.id == patient_id).values(slow=slow, **chosen))


def proxy_shown(tx: Connection, vault: Vault, proxy_id: str) -> str:
    """The name of a proxy for a screen that others may see: "Maria S."; "" for nobody."""
    row = tx.execute(select(PROXIES).where(PROXIES.c.id == proxy_id)).first() if proxy_id else None
    return shown(vault.open(row.given_sealed), vault.open(row.family_sealed)) if row else ""


def proxy_scope(tx: Connection, proxy_id: str) -> tuple[str, ...]:
    """The services that a proxy may speak about; none: all."""
    scope = tx.execute(select(PROXIES.c.scope).where(PROXIES.c.id == proxy_id)).scalar()
    return tuple((scope or "").split())
