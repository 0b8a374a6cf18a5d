"""What stands behind a figure: the calls, promises and clinicians it rests on, as lines to read. Pure.

Callers are told by time and service, never by name or number. What stands behind a figure of the past is in
`desk/behind_reports.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from callbacks.ledger import Kept, Standing, standing, why
from calls.board_dictionary import Count
from calls.metrics import Story, gone_on
from desk import lists, owed, queues, words
from desk.boards import STAFFED, held_now
from desk.queues import OfLine
from desk.rows import CallRow, ClinicianRow, WaitRow
from desk.words import Moment


@dataclass(frozen=True)
class Line:
    """One of those behind a figure: a call, person or promise that can be opened, and what is said of it."""

    of: str  # call | person | promise
    id: str  # "" if there is nothing to open: a colleague who takes no calls any more
    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Behind:
    """All of them, under their headings."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Figure:
    """A figure as its page shows it."""

    name: str
    value: str
    meaning: str
    facts: tuple[tuple[str, str], ...]
    behind: Behind
    back: str
    back_says: str


# --- behind a count of today -----------------------------------------------------------------------------------------


def calls_of(count: Count, told: Sequence[Story]) -> dict[str, int]:
    """How much of a day's count each call is, by its id; calls that are nothing of it are left out."""
    continued = gone_on(told)
    amounts = {each.call_id: int(count.of(each, continued)) for each in told}
    return {call_id: amount for call_id, amount in amounts.items() if amount}


def of_count(counted: Mapping[str, int], rows: Mapping[str, CallRow], now: Moment) -> Behind:
    """The calls behind a count of today, the newest first."""
    known = sorted((rows[call_id] for call_id in counted if call_id in rows), key=lambda row: row.arrived_at)
    lines = tuple(_counted(row, counted[row.id], now) for row in reversed(known))
    return Behind("The calls behind it", ("Came", "Service", "Counts", "Outcome"), lines)


def _counted(row: CallRow, amount: int, now: Moment) -> Line:
    outcome = lists.call_line(row, now).badge
    return Line("call", row.id, now.when(row.arrived_at), (service_of(row.service, row.language), str(amount), outcome))


# --- behind a figure of this moment ----------------------------------------------------------------------------------


def of_waits(key: str, waits: Sequence[WaitRow], now: Moment) -> Behind:
    """The callers on the phone behind "waiting" or the longest wait, in the order in which they are served."""
    held = (wait for wait in held_now(waits) if key != "waiting" or wait.state == "waiting")
    return _of_waits(held, now, NEXT_FIRST)


def of_line(
    key: str, of: OfLine, waits: Iterable[WaitRow], rows: Iterable[ClinicianRow], skills: Mapping[str, str], now: Moment
) -> Behind:
    """Those of one line on whom one of its figures rests."""
    if key == queues.READY:
        return _of_people(queues.ready_in(of, rows, skills), now)
    found = queues.waits_behind(key, of, waits)
    return _of_waits(found, now, NEXT_FIRST if key in queues.OF_WHO_WAITS else "")


NEXT_FIRST = ", next in line first"


def _of_waits(waits: Iterable[WaitRow], now: Moment, order: str) -> Behind:
    lines = tuple(_held(wait, now) for wait in waits)
    return Behind(f"The callers behind it{order}", ("In line since", "Service", "For", "State"), lines)


HELD = {"waiting": "Waiting", "offered": "Ringing", "connected": "Talking"}


def _held(wait: WaitRow, now: Moment) -> Line:
    state = HELD[wait.state] if wait.kind == "call" else f"{HELD[wait.state]}, callback"
    cells = (service_of(wait.service, wait.language), words.timer(now.since(wait.joined_at)), state)
    return Line("call", wait.call_id, now.when(wait.joined_at), cells)


STATES_BEHIND: Mapping[str, Collection[str]] = {"ringing": ("offered",), "talking": ("talking",), "ready": STAFFED}


def of_states(key: str, rows: Iterable[ClinicianRow], now: Moment) -> Behind:
    """The clinicians behind a count of states; behind "ready" all who are on duty, those who are ready first."""
    found = sorted((row for row in rows if row.state in STATES_BEHIND[key]), key=lambda row: row.state != "ready")
    return _of_people(found, now)


def _of_people(rows: Iterable[ClinicianRow], now: Moment) -> Behind:
    return Behind("The clinicians behind it", ("Name", "State", "Since"), tuple(_person(row, now) for row in rows))


def _person(row: ClinicianRow, now: Moment) -> Line:
    since = now.when(row.since) if row.since else ""
    return Line("person", row.id, row.name, (words.state(row.state), since))


def of_pressing(promises: Iterable[Kept], names: Mapping[str, str], now: Moment) -> Behind:
    """The promises that are late, or may soon be, what is due first in front."""
    lines = (_kept(kept, names, now) for kept in sorted(promises, key=lambda kept: kept.promise.promise_by))
    return Behind("The promises behind it", ("Due", "Promise", "How it stands"), tuple(lines))


# --- behind a figure of the ledger -----------------------------------------------------------------------------------


def of_ledger(
    rests_on: Collection[Standing], promises: Iterable[Kept], names: Mapping[str, str], now: Moment
) -> Behind:
    """The listed promises that stand so; those that were kept in time come last."""

    def stands(kept: Kept) -> Standing:
        return standing(kept.promise, now.now)

    found = [kept for kept in promises if stands(kept) in rests_on]
    found.sort(key=lambda kept: (stands(kept) is Standing.KEPT, kept.promise.promise_by))
    lines = (_kept(kept, names, now, owed.took(kept)) for kept in found)
    return Behind("The promises behind it", ("Due", "Promise", "How it stands", "To the talk"), tuple(lines))


def _kept(kept: Kept, names: Mapping[str, str], now: Moment, *more: str) -> Line:
    told = owed.line(kept, names, now)
    cells = (told.title, f"{told.badge}: {why(kept, now.now)}", *more)
    return Line("promise", told.id, now.when(kept.promise.promise_by), cells)


def service_of(service: str | None, language: str | None) -> str:
    """What a caller asked for, and in which language."""
    return f"{words.plain(service) or 'Not chosen yet'}, {words.language(language)}"
