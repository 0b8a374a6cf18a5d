"""Calls that keep promises and of which nobody told us how they ended: the carrier is asked, and nothing is dialled.

An attempt whose request had an unknown outcome has 20 s to introduce itself. Then the carrier's own calls to that
number are looked at: one that nobody else knows is this attempt's. None, after a second look at 60 s, means that it was
never placed. While the carrier cannot say, it is asked again; after two minutes a person decides.
"""

from collections.abc import Callable
from datetime import datetime

import callbacks.policy
import callbacks.store
import calls.store
import errands
from callbacks.requests import Attempt, AttemptState
from telephony.carrier import CarrierError, LiveCall
from tools import Tools


def settle(attempt: Attempt, tools: Tools) -> str:
    """Settle an open attempt that is past its deadline; the word for what was found."""
    return SETTLED.get(attempt.state, _nothing_came)(attempt, tools)


def _nothing_came(attempt: Attempt, tools: Tools) -> str:
    """Written down and never dialled, or answered and never met."""
    return errands.not_reached(attempt.id, "expired", tools)


def _seek(attempt: Attempt, tools: Tools) -> str:
    """The carrier was asked, and we do not know what it did."""
    now, asked_at = tools.now(), attempt.asked_at or attempt.intended_at
    try:
        found = _unclaimed(attempt, asked_at, tools)
    except CarrierError:
        return _not_told(attempt, asked_at, now, tools)
    if found:
        return _found(attempt, found, tools)
    again = callbacks.policy.next_look(asked_at, now)
    if again is not None:
        return _look_again(attempt, again, tools)
    return errands.not_reached(attempt.id, "not_placed", tools)


def _unclaimed(attempt: Attempt, asked_at: datetime, tools: Tools) -> list[LiveCall]:
    """Calls to the patient's number since the request that belong to no leg and no attempt that we know; live first."""
    with tools.database.reading() as tx:
        number = callbacks.store.number(tx, tools.vault, attempt.id)
    listed = tools.carrier.calls_to(number) if number else []
    since = asked_at - callbacks.policy.SAME_CLOCK
    recent = [call for call in listed if call.placed_at is None or call.placed_at >= since]
    with tools.database.reading() as tx:
        unknown = [
            call
            for call in recent
            if calls.store.leg(tx, call.sid) is None and callbacks.store.attempt_of_sid(tx, call.sid) is None
        ]
    return sorted(unknown, key=lambda call: call.is_over)


def _found(attempt: Attempt, found: list[LiveCall], tools: Tools) -> str:
    """One is this attempt's. There is never a second; if there were, it would introduce itself and be hung up."""
    call = found[0]
    outcome = errands.returned_call(attempt.id, call.sid, tools)
    if outcome == "placed" and call.is_over:
        return errands.not_reached(attempt.id, _cause(call), tools)
    return outcome


def _look(attempt: Attempt, tools: Tools) -> str:
    """It was placed, and should long have been answered or have ended."""
    now, sid = tools.now(), attempt.sid or ""
    try:
        call = tools.carrier.look(sid)
        with_operator = call is not None and not call.is_over and tools.carrier.has_company(sid)
    except CarrierError:
        return _not_told(attempt, attempt.asked_at or attempt.intended_at, now, tools)
    if call is None or call.is_over:
        return errands.not_reached(attempt.id, _cause(call), tools)
    if with_operator:  # our documents failed, and the carrier's own brought him to a person
        return errands.not_reached(attempt.id, callbacks.policy.OPERATOR, tools)
    return errands.not_reached(attempt.id, "expired", tools, silence=sid)


def _not_told(attempt: Attempt, asked_at: datetime, now: datetime, tools: Tools) -> str:
    if callbacks.policy.nobody_can_tell(asked_at, now):
        return errands.not_reached(attempt.id, "expired", tools)
    return _look_again(attempt, now + callbacks.policy.LOOK_AGAIN, tools)


def _look_again(attempt: Attempt, instant: datetime, tools: Tools) -> str:
    with tools.database.transaction() as tx:
        callbacks.store.look_again_at(tx, attempt.id, instant)
    return "later"


def _cause(call: LiveCall | None) -> str:
    """The carrier's word for how a call ended, in ours."""
    return call.status.replace("-", "_") if call else "failed"


SETTLED: dict[AttemptState, Callable[[Attempt, Tools], str]] = {
    AttemptState.UNKNOWN: _seek,
    AttemptState.PLACED: _look,
}
