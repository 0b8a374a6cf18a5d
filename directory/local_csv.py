"""The CSV sheets a site fills in: clinicians, patients' PINs, proxies' codes, how patients want to be reached. Pure.

A cell left empty changes nothing; "-" takes the site's word back. A flaw names its line and column, never a value.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from zoneinfo import available_timezones

from directory.wished_hours import read_hours

STAFF_COLUMNS = ("clinician", "name", "phone", "languages", "skills")
PIN_COLUMNS = ("patient", "pin", "visit_code", "visit_until")
PROXY_COLUMNS = ("proxy", "patient", "relationship", "code", "services")
WISH_COLUMNS = ("patient", "only_number", "not_numbers", "messages", "texts", "zone", "hours")
TAKEN_BACK = "-"
ANY = "any"  # number: whatever the data say of single ones
KEPT = "*"  # in an exported sheet: there is a code, and it stays
Line = TypeVar("Line")


class SheetUnusable(ValueError):
    """A sheet with flaws; its text has a line for each."""


@dataclass(frozen=True)
class StaffLine:
    """What the site says of one clinician. None changes nothing; empty values take back what it said."""

    clinician: str
    phone: str | None = None
    languages: tuple[str, ...] | None = None
    levels: Mapping[str, int | None] = field(default_factory=dict)
    expires: Mapping[str, date | None] = field(default_factory=dict)  # of each skill in `levels`; None: never


@dataclass(frozen=True)
class PinLine:
    """One patient's PIN (None leaves it). `visit_code` counts to the end of day `visit_until`."""

    patient: str
    pin: str | None
    visit_code: str | None = None
    visit_until: date | None = None


@dataclass(frozen=True)
class ProxyLine:
    """What the site gives somebody who may call for a patient. None changes nothing; empty: all services."""

    proxy: str
    code: str | None = None
    scope: tuple[str, ...] | None = None


@dataclass(frozen=True)
class WishLine:
    """How one patient wants to be reached. None changes nothing; empty values take back what the site said."""

    patient: str
    only: str | None = None  # as written
    refused: tuple[str, ...] | None = None  # as written
    messages: str | None = None  # may a machine hear our neutral message: yes | no
    texts: str | None = None  # yes | no
    zone: str | None = None  # IANA
    hours: str | None = None  # as `directory.wished_hours` keeps them


def read_staff(text: str, skills: Collection[str]) -> list[StaffLine]:
    """The lines of a staff sheet; `SheetUnusable` with every flaw. `skills` are the keys of the catalogue."""
    return read_rows(text, STAFF_COLUMNS, lambda row: _staff_line(row, skills))


def read_pins(text: str) -> list[PinLine]:
    """The lines of a sheet of PINs; `SheetUnusable` with every flaw."""
    return read_rows(text, PIN_COLUMNS, _pin_line)


def read_proxies(text: str, services: Collection[str]) -> list[ProxyLine]:
    """The lines of a sheet of proxies; `SheetUnusable` with every flaw. `services` are the keys of the content."""
    return read_rows(text, PROXY_COLUMNS, lambda row: _proxy_line(row, services))


def read_wishes(text: str) -> list[WishLine]:
    """The lines of a sheet of wishes; `SheetUnusable` with every flaw."""
    return read_rows(text, WISH_COLUMNS, _wish_line)


def write_staff(rows: Iterable[Mapping[str, str]]) -> str:
    """A staff sheet."""
    return write_rows(STAFF_COLUMNS, rows)


def write_proxies(rows: Iterable[Mapping[str, str]]) -> str:
    """A sheet of proxies."""
    return write_rows(PROXY_COLUMNS, rows)


def write_rows(columns: tuple[str, ...], rows: Iterable[Mapping[str, str]], *, safe: bool = True) -> str:
    """A sheet. A cell that a spreadsheet would take for a formula is written as text, unless nobody opens it there."""
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _safe(value) if safe else value for name, value in row.items()} for row in rows)
    return sheet.getvalue()


def levels_text(levels: Mapping[str, int], expires: Mapping[str, date]) -> str:
    """Levels as a cell: "hip:3:2027-06-30 nurse:2"; a date is the last day on which the skill counts."""
    until = {skill: f":{day.isoformat()}" for skill, day in expires.items()}
    return " ".join(f"{skill}:{level}{until.get(skill, '')}" for skill, level in sorted(levels.items()))


def _safe(value: str) -> str:
    return f"'{value}" if value[:1] in ("=", "@", "\t", "\r") else value


def read_rows(
    text: str, columns: tuple[str, ...], line: Callable[[Mapping[str, str]], Line], key: tuple[str, ...] = ()
) -> list[Line]:
    """The lines of a sheet; `SheetUnusable` with every flaw. No two lines have the same `key` (the first column)."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    strangers = [name for name in reader.fieldnames or [] if name not in columns]
    if columns[0] not in (reader.fieldnames or []) or strangers:
        raise SheetUnusable(f"line 1: accepted columns: {', '.join(columns)}; the first is required")
    found, flaws = list[Line](), list[str]()
    for number, row in enumerate(reader, 2):
        try:
            found.append(line({name: (row.get(name) or "").strip() for name in columns}))
        except ValueError as error:
            flaws.append(f"line {number}: {error}")
    flaws += _twice(key or columns[:1], found)
    if flaws:
        raise SheetUnusable("\n".join(flaws))
    return found


def _twice(columns: tuple[str, ...], lines: Iterable[object]) -> Iterator[str]:
    met: set[str] = set()
    for line in lines:
        identity = ", ".join(f"{column} {getattr(line, column)}" for column in columns)
        if identity in met:
            yield f"{identity}: stands on two lines"
        met.add(identity)


def _staff_line(row: Mapping[str, str], skills: Collection[str]) -> StaffLine:
    if not row["clinician"]:
        raise ValueError("clinician: found nothing; accepted: an id of the directory")
    skills_said = [_level(cell, skills) for cell in row["skills"].split()]
    return StaffLine(
        clinician=row["clinician"],
        phone=None if not row["phone"] or row["phone"].startswith("*") else row["phone"].removeprefix("'"),
        languages=_languages(row["languages"]),
        levels={skill: level for skill, level, _ in skills_said},
        expires={skill: until for skill, _, until in skills_said},
    )


def _languages(cell: str) -> tuple[str, ...] | None:
    if not cell:
        return None
    codes = () if cell == TAKEN_BACK else tuple(cell.lower().split())
    if not all(code.isascii() and code.isalpha() and 2 <= len(code) <= 8 for code in codes):
        raise ValueError("languages: accepted: codes such as en es, by spaces, or -")
    return codes


def _level(cell: str, skills: Collection[str]) -> tuple[str, int | None, date | None]:
    skill, level, until, *more = [*cell.split(":"), "", ""]
    if skill not in skills or any(more):
        raise ValueError("skills: found a skill that the catalogue lacks; accepted: key:level by spaces")
    if level != TAKEN_BACK and level not in ("0", "1", "2", "3", "4", "5"):
        raise ValueError("skills: accepted levels: 0 to 5, 0 for none, - for as imported")
    return skill, None if level == TAKEN_BACK else int(level), _last_day(until)


def _last_day(until: str) -> date | None:
    try:
        return date.fromisoformat(until) if until else None
    except ValueError:
        raise ValueError("skills: accepted after the level: its last day, like hip:3:2027-06-30") from None


def _pin_line(row: Mapping[str, str]) -> PinLine:
    if not row["patient"]:
        raise ValueError("patient: found nothing; accepted: an id of the directory")
    if bool(row["visit_code"]) != bool(row["visit_until"]):
        raise ValueError("visit_code, visit_until: accepted: both or neither")
    return PinLine(row["patient"], row["pin"] or None, row["visit_code"] or None, _day(row["visit_until"]))


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError:
        raise ValueError("visit_until: accepted: a date like 2026-12-24") from None


def _proxy_line(row: Mapping[str, str], services: Collection[str]) -> ProxyLine:
    if not row["proxy"]:
        raise ValueError("proxy: found nothing; accepted: the id of a related person in the directory")
    if row["services"] == TAKEN_BACK or not row["services"]:
        scope: tuple[str, ...] | None = () if row["services"] else None
    else:
        scope = tuple(row["services"].split())
    if any(service not in services for service in scope or ()):
        raise ValueError(f"services: accepted: {' '.join(services)}, by spaces, or - for all")
    return ProxyLine(row["proxy"], row["code"] if row["code"] not in ("", KEPT) else None, scope)


def _wish_line(row: Mapping[str, str]) -> WishLine:
    if not row["patient"]:
        raise ValueError("patient: found nothing; accepted: an id of the directory")
    if row["zone"] not in ("", TAKEN_BACK) and row["zone"] not in available_timezones():
        raise ValueError("zone: accepted: a name such as America/Chicago, or -")
    numbers = _numbers(row["not_numbers"])
    only, zone = (_said(row[name]) for name in ("only_number", "zone"))
    return WishLine(row["patient"], only, numbers, _yes(row, "messages"), _yes(row, "texts"), zone, _hours(row))


def _said(cell: str) -> str | None:
    """A cell that changes nothing, takes back, or says something."""
    return None if not cell else "" if cell == TAKEN_BACK else cell.removeprefix("'")


def _numbers(cell: str) -> tuple[str, ...] | None:
    said = _said(cell)
    return None if said is None else tuple(said.split())


def _yes(row: Mapping[str, str], column: str) -> str | None:
    if row[column] not in ("", TAKEN_BACK, "yes", "no"):
        raise ValueError(f"{column}: accepted: yes, no, - or nothing")
    return _said(row[column])


def _hours(row: Mapping[str, str]) -> str | None:
    said = _said(row["hours"])
    try:
        return read_hours(said) if said else said
    except ValueError as error:
        raise ValueError(f"hours: accepted: {error}, or -") from None
