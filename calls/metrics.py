"""Counts what happened, by folding the journal. Pure: entries in, numbers out, so that any count can be recounted.

Waiting is counted from joining the lines until a talk starts or the caller leaves them; the wait of a callback, which
nobody spends on the phone, is not. A call that booked a callback is answered only if a talk came before the booking.
Whoever is cut off and calls again at his old place is one caller: his first call is counted as resumed, not as left.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One journal entry, as far as counting needs it."""

    at: datetime
    call_id: str
    fact: str
    details: Mapping[str, Any] = field(default_factory=dict)


THE_PATIENTS = ("patient", "returned")  # whose legs are the patient's: he called, or was rung back


def is_over(details: Mapping[str, Any]) -> bool:
    """Whether "call_ended" with these details ends the patient's call.

    Those of clinicians, colleagues and the operator end in the middle of it: when a phone rang in vain.
    """
    return details.get("party") in THE_PATIENTS


@dataclass(frozen=True)
class Counts:
    """What happened among the entries given. Waits are whole seconds and cover waits that ended."""

    calls: int  # that arrived
    answered: int  # calls whose caller talked with a clinician without being called back
    callbacks_booked: int  # promises; one that joined an earlier promise is not another one
    callbacks_kept: int  # promises whose patient took the call and talked with a clinician
    messages: int
    left_waiting: int  # calls whose caller hung up while waiting
    longest_wait_s: int
    average_wait_s: int
    resumed: int = 0  # calls that were cut off while waiting, and went on in a later call


@dataclass(frozen=True)
class Story:
    """What one call's entries amount to, so far."""

    call_id: str = ""
    arrived: bool = False
    resumes: str = ""  # the call that was cut off, whose place this one went on with
    answered: bool = False
    left: bool = False
    booked: int = 0
    kept: int = 0
    messages: int = 0
    patient_back: bool = False  # he took the call that keeps a promise, and no talk followed yet
    waiting_since: datetime | None = None
    waits: tuple[timedelta, ...] = ()


def fold(entries: Iterable[Entry]) -> Counts:
    """The counts of these entries, in any order; entries of one instant keep the order given."""
    return summed(stories(entries))


def stories(entries: Iterable[Entry]) -> list[Story]:
    """What these entries amount to, call by call."""
    ordered = sorted(entries, key=lambda entry: (entry.call_id, entry.at))
    return [story(of_call) for _call, of_call in groupby(ordered, key=lambda entry: entry.call_id)]


def as_dict(counts: Counts) -> dict[str, int]:
    """The counts by name, for JSON."""
    return asdict(counts)


def story(entries: Iterable[Entry]) -> Story:
    """One call's entries, oldest first, folded."""
    so_far = Story()
    for entry in entries:
        so_far = replace(so_far, call_id=entry.call_id)
        so_far = _then(so_far, entry)
    return so_far


def _then(so_far: Story, entry: Entry) -> Story:
    match entry.fact:
        case "call_arrived":
            return replace(so_far, arrived=True)
        case "joined_line":
            return _joined(so_far, entry)
        case "talk_started":
            return _talked(_waited(so_far, entry))
        case "left_line":
            return _left(so_far, entry)
        case "callback_booked":
            return replace(so_far, booked=so_far.booked + (not entry.details.get("merged", False)))
        case "callback_answered":
            return replace(so_far, patient_back=bool(entry.details.get("accepted")))
        case "message_kept":
            return replace(so_far, messages=so_far.messages + 1)
        case "call_ended" if is_over(entry.details):
            return _waited(so_far, entry)
    return so_far


def _joined(so_far: Story, entry: Entry) -> Story:
    so_far = replace(so_far, resumes=so_far.resumes or str(entry.details.get("resumes") or ""))
    if so_far.waiting_since is not None or so_far.booked > so_far.kept:
        return so_far
    return replace(so_far, waiting_since=entry.at)


def _waited(so_far: Story, entry: Entry) -> Story:
    if so_far.waiting_since is None:
        return so_far
    waits = (*so_far.waits, entry.at - so_far.waiting_since)
    return replace(so_far, waiting_since=None, waits=waits)


def _talked(so_far: Story) -> Story:
    if so_far.patient_back:
        return replace(so_far, patient_back=False, kept=so_far.kept + 1)
    return replace(so_far, answered=True)


def _left(so_far: Story, entry: Entry) -> Story:
    hung_up = entry.details.get("why") == "hung_up" and so_far.waiting_since is not None
    return replace(_waited(so_far, entry), left=so_far.left or hung_up)


def gone_on(stories: Iterable[Story]) -> frozenset[str]:
    """The calls that were cut off and went on in another of these."""
    return frozenset(told.resumes for told in stories if told.resumes)


def summed(stories: Collection[Story]) -> Counts:
    """The counts of these calls, each folded already."""
    waits = [wait.total_seconds() for told in stories for wait in told.waits]
    continued = gone_on(stories)
    resumed = sum(told.arrived and told.call_id in continued for told in stories)
    return Counts(
        calls=sum(told.arrived for told in stories) - resumed,
        answered=sum(told.answered for told in stories),
        callbacks_booked=sum(told.booked for told in stories),
        callbacks_kept=sum(told.kept for told in stories),
        messages=sum(told.messages for told in stories),
        left_waiting=sum(told.left and told.call_id not in continued for told in stories),
        longest_wait_s=round(max(waits, default=0)),
        average_wait_s=round(sum(waits) / len(waits)) if waits else 0,
        resumed=resumed,
    )
