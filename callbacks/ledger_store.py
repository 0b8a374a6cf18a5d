"""Reads the ledger: promises with their tries from the rows, and what the journal told of them."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, select, text

from callbacks.ledger import ATTEMPT, PROMISE, Kept, Standing, decided_at, standing
from callbacks.requests import Attempt, AttemptState, Request
from callbacks.rows_store import ATTEMPT_COLUMNS, ATTEMPTS, REQUEST_COLUMNS, REQUESTS, one_attempt, one_request
from callbacks.tables import OPEN_REQUEST
from calls.metrics import Entry
from calls.stays import Promised
from calls.store import JOURNAL
from config.vault import Vault
from routing.rows import OFFERS


def ledger(tx: Connection, since: datetime | None = None) -> list[Kept]:
    """Every promise made since an instant (all of them if none is named) or still open, in the order of booking."""
    wanted = select(*REQUEST_COLUMNS).order_by(REQUESTS.c.booked_at, REQUESTS.c.id)
    if since is not None:
        wanted = wanted.where((REQUESTS.c.booked_at >= since) | REQUESTS.c.ended_at.is_(None))
    promises = [found for row in tx.execute(wanted).mappings() if (found := one_request(row))]
    return with_tries(tx, promises)


def one(tx: Connection, promise_id: str) -> Kept | None:
    """One promise; None if there is no such one."""
    row = tx.execute(select(*REQUEST_COLUMNS).where(REQUESTS.c.id == promise_id)).mappings().first()
    promise = one_request(row)
    return with_tries(tx, [promise])[0] if promise else None


def pressing(tx: Connection, now: datetime) -> list[Request]:
    """Open promises that are at risk or late. Those whose time has not begun are hardly looked at."""
    begun = (REQUESTS.c.promised_from <= now) | (REQUESTS.c.due_at > REQUESTS.c.promise_by)
    rows = tx.execute(select(*REQUEST_COLUMNS).where(text(OPEN_REQUEST), begun)).mappings()
    found = [promise for row in rows if (promise := one_request(row))]
    return [promise for promise in found if standing(promise, now) in (Standing.AT_RISK, Standing.LATE)]


def decided(tx: Connection, begins: datetime, ends: datetime, now: datetime) -> list[Promised]:
    """The promises of which it was decided from `begins` until before `ends` whether they were kept in time."""
    over = (REQUESTS.c.promise_by < ends) | (REQUESTS.c.ended_at < ends)
    wanted = select(*REQUEST_COLUMNS).where(REQUESTS.c.promise_by >= begins, REQUESTS.c.booked_at < ends, over)
    rows = tx.execute(wanted.order_by(REQUESTS.c.promise_by, REQUESTS.c.id)).mappings()
    promises = [promise for row in rows if (promise := one_request(row))]
    found = [(promise, at) for promise in promises if (at := decided_at(promise, now))]
    return [_decided(promise, at, now) for promise, at in found if begins <= at < ends]


def _decided(promise: Request, at: datetime, now: datetime) -> Promised:
    kept = standing(promise, now) is Standing.KEPT
    return Promised(promise.id, promise.call_id, promise.service, promise.language, promise.own_id, at, kept)


def with_tries(tx: Connection, promises: list[Request]) -> list[Kept]:
    """These promises with all that was tried for each."""
    first = min((promise.booked_at for promise in promises), default=None)
    if first is None:
        return []
    wanted = select(*ATTEMPT_COLUMNS).where(ATTEMPTS.c.intended_at >= first).order_by(ATTEMPTS.c.id)
    tries: dict[str, list[Attempt]] = defaultdict(list)
    for row in tx.execute(wanted).mappings():
        if found := one_attempt(row):
            tries[found.request_id].append(found)
    people = _who_talked(tx, [attempt for some in tries.values() for attempt in some])
    return [Kept(promise, tuple(tries[promise.id]), people.get(promise.id)) for promise in promises]


def _who_talked(tx: Connection, tries: list[Attempt]) -> dict[str, str]:
    """The clinicians who reached the patients, by promise."""
    reached = {attempt.offer_id: attempt.request_id for attempt in tries if attempt.state is AttemptState.REACHED}
    if not reached:
        return {}
    rows = tx.execute(select(OFFERS.c.id, OFFERS.c.clinician_id).where(OFFERS.c.id.in_(list(reached))))
    return {reached[row.id]: row.clinician_id for row in rows}


def number_of(tx: Connection, vault: Vault, promise_id: str) -> str:
    """The number (E.164) that a promise is to ring."""
    return vault.open(tx.execute(select(REQUESTS.c.number_sealed).where(REQUESTS.c.id == promise_id)).scalar_one())


def told(tx: Connection, promise_id: str | None = None) -> list[Entry]:
    """What the journal holds of promises and tries, in order: of all, or of one."""
    wanted = select(JOURNAL.c.at, JOURNAL.c.call_id, JOURNAL.c.fact, JOURNAL.c.details)
    if promise_id is not None:  # all of it stands under the call in which it was made
        its_call = select(REQUESTS.c.call_id).where(REQUESTS.c.id == promise_id).scalar_subquery()
        wanted = wanted.where(JOURNAL.c.call_id == its_call)
    rows = tx.execute(wanted.where(JOURNAL.c.fact.in_((PROMISE, ATTEMPT))).order_by(JOURNAL.c.id))
    entries = [Entry(*row) for row in rows]
    return [each for each in entries if promise_id is None or each.details["promise"] == promise_id]
