"""The operator's work on the directory: imports, looking up, the site's own sheets, renewing keys. Bodies of commands.

Each prints what it did and gives an exit code. Whatever touches a person leaves a row in the audit trail.
"""

import getpass
import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

import administering
import deeds
import routing.store
from calls import audit_store
from config.catalogue import Catalogue, read_catalogue
from config.content import Hours
from directory import local_csv, local_store, reaching_store, rotation_store, store
from directory.fhir import Import, Rules
from directory.local_csv import SheetUnusable
from directory.local_store import LocalRefused
from tools import Tools

OK, FAILED = 0, 1
ACTOR = "command line"


class _OnlyTried(Exception):
    """Ends a transaction whose work was a dry run."""


def catalogue(tools: Tools) -> Catalogue:
    """The skills of this clinic."""
    return read_catalogue(tools.settings.clinic_config)


def import_fhir(tools: Tools, paths: Sequence[Path], *, dry: bool, partial: bool, many_gone: bool) -> int:
    """Import FHIR files: the report, then what changed. 1 when something in the files could not be used."""
    imported = Import(Rules(catalogue(tools), tools.now(), tools.content.home.zone))
    try:
        imported.read_files(paths)
        difference = store.import_into(
            tools.database, tools.vault, imported, now=tools.now(), whole=not partial, many_gone=many_gone, dry=dry
        )
    except store.ImportRefused as error:
        print(imported.report)
        print(error, file=sys.stderr)
        return FAILED
    finally:
        imported.spool.close()
    print(imported.report)
    print("dry run; nothing was written" if dry else "written", *difference.lines(), sep="\n")
    if not dry:
        _audit(tools, "directory_imported", None, {"changed": difference.total})
        with tools.database.transaction() as tx:
            _tell_duty_board(tx, tools)
    return FAILED if imported.report.problems else OK


def _audit(tools: Tools, action: str, subject: str | None, details: dict[str, object]) -> None:
    with tools.database.transaction() as tx:
        audit_store.record(tx, actor=ACTOR, action=action, subject=subject, details=details, now=tools.now())


def who(tools: Tools, patient: str, skill: str, at: datetime | None) -> int:
    """Print a patient's current clinician with level and evidence, as JSON. The look is audited."""
    keys = catalogue(tools).keys
    with tools.database.reading() as tx:
        known = store.patient_card(tx, tools.vault, patient) is not None
        found = store.who(tx, patient, skill, at or tools.now(), _hours_of(skill, tools))
    if not known or skill not in keys:
        unknown = f"skill {skill!r}; one of {', '.join(sorted(keys))}" if known else f"patient {patient!r}"
        print(f"the directory knows no {unknown}", file=sys.stderr)
        return FAILED
    _audit(tools, "looked_up_own_clinician", patient, {"skill": skill, "level": found["level"]})
    print(json.dumps(found, indent=2, default=str))
    return OK


def _hours_of(skill: str, tools: Tools) -> Hours:
    """The hours of the first service that needs this skill."""
    content = tools.content
    return content.hours[content.calendar(next((key for key, s in content.services.items() if s.skill == skill), None))]


# --- the site's own sheets --------------------------------------------------------------------------------------------


def staff_sheet(tools: Tools, action: str, file: Path | None, *, dry: bool) -> int:
    """Write the staff sheet to a file (or the terminal), or do what one says."""
    if action == "export":
        with tools.database.reading() as tx:
            _write_out(local_csv.write_staff(local_store.staff_rows(tx, tools.vault)), file)
        _audit(tools, "staff_exported", None, {})
        return OK

    def apply(tx: Connection, text: str) -> list[str]:  # the clock finds what the duty board is to hear: no Redis here
        return administering.apply_staff(tx, text, tools)[0]

    return _sheet(tools, file, "staff_sheet_applied", apply, dry=dry)


def _tell_duty_board(tx: Connection, tools: Tools) -> None:
    """What people can do has changed. The clock finds the entries: here is no Redis."""
    deeds.outbox(tx, routing.store.told_again(tx, None), None, tools.now())


def pin_sheet(tools: Tools, file: Path, *, dry: bool) -> int:
    """Do what a sheet of PINs says, then tell how many patients still have none."""

    zone = tools.content.home.zone

    def apply(tx: Connection, text: str) -> list[str]:
        changed = local_store.apply_pins(tx, tools.vault, local_csv.read_pins(text), zone)
        print(f"{local_store.without_pin(tx)} patients without a PIN")
        return changed

    return _sheet(tools, file, "pins_set", apply, dry=dry)


def one_pin(tools: Tools, patient: str) -> int:
    """Ask for one patient's PIN in the terminal."""
    pin = getpass.getpass("PIN (four digits): ")
    try:
        with tools.database.transaction() as tx:
            local_store.set_pin(tx, tools.vault, patient, pin)
            audit_store.record(tx, actor=ACTOR, action="pins_set", subject=patient, details={}, now=tools.now())
    except LocalRefused as error:
        print(error, file=sys.stderr)
        return FAILED
    return OK


def proxy_sheet(tools: Tools, action: str, file: Path | None, *, dry: bool) -> int:
    """Write the sheet of proxies to a file (or the terminal), or do what one says."""
    if action == "export":
        with tools.database.reading() as tx:
            _write_out(local_csv.write_proxies(local_store.proxy_rows(tx)), file)
        _audit(tools, "proxies_exported", None, {})
        return OK
    services = tools.content.services

    def apply(tx: Connection, text: str) -> list[str]:
        return local_store.apply_proxies(tx, tools.vault, local_csv.read_proxies(text, services))

    return _sheet(tools, file, "proxies_set", apply, dry=dry)


def wish_sheet(tools: Tools, file: Path, *, dry: bool) -> int:
    """Do what a sheet of patients' wishes says: where they may be rung, and what may be left there."""
    own = (tools.settings.center_number, tools.settings.operator_number)

    def apply(tx: Connection, text: str) -> list[str]:
        return reaching_store.apply_wishes(tx, tools.vault, local_csv.read_wishes(text), own)

    return _sheet(tools, file, "wishes_set", apply, dry=dry)


def _write_out(sheet: str, file: Path | None) -> None:
    if file is None:
        print(sheet, end="")
    else:
        file.write_text(sheet, encoding="utf-8")


def _sheet(
    tools: Tools, file: Path | None, action: str, apply: Callable[[Connection, str], list[str]], *, dry: bool
) -> int:
    """Apply a sheet in one transaction: all of it, or with a flaw or on a dry run nothing."""
    try:
        text = file.read_text(encoding="utf-8") if file else sys.stdin.read()
        with tools.database.transaction() as tx:
            changed = apply(tx, text)
            print(*changed or ["nothing changed"], sep="\n")
            if dry:
                raise _OnlyTried
            audit_store.record(
                tx, actor=ACTOR, action=action, subject=None, details={"changed": len(changed)}, now=tools.now()
            )
    except _OnlyTried:
        print("dry run; nothing was written")
    except (OSError, UnicodeDecodeError) as error:
        print(f"{file}: {getattr(error, 'strerror', None) or 'is not UTF-8'}", file=sys.stderr)
        return FAILED
    except (SheetUnusable, LocalRefused) as error:
        print(error, "nothing was written", sep="\n", file=sys.stderr)
        return FAILED
    return OK


def rotate_keys(tools: Tools) -> int:
    """Seal all personal columns with the first of the DATA_KEYS."""
    renewed = rotation_store.rotate(tools.database.transaction, tools.vault)
    for column, count in renewed.items():
        print(f"{column}: {count} renewed")
    _audit(tools, "keys_rotated", None, {"renewed": sum(renewed.values())})
    print("every key but the first and the last may now leave DATA_KEYS; the last finds numbers and PINs")
    return OK
