"""What a person sets a clinician to: ready, until he said or until his hours end; away, in a visit, offline."""

from datetime import datetime

from sqlalchemy import Connection

import directory.store
import routing.store
from routing.needs import Follow
from routing.presence import State


def choose(
    tx: Connection,
    clinician_id: str,
    state: State,
    *,
    reason: str | None,
    until: datetime | None,
    now: datetime,
    begins: datetime | None = None,
) -> list[Follow]:
    """Set it, and return what follows (`routing.store.set_presence`). Ready, from `begins` on if that is to come."""
    hours_end = None
    if state is State.READY and until is None:  # by the hours of his roles; outside them he has said so himself
        hours_end = directory.store.shift_ends(tx, clinician_id, now)
    return routing.store.set_presence(
        tx, clinician_id, state, reason=reason, until=until, now=now, begins=begins, hours_end=hours_end
    )
