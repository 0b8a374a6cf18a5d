"""Counts the callers of a service who are served before one."""

from datetime import datetime

from sqlalchemy import BigInteger, Connection, and_, bindparam, func, select

from calls.store import CALLS
from config.statements import Statement
from routing.needs import WaitState
from routing.rows import OPEN_WAITS, WAITS

LAST = 2**62  # a place behind everybody's

_BEFORE = Statement(  # asked at every round of hold music of a service with limits
    select(func.count(), func.min(WAITS.c.joined_at))
    .select_from(WAITS.join(CALLS, WAITS.c.call_id == CALLS.c.id))
    .where(
        and_(OPEN_WAITS, WAITS.c.kind == "call", WAITS.c.state == WaitState.WAITING.value),
        CALLS.c.service == bindparam("service"),
        WAITS.c.place_ms < bindparam("place", type_=BigInteger),
    )
)


def before(tx: Connection, service: str, place_ms: int | None) -> tuple[int, datetime | None]:
    """How many wait for the service at an earlier place (None: behind everybody), and since when the longest does."""
    count, since = _BEFORE.first(tx, {"service": service, "place": LAST if place_ms is None else place_ms}) or (0, None)
    return int(count), since
