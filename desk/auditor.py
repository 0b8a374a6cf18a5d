"""The auditor's page: who saw or changed what of whom, as lists for the law, and whether the trail is whole."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, abort, render_template, request

import calls.audit_store
from calls.audit import AuditEntry
from calls.audit_store import Sought
from calls.intervals import day_of, midnight
from desk import guards, words
from desk.asked import NotUnderstood, asked, entered
from desk.exports import as_csv
from desk.looking import actor_of
from desk.moments import hours_of, moment
from desk.tools import tools

auditor = Blueprint("auditor", __name__, url_prefix="/audit")
MOST_SHOWN = 200
HEADER = ("id", "at", "actor", "action", "subject", "details", "hash")


@dataclass(frozen=True)
class Shown:
    """One row of the trail as people read it."""

    id: int
    when: str
    actor: str
    action: str
    subject: str
    details: str


@auditor.get("")
@guards.only_for("auditor")
def page() -> str:
    """Rows of the trail, the newest first."""
    sought, problem = _sought_here()
    with tools().database.reading() as tx:
        rows = calls.audit_store.search(tx, sought, MOST_SHOWN + 1) if sought else []
    return render_template(
        "desk/audit.html",
        problem=problem,
        rows=[_shown(row) for row in rows[:MOST_SHOWN]],
        more=len(rows) > MOST_SHOWN,
        asked=entered(_days_said(), _today()),
        person_id=request.args.get("subject", ""),
        actor=request.args.get("actor", ""),
    )


@auditor.get("/trail.csv")
@guards.only_for("auditor")
def sheet() -> Response:
    """The rows that are sought, all of them: of one patient, or of one user. Taking it is itself recorded."""
    sought, problem = _sought_here()
    if sought is None:
        abort(400, problem)
    me, now = guards.me(), tools().clock.now()
    with tools().database.transaction() as tx:
        rows = calls.audit_store.search(tx, sought, None)
        calls.audit_store.record(
            tx, actor=actor_of(me), action="exported_audit", subject=sought.subject or None, details={}, now=now
        )
    text = as_csv(HEADER, [_cells(row) for row in rows])
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": 'attachment; filename="audit.csv"'})


@auditor.get("/proof")
@guards.only_for("auditor")
def proof() -> str:
    """Whether the trail is whole, computed now from its first row to its last."""
    with tools().database.reading() as tx:
        broken = calls.audit_store.verify(tx)
    return render_template("desk/proof.html", broken=[str(each) for each in broken[:MOST_SHOWN]], number=len(broken))


def _sought_here() -> tuple[Sought | None, str]:
    """What the address asks for; or None, and why it cannot be."""
    try:
        of = _asked_days()
    except NotUnderstood as wrong:
        return None, str(wrong)
    zone = hours_of(tools()).zone
    begins, ends = midnight(of[0], zone), midnight(of[1] + timedelta(days=1), zone)
    actor = request.args.get("actor", "").strip()[:64]
    return Sought(begins, ends, request.args.get("subject", "").strip()[:64], f"user:{actor}" if actor else ""), ""


def _asked_days() -> tuple[date, date]:
    of = asked(_days_said() | {"width": "week"}, _today())
    return of.first, of.last


def _days_said() -> dict[str, str]:
    return {key: value for key, value in request.args.items() if key in ("from", "to")}


def _today() -> date:
    return day_of(tools().clock.now(), hours_of(tools()).zone)


def _shown(row: AuditEntry) -> Shown:
    return Shown(
        id=row.id,
        when=moment(tools()).when(row.at),
        actor=row.actor.removeprefix("user:"),
        action=words.plain(row.action),
        subject=row.subject or "",
        details=_in_words(row.details),
    )


def _in_words(details: str) -> str:
    """What a row holds, in words; where somebody altered it into something else, that."""
    try:
        held = json.loads(details)
    except ValueError:
        return details
    if not isinstance(held, dict):
        return details
    return "; ".join(f"{words.plain(name)}: {said}" for name, said in held.items())


def _cells(row: AuditEntry) -> Sequence[str | int | None]:
    return (row.id, row.at.isoformat(), row.actor, row.action, row.subject, row.details, row.hash)
