"""What a promised callback and each try to keep it may be, and how they may change. Values only: no SQL, no clock.

The tables of moves decide every compare-and-set in `callbacks/store.py`: a row moves only from a state that leads to
the wanted one, so a late or repeated notice changes nothing. States without a way out are final.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

OUTSIDE = "outside"  # another program asked for it, not whom it is promised


class Kind(StrEnum):
    """What was promised."""

    PLACE = "place"  # he keeps his place in line
    DEADLINE = "deadline"  # by an instant: when somebody is otherwise idle, or most of the time has passed
    WINDOW = "window"  # between two instants


class RequestState(StrEnum):
    """Where a promise stands."""

    BOOKED = "booked"  # to be put in line when due
    WAITING = "waiting"  # stands in line for a clinician
    CALLING = "calling"  # a clinician has it, the patient is being rung
    REACHED = "reached"  # kept: they talk, also if he called in before we rang
    TO_PERSON = "to_person"  # we could not keep it by ourselves; a person decides
    CANCELLED = "cancelled"  # by the patient


class AttemptState(StrEnum):
    """Where one try to reach the patient stands."""

    INTENDED = "intended"  # written down, surely not dialled yet
    UNKNOWN = "unknown"  # the carrier was asked, or is about to be: a call may exist
    PLACED = "placed"  # the carrier named the call, or the call introduced itself
    ANSWERED = "answered"  # somebody took the phone
    REACHED = "reached"  # patient and clinician talk
    MISSED = "missed"  # it rang for nothing; counts
    NOT_PLACED = "not_placed"  # surely never rang; does not count


State = TypeVar("State", RequestState, AttemptState)

REQUEST_MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.BOOKED: frozenset(
        {RequestState.WAITING, RequestState.REACHED, RequestState.TO_PERSON, RequestState.CANCELLED}
    ),
    RequestState.WAITING: frozenset(
        {
            RequestState.CALLING,
            RequestState.BOOKED,
            RequestState.REACHED,
            RequestState.TO_PERSON,
            RequestState.CANCELLED,
        }
    ),
    RequestState.CALLING: frozenset(
        {RequestState.REACHED, RequestState.BOOKED, RequestState.TO_PERSON, RequestState.CANCELLED}
    ),
    RequestState.REACHED: frozenset(),
    RequestState.TO_PERSON: frozenset(),
    RequestState.CANCELLED: frozenset(),
}

ATTEMPT_MOVES: Mapping[AttemptState, frozenset[AttemptState]] = {
    AttemptState.INTENDED: frozenset({AttemptState.UNKNOWN, AttemptState.PLACED, AttemptState.NOT_PLACED}),
    AttemptState.UNKNOWN: frozenset(
        {AttemptState.PLACED, AttemptState.ANSWERED, AttemptState.MISSED, AttemptState.NOT_PLACED}
    ),
    AttemptState.PLACED: frozenset({AttemptState.ANSWERED, AttemptState.REACHED, AttemptState.MISSED}),
    AttemptState.ANSWERED: frozenset({AttemptState.REACHED, AttemptState.MISSED}),
    AttemptState.REACHED: frozenset(),
    AttemptState.MISSED: frozenset(),
    AttemptState.NOT_PLACED: frozenset(),
}


def leading_to(moves: Mapping[State, frozenset[State]], target: State) -> list[State]:
    """The states that may move to `target`, in the order they are declared."""
    return [state for state, targets in moves.items() if target in targets]


def unfinished(moves: Mapping[State, frozenset[State]]) -> list[State]:
    """The states that still lead somewhere."""
    return [state for state, targets in moves.items() if targets]


@dataclass(frozen=True)
class Request:
    """One promise as stored, without the number to ring: that is opened only to dial."""

    id: str
    call_id: str
    patient_id: str | None
    slot: str
    service: str
    language: str
    zones: tuple[str, ...]  # it must be daytime in each; none: nobody knows where he is
    kind: Kind
    asked_by: str
    texts: bool
    own_id: str | None
    team: tuple[str, ...]
    owned_until: datetime | None
    state: RequestState
    paused_by: str | None
    message_left: bool
    attempts: int  # that count
    version: int
    place_ms: int  # virtual arrival, epoch milliseconds
    booked_at: datetime
    due_at: datetime  # earliest instant of the next try
    promised_from: datetime
    promise_by: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Attempt:
    """One try as stored. `offer_id` is the fence: the clinician who waits in that offer's room."""

    id: int
    request_id: str
    offer_id: int
    number: int
    state: AttemptState
    sid: str | None
    intended_at: datetime
    asked_at: datetime | None  # when the carrier was about to be asked
    deadline: datetime
    ended_at: datetime | None
    outcome: str | None


@dataclass(frozen=True)
class Resting:
    """Whose promises rest, because it is closed: all of some services, and of others those of certain lines.

    `numbers` are those of the lines that are closed; with `all_but`, of those that are not.
    """

    services: tuple[str, ...] = ()
    by_line: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    all_but: bool = False

    def rests(self, service: str, dialled: str) -> bool:
        """Whether a promise of a service, to somebody who called this number, rests."""
        return service in self.services or (service in self.by_line and (dialled in self.numbers) != self.all_but)


NOTHING_RESTS = Resting()


@dataclass(frozen=True)
class Wish:
    """What somebody asks for who may already have a promise for the same number and service."""

    patient_id: str | None
    own_id: str | None
    team: tuple[str, ...]
    place_ms: int
    due_at: datetime
    promised_from: datetime
    promise_by: datetime
    kind: Kind = Kind.PLACE
    owned_until: datetime | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True)
class BookedOrExisting:
    """The promise that stands now; `created` is False when an open one was there already."""

    request: Request
    created: bool


@dataclass(frozen=True)
class Cancelled:
    """A promise taken back, and the leg that may still ring for it."""

    request: Request
    sid: str | None


def merged(have: Request, wish: Wish) -> dict[str, object]:
    """The columns to change when `wish` joins the open promise `have`; empty when nothing changes.

    Two people behind one number make the promise nobody's own: no name may be said to the wrong one. Time and place
    change only for a promise that nobody works on and nobody tried yet: for the better, or to what he chose anew.
    Where it must be daytime is only ever added to.
    """
    zones = {"zones": tuple(sorted({*have.zones, *wish.zones}))}
    wanted = zones | _whose(have, wish) | (_when(have, wish) if _untouched(have) else {})
    return {name: value for name, value in wanted.items() if getattr(have, name) != value}


def _untouched(have: Request) -> bool:
    return have.state is RequestState.BOOKED and have.attempts == 0


def _whose(have: Request, wish: Wish) -> dict[str, object]:
    if wish.patient_id is None or wish.patient_id == have.patient_id:
        return {}
    if have.patient_id is None and _untouched(have) and have.own_id is None:
        return {"patient_id": wish.patient_id, "own_id": wish.own_id, "team": wish.team}
    return {"patient_id": None, "own_id": None, "team": (), "owned_until": None}


def _when(have: Request, wish: Wish) -> dict[str, object]:
    place = min(have.place_ms, wish.place_ms)
    if have.kind is not Kind.PLACE or wish.kind is not Kind.PLACE:
        chosen = ("kind", "owned_until", "due_at", "promised_from", "promise_by")
        mine = chosen if _is_same_persons(have, wish) else ()
        return {"place_ms": place, **{name: getattr(wish, name) for name in mine}}
    return {
        "place_ms": place,
        "due_at": min(have.due_at, wish.due_at),
        "promised_from": min(have.promised_from, wish.promised_from),
        "promise_by": min(have.promise_by, wish.promise_by),
    }


def _is_same_persons(have: Request, wish: Wish) -> bool:
    """Whether what was promised to one is not chosen away by another: an unproved caller changes only unproved ones."""
    return have.patient_id in (None, wish.patient_id)
