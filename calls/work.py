"""What a person owes a patient: a message to answer, a caller who gave up, a promise we could not keep. Pure.

Every item has an owner (a clinician, or the team of its service) and a due time, from its first moment to its last.
Each change below gives the item as it will be, or None where it may not change so; the store writes it by
compare-and-set on its version.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What is owed."""

    MESSAGE = "message"  # a voicemail
    GAVE_UP = "gave_up"  # he hung up while he waited, and chose no other way
    PROMISE = "promise"  # a callback that could not be kept by itself


class State(StrEnum):
    """How it stands."""

    OPEN = "open"
    CLAIMED = "claimed"  # somebody is on it
    SNOOZED = "snoozed"  # not before an instant
    DONE = "done"


REACHED = "reached"
BY_HAND = (REACHED, "message_left", "arranged", "not_needed")  # outcomes that a person may name
CAME_BACK = "came_back"  # the patient reached us by himself
RECENT = timedelta(days=30)  # after a discharge: the sooner, the more can go wrong
LEAD_A_DAY = timedelta(minutes=4)  # by which an item comes earlier in the list, for each day of those that are left
CLAIM_HOLDS = timedelta(minutes=30)  # beyond the due time, or since it was taken on: then somebody else may have it
GIVEN_FOR = ("knows_patient", "right_skill", "speaks_language", "shift_ends", "too_much")  # why it is given to another


@dataclass(frozen=True)
class Item:
    """One thing owed. `number_sealed` is where the patient can be rung, sealed; None where nobody knows."""

    id: str
    kind: Kind
    subject: str
    call_id: str
    patient_id: str | None
    number_hash: str | None
    number_sealed: str | None
    service: str
    language: str
    owner_id: str | None
    state: State
    claimed_by: str | None
    claimed_at: datetime | None
    snoozed_until: datetime | None
    discharged_at: datetime | None
    opened_at: datetime
    due_at: datetime
    escalated_at: datetime | None
    outcome: str | None
    done_at: datetime | None
    done_by: str | None
    version: int


def claimed(item: Item, by: str, now: datetime) -> Item | None:
    """Somebody takes it on. Not what another has, unless its claim was let go."""
    if item.state is State.DONE or (item.state is State.CLAIMED and item.claimed_by != by):
        return None
    return _next(item, state=State.CLAIMED, claimed_by=by, claimed_at=now, snoozed_until=None)


def given(item: Item, to: str | None, by: str | None, now: datetime) -> Item | None:
    """Somebody else owns it from now on, and is on it; None as `to`: the team. Not what another than `by` has.

    None as `by` is a supervisor, who may give away what anybody has.
    """
    anothers = by is not None and item.state is State.CLAIMED and item.claimed_by != by
    if item.state is State.DONE or anothers:
        return None
    if to is None:
        return _next(item, owner_id=None, state=State.OPEN, claimed_by=None, claimed_at=None, snoozed_until=None)
    return _next(item, owner_id=to, state=State.CLAIMED, claimed_by=to, claimed_at=now, snoozed_until=None)


def released(item: Item, by: str) -> Item | None:
    """He who had it gives it back."""
    if item.state is not State.CLAIMED or item.claimed_by != by:
        return None
    return _next(item, state=State.OPEN, claimed_by=None, claimed_at=None)


def snoozed(item: Item, by: str, until: datetime, now: datetime) -> Item | None:
    """Later: never beyond its due time, so that no promise is put to sleep. Not what another has, or what is late."""
    until = min(until, item.due_at)
    mine = item.state is not State.CLAIMED or item.claimed_by == by
    if item.state is State.DONE or not mine or until <= now:
        return None
    return _next(item, state=State.SNOOZED, claimed_by=None, claimed_at=None, snoozed_until=until)


def done(item: Item, by: str, outcome: str, now: datetime) -> Item | None:
    """It is dealt with. By whoever did it: a patient who was helped is not kept on a list for another's claim."""
    if item.state is State.DONE:
        return None
    return _next(item, state=State.DONE, outcome=outcome, done_at=now, done_by=by, snoozed_until=None)


def woken(item: Item, now: datetime) -> Item | None:
    """A snoozed item whose time has come is open again."""
    if item.state is not State.SNOOZED or item.snoozed_until is None or item.snoozed_until > now:
        return None
    return _next(item, state=State.OPEN, snoozed_until=None)


def escalated(item: Item, now: datetime) -> Item | None:
    """What is late goes to the whole team; a claim that holds much longer than the due time is let go too."""
    if item.state is State.DONE or item.due_at > now:
        return None
    held_since = max(item.due_at, item.claimed_at or item.due_at)
    stale = item.state is State.CLAIMED and held_since + CLAIM_HOLDS <= now
    if item.escalated_at is not None and not stale:
        return None
    freed = {"state": State.OPEN, "claimed_by": None, "claimed_at": None, "snoozed_until": None}
    kept = item.state is State.CLAIMED and not stale
    return _next(item, owner_id=None, escalated_at=item.escalated_at or now, **({} if kept else freed))


def urgency(item: Item, now: datetime) -> tuple[bool, datetime, str]:
    """The order of a list: what is due first, a patient who was discharged lately before others; sleepers last."""
    asleep = item.state is State.SNOOZED and item.snoozed_until is not None and item.snoozed_until > now
    return asleep, item.due_at - _lead(item), item.id


def _lead(item: Item) -> timedelta:
    if item.discharged_at is None:
        return timedelta()
    days_left = max(RECENT - max(item.opened_at - item.discharged_at, timedelta()), timedelta()).days
    return LEAD_A_DAY * days_left


def days_since_discharge(item: Item) -> int | None:
    """Whole days from the discharge to the item; None where none is known."""
    return max((item.opened_at - item.discharged_at).days, 0) if item.discharged_at else None


def _next(item: Item, **changes: object) -> Item:
    return replace(item, version=item.version + 1, **changes)  # type: ignore[arg-type]
