"""Finds the place in line of a caller who was cut off while he waited."""

from datetime import datetime

from sqlalchemy import Connection, select

from calls.store import CALLS
from routing.needs import WaitState
from routing.rows import WAITS

CUT_OFF = "hung_up"  # he chose no other way: routing.store.leave


def dropped(tx: Connection, caller_hash: str, since: datetime) -> list[tuple[str, int, str]]:
    """Service, place (ms) and call of each wait that this number dropped out of since an instant, one a service.

    Only the number's latest wait for a service counts: whoever waits again, or was helped since, has no place kept.
    """
    wanted = (
        select(CALLS.c.service, WAITS.c.place_ms, WAITS.c.call_id, WAITS.c.state, WAITS.c.ended_why, WAITS.c.ended_at)
        .select_from(CALLS.join(WAITS, WAITS.c.call_id == CALLS.c.id))
        .where(CALLS.c.caller_hash == caller_hash, CALLS.c.service.is_not(None), WAITS.c.kind == "call")
        .order_by(WAITS.c.joined_at.desc(), WAITS.c.id)
    )
    latest: dict[str, tuple[str, int, str] | None] = {}
    for service, place, call, state, why, ended in tx.execute(wanted):
        cut_off = state == WaitState.LEFT and why == CUT_OFF and ended >= since
        latest.setdefault(service, (service, place, call) if cut_off else None)
    return [place for place in latest.values() if place]
