"""Mistakes put into the product on purpose, which the checker must see: one that sees none of them proves nothing."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection

import callbacks.policy
import callbacks.store
import errands
import settling
from callbacks.requests import Attempt
from callbacks.rows_store import ATTEMPTS
from telephony.carrier import CarrierError
from tools import Tools


def _no_fence(tx: Connection, attempt_id: int, now: datetime) -> bool:
    """Everybody may dial."""
    tx.execute(ATTEMPTS.update().where(ATTEMPTS.c.id == attempt_id).values(state="unknown", asked_at=now, deadline=now))
    return True


def _blind(attempt_id: int, number: str, tools: Tools, *, detect: bool) -> str:
    """What may have happened is done again."""
    for _ in range(3):
        try:
            sid = tools.carrier.ring(
                to=number,
                url=tools.urls.returned(attempt_id),
                status_url=tools.urls.returned_status(attempt_id),
                fallback_url=None,
                seconds=30,
                detect=detect,
            )
        except CarrierError:
            continue
        return errands.returned_call(attempt_id, sid, tools)
    return "unknown"


def _left_alone(_attempt: Attempt, _tools: Tools) -> str:
    """Nobody looks after a call that was not told to its end."""
    return "later"


def _wanted_always(_attempt_id: int, _sid: str, _tools: Tools) -> str:
    """Nobody asks whether a call is wanted any more."""
    return "placed"


def _always(*_arguments: object) -> bool:
    return True


@dataclass(frozen=True)
class Bug:
    """A mistake: what stands in whose place, and the stories (a pattern of their names) in which it can show."""

    stories: str
    changes: tuple[tuple[Any, str, Any], ...]


BUGS = {
    "the fence is dropped": Bug(r"none \| paused worker \| errands", ((callbacks.store, "start_dialling", _no_fence),)),
    "what may have happened is done again": Bug("500 after create", ((errands, "_dialled", _blind),)),
    "the window is ignored": Bug(
        "", ((callbacks.policy, "rings_in_window", _always), (callbacks.policy, "may_dial", _always))
    ),
    "nobody settles": Bug("timeout, not created", ((settling, "settle", _left_alone),)),
    "tries are not counted": Bug("", ((callbacks.policy, "MAX_ATTEMPTS", 99),)),
    "a placed call is not noted": Bug(
        "", ((errands, "returned_call", _wanted_always), (settling, "settle", _left_alone))
    ),
}


@contextmanager
def planted(bug: str) -> Iterator[None]:
    """The product with this mistake in it."""
    with ExitStack() as stack:
        for owner, name, instead in BUGS[bug].changes:
            stack.enter_context(patch.object(owner, name, instead))
        yield
