"""Finds the place in line of a caller who was cut off while he waited."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from calls.store import CALLS
from config.statements import Statement
from routing.needs import WaitState
from routing.rows import WAITS

CUT_OFF = "hung_up"  # he chose no other way: routing.store.leave
LONGEST_CALL = timedelta(days=1)  # so that the calls of years from one switchboard are not looked through

_LATER, _ITS_CALL = WAITS.alias("later"), CALLS.alias("its_call")
_WAITED_AGAIN = exists().where(
    _ITS_CALL.c.id == _LATER.c.call_id,
    _ITS_CALL.c.caller_hash == bindparam("caller"),
    _ITS_CALL.c.arrived_at >= bindparam("earliest"),
    _ITS_CALL.c.service == CALLS.c.service,
    _LATER.c.kind == "call",
    or_(
        _LATER.c.joined_at > WAITS.c.joined_at, and_(_LATER.c.joined_at == WAITS.c.joined_at, _LATER.c.id < WAITS.c.id)
    ),
)
_DROPPED = Statement(
    select(CALLS.c.service, WAITS.c.place_ms, WAITS.c.call_id)
    .select_from(CALLS.join(WAITS, WAITS.c.call_id == CALLS.c.id))
    .where(
        CALLS.c.caller_hash == bindparam("caller"),
        CALLS.c.arrived_at >= bindparam("earliest"),
        CALLS.c.service.is_not(None),
        WAITS.c.kind == "call",
        WAITS.c.state == WaitState.LEFT.value,
        WAITS.c.ended_why == CUT_OFF,
        WAITS.c.ended_at >= bindparam("since"),
        ~_WAITED_AGAIN,
    )
    .order_by(WAITS.c.joined_at.desc(), WAITS.c.id)
)


def dropped(tx: Connection, caller_hash: str, since: datetime) -> list[tuple[str, int, str]]:
    """Service, place (ms) and call of each wait that this number dropped out of since an instant, one a service.

    Only the number's latest wait for a service counts: whoever waits again, or was helped since, has no place kept.
    """
    asked = {"caller": caller_hash, "since": since, "earliest": since - LONGEST_CALL}
    return [(service, place, call) for service, place, call in _DROPPED.rows(tx, asked)]
