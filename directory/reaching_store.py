"""How patients want to be reached (45 CFR 164.522(b)): at which numbers, in which hours, by messages and texts or not.

The imported data may say it, and the site's own sheet, which stands above them and which no import touches. Every call
and text asks here first. Whatever only one of them forbids is forbidden.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, or_, select

from config.content import Hours
from config.statements import Statement, together
from config.vault import Vault
from directory.local_csv import ANY, WishLine
from directory.local_store import LocalRefused
from directory.numbers import callable_number
from directory.tables import ForbiddenNumber, Patient, PatientNumber, PatientWish
from directory.wished_hours import hours_in
from directory.zones import MAINLAND

WISHES: Table = PatientWish.__table__  # type: ignore[attr-defined]
FORBIDDEN: Table = ForbiddenNumber.__table__  # type: ignore[attr-defined]
PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
NUMBERS: Table = PatientNumber.__table__  # type: ignore[attr-defined]

# What is asked in the turn in which somebody proves who he is.
_WISHED = Statement(
    select(
        WISHES.c.preferred_sealed,
        WISHES.c.any_number,
        WISHES.c.zone,
        WISHES.c.no_messages,
        WISHES.c.no_texts,
        WISHES.c.hours,
    ).where(WISHES.c.patient_id == bindparam("patient"))
)
_BY_DATA = Statement(select(PATIENTS.c.no_messages, PATIENTS.c.no_texts).where(PATIENTS.c.id == bindparam("patient")))
_ONLY_AT = Statement(
    select(NUMBERS.c.number_sealed)
    .where(NUMBERS.c.patient_id == bindparam("patient"), NUMBERS.c.wish == "only", NUMBERS.c.readable)
    .where(or_(NUMBERS.c.ends_at.is_(None), NUMBERS.c.ends_at > bindparam("now", type_=NUMBERS.c.ends_at.type)))
    .order_by(NUMBERS.c.rank.is_(None), NUMBERS.c.rank, NUMBERS.c.number_hash)  # else the database says where NULL goes
)
_HOURS = Statement(
    select(WISHES.c.hours, WISHES.c.zone, PATIENTS.c.zones)
    .select_from(WISHES.join(PATIENTS, PATIENTS.c.id == WISHES.c.patient_id))
    .where(WISHES.c.patient_id == bindparam("patient"), WISHES.c.hours != "")
)
_HOLDERS = Statement(
    select(NUMBERS.c.patient_id).where(NUMBERS.c.number_hash == bindparam("number")).order_by(NUMBERS.c.patient_id)
)


@dataclass(frozen=True)
class SiteWish:
    """What the site says of one patient; what is None, or empty, it does not say.

    `preferred` is the E.164 number at which alone he wants to be rung, `any_number` that the data's word on single
    numbers does not hold, `zone` an IANA name, `hours` as `directory.wished_hours` keeps them.
    """

    preferred: str = ""
    any_number: bool = False
    zone: str = ""
    no_messages: bool | None = None
    no_texts: bool | None = None
    hours: str = ""
    forbidden: tuple[str, ...] = ()  # E.164 numbers; only written, for they are kept as keyed hashes


@dataclass(frozen=True)
class ReachedAt:
    """What one patient wishes, whoever said it.

    `only`: the numbers (E.164) at which alone he is rung, the best one first; empty: any that `may_reach` allows.
    """

    only: tuple[str, ...] = ()
    no_messages: bool = False
    no_texts: bool = False


def reached_at(tx: Connection, vault: Vault, patient_id: str, now: datetime) -> ReachedAt:
    """What a patient wishes now; nothing in particular if nobody said anything."""
    with together(tx):
        wished, by_data = _WISHED.ask(tx, {"patient": patient_id}), _BY_DATA.ask(tx, {"patient": patient_id})
        only_at = _ONLY_AT.ask(tx, {"patient": patient_id, "now": now})
    said = _said(wished.first(), vault)
    no_messages, no_texts = by_data.first() or (False, False)
    by_the_data = () if said.any_number else tuple(vault.open(number) for (number,) in only_at.rows())
    return ReachedAt(
        only=(said.preferred,) if said.preferred else by_the_data,
        no_messages=no_messages if said.no_messages is None else said.no_messages,
        no_texts=no_texts if said.no_texts is None else said.no_texts,
    )


def may_reach(tx: Connection, vault: Vault, patient_id: str, number: str) -> bool:
    """Whether this patient may be rung at this number: he lives, nobody forbade it, and he prefers no other one."""
    living = select(PATIENTS.c.id).where(PATIENTS.c.id == patient_id, PATIENTS.c.active, ~PATIENTS.c.deceased)
    digest = vault.digest("number", number)
    refused = select(FORBIDDEN.c.patient_id).where(
        FORBIDDEN.c.patient_id == patient_id, FORBIDDEN.c.number_hash == digest
    )
    if tx.execute(living).first() is None or tx.execute(refused).first() is not None:
        return False
    said = site_wish(tx, vault, patient_id)
    if said.preferred or said.any_number:
        return said.preferred in ("", number)
    return _data_allow(tx, patient_id, digest)


def _data_allow(tx: Connection, patient_id: str, number_hash: str) -> bool:
    """What the data say of single numbers. Where the only one cannot be read, he is rung nowhere: a person looks."""
    wishes = select(NUMBERS.c.number_hash, NUMBERS.c.wish).where(NUMBERS.c.patient_id == patient_id)
    said = {row.number_hash: row.wish for row in tx.execute(wishes.where(NUMBERS.c.wish != ""))}
    if "only" in said.values():
        return said.get(number_hash) == "only"
    return said.get(number_hash) != "never"


def wished_hours(tx: Connection, patient_id: str | None, elsewhere: tuple[str, ...]) -> tuple[Hours, ...]:
    """The hours within which alone he wants to be rung, all of them at once; none: any hour that the rules allow.

    They are meant where he lives; if nobody knows that, in the zones `elsewhere`, else wherever he may be.
    """
    row = _HOURS.first(tx, {"patient": patient_id}) if patient_id else None
    if row is None:
        return ()
    hours, zone, at_home = row
    zones = (zone,) if zone else tuple(at_home.split()) or elsewhere or MAINLAND
    return tuple(hours_in(hours, name) for name in zones)


def who_may_answer(tx: Connection, patient_id: str | None, number_hash: str) -> tuple[str, ...]:
    """Whose wishes count where a number is rung: its patient's; for nobody in particular all who have it, by id."""
    return (patient_id,) if patient_id else tuple(row[0] for row in _HOLDERS.rows(tx, {"number": number_hash}))


def hours_where_it_rings(
    tx: Connection, patient_id: str | None, number_hash: str, elsewhere: tuple[str, ...]
) -> tuple[Hours, ...]:
    """The hours in which alone a number may be rung, by all whose wishes count there."""
    whose = who_may_answer(tx, patient_id, number_hash)
    return tuple(hours for who in whose for hours in wished_hours(tx, who, elsewhere))


# --- what the site says ---------------------------------------------------------------------------------------------


def site_wish(tx: Connection, vault: Vault, patient_id: str) -> SiteWish:
    """What the site says of a patient, without the numbers it forbids."""
    return _said(_WISHED.first(tx, {"patient": patient_id}), vault)


def _said(row: tuple[Any, ...] | None, vault: Vault) -> SiteWish:
    if row is None:
        return SiteWish()
    preferred, any_number, zone, no_messages, no_texts, hours = row
    return SiteWish(vault.open(preferred) if preferred else "", any_number, zone or "", no_messages, no_texts, hours)


def set_site_wish(tx: Connection, vault: Vault, patient_id: str, wish: SiteWish) -> bool:
    """What the site says from now on, in place of all it said before. False if there is no such patient."""
    if tx.execute(select(PATIENTS.c.id).where(PATIENTS.c.id == patient_id)).first() is None:
        return False
    for table in (WISHES, FORBIDDEN):
        tx.execute(delete(table).where(table.c.patient_id == patient_id))
    tx.execute(
        insert(WISHES).values(
            patient_id=patient_id,
            preferred_sealed=vault.seal(wish.preferred) if wish.preferred else None,
            any_number=wish.any_number,
            zone=wish.zone or None,
            no_messages=wish.no_messages,
            no_texts=wish.no_texts,
            hours=wish.hours,
        )
    )
    for number in dict.fromkeys(wish.forbidden):
        tx.execute(insert(FORBIDDEN).values(patient_id=patient_id, number_hash=vault.digest("number", number)))
    return True


def apply_wishes(tx: Connection, vault: Vault, lines: Iterable[WishLine], own: Collection[str]) -> list[str]:
    """Do what a sheet of wishes says; the patients whose wishes changed. `LocalRefused` names every line that fails.

    `own` are the center's own numbers: nobody is reached there.
    """
    changed, refused = list[str](), list[str]()
    for line in lines:
        try:
            if _applied(tx, vault, line, own):
                changed.append(line.patient)
        except LocalRefused as error:
            refused.append(f"{line.patient}: {error}")
    if refused:
        raise LocalRefused("\n".join(refused))
    return changed


def _applied(tx: Connection, vault: Vault, line: WishLine, own: Collection[str]) -> bool:
    """Whether this line changed what the site says."""
    before = site_wish(tx, vault, line.patient)
    after = _said_by(line, before, own)
    stood = set(tx.scalars(select(FORBIDDEN.c.number_hash).where(FORBIDDEN.c.patient_id == line.patient)))
    said = [_readable(number, "not_numbers", own) for number in line.refused or ()]
    wanted = stood if line.refused is None else {vault.digest("number", number) for number in said}
    if after == before and wanted == stood:
        return False
    if not set_site_wish(tx, vault, line.patient, after):
        raise LocalRefused("patient: accepted: an id of the directory")
    for digest in sorted(wanted):
        tx.execute(insert(FORBIDDEN).values(patient_id=line.patient, number_hash=digest))
    return True


def _said_by(line: WishLine, before: SiteWish, own: Collection[str]) -> SiteWish:
    """What the site says after a line of its sheet: an empty cell leaves what stood, "-" says nothing any more."""
    said = dict[str, Any]()
    if line.only is not None:
        said["any_number"] = line.only == ANY
        said["preferred"] = _readable(line.only, "only_number", own) if line.only not in ("", ANY) else ""
    said |= {name: value for name in ("zone", "hours") if (value := getattr(line, name)) is not None}
    for name, cell in (("no_messages", line.messages), ("no_texts", line.texts)):
        said |= {} if cell is None else {name: {"no": True, "yes": False}.get(cell)}
    return replace(before, **said)


def _readable(entry: str, column: str, own: Collection[str]) -> str:
    number = callable_number(entry, own=own)
    if number is None:
        more = f", or {ANY}" if column == "only_number" else ""
        raise LocalRefused(f"{column}: accepted: numbers that may be rung, such as +13125550142, or -{more}")
    return number
