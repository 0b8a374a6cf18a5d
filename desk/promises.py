"""The supervisor's ledger of promises: what is late or at risk first, one promise with all that was tried, and CSV."""

from datetime import timedelta

from flask import Blueprint, Response, abort, render_template
from werkzeug.wrappers import Response as AnyResponse

from callbacks import ledger_store, outside_store
from callbacks.ledger import Kept, in_order, totals
from callbacks.ledger_words import HEADER, row
from desk import guards, looking, owed, store
from desk.exports import as_csv
from desk.looking import Look
from desk.moments import moment
from desk.tools import Tools, tools

promises = Blueprint("promises", __name__)
DAYS = 7
MOST_SHOWN = 200


@promises.get("/promises")
@guards.only_for("supervisor")
def page() -> str:
    """The promises of the last days and all that are open."""
    known = listed(tools())
    now = moment(tools())
    with tools().database.reading() as tx:
        names = store.names(tx)
    lines = [owed.line(kept, names, now) for kept in known[:MOST_SHOWN]]
    return render_template(
        "desk/promises.html",
        lines=lines,
        tiles=owed.tiles(totals(known, now.now)),
        days=DAYS,
        hidden=len(known) - len(lines),
    )


@promises.get("/promises.csv")
@guards.only_for("supervisor")
def as_sheet() -> Response:
    """The same as a sheet, without names and numbers of patients."""
    now = tools().clock.now()
    known = listed(tools())
    looking.note(tools(), guards.me(), [Look("exported_promises", f"{len(known)} promises", "ledger")])
    text = as_csv(HEADER, [row(kept, now) for kept in known])
    headers = {"Content-Disposition": f'attachment; filename="promises-{now:%Y-%m-%d}.csv"'}
    return Response(text, mimetype="text/csv", headers=headers)


@promises.get("/promises/<promise_id>")
@guards.only_for("supervisor")
def one(promise_id: str) -> AnyResponse | str:
    """One promise; the look at it is recorded first."""
    with tools().database.reading() as tx:
        kept = ledger_store.one(tx, promise_id)
        asked = outside_store.reasons(tx, promise_id)
        told, names = ledger_store.told(tx, promise_id), store.names(tx)
    if kept is None:
        abort(404)
    promise = kept.promise
    looking.note(tools(), guards.me(), [Look("saw_promise", promise.patient_id or promise.call_id, promise.id)])
    now = moment(tools())
    return render_template(
        "desk/promise.html",
        line=owed.line(kept, names, now),
        about=owed.about(kept, names, asked, now),
        tries=[owed.tried(attempt, now) for attempt in kept.attempts],
        story=[owed.told(entry, now) for entry in told],
        call_id=promise.call_id,
    )


def listed(with_tools: Tools) -> list[Kept]:
    """The promises of the last days and all that are open, in the order of the page."""
    now = with_tools.clock.now()
    with with_tools.database.reading() as tx:
        return in_order(ledger_store.ledger(tx, now - timedelta(days=DAYS)), now)
