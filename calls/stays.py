"""What a call amounts to for whoever counts: its stays in the lines and its talks, folded from the journal. Pure.

A stay is one caller's time in the lines: from joining them until a talk starts, he gives up, or he leaves for something
else. A callback that stands in line is no stay, as nobody spends it on the phone; its talk counts all the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain, groupby
from typing import Any

from calls.metrics import Entry, is_over

TAKEN, RESCINDED = "taken", "rescinded"
NOT_TAKEN = frozenset({"declined", "no_answer", "no_key", "busy", "failed", "expired", "hung_up", "lost"})
STAYS_READ = (  # every fact that a stay or a talk rests on
    "call_arrived",
    "chose",
    "joined_line",
    "offer_made",
    "offer_accepted",
    "offer_given_back",
    "talk_started",
    "talk_ended",
    "left_line",
    "callback_booked",
    "callback_answered",
    "call_ended",
)


class Ending(StrEnum):
    """How a stay ended."""

    ANSWERED = "answered"
    GAVE_UP = "gave_up"  # hung up while he waited: abandoned, or a short one, by the threshold of whoever counts
    FLOWED_OUT = "flowed_out"  # by choice or by rule: callback, message, operator, closed


@dataclass(frozen=True)
class Stay:
    """One time in the lines. `left_at` is never before `entered_at`; both None-free fields are aware UTC."""

    call_id: str
    arrived_at: datetime  # when the call came
    entered_at: datetime
    service: str
    language: str
    own: str | None  # his own clinician for this service, where he proved who he is and has one
    left_at: datetime | None = None
    ending: Ending | None = None  # None while he waits
    into: str = ""  # where he flowed out to
    clinician: str | None = None  # who answered
    chose_next: bool = False  # he preferred the next available clinician to his own
    own_not_taken: bool = False  # his own clinician was rung for him and did not take him

    @property
    def seconds(self) -> float:
        """How long he waited; 0 while he does."""
        return (self.left_at - self.entered_at).total_seconds() if self.left_at else 0.0


@dataclass(frozen=True)
class Talk:
    """One talk of a caller with a clinician. `called_back`: the patient was rung to keep a promise."""

    call_id: str
    service: str
    language: str
    clinician: str | None
    started_at: datetime
    ended_at: datetime | None
    called_back: bool


@dataclass(frozen=True)
class Ring:
    """One offer: a clinician's phone that was to ring for a caller, and what came of it ("" while it is open)."""

    call_id: str
    service: str
    language: str
    clinician: str | None
    made_at: datetime
    cause: str = ""


@dataclass(frozen=True)
class Promised:
    """One promised callback of which it is known whether it was kept in time. `clinician`: whose it is; None: a team's.

    `decided_at` is when that was known: it ended, or its time was over, whichever came first.
    """

    id: str
    call_id: str
    service: str
    language: str
    clinician: str | None
    decided_at: datetime
    kept: bool


Counted = Stay | Talk | Ring | Promised


@dataclass(frozen=True)
class Amounts:
    """All stays, talks and rings of the calls that were folded; promises come from their ledger."""

    stays: tuple[Stay, ...] = ()
    talks: tuple[Talk, ...] = ()
    rings: tuple[Ring, ...] = ()
    promises: tuple[Promised, ...] = ()


def amounts(entries: Iterable[Entry]) -> Amounts:
    """The entries of any number of calls, in any order; those of one instant keep the order given."""
    ordered = sorted(entries, key=lambda entry: (entry.call_id, entry.at))
    return together(amounts_of_call(list(of_call)) for _, of_call in groupby(ordered, key=lambda entry: entry.call_id))


def amounts_of_call(entries: Sequence[Entry]) -> Amounts:
    """One call's entries, oldest first."""
    call = _of_call(entries)
    return Amounts(tuple(call.stays), tuple(call.talks), tuple(call.rings.values()))


def together(parts: Iterable[Amounts]) -> Amounts:
    """The amounts of different calls as one."""
    each = list(parts)
    return Amounts(
        tuple(chain.from_iterable(part.stays for part in each)),
        tuple(chain.from_iterable(part.talks for part in each)),
        tuple(chain.from_iterable(part.rings for part in each)),
        tuple(chain.from_iterable(part.promises for part in each)),
    )


@dataclass
class _Call:
    """One call while its entries are folded."""

    id: str
    arrived_at: datetime
    service: str = ""
    language: str = ""
    own: str | None = None
    chose_next: bool = False
    promised: int = 0  # promises of this call that are not kept
    patient_back: bool = False
    open: Stay | None = None
    stays: list[Stay] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    rings: dict[object, Ring] = field(default_factory=dict)


def _of_call(entries: Sequence[Entry]) -> _Call:
    call = _Call(entries[0].call_id, entries[0].at)
    for entry in entries:
        FOLDERS.get(entry.fact, _nothing)(call, entry.at, entry.details)
    if call.open is not None:
        call.stays.append(call.open)
    return call


Details = Mapping[str, Any]


def _nothing(_call: _Call, _at: datetime, _details: Details) -> None:
    """A fact that nobody counts."""


def _chose(call: _Call, _at: datetime, details: Details) -> None:
    choice = str(details.get("choice") or "")
    match details.get("what"):
        case "service":
            call.service, call.chose_next = choice, False
        case "language":
            call.language = choice
        case "clinician":
            call.chose_next = choice == "next"
            if call.open is not None:
                call.open = replace(call.open, chose_next=call.chose_next)


def _joined(call: _Call, at: datetime, details: Details) -> None:
    """A stay begins, unless he stands in line already or only his promise does."""
    call.service = str(details.get("service") or call.service)
    call.language = str(details.get("language") or call.language)
    call.own = details.get("own") or None
    if call.open is None and call.promised == 0:
        call.open = Stay(
            call.id, call.arrived_at, at, call.service, call.language, call.own, chose_next=call.chose_next
        )


def _offered(call: _Call, at: datetime, details: Details) -> None:
    clinician = details.get("clinician")
    call.rings[details.get("offer")] = Ring(call.id, call.service, call.language, clinician, at)


def _accepted(call: _Call, _at: datetime, details: Details) -> None:
    ring = call.rings.get(details.get("offer"))
    if ring is not None:
        call.rings[details.get("offer")] = replace(ring, cause=TAKEN)


def _given_back(call: _Call, _at: datetime, details: Details) -> None:
    ring, cause = call.rings.get(details.get("offer")), str(details.get("cause") or "")
    if ring is None:
        return
    call.rings[details.get("offer")] = replace(ring, cause=cause)
    if call.open is not None and ring.clinician == call.open.own and cause in NOT_TAKEN:
        call.open = replace(call.open, own_not_taken=True)


def _talk_started(call: _Call, at: datetime, details: Details) -> None:
    ring = call.rings.get(details.get("offer"))
    clinician = ring.clinician if ring else None
    call.talks.append(Talk(call.id, call.service, call.language, clinician, at, None, call.patient_back))
    if call.patient_back:
        call.patient_back, call.promised = False, call.promised - 1
    _end(call, at, Ending.ANSWERED, clinician=clinician)


def _talk_ended(call: _Call, at: datetime, _details: Details) -> None:
    if call.talks and call.talks[-1].ended_at is None:
        call.talks[-1] = replace(call.talks[-1], ended_at=at)


def _left(call: _Call, at: datetime, details: Details) -> None:
    why = str(details.get("why") or "")
    if why == "hung_up":
        _end(call, at, Ending.GAVE_UP)
    else:
        _end(call, at, Ending.FLOWED_OUT, into=why or "other")


def _booked(call: _Call, _at: datetime, details: Details) -> None:
    call.promised += not details.get("merged", False)


def _called_back(call: _Call, _at: datetime, details: Details) -> None:
    call.patient_back = bool(details.get("accepted")) and call.promised > 0


def _call_ended(call: _Call, at: datetime, details: Details) -> None:
    if is_over(details):
        _end(call, at, Ending.GAVE_UP)


def _end(call: _Call, at: datetime, ending: Ending, *, into: str = "", clinician: str | None = None) -> None:
    if call.open is None:
        return
    left_at = max(at, call.open.entered_at)
    call.stays.append(replace(call.open, left_at=left_at, ending=ending, into=into, clinician=clinician))
    call.open = None
    if ending is not Ending.ANSWERED:
        for offer, ring in call.rings.items():
            call.rings[offer] = ring if ring.cause else replace(ring, cause=RESCINDED)


FOLDERS = {
    "chose": _chose,
    "joined_line": _joined,
    "offer_made": _offered,
    "offer_accepted": _accepted,
    "offer_given_back": _given_back,
    "talk_started": _talk_started,
    "talk_ended": _talk_ended,
    "left_line": _left,
    "callback_booked": _booked,
    "callback_answered": _called_back,
    "call_ended": _call_ended,
}


def ended_in(stays: Iterable[Stay], begins: datetime, ends: datetime) -> Iterator[Stay]:
    """The stays that ended from `begins` until before `ends`."""
    return (stay for stay in stays if stay.left_at is not None and begins <= stay.left_at < ends)
